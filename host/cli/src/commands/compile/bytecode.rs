//! `flux compile` of FLUX assembly and bytecode: to bytecode in one of its forms, or to a genome.

use flux_lang::aot::{Loops, Observe, Options, Surroundings};
use flux_lang::assembly::output as forms;
use flux_vm::machine::Setting;
use serde::Serialize;

use super::{Args, Format, LoopsChoice, ObserveChoice};
use crate::bytecode::file::{self, Failure, Loaded};
use crate::bytecode::genome;
use crate::diagnostics::{self, DiagnosticV1};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::{json, mistakes};

/// A program with symbols and lines; what has no text has no such things.
#[derive(Serialize)]
struct BytecodeV1 {
    format: &'static str,
    size: usize,
    bytecode_hex: String,
    symbols: Vec<SymbolV1>,
    source_map: Vec<LineV1>,
}

#[derive(Serialize)]
struct SymbolV1 {
    name: String,
    value: i64,
    kind: &'static str,
}

#[derive(Serialize)]
struct LineV1 {
    offset: usize,
    length: usize,
    file: String,
    line: usize,
}

/// Compiles what a file holds.
pub(super) fn run(args: &Args, io: &mut Io, bytes: Vec<u8>) -> miette::Result<ExitStatus> {
    let loaded = match file::of_bytes(&args.file, bytes) {
        Ok(loaded) => loaded,
        Err(Failure::Assembly(assembly)) if args.json => {
            args.print(io, None, None, None, diagnostics::records(&assembly))?;
            return Ok(ExitStatus::No);
        }
        Err(Failure::Unreadable(report)) => return Err(report),
        Err(failure) => return refuse(args, io, &failure.into(), Vec::new()),
    };
    if !args.json {
        loaded.warn(io);
    }
    if args.bytecode || args.format.is_some() {
        write(args, io, &loaded)
    } else {
        write_genome(args, io, &loaded)
    }
}

/// Says why nothing is made of the file; `before` is what was said of it already.
fn refuse(
    args: &Args,
    io: &mut Io,
    report: &miette::Report,
    before: Vec<DiagnosticV1>,
) -> miette::Result<ExitStatus> {
    if args.json {
        let mut diagnostics = before;
        diagnostics.extend(DiagnosticV1::of_report(&args.file, report));
        args.print(io, None, None, None, diagnostics)?;
    } else {
        io.report(report);
    }
    Ok(ExitStatus::No)
}

fn warnings(loaded: &Loaded) -> Vec<DiagnosticV1> {
    loaded.assembly.as_ref().map(|assembly| diagnostics::records(assembly)).unwrap_or_default()
}

fn write(args: &Args, io: &mut Io, loaded: &Loaded) -> miette::Result<ExitStatus> {
    let format = args.format.unwrap_or(Format::Bin);
    let code = &loaded.program.code;
    let (bytes, extension) = match format {
        Format::Bin => match loaded.program.to_bytes() {
            Ok(bytes) => (bytes, "bin"),
            Err(error) => {
                let doing = format!("write the bytecode of `{}`", loaded.name);
                return refuse(args, io, &mistakes::failed_for(doing, &error, None), warnings(loaded));
            }
        },
        Format::Raw => (code.clone(), "bin"),
        Format::Hex => (format!("{}\n", forms::hex(code)).into_bytes(), "hex"),
        Format::Ihex => (forms::intel_hex(code).into_bytes(), "ihex"),
        Format::Json => (json::text("flux.bytecode/1", &record(loaded))?.into_bytes(), "json"),
    };
    let beside = args.beside(extension);
    let output = args.output.as_deref().unwrap_or(&beside);
    let is_text = matches!(format, Format::Hex | Format::Ihex | Format::Json);
    if is_text && !args.json && output.as_os_str() == "-" {
        io.print(&bytes)?;
        return Ok(ExitStatus::Yes);
    }
    let destination = Destination::of(io, Some(output), &[&args.file], Report::of(args.json))?;
    destination.write(io, &bytes)?;
    if args.json {
        args.print(io, destination.file(), Some(bytes.len()), None, warnings(loaded))?;
    } else if let Some(file) = destination.file() {
        io.line(format!("Compiled {} bytes -> {file}", bytes.len()))?;
    }
    Ok(ExitStatus::Yes)
}

fn record(loaded: &Loaded) -> BytecodeV1 {
    let code = &loaded.program.code;
    let symbols = loaded.assembly.iter().flat_map(|assembly| &assembly.symbols);
    let sources = loaded.assembly.as_ref().map(|assembly| &assembly.sources);
    let lines = loaded.assembly.iter().flat_map(|assembly| assembly.source_map.entries());
    BytecodeV1 {
        format: "flux-bytecode",
        size: code.len(),
        bytecode_hex: code.iter().map(|byte| format!("{byte:02x}")).collect(),
        symbols: symbols
            .map(|(name, symbol)| SymbolV1 {
                name: name.clone(),
                value: symbol.value,
                kind: symbol.kind.name(),
            })
            .collect(),
        source_map: lines
            .map(|entry| LineV1 {
                offset: entry.offset,
                length: entry.len,
                file: sources.map_or("", |sources| sources.name(entry.span.file)).to_owned(),
                line: entry.line,
            })
            .collect(),
    }
}

fn write_genome(args: &Args, io: &mut Io, loaded: &Loaded) -> miette::Result<ExitStatus> {
    let verified = match loaded.verify() {
        Ok(verified) => verified,
        Err(report) => return refuse(args, io, &report, warnings(loaded)),
    };
    if !args.json {
        diagnostics::doubtful(io, loaded, verified.warnings());
    }
    let options = Options {
        observe: match args.observe {
            ObserveChoice::Results => Observe::Results,
            ObserveChoice::State => Observe::State,
        },
        count_flux: args.count_flux,
        loops: match args.loops {
            LoopsChoice::Repeated => Loops::Repeated,
            LoopsChoice::Once => Loops::Once,
        },
        surroundings: Surroundings::Trial { agents: args.agents() },
        setting: Setting { capabilities: args.capabilities.set(), ..Setting::DEFAULT },
    };
    match genome::compile(loaded, &verified, &options, &args.bounds.bounds()) {
        Ok(genome) => args.write_genome(io, &genome, warnings(loaded)),
        Err(report) => refuse(args, io, &report, warnings(loaded)),
    }
}

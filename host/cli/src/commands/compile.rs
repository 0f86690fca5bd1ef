//! `flux compile`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use flux_genome::Genome;
use serde::Serialize;

use crate::bytecode::file;
use crate::bytecode::machine::CapabilityArgs;
use crate::diagnostics::DiagnosticV1;
use crate::ecosystem::genome as ecosystem_genome;
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{genome_file, json, output};

mod bytecode;
mod ecosystem;

/// Arguments of `flux compile`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A core module becomes a component by the plain core convention (`flux info --convention`), or by the\n\
        component types that its toolchain embedded; a component is taken as it is. FLUX assembly (.flx) and bytecode\n\
        become a genome of world program: its inputs are R0, R1, ... as far as `.inputs` says, its outputs as far as\n\
        `.outputs` does. A description of an ecosystem (.flux) becomes one of world ecosystem; what it uses is part of it.\n\n\
        Examples:\n  flux compile gcd.wat\n  flux compile gcd.wat -o - | wasm-tools print\n  flux compile target/wasm32-unknown-unknown/release/guest.wasm -o guest.genome.wasm\n  \
        flux compile factorial.flx -o factorial.wasm\n  flux compile factorial.flx --bytecode -o factorial.bin\n  flux compile factorial.flx --format ihex -o -\n  flux compile answers.flux -o answers.wasm\n\n\
        Exit status: 0; 1 where the file is not a genome, or no genome can be made of it; 2 where a file cannot be read or written."
)]
pub(crate) struct Args {
    /// WebAssembly text, a binary core module, FLUX assembly or bytecode, or a description of an ecosystem; `-` reads
    /// standard input.
    file: PathBuf,
    /// Where to write; `-` is standard output. By default the input's name with `.wasm`, or what the format is called.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write FLUX bytecode instead of a genome.
    #[arg(long)]
    bytecode: bool,
    /// How to write bytecode.
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Have a genome made of bytecode return one number more: how many FLUX instructions were executed.
    #[arg(long, conflicts_with_all = ["bytecode", "format"])]
    count_flux: bool,
    /// What a genome made of bytecode returns.
    #[arg(long, value_enum, default_value_t = ObserveChoice::Results, value_name = "WHAT", conflicts_with_all = ["bytecode", "format"])]
    observe: ObserveChoice,
    /// How small loops of bytecode are written: over and over they are faster, once they are smaller.
    #[arg(long, value_enum, default_value_t = LoopsChoice::Repeated, value_name = "HOW", conflicts_with_all = ["bytecode", "format"])]
    loops: LoopsChoice,
    /// The number of an agent that bytecode names, such as `partner=1`. Repeat for more.
    #[arg(long = "agent", value_name = "NAME=NUMBER", value_parser = parse_agent)]
    agents: Vec<(String, u32)>,
    #[command(flatten)]
    capabilities: CapabilityArgs,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object with what was written and every diagnostic (schema flux.compile/1).
    #[arg(long)]
    json: bool,
}

/// What a genome made of bytecode returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ObserveChoice {
    /// The outputs; an error is a trap.
    Results,
    /// All that can be observed of the machine at its end; an error is no trap.
    State,
}

/// How small loops of bytecode are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LoopsChoice {
    /// Four times over.
    Repeated,
    /// Once.
    Once,
}

/// How bytecode is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A container: the code with its entry, inputs, outputs and a checksum.
    Bin,
    /// The code alone, byte by byte.
    Raw,
    /// The code in hexadecimal digits.
    Hex,
    /// The code in Intel HEX.
    Ihex,
    /// The code in hexadecimal digits, with symbols and lines, in JSON.
    Json,
}

/// What came of a file.
#[derive(Serialize)]
struct CompileV1 {
    file: String,
    /// Whether something was made of it.
    compiled: bool,
    /// Where that was written; none for standard output.
    output: Option<String>,
    /// How many bytes were written.
    size_bytes: Option<usize>,
    /// The genome's name, if it is one.
    genome: Option<String>,
    diagnostics: Vec<DiagnosticV1>,
}

fn parse_agent(text: &str) -> Result<(String, u32), String> {
    let (name, number) = text.split_once('=').ok_or("expected NAME=NUMBER")?;
    let number = number.parse().map_err(|_| format!("expected an agent's number, found `{number}`"))?;
    Ok((name.to_owned(), number))
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bytes = genome_file::read_bytes(io, &self.file)?;
        let wants_bytecode = self.bytecode || self.format.is_some();
        if wants_bytecode || file::is_bytecode(&self.file, &bytes) {
            return bytecode::run(&self, io, bytes);
        }
        if ecosystem_genome::is_named_so(&self.file) {
            return ecosystem::run(&self, io, bytes);
        }
        match genome_file::of_bytes(&self.file, bytes, &self.bounds.bounds()) {
            Ok(genome) => self.write_genome(io, &genome, Vec::new()),
            Err(error) => {
                if self.json {
                    let diagnostic = DiagnosticV1::of_file(&self.file, error.to_string(), error.hint());
                    self.print(io, None, None, None, vec![diagnostic])?;
                } else {
                    io.report(&genome_file::not_a_genome(&self.file, &error));
                }
                Ok(ExitStatus::No)
            }
        }
    }

    fn agents(&self) -> BTreeMap<String, u32> {
        self.agents.iter().cloned().collect()
    }

    /// Writes a genome and says so.
    fn write_genome(
        &self,
        io: &mut Io,
        genome: &Genome,
        diagnostics: Vec<DiagnosticV1>,
    ) -> miette::Result<ExitStatus> {
        let beside = self.beside("wasm");
        let output = self.output.as_deref().unwrap_or(&beside);
        if self.json {
            let destination = output::Destination::of(io, Some(output), &[&self.file], output::Report::Json)?;
            destination.write(io, genome.bytes())?;
            let id = genome.id().to_string();
            self.print(io, destination.file(), Some(genome.bytes().len()), Some(id), diagnostics)?;
        } else {
            output::write_genome(io, genome, &self.file, Some(output), "wasm")?;
        }
        Ok(ExitStatus::Yes)
    }

    /// Where output goes unless it is said.
    fn beside(&self, extension: &str) -> PathBuf {
        let stdio = Path::new("-");
        if self.file == stdio { stdio.to_owned() } else { self.file.with_extension(extension) }
    }

    fn print(
        &self,
        io: &mut Io,
        output: Option<String>,
        size_bytes: Option<usize>,
        genome: Option<String>,
        diagnostics: Vec<DiagnosticV1>,
    ) -> miette::Result<()> {
        let record = CompileV1 {
            file: self.file.display().to_string(),
            compiled: size_bytes.is_some(),
            output,
            size_bytes,
            genome,
            diagnostics,
        };
        json::print(io, "flux.compile/1", &record)
    }
}

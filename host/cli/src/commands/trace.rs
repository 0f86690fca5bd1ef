//! `flux trace`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flux_vm::Machine;
use flux_vm::disasm::Line;
use flux_vm::isa::N_R;
use flux_vm::machine::{Change, Stop};
use serde::Serialize;

use crate::bytecode::ending::{self, ErrorV1};
use crate::bytecode::file;
use crate::bytecode::machine::{self, MachineArgs};
use crate::bytecode::names::Names;
use crate::bytecode::state::{self, StateV1};
use crate::diagnostics;
use crate::exit::ExitStatus;
use crate::groups;
use crate::io::Io;
use crate::json;

/// Arguments of `flux trace`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "With `--json` each instruction is a line (schema flux.trace/1), and the last line is the end\n\
        (schema flux.trace-end/1).\n\n\
        Examples:\n  flux trace factorial.flx\n  flux trace factorial.flx --verbose\n  flux trace gcd.bin 48 36 --json\n\n\
        Exit status: 0 it halted; 1 it failed, did not end within its cycles, or was refused; 2 it could not be run."
)]
pub(crate) struct Args {
    /// The program: assembly (.flx), a container or raw code; `-` reads standard input.
    file: PathBuf,
    /// Numbers for R0, R1, ...
    #[arg(allow_negative_numbers = true)]
    input: Vec<i64>,
    /// Cycles that the program may take.
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = groups::parse_count)]
    cycles: u64,
    /// Show the registers after each instruction.
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    machine: MachineArgs,
    /// Print JSON Lines.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TraceV1 {
    schema: &'static str,
    /// Cycles before the instruction.
    cycle: u64,
    pc: u32,
    opcode: String,
    mnemonic: String,
    operands: String,
    label: Option<String>,
    line: Option<usize>,
    /// Registers that changed, by name, before and after.
    changes: BTreeMap<String, [i64; 2]>,
}

#[derive(Serialize)]
struct TraceEndV1 {
    schema: &'static str,
    ending: &'static str,
    error: Option<ErrorV1>,
    cycles: u64,
    outputs: Vec<i64>,
    state: StateV1,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let loaded = file::read(io, &self.file)?;
        let verified = match loaded.verify() {
            Ok(verified) => verified,
            Err(report) => {
                io.report(&report);
                return Ok(ExitStatus::No);
            }
        };
        diagnostics::doubtful(io, &loaded, verified.warnings());
        machine::check_inputs(&loaded.name, &loaded.program, &self.input)?;
        let names = Names::of(&loaded);
        let setting = self.machine.setting();
        let mut outside = self.machine.outside();
        let mut machine = Machine::with(&verified, &setting);
        machine.give(&self.input);
        let stop = loop {
            if machine.cycles() >= self.cycles {
                break Stop::OutOfCycles;
            }
            let before = machine.registers();
            let (pc, cycle) = (machine.pc(), machine.cycles());
            let stop = machine.step(&mut outside);
            if !matches!(stop, Some(Stop::Failed(_))) {
                let line = Line::at(&verified.program().code, pc as usize);
                self.print(
                    io,
                    line.as_ref(),
                    &names,
                    &machine,
                    cycle,
                    &before.changes(&machine.registers()),
                )?;
            }
            if let Some(stop) = stop {
                break stop;
            }
        };
        if self.json {
            let record = TraceEndV1 {
                schema: "flux.trace-end/1",
                ending: ending::name(&stop),
                error: ErrorV1::of_stop(&stop, &names),
                cycles: machine.cycles(),
                outputs: machine.outputs().to_vec(),
                state: StateV1::of(&machine),
            };
            json::line(io, &record)?;
        } else {
            let outputs = state::outputs(&machine);
            let how = if stop == Stop::Halted { "finished in" } else { "stopped after" };
            io.line(format!("Trace {how} {} cycles. {outputs}", machine.cycles()))?;
            if let Some(report) = ending::report(&loaded, &stop, self.cycles) {
                io.report(&report);
            }
        }
        Ok(ending::status(&stop))
    }

    fn print(
        &self,
        io: &mut Io,
        line: Option<&Line<'_>>,
        names: &Names,
        machine: &Machine<'_>,
        cycle: u64,
        changes: &[Change],
    ) -> miette::Result<()> {
        let Some(line) = line else { return Ok(()) };
        let byte = line.bytes.first().copied().unwrap_or_default();
        // INVARIANT: code has at most 1 MiB.
        let pc = line.offset as u32;
        if self.json {
            let changed = |change: &Change| match *change {
                Change::R { number, old, new } => Some((format!("R{number}"), [old, new])),
                Change::F { .. } | Change::V { .. } | Change::Flags { .. } => None,
            };
            return json::line(
                io,
                &TraceV1 {
                    schema: "flux.trace/1",
                    cycle,
                    pc,
                    opcode: format!("{byte:#04x}"),
                    mnemonic: line.mnemonic(),
                    operands: line.operands(),
                    label: names.near(pc),
                    line: names.line(pc).map(|line| line.number),
                    changes: changes.iter().filter_map(changed).collect(),
                },
            );
        }
        let text = format!("  [PC={pc:04x}] opcode=0x{byte:02X} {:<13} {}", line.mnemonic(), line.operands());
        io.line(text.trim_end())?;
        if self.verbose {
            io.line(format!("      {}", state::first(machine, N_R)))?;
        }
        Ok(())
    }
}

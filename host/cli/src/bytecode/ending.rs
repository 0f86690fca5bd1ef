//! How a run of bytecode ended, for people and for records.

use flux_vm::error::{ErrorKind, VmError};
use flux_vm::machine::Stop;
use miette::Report;
use serde::Serialize;

use super::file::Loaded;
use super::names::Names;
use crate::diagnostics;
use crate::exit::ExitStatus;
use crate::{mistakes, table};

/// The ending's name in records.
pub(crate) fn name(stop: &Stop) -> &'static str {
    match stop {
        Stop::Halted => "halted",
        Stop::Failed(_) => "failed",
        Stop::OutOfCycles => "out-of-cycles",
        Stop::Waiting => "waiting",
        Stop::Yielded => "yielded",
    }
}

/// Only a program that ended by itself says yes.
pub(crate) fn status(stop: &Stop) -> ExitStatus {
    match stop {
        Stop::Halted => ExitStatus::Yes,
        Stop::Failed(_) | Stop::OutOfCycles | Stop::Waiting | Stop::Yielded => ExitStatus::No,
    }
}

/// The report of an ending that is no success.
pub(crate) fn report(loaded: &Loaded, stop: &Stop, budget: u64) -> Option<Report> {
    match stop {
        Stop::Halted => None,
        Stop::Failed(error) => {
            let hints = hint(&error.kind).map(ToOwned::to_owned).into_iter().collect();
            Some(diagnostics::at_offset(loaded, error.pc, error.to_string(), hints))
        }
        Stop::OutOfCycles => Some(out_of_cycles(&loaded.name, budget)),
        Stop::Waiting | Stop::Yielded => Some(mistakes::mistake(
            format!("`{}` waits for an agent that does not come", loaded.name),
            Some("name the other agents' files after this one"),
        )),
    }
}

/// The report of a budget that is used up.
pub(crate) fn out_of_cycles(name: &str, budget: u64) -> Report {
    let unit = if budget == 1 { "cycle" } else { "cycles" };
    mistakes::mistake(
        format!("`{name}` did not end within its budget of {} {unit}", table::count(budget)),
        Some("raise the budget with `--cycles N`"),
    )
}

/// What to do about an error.
pub(crate) fn hint(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::DivisionByZero => {
            Some("branch around the division where the divisor is zero, as with `JZ`")
        }
        ErrorKind::NoBox { .. } => Some("boxes are numbered from 0 in the order of their `BOX`"),
        ErrorKind::NotWord { .. } => Some("stack and memory hold numbers from -2147483648 to 2147483647"),
        ErrorKind::OutsideRegion { .. } => Some("cells have 4 bytes: the address of the next one is 4 more"),
        ErrorKind::StackOverflow { .. } => {
            Some("take off what was pushed, or look for a recursion without an end")
        }
        ErrorKind::StackUnderflow { .. } => Some("something is taken from the stack that was never pushed"),
        ErrorKind::NoCapability(_) => Some("grant it with `--cap ID`"),
        ErrorKind::BadTarget { .. } => {
            Some("`.landing LABEL` declares a place that an address in a register may go to")
        }
        ErrorKind::EndOfCode => Some("end the program with `HALT`"),
        ErrorKind::Channel(_) => {
            Some("allow readings and acts with `--grant senses`, or give some with `--sense`")
        }
        _ => None,
    }
}

/// An error in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorV1 {
    class: &'static str,
    message: String,
    opcode: String,
    pc: u32,
    /// The label before the place, and the distance from it.
    label: Option<String>,
    file: Option<String>,
    line: Option<usize>,
}

impl ErrorV1 {
    pub(crate) fn of(error: &VmError, names: &Names) -> Self {
        let line = names.line(error.pc);
        Self {
            class: error.class(),
            message: error.kind.to_string(),
            opcode: format!("{:#04x}", error.opcode),
            pc: error.pc,
            label: names.near(error.pc),
            file: line.map(|line| line.file.clone()),
            line: line.map(|line| line.number),
        }
    }

    /// The error of an ending that is one.
    pub(crate) fn of_stop(stop: &Stop, names: &Names) -> Option<Self> {
        match stop {
            Stop::Failed(error) => Some(Self::of(error, names)),
            Stop::Halted | Stop::OutOfCycles | Stop::Waiting | Stop::Yielded => None,
        }
    }
}

//! What the debugger shows of its machine.

use std::fmt::Write as _;

use flux_vm::disasm::Line;
use serde::Serialize;

use super::{Debugger, STACK_CELLS};
use crate::bytecode::ending::ErrorV1;
use crate::bytecode::{ending, state};

/// How many lines of text are shown before and after the one that is executed next.
const CONTEXT: usize = 5;

/// The state of a session in JSON.
#[derive(Debug, Serialize)]
pub(super) struct DebugV1 {
    schema: &'static str,
    file: String,
    /// How the program ended; none while it has not.
    ending: Option<&'static str>,
    error: Option<ErrorV1>,
    state: state::StateV1,
    /// The instruction at the program counter.
    instruction: Option<String>,
    backtrace: Vec<FrameV1>,
    breakpoints: Vec<BreakpointV1>,
    watchpoints: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FrameV1 {
    call: u32,
    target: u32,
    back: u32,
    label: Option<String>,
}

#[derive(Debug, Serialize)]
struct BreakpointV1 {
    offset: u32,
    enabled: bool,
    hits: u64,
    condition: Option<String>,
}

/// Mnemonic and operands of a line of a listing.
pub(super) fn plain(line: &Line<'_>) -> String {
    format!("{} {}", line.mnemonic(), line.operands()).trim_end().to_owned()
}

impl Debugger<'_> {
    /// The whole state: counter, registers, flags, stack, the next instruction, breakpoints and watchpoints.
    pub(crate) fn dump(&self) -> String {
        let machine = &self.machine;
        let has_ended = machine.ended();
        let is_halted = matches!(has_ended, Some(flux_vm::machine::Stop::Halted));
        let mut text = format!(
            "PC=0x{:04X} | Cycles={} | Halted={is_halted} | Running={}\n",
            machine.pc(),
            machine.cycles(),
            has_ended.is_none()
        );
        text.push_str(&state::registers(machine));
        text.push_str(&state::stack(machine, STACK_CELLS));
        text.push_str(&self.line(machine.pc(), "  "));
        if !self.breakpoints.is_empty() {
            text.push_str(&self.breakpoints_text());
        }
        if !self.watches.is_empty() {
            text.push_str(&self.watches_text());
        }
        text
    }

    /// The calls that have not returned, the innermost first, each with the place that it goes on at.
    pub(super) fn backtrace(&self) -> String {
        let place = |offset: u32| {
            let name = self.names.near(offset).map_or_else(String::new, |name| format!(" {name}"));
            let line = self.names.line(offset);
            let line = line.map_or_else(String::new, |line| format!(" ({}:{})", line.file, line.number));
            format!("0x{offset:04X}{name}{line}")
        };
        let mut text = format!("  #0 {}\n", place(self.machine.pc()));
        for (number, frame) in self.frames().iter().rev().enumerate() {
            let _ = writeln!(
                text,
                "  #{} {}, called {} at 0x{:04X}",
                number + 1,
                place(frame.back),
                self.names.near(frame.target).unwrap_or_else(|| format!("0x{:04X}", frame.target)),
                frame.call
            );
        }
        text
    }

    /// `n` lines of a listing from `begin` on; the next instruction is marked.
    pub(super) fn lines(&self, begin: u32, n: usize) -> String {
        let mut text = String::new();
        let mut offset = begin;
        for _ in 0..n {
            let Some(line) = Line::at(&self.verified.program().code, offset as usize) else { break };
            if let Some(name) = self.names.exactly(offset) {
                let _ = writeln!(text, "{name}:");
            }
            text.push_str(&self.line(offset, if offset == self.machine.pc() { "> " } else { "  " }));
            // INVARIANT: code has at most 1 MiB.
            offset += line.bytes.len() as u32;
        }
        if text.is_empty() {
            text.push_str("  (end of code)\n");
        }
        text
    }

    /// The lines of text around the one that is executed next.
    pub(super) fn source(&self) -> String {
        let Some(assembly) = &self.loaded.assembly else {
            return "the program did not come from text\n".to_owned();
        };
        let Some(entry) = assembly.source_map.find(self.machine.pc() as usize) else {
            return "no line is known for this place\n".to_owned();
        };
        let file = entry.span.file;
        let lines = assembly.sources.text(file).lines().enumerate();
        let first = entry.line.saturating_sub(CONTEXT + 1);
        let mut text = format!("{}\n", assembly.sources.name(file));
        for (idx, line) in lines.skip(first).take(2 * CONTEXT + 1) {
            let mark = if idx + 1 == entry.line { ">" } else { " " };
            let _ = writeln!(text, "{}", format!("{mark} {:4} {line}", idx + 1).trim_end());
        }
        text
    }

    /// The state as one line of JSON.
    pub(super) fn json(&self) -> String {
        let stop = self.machine.ended();
        let record = DebugV1 {
            schema: "flux.debug/1",
            file: self.loaded.name.clone(),
            ending: stop.as_ref().map(ending::name),
            error: stop.as_ref().and_then(|stop| ErrorV1::of_stop(stop, &self.names)),
            state: state::StateV1::of(&self.machine),
            instruction: self.machine.instruction().map(|_| self.instruction(self.machine.pc())),
            backtrace: self
                .frames()
                .iter()
                .rev()
                .map(|frame| FrameV1 {
                    call: frame.call,
                    target: frame.target,
                    back: frame.back,
                    label: self.names.near(frame.target),
                })
                .collect(),
            breakpoints: self
                .breakpoints
                .iter()
                .map(|(offset, breakpoint)| BreakpointV1 {
                    offset: *offset,
                    enabled: breakpoint.is_enabled,
                    hits: breakpoint.n_hits,
                    condition: breakpoint.condition.as_ref().map(|condition| condition.text().to_owned()),
                })
                .collect(),
            watchpoints: self.watches.iter().map(|watch| watch.place.to_string()).collect(),
        };
        // Keys are sorted by way of a value.
        serde_json::to_value(&record).map_or_else(|error| format!("{error}\n"), |value| format!("{value}\n"))
    }
}

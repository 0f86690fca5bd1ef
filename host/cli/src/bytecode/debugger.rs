//! The debugger's engine: commands as text in, what to print out. It knows nothing of terminals.
//!
//! A pause has one meaning everywhere: the instruction at the program counter is not executed yet. What is shown of a
//! breakpoint is therefore the state before it; the next command that executes anything executes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flux_vm::disasm::Line;
use flux_vm::machine::{Frame, Setting, Stop};
use flux_vm::{Machine, Verified};

use super::expression;
use super::file::Loaded;
use super::machine::Outside;
use super::names::Names;
use super::{ending, state};

mod command;
mod condition;
mod help;
mod show;
mod watch;

use condition::Condition;
use watch::Watch;

/// How many cells of the stack are shown with the state.
const STACK_CELLS: usize = 8;

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// Text, with its line ends; it may be empty.
    Text(String),
    /// The command makes no sense: what is wrong, in a line, and what to do.
    Mistake(String),
    /// The session is over.
    Quit,
}

#[derive(Clone, Debug)]
struct Breakpoint {
    is_enabled: bool,
    n_hits: u64,
    condition: Option<Condition>,
}

/// Why execution paused.
#[derive(Clone, Debug)]
enum Pause {
    /// It was asked for no more.
    Done,
    Stop(Stop),
    Breakpoint,
    /// What changed, the instruction that changed it, and whether there is a breakpoint as well.
    Watch {
        changes: Vec<String>,
        by: u32,
        is_breakpoint: bool,
    },
    /// The command has used up its cycles.
    Budget,
}

/// A session: a program in a machine, with breakpoints and watchpoints.
#[derive(Debug)]
pub(crate) struct Debugger<'p> {
    loaded: &'p Loaded,
    verified: &'p Verified,
    names: Names,
    machine: Machine<'p>,
    inputs: Vec<i64>,
    outside: Outside,
    /// The channels as they were before anything was read.
    fresh: Outside,
    /// How many cycles one command may take.
    budget: u64,
    breakpoints: BTreeMap<u32, Breakpoint>,
    watches: Vec<Watch>,
    /// Whether the pause at the program counter has been reported, so that its instruction may be executed.
    is_passing: bool,
    /// The command that an empty line repeats.
    last: String,
}

impl<'p> Debugger<'p> {
    /// Begins a session before the first instruction. One command takes at most `budget` cycles.
    pub(crate) fn new(
        loaded: &'p Loaded,
        verified: &'p Verified,
        setting: &'p Setting,
        inputs: &[i64],
        outside: Outside,
        budget: u64,
    ) -> Self {
        let mut debugger = Self {
            loaded,
            verified,
            names: Names::of(loaded),
            machine: Machine::with(verified, setting),
            inputs: inputs.to_vec(),
            fresh: outside.clone(),
            outside,
            budget,
            breakpoints: BTreeMap::new(),
            watches: Vec::new(),
            is_passing: false,
            last: String::new(),
        };
        debugger.machine.give(&debugger.inputs);
        debugger
    }

    /// What is said when the session begins.
    pub(crate) fn intro(&self) -> String {
        format!("flux debugger: {}, `help` lists the commands\n{}", self.loaded.name, self.dump())
    }

    fn reset(&mut self) {
        self.machine.reset();
        self.machine.give(&self.inputs);
        self.outside = self.fresh.clone();
        self.is_passing = false;
        for watch in &mut self.watches {
            watch.value = watch.place.read(&self.machine);
        }
    }

    /// Executes until `is_done` says so, which is asked after each instruction, or something else happens.
    fn go(&mut self, mut is_done: impl FnMut(&Machine<'_>) -> bool, mut executed: impl FnMut(u32)) -> Pause {
        let end = self.machine.cycles().saturating_add(self.budget);
        if !self.is_passing && self.machine.ended().is_none() && self.arrives() {
            self.is_passing = true;
            return Pause::Breakpoint;
        }
        loop {
            if let Some(stop) = self.machine.ended() {
                return Pause::Stop(stop);
            }
            if self.machine.cycles() >= end {
                return Pause::Budget;
            }
            let by = self.machine.pc();
            let stop = self.machine.step(&mut self.outside);
            // Whoever comes to a place by executing has been told where it is.
            self.is_passing = true;
            executed(by);
            let changes = self.changes();
            if let Some(stop) = stop {
                return Pause::Stop(stop);
            }
            let is_breakpoint = self.arrives();
            if !changes.is_empty() {
                return Pause::Watch { changes, by, is_breakpoint };
            }
            if is_breakpoint {
                return Pause::Breakpoint;
            }
            if is_done(&self.machine) {
                return Pause::Done;
            }
        }
    }

    /// Whether an enabled breakpoint is at the program counter and its condition holds; it counts as hit then.
    fn arrives(&mut self) -> bool {
        let pc = self.machine.pc();
        let Some(breakpoint) = self.breakpoints.get_mut(&pc).filter(|breakpoint| breakpoint.is_enabled)
        else {
            return false;
        };
        let word = |name: &str| expression::in_machine(&self.machine, &self.names, name);
        // A condition that cannot be computed here, as by a division by zero, is not passed over.
        let holds =
            breakpoint.condition.as_ref().is_none_or(|condition| condition.holds(&word).unwrap_or(true));
        breakpoint.n_hits += u64::from(holds);
        holds
    }

    /// What watchpoints have seen change, and from now on compare with.
    fn changes(&mut self) -> Vec<String> {
        let machine = &self.machine;
        self.watches.iter_mut().filter_map(|watch| watch.change(machine)).collect()
    }

    /// What a pause is reported as.
    fn report(&self, pause: &Pause) -> String {
        let pc = self.machine.pc();
        let note = match pause {
            Pause::Done => String::new(),
            Pause::Breakpoint => ": breakpoint".to_owned(),
            Pause::Watch { by, is_breakpoint, .. } => {
                let also = if *is_breakpoint { " and breakpoint" } else { "" };
                format!(": watchpoint{also}, by {}", self.instruction(*by))
            }
            Pause::Budget => {
                format!(": {} cycles are used up, `continue` goes on", crate::table::count(self.budget))
            }
            Pause::Stop(Stop::Halted) => {
                let cycles = crate::table::count(self.machine.cycles());
                format!(": halted after {cycles} cycles, {}", state::outputs(&self.machine))
            }
            Pause::Stop(Stop::Failed(error)) => format!(": {error}"),
            Pause::Stop(Stop::OutOfCycles | Stop::Waiting | Stop::Yielded) => ": it waits".to_owned(),
        };
        let mut text = format!("Stopped at 0x{pc:04X}{note}\n");
        match pause {
            Pause::Watch { changes, .. } => {
                for change in changes {
                    let _ = writeln!(text, "  {change}");
                }
            }
            Pause::Stop(Stop::Failed(error)) => {
                if let Some(hint) = ending::hint(&error.kind) {
                    let _ = writeln!(text, "  help: {hint}");
                }
            }
            Pause::Done | Pause::Breakpoint | Pause::Budget | Pause::Stop(_) => {}
        }
        if !matches!(pause, Pause::Stop(Stop::Halted)) {
            text.push_str(&self.line(pc, "  "));
        }
        text
    }

    /// An instruction as `0xPPPP: MNEMONIC operands`.
    fn instruction(&self, offset: u32) -> String {
        let line = Line::at(&self.verified.program().code, offset as usize);
        let text = line.map_or_else(|| "end of code".to_owned(), |line| show::plain(&line));
        format!("0x{offset:04X}: {text}")
    }

    /// An instruction as a line of a listing, with the line of text that it came from.
    fn line(&self, offset: u32, mark: &str) -> String {
        let line = Line::at(&self.verified.program().code, offset as usize);
        let text = line.map_or_else(|| "end of code".to_owned(), |line| show::plain(&line));
        let text = format!("{mark}{offset:04x}: {text}");
        match self.names.line(offset) {
            Some(line) => format!("{text:<40} ; {}:{}: {}\n", line.file, line.number, line.text),
            None => format!("{text}\n"),
        }
    }

    fn step(&mut self, n: u64) -> Reply {
        if self.machine.ended().is_some() {
            return self.is_over();
        }
        let mut text = String::new();
        for _ in 0..n {
            let mut by = None;
            // The instruction that is to be executed is the one that a reported breakpoint stands at.
            self.is_passing = true;
            let pause = self.go(|_| true, |offset| by = Some(offset));
            if let Some(by) = by {
                let _ = writeln!(text, "{}", self.instruction(by));
            }
            if !matches!(pause, Pause::Done) {
                text.push_str(&self.report(&pause));
                break;
            }
        }
        Reply::Text(text)
    }

    fn next(&mut self) -> Reply {
        if self.machine.ended().is_some() {
            return self.is_over();
        }
        let depth = self.machine.frames().len();
        self.is_passing = true;
        let pause = self.go(|machine| machine.frames().len() <= depth, |_| {});
        Reply::Text(self.report(&pause))
    }

    fn finish(&mut self) -> Reply {
        if self.machine.ended().is_some() {
            return self.is_over();
        }
        let depth = self.machine.frames().len();
        if depth == 0 {
            return Reply::Mistake("no call is under way; `continue` runs to the end".to_owned());
        }
        self.is_passing = true;
        let pause = self.go(|machine| machine.frames().len() < depth, |_| {});
        Reply::Text(self.report(&pause))
    }

    fn resume(&mut self) -> Reply {
        if self.machine.ended().is_some() {
            return self.is_over();
        }
        let pause = self.go(|_| false, |_| {});
        Reply::Text(self.report(&pause))
    }

    fn is_over(&self) -> Reply {
        Reply::Mistake("the program has ended; `reset` or `run` begins again".to_owned())
    }

    fn frames(&self) -> &[Frame] {
        self.machine.frames()
    }

    /// The offset that a word names: a number, a label, or `:LINE` of the text.
    fn offset(&self, word: &str) -> Result<u32, String> {
        let value = match word.strip_prefix(':') {
            Some(line) => {
                let number = line.parse().ok().and_then(|number| self.names.offset_of_line(number));
                return number.ok_or_else(|| format!("no code came from line `{line}`"));
            }
            None => self.number(word)?,
        };
        u32::try_from(value).map_err(|_| format!("expected an offset, found {value}"))
    }

    fn number(&self, text: &str) -> Result<i64, String> {
        expression::evaluate(text, &|name| expression::in_machine(&self.machine, &self.names, name))
    }
}

#[cfg(test)]
mod tests;

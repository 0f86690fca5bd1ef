//! The commands of the debugger.

use std::fmt::Write as _;

use flux_vm::isa::N_F;

use super::condition::Condition;
use super::help;
use super::watch::{Place, Watch};
use super::{Breakpoint, Debugger, Reply};
use crate::bytecode::{expression, state};

/// The most that `step` and `disasm` are asked for at once.
const MOST: i64 = 1_000_000;

impl Debugger<'_> {
    /// Executes a command. An empty line repeats the last one; what begins with `#` or `;` is a comment.
    pub(crate) fn execute(&mut self, line: &str) -> Reply {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            return Reply::Text(String::new());
        }
        let line = if line.is_empty() { self.last.clone() } else { line.to_owned() };
        self.last.clone_from(&line);
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((name, rest)) = words.split_first() else { return Reply::Text(String::new()) };
        match self.dispatch(name, rest) {
            Ok(reply) => reply,
            Err(mistake) => Reply::Mistake(mistake),
        }
    }

    fn dispatch(&mut self, name: &str, rest: &[&str]) -> Result<Reply, String> {
        let none = |reply: Reply| {
            if rest.is_empty() {
                Ok(reply)
            } else {
                Err(format!("`{name}` takes nothing, found `{}`", rest.join(" ")))
            }
        };
        match name {
            "step" | "s" => {
                let n = self.count(rest, 1)?;
                Ok(self.step(n))
            }
            "next" | "n" => none(self.next()),
            "finish" | "f" => none(self.finish()),
            "continue" | "c" => none(self.resume()),
            "run" | "r" => {
                self.reset();
                none(self.resume())
            }
            "regs" | "state" => none(Reply::Text(self.dump())),
            "bp" | "b" | "break" => self.breakpoint(rest).map(Reply::Text),
            "watch" | "w" => self.watchpoint(rest).map(Reply::Text),
            "mem" | "x" => self.memory(rest).map(Reply::Text),
            "stack" => {
                let n = self.count(rest, super::STACK_CELLS as i64)?;
                Ok(Reply::Text(state::stack(&self.machine, n as usize)))
            }
            "regions" => none(Reply::Text(self.regions())),
            "set" => self.set(rest).map(Reply::Text),
            "print" | "p" => {
                let value = self.number(&rest.join(" "))?;
                Ok(Reply::Text(format!("{value} (0x{value:x})\n")))
            }
            "backtrace" | "bt" => none(Reply::Text(self.backtrace())),
            "disasm" | "dis" => self.listing(rest).map(Reply::Text),
            "list" | "l" => none(Reply::Text(self.source())),
            "json" => none(Reply::Text(self.json())),
            "reset" => {
                self.reset();
                none(Reply::Text(self.dump()))
            }
            "help" | "?" => help::of(rest.first().copied()).map(Reply::Text),
            "quit" | "exit" | "q" => Ok(Reply::Quit),
            _ => Err(help::unknown(name)),
        }
    }

    /// A positive count in `words`, or `default` without any.
    fn count(&self, words: &[&str], default: i64) -> Result<u64, String> {
        let value = if words.is_empty() { default } else { self.number(&words.join(" "))? };
        if !(1..=MOST).contains(&value) {
            return Err(format!("expected a number from 1 to {MOST}, found {value}"));
        }
        Ok(value.unsigned_abs())
    }

    /// `bp`, with what stands after it.
    pub(crate) fn breakpoint(&mut self, words: &[&str]) -> Result<String, String> {
        let (what, rest) = words.split_first().map_or(("list", words), |(what, rest)| (*what, rest));
        match (what, rest) {
            ("list", []) => Ok(self.breakpoints_text()),
            ("add", [place, condition @ ..]) => self.add_breakpoint(place, condition),
            ("del" | "delete" | "rm", [place]) => {
                let offset = self.known(place)?;
                self.breakpoints.remove(&offset);
                Ok(format!("Breakpoint removed at 0x{offset:04X}\n"))
            }
            ("clear", []) => {
                self.breakpoints.clear();
                Ok("Breakpoints removed\n".to_owned())
            }
            ("enable" | "disable", [place]) => {
                let offset = self.known(place)?;
                if let Some(breakpoint) = self.breakpoints.get_mut(&offset) {
                    breakpoint.is_enabled = what == "enable";
                }
                Ok(format!("Breakpoint {what}d at 0x{offset:04X}\n"))
            }
            ("add" | "del" | "delete" | "rm" | "enable" | "disable", _) => {
                Err(format!("expected `bp {what} OFFSET`"))
            }
            // `b main` is what fingers type.
            (place, condition) => self.add_breakpoint(place, condition),
        }
    }

    fn add_breakpoint(&mut self, place: &str, words: &[&str]) -> Result<String, String> {
        let offset = self.offset(place).map_err(|error| format!("invalid offset `{place}`: {error}"))?;
        if self.verified.index_of(offset).is_none() {
            return Err(format!("invalid offset `{place}`: no instruction begins at 0x{offset:04X}"));
        }
        let condition = match words {
            [] => None,
            ["if", rest @ ..] if !rest.is_empty() => {
                let condition = Condition::parse(&rest.join(" "))?;
                condition.holds(&|name| expression::in_machine(&self.machine, &self.names, name)).or_else(
                    |error| if error.contains("divides by zero") { Ok(false) } else { Err(error) },
                )?;
                Some(condition)
            }
            _ => return Err("expected `bp add OFFSET if CONDITION`".to_owned()),
        };
        let clause =
            condition.as_ref().map_or_else(String::new, |condition| format!(" if {}", condition.text()));
        self.breakpoints.insert(offset, Breakpoint { is_enabled: true, n_hits: 0, condition });
        Ok(format!("Breakpoint added at 0x{offset:04X}{clause}\n"))
    }

    /// The offset of a breakpoint that exists.
    fn known(&self, place: &str) -> Result<u32, String> {
        let offset = self.offset(place).map_err(|error| format!("invalid offset `{place}`: {error}"))?;
        if self.breakpoints.contains_key(&offset) {
            Ok(offset)
        } else {
            Err(format!("there is no breakpoint at 0x{offset:04X}"))
        }
    }

    pub(super) fn breakpoints_text(&self) -> String {
        if self.breakpoints.is_empty() {
            return "Breakpoints: (none)\n".to_owned();
        }
        let mut text = "Breakpoints:\n".to_owned();
        for (offset, breakpoint) in &self.breakpoints {
            let sign = if breakpoint.is_enabled { '+' } else { '-' };
            let _ = write!(text, "  {sign} 0x{offset:04X} (hit {} times)", breakpoint.n_hits);
            if let Some(condition) = &breakpoint.condition {
                let _ = write!(text, " if {}", condition.text());
            }
            if let Some(name) = self.names.near(*offset) {
                let _ = write!(text, " {name}");
            }
            text.push('\n');
        }
        text
    }

    /// `watch`, with what stands after it.
    pub(crate) fn watchpoint(&mut self, words: &[&str]) -> Result<String, String> {
        match words {
            [] | ["list"] => Ok(self.watches_text()),
            ["clear"] => {
                self.watches.clear();
                Ok("Watchpoints removed\n".to_owned())
            }
            ["del" | "delete" | "rm", place] => {
                let place = self.place(place)?;
                let n_before = self.watches.len();
                self.watches.retain(|watch| watch.place != place);
                if self.watches.len() == n_before {
                    return Err(format!("{place} is not watched"));
                }
                Ok(format!("Watchpoint removed: {place}\n"))
            }
            ["add", place] | [place] => {
                let place = self.place(place)?;
                let value = place.read(&self.machine);
                if value.is_none() {
                    return Err(format!("there is no {place}"));
                }
                let text = format!("Watchpoint added: {place}\n");
                self.watches.retain(|watch| watch.place != place);
                self.watches.push(Watch { place, value });
                Ok(text)
            }
            _ => Err("expected `watch add REGISTER` or `watch add mem:ADDRESS:LENGTH`".to_owned()),
        }
    }

    fn place(&self, word: &str) -> Result<Place, String> {
        Place::parse(word, &|text| self.number(text))
    }

    pub(super) fn watches_text(&self) -> String {
        if self.watches.is_empty() {
            return "Watchpoints: (none)\n".to_owned();
        }
        let lines = self.watches.iter().map(|watch| format!("  {}\n", watch.text()));
        format!("Watchpoints:\n{}", lines.collect::<String>())
    }

    fn memory(&self, words: &[&str]) -> Result<String, String> {
        state::look(&self.machine, words, &|text| self.number(text))
    }

    fn regions(&self) -> String {
        let regions = self.machine.regions();
        regions.iter().map(|it| format!("  {} {} bytes, owner {}\n", it.name, it.size, it.owner)).collect()
    }

    /// `set REGISTER VALUE` and `set mem:ADDRESS BYTE...`.
    fn set(&mut self, words: &[&str]) -> Result<String, String> {
        let [place, values @ ..] = words else { return Err("expected `set REGISTER VALUE`".to_owned()) };
        if values.is_empty() {
            return Err("expected `set REGISTER VALUE`".to_owned());
        }
        let text = values.join(" ");
        let upper = place.to_ascii_uppercase();
        let text = if let Some(number) = expression::register(place) {
            let (old, new) = (self.machine.r(number), self.number(&text)?);
            self.machine.set_r(number, new);
            format!("R{number}: {old} -> {new}\n")
        } else if let Some(number) = expression::numbered(&upper, 'F', N_F) {
            let new = text.parse().map_err(|_| format!("expected a number, found `{text}`"))?;
            let old = self.machine.f(number);
            self.machine.set_f(number, new);
            format!("F{number}: {old} -> {}\n", self.machine.f(number))
        } else if upper.starts_with("MEM:") {
            let numbers = values.iter().map(|word| {
                let value = self.number(word)?;
                u8::try_from(value).map_err(|_| format!("expected a byte from 0 to 255, found {value}"))
            });
            let bytes: Vec<u8> = numbers.collect::<Result<_, String>>()?;
            let place = self.place(&format!("{place}:{}", bytes.len()))?;
            if !place.write(&mut self.machine, &bytes) {
                return Err(format!("there is no {place}"));
            }
            format!("{place} is set\n")
        } else {
            return Err(format!("expected a register or `mem:ADDRESS`, found `{place}`"));
        };
        // What is set by hand is no change that a program made.
        let _ = self.changes();
        Ok(text)
    }

    /// `disasm [OFFSET] [COUNT]`.
    fn listing(&self, words: &[&str]) -> Result<String, String> {
        let (begin, n) = match words {
            [] => (self.machine.pc(), 5),
            [offset] => (self.offset(offset)?, 5),
            [offset, n] => (self.offset(offset)?, self.count(&[n], 5)?),
            _ => return Err("expected `disasm [OFFSET] [COUNT]`".to_owned()),
        };
        Ok(self.lines(begin, n as usize))
    }
}

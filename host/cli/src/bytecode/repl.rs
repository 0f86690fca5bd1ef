//! The prompt for assembly: one input after another in one machine.
//!
//! All inputs together are one program that only grows, so that labels stay known and what was defined can be called.
//! Behind each input stands a `HALT`, which is not executed: it is where the input ends.

use std::fmt::Write as _;

use flux_lang::assembly::{self, Assembly, Limits, Severity};
use flux_vm::disasm::Disassembly;
use flux_vm::machine::{Carried, DEFAULT_BUDGET, Setting, Stop};
use flux_vm::{Machine, Program, Verified};

use super::debugger::Reply;
use super::machine::Outside;
use super::{ending, expression, file, state};

/// The name of the text in diagnostics.
const NAME: &str = "input";
/// What a machine stands in while nothing runs.
const NOTHING: [u8; 1] = [0x80];

/// What the prompt understands beside assembly.
const HELP: &str = "  MOVI R0, 5        execute an instruction; what changed is shown
  name:             begin a block, which an empty line ends; one that ends in RET is kept to be called, others run
  R0 * 2 + 0x10     compute with numbers, registers and labels
  .set N 7          a name for a number, from here on
  regs              show the registers
  mem ADDRESS [N]   show memory
  dis [HEX]         list the instructions of bytes, or those that were entered
  hex BYTES         execute bytes such as `hex 2b 00 2a 00`
  labels            list the labels
  history           list what was entered
  reset             begin with a new machine and without labels
  help              this list
  quit              leave; so does the end of input
";

/// A prompt: what was entered, and the machine's state.
#[derive(Debug)]
pub(crate) struct Repl {
    setting: Setting,
    outside: Outside,
    fresh: Outside,
    /// How many cycles one input may take.
    budget: u64,
    /// All inputs that assemble.
    text: String,
    program: Program,
    /// What labels and constants stand for.
    known: Vec<(String, i64)>,
    carried: Option<Carried>,
    /// A program that does nothing, for looking at the machine.
    nothing: Verified,
    /// The lines of a block that is not complete.
    block: Vec<String>,
    history: Vec<String>,
}

impl Repl {
    /// A prompt with a new machine.
    ///
    /// # Errors
    /// A program that does nothing is refused, which would be a mistake of the verifier.
    pub(crate) fn new(setting: Setting, outside: Outside) -> Result<Self, flux_vm::verify::VerifyError> {
        let nothing = Verified::new(Program::raw(NOTHING.to_vec()))?;
        Ok(Self {
            setting,
            fresh: outside.clone(),
            outside,
            budget: DEFAULT_BUDGET,
            text: String::new(),
            program: Program::raw(Vec::new()),
            known: Vec::new(),
            carried: None,
            nothing,
            block: Vec::new(),
            history: Vec::new(),
        })
    }

    /// What stands before the next line.
    pub(crate) fn prompt(&self) -> &'static str {
        if self.block.is_empty() { "flux> " } else { "  ... " }
    }

    /// Takes a line.
    pub(crate) fn execute(&mut self, line: &str) -> Reply {
        let line = line.trim_end();
        if is_comment(line) {
            return Reply::Text(String::new());
        }
        if !line.trim().is_empty() {
            self.history.push(line.to_owned());
        }
        if !self.block.is_empty() {
            if line.trim().is_empty() {
                return self.finish();
            }
            self.block.push(line.to_owned());
            return Reply::Text(String::new());
        }
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((name, rest)) = words.split_first() else { return Reply::Text(String::new()) };
        let reply = match *name {
            "quit" | "exit" => return Reply::Quit,
            "help" | "?" => Ok(HELP.to_owned()),
            "regs" => Ok(state::registers(&self.machine())),
            "mem" => state::look(&self.machine(), rest, &|text| self.number(text)),
            "dis" => self.listing(rest),
            "hex" => bytes(rest).and_then(|bytes| {
                let numbers: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
                self.enter(&format!(".byte {}", numbers.join(", ")))
            }),
            "labels" => Ok(self.labels()),
            "history" => Ok(self
                .history
                .iter()
                .enumerate()
                .map(|(at, line)| format!("{:4} {line}\n", at + 1))
                .collect()),
            "reset" => {
                self.reset();
                Ok("a new machine\n".to_owned())
            }
            _ if begins_block(line) => {
                self.block.push(line.to_owned());
                return Reply::Text(String::new());
            }
            _ if self.is_expression(line) => {
                self.number(line).map(|value| format!("{value} (0x{value:x})\n"))
            }
            _ => self.enter(line),
        };
        match reply {
            Ok(text) => Reply::Text(text),
            Err(mistake) => Reply::Mistake(mistake),
        }
    }

    /// Takes the block that is not complete, if there is one: its empty line, or the end of input.
    pub(crate) fn finish(&mut self) -> Reply {
        let block = std::mem::take(&mut self.block).join("\n");
        if block.is_empty() {
            return Reply::Text(String::new());
        }
        match self.enter(&block) {
            Ok(text) => Reply::Text(text),
            Err(mistake) => Reply::Mistake(mistake),
        }
    }

    fn reset(&mut self) {
        self.text.clear();
        self.program = Program::raw(Vec::new());
        self.known.clear();
        self.carried = None;
        self.outside = self.fresh.clone();
    }

    /// The machine, in no program.
    fn machine(&self) -> Machine<'_> {
        match &self.carried {
            Some(carried) => Machine::resume(&self.nothing, &self.setting, carried.clone()),
            None => Machine::with(&self.nothing, &self.setting),
        }
    }

    fn word(&self, name: &str) -> Option<i64> {
        let value = expression::register(name).map(|number| self.machine().r(number));
        value.or_else(|| self.known.iter().find(|(known, _)| known == name).map(|(_, value)| *value))
    }

    fn number(&self, text: &str) -> Result<i64, String> {
        expression::evaluate(text, &|name| self.word(name))
    }

    /// Whether a line is to be computed: it begins with no name, or with one that stands for a number.
    fn is_expression(&self, line: &str) -> bool {
        let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
        match line.chars().next() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.word(&line[..end]).is_some(),
            Some(c) => c.is_ascii_digit() || "(+-~'".contains(c),
            None => false,
        }
    }

    /// Assembles an input behind those before it, and executes it unless it is a function.
    fn enter(&mut self, input: &str) -> Result<String, String> {
        let text = format!("{}{input}\nHALT\n", self.text);
        let mut assembled = assembly::assemble(NAME, &text, &file::include, &Limits::DEFAULT);
        let mut output = String::new();
        let Some(mut program) = assembled.program.take() else {
            return Err(mistakes(&assembled, self.text.len(), input));
        };
        let begin = self.program.code.len();
        // INVARIANT: the assembler makes at most 1 MiB of code, and ends it with the `HALT`, of one byte.
        let end = program.code.len() - 1;
        program.entry = begin as u32;
        let verified = Verified::new(program.clone()).map_err(|error| {
            let lines = error.findings.iter().map(ToString::to_string);
            lines.collect::<Vec<_>>().join("\nerror: ")
        })?;
        self.text = text;
        self.program = program;
        self.known = assembled.symbols.iter().map(|(name, symbol)| (name.clone(), symbol.value)).collect();
        if begin == end {
            return Ok(output);
        }
        if is_function(input) {
            let _ = writeln!(output, "kept at 0x{begin:04X}");
            return Ok(output);
        }
        let mut machine = match self.carried.take() {
            Some(carried) => Machine::resume(&verified, &self.setting, carried),
            None => Machine::with(&verified, &self.setting),
        };
        let (before, cycles) = (machine.registers(), machine.cycles());
        let limit = cycles.saturating_add(self.budget);
        let mut stop = None;
        while stop.is_none() && machine.pc() as usize != end {
            stop = if machine.cycles() >= limit {
                Some(Stop::OutOfCycles)
            } else {
                machine.step(&mut self.outside)
            };
        }
        for change in before.changes(&machine.registers()) {
            let _ = writeln!(output, "  {}", state::change(&change));
        }
        for (channel, value) in self.outside.acts.drain(..) {
            let _ = writeln!(output, "  act: channel {channel} value {value}");
        }
        let n_cycles = machine.cycles() - cycles;
        if n_cycles > 1 {
            let _ = writeln!(output, "  {} cycles", crate::table::count(n_cycles));
        }
        self.carried = Some(machine.carry());
        match stop {
            None => {}
            Some(Stop::Halted) => output.push_str("  halted\n"),
            Some(Stop::Failed(error)) => {
                let _ = writeln!(output, "error: {error}");
                if let Some(hint) = ending::hint(&error.kind) {
                    let _ = writeln!(output, "  help: {hint}");
                }
            }
            Some(Stop::OutOfCycles | Stop::Waiting | Stop::Yielded) => {
                let _ = writeln!(
                    output,
                    "error: it did not end within {} cycles",
                    crate::table::count(self.budget)
                );
            }
        }
        Ok(output)
    }

    fn listing(&self, words: &[&str]) -> Result<String, String> {
        let code = if words.is_empty() { self.program.code.clone() } else { bytes(words)? };
        Ok(Disassembly::of(&code)
            .lines
            .iter()
            .map(|line| format!("{}\n", line.to_string().trim_end()))
            .collect())
    }

    fn labels(&self) -> String {
        self.known.iter().map(|(name, value)| format!("  {name} = {value} (0x{value:04x})\n")).collect()
    }
}

/// Whether a line is there for people only: a `#` begins directives of the preprocessor as well.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let is_directive = || {
        let word = line[1..].split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        ["define", "undef", "ifdef", "ifndef", "else", "endif", "include"].contains(&word)
    };
    line.starts_with(';') || line.starts_with("//") || line.starts_with('#') && !is_directive()
}

/// Whether a line is the first of several: a label, or a condition of the preprocessor.
fn begins_block(line: &str) -> bool {
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(line.len());
    line.starts_with('@') || line.starts_with("#if") || end > 0 && line[end..].starts_with(':')
}

/// Whether a block is a function: its first line has a label, its last instruction returns.
fn is_function(input: &str) -> bool {
    let last = input.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with([';', '#']));
    let last = last.map(|line| line.split(';').next().unwrap_or(line).trim());
    begins_block(input)
        && last.is_some_and(|line| {
            line.rsplit([' ', ':', '\t']).next().is_some_and(|word| word.eq_ignore_ascii_case("RET"))
        })
}

/// Bytes written as pairs of hexadecimal digits, with blanks between them or not.
fn bytes(words: &[&str]) -> Result<Vec<u8>, String> {
    let digits: String = words.iter().map(|word| word.trim_start_matches("0x")).collect();
    if digits.is_empty()
        || !digits.len().is_multiple_of(2)
        || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Err(format!("expected pairs of hexadecimal digits, found `{}`", words.join(" ")));
    }
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap_or_default();
    Ok((0..digits.len()).step_by(2).map(pair).collect())
}

/// What is wrong with an input, each with the line and carets where it has several; `begin` is where it begins.
fn mistakes(assembled: &Assembly, begin: usize, input: &str) -> String {
    let errors = assembled.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
    let mut lines = Vec::new();
    for diagnostic in errors {
        let mut text = diagnostic.message().to_owned();
        if diagnostic.span().start >= begin && input.contains('\n') {
            let _ = write!(text, ", in `{}`", assembled.sources.line_text(diagnostic.span()).trim());
        }
        for label in diagnostic.labels() {
            let line = assembled.sources.line_text(label.span);
            let _ = write!(text, "\n  {}: `{}`", label.text, line.trim());
        }
        for hint in diagnostic.hints() {
            let _ = write!(text, "\n  help: {hint}");
        }
        // The same place is not named twice.
        if !lines.contains(&text) {
            lines.push(text);
        }
    }
    lines.join("\nerror: ")
}

#[cfg(test)]
mod tests;

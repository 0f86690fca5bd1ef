//! `flux debug`.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;

use crate::bytecode::debugger::{Debugger, Reply};
use crate::bytecode::file;
use crate::bytecode::machine::{self, MachineArgs};
use crate::diagnostics;
use crate::exit::ExitStatus;
use crate::groups;
use crate::io::Io;
use crate::mistakes;
use crate::prompt::{self, Prompt};

/// What stands before a command.
const PROMPT: &str = "(flux-debug) ";

/// Arguments of `flux debug`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Commands come from `-x`, then from `--script`; without either, from standard input. The end of them ends the\n\
        session. `help` lists them.\n\n\
        Examples:\n  flux debug factorial.flx\n  flux debug factorial.flx --bp again --watch R0\n  \
        flux debug gcd.bin 48 36 -x \"bp add 0x10 if R0 == 12\" -x continue -x regs\n  echo \"step 3\" | flux debug factorial.flx\n\n\
        Exit status: 0; 1 where the program is refused; 2 where it cannot be read."
)]
pub(crate) struct Args {
    /// The program: assembly (.flx), a container or raw code; `-` reads standard input.
    file: PathBuf,
    /// Numbers for R0, R1, ...
    #[arg(allow_negative_numbers = true)]
    input: Vec<i64>,
    /// Stop before the instruction at an offset, a label, or `:LINE`. Repeat for more.
    #[arg(long = "bp", visible_alias = "breakpoint", value_name = "OFFSET")]
    breakpoints: Vec<String>,
    /// Stop when a register or `mem:ADDRESS:LENGTH` changes. Repeat for more.
    #[arg(long = "watch", value_name = "PLACE")]
    watches: Vec<String>,
    /// Cycles that one command may take.
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = groups::parse_count)]
    cycles: u64,
    /// A command. Repeat for more.
    #[arg(short = 'x', long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
    /// Read commands from a file; lines that begin with `#` are comments.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// After `-x` and `--script`, read commands from standard input.
    #[arg(short, long)]
    interactive: bool,
    #[command(flatten)]
    machine: MachineArgs,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let mut commands: VecDeque<String> = self.commands.iter().cloned().collect();
        if let Some(script) = &self.script {
            let text = fs::read_to_string(script).map_err(|error| mistakes::unreadable(script, &error))?;
            commands.extend(text.lines().map(ToOwned::to_owned));
        }
        let reads_input = self.interactive || self.commands.is_empty() && self.script.is_none();
        if reads_input && self.file.as_os_str() == "-" {
            return Err(mistakes::mistake(
                "standard input cannot hold both the program and the commands",
                Some("name a file, or give the commands with `-x` or `--script`"),
            ));
        }
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
        let setting = self.machine.setting();
        let outside = self.machine.outside();
        let mut debugger = Debugger::new(&loaded, &verified, &setting, &self.input, outside, self.cycles);
        let unusable = |what: String| {
            mistakes::mistake(what, Some("`--bp OFFSET` takes an offset, a label, or `:LINE`"))
        };
        for place in &self.breakpoints {
            let text = debugger.breakpoint(&["add", place]).map_err(unusable)?;
            io.print(text)?;
        }
        for place in &self.watches {
            let text =
                debugger.watchpoint(&["add", place]).map_err(|error| mistakes::mistake(error, None))?;
            io.print(text)?;
        }
        io.print(debugger.intro())?;
        while let Some(line) = commands.pop_front() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            prompt::echo(io, PROMPT, line)?;
            if !obey(io, &mut debugger, line)? {
                return Ok(ExitStatus::Yes);
            }
        }
        if reads_input {
            let mut prompt = Prompt::of(io)?;
            while let Some(line) = prompt.read(io, PROMPT)? {
                if !obey(io, &mut debugger, &line)? {
                    break;
                }
            }
        }
        Ok(ExitStatus::Yes)
    }
}

/// Executes a command; false if it ends the session.
fn obey(io: &mut Io, debugger: &mut Debugger<'_>, line: &str) -> miette::Result<bool> {
    match debugger.execute(line) {
        Reply::Text(text) => io.print(text)?,
        Reply::Mistake(mistake) => io.line(format!("error: {mistake}"))?,
        Reply::Quit => return Ok(false),
    }
    Ok(true)
}

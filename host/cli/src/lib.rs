//! The `flux` command line: reads arguments, calls the libraries, prints tables and reports.
//!
//! Everything goes through [`run`], with streams handed in, so tests drive it in process. Standard output carries
//! data, standard error everything else; `--json` output is versioned by its `schema` field.

mod archived_run;
mod bank_file;
mod bytecode;
mod children;
mod commands;
mod diagnostics;
mod diff_text;
mod ecosystem;
mod exit;
mod genome_file;
mod groups;
mod interrupt;
mod io;
mod json;
mod mistakes;
mod output;
mod progress;
mod prompt;
mod table;

use std::ffi::OsString;

use clap::{CommandFactory, Parser};

pub use exit::ExitStatus;
pub use io::Io;

use commands::Command;

/// flux evolves WebAssembly: it runs genomes in a sandbox that counts every instruction, judges and ranks them.
#[derive(Debug, Parser)]
#[command(
    name = "flux",
    version,
    about = "flux evolves WebAssembly: sandboxed genomes, exact cycle counts, tournaments",
    after_help = "Begin with `flux hello`, or see `flux COMMAND --help`; each has examples.\n\n\
        Exit status: 0 yes; 1 the command ran and the answer is no; 2 it could not run; 130 interrupted.",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: groups::OutputArgs,
}

/// Runs one command with `args`, the program's name first, and returns the process's exit status.
pub fn run<I, T>(args: I, io: &mut Io) -> ExitStatus
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return io.usage(&error),
    };
    io.set_color(cli.output.color);
    let result = match cli.command {
        Some(command) => command.run(io),
        None => commands::start::run(io),
    };
    result.unwrap_or_else(|report| {
        io.report(&report);
        ExitStatus::CouldNotRun
    })
}

/// The command line as clap knows it, for completions and the manual page.
fn command_line() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command_line().debug_assert();
    }
}

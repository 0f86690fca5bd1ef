//! Tasks for people who work on flux, run as `cargo dev <task>`.
//!
//! Every task is one module with one public `run`. They talk to cargo through [`workspace`] and end with a
//! [`failure::Ending`]. Nothing here is part of what flux does for its users, and nothing here downloads.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod bindings;
mod bless;
mod contract;
mod failure;
mod mathematics;
mod portable;
mod readme;
mod tidy;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{Ending, Failure};
use crate::workspace::Workspace;

/// Tasks for people who work on flux.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", after_help = AFTER_HELP)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

const AFTER_HELP: &str = "Exit codes: 0 all is well; 1 the task ran and found something; 2 it could not run.";

#[derive(Subcommand)]
enum Task {
    /// Runs cargo for wasm32-unknown-unknown, whichever toolchain of this machine can do it
    ///
    /// The first argument is a cargo command (`build` when it is missing), the rest is handed to cargo. With
    /// rustup's standard library for the target this is a plain cargo call. Without it, Debian's rustc-web and
    /// rust-web-src are used: the standard library is built once, offline, into a folder under `target/`.
    #[command(
        after_help = "Examples:\n  cargo dev wasm --profile wasm --manifest-path guest-sdk/rust/Cargo.toml\n  \
                            cargo dev wasm check -p flux-genome"
    )]
    Wasm {
        /// A cargo command and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "CARGO ARGS")]
        cargo_args: Vec<String>,
    },
    /// Checks that the crates below the portable line compile for wasm32
    Portable,
    /// Looks for what a compiler does not see: forbidden edges between crates, characters, paths, leftovers
    Tidy,
    /// Runs the tests and takes what they produce as what they expect from now on
    Bless {
        /// Arguments of `cargo test`; `--workspace` when there are none
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "TEST ARGS")]
        test_args: Vec<String>,
    },
    /// Runs the set-up commands of README.md as they stand there
    Readme {
        /// Only the commands marked with this word; all when there is none
        mark: Option<String>,
        /// Print the commands and run nothing
        #[arg(long)]
        list: bool,
    },
    /// Generates the bindings of guest-sdk/rust from wit/ (needs `wit-bindgen` on PATH)
    Bindings,
    /// Builds the functions that compiled bytecode calls for exponentials and sines
    Mathematics,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(args.task) {
        Ok(Ending::Fine) => ExitCode::SUCCESS,
        Ok(Ending::Found) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("error: {failure}");
            if let Some(hint) = &failure.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::from(2)
        }
    }
}

fn run(task: Task) -> Result<Ending, Failure> {
    let workspace = Workspace::load()?;
    match task {
        Task::Wasm { cargo_args } => wasm::run(&workspace, &cargo_args),
        Task::Portable => portable::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::Bless { test_args } => bless::run(&workspace, &test_args),
        Task::Readme { mark, list } => {
            let action = if list { readme::Action::List } else { readme::Action::Run };
            readme::run(&workspace, mark.as_deref(), action)
        }
        Task::Bindings => bindings::run(&workspace),
        Task::Mathematics => mathematics::run(&workspace),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Args::command().debug_assert();
    }
}

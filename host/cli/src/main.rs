//! The `flux` command: hands the process's arguments and streams to the library and exits with its status.

use std::process::ExitCode;

fn main() -> ExitCode {
    flux_cli::run(std::env::args_os(), &mut flux_cli::Io::of_process()).into()
}

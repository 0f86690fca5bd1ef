//! `flux completions`.

use clap_complete::Shell;

use crate::exit::ExitStatus;
use crate::io::Io;

/// Arguments of `flux completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux completions bash > ~/.local/share/bash-completion/completions/flux\n  flux completions zsh > ~/.zfunc/_flux\n\nExit status: 0."
)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::command_line(), "flux", &mut script);
        io.print(script)?;
        Ok(ExitStatus::Yes)
    }
}

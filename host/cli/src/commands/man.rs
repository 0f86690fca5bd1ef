//! `flux man`.

use miette::IntoDiagnostic;

use crate::exit::ExitStatus;
use crate::io::Io;

/// Arguments of `flux man`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux man > flux.1\n  flux man tournament | man -l -\n\nExit status: 0, or 2 where there is no such command."
)]
pub(crate) struct Args {
    /// The command whose page to print; without one, the page of flux itself.
    command: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let line = crate::command_line();
        let page = match &self.command {
            None => line,
            Some(name) => line
                .find_subcommand(name)
                .cloned()
                .ok_or_else(|| {
                    crate::mistakes::mistake(
                        format!("there is no command `{name}`"),
                        Some("`flux --help` lists them"),
                    )
                })?
                .name(format!("flux-{name}")),
        };
        let mut text = Vec::new();
        clap_mangen::Man::new(page).render(&mut text).into_diagnostic()?;
        io.print(text)?;
        Ok(ExitStatus::Yes)
    }
}

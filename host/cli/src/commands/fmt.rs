//! `flux fmt`.

use std::fs;
use std::path::{Path, PathBuf};

use flux_lang::ecosystem::{self, Limits};

use super::check;
use crate::diagnostics;
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::mistakes;

/// Arguments of `flux fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Comments stay. Formatting what is formatted changes nothing.\n\n\
        Examples:\n  flux fmt answers.flux\n  flux fmt --check ecosystems/*.flux\n  flux fmt - < answers.flux\n\n\
        Exit status: 0; 1 where a file does not parse, or with --check is not formatted; 2 where one cannot be read or written.")]
pub(crate) struct Args {
    /// Files that describe ecosystems (`.flux`); `-` formats standard input to standard output.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing, and name the files that are not formatted.
    #[arg(long)]
    check: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let mut status = ExitStatus::Yes;
        for path in &self.files {
            let text = check::read(io, path)?;
            match ecosystem::format(&path.display().to_string(), &text, &Limits::DEFAULT) {
                Err(found) => {
                    io.report(&diagnostics::mistakes("format", &found.sources, &found.diagnostics));
                    status = ExitStatus::No;
                }
                Ok(formatted) if self.check => {
                    if formatted != text {
                        io.line(path.display().to_string())?;
                        status = ExitStatus::No;
                    }
                }
                Ok(formatted) if path == Path::new("-") => io.print(formatted)?,
                Ok(formatted) if formatted == text => {}
                Ok(formatted) => {
                    fs::write(path, formatted).map_err(|error| mistakes::unwritable(path, &error))?;
                    io.note(format!("formatted `{}`", path.display()));
                }
            }
        }
        Ok(status)
    }
}

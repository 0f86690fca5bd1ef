//! `flux check`.

use std::path::{Path, PathBuf};

use flux_lang::assembly::Severity;
use flux_lang::ecosystem::{self, Limits};
use serde::Serialize;

use crate::bytecode::file;
use crate::diagnostics::{self, DiagnosticV1};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::{genome_file, json, mistakes};

/// Arguments of `flux check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An ecosystem is checked whole: unknown entities, a missing judge, fallbacks that go round, intents that nothing\n\
        reaches, numbers out of range, files that it uses.\n\n\
        Examples:\n  flux check answers.flux\n  flux check answers.flux --json\n  flux check - < answers.flux\n\n\
        Exit status: 0; 1 where a file has mistakes; 2 where one cannot be read."
)]
pub(crate) struct Args {
    /// Files that describe ecosystems (`.flux`); `-` reads standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON object with every diagnostic (schema flux.check/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct CheckV1 {
    diagnostics: Vec<DiagnosticV1>,
    is_correct: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let mut records = Vec::new();
        let mut is_correct = true;
        for path in &self.files {
            let text = read(io, path)?;
            let parsed =
                ecosystem::parse(&path.display().to_string(), &text, &file::include, &Limits::DEFAULT);
            let has_errors = parsed.diagnostics.iter().any(|it| it.severity() == Severity::Error);
            is_correct &= !has_errors;
            if self.json {
                records.extend(diagnostics::records_of(&parsed.sources, &parsed.diagnostics));
            } else if has_errors {
                io.report(&diagnostics::mistakes("check", &parsed.sources, &parsed.diagnostics));
            } else {
                diagnostics::each(io, &parsed.sources, &parsed.diagnostics);
                if let Some(found) = &parsed.ecosystem {
                    io.line(format!(
                        "{}: ecosystem `{}`, entities: {}, attractors: {}",
                        path.display(),
                        found.name,
                        found.entities.len(),
                        found.attractors.len(),
                    ))?;
                }
            }
        }
        if self.json {
            json::print(io, "flux.check/1", &CheckV1 { diagnostics: records, is_correct })?;
        }
        Ok(if is_correct { ExitStatus::Yes } else { ExitStatus::No })
    }
}

/// Reads a text.
pub(super) fn read(io: &mut Io, path: &Path) -> miette::Result<String> {
    let bytes = genome_file::read_bytes(io, path)?;
    String::from_utf8(bytes).map_err(|error| {
        let action = format!("read the text of `{}`", path.display());
        mistakes::failed(action, &error, Some("`.flux` files are UTF-8"))
    })
}

//! `flux bank export` and `flux bank import`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flux_bank::{Counts, ExportError, Selection};
use serde::Serialize;

use super::list::{CountsV1, in_words};
use super::{Named, named};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, json, mistakes};

/// Arguments of `flux bank export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Runs come with their generations and with all that they keep; genomes with all their ancestors.\n\n\
        Examples:\n  flux bank export -o all.fxbk\n  flux bank export gcd-1 133a55 -o some.fxbk"
)]
pub(super) struct ExportArgs {
    /// Runs and genomes: names or hashes, or the beginnings of them. By default everything, with the scores.
    names: Vec<String>,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-export/1).
    #[arg(long)]
    json: bool,
}

/// Arguments of `flux bank import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is there already stays as it is; a file that is damaged, or in conflict with a run of the same name, is\n\
        refused whole.\n\n\
        Examples:\n  flux bank import all.fxbk\n  flux bank import all.fxbk --bank other.bank"
)]
pub(super) struct ImportArgs {
    /// What `flux bank export` wrote.
    file: PathBuf,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-import/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TransferV1 {
    counts: CountsV1,
    file: String,
}

impl ExportArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        let selection = if self.names.is_empty() {
            Selection::All
        } else {
            let (mut runs, mut genomes) = (Vec::new(), Vec::new());
            for name in &self.names {
                match named(&bank, &self.bank, name)? {
                    Named::Run(run) => runs.push(run.id),
                    Named::Genome(hash) => genomes.push(hash),
                }
            }
            Selection::Some { runs, genomes }
        };
        if is_same(&self.output, self.bank.path()) {
            return Err(mistakes::over_itself(&self.output));
        }
        // Written beside its place and moved there when it is whole, so that a half is never taken for an export.
        let folder = self.output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let unwritable = |error: io::Error| mistakes::unwritable(&self.output, &error);
        let mut file =
            tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(unwritable)?;
        let mut out = BufWriter::new(file.as_file_mut());
        let counts = bank.export(&selection, &mut out).map_err(|error| {
            let hint = match &error {
                ExportError::Bank(error) => error.hint(),
                _ => None,
            };
            mistakes::failed_for(format!("export to `{}`", self.output.display()), &error, hint)
        })?;
        out.flush().map_err(unwritable)?;
        drop(out);
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist(&self.output).map_err(|error| unwritable(error.error))?;
        say(io, self.json, "flux.bank-export/1", "exported", &self.output, counts)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}

impl ImportArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let file = File::open(&self.file).map_err(|error| mistakes::unreadable(&self.file, &error))?;
        let mut bank = bank_file::open(self.bank.path())?;
        let counts = bank.import(file).map_err(|error| {
            mistakes::failed_for(format!("import `{}`", self.file.display()), &error, error.hint())
        })?;
        say(io, self.json, "flux.bank-import/1", "new", &self.file, counts)
    }
}

fn say(
    io: &mut Io,
    json: bool,
    schema: &str,
    what: &str,
    file: &Path,
    counts: Counts,
) -> miette::Result<ExitStatus> {
    if json {
        let record = TransferV1 { counts: counts.into(), file: file.display().to_string() };
        json::print(io, schema, &record)?;
    } else {
        io.line(format!("{what}: {}", in_words(counts)))?;
    }
    Ok(ExitStatus::Yes)
}

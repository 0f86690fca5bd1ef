//! `flux eco versions` and `flux eco rollback`.

use std::path::{Path, PathBuf};

use flux_bank::{Bank, BankError, DocumentRow, VersionRow};
use serde::Serialize;

use crate::ecosystem::versions::{self, record};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{bank_file, json, mistakes};

/// Arguments of `flux eco versions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux eco versions\n  flux eco versions demo\n  flux eco versions demo --show 2 -o demo-2.flux\n\n\
        Exit status: 0; 2 where the bank has no such ecosystem or version."
)]
pub(super) struct ListArgs {
    /// The ecosystem. By default all are listed.
    name: Option<String>,
    /// Write the text of this version.
    #[arg(long, value_name = "N", requires = "name")]
    show: Option<u64>,
    /// Where to; by default standard output.
    #[arg(short, long, value_name = "FILE", requires = "show")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.eco-versions/1).
    #[arg(long, conflicts_with = "show")]
    json: bool,
}

/// Arguments of `flux eco rollback`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux eco rollback demo\n      the version that the live one was made of\n  flux eco rollback demo --to 3\n\n\
        Exit status: 0; 2 where the bank has no such ecosystem or version."
)]
pub(super) struct RollbackArgs {
    /// The ecosystem.
    name: String,
    /// The version, a later one too. By default the one that the live one was made of.
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.eco-rollback/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct VersionsV1 {
    ecosystems: Vec<EcosystemV1>,
}

#[derive(Serialize)]
struct EcosystemV1 {
    name: String,
    live: u64,
    versions: Vec<VersionV1>,
}

#[derive(Serialize)]
struct VersionV1 {
    number: u64,
    parent: Option<u64>,
    changed: Vec<String>,
    evidence: String,
}

#[derive(Serialize)]
struct RollbackV1 {
    name: String,
    before: u64,
    live: u64,
}

impl ListArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        if let (Some(name), Some(number)) = (&self.name, self.show) {
            return self.show(io, &bank, name, number);
        }
        let found = match &self.name {
            None => bank_file::asked(bank.documents())?,
            Some(name) => vec![known(&bank, name, &self.bank)?],
        };
        let read = |document: DocumentRow| {
            bank.versions(&document.name).map(|versions| EcosystemV1 {
                live: document.live,
                versions: versions.iter().map(VersionV1::of).collect(),
                name: document.name,
            })
        };
        let ecosystems: Result<Vec<EcosystemV1>, BankError> = found.into_iter().map(read).collect();
        let ecosystems = bank_file::asked(ecosystems)?;
        if self.json {
            json::print(io, "flux.eco-versions/1", &VersionsV1 { ecosystems })?;
            return Ok(ExitStatus::Yes);
        }
        let rows: Vec<Vec<String>> = ecosystems.iter().flat_map(rows).collect();
        let columns = [
            Column::Left("ecosystem"),
            Column::Right("version"),
            Column::Right("of"),
            Column::Left("live"),
            Column::Left("what changed, and why"),
        ];
        let listing = table::render(io, &columns, &rows);
        io.print(listing)?;
        Ok(ExitStatus::Yes)
    }

    fn show(&self, io: &mut Io, bank: &Bank, name: &str, number: u64) -> miette::Result<ExitStatus> {
        known(bank, name, &self.bank)?;
        let version =
            bank_file::asked(bank.version(name, number))?.ok_or_else(|| no_version(name, number))?;
        match self.output.as_deref().filter(|path| *path != Path::new("-")) {
            None => io.print(&version.text)?,
            Some(path) => {
                std::fs::write(path, &version.text).map_err(|error| mistakes::unwritable(path, &error))?;
            }
        }
        Ok(ExitStatus::Yes)
    }
}

fn rows(ecosystem: &EcosystemV1) -> Vec<Vec<String>> {
    let row = |version: &VersionV1| {
        let mut why = version.changed.clone();
        why.push(version.evidence.clone());
        vec![
            ecosystem.name.clone(),
            version.number.to_string(),
            version.parent.map_or_else(String::new, |parent| parent.to_string()),
            if version.number == ecosystem.live { "live" } else { "" }.to_owned(),
            why.join("; "),
        ]
    };
    ecosystem.versions.iter().map(row).collect()
}

impl VersionV1 {
    fn of(version: &VersionRow) -> Self {
        let record = record(version);
        Self {
            number: version.number,
            parent: version.parent,
            changed: record.changed,
            evidence: record.evidence,
        }
    }
}

impl RollbackArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        // Opening a bank for writing would make one.
        drop(bank_file::open_read_only(self.bank.path())?);
        let mut bank = bank_file::open(self.bank.path())?;
        let document = known(&bank, &self.name, &self.bank)?;
        let parent = || -> miette::Result<u64> {
            let live = bank_file::asked(bank.version(&self.name, document.live))?;
            live.and_then(|version| version.parent).ok_or_else(|| {
                mistakes::mistake(
                    format!("version {} of `{}` was made of no other", document.live, self.name),
                    Some("name a version with `--to`; `flux eco versions` lists them"),
                )
            })
        };
        let number = match self.to {
            Some(number) => number,
            None => parent()?,
        };
        if bank_file::asked(bank.version(&self.name, number))?.is_none() {
            return Err(no_version(&self.name, number));
        }
        versions::kept(bank.write(|writer| writer.set_live(&self.name, number)))?;
        if self.json {
            let record = RollbackV1 { name: self.name, before: document.live, live: number };
            json::print(io, "flux.eco-rollback/1", &record)?;
        } else {
            io.line(format!(
                "version {number} of `{}` is live; it was version {}",
                self.name, document.live
            ))?;
        }
        Ok(ExitStatus::Yes)
    }
}

fn known(bank: &Bank, name: &str, args: &BankArgs) -> miette::Result<DocumentRow> {
    bank_file::asked(bank.document(name))?.ok_or_else(|| versions::unknown(bank, name, args))
}

fn no_version(name: &str, number: u64) -> miette::Report {
    mistakes::mistake(
        format!("ecosystem `{name}` has no version {number}"),
        Some("`flux eco versions` lists those that there are"),
    )
}

//! `flux bank check`, `compact` and `gc`.

use flux_bank::{Mode, Scores};
use serde::Serialize;

use super::list::{CountsV1, in_words};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, json, mistakes, table};

/// Arguments of `flux bank check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux bank check\n  flux bank check --json --bank other.bank\n\nExit status: 0 all is well; 1 there is damage; 2 the file is no bank."
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-check/1).
    #[arg(long)]
    json: bool,
}

/// Arguments of `flux bank compact`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flux bank compact")]
pub(super) struct CompactArgs {
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-compact/1).
    #[arg(long)]
    json: bool,
}

/// Arguments of `flux bank gc`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A run reaches its founders, its last survivors, the champions of its generations, and all ancestors of these.\n\
        Documents, tapes and calibrations stay.\n\n\
        Examples:\n  flux bank gc --dry-run\n  flux bank gc --scores && flux bank compact"
)]
pub(super) struct GcArgs {
    /// Only say what would go.
    #[arg(long)]
    dry_run: bool,
    /// Forget all scores too; they can be computed again.
    #[arg(long)]
    scores: bool,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-gc/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct CheckV1 {
    checked: CountsV1,
    findings: Vec<String>,
}

#[derive(Serialize)]
struct CompactV1 {
    before_bytes: u64,
    after_bytes: u64,
}

#[derive(Serialize)]
struct GcV1 {
    genomes: u64,
    stored_bytes: u64,
    edges: u64,
    scores: u64,
    dry_run: bool,
}

impl CheckArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        let report = bank_file::asked(bank.check())?;
        let status = if report.is_sound() { ExitStatus::Yes } else { ExitStatus::No };
        let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        if self.json {
            json::print(io, "flux.bank-check/1", &CheckV1 { checked: report.checked.into(), findings })?;
            return Ok(status);
        }
        io.line(format!("checked {}", in_words(report.checked)))?;
        for finding in &findings {
            io.line(format!("damage: {finding}"))?;
        }
        if status == ExitStatus::Yes {
            io.line("all is well")?;
        }
        Ok(status)
    }
}

impl CompactArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        // Opening a bank for writing would make one.
        drop(bank_file::open_read_only(self.bank.path())?);
        let mut bank = bank_file::open(self.bank.path())?;
        let report =
            bank.compact().map_err(|error| mistakes::failed_for("compact the bank", &error, error.hint()))?;
        let flux_bank::CompactReport { before_bytes, after_bytes } = report;
        if self.json {
            json::print(io, "flux.bank-compact/1", &CompactV1 { before_bytes, after_bytes })?;
        } else {
            io.line(format!("{} before, {} after", table::bytes(before_bytes), table::bytes(after_bytes)))?;
        }
        Ok(ExitStatus::Yes)
    }
}

impl GcArgs {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let reading = bank_file::open_read_only(self.bank.path())?;
        let (mut bank, mode) = if self.dry_run {
            (reading, Mode::DryRun)
        } else {
            drop(reading);
            (bank_file::open(self.bank.path())?, Mode::Do)
        };
        let scores = if self.scores { Scores::Forget } else { Scores::Keep };
        let report = bank
            .gc(scores, mode)
            .map_err(|error| mistakes::failed_for("collect the garbage of the bank", &error, error.hint()))?;
        let flux_bank::GcReport { genomes, stored_bytes, edges, scores, .. } = report;
        if self.json {
            let record = GcV1 { genomes, stored_bytes, edges, scores, dry_run: self.dry_run };
            json::print(io, "flux.bank-gc/1", &record)?;
        } else {
            let did = if self.dry_run { "would go" } else { "gone" };
            io.line(format!(
                "{did}: {} genomes ({}), {} edges, {} scores",
                table::count(genomes),
                table::bytes(stored_bytes),
                table::count(edges),
                table::count(scores)
            ))?;
        }
        Ok(ExitStatus::Yes)
    }
}

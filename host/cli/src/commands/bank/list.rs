//! `flux bank list`.

use flux_bank::{Bank, BankError, RunRow};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{bank_file, json};

/// Arguments of `flux bank list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux bank list\n  flux bank list --genomes\n  flux bank list --json --bank other.bank"
)]
pub(super) struct Args {
    /// List genomes instead of runs.
    #[arg(long)]
    genomes: bool,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-list/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ListV1 {
    counts: CountsV1,
    runs: Vec<RunV1>,
    /// Only with `--genomes`.
    genomes: Option<Vec<GenomeV1>>,
}

/// How much there is of everything, for programs.
#[derive(Serialize)]
pub(super) struct CountsV1 {
    genomes: u64,
    runs: u64,
    generations: u64,
    edges: u64,
    scores: u64,
    documents: u64,
    versions: u64,
    tapes: u64,
    calibrations: u64,
}

impl From<flux_bank::Counts> for CountsV1 {
    fn from(counts: flux_bank::Counts) -> Self {
        let flux_bank::Counts {
            genomes,
            runs,
            generations,
            edges,
            scores,
            documents,
            versions,
            tapes,
            calibrations,
        } = counts;
        Self { genomes, runs, generations, edges, scores, documents, versions, tapes, calibrations }
    }
}

/// Everything that is counted, in one line for people. What ecosystems keep is named where there is any.
pub(super) fn in_words(counts: flux_bank::Counts) -> String {
    let number =
        |n: u64, one: &str, many: &str| format!("{} {}", table::count(n), if n == 1 { one } else { many });
    let mut parts = vec![
        number(counts.runs, "run", "runs"),
        number(counts.generations, "generation", "generations"),
        number(counts.genomes, "genome", "genomes"),
        number(counts.edges, "edge", "edges"),
        number(counts.scores, "score", "scores"),
    ];
    let of_ecosystems = [
        (counts.documents, "document", "documents"),
        (counts.versions, "version", "versions"),
        (counts.tapes, "tape", "tapes"),
        (counts.calibrations, "calibration", "calibrations"),
    ];
    let present = of_ecosystems.into_iter().filter(|(n, ..)| *n > 0);
    parts.extend(present.map(|(n, one, many)| number(n, one, many)));
    parts.join(", ")
}

#[derive(Serialize)]
struct RunV1 {
    name: String,
    generations: u64,
    is_finished: bool,
}

#[derive(Serialize)]
struct GenomeV1 {
    genome: String,
    size_bytes: u64,
    stored_bytes: u64,
}

impl Args {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        let (counts, runs, genomes) = bank_file::asked(bank.snapshot(|bank| self.read(bank)))?;
        if self.json {
            let runs = runs.iter().map(|run| RunV1 {
                name: run.name.clone(),
                generations: run.n_generations,
                is_finished: run.footer.is_some(),
            });
            json::print(
                io,
                "flux.bank-list/1",
                &ListV1 { counts: counts.into(), runs: runs.collect(), genomes },
            )?;
            return Ok(ExitStatus::Yes);
        }
        let listing = match genomes {
            Some(genomes) => {
                let row = |genome: &GenomeV1| {
                    vec![
                        genome.genome.clone(),
                        table::count(genome.size_bytes),
                        table::count(genome.stored_bytes),
                    ]
                };
                let columns = [Column::Left("genome"), Column::Right("bytes"), Column::Right("stored")];
                table::render(io, &columns, &genomes.iter().map(row).collect::<Vec<_>>())
            }
            None => {
                let row = |run: &RunRow| {
                    let state = if run.footer.is_some() { "finished" } else { "open" };
                    vec![run.name.clone(), table::count(run.n_generations), state.to_owned()]
                };
                let columns = [Column::Left("run"), Column::Right("generations"), Column::Left("state")];
                table::render(io, &columns, &runs.iter().map(row).collect::<Vec<_>>())
            }
        };
        io.print(format!("{}\n\n{listing}", in_words(counts)))?;
        Ok(ExitStatus::Yes)
    }

    #[expect(clippy::type_complexity, reason = "what one state of the bank says, together")]
    fn read(
        &self,
        bank: &Bank,
    ) -> Result<(flux_bank::Counts, Vec<RunRow>, Option<Vec<GenomeV1>>), BankError> {
        let genomes = if self.genomes {
            let rows = bank.genomes().map(|row| {
                row.map(|row| GenomeV1 {
                    genome: row.hash.to_string(),
                    size_bytes: row.size_bytes,
                    stored_bytes: row.stored_bytes,
                })
            });
            Some(rows.collect::<Result<_, _>>()?)
        } else {
            None
        };
        Ok((bank.counts()?, bank.runs()?, genomes))
    }
}

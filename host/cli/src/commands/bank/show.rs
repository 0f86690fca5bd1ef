//! `flux bank show`.

use std::path::PathBuf;

use flux_bank::{Bank, BankError, EdgeRow, Hash, RunId, RunRow};
use serde::Serialize;

use super::{Named, named};
use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::table::{self, Column};
use crate::{bank_file, json, mistakes};

/// Arguments of `flux bank show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flux bank show gcd-1\n  flux bank show 133a55\n  flux bank show 133a55 -o genome.wasm"
)]
pub(super) struct Args {
    /// A run, or a genome: its name or hash, or the beginning of it.
    name: String,
    /// Write the genome to this file; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bank: BankArgs,
    /// Print one JSON object (schema flux.bank-run/1 or flux.bank-genome/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RunV1 {
    name: String,
    generations: u64,
    is_finished: bool,
    has_checkpoint: bool,
    kept: Vec<KeptV1>,
}

#[derive(Serialize)]
struct KeptV1 {
    role: &'static str,
    genome: String,
}

#[derive(Serialize)]
struct GenomeV1 {
    genome: String,
    size_bytes: usize,
    parents: Vec<EdgeV1>,
    children: Vec<EdgeV1>,
    file: Option<String>,
}

#[derive(Serialize)]
struct EdgeV1 {
    genome: String,
    run: String,
    generation: u64,
    how: String,
}

impl Args {
    pub(super) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        match named(&bank, &self.bank, &self.name)? {
            Named::Run(_) if self.output.is_some() => Err(mistakes::mistake(
                format!("`{}` is a run, and only a genome is written to a file", self.name),
                Some("`flux bank export` writes runs"),
            )),
            Named::Run(run) => self.show_run(io, &bank, run),
            Named::Genome(hash) => self.show_genome(io, &bank, &hash),
        }
    }

    fn show_run(&self, io: &mut Io, bank: &Bank, run: RunRow) -> miette::Result<ExitStatus> {
        let kept = bank_file::asked(bank.kept(run.id))?;
        let has_checkpoint = bank_file::asked(bank.checkpoint(run.id))?.is_some();
        let is_finished = run.footer.is_some();
        let kept: Vec<KeptV1> = kept
            .into_iter()
            .map(|kept| KeptV1 { role: kept.role.name(), genome: kept.genome.to_string() })
            .collect();
        if self.json {
            let record =
                RunV1 { name: run.name, generations: run.n_generations, is_finished, has_checkpoint, kept };
            json::print(io, "flux.bank-run/1", &record)?;
            return Ok(ExitStatus::Yes);
        }
        let state = if is_finished { "finished" } else { "open" };
        let mut text = format!(
            "run         {}\ngenerations {}\nstate       {state}\n\n",
            run.name,
            table::count(run.n_generations)
        );
        let rows: Vec<Vec<String>> =
            kept.into_iter().map(|kept| vec![kept.role.to_owned(), kept.genome]).collect();
        text.push_str(&table::render(io, &[Column::Left("role"), Column::Left("genome")], &rows));
        io.print(text)?;
        Ok(ExitStatus::Yes)
    }

    fn show_genome(&self, io: &mut Io, bank: &Bank, hash: &Hash) -> miette::Result<ExitStatus> {
        let output = Destination::of(io, self.output.as_deref(), &[], Report::of(self.json))?;
        let (bytes, parents, children) = bank_file::asked(bank.snapshot(|bank| {
            let parents = edges(bank, bank.parents(hash)?, |edge| edge.parent)?;
            let children = edges(bank, bank.children(hash)?, |edge| edge.child)?;
            Ok::<_, BankError>((bank.genome(hash)?.unwrap_or_default(), parents, children))
        }))?;
        output.write(io, &bytes)?;
        if self.json {
            let genome = hash.to_string();
            let file = output.file();
            let record = GenomeV1 { genome, size_bytes: bytes.len(), parents, children, file };
            json::print(io, "flux.bank-genome/1", &record)?;
            return Ok(ExitStatus::Yes);
        }
        let mut text = format!("genome   {hash}\nsize     {}\n", table::bytes(bytes.len() as u64));
        for (what, edges) in [("parent", &parents), ("child", &children)] {
            if edges.is_empty() {
                continue;
            }
            let row = |edge: &EdgeV1| {
                let short = edge.genome.chars().take(12).collect();
                vec![short, edge.run.clone(), edge.generation.to_string(), edge.how.clone()]
            };
            let columns = [
                Column::Left(what),
                Column::Left("run"),
                Column::Right("generation"),
                Column::Left("made by"),
            ];
            let rows: Vec<Vec<String>> = edges.iter().map(row).collect();
            text.push_str(&format!("\n{}", table::render(io, &columns, &rows)));
        }
        output.summarise(io, &text)?;
        Ok(ExitStatus::Yes)
    }
}

fn edges(
    bank: &Bank,
    rows: Vec<EdgeRow>,
    other: impl Fn(&EdgeRow) -> Hash,
) -> Result<Vec<EdgeV1>, BankError> {
    let name = |run: RunId| bank.run_of(run).map(|run| run.map_or_else(String::new, |run| run.name));
    rows.into_iter()
        .map(|edge| {
            Ok(EdgeV1 {
                genome: other(&edge).to_string(),
                run: name(edge.run)?,
                generation: edge.generation,
                how: edge.how,
            })
        })
        .collect()
}

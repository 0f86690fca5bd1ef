//! `flux champion`.

use std::fs;
use std::path::PathBuf;

use flux_genome::text;
use serde::Serialize;

use crate::archived_run::RunArgs;
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{json, mistakes};

/// Arguments of `flux champion`.
#[derive(Debug, clap::Args)]
#[command(after_help = "A run that is under way can be asked too, from another terminal.\n\n\
        Examples:\n  flux champion gcd-1\n  flux champion gcd-1 -o best.wasm\n  flux champion gcd-1 --json\n\n\
        Exit status: 0; 2 there is no such run, or it has no champion yet.")]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Write the champion to this file, as a component.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.champion/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ChampionV1 {
    confidence: f64,
    cycles_per_result: Option<f64>,
    fitness: f64,
    genome: String,
    len_bytes: u64,
    run: String,
    trust: f64,
    variant: u64,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let run = self.run.open()?;
        let champion = run.champion()?;
        let genome = run.genome(&champion.genome, &bounds)?;
        if let Some(path) = &self.output {
            fs::write(path, genome.bytes()).map_err(|error| mistakes::unwritable(path, &error))?;
        }
        let score = champion.score;
        if self.json {
            let record = ChampionV1 {
                confidence: score.confidence,
                cycles_per_result: score.cycles_per_result,
                fitness: score.fitness,
                genome: champion.genome,
                len_bytes: champion.len_bytes,
                run: run.name().to_owned(),
                trust: score.trust,
                variant: champion.variant,
            };
            json::print(io, "flux.champion/1", &record)?;
            return Ok(ExitStatus::Yes);
        }
        io.line(format!("variant {}, genome {}", champion.variant, champion.genome))?;
        io.line(format!(
            "{:.1} % right in selection, {} cycles/result, fitness {:.4e}, {} bytes",
            100.0 * score.confidence,
            score.cycles_per_result.map_or_else(|| "no".to_owned(), |cycles| format!("{cycles:.1}")),
            score.fitness,
            champion.len_bytes,
        ))?;
        match &self.output {
            Some(path) => io.note(format!("written to `{}`", path.display())),
            None => {
                let printed = text::print(&genome)
                    .map_err(|error| mistakes::failed("print the champion", &error, None))?;
                io.print(format!("\n{}\n", printed.trim_end()))?;
            }
        }
        Ok(ExitStatus::Yes)
    }
}

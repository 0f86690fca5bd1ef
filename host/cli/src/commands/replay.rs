//! `flux replay`.

use std::num::NonZeroUsize;
use std::path::Path;

use flux_run::arena::Arena;
use flux_run::evolution::{Evolution, Options};
use flux_sandbox::Sandbox;
use serde::Serialize;

use crate::archived_run::RunArgs;
use crate::commands::evolve::archived_policy;
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::progress::Progress;
use crate::{bank_file, json, mistakes};

/// Arguments of `flux replay`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every child is made and measured again; nothing that the bank remembers is taken on trust but the founders.\n\n\
        Examples:\n  flux replay gcd-1\n  flux replay gcd-1 --jobs 1 --json\n\n\
        Exit status: 0 every record came out the same, byte for byte; 1 one did not; 2 it could not be replayed."
)]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Threads; nothing in the result depends on it. By default one for each core.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.replay/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ReplayV1 {
    /// The first generation that came out differently.
    differs_at: Option<u64>,
    generations: u64,
    root: String,
    run: String,
    same: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let run = self.run.open()?;
        let archived = &run.archived;
        let arena = Arena::load(Path::new(&archived.header.arena_path))?;
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        let jobs = self.jobs.or_else(|| std::thread::available_parallelism().ok());
        let options = Options {
            policy: archived_policy(archived)?,
            seed: Some(archived.header.seed),
            jobs: jobs.unwrap_or(NonZeroUsize::MIN),
            bounds,
        };
        let founders = archived.founders(&run.bank, &bounds)?;
        let mut again = Evolution::begin(&sandbox, &arena, &founders, &options)?;
        archived.hold_against(&again)?;
        let progress = Progress::new(io, run.name());
        let mut differs_at = None;
        for generation in run.bank.generations(archived.row.id, 0) {
            let generation = bank_file::asked(generation)?;
            let step = again.step(&|_| None)?;
            progress.at(generation.index, archived.row.n_generations);
            if step.record != generation.record {
                differs_at = Some(generation.index);
                break;
            }
        }
        drop(progress);
        let root = again.root();
        let ended_so = archived.footer.as_ref().is_none_or(|footer| footer.root == root);
        let same = differs_at.is_none() && ended_so;
        if self.json {
            let record = ReplayV1 {
                differs_at,
                generations: again.generation(),
                root,
                run: run.name().to_owned(),
                same,
            };
            json::print(io, "flux.replay/1", &record)?;
        } else {
            match differs_at {
                None if same => io.line(format!(
                    "run `{}` came out the same: {} generations, root {}",
                    run.name(),
                    again.generation(),
                    &root[..16]
                ))?,
                None => {
                    io.line(format!("run `{}` came out with another root than it ended with", run.name()))?;
                }
                Some(at) => {
                    io.line(format!("run `{}` came out differently in generation {at}", run.name()))?;
                }
            }
        }
        Ok(if same { ExitStatus::Yes } else { ExitStatus::No })
    }
}

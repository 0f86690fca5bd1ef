//! `flux evolve`.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flux_bank::{Bank, Hash, RunId};
use flux_evolve::policy::EvolutionPolicy;
use flux_genome::Bounds;
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::evolution::archive::{self, Archived};
use flux_run::evolution::{Evolution, Options, policy_file};
use flux_sandbox::Sandbox;

use crate::bank_file;
use crate::exit::ExitStatus;
use crate::groups::{BankArgs, BoundArgs};
use crate::io::Io;
use crate::{json, mistakes};

mod finish;
mod live;

use finish::EvolveV1;
use live::Live;

/// Arguments of `flux evolve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A run is a function of founders, arena, policy and seed: told the same, it finds the same champion, byte for byte.\n\
        It is kept in the bank after every generation; after Ctrl-C, or worse, `--resume` takes it up where it was.\n\n\
        Examples:\n  flux evolve genomes/gcd genomes/gcd/subtract.wat\n  flux evolve genomes/gcd mine.wat --preserve --for 60 -o better.wasm\n  \
        flux evolve genomes/isqrt --strategy map-elites --seed 7 --json\n  flux evolve --resume gcd-1\n  flux evolve --print-policy > policy.toml\n\n\
        Exit status: 0 the champion is right and better than the best founder; 1 it is not; 2 the run could not begin or go on."
)]
pub(crate) struct Args {
    /// The arena: a folder with an `arena.toml`, or such a file.
    #[arg(required_unless_present_any = ["resume", "print_policy"])]
    arena: Option<PathBuf>,
    /// Genomes to begin with, as WebAssembly text or binary. By default the arena's rivals.
    founders: Vec<PathBuf>,
    /// Keep what the first founder does: its own results are the right ones, and any other is a rejection.
    #[arg(long)]
    preserve: bool,
    /// How to go about it: lineage, tournament, islands, map-elites, random-search, hill-climbing.
    #[arg(long, value_name = "NAME", value_parser = ["lineage", "tournament", "islands", "map-elites", "random-search", "hill-climbing"])]
    strategy: Option<String>,
    /// A policy file; options here stand over it.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the policy that the other options amount to, every key named, and do nothing else.
    #[arg(long)]
    print_policy: bool,
    /// Generations; 0 for no limit.
    #[arg(long, value_name = "N")]
    generations: Option<u64>,
    /// Variants; 0 for no limit.
    #[arg(long, value_name = "N")]
    variants: Option<u64>,
    /// Generations without a better champion after which the run ends; 0 for no limit.
    #[arg(long, value_name = "N")]
    patience: Option<u64>,
    /// Cycles per correct result that are few enough.
    #[arg(long, value_name = "CYCLES")]
    target: Option<u64>,
    /// End as soon as the champion reaches the arena's gate.
    #[arg(long)]
    at_gate: bool,
    /// Pause after so many seconds; `--resume` goes on.
    #[arg(long = "for", value_name = "SECONDS", value_parser = parse_seconds)]
    time: Option<Duration>,
    /// Seed of everything. By default the arena's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads; nothing in the result depends on it. By default one for each core.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Rounds of fresh inputs that the champion is held against its founder on.
    #[arg(long, default_value_t = 8, value_name = "N")]
    fresh: u32,
    /// Go on with a run that the bank has.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["arena", "founders", "preserve", "strategy", "policy", "print_policy", "generations", "variants", "patience", "target", "at_gate", "seed", "name"])]
    resume: Option<String>,
    /// The run's name in the bank. By default the arena's name and a number.
    #[arg(long, value_name = "RUN")]
    name: Option<String>,
    /// Keep nothing.
    #[arg(long, conflicts_with_all = ["resume", "name", "bank"])]
    no_bank: bool,
    #[command(flatten)]
    bank: BankArgs,
    /// Write the champion to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.evolve/1).
    #[arg(long)]
    json: bool,
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.trim_end_matches('s').parse().ok();
    seconds
        .filter(|seconds| (0.001..=1e9).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("expected seconds, found `{text}`"))
}

/// The bank that a run is kept in.
struct Keeper {
    bank: Bank,
    id: RunId,
    name: String,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        if self.print_policy {
            io.print(policy_file::print(&self.policy()?))?;
            return Ok(ExitStatus::Yes);
        }
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        match &self.resume {
            Some(name) => self.resume(io, &sandbox, name),
            None => self.begin(io, &sandbox),
        }
    }

    fn begin(&self, io: &mut Io, sandbox: &Sandbox) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        // INVARIANT: clap asks for the arena unless a run is resumed.
        let arena_path = self.arena.clone().unwrap_or_default();
        let arena = Arena::load(&arena_path)?;
        let founders = if self.founders.is_empty() {
            Entrant::read_rivals(&arena, &bounds)?
        } else {
            self.founders.iter().map(|path| Entrant::read(path, &bounds)).collect::<Result<_, _>>()?
        };
        let options = self.options(self.policy()?, self.seed, bounds);
        let mut run = Evolution::begin(sandbox, &arena, &founders, &options)?;
        let keeper = if self.no_bank {
            None
        } else {
            let mut bank = bank_file::open(self.bank.path())?;
            let name = match &self.name {
                Some(name) => name.clone(),
                None => free_name(&bank, &arena.name)?,
            };
            let path = fs::canonicalize(&arena_path).unwrap_or(arena_path);
            let id = archive::begin(&mut bank, &name, &run, &path.display().to_string())?;
            Some(Keeper { bank, id, name })
        };
        self.go_on(io, &mut run, keeper)
    }

    fn resume(&self, io: &mut Io, sandbox: &Sandbox, name: &str) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let bank = bank_file::open(self.bank.path())?;
        let archived = archive::find(&bank, name)?;
        let arena = Arena::load(Path::new(&archived.header.arena_path))?;
        let founders = archived.founders(&bank, &bounds)?;
        let options = self.options(archived_policy(&archived)?, Some(archived.header.seed), bounds);
        let mut run = Evolution::begin(sandbox, &arena, &founders, &options)?;
        archived.restore(&bank, &mut run, &bounds, |_| {})?;
        let keeper = Keeper { bank, id: archived.row.id, name: name.to_owned() };
        self.go_on(io, &mut run, Some(keeper))
    }

    fn options(&self, policy: EvolutionPolicy, seed: Option<u64>, bounds: Bounds) -> Options {
        let jobs = self.jobs.or_else(|| std::thread::available_parallelism().ok());
        Options { policy, seed, jobs: jobs.unwrap_or(NonZeroUsize::MIN), bounds }
    }

    /// The policy that file and options amount to.
    fn policy(&self) -> miette::Result<EvolutionPolicy> {
        let mut policy = EvolutionPolicy::default();
        if let Some(path) = &self.policy {
            let text = fs::read_to_string(path).map_err(|error| mistakes::unreadable(path, &error))?;
            policy = policy_file::parse(&path.display().to_string(), &text, &policy)?;
        }
        if let Some(name) = &self.strategy {
            policy.strategy = policy_file::strategy(name)
                .map_err(|error| mistakes::failed("read `--strategy`", &error, None))?;
        }
        policy.preserve |= self.preserve;
        let stop = &mut policy.stop;
        stop.generations = self.generations.unwrap_or(stop.generations);
        stop.variants = self.variants.unwrap_or(stop.variants);
        stop.patience = self.patience.unwrap_or(stop.patience);
        stop.target_cycles = self.target.unwrap_or(stop.target_cycles);
        stop.at_gate |= self.at_gate;
        Ok(policy)
    }

    fn go_on(
        &self,
        io: &mut Io,
        run: &mut Evolution<'_>,
        mut keeper: Option<Keeper>,
    ) -> miette::Result<ExitStatus> {
        let begun = Instant::now();
        let mut live = Live::new(io, run, self.time);
        if let Some(keeper) = &keeper {
            live.say(io, &format!("run `{}` in `{}`", keeper.name, keeper.bank.path().display()));
        }
        while run.stop().is_none() && self.time.is_none_or(|time| begun.elapsed() < time) {
            let step = {
                let bank = keeper.as_ref().map(|keeper| &keeper.bank);
                run.step(&|key| bank.and_then(|bank| bank.score(&Hash(*key.as_bytes())).ok().flatten()))?
            };
            if let Some(Keeper { bank, id, .. }) = &mut keeper {
                archive::keep(bank, *id, run, &step)?;
            }
            live.show(io, run, &step);
        }
        drop(live);
        let finish = run.finish(self.fresh)?;
        let stop = run.stop().map(flux_evolve::engine::Stop::name);
        if let (Some(Keeper { bank, id, .. }), Some(stop)) = (&mut keeper, stop) {
            archive::end(bank, *id, run, &finish, stop)?;
        }
        if let Some(path) = &self.output {
            fs::write(path, finish.genome.bytes()).map_err(|error| mistakes::unwritable(path, &error))?;
        }
        let name = keeper.as_ref().map(|keeper| keeper.name.as_str());
        if self.json {
            json::print(io, "flux.evolve/1", &EvolveV1::of(run, &finish, name))?;
        } else {
            finish::print(io, run, &finish, name, begun.elapsed())?;
        }
        Ok(if finish.is_better { ExitStatus::Yes } else { ExitStatus::No })
    }
}

/// The policy that a run in the bank goes by.
pub(crate) fn archived_policy(archived: &Archived) -> miette::Result<EvolutionPolicy> {
    let name = format!("of run {}", archived.row.name);
    Ok(policy_file::parse(&name, &archived.header.policy, &EvolutionPolicy::default())?)
}

/// The arena's name with the first number that no run has.
fn free_name(bank: &Bank, arena: &str) -> miette::Result<String> {
    let taken: Vec<String> = bank_file::asked(bank.runs())?.into_iter().map(|run| run.name).collect();
    let names = (1_u64..).map(|number| format!("{arena}-{number}"));
    // There is always one: the numbers go on longer than a bank has runs.
    Ok(names.into_iter().find(|name| !taken.contains(name)).unwrap_or_else(|| arena.to_owned()))
}

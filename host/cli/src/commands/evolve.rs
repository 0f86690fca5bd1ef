//! `flux evolve`.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flux_bank::{Bank, Hash, RunId};
use flux_evolve::policy::EvolutionPolicy;
use flux_genome::Bounds;
use flux_run::arena::Arena;
use flux_run::evolution::archive::{self, Archived};
use flux_run::evolution::{Evolution, EvolutionError, Options, Step, policy_file};
use flux_sandbox::Sandbox;

use crate::bank_file;
use crate::exit::ExitStatus;
use crate::groups::{BankArgs, BoundArgs};
use crate::interrupt::Interrupts;
use crate::io::Io;
use crate::{genome_file, json, mistakes};

mod ancestry;
mod command;
mod finish;
mod live;
mod tui;

use ancestry::Ancestry;
pub(crate) use command::quoted;
use finish::EvolveV1;
use live::Live;

/// Arguments of `flux evolve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Children of the founders are made by rewriting and crossing, run on the arena's cases, and the better ones live on. What \
        is right comes first, then what takes fewer cycles. At the end the champion is held against its founder on cases that nobody has seen.\n\n\
        The same founders, arena, policy and seed give the same champion, byte for byte. The bank has the run after every generation: \
        Ctrl-C pauses it, and after that, or worse, `--resume` takes it up where it was.\n\n\
        Examples:\n  flux evolve genomes/gcd genomes/gcd/subtract.wat\n      makes a slow program faster, in about a minute\n  \
        flux evolve genomes/gcd mine.wat --preserve --for 60 -o better.wasm\n      keeps what `mine.wat` does, and writes what was found after a minute\n  \
        flux evolve genomes/isqrt --strategy map-elites --seed 7 --tui\n      shows the run on the whole screen\n  \
        flux evolve --resume gcd-1\n      goes on with a run\n  \
        flux evolve --print-policy > policy.toml\n      writes every setting to a file, for `--policy`\n\n\
        Exit status: 0 the champion is right and better than the best founder; 1 it is not; 2 the run could not begin or go on; 130 interrupted."
)]
pub(crate) struct Args {
    /// The arena: a folder with an `arena.toml`, or such a file.
    #[arg(required_unless_present_any = ["resume", "print_policy"])]
    arena: Option<PathBuf>,
    /// Genomes to begin with, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux). By default the
    /// arena's rivals.
    founders: Vec<PathBuf>,
    /// Keep what the first founder does: its own results are the right ones, and whoever has any other is out.
    #[arg(long)]
    preserve: bool,
    /// The way to search.
    ///
    /// `islands` (the default): several populations that send each other their best. `tournament`: one population.
    /// `map-elites`: a grid over size, cycles and behaviour. `lineage`: one genome at a time, replaced by what is as
    /// good. `random-search` and `hill-climbing` are there to compare with.
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = ["lineage", "tournament", "islands", "map-elites", "random-search", "hill-climbing"])]
    strategy: Option<String>,
    /// A policy file: every setting of the search; options here stand over it.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print the policy that the other options amount to, every key named, and do nothing else.
    #[arg(long)]
    print_policy: bool,
    /// Seed of everything. By default the arena's.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Rounds of fresh inputs that the champion is held against its founder on at the end.
    #[arg(long, default_value_t = 8, value_name = "N")]
    fresh: u32,
    /// Threads; nothing in the result depends on it. By default one for each core.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// End after so many generations; 0 for no limit. By default 400.
    #[arg(long, value_name = "N", help_heading = "When it ends")]
    generations: Option<u64>,
    /// End after so many variants; 0 for no limit. By default 200,000.
    #[arg(long, value_name = "N", help_heading = "When it ends")]
    variants: Option<u64>,
    /// End after so many generations without a better champion; 0 for no limit. By default 100.
    #[arg(long, value_name = "N", help_heading = "When it ends")]
    patience: Option<u64>,
    /// End when the champion is right, and takes so many cycles for a result or fewer.
    #[arg(long, value_name = "CYCLES", help_heading = "When it ends")]
    target: Option<u64>,
    /// End as soon as the champion is right: reaches the arena's gate.
    #[arg(long, help_heading = "When it ends")]
    at_gate: bool,
    /// Pause after so many seconds; `--resume` goes on.
    #[arg(long = "for", value_name = "SECONDS", value_parser = parse_seconds, help_heading = "When it ends")]
    time: Option<Duration>,
    /// Go on with a run that the bank has.
    #[arg(long, value_name = "RUN", help_heading = "Where it is kept", conflicts_with_all = ["arena", "founders", "preserve", "strategy", "policy", "print_policy", "generations", "variants", "patience", "target", "at_gate", "seed", "name"])]
    resume: Option<String>,
    /// The run's name in the bank. By default the arena's name and a number.
    #[arg(long, value_name = "RUN", help_heading = "Where it is kept")]
    name: Option<String>,
    /// Keep nothing.
    #[arg(long, conflicts_with_all = ["resume", "name", "bank"], help_heading = "Where it is kept")]
    no_bank: bool,
    #[command(flatten, next_help_heading = "Where it is kept")]
    bank: BankArgs,
    /// Write the champion to this file, as a component.
    #[arg(short, long, value_name = "FILE", help_heading = "What is shown")]
    output: Option<PathBuf>,
    /// Show the run on the whole screen; `q` pauses it. Standard error has to be a terminal.
    #[arg(long, help_heading = "What is shown")]
    tui: bool,
    /// Print one JSON object (schema flux.evolve/1).
    #[arg(long, help_heading = "What is shown")]
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
        if self.tui && !io.stderr_is_terminal {
            let what = "`--tui` draws on standard error, which is not a terminal";
            return Err(mistakes::mistake(what, Some("leave it out to have plain lines instead")));
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
            genome_file::rivals(io, &arena, &bounds)?
        } else {
            let read = |path: &PathBuf| genome_file::entrant(io, path, &bounds);
            self.founders.iter().map(read).collect::<Result<_, _>>()?
        };
        let options = self.options(self.policy()?, self.seed, bounds);
        let begun = Evolution::begin(sandbox, &arena, &founders, &options);
        let mut run = begun.map_err(|error| match error {
            EvolutionError::Referee(error) => genome_file::of_the_arena(io, error),
            error => error.into(),
        })?;
        let keeper = if self.no_bank {
            None
        } else {
            let mut bank = bank_file::open(self.bank.path())?;
            let name = match &self.name {
                Some(name) if bank_file::asked(bank.run(name))?.is_some() => {
                    let hint = format!("take another name, or go on with it: `flux evolve --resume {name}`");
                    return Err(mistakes::mistake(format!("there is a run `{name}` already"), Some(&hint)));
                }
                Some(name) => name.clone(),
                None => free_name(&bank, &arena.name)?,
            };
            let path = fs::canonicalize(&arena_path).unwrap_or(arena_path);
            let id = archive::begin(&mut bank, &name, &run, &path.display().to_string())?;
            Some(Keeper { bank, id, name })
        };
        self.go_on(io, &mut run, keeper, Ancestry::default())
    }

    fn resume(&self, io: &mut Io, sandbox: &Sandbox, name: &str) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let bank = bank_file::open(self.bank.path())?;
        let archived = archive::find(&bank, name)?;
        let arena = Arena::load(Path::new(&archived.header.arena_path))?;
        let founders = archived.founders(&bank, &bounds)?;
        let options = self.options(archived_policy(&archived)?, Some(archived.header.seed), bounds);
        let mut run = Evolution::begin(sandbox, &arena, &founders, &options)?;
        let mut ancestry = Ancestry::default();
        archived.restore(&bank, &mut run, &bounds, |step| ancestry.see(step))?;
        let keeper = Keeper { bank, id: archived.row.id, name: name.to_owned() };
        self.go_on(io, &mut run, Some(keeper), ancestry)
    }

    fn options(&self, policy: EvolutionPolicy, seed: Option<u64>, bounds: Bounds) -> Options {
        let jobs = self.jobs.or_else(|| std::thread::available_parallelism().ok());
        Options { policy, seed, jobs: jobs.unwrap_or(NonZeroUsize::MIN), bounds }
    }

    /// The policy that file and options amount to.
    fn policy(&self) -> miette::Result<EvolutionPolicy> {
        let mut policy = EvolutionPolicy::default();
        if let Some(path) = &self.policy {
            let hint = Some("`flux evolve --print-policy > policy.toml` writes one");
            let text = fs::read_to_string(path).map_err(|error| {
                mistakes::failed(format!("read policy `{}`", path.display()), &error, hint)
            })?;
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
        mut ancestry: Ancestry,
    ) -> miette::Result<ExitStatus> {
        let begun = Instant::now();
        let interrupts = Interrupts::listen(io);
        let is_over = |run: &Evolution<'_>| {
            run.stop().is_some()
                || self.time.is_some_and(|time| begun.elapsed() >= time)
                || interrupts.asked()
        };
        if self.tui {
            let name = keeper.as_ref().map_or(run.arena().name.as_str(), |keeper| keeper.name.as_str());
            let view = tui::View::new(name, run, self.time);
            let mut advance = |run: &mut Evolution<'_>| {
                let step = advance(run, &mut keeper)?;
                ancestry.see(&step);
                Ok(step)
            };
            tui::watch(view, run, &mut advance, &is_over)?;
        } else {
            let mut live = Live::new(io, run, self.time);
            if let Some(keeper) = &keeper {
                live.say(io, &format!("run `{}` in `{}`", keeper.name, keeper.bank.path().display()));
            }
            while !is_over(run) {
                let step = advance(run, &mut keeper)?;
                ancestry.see(&step);
                live.show(io, run, &step);
            }
        }
        if interrupts.asked() {
            io.note(format!("interrupted: paused after {} generations", run.generation()));
            if run.champion().is_none() {
                return Ok(ExitStatus::Interrupted);
            }
        }
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
            finish::print(io, run, &finish, &ancestry)?;
            let again = self.resume.is_none().then(|| command::again(self, run.seed()));
            finish::note(io, run, name, begun.elapsed(), again.as_deref());
        }
        if let Some(path) = &self.output {
            io.note(format!("wrote `{}`", path.display()));
        }
        Ok(match finish.is_better {
            _ if interrupts.asked() => ExitStatus::Interrupted,
            true => ExitStatus::Yes,
            false => ExitStatus::No,
        })
    }
}

/// Takes a run on by a generation, and keeps it.
fn advance(run: &mut Evolution<'_>, keeper: &mut Option<Keeper>) -> miette::Result<Step> {
    let step = {
        let bank = keeper.as_ref().map(|keeper| &keeper.bank);
        run.step(&|key| bank.and_then(|bank| bank.score(&Hash(*key.as_bytes())).ok().flatten()))?
    };
    if let Some(Keeper { bank, id, .. }) = keeper {
        archive::keep(bank, *id, run, &step)?;
    }
    Ok(step)
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

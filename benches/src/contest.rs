//! Evolution runs within a budget, and what came of them.

use std::error::Error;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use flux_evolve::engine::Champion;
use flux_evolve::policy::{EvolutionPolicy, Strategy};
use flux_genome::{Bounds, Genome, text};
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::evolution::{Evolution, Finish, Options, policy_file};
use flux_sandbox::Sandbox;

/// What a family of problems may spend, and where it is.
pub struct Contest {
    /// Runs genomes.
    pub sandbox: Sandbox,
    /// Runs of each problem, from seed 1 on.
    pub n_seeds: u64,
    /// CPU-seconds of each run, of all threads together.
    pub seconds: f64,
    /// Proposals of each run; 0 for no limit.
    pub variants: u64,
    /// Threads of a run and of a proof.
    pub jobs: NonZeroUsize,
    /// Whether random search and hill climbing get the same budget.
    pub baselines: bool,
    /// Whether champions are proved.
    pub proofs: bool,
    /// The problems that are looked at, by the names of their folders; empty for all.
    pub only: Vec<String>,
    /// Where champions are written.
    pub output: Option<PathBuf>,
    /// A policy in place of the family's own.
    pub policy: Option<PathBuf>,
}

/// What came of one run.
#[derive(Debug)]
pub struct Attempt {
    /// The champion and its founder.
    pub finish: Finish,
    /// Whether the run reached what it was for.
    pub is_solved: bool,
    /// What it took.
    pub spent: Spent,
}

/// What one attempt takes, of one run or of several.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    began: f64,
    /// Children proposed.
    pub n_proposed: u64,
    /// Children made.
    pub n_evaluations: u64,
    /// CPU-seconds until the last run ended.
    pub seconds: f64,
    /// CPU-seconds to the champion.
    pub seconds_to_best: f64,
}

impl Spent {
    /// Nothing, from now on.
    #[must_use]
    pub fn begin() -> Self {
        Self { began: cpu_seconds(), n_proposed: 0, n_evaluations: 0, seconds: 0.0, seconds_to_best: 0.0 }
    }

    /// CPU-seconds until now.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        cpu_seconds() - self.began
    }
}

/// What becomes of a run after a look at its champion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It goes on.
    GoOn,
    /// It has done what it was for.
    Stop,
    /// It is over, and this champion does not count.
    Again,
}

impl Contest {
    /// The strategies to try: the policy's own first.
    #[must_use]
    pub fn strategies(&self, policy: &EvolutionPolicy) -> Vec<Strategy> {
        let baselines: &[Strategy] =
            if self.baselines { &[Strategy::RandomSearch, Strategy::HillClimbing] } else { &[] };
        std::iter::once(policy.strategy).chain(baselines.iter().copied()).collect()
    }

    /// Whether the problem in folder `name` is to be looked at.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// The policy of a family, in `benches/problems`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn policy(&self, family: &str) -> Result<EvolutionPolicy, Box<dyn Error>> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems").join(format!("{family}.toml"));
        let path = self.policy.as_ref().unwrap_or(&own);
        let file = fs::read_to_string(path)?;
        Ok(policy_file::parse(&path.display().to_string(), &file, &EvolutionPolicy::default())?)
    }

    /// Runs evolution from `founder` until `is_solved` says so of a champion, or the budget is spent.
    ///
    /// # Errors
    /// The run's.
    pub fn attempt(
        &self,
        arena: &Arena,
        founder: &Path,
        policy: &EvolutionPolicy,
        seed: u64,
        is_solved: &dyn Fn(&Champion, &Genome) -> bool,
    ) -> Result<Attempt, Box<dyn Error>> {
        let mut spent = Spent::begin();
        let mut is_over = false;
        let mut look = |champion: &Champion, genome: &Arc<Genome>| {
            is_over = is_solved(champion, genome);
            if is_over { Next::Stop } else { Next::GoOn }
        };
        let run = self.pursue(arena, &[entrant(founder)?], policy, seed, &mut spent, &mut look)?;
        let finish = run.finish(10)?;
        Ok(Attempt { finish, is_solved: is_over, spent })
    }

    /// Takes a run on until `look` has seen enough of its champions or the budget is spent; adds to what was `spent`.
    ///
    /// # Errors
    /// The run's.
    pub fn pursue<'a>(
        &'a self,
        arena: &'a Arena,
        founders: &[Entrant],
        policy: &EvolutionPolicy,
        seed: u64,
        spent: &mut Spent,
        look: &mut dyn FnMut(&Champion, &Arc<Genome>) -> Next,
    ) -> Result<Evolution<'a>, Box<dyn Error>> {
        let mut policy = policy.clone();
        policy.stop.generations = 0;
        policy.stop.variants = if self.variants > 0 { (self.variants - spent.n_proposed).max(1) } else { 0 };
        let options = Options { policy, seed: Some(seed), jobs: self.jobs, bounds: Bounds::DEFAULT };
        let mut run = Evolution::begin(&self.sandbox, arena, founders, &options)?;
        let mut seen = None;
        while run.stop().is_none() && spent.seconds() < self.seconds {
            run.step(&|_| None)?;
            if let Some((champion, genome)) = run.champion()
                && seen != Some(champion.variant.id)
            {
                seen = Some(champion.variant.id);
                match look(champion, genome) {
                    Next::GoOn => spent.seconds_to_best = spent.seconds(),
                    Next::Stop => {
                        spent.seconds_to_best = spent.seconds();
                        break;
                    }
                    Next::Again => break,
                }
            }
        }
        spent.n_evaluations += run.counts().made;
        spent.n_proposed += run.n_proposed();
        spent.seconds = spent.seconds();
        Ok(run)
    }

    /// Whether the budget is spent.
    #[must_use]
    pub fn is_over(&self, spent: &Spent) -> bool {
        spent.seconds() >= self.seconds || (self.variants > 0 && spent.n_proposed >= self.variants)
    }

    /// Cycles of a genome for each result, by the cases that selection sees.
    ///
    /// # Errors
    /// The run's, and where the genome gives no right result.
    pub fn cycles(&self, arena: &Arena, path: &Path) -> Result<f64, Box<dyn Error>> {
        let policy = EvolutionPolicy { islands: 1, children: 1, ..EvolutionPolicy::default() };
        let options = Options { policy, seed: Some(1), ..Options::default() };
        let mut run = Evolution::begin(&self.sandbox, arena, &[entrant(path)?], &options)?;
        // The second step has it stand its test on the held-out cases.
        run.step(&|_| None)?;
        run.step(&|_| None)?;
        let cycles =
            run.champion().and_then(|(champion, _)| champion.variant.measure.score.cycles_per_result);
        cycles.ok_or_else(|| format!("`{}` has no right result", path.display()).into())
    }

    /// Writes a champion where champions are written.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, name: &str, genome: &Arc<Genome>) -> Result<(), Box<dyn Error>> {
        if let Some(folder) = &self.output {
            fs::create_dir_all(folder)?;
            fs::write(folder.join(format!("{name}.wasm")), genome.bytes())?;
        }
        Ok(())
    }
}

/// Reads a genome, which is named for its file.
///
/// # Errors
/// Where there is none.
pub fn entrant(path: &Path) -> Result<Entrant, Box<dyn Error>> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let module = wat::parse_bytes(&fs::read(path)?)?.into_owned();
    Ok(Entrant { name, genome: text::from_binary(module, &Bounds::DEFAULT)? })
}

/// The folder of a family of arenas.
#[must_use]
pub fn family(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../genomes").join(name)
}

/// CPU time of this process so far, in seconds, of all its threads; where the system does not say, time on the clock.
#[must_use]
pub fn cpu_seconds() -> f64 {
    static BEGAN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let began = BEGAN.get_or_init(Instant::now);
    // Fields 14 and 15 of Linux's file: time for the process and for the system on its behalf, in hundredths.
    let spent = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| {
        let (_, fields) = stat.rsplit_once(')')?;
        let mut fields = fields.split_whitespace().skip(11);
        let own: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some((own + system) / 100.0)
    });
    spent.unwrap_or_else(|| began.elapsed().as_secs_f64())
}

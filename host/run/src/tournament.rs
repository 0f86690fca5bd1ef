//! Tournaments: every entrant on every case of every round, and who stands where.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use flux_evolve::score::Score;
use flux_evolve::standing::{self, Contender, Gate};
use flux_evolve::trust::TrustPolicy;
use flux_genome::cost::CYCLES_1;
use flux_genome::{Genome, GenomeId};
use flux_sandbox::Sandbox;

use crate::arena::Arena;
use crate::entrant::Entrant;
use crate::limits::{MAX_ENTRANTS, MAX_JOBS, MAX_ROUNDS, MAX_TRIALS};
use crate::referee::{Contestant, Evaluation, Referee, RefereeError, TrialReport};

/// How a tournament is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many rounds, from 1 to [`MAX_ROUNDS`]. Default 1. Written cases come in each round, generated ones are drawn
    /// anew.
    pub rounds: u32,
    /// How many threads. Default 1. Nothing in the result depends on it. Threads times agents of a trial are kept at
    /// or below [`MAX_JOBS`].
    pub jobs: NonZeroUsize,
    /// What generated cases and the `random` capability are seeded with. Default none: the arena's own seed.
    pub seed: Option<u64>,
    /// How behaviour is weighed.
    pub trust: TrustPolicy,
}

impl Default for Options {
    fn default() -> Self {
        Self { rounds: 1, jobs: NonZeroUsize::MIN, seed: None, trust: TrustPolicy::default() }
    }
}

/// How far a tournament has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Trials done.
    pub done: u64,
    /// Trials in all.
    pub total: u64,
}

/// A tournament that has been held.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tournament {
    /// The arena's name.
    pub arena: String,
    /// What the arena is about.
    pub title: String,
    /// The seed that was drawn by; with it the tournament can be repeated.
    pub seed: u64,
    /// How many rounds there were.
    pub rounds: u32,
    /// How many cases each round had.
    pub n_cases: usize,
    /// The arena's gate.
    pub gate: Gate,
    /// The name of the table by which cycles were counted.
    pub cost_table: &'static str,
    /// The models that genomes could ask; none where the arena offers none.
    pub models: Option<ModelsUsed>,
    /// How behaviour was weighed.
    pub trust: TrustPolicy,
    /// The entrants, best first.
    pub standings: Vec<Standing>,
}

/// The models of a tournament.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelsUsed {
    /// A digest of the files that say which models there are.
    pub digest: blake3::Hash,
    /// Whether the same questions are always answered the same; the tournament cannot be repeated where they are not.
    pub is_repeatable: bool,
}

/// Where one entrant stands, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// Its place, from 1. The same genome entered twice shares a place.
    pub place: usize,
    /// The name it competed under.
    pub name: String,
    /// The genome's identity.
    pub genome: GenomeId,
    /// Size of its component, in bytes.
    pub len_bytes: u64,
    /// Whether it reaches the arena's gate.
    pub meets_gate: bool,
    /// The score by all cases, by which it is ranked.
    pub score: Score,
    /// The score by the cases that selection may see.
    pub selection: Score,
    /// The score by the held-out cases; none when there are none.
    pub held_out: Option<Score>,
    /// The sums and every trial.
    pub evaluation: Arc<Evaluation>,
}

/// Holds a tournament. `observe` is called after each trial, from any thread.
///
/// # Determinism
/// The result is a function of (arena, its genomes, entrants in order, rounds, seed, trust policy, cost table),
/// whatever the number of threads: trials are folded in the order of entrants, rounds and cases, never of arrival.
/// Entrants that are the same genome are evaluated once. With models that may answer the same question in two ways
/// ([`ModelsUsed::is_repeatable`]) it is a function of their answers too.
///
/// # Errors
/// * [`TournamentError::NoEntrants`], [`TournamentError::NoRounds`]: there is nothing to run.
/// * [`TournamentError::TooMany`]: there is too much to run.
/// * [`TournamentError::Referee`]: the arena's own genomes do not work.
/// * [`TournamentError::Threads`]: the machine gives no threads.
pub fn hold(
    sandbox: &Sandbox,
    arena: &Arena,
    entrants: &[Entrant],
    options: &Options,
    observe: &(dyn Fn(Progress) + Sync),
) -> Result<Tournament, TournamentError> {
    if entrants.is_empty() {
        return Err(TournamentError::NoEntrants);
    }
    let n_cases = arena.n_cases();
    let rounds = options.rounds;
    if rounds == 0 {
        return Err(TournamentError::NoRounds);
    }
    hold_limit("rounds", rounds.into(), MAX_ROUNDS.into())?;
    hold_limit("entrants", entrants.len() as u64, MAX_ENTRANTS as u64)?;
    let total = (entrants.len() as u64).saturating_mul(rounds.into()).saturating_mul(n_cases as u64);
    hold_limit("trials (entrants x rounds x cases)", total, MAX_TRIALS)?;

    let seed = options.seed.unwrap_or(arena.seed);
    let n_threads = options.jobs.get().min((MAX_JOBS / arena.players.len()).max(1));
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .thread_name(|at| format!("flux-trial-{at}"))
        .build()
        .map_err(TournamentError::Threads)?;
    let referee = Referee::new(sandbox, arena, seed)?;

    let (genomes, genome_of) = distinct(entrants);
    let trials = pool.install(|| run_trials(&referee, &genomes, rounds, observe))?;
    let evaluations: Vec<Arc<Evaluation>> =
        trials.into_iter().map(|trials| Arc::new(Evaluation::of(trials))).collect();

    Ok(Tournament {
        arena: arena.name.clone(),
        title: arena.title.clone(),
        seed,
        rounds,
        n_cases,
        gate: arena.gate,
        cost_table: CYCLES_1.name,
        models: arena
            .models
            .as_ref()
            .map(|offer| ModelsUsed { digest: offer.digest, is_repeatable: offer.is_repeatable() }),
        trust: options.trust,
        standings: stand(arena.gate, &options.trust, entrants, &genome_of, &evaluations),
    })
}

/// The different genomes in order of first entry, and for each entrant the position of its genome among them.
fn distinct(entrants: &[Entrant]) -> (Vec<&Genome>, Vec<usize>) {
    let mut genomes = Vec::new();
    let mut seen = BTreeMap::new();
    let genome_of = entrants.iter().map(|entrant| {
        *seen.entry(entrant.genome.id()).or_insert_with(|| {
            genomes.push(&entrant.genome);
            genomes.len() - 1
        })
    });
    let genome_of = genome_of.collect();
    (genomes, genome_of)
}

/// Runs every genome on every case of every round; the result's entry i holds the trials of genome i in order.
fn run_trials(
    referee: &Referee<'_>,
    genomes: &[&Genome],
    rounds: u32,
    observe: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Vec<TrialReport>>, RefereeError> {
    let contestants: Vec<Contestant> = genomes.par_iter().map(|genome| referee.admit(genome)).collect();
    let n_cases = referee.arena().n_cases();
    let total = genomes.len() as u64 * u64::from(rounds) * n_cases as u64;
    let done = AtomicU64::new(0);
    let mut trials: Vec<Vec<TrialReport>> = vec![Vec::new(); genomes.len()];
    for number in 0..rounds {
        // One round at a time bounds the memory that cases take.
        let round = referee.round(number)?;
        let reports: Vec<(usize, Option<TrialReport>)> = (0..genomes.len() * n_cases)
            .into_par_iter()
            .map(|at| {
                let (genome_idx, case_idx) = (at / n_cases, at % n_cases);
                let report = referee.try_case(&contestants[genome_idx], &round, case_idx);
                observe(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
                (genome_idx, report)
            })
            .collect();
        referee.check_trouble()?;
        for (genome_idx, report) in reports {
            trials[genome_idx].extend(report);
        }
    }
    Ok(trials)
}

fn stand(
    gate: Gate,
    trust: &TrustPolicy,
    entrants: &[Entrant],
    genome_of: &[usize],
    evaluations: &[Arc<Evaluation>],
) -> Vec<Standing> {
    let contenders: Vec<Contender> = entrants
        .iter()
        .zip(genome_of)
        .map(|(entrant, &genome_idx)| Contender {
            score: evaluations[genome_idx].score(trust),
            len_bytes: entrant.genome.bytes().len() as u64,
            id: *entrant.genome.id().as_bytes(),
        })
        .collect();
    let order = standing::rank(gate, &contenders);
    let mut standings: Vec<Standing> = Vec::new();
    for (position, &at) in order.iter().enumerate() {
        let (entrant, evaluation, score) = (&entrants[at], &evaluations[genome_of[at]], contenders[at].score);
        let id = entrant.genome.id();
        let place = standings.last().filter(|last| last.genome == id).map_or(position + 1, |last| last.place);
        standings.push(Standing {
            place,
            name: entrant.name.clone(),
            genome: id,
            len_bytes: contenders[at].len_bytes,
            meets_gate: gate.is_met(&score),
            score,
            selection: evaluation.selection_score(trust),
            held_out: evaluation.held_out_score(trust),
            evaluation: Arc::clone(evaluation),
        });
    }
    standings
}

fn hold_limit(what: &'static str, actual: u64, limit: u64) -> Result<(), TournamentError> {
    if actual > limit { Err(TournamentError::TooMany { what, actual, limit }) } else { Ok(()) }
}

/// A tournament cannot be held.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum TournamentError {
    /// Nobody takes part.
    #[error("expected at least one genome, found none")]
    #[diagnostic(
        code("tournament::no-entrants"),
        help("name genomes to compete, or list `rivals` in the arena")
    )]
    NoEntrants,
    /// No round is held.
    #[error("expected at least one round, found none")]
    #[diagnostic(code("tournament::no-rounds"))]
    NoRounds,
    /// Something is over its limit.
    #[error("the tournament has {actual} {what}, the limit is {limit}")]
    #[diagnostic(code("tournament::too-many"))]
    TooMany {
        /// What is over its limit.
        what: &'static str,
        /// How many there are.
        actual: u64,
        /// How many there may be.
        limit: u64,
    },
    /// The arena's own genomes do not work.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Referee(#[from] RefereeError),
    /// No threads.
    #[error("failed to start the tournament's threads")]
    #[diagnostic(code("tournament::threads"))]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

#[cfg(test)]
mod tests;

//! Evolution runs: founders and an arena in, a champion and its history out.
//!
//! [`Evolution::begin`] sets a run up, [`Evolution::step`] takes it on by a generation, and [`Evolution::finish`] holds
//! the champion against its founder on cases that nobody has seen. [`Evolution::retell`] takes a run up again from its
//! records, without running anything.
//!
//! # Determinism
//! A run is a function of (founders, arena, policy, seed, cost table): its records are the same, byte for byte, with any
//! number of threads and on every machine. [`Step::root`] is a hash over all of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use flux_evolve::engine::{Champion, Engine, Stop, TellError};
use flux_evolve::history::GenerationReport;
use flux_evolve::policy::{EvolutionPolicy, PolicyError, Selection};
use flux_evolve::population::Population;
use flux_evolve::score::Score;
use flux_evolve::standing::Gate;
use flux_evolve::variant::{Base, Outcome, Proposal, Task, VariantId};
use flux_genome::cost::CYCLES_1;
use flux_genome::mutate::OperatorKind;
use flux_genome::{Bounds, Capability, Genome, GenomeId, gene};
use flux_sandbox::Sandbox;

use crate::arena::{Answers, Arena};
use crate::entrant::Entrant;
use crate::limits::{MAX_ENTRANTS, MAX_JOBS};
use crate::referee::{Referee, RefereeError};

use self::examiner::{Detail, Examiner, Facts, Whole};
use self::ledger::Ledger;
use self::nursery::{Nursery, NurseryError};
use self::record::{FounderRecordV1, GenerationRecordV1, OutcomeRecordV1, RUN_V1, RunHeaderV1};

pub mod archive;
mod examiner;
mod lately;
mod ledger;
mod nursery;
pub mod policy_file;
pub mod record;

/// How a run is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How it goes about it.
    pub policy: EvolutionPolicy,
    /// What everything is drawn from. Default none: the arena's own seed.
    pub seed: Option<u64>,
    /// How many threads. Default 1. Nothing in the result depends on it.
    pub jobs: NonZeroUsize,
    /// What children may look like.
    pub bounds: Bounds,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            policy: EvolutionPolicy::default(),
            seed: None,
            jobs: NonZeroUsize::MIN,
            bounds: Bounds::DEFAULT,
        }
    }
}

/// A run under way.
pub struct Evolution<'a> {
    arena: &'a Arena,
    names: Vec<String>,
    seed: u64,
    policy: EvolutionPolicy,
    examiner: Examiner<'a>,
    engine: Engine,
    nursery: Nursery,
    ledger: Ledger,
    pool: rayon::ThreadPool,
    root: blake3::Hash,
    counts: Counts,
}

/// What a run has done so far. How it did it may depend on what was known before: these are no part of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Children that were made.
    pub made: u64,
    /// Children that were the same genome as one that was measured before.
    pub known: u64,
    /// Genomes that were measured, to the end or not.
    pub measured: u64,
}

/// What was found out about a genome, as bytes, by a key that stands for the genome and everything else that matters.
pub type KeptFacts = (blake3::Hash, Vec<u8>);

/// One generation of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// What happened.
    pub report: GenerationReport,
    /// The record, as it is kept.
    pub record: Vec<u8>,
    /// The hash over the run's header and all its records so far, 64 hexadecimal digits.
    pub root: String,
    /// Who the new members of populations were made of.
    pub edges: Vec<Edge>,
    /// What was found out about genomes.
    pub facts: Vec<KeptFacts>,
    /// How long it took; no part of the record.
    pub timings: Timings,
}

/// A parent of a new member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The member's genome.
    pub child: GenomeId,
    /// The genome of a variant that it was made of.
    pub parent: GenomeId,
    /// Which of its sources, from 0: parents first, then the donor.
    pub role: u8,
    /// The operators that were applied, after `breed` where there were two parents.
    pub how: String,
}

/// How long the parts of a generation took, on the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timings {
    /// Making children.
    pub making: Duration,
    /// Measuring them.
    pub measuring: Duration,
    /// Everything.
    pub total: Duration,
}

/// A champion beside the founder that it is compared with.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finish {
    /// The champion.
    pub champion: Champion,
    /// Its genome.
    pub genome: Arc<Genome>,
    /// The best of the founders.
    pub founder: FounderScore,
    /// The champion's score on inputs that are drawn anew; none when the arena draws none.
    pub fresh: Option<Score>,
    /// How many such inputs there were.
    pub n_fresh: u64,
    /// Whether the champion is right and better: it reaches the gate on the held-out cases and on fresh inputs, as far as
    /// there are any, and costs less there or is right where the founder is not.
    pub is_better: bool,
    /// Cycles per correct result of the founder over those of the champion, where both have correct results, by the
    /// cases that selection sees.
    pub speedup: Option<f64>,
}

/// How the best founder does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FounderScore {
    /// Its name.
    pub name: String,
    /// Its genome.
    pub genome: Arc<Genome>,
    /// By the cases that selection sees.
    pub selection: Score,
    /// By the held-out cases; none when there are none.
    pub held_out: Option<Score>,
    /// By fresh inputs; none when the arena draws none.
    pub fresh: Option<Score>,
}

/// What came of making one child.
enum Made {
    None,
    TooLarge(Arc<Genome>),
    Child(Arc<Genome>),
}

impl<'a> Evolution<'a> {
    /// Sets a run up. Nothing is measured but the cost of the cases.
    ///
    /// # Errors
    /// * [`EvolutionError::NoFounders`], [`EvolutionError::TooMany`]: there is nobody to begin with, or too many.
    /// * [`EvolutionError::Policy`]: the policy asks for what cannot be.
    /// * [`EvolutionError::NotRepeatable`]: the arena offers models that are not simulated.
    /// * [`EvolutionError::NoCases`]: selection sees no case.
    /// * [`EvolutionError::Referee`]: the arena's own genomes do not work.
    /// * [`EvolutionError::Threads`]: the machine gives no threads.
    pub fn begin(
        sandbox: &'a Sandbox,
        arena: &'a Arena,
        founders: &[Entrant],
        options: &Options,
    ) -> Result<Self, EvolutionError> {
        options.policy.check()?;
        if arena.models.as_ref().is_some_and(|offer| offer.answers() != Answers::Simulated) {
            return Err(EvolutionError::NotRepeatable { arena: arena.name.clone() });
        }
        let Some(first) = founders.first() else { return Err(EvolutionError::NoFounders) };
        if founders.len() > MAX_ENTRANTS {
            return Err(EvolutionError::TooMany { actual: founders.len(), limit: MAX_ENTRANTS });
        }
        let seed = options.seed.unwrap_or(arena.seed);
        let n_threads = options.jobs.get().min((MAX_JOBS / arena.players.len()).max(1));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(n_threads)
            .thread_name(|at| format!("flux-variant-{at}"))
            .build()
            .map_err(EvolutionError::Threads)?;
        let referee = if options.policy.preserve {
            Referee::preserving(sandbox, arena, seed, &first.genome)?
        } else {
            Referee::new(sandbox, arena, seed)?
        };
        let detail = match options.policy.selection {
            Selection::KWay => Detail::Sums,
            Selection::Lexicase => Detail::Cases,
        };
        let examiner = pool.install(|| Examiner::new(referee, &first.genome, detail))?;
        if examiner.n_selection() == 0 {
            return Err(EvolutionError::NoCases { arena: arena.name.clone() });
        }
        let mut policy = options.policy.clone();
        let is_of_ecosystems = founders
            .iter()
            .any(|founder| founder.genome.body_module().is_some_and(gene::has_genes_of_ecosystem));
        if is_of_ecosystems {
            // A policy that names its operators means these and no others.
            if policy.operators == EvolutionPolicy::default().operators {
                policy.operators.extend(OperatorKind::OF_ECOSYSTEMS);
            }
        } else {
            let general = |operator: &OperatorKind| !OperatorKind::OF_ECOSYSTEMS.contains(operator);
            if policy.operators.iter().any(general) {
                policy.operators.retain(general);
            }
        }
        let senses =
            founders.iter().any(|founder| founder.genome.capabilities().contains(Capability::Senses));
        if !senses && policy.operators.len() > 1 {
            // It has nothing to work with, and no child ever asks for more than its parents.
            policy.operators.retain(|operator| *operator != OperatorKind::AddInstinct);
        }
        let gate = gate(arena, &policy);
        let largest = founders.iter().map(|founder| founder.genome.bytes().len() as u64).max();
        let engine = Engine::new(policy.clone(), gate, founders.len(), largest.unwrap_or_default(), seed);
        let genomes = founders.iter().map(|founder| Arc::new(founder.genome.clone())).collect();
        let mut run = Self {
            arena,
            names: founders.iter().map(|founder| founder.name.clone()).collect(),
            seed,
            policy,
            examiner,
            engine,
            nursery: Nursery::new(genomes, options.bounds),
            ledger: Ledger::default(),
            pool,
            root: blake3::hash(b""),
            counts: Counts::default(),
        };
        run.root = blake3::hash(&json(&run.header("")));
        Ok(run)
    }

    /// What the run is a function of; `arena_path` is where it finds its arena again.
    #[must_use]
    pub fn header(&self, arena_path: &str) -> RunHeaderV1 {
        let founders = self
            .names
            .iter()
            .zip(self.nursery.founders())
            .map(|(name, genome)| FounderRecordV1 { genome: genome.id().to_string(), name: name.clone() });
        RunHeaderV1 {
            arena: self.arena.name.clone(),
            arena_path: arena_path.to_owned(),
            context: self.examiner.context().to_string(),
            cost_table: CYCLES_1.name.to_owned(),
            founders: founders.collect(),
            policy: policy_file::print(&self.policy),
            schema: RUN_V1.to_owned(),
            seed: self.seed,
        }
    }

    /// The seed that everything is drawn from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The arena that it runs in.
    #[must_use]
    pub fn arena(&self) -> &Arena {
        self.arena
    }

    /// The policy that it goes by.
    #[must_use]
    pub fn policy(&self) -> &EvolutionPolicy {
        &self.policy
    }

    /// Why the run is over; none while it goes on.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        self.engine.stop()
    }

    /// Generations that are over.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.engine.generation()
    }

    /// Variants proposed so far.
    #[must_use]
    pub fn n_proposed(&self) -> u64 {
        self.engine.n_proposed()
    }

    /// What was done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The populations.
    #[must_use]
    pub fn populations(&self) -> &[Population] {
        self.engine.populations()
    }

    /// How the operators have done.
    #[must_use]
    pub fn operators(&self) -> &[flux_evolve::bandit::Arm] {
        self.engine.arms()
    }

    /// The founders' genomes.
    #[must_use]
    pub fn founders(&self) -> &[Arc<Genome>] {
        self.nursery.founders()
    }

    /// The genomes of all living variants.
    pub fn living(&self) -> impl Iterator<Item = (VariantId, &Arc<Genome>)> {
        self.nursery.living()
    }

    /// The genome of a living variant.
    #[must_use]
    pub fn genome(&self, id: VariantId) -> Option<&Arc<Genome>> {
        self.nursery.get(id)
    }

    /// The champion so far and its genome.
    #[must_use]
    pub fn champion(&self) -> Option<(&Champion, &Arc<Genome>)> {
        let champion = self.engine.champion()?;
        Some((champion, self.nursery.get(champion.variant.id)?))
    }

    /// Takes the run on by one generation.
    ///
    /// `remembered` gives back what [`Step::facts`] held under a key, in this run or another one, where somebody kept it;
    /// it makes a run faster and never another one.
    ///
    /// # Errors
    /// [`EvolutionError::Child`]: a child could not be made, for a reason that is no bad luck: a defect of the rewriting,
    /// or a founder that cannot be rewritten. [`EvolutionError::Referee`]: a model could not be asked.
    pub fn step(
        &mut self,
        remembered: &dyn Fn(&blake3::Hash) -> Option<Vec<u8>>,
    ) -> Result<Step, EvolutionError> {
        let started = Instant::now();
        let proposals = self.engine.ask();
        let made = self.make(&proposals)?;
        let making = started.elapsed();
        let (outcomes, facts) = self.measure(&proposals, &made, remembered);
        self.examiner.referee().check_trouble()?;
        let measuring = started.elapsed() - making;
        let (records, told) = outcomes.into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
        let (mut step, alive) = self.tell(records, &told)?;
        for (proposal, made) in proposals.iter().zip(made) {
            if let Made::Child(genome) = made
                && alive.contains(&proposal.id)
            {
                self.nursery.insert(proposal.id, genome);
            }
        }
        step.facts = facts;
        step.timings = Timings { making, measuring, total: started.elapsed() };
        Ok(step)
    }

    /// Takes the run on by a generation that was recorded, without running anything.
    ///
    /// Genomes are not there afterwards: call [`Evolution::revive`] when the last record was told.
    ///
    /// # Errors
    /// [`EvolutionError::Record`]: the record is not that of this run's next generation.
    pub fn retell(&mut self, record: &[u8]) -> Result<Step, EvolutionError> {
        let generation = self.engine.generation();
        let broken = |reason: String| EvolutionError::Record { generation, reason };
        let told: GenerationRecordV1 =
            serde_json::from_slice(record).map_err(|error| broken(error.to_string()))?;
        self.engine.ask();
        let outcomes = told.outcomes.iter().map(|outcome| outcome.outcome(&self.policy));
        let outcomes = outcomes.collect::<Result<Vec<_>, _>>().map_err(|error| broken(error.to_string()))?;
        let (step, _) = self.tell(told.outcomes, &outcomes)?;
        if step.record == record { Ok(step) } else { Err(broken("it says something else".to_owned())) }
    }

    /// Brings the genomes of all living variants back, which `find` has by their identity.
    ///
    /// # Errors
    /// Whatever `find` says.
    pub fn revive<E>(&mut self, mut find: impl FnMut(GenomeId) -> Result<Arc<Genome>, E>) -> Result<(), E> {
        let mut variants: BTreeMap<VariantId, GenomeId> = BTreeMap::new();
        for variant in self.engine.living() {
            variants.insert(variant.id, variant.genome);
        }
        for (id, genome) in variants {
            let genome = find(genome)?;
            self.nursery.insert(id, genome);
        }
        Ok(())
    }

    fn make(&mut self, proposals: &[Proposal]) -> Result<Vec<Made>, EvolutionError> {
        let recipes = proposals.iter().filter_map(|proposal| match &proposal.task {
            Task::Measure { recipe, .. } => Some(recipe),
            Task::Confirm(_) => None,
        });
        let parents = self.nursery.parents(recipes).map_err(child_error)?;
        let make = |proposal: &Proposal| -> Result<Made, NurseryError> {
            let Task::Measure { recipe, max_bytes, .. } = &proposal.task else { return Ok(Made::None) };
            Ok(match parents.make(recipe)? {
                None => Made::None,
                Some(child) if child.bytes().len() as u64 > *max_bytes => Made::TooLarge(child),
                Some(child) => Made::Child(child),
            })
        };
        let made: Vec<Result<Made, NurseryError>> =
            self.pool.install(|| proposals.par_iter().map(make).collect());
        let made: Vec<Made> = made.into_iter().collect::<Result<_, _>>().map_err(child_error)?;
        self.counts.made += made.iter().filter(|made| !matches!(made, Made::None)).count() as u64;
        Ok(made)
    }

    /// Measures what was made, as far as it is not known.
    fn measure(
        &mut self,
        proposals: &[Proposal],
        made: &[Made],
        remembered: &dyn Fn(&blake3::Hash) -> Option<Vec<u8>>,
    ) -> (Vec<(OutcomeRecordV1, Outcome)>, Vec<KeptFacts>) {
        // Where two proposals made the same genome, the lower bar asks for more.
        let mut wanted: BTreeMap<GenomeId, (&Arc<Genome>, u64)> = BTreeMap::new();
        for (proposal, made) in proposals.iter().zip(made) {
            if let (Task::Measure { bar, .. }, Made::Child(child)) = (&proposal.task, made) {
                if self.ledger.get(&child.id(), *bar).is_some() {
                    self.counts.known += 1;
                    continue;
                }
                match wanted.entry(child.id()) {
                    Entry::Vacant(free) => {
                        free.insert((child, *bar));
                    }
                    Entry::Occupied(mut taken) => {
                        self.counts.known += 1;
                        let (_, lowest) = taken.get_mut();
                        *lowest = (*lowest).min(*bar);
                    }
                }
            }
        }
        let examiner = &self.examiner;
        let mut facts: BTreeMap<GenomeId, Facts> = BTreeMap::new();
        wanted.retain(|id, _| {
            let known = remembered(&examiner.key(id)).and_then(|bytes| Whole::read(&bytes));
            let is_new = known.is_none();
            facts.extend(known.map(|whole| (*id, Facts::Whole(whole))));
            is_new
        });
        self.counts.known += facts.len() as u64;
        let wanted: Vec<_> = wanted.into_iter().collect();
        let confirmed: Vec<&Proposal> =
            proposals.iter().filter(|proposal| matches!(proposal.task, Task::Confirm(_))).collect();
        let found: Vec<(GenomeId, Facts)> = self.pool.install(|| {
            wanted
                .par_iter()
                .with_max_len(4)
                .map(|(id, (genome, bar))| (*id, examiner.examine(genome, *bar)))
                .collect()
        });
        self.counts.measured += found.len() as u64;
        let new_facts = found.iter().filter_map(|(id, facts)| match facts {
            Facts::Whole(whole) => Some((examiner.key(id), whole.write())),
            Facts::Below(_) => None,
        });
        let new_facts = new_facts.collect();
        // What this generation needs is at hand even when the ledger forgets.
        facts.extend(found);
        for made in made {
            if let Made::Child(child) = made
                && let Entry::Vacant(free) = facts.entry(child.id())
                && let Some(known) = self.ledger.get(&child.id(), u64::MAX)
            {
                free.insert(known.clone());
            }
        }
        for (id, found) in &facts {
            self.ledger.put(*id, found.clone());
        }
        let held_out: BTreeMap<VariantId, Option<_>> = confirmed
            .into_iter()
            .filter_map(|proposal| match proposal.task {
                Task::Confirm(id) => {
                    let genome = self.nursery.get(id)?;
                    Some((proposal.id, examiner.confirm(genome)))
                }
                Task::Measure { .. } => None,
            })
            .collect();
        let trust = &self.policy.trust;
        let outcome = |(proposal, made): (&Proposal, &Made)| match (&proposal.task, made) {
            (Task::Confirm(_), _) => {
                let share = held_out.get(&proposal.id).and_then(Option::as_ref);
                let score = share.map(|share| Score::of(share, trust));
                (OutcomeRecordV1::Confirmed(share.map(Into::into)), Outcome::Confirmed(score))
            }
            (Task::Measure { .. }, Made::None) => (OutcomeRecordV1::Stillborn, Outcome::Stillborn),
            (Task::Measure { .. }, Made::TooLarge(child)) => {
                let genome = child.id();
                (OutcomeRecordV1::TooLarge(genome.to_string()), Outcome::TooLarge { genome })
            }
            (Task::Measure { bar, .. }, Made::Child(child)) => {
                let genome = child.id();
                match facts.get(&genome) {
                    Some(Facts::Whole(whole)) if whole.credit >= *bar => {
                        let measure = whole.measure(size(child), trust);
                        let record = OutcomeRecordV1::measured(genome, measure.len_bytes, whole);
                        (record, Outcome::Measured { genome, measure })
                    }
                    Some(Facts::Whole(_) | Facts::Below(_)) | None => {
                        (OutcomeRecordV1::Dropped(genome.to_string()), Outcome::Dropped { genome })
                    }
                }
            }
        };
        (proposals.iter().zip(made).map(outcome).collect(), new_facts)
    }

    /// Tells the engine what came of its proposals, of which `outcomes` are the records, and returns who lives on.
    fn tell(
        &mut self,
        outcomes: Vec<OutcomeRecordV1>,
        told: &[Outcome],
    ) -> Result<(Step, BTreeSet<VariantId>), EvolutionError> {
        let generation = self.engine.generation();
        let broken = |reason: String| EvolutionError::Record { generation, reason };
        let sources: BTreeMap<VariantId, GenomeId> =
            self.engine.living().map(|variant| (variant.id, variant.genome)).collect();
        let report = self.engine.tell(told).map_err(|error: TellError| broken(error.to_string()))?;
        let alive: BTreeSet<VariantId> = self.engine.alive();
        self.nursery.retain(|id| alive.contains(&id));
        let record = json(&record::generation(&report, self.engine.arms(), outcomes));
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.root.as_bytes()).update(&record);
        self.root = hasher.finalize();
        let step = Step {
            edges: edges(&report, &sources),
            report,
            record,
            root: self.root.to_string(),
            facts: Vec::new(),
            timings: Timings::default(),
        };
        Ok((step, alive))
    }

    /// The hash over the run's header and all its records so far.
    #[must_use]
    pub fn root(&self) -> String {
        self.root.to_string()
    }

    /// Holds the champion against the best founder, on `fresh_rounds` rounds of inputs that were never seen.
    ///
    /// # Errors
    /// * [`EvolutionError::NoChampion`]: no generation is over.
    /// * [`EvolutionError::Referee`]: the oracle has no answer to a fresh input.
    pub fn finish(&self, fresh_rounds: u32) -> Result<Finish, EvolutionError> {
        let (champion, genome) = self.champion().ok_or(EvolutionError::NoChampion)?;
        let examiner = &self.examiner;
        let trust = &self.policy.trust;
        let rounds = if self.arena.generate.is_some() { 1..fresh_rounds.saturating_add(1) } else { 0..0 };
        let rounds: Vec<_> = self.pool.install(|| {
            rounds.map(|number| examiner.referee().round(number)).collect::<Result<_, RefereeError>>()
        })?;
        let fresh = |genome: &Genome| {
            let shares: Vec<_> =
                self.pool.install(|| rounds.par_iter().map(|round| examiner.fresh(genome, round)).collect());
            shares.iter().fold(flux_evolve::tally::Share::default(), |sum, share| sum.plus(share))
        };
        let scored =
            |share: &flux_evolve::tally::Share| (share.n_trials > 0).then(|| Score::of(share, trust));
        let whole = |genome: &Genome| match examiner.examine(genome, 0) {
            Facts::Whole(whole) => whole.measure(size(genome), trust),
            // A bar of 0 is never missed.
            Facts::Below(_) => champion.variant.measure.clone(),
        };
        let gate = gate(self.arena, &self.policy);
        let best = self
            .nursery
            .founders()
            .iter()
            .enumerate()
            .map(|(at, genome)| (at, genome, whole(genome)))
            .reduce(|a, b| if flux_evolve::measure::compare(gate, &b.2, &a.2).is_lt() { b } else { a });
        let Some((at, founder, measure)) = best else { return Err(EvolutionError::NoFounders) };
        let share = fresh(genome);
        let founder = FounderScore {
            name: self.names.get(at).cloned().unwrap_or_default(),
            genome: Arc::clone(founder),
            selection: measure.score,
            held_out: examiner.confirm(founder).as_ref().and_then(scored),
            fresh: scored(&fresh(founder)),
        };
        let fresh = scored(&share);
        let mine = &champion.variant.measure.score;
        let is_right =
            [Some(*mine), champion.held_out, fresh].iter().flatten().all(|score| gate.is_met(score));
        let founder_is_right = [Some(founder.selection), founder.held_out, founder.fresh]
            .iter()
            .flatten()
            .all(|score| gate.is_met(score));
        let speedup = founder.selection.cycles_per_result.zip(mine.cycles_per_result).map(|(a, b)| a / b);
        let is_cheaper = speedup.is_some_and(|speedup| speedup > 1.0);
        Ok(Finish {
            champion: champion.clone(),
            genome: Arc::clone(genome),
            founder,
            fresh,
            n_fresh: share.n_trials,
            is_better: is_right && (!founder_is_right || is_cheaper),
            speedup,
        })
    }
}

/// Who the new members were made of; `sources` has the genomes of those who lived before.
fn edges(report: &GenerationReport, sources: &BTreeMap<VariantId, GenomeId>) -> Vec<Edge> {
    let of = |variant: &flux_evolve::variant::Variant| {
        let crossed = matches!(variant.recipe.base, Base::Cross(..)).then_some("breed");
        let operators = variant.recipe.operators.iter().map(|operator| operator.name());
        let how = crossed.into_iter().chain(operators).collect::<Vec<_>>().join(" ");
        let sources = variant.recipe.sources().filter_map(|id| sources.get(&id)).enumerate();
        sources
            .map(|(role, parent)| Edge {
                child: variant.genome,
                parent: *parent,
                role: u8::try_from(role).unwrap_or(u8::MAX),
                how: how.clone(),
            })
            .collect::<Vec<_>>()
    };
    report.accepted.iter().flat_map(of).collect()
}

/// The confidence that a variant has to reach: all of it where the founders' meaning is to be kept.
fn gate(arena: &Arena, policy: &EvolutionPolicy) -> Gate {
    if policy.preserve { Gate::ALL_CASES } else { arena.gate }
}

/// Writes a record.
fn json(record: &impl serde::Serialize) -> Vec<u8> {
    // INVARIANT: records have text for keys and no other map, so they can be written.
    serde_json::to_vec(record).unwrap_or_default()
}

fn child_error(error: NurseryError) -> EvolutionError {
    EvolutionError::Child { reason: Box::new(error) }
}

/// A run cannot go on.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum EvolutionError {
    /// Nobody to begin with.
    #[error("expected at least one founder, found none")]
    #[diagnostic(
        code("evolution::no-founders"),
        help("name genomes to begin with, or list `rivals` in the arena")
    )]
    NoFounders,
    /// Too many to begin with.
    #[error("the run has {actual} founders, the limit is {limit}")]
    #[diagnostic(code("evolution::too-many"))]
    TooMany {
        /// How many there are.
        actual: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Selection would see nothing.
    #[error("selection sees no case of arena `{arena}`")]
    #[diagnostic(code("evolution::no-cases"), help("lower `held_out`, or add cases"))]
    NoCases {
        /// The arena's name.
        arena: String,
    },
    /// The run could not be repeated.
    #[error(
        "arena `{arena}` has models of live servers, so the same run would come out differently each time"
    )]
    #[diagnostic(
        code("evolution::not-repeatable"),
        help("let all models of the arena be simulated; `flux tournament` can be held with live ones")
    )]
    NotRepeatable {
        /// The arena's name.
        arena: String,
    },
    /// The policy asks for what cannot be.
    #[error("the policy cannot be followed")]
    #[diagnostic(code("evolution::policy"))]
    Policy(#[from] PolicyError),
    /// The arena's own genomes do not work.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Referee(#[from] RefereeError),
    /// No threads.
    #[error("failed to start the run's threads")]
    #[diagnostic(code("evolution::threads"))]
    Threads(#[source] rayon::ThreadPoolBuildError),
    /// A child cannot be made.
    #[error("failed to make a child")]
    #[diagnostic(code("evolution::child"))]
    Child {
        /// Why.
        #[source]
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A record does not fit the run.
    #[error("the record of generation {generation} does not fit the run: {reason}")]
    #[diagnostic(
        code("evolution::record"),
        help("the arena, a founder or the program may have changed since the run began")
    )]
    Record {
        /// Which generation.
        generation: u64,
        /// What is wrong.
        reason: String,
    },
    /// Nothing was measured yet.
    #[error("the run has no champion yet")]
    #[diagnostic(code("evolution::no-champion"))]
    NoChampion,
}

/// What counts as the size of a genome where variants are compared, in bytes.
fn size(genome: &Genome) -> u64 {
    let bytes = genome.bytes();
    (bytes.len() as u64).saturating_sub(gene::section_len(bytes))
}

#[cfg(test)]
mod tests;

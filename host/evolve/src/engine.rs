//! The engine of a run: it says which variants it wants measured, is told what came of them, and says what happened.
//!
//! [`Engine::ask`] gives the proposals of a generation; [`Engine::tell`] takes their outcomes, in the order of the
//! proposals. The engine knows no genome, only numbers of variants and what was measured: whoever drives it makes the
//! children, measures them, and keeps the genomes of those that are [`Engine::alive`].
//!
//! # Determinism
//! A function of (policy, gate, number of founders, seed, outcomes): told the same, it asks the same. So a run is
//! resumed by telling a new engine what the old one was told.

use std::collections::{BTreeMap, BTreeSet};

use flux_genome::GenomeId;
use flux_genome::mutate::OperatorKind;
use flux_genome::rng::Rng;

use crate::bandit::{Arm, Bandit, Reward, unit};
use crate::history::{Census, Event, GenerationReport, IslandReport};
use crate::measure::{self, Measure};
use crate::policy::{EvolutionPolicy, Strategy};
use crate::population::Population;
use crate::score::Score;
use crate::standing::Gate;
use crate::trend::{self, Direction, Trend};
use crate::variant::{Base, Outcome, Proposal, Recipe, Task, Variant, VariantId};

/// Operators that one child is made with at most, however the dice fall.
const MOST_OPERATORS: usize = 16;

/// Decides what to try next. See the module's description.
#[derive(Clone, Debug)]
pub struct Engine {
    policy: EvolutionPolicy,
    gate: Gate,
    n_founders: usize,
    max_bytes: u64,
    rng: Rng,
    bandit: Bandit,
    populations: Vec<Population>,
    /// `ages[i]` belongs to `populations[i]`.
    ages: Vec<Age>,
    /// The founders as they were measured, for populations that begin again.
    founders: Vec<Variant>,
    generation: u64,
    n_proposed: u64,
    /// The first proposal of the generation that was asked for last.
    asked_from: VariantId,
    /// What was asked for and not told yet, with what was measured of the first parent.
    pending: Vec<(Proposal, Option<Measure>)>,
    /// The best variant so far that was not found out on the held-out cases.
    champion: Option<Champion>,
    /// The best variant where it has yet to be scored on the held-out cases.
    challenger: Option<Variant>,
    /// Behaviours that were found out.
    condemned: BTreeSet<u64>,
    /// Genomes that were found out.
    condemned_genomes: BTreeSet<GenomeId>,
    /// The chance of one more operator, as it is now.
    more: f64,
    /// How good the best was in each generation, as far as the trend looks back.
    series: Vec<f64>,
    /// Cycles per result of the first variant that reached the gate.
    reference_cycles: Option<f64>,
    /// Generations since the best became better.
    stale: u64,
    /// The credit that every variant has to have, where the founders' meaning is to be kept; else 0.
    preserved: u64,
}

/// How a population has fared since it began, or began again.
#[derive(Clone, Debug, Default)]
struct Age {
    /// Generations since then.
    lived: u64,
    /// Generations since its best became better.
    stale: u64,
    /// Its best, as measured.
    best: Option<Measure>,
}

/// The best variant of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Champion {
    /// The variant.
    pub variant: Variant,
    /// Its score on the held-out cases; none when the arena has none.
    pub held_out: Option<Score>,
}

/// Why a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It had as many generations as it may.
    Generations,
    /// It proposed as many variants as it may.
    Variants,
    /// Nothing became better for as long as the policy is patient.
    Patience,
    /// The best costs no more than what the policy aims at.
    Target,
    /// The best reaches the gate, which is all that the policy wants.
    Gate,
}

impl Stop {
    /// The word that stands in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generations => "generations",
            Self::Variants => "variants",
            Self::Patience => "patience",
            Self::Target => "target",
            Self::Gate => "gate",
        }
    }
}

/// What an engine is told does not fit what it asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    /// Another number of outcomes than of proposals.
    #[error("expected {expected} outcomes, found {found}")]
    Count {
        /// How many proposals there were.
        expected: usize,
        /// How many outcomes there are.
        found: usize,
    },
    /// An outcome of another kind than the proposal.
    #[error("the outcome of proposal {} does not fit the proposal", proposal.0)]
    Kind {
        /// The proposal.
        proposal: VariantId,
    },
}

impl Engine {
    /// A run with `n_founders` founders, of which there is at least one, the largest of `founder_bytes` bytes.
    ///
    /// `policy` is one that [`EvolutionPolicy::check`] allows.
    #[must_use]
    pub fn new(
        policy: EvolutionPolicy,
        gate: Gate,
        n_founders: usize,
        founder_bytes: u64,
        seed: u64,
    ) -> Self {
        let max_bytes = (founder_bytes as f64 * policy.growth) as u64 + policy.extra_bytes;
        Self {
            bandit: Bandit::new(&policy.operators, policy.bandit_floor, policy.bandit_rate),
            populations: vec![Population::default(); policy.n_populations()],
            ages: vec![Age::default(); policy.n_populations()],
            founders: Vec::new(),
            more: policy.more,
            policy,
            gate,
            n_founders,
            max_bytes,
            rng: Rng::new(seed, "evolution"),
            generation: 0,
            n_proposed: 0,
            asked_from: VariantId(0),
            pending: Vec::new(),
            champion: None,
            challenger: None,
            condemned: BTreeSet::new(),
            condemned_genomes: BTreeSet::new(),
            series: Vec::new(),
            reference_cycles: None,
            stale: 0,
            preserved: 0,
        }
    }

    /// Generations that are over; also the number of the one that is next asked for.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Variants proposed so far.
    #[must_use]
    pub fn n_proposed(&self) -> u64 {
        self.n_proposed
    }

    /// The populations.
    #[must_use]
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// How the operators have done.
    #[must_use]
    pub fn arms(&self) -> &[Arm] {
        self.bandit.arms()
    }

    /// The best variant that stood its test, if there is one.
    #[must_use]
    pub fn champion(&self) -> Option<&Champion> {
        self.champion.as_ref()
    }

    /// The trend of the best over the policy's window.
    #[must_use]
    pub fn trend(&self) -> Trend {
        trend::trend(&self.series)
    }

    /// The variants whose genomes are still needed; one that is in several populations comes several times.
    pub fn living(&self) -> impl Iterator<Item = &Variant> {
        let members = self.populations.iter().flat_map(Population::members);
        let best = self.champion.iter().map(|champion| &champion.variant).chain(&self.challenger);
        members.chain(best).chain(&self.founders)
    }

    /// The numbers of the variants whose genomes are still needed.
    #[must_use]
    pub fn alive(&self) -> BTreeSet<VariantId> {
        self.living().map(|variant| variant.id).collect()
    }

    /// Why the run is over; none while it goes on.
    ///
    /// A limit that is passed ends it when the best variant was put to the test.
    #[must_use]
    pub fn stop(&self) -> Option<Stop> {
        let stop = &self.policy.stop;
        if let Some(champion) = &self.champion {
            let score = &champion.variant.measure.score;
            if self.gate.is_met(score) {
                let cheap = score.cycles_per_result.is_some_and(|cycles| cycles <= stop.target_cycles as f64);
                if cheap {
                    return Some(Stop::Target);
                }
                if stop.at_gate {
                    return Some(Stop::Gate);
                }
            }
        }
        if self.challenger.is_some() { None } else { self.passed_limit() }
    }

    /// The limit that is passed, if one is.
    fn passed_limit(&self) -> Option<Stop> {
        let stop = &self.policy.stop;
        let past = |limit: u64, actual: u64| limit > 0 && actual >= limit;
        if past(stop.generations, self.generation) {
            Some(Stop::Generations)
        } else if past(stop.variants, self.n_proposed) {
            Some(Stop::Variants)
        } else if past(stop.patience, self.stale) && !self.is_still_looking() {
            Some(Stop::Patience)
        } else {
            None
        }
    }

    /// The proposals of the next generation.
    ///
    /// Asked again before it was told, it gives the same ones.
    pub fn ask(&mut self) -> Vec<Proposal> {
        if self.pending.is_empty() {
            self.propose();
        }
        self.pending.iter().map(|(proposal, _)| proposal.clone()).collect()
    }

    fn propose(&mut self) {
        self.asked_from = VariantId(self.n_proposed);
        if let Some(challenger) = &self.challenger {
            let task = Task::Confirm(challenger.id);
            self.pending.push((Proposal { id: VariantId(self.n_proposed), island: 0, task }, None));
            self.n_proposed += 1;
            if self.passed_limit().is_some() {
                // Nobody new comes in any more, or somebody new would always be left to test.
                return;
            }
        }
        if self.generation == 0 {
            for founder in 0..self.n_founders {
                let recipe =
                    Recipe { base: Base::Founder(founder), operators: Vec::new(), donor: None, seed: 0 };
                self.push(0, recipe, 0, None);
            }
            return;
        }
        for island in 0..self.populations.len() {
            let bar = self.populations[island].bar(&self.policy).max(self.preserved);
            for _ in 0..self.policy.children {
                let (recipe, parent) = self.conceive(island);
                self.push(island, recipe, bar, parent);
            }
        }
    }

    fn push(&mut self, island: usize, recipe: Recipe, bar: u64, parent: Option<Measure>) {
        let id = VariantId(self.n_proposed);
        self.n_proposed += 1;
        let task = Task::Measure { recipe, bar, max_bytes: self.max_bytes };
        self.pending.push((Proposal { id, island, task }, parent));
    }

    /// Draws how a child of `island` is made, and says what was measured of its first parent.
    fn conceive(&mut self, island: usize) -> (Recipe, Option<Measure>) {
        let Self { policy, rng, populations, bandit, .. } = self;
        let population = &populations[island];
        let seed = rng.bits();
        let founder = Base::Founder(rng.index(self.n_founders));
        let parent = match policy.strategy {
            Strategy::RandomSearch => None,
            Strategy::Lineage
            | Strategy::Tournament
            | Strategy::Islands
            | Strategy::MapElites
            | Strategy::HillClimbing => population.choose(policy, rng),
        };
        let (base, crossed) = match parent {
            None => (founder, false),
            Some(parent) => {
                let crossed = population.members().len() > 1 && unit(rng) < policy.breed_rate;
                let other = if crossed { population.choose(policy, rng) } else { None };
                match other.filter(|other| other.id != parent.id) {
                    Some(other) => (Base::Cross(parent.id, other.id), true),
                    None => (Base::Parent(parent.id), false),
                }
            }
        };
        let more = match policy.strategy {
            Strategy::HillClimbing => 0.0,
            Strategy::RandomSearch => policy.most_more,
            Strategy::Lineage | Strategy::Tournament | Strategy::Islands | Strategy::MapElites => self.more,
        };
        let mut operators = Vec::new();
        // A cross is a step by itself.
        let mut again = !crossed || unit(rng) < more;
        while again && operators.len() < MOST_OPERATORS {
            operators.push(bandit.draw(rng));
            again = unit(rng) < more;
        }
        let donor = if operators.contains(&OperatorKind::Graft) {
            population.members().get(rng.index(population.members().len())).map(|donor| donor.id)
        } else {
            None
        };
        (Recipe { base, operators, donor, seed }, parent.map(|parent| parent.measure.clone()))
    }

    /// Takes the outcomes of the last proposals; `outcomes[i]` is what came of proposal i.
    ///
    /// # Errors
    /// [`TellError`]: they do not fit the proposals; nothing has changed then.
    pub fn tell(&mut self, outcomes: &[Outcome]) -> Result<GenerationReport, TellError> {
        if outcomes.len() != self.pending.len() {
            return Err(TellError::Count { expected: self.pending.len(), found: outcomes.len() });
        }
        for ((proposal, _), outcome) in self.pending.iter().zip(outcomes) {
            let confirms = matches!(proposal.task, Task::Confirm(_));
            if confirms != matches!(outcome, Outcome::Confirmed(_)) {
                return Err(TellError::Kind { proposal: proposal.id });
            }
        }
        let mut events = Vec::new();
        let mut census = Census::default();
        let mut children: Vec<Vec<Variant>> = vec![Vec::new(); self.populations.len()];
        for ((proposal, parent), outcome) in std::mem::take(&mut self.pending).into_iter().zip(outcomes) {
            match (proposal.task, outcome) {
                (Task::Confirm(_), Outcome::Confirmed(held_out)) => {
                    self.settle(held_out.as_ref(), &mut events);
                }
                (Task::Measure { recipe, bar, .. }, outcome) => {
                    let reward = self.judge(outcome, bar, parent.as_ref(), &mut census);
                    self.bandit.reward(&recipe.operators, reward);
                    if let Outcome::Measured { genome, measure } = outcome
                        && measure.credit >= bar
                        && self.is_fit(*genome, measure)
                    {
                        let variant =
                            Variant { id: proposal.id, genome: *genome, recipe, measure: measure.clone() };
                        children[proposal.island].push(variant);
                    }
                }
                (Task::Confirm(_), _) => {}
            }
        }
        if self.generation == 0 && self.policy.preserve {
            let founders = children.iter().flatten().map(|founder| founder.measure.credit);
            self.preserved = founders.max().unwrap_or(0);
        }
        let accepted = self.renew(children);
        let stood = self.stale;
        self.crown(&mut events);
        self.look_back(stood);
        let report = self.report(census, accepted, events);
        self.generation += 1;
        Ok(report)
    }

    /// Whether a variant may become a member: a founder always, others by trust and by not having been found out.
    fn is_fit(&self, genome: GenomeId, measure: &Measure) -> bool {
        let is_found_out =
            self.condemned.contains(&measure.behaviour) || self.condemned_genomes.contains(&genome);
        self.generation == 0 || (measure.score.trust >= self.policy.trust_gate && !is_found_out)
    }

    fn judge(&self, outcome: &Outcome, bar: u64, parent: Option<&Measure>, census: &mut Census) -> Reward {
        match outcome {
            Outcome::Stillborn => census.stillborn += 1,
            Outcome::TooLarge { .. } => census.too_large += 1,
            Outcome::Dropped { .. } | Outcome::Confirmed(_) => census.dropped += 1,
            Outcome::Measured { measure, .. } if measure.credit < bar => census.dropped += 1,
            Outcome::Measured { measure, .. } => {
                census.measured += 1;
                let Some(parent) = parent else { return Reward::Nothing };
                return match measure::compare(self.gate, measure, parent) {
                    std::cmp::Ordering::Less => Reward::Better,
                    std::cmp::Ordering::Equal => Reward::Neutral,
                    std::cmp::Ordering::Greater => Reward::Nothing,
                };
            }
        }
        Reward::Nothing
    }

    /// Takes what the held-out cases say about the challenger.
    fn settle(&mut self, held_out: Option<&Score>, events: &mut Vec<Event>) {
        let Some(variant) = self.challenger.take() else { return };
        // Below the gate nobody claims to be right, and a few cases more or less say little.
        let claims = self.gate.is_met(&variant.measure.score);
        let least = self.policy.rollback * variant.measure.score.confidence;
        let stands = !claims || held_out.is_none_or(|held_out| held_out.confidence >= least);
        if stands {
            events.push(Event::Crowned { variant: variant.id, genome: variant.genome });
            self.champion = Some(Champion { variant, held_out: held_out.copied() });
            return;
        }
        let founder = matches!(variant.recipe.base, Base::Founder(_)) && variant.recipe.operators.is_empty();
        events.push(Event::RolledBack { variant: variant.id, genome: variant.genome });
        if founder && self.champion.is_none() {
            // Nobody to go back to: the run has to begin somewhere.
            self.champion = Some(Champion { variant, held_out: held_out.copied() });
            return;
        }
        // What selection sees of a variant that is wrong may be what it sees of one that is right: of every one, where no
        // case was missed, and of a champion that stood the test. Then only the genome is found out, and with it those
        // who claim as much or more.
        let behaviour = variant.measure.behaviour;
        let stood = self.champion.as_ref().map(|champion| &champion.variant.measure);
        let shared = variant.measure.score.confidence >= 1.0
            || stood.is_some_and(|stood| stood.behaviour == behaviour && self.gate.is_met(&stood.score));
        self.condemned_genomes.insert(variant.genome);
        if !shared {
            self.condemned.insert(behaviour);
        }
        for population in &mut self.populations {
            population.dismiss(|measure| {
                measure.behaviour == behaviour && (!shared || measure.cycles <= variant.measure.cycles)
            });
            if population.members().is_empty()
                && let Some(champion) = &self.champion
            {
                population.renew(vec![champion.variant.clone()], &self.policy, self.gate);
            }
        }
    }

    /// Gives every population its children, and says who of these became a member.
    fn renew(&mut self, mut children: Vec<Vec<Variant>>) -> Vec<Variant> {
        if self.generation == 0 {
            self.founders.clone_from(&children[0]);
            children.fill(self.founders.clone());
        } else if self.policy.strategy == Strategy::Islands
            && self.generation.is_multiple_of(u64::from(self.policy.migrate_every))
        {
            let migrants: Vec<Vec<Variant>> = self
                .populations
                .iter()
                .map(|from| from.members().iter().take(self.policy.migrants as usize).cloned().collect())
                .collect();
            let n_islands = children.len();
            for (from, migrants) in migrants.into_iter().enumerate() {
                let to = (from + 1) % n_islands;
                // Whoever began again is left alone for a while, or would only repeat what its neighbour found.
                if self.ages[to].lived >= u64::from(self.policy.restart_after) {
                    // Migrants come before the children, so that they count as older.
                    children[to].splice(0..0, migrants);
                }
            }
        }
        for (population, children) in self.populations.iter_mut().zip(children) {
            population.renew(children, &self.policy, self.gate);
        }
        // Before the new members are counted: whoever is let go of at once was never one.
        self.restart();
        let members = self.populations.iter().flat_map(Population::members);
        let new = members.filter(|member| member.id >= self.asked_from);
        let accepted: BTreeMap<VariantId, Variant> = new.map(|member| (member.id, member.clone())).collect();
        accepted.into_values().collect()
    }

    /// Has populations begin again with the founders that are below the gate and have not got better for too long.
    ///
    /// What they found is not lost where it was the best of all: the champion stays. A few short tries find more than a
    /// long one whose members have become alike.
    ///
    /// # Source
    /// A. Auger and N. Hansen, "A restart CMA evolution strategy with increasing population size", CEC 2005, for
    /// restarting what stagnates; the population's size stays the same here.
    fn restart(&mut self) {
        let restarts = self.restarts();
        for (population, age) in self.populations.iter_mut().zip(&mut self.ages) {
            age.lived += 1;
            age.stale += 1;
            let Some(best) = population.best().map(|best| &best.measure) else { continue };
            // Below the gate only coming nearer counts: being wrong for fewer cycles leads nowhere.
            let better = age.best.as_ref().is_none_or(|before| {
                best.credit > before.credit
                    || (self.gate.is_met(&best.score) && measure::compare(self.gate, best, before).is_lt())
            });
            if better {
                age.best = Some(best.clone());
                age.stale = 0;
            }
            let is_stuck =
                age.stale >= u64::from(self.policy.restart_after) && !self.gate.is_met(&best.score);
            if restarts && is_stuck {
                *population = Population::default();
                population.renew(self.founders.clone(), &self.policy, self.gate);
                *age = Age::default();
                // What a plateau has raised is no start for a new try.
                self.more = self.policy.more;
            }
        }
    }

    /// Whether nothing is right yet, and populations that are stuck begin again: then every try is a new one, and waiting
    /// is not in vain.
    fn is_still_looking(&self) -> bool {
        let is_right = |champion: &Champion| self.gate.is_met(&champion.variant.measure.score);
        self.restarts() && !self.champion.as_ref().is_some_and(is_right)
    }

    /// Whether populations that are stuck begin again.
    fn restarts(&self) -> bool {
        match self.policy.strategy {
            Strategy::RandomSearch | Strategy::MapElites => false,
            Strategy::Lineage | Strategy::Tournament | Strategy::Islands | Strategy::HillClimbing => {
                self.policy.restart_after > 0
            }
        }
    }

    /// Finds the best of all populations, and has it challenge the champion where it is better.
    fn crown(&mut self, events: &mut Vec<Event>) {
        self.stale += 1;
        let best =
            self.populations.iter().filter_map(Population::best).reduce(|a, b| {
                if measure::compare(self.gate, &b.measure, &a.measure).is_lt() { b } else { a }
            });
        let Some(best) = best else { return };
        let standing = self.challenger.as_ref().or(self.champion.as_ref().map(|champion| &champion.variant));
        let better = standing
            .is_none_or(|standing| measure::compare(self.gate, &best.measure, &standing.measure).is_lt());
        if better {
            events.push(Event::Challenged { variant: best.id, genome: best.genome });
            self.challenger = Some(best.clone());
            self.stale = 0;
        }
    }

    /// Adds the best to the series, and turns the mutation rate by the trend.
    fn look_back(&mut self, stood: u64) {
        let best = self.challenger.as_ref().or(self.champion.as_ref().map(|champion| &champion.variant));
        let value = best.map_or(0.0, |best| {
            let score = &best.measure.score;
            let cycles = score.cycles_per_result.filter(|_| self.gate.is_met(score));
            match cycles {
                None => score.confidence,
                Some(cycles) => 1.0 + *self.reference_cycles.get_or_insert(cycles) / cycles,
            }
        });
        self.series.push(value);
        let window = self.policy.trend_window as usize;
        if self.series.len() > window {
            self.series.remove(0);
        }
        if self.stale == 0 && stood > 0 {
            self.more = self.policy.more;
        } else if self.series.len() == window && self.trend().direction == Direction::Plateau {
            let step = (self.policy.most_more - self.policy.more) / 10.0;
            self.more = (self.more + step).min(self.policy.most_more);
        }
    }

    fn report(&self, census: Census, accepted: Vec<Variant>, events: Vec<Event>) -> GenerationReport {
        let islands = self.populations.iter().map(|population| {
            let members = population.members();
            IslandReport {
                best: population.best().cloned(),
                median: members.get(members.len() / 2).map(|member| member.measure.clone()),
                n_members: members.len(),
                diversity: population.diversity(),
            }
        });
        GenerationReport {
            generation: self.generation,
            n_proposed: self.n_proposed,
            islands: islands.collect(),
            census,
            accepted,
            events,
            trend: self.trend(),
            more: self.more,
        }
    }
}

#[cfg(test)]
mod tests;

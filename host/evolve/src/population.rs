//! A population: who is in it, who becomes a parent, who survives.

use std::collections::{BTreeMap, BTreeSet};

use flux_genome::rng::Rng;

use crate::measure::{self, FULL_CREDIT, Measure};
use crate::policy::{EvolutionPolicy, Selection, Strategy, Survival};
use crate::standing::Gate;
use crate::variant::Variant;

/// Cells of a grid along the axis of behaviour.
const BEHAVIOUR_CELLS: u64 = 16;

/// Variants that are bred among each other, best first.
#[derive(Clone, Debug, Default)]
pub struct Population {
    members: Vec<Variant>,
}

impl Population {
    /// The members, best first.
    #[must_use]
    pub fn members(&self) -> &[Variant] {
        &self.members
    }

    /// The best member.
    #[must_use]
    pub fn best(&self) -> Option<&Variant> {
        self.members.first()
    }

    /// How many different behaviours there are.
    #[must_use]
    pub fn diversity(&self) -> usize {
        self.members.iter().map(|member| member.measure.behaviour).collect::<BTreeSet<_>>().len()
    }

    /// Chooses a parent; none when there is nobody.
    pub fn choose(&self, policy: &EvolutionPolicy, rng: &mut Rng) -> Option<&Variant> {
        if policy.strategy == Strategy::MapElites {
            return self.members.get(rng.index(self.members.len()));
        }
        // Where a member passes every case, the cases tell members like it apart no more, and what they cost has to.
        let full = |member: &Variant| member.measure.credits.iter().all(|credit| *credit == FULL_CREDIT);
        let by_cases = policy.selection == Selection::Lexicase && !self.members.first().is_some_and(full);
        match if by_cases { Selection::Lexicase } else { Selection::KWay } {
            Selection::KWay => {
                // Members stand in order, so the first of those drawn is the best of them.
                let drawn = (0..policy.ways).map(|_| rng.index(self.members.len())).min()?;
                self.members.get(drawn)
            }
            Selection::Lexicase => self.choose_by_cases(rng),
        }
    }

    fn choose_by_cases(&self, rng: &mut Rng) -> Option<&Variant> {
        let n_cases = self.members.first()?.measure.credits.len();
        let mut cases: Vec<usize> = (0..n_cases).collect();
        let mut left: Vec<&Variant> = self.members.iter().collect();
        while left.len() > 1 && !cases.is_empty() {
            let case = cases.swap_remove(rng.index(cases.len()));
            let credit = |member: &Variant| member.measure.credits.get(case).copied().unwrap_or(0);
            let best = left.iter().map(|member| credit(member)).max();
            left.retain(|member| Some(credit(member)) == best);
        }
        left.get(rng.index(left.len())).copied()
    }

    /// The credit below which a child has no chance to survive.
    #[must_use]
    pub fn bar(&self, policy: &EvolutionPolicy) -> u64 {
        let full = self.members.len() >= policy.room();
        let by_worst = match (policy.strategy, policy.survival) {
            // A cell of the grid may be free for anything.
            (Strategy::MapElites, _) => false,
            (Strategy::Lineage | Strategy::HillClimbing | Strategy::RandomSearch, _) => true,
            (Strategy::Tournament | Strategy::Islands, survival) => survival == Survival::Best,
        };
        let worst = self.members.last().filter(|_| full && by_worst);
        worst.map_or(0, |worst| worst.measure.credit)
    }

    /// Takes children in, in the order of their proposal, and lets go of those who do not survive.
    pub fn renew(&mut self, children: Vec<Variant>, policy: &EvolutionPolicy, gate: Gate) {
        let parents = std::mem::take(&mut self.members);
        self.members = match (policy.strategy, policy.survival) {
            (Strategy::MapElites, _) => best_of_cells(parents, children, gate),
            (Strategy::HillClimbing | Strategy::RandomSearch, _) => {
                // Parents come first, so that nothing equal takes their place.
                survivors(parents.into_iter().chain(children).collect(), policy, gate)
            }
            (Strategy::Lineage | Strategy::Tournament | Strategy::Islands, Survival::Best) => {
                // The newest comes first, so that equals take turns and the population drifts.
                survivors(children.into_iter().rev().chain(parents).collect(), policy, gate)
            }
            (Strategy::Lineage | Strategy::Tournament | Strategy::Islands, Survival::Young) => {
                let elites = parents.into_iter().take(policy.elites as usize);
                young(elites.chain(children), policy, gate)
            }
        };
    }

    /// Lets go of every member that `condemned` says yes to.
    pub fn dismiss(&mut self, condemned: impl Fn(&Measure) -> bool) {
        self.members.retain(|member| !condemned(&member.measure));
    }
}

/// The best of `candidates`, who are compared in a stable way: of equals the first comes first.
fn survivors(mut candidates: Vec<Variant>, policy: &EvolutionPolicy, gate: Gate) -> Vec<Variant> {
    candidates.sort_by(|a, b| measure::compare(gate, &a.measure, &b.measure));
    let mut places = Places::new(policy);
    candidates.retain(|candidate| places.take(candidate));
    candidates
}

/// The first of `candidates` that there is room for, best first.
fn young(candidates: impl Iterator<Item = Variant>, policy: &EvolutionPolicy, gate: Gate) -> Vec<Variant> {
    let mut places = Places::new(policy);
    let mut members: Vec<Variant> = candidates.filter(|candidate| places.take(candidate)).collect();
    members.sort_by(|a, b| measure::compare(gate, &a.measure, &b.measure));
    members
}

/// The places of a population that are still free.
struct Places {
    room: usize,
    crowd: usize,
    niches: BTreeSet<(u64, u64, u64)>,
    by_behaviour: BTreeMap<u64, usize>,
}

impl Places {
    fn new(policy: &EvolutionPolicy) -> Self {
        let crowd = policy.crowd as usize;
        Self { room: policy.room(), crowd, niches: BTreeSet::new(), by_behaviour: BTreeMap::new() }
    }

    /// Whether there is a place for `candidate`, which it then has.
    fn take(&mut self, candidate: &Variant) -> bool {
        if self.niches.len() >= self.room || self.niches.contains(&candidate.measure.niche()) {
            return false;
        }
        let crowd = self.by_behaviour.entry(candidate.measure.behaviour).or_default();
        if *crowd >= self.crowd {
            return false;
        }
        *crowd += 1;
        self.niches.insert(candidate.measure.niche())
    }
}

/// A place in the grid: size and cycles in quarters of an octave, and a digest of the behaviour.
///
/// # Source
/// J.-B. Mouret and J. Clune, "Illuminating search spaces by mapping elites", 2015, section 3.
#[must_use]
pub fn cell(measure: &Measure) -> (u32, u32, u64) {
    (quarter_octaves(measure.len_bytes), quarter_octaves(measure.cycles), measure.behaviour % BEHAVIOUR_CELLS)
}

/// Four times the logarithm to base 2, taken linearly between powers of two.
fn quarter_octaves(value: u64) -> u32 {
    let value = value.max(4);
    let exponent = value.ilog2();
    exponent * 4 + (value >> (exponent - 2) & 3) as u32
}

fn best_of_cells(parents: Vec<Variant>, children: Vec<Variant>, gate: Gate) -> Vec<Variant> {
    let mut grid: BTreeMap<_, Variant> = BTreeMap::new();
    for candidate in parents.into_iter().chain(children) {
        match grid.entry(cell(&candidate.measure)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(candidate);
            }
            std::collections::btree_map::Entry::Occupied(mut taken) => {
                if measure::compare(gate, &candidate.measure, &taken.get().measure).is_le() {
                    taken.insert(candidate);
                }
            }
        }
    }
    let mut members: Vec<Variant> = grid.into_values().collect();
    members.sort_by(|a, b| measure::compare(gate, &a.measure, &b.measure));
    members
}

#[cfg(test)]
mod tests;

//! The policy of a run: every knob that decides how evolution goes about its work.

use flux_genome::mutate::OperatorKind;

use crate::trust::TrustPolicy;

/// How a run goes about finding better variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// One self-modifier: its children are tried, and the best that is as good takes its place.
    Lineage,
    /// One population; parents win tournaments among some of its members.
    Tournament,
    /// Several populations that do as `Tournament` and send each other their best now and then.
    Islands,
    /// A grid over size, cycles and behaviour; each cell keeps its best.
    MapElites,
    /// A baseline: children of the founders alone, by many operators at once; the best is kept.
    RandomSearch,
    /// A baseline: one parent, one operator at a time; only what is better takes its place.
    HillClimbing,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 6] = [
        Self::Lineage,
        Self::Tournament,
        Self::Islands,
        Self::MapElites,
        Self::RandomSearch,
        Self::HillClimbing,
    ];

    /// The name in policies and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lineage => "lineage",
            Self::Tournament => "tournament",
            Self::Islands => "islands",
            Self::MapElites => "map-elites",
            Self::RandomSearch => "random-search",
            Self::HillClimbing => "hill-climbing",
        }
    }
}

/// How parents are chosen from a population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The best of [`EvolutionPolicy::ways`] members drawn at random.
    KWay,
    /// The member that does best on the cases in a random order, each case only among those that are best on the ones
    /// before. Once a member passes every case, as [`Selection::KWay`]: the cases say no more then.
    ///
    /// # Source
    /// T. Helmuth, L. Spector and J. Matheson, "Solving uncompromising problems with lexicase selection", IEEE
    /// Transactions on Evolutionary Computation 19 (2015).
    Lexicase,
}

impl Selection {
    /// Every way to select.
    pub const ALL: [Self; 2] = [Self::KWay, Self::Lexicase];

    /// The name in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KWay => "k-way",
            Self::Lexicase => "lexicase",
        }
    }
}

/// Who is still there in the next generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// The best of parents and children together.
    Best,
    /// The children, and the [`EvolutionPolicy::elites`] best of the parents.
    Young,
}

impl Survival {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Best, Self::Young];

    /// The name in policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Young => "young",
        }
    }
}

/// Every knob of a run. [`EvolutionPolicy::default`] is meant to do well on small programs; what a knob is for stands
/// with it.
#[derive(Clone, Debug, PartialEq)]
pub struct EvolutionPolicy {
    /// How the run goes about it. Default [`Strategy::Islands`].
    pub strategy: Strategy,
    /// Populations of [`Strategy::Islands`]. Default 4: enough that one may be stuck.
    pub islands: u32,
    /// Members of a population. Default 64.
    pub population: u32,
    /// Children proposed for each population in a generation. Default 128: twice the population, and enough for a
    /// few cores. They are tried at the same time, so this is also what decides how well cores are used.
    pub children: u32,
    /// How parents are chosen. Default [`Selection::Lexicase`]: whoever is right where all others are wrong has children,
    /// which is what gets a run over the last cases.
    pub selection: Selection,
    /// Members in the tournament that a parent wins. Default 3: mild pressure.
    pub ways: u32,
    /// Who survives. Default [`Survival::Best`].
    pub survival: Survival,
    /// Parents that survive whatever the children are, under [`Survival::Young`]. Default 4.
    pub elites: u32,
    /// The share of children that have two parents, 0 to 1. Default 0.15.
    pub breed_rate: f64,
    /// The operators that mutate. Default all for any module but `insert-nop`, which costs nothing and gains nothing; a run
    /// of ecosystems adds those for ecosystems to the default.
    pub operators: Vec<OperatorKind>,
    /// The chance that one more operator is applied to a child, again and again, 0 to [`EvolutionPolicy::most_more`].
    /// Default 0.35: every third child takes two steps at once.
    pub more: f64,
    /// What [`EvolutionPolicy::more`] rises to on a plateau, by a tenth of the way in each generation. Default 0.75:
    /// four steps on average. At most 0.95.
    pub most_more: f64,
    /// The share of draws of an operator that is even, 0 to 1; the rest goes by what each has earned. Default 0.3.
    pub bandit_floor: f64,
    /// The weight of the newest reward in what an operator has earned, above 0 and at most 1. Default 0.01: a memory
    /// of about a hundred tries.
    pub bandit_rate: f64,
    /// Generations between migrations of [`Strategy::Islands`]. Default 12.
    pub migrate_every: u32,
    /// Members that migrate to the next island of the ring, the best first. Default 2.
    pub migrants: u32,
    /// Generations without a better best after which a population that is below the gate begins again with the founders;
    /// it gets no migrants for as long again. 0 for never. Default 20: where founders can be mended at all, it mostly
    /// takes fewer. `random-search` and `map-elites` have nothing to begin again with.
    pub restart_after: u32,
    /// Members with the same behaviour that a population has room for, of different cost or size. Default 16: a quarter
    /// of a population, so that one answer does not crowd out the others.
    pub crowd: u32,
    /// Generations that the trend is taken over, at least 3. Default 20.
    pub trend_window: u32,
    /// The trust below which a variant is no parent. Default 0.25: one that fails as often as it ends well, by the
    /// default weights.
    pub trust_gate: f64,
    /// A best variant that reaches the gate in selection, and whose confidence on the held-out cases is below this share
    /// of its confidence in selection, is rolled back. 0 to 1; 0 leaves held-out cases out of it. Default 0.95.
    pub rollback: f64,
    /// How large a child may be, as a multiple of the largest founder's component, to which
    /// [`EvolutionPolicy::extra_bytes`] is added. Default 2.
    pub growth: f64,
    /// Bytes that a child may have on top of that. Default 512: small founders need room.
    pub extra_bytes: u64,
    /// Whether a child has to have all the credit that the founders have: for making a program cheaper that is right
    /// already. Default no.
    pub preserve: bool,
    /// How behaviour is weighed.
    pub trust: TrustPolicy,
    /// When to stop.
    pub stop: StopPolicy,
}

/// When a run ends: with whichever comes first. A limit of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopPolicy {
    /// Generations. Default 1,000.
    pub generations: u64,
    /// Variants proposed. Default 500,000.
    pub variants: u64,
    /// Generations without a better best variant, once one reaches the gate; before that only where populations do not
    /// begin again. Default 200.
    pub patience: u64,
    /// Cycles per correct result at which a variant that reaches the gate is good enough. Default 0: never.
    pub target_cycles: u64,
    /// Whether it is enough that the gate is reached, in selection and on the held-out cases. Default no: what is
    /// right is then made faster.
    pub at_gate: bool,
}

impl Default for EvolutionPolicy {
    fn default() -> Self {
        Self {
            strategy: Strategy::Islands,
            islands: 4,
            population: 64,
            children: 128,
            selection: Selection::Lexicase,
            ways: 3,
            survival: Survival::Best,
            elites: 4,
            breed_rate: 0.15,
            operators: OperatorKind::GENERAL
                .into_iter()
                .filter(|operator| *operator != OperatorKind::InsertNop)
                .collect(),
            more: 0.35,
            most_more: 0.75,
            bandit_floor: 0.3,
            bandit_rate: 0.01,
            migrate_every: 12,
            migrants: 2,
            restart_after: 20,
            crowd: 16,
            trend_window: 20,
            trust_gate: 0.25,
            rollback: 0.95,
            growth: 2.0,
            extra_bytes: 512,
            preserve: false,
            trust: TrustPolicy::default(),
            stop: StopPolicy::default(),
        }
    }
}

impl Default for StopPolicy {
    fn default() -> Self {
        Self { generations: 1000, variants: 500_000, patience: 200, target_cycles: 0, at_gate: false }
    }
}

/// A policy asks for what cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("expected `{field}` to be {expected}, found {found}")]
pub struct PolicyError {
    /// The field, as it is written in a policy file.
    pub field: &'static str,
    /// What it may be.
    pub expected: &'static str,
    /// What it is.
    pub found: String,
}

impl EvolutionPolicy {
    /// Holds every knob against what it may be.
    ///
    /// # Errors
    /// [`PolicyError`]: the first field that is out of its range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let share = |field, value: f64| {
            let good = (0.0..=1.0).contains(&value);
            if good { Ok(()) } else { Err(wrong(field, "a share between 0 and 1", value)) }
        };
        let within = |field, value: u32, least: u32, most: u32, expected| {
            if (least..=most).contains(&value) { Ok(()) } else { Err(wrong(field, expected, value)) }
        };
        within("islands", self.islands, 1, 256, "between 1 and 256")?;
        within("population", self.population, 1, 65_536, "between 1 and 65536")?;
        within("children", self.children, 1, 65_536, "between 1 and 65536")?;
        within("ways", self.ways, 1, 65_536, "between 1 and 65536")?;
        within("elites", self.elites, 0, self.population, "at most `population`")?;
        within("migrants", self.migrants, 0, self.population, "at most `population`")?;
        within("migrate_every", self.migrate_every, 1, u32::MAX, "at least 1")?;
        within("crowd", self.crowd, 1, u32::MAX, "at least 1")?;
        within("trend_window", self.trend_window, 3, 10_000, "between 3 and 10000")?;
        share("breed_rate", self.breed_rate)?;
        share("bandit_floor", self.bandit_floor)?;
        share("trust_gate", self.trust_gate)?;
        share("rollback", self.rollback)?;
        if !(0.0..=0.95).contains(&self.most_more) {
            return Err(wrong("most_more", "between 0 and 0.95", self.most_more));
        }
        if !(0.0..=self.most_more).contains(&self.more) {
            return Err(wrong("more", "between 0 and `most_more`", self.more));
        }
        if !(self.bandit_rate > 0.0 && self.bandit_rate <= 1.0) {
            return Err(wrong("bandit_rate", "above 0 and at most 1", self.bandit_rate));
        }
        if !(1.0..=1000.0).contains(&self.growth) {
            return Err(wrong("growth", "between 1 and 1000", self.growth));
        }
        if self.operators.is_empty() {
            return Err(wrong("operators", "at least one operator", "none"));
        }
        Ok(())
    }

    /// How many populations there are.
    #[must_use]
    pub fn n_populations(&self) -> usize {
        match self.strategy {
            Strategy::Islands => self.islands as usize,
            Strategy::Lineage
            | Strategy::Tournament
            | Strategy::MapElites
            | Strategy::RandomSearch
            | Strategy::HillClimbing => 1,
        }
    }

    /// How many members a population has room for; a grid has its own room.
    #[must_use]
    pub fn room(&self) -> usize {
        match self.strategy {
            Strategy::Lineage | Strategy::RandomSearch | Strategy::HillClimbing => 1,
            Strategy::Tournament | Strategy::Islands | Strategy::MapElites => self.population as usize,
        }
    }
}

fn wrong(field: &'static str, expected: &'static str, found: impl std::fmt::Display + Copy) -> PolicyError {
    PolicyError { field, expected, found: found.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_allowed_and_ranges_hold_at_their_edges() {
        let check = |change: fn(&mut EvolutionPolicy), field: Option<&str>| {
            let mut policy = EvolutionPolicy::default();
            change(&mut policy);
            assert_eq!(policy.check().err().map(|error| error.field), field);
        };
        check(|_| {}, None);
        check(|policy| policy.population = 0, Some("population"));
        check(|policy| policy.population = 65_536, None);
        check(|policy| policy.population = 65_537, Some("population"));
        check(|policy| policy.elites = 65, Some("elites"));
        check(|policy| policy.breed_rate = f64::NAN, Some("breed_rate"));
        check(|policy| policy.more = 0.76, Some("more"));
        check(|policy| policy.most_more = 0.96, Some("most_more"));
        check(|policy| policy.bandit_rate = 0.0, Some("bandit_rate"));
        check(|policy| policy.trend_window = 2, Some("trend_window"));
        check(|policy| policy.operators.clear(), Some("operators"));
    }
}

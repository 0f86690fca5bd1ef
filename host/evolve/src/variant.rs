//! Variants, and how they are proposed.

use flux_genome::GenomeId;
use flux_genome::mutate::OperatorKind;

use crate::measure::Measure;
use crate::score::Score;

/// The number of a proposal in its run, from 0; a variant keeps the number of the proposal that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantId(pub u64);

/// A genome taking part in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its number.
    pub id: VariantId,
    /// Its genome.
    pub genome: GenomeId,
    /// How it came about.
    pub recipe: Recipe,
    /// What was measured of it.
    pub measure: Measure,
}

/// How a variant is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// What it starts from.
    pub base: Base,
    /// The operators applied to that, one after another.
    pub operators: Vec<OperatorKind>,
    /// Who [`OperatorKind::Graft`] takes code from.
    pub donor: Option<VariantId>,
    /// Seeds everything: crossing by the seed itself, the operator at position i by the seed plus i.
    pub seed: u64,
}

impl Recipe {
    /// The variants that it takes anything from: parents first.
    pub fn sources(&self) -> impl Iterator<Item = VariantId> {
        let (first, second) = match self.base {
            Base::Founder(_) => (None, None),
            Base::Parent(parent) => (Some(parent), None),
            Base::Cross(first, second) => (Some(first), Some(second)),
        };
        let donor = self.donor.filter(|_| self.operators.contains(&OperatorKind::Graft));
        [first, second, donor].into_iter().flatten()
    }
}

/// What a variant starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The founder at this position.
    Founder(usize),
    /// A variant.
    Parent(VariantId),
    /// Two variants, crossed: the first with code of the second.
    Cross(VariantId, VariantId),
}

/// What the engine wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number, which the variant gets that it makes.
    pub id: VariantId,
    /// The population that it is for.
    pub island: usize,
    /// What to do.
    pub task: Task,
}

/// What is done for a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Make a variant and measure it on the cases that selection may see.
    Measure {
        /// How to make it.
        recipe: Recipe,
        /// The credit below which it is of no use: a variant that cannot reach it any more need not be measured to the
        /// end. 0 where every credit is of use.
        bar: u64,
        /// The size above which it is of no use, in bytes.
        max_bytes: u64,
    },
    /// Score a variant on the held-out cases.
    Confirm(VariantId),
}

/// What came of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// There is no child: an operator found no place, the parents do not cross, or the child is past a bound.
    Stillborn,
    /// The child is larger than it may be.
    TooLarge {
        /// The child.
        genome: GenomeId,
    },
    /// It was given up below the proposal's bar. A caller that measured it to the end must say so all the same where its
    /// credit is below the bar: what the engine is told may not depend on what the caller happened to know.
    Dropped {
        /// The child.
        genome: GenomeId,
    },
    /// It was measured.
    Measured {
        /// The child.
        genome: GenomeId,
        /// What was measured.
        measure: Measure,
    },
    /// It was scored on the held-out cases; none when the arena has none.
    Confirmed(Option<Score>),
}

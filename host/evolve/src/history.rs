//! What happened in a generation.

use flux_genome::GenomeId;

use crate::measure::Measure;
use crate::trend::Trend;
use crate::variant::{Variant, VariantId};

/// What happened in one generation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GenerationReport {
    /// Its number, from 0; the founders are measured in generation 0.
    pub generation: u64,
    /// Variants proposed since the run began.
    pub n_proposed: u64,
    /// How the populations stand at its end.
    pub islands: Vec<IslandReport>,
    /// What came of its proposals.
    pub census: Census,
    /// The variants that became members of a population, by number.
    pub accepted: Vec<Variant>,
    /// What happened to the best.
    pub events: Vec<Event>,
    /// Where the run is going.
    pub trend: Trend,
    /// The chance of one more operator a child that the next generation has.
    pub more: f64,
}

/// How a population stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct IslandReport {
    /// Its best member.
    pub best: Option<Variant>,
    /// What was measured of the member in the middle.
    pub median: Option<Measure>,
    /// How many members it has.
    pub n_members: usize,
    /// How many different behaviours there are among them.
    pub diversity: usize,
}

/// What came of the proposals of a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// There was no child.
    pub stillborn: u64,
    /// The child was larger than it may be.
    pub too_large: u64,
    /// The child fell below the bar.
    pub dropped: u64,
    /// The child was measured to the end.
    pub measured: u64,
}

/// Something that happened to the best variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A variant is better than the champion in selection; the held-out cases are next.
    Challenged {
        /// The variant.
        variant: VariantId,
        /// Its genome.
        genome: GenomeId,
    },
    /// It stood the test, and is the champion.
    Crowned {
        /// The variant.
        variant: VariantId,
        /// Its genome.
        genome: GenomeId,
    },
    /// It did not, and is gone with all that behave as it does.
    RolledBack {
        /// The variant.
        variant: VariantId,
        /// Its genome.
        genome: GenomeId,
    },
}

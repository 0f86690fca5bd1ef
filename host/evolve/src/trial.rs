//! One trial: what one genome did on one case.

use std::fmt;
use std::num::NonZeroU32;

/// How a genome behaved in a trial, whatever its result was.
///
/// Ordered by gravity, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conduct {
    /// It ended with a result, right or wrong.
    Clean,
    /// It trapped.
    Trapped,
    /// It ran out of fuel, past its deadline or over its memory.
    Exhausted,
    /// It was refused before it ran, or asked for something it was not granted.
    Refused,
    /// A second run of the same trial gave another result or another number of cycles.
    Unequal,
}

impl Conduct {
    /// Every conduct, in order of gravity.
    pub const ALL: [Self; 5] = [Self::Clean, Self::Trapped, Self::Exhausted, Self::Refused, Self::Unequal];

    /// The word that stands in records and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Trapped => "trapped",
            Self::Exhausted => "exhausted",
            Self::Refused => "refused",
            Self::Unequal => "unequal",
        }
    }
}

impl fmt::Display for Conduct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which share of an arena's cases a trial belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Selection may see how variants do here.
    Selection,
    /// Kept from selection, to tell learning from memorising.
    HeldOut,
}

/// How much a case counts, in thousandths: a positive number.
///
/// Whole thousandths, and not a float, so that sums are exact and the same in whatever order they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(NonZeroU32);

impl Weight {
    /// The default weight, 1.
    pub const ONE: Self = match NonZeroU32::new(1000) {
        Some(thousandths) => Self(thousandths),
        None => unreachable!(),
    };

    /// The weight of so many thousandths; none for 0.
    #[must_use]
    pub fn from_thousandths(thousandths: u32) -> Option<Self> {
        NonZeroU32::new(thousandths).map(Self)
    }

    /// The weight in thousandths, at least 1.
    #[must_use]
    pub fn thousandths(self) -> u32 {
        self.0.get()
    }
}

/// The record of one genome on one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How much the case counts.
    pub weight: Weight,
    /// Whether the result was right. Only a trial of clean conduct can be: see [`Trial::passed`].
    pub correct: bool,
    /// Which share the case belongs to.
    pub side: Side,
    /// Cycles spent, however the trial ended.
    pub cycles: u64,
    /// How the genome behaved.
    pub conduct: Conduct,
}

impl Trial {
    /// Whether the trial counts as a correct result: a right one, by clean conduct.
    ///
    /// A genome that answers and then traps, or answers differently when asked again, has no result.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.correct && self.conduct == Conduct::Clean
    }
}

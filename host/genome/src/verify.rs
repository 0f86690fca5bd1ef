//! Verification: whether a genome may take its parents' place, and what is odd about its code.
//!
//! A [`Verdict`] keeps two things apart. *Faults* are reasons to refuse a genome: it is not valid, past a bound, or
//! asks for more than its parents. *Notes* are findings about control flow that a valid genome may have, and that
//! whoever evolves or writes it wants to know: loops without exit and jump tables that do not choose.
//!
//! That labels and the entries of jump tables are in range is part of validation.

mod flow;

pub use self::flow::{Note, Oddity};

use crate::capability::CapabilitySet;
use crate::genome::{AdmitError, Genome};
use crate::limits::Bounds;
use crate::world::World;

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Reasons to refuse; none means that the genome passes.
    pub faults: Vec<Fault>,
    /// Findings that are no reason to refuse, in the order of modules, functions and instructions.
    pub notes: Vec<Note>,
}

impl Verdict {
    /// Whether nothing speaks against the genome.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.faults.is_empty()
    }
}

/// A reason to refuse a genome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is not a genome: not valid, past a bound, or of none of our worlds.
    #[error(transparent)]
    NotAGenome(#[from] AdmitError),
    /// It asks for what none of its parents asks for.
    #[error("the genome asks for {wider}, which no parent asks for")]
    WiderCapabilities {
        /// What it asks for in addition.
        wider: CapabilitySet,
    },
    /// It is of another world than a parent.
    #[error("expected a genome of its parents' world `{expected}`, found one of world `{found}`")]
    OtherWorld {
        /// The parent's world.
        expected: World,
        /// The genome's world.
        found: World,
    },
}

impl Fault {
    /// A short stable name, used in JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAGenome(error) => error.code(),
            Self::WiderCapabilities { .. } => "wider-capabilities",
            Self::OtherWorld { .. } => "other-world",
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotAGenome(error) => error.hint(),
            Self::WiderCapabilities { .. } => {
                Some("name every parent; a child may ask for what any of them asks for")
            }
            Self::OtherWorld { .. } => None,
        }
    }
}

/// Verifies a genome, against `parents` where there are any.
///
/// # Determinism
/// A function of the genomes alone, on every platform.
#[must_use]
pub fn verify(genome: &Genome, parents: &[Genome]) -> Verdict {
    let mut faults = Vec::new();
    if let Some(parent) = parents.iter().find(|parent| parent.world() != genome.world()) {
        faults.push(Fault::OtherWorld { expected: parent.world(), found: genome.world() });
    }
    if !parents.is_empty() {
        let allowed =
            parents.iter().fold(CapabilitySet::EMPTY, |all, parent| all.union(parent.capabilities()));
        let wider = genome.capabilities().difference(allowed);
        if !wider.is_empty() {
            faults.push(Fault::WiderCapabilities { wider });
        }
    }
    Verdict { faults, notes: flow::notes(genome) }
}

/// Verifies a component that may not be a genome.
///
/// # Determinism
/// A function of `(component, bounds, parents)` alone, on every platform.
#[must_use]
pub fn verify_bytes(component: &[u8], bounds: &Bounds, parents: &[Genome]) -> Verdict {
    match Genome::admit(component, bounds) {
        Ok(genome) => verify(&genome, parents),
        Err(error) => Verdict { faults: vec![error.into()], notes: Vec::new() },
    }
}

#[cfg(test)]
mod tests;

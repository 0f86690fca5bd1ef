//! Makes the children that the engine proposes.

use std::collections::BTreeMap;
use std::sync::Arc;

use flux_evolve::variant::{Base, Recipe, VariantId};
use flux_genome::offspring::{self, Choice, OffspringError};
use flux_genome::{Bounds, Genome};

/// The genomes that children are made of.
pub(super) struct Nursery {
    founders: Vec<Arc<Genome>>,
    living: BTreeMap<VariantId, Arc<Genome>>,
    bounds: Bounds,
}

/// A child that cannot be had, for a reason that no seed explains.
#[derive(Debug, thiserror::Error)]
pub(super) enum NurseryError {
    /// A recipe names a variant whose genome is not there.
    #[error("variant {} is not there", _0.0)]
    Missing(VariantId),
    /// The rewriting has a defect, or a founder cannot be rewritten.
    #[error(transparent)]
    Offspring(#[from] OffspringError),
}

impl Nursery {
    pub(super) fn new(founders: Vec<Arc<Genome>>, bounds: Bounds) -> Self {
        Self { founders, living: BTreeMap::new(), bounds }
    }

    pub(super) fn founders(&self) -> &[Arc<Genome>] {
        &self.founders
    }

    pub(super) fn get(&self, id: VariantId) -> Option<&Arc<Genome>> {
        self.living.get(&id)
    }

    pub(super) fn insert(&mut self, id: VariantId, genome: Arc<Genome>) {
        self.living.insert(id, genome);
    }

    /// Keeps only those that `is_alive` says yes to.
    pub(super) fn retain(&mut self, is_alive: impl Fn(VariantId) -> bool) {
        self.living.retain(|id, _| is_alive(*id));
    }

    pub(super) fn living(&self) -> impl Iterator<Item = (VariantId, &Arc<Genome>)> {
        self.living.iter().map(|(id, genome)| (*id, genome))
    }

    /// Makes the child of `recipe`; none where there is none.
    ///
    /// An operator that finds no place is left out, as long as another one finds one.
    pub(super) fn make(&self, recipe: &Recipe) -> Result<Option<Arc<Genome>>, NurseryError> {
        let living = |id| self.living.get(&id).ok_or(NurseryError::Missing(id));
        let (mut child, mut is_new) = match recipe.base {
            Base::Founder(at) => {
                let founder = self.founders.get(at).ok_or(NurseryError::Missing(VariantId(at as u64)))?;
                (Arc::clone(founder), recipe.operators.is_empty())
            }
            Base::Parent(parent) => (Arc::clone(living(parent)?), false),
            Base::Cross(first, second) => {
                match offspring::breed(living(first)?, living(second)?, recipe.seed, &self.bounds) {
                    Ok(bred) => (Arc::new(bred.genome), true),
                    Err(error) if error.is_bad_luck() => return Ok(None),
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let donor = recipe.donor.map(living).transpose()?;
        for (at, operator) in recipe.operators.iter().enumerate() {
            let seed = recipe.seed.wrapping_add(at as u64);
            let choice = Choice::Operator(*operator);
            match offspring::mutate(&child, choice, donor.map(|donor| &**donor), seed, &self.bounds) {
                Ok(mutated) => (child, is_new) = (Arc::new(mutated.genome), true),
                Err(error) if error.is_bad_luck() => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(is_new.then_some(child))
    }
}

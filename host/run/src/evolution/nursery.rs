//! Makes the children that the engine proposes.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use flux_evolve::variant::{Base, Recipe, VariantId};
use flux_genome::mutate::OperatorKind;
use flux_genome::offspring::{OffspringError, Parent};
use flux_genome::{Bounds, Genome};

use super::lately::Lately;

/// The genomes that children are made of.
pub(super) struct Nursery {
    founders: Vec<Arc<Genome>>,
    living: BTreeMap<VariantId, Arc<Genome>>,
    bounds: Bounds,
    lately: Lately,
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
        Self { founders, living: BTreeMap::new(), bounds, lately: Lately::default() }
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

    /// Prepares everybody that `recipes` take something from.
    pub(super) fn parents<'n, 'r>(
        &'n self,
        recipes: impl Iterator<Item = &'r Recipe>,
    ) -> Result<Parents<'n>, NurseryError> {
        let founders = self.founders.iter().map(|founder| Ok((founder, Parent::new(founder)?)));
        let founders = founders.collect::<Result<_, OffspringError>>()?;
        let mut living = BTreeMap::new();
        for id in recipes.flat_map(Recipe::sources) {
            if let Entry::Vacant(free) = living.entry(id) {
                let genome = self.living.get(&id).ok_or(NurseryError::Missing(id))?;
                free.insert((genome, Parent::new(genome)?));
            }
        }
        Ok(Parents { founders, living, bounds: &self.bounds, lately: &self.lately })
    }
}

/// Genomes that are prepared for having children. May be shared by threads.
pub(super) struct Parents<'n> {
    founders: Vec<(&'n Arc<Genome>, Parent<'n>)>,
    living: BTreeMap<VariantId, (&'n Arc<Genome>, Parent<'n>)>,
    bounds: &'n Bounds,
    lately: &'n Lately,
}

impl Parents<'_> {
    /// Makes the child of `recipe`; none where there is none.
    ///
    /// An operator that finds no place is left out, as long as another one finds one.
    pub(super) fn make(&self, recipe: &Recipe) -> Result<Option<Arc<Genome>>, NurseryError> {
        let living = |id| self.living.get(&id).ok_or(NurseryError::Missing(id));
        let ((whole, base), other) = match recipe.base {
            Base::Founder(at) => {
                (self.founders.get(at).ok_or(NurseryError::Missing(VariantId(at as u64)))?, None)
            }
            Base::Parent(parent) => (living(parent)?, None),
            Base::Cross(first, second) => (living(first)?, Some(&living(second)?.1)),
        };
        if recipe.operators.is_empty() && other.is_none() {
            return Ok(Some(Arc::clone(whole)));
        }
        let donor = match recipe.donor.filter(|_| recipe.operators.contains(&OperatorKind::Graft)) {
            Some(donor) => Some(&living(donor)?.1),
            None => None,
        };
        let is_new = Cell::new(true);
        let recall = |bytes: &[u8]| {
            let known = self.lately.recall(bytes);
            is_new.set(known.is_none());
            known
        };
        let child =
            base.child_or_known(other, &recipe.operators, donor, recipe.seed, self.bounds, &recall)?;
        if let Some(child) = child.as_ref().filter(|_| is_new.get()) {
            self.lately.keep(child);
        }
        Ok(child)
    }
}

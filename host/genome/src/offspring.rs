//! Offspring: children of whole genomes, by mutation and by breeding.
//!
//! [`crate::mutate`] and [`crate::breed`] rewrite core modules. Here they reach into components: the body module is
//! taken out, rewritten, put back, and what comes out is admitted again, under the same bounds as every genome.

use std::sync::{Arc, OnceLock};

use crate::breed::{self, Crossing};
use crate::capability::CapabilitySet;
use crate::genome::{AdmitError, Before, Fitting, Genome, Socket};
use crate::limits::{BoundError, Bounds};
use crate::mutate::{self, Inapplicable, MutateError, OperatorKind};
use crate::rng::Rng;
use crate::view::{ModuleView, ViewError};

/// A child of one genome or of two.
#[derive(Clone, Debug)]
pub struct Offspring {
    /// The child.
    pub genome: Genome,
    /// How it came about.
    pub origin: Origin,
    /// The function that changed, in the function index space of the body module.
    pub function: Option<u32>,
    /// What changed, in one line: a lowercase fragment.
    pub description: String,
}

/// How a child came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One parent, rewritten by an operator.
    Mutated(OperatorKind),
    /// Two parents, crossed.
    Bred(Crossing),
}

impl Origin {
    /// The operator's name, or `breed`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mutated(operator) => operator.name(),
            Self::Bred(_) => "breed",
        }
    }
}

/// Who chooses the operator of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The caller.
    Operator(OperatorKind),
    /// The seed: all operators in an order that it draws, until one applies.
    Any,
}

/// A genome has no child of this kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OffspringError {
    /// A parent's body lies within a nested component, where rewriting does not reach.
    #[error("the body of the genome lies within a nested component")]
    NoBody,
    /// A body cannot be viewed.
    #[error("failed to view the body")]
    View(#[from] ViewError),
    /// The operator found nothing to do; try another or another seed.
    #[error("`{operator}` does not apply: {reason}")]
    Inapplicable {
        /// The operator.
        operator: OperatorKind,
        /// Why it does not apply.
        reason: Inapplicable,
    },
    /// No operator found anything to do.
    #[error("no operator applies")]
    NothingApplies,
    /// The parents have nothing to exchange.
    #[error("the parents do not cross: {0}")]
    NoCrossing(Inapplicable),
    /// The child is past a bound, as parents that are close to it can have; try another seed.
    #[error("the child is past a bound: {0}")]
    Bound(#[source] BoundError),
    /// The child is not a genome: a defect of the rewriting.
    #[error("defect in the rewriting (`{origin}`, seed {seed}): the child is not a genome")]
    NotAGenome {
        /// The operator's name, or `breed`.
        origin: &'static str,
        /// The seed that shows it.
        seed: u64,
        /// What is wrong with the child.
        #[source]
        source: AdmitError,
    },
    /// The child asks for what its parents do not have: a defect of the rewriting.
    #[error(
        "defect in the rewriting (`{origin}`, seed {seed}): the child asks for {wider} on top of its parents"
    )]
    Wider {
        /// The operator's name, or `breed`.
        origin: &'static str,
        /// The seed that shows it.
        seed: u64,
        /// What it asks for in addition.
        wider: CapabilitySet,
    },
}

impl OffspringError {
    /// Whether another seed, or another operator, may do better; what is left are defects and parents that nothing
    /// can be done with.
    #[must_use]
    pub fn is_bad_luck(&self) -> bool {
        match self {
            Self::Inapplicable { .. } | Self::NothingApplies | Self::NoCrossing(_) | Self::Bound(_) => true,
            Self::NoBody | Self::View(_) | Self::NotAGenome { .. } | Self::Wider { .. } => false,
        }
    }
}

/// A genome prepared for having many children.
///
/// What is found out about a genome while one child is made (its module's facts, the typed views of its functions) is
/// kept for the next. Children are the same as those of [`mutate()`] and [`breed()`], which prepare a parent for one.
///
/// A parent can be shared between threads.
#[derive(Debug)]
pub struct Parent<'g> {
    genome: &'g Genome,
    body: ModuleView<'g>,
    socket: OnceLock<Option<Socket<'g>>>,
}

impl<'g> Parent<'g> {
    /// Prepares `genome`.
    ///
    /// Takes time linear in the number of sections and functions; functions are looked into when they are needed.
    ///
    /// # Errors
    /// * [`OffspringError::NoBody`]: its body lies within a nested component.
    /// * [`OffspringError::View`]: its body cannot be viewed.
    pub fn new(genome: &'g Genome) -> Result<Self, OffspringError> {
        let body = genome.body_module().ok_or(OffspringError::NoBody)?;
        Ok(Self { genome, body: ModuleView::parse(body)?.keeping(), socket: OnceLock::new() })
    }

    /// The genome.
    #[must_use]
    pub fn genome(&self) -> &'g Genome {
        self.genome
    }

    /// The facts of its body module.
    #[must_use]
    pub fn body(&self) -> &ModuleView<'g> {
        &self.body
    }

    /// Returns a child; see [`mutate()`].
    ///
    /// # Determinism
    /// A function of `(genome, choice, donor, seed, bounds)`, on every platform, whatever was asked before.
    ///
    /// # Errors
    /// As [`mutate()`].
    pub fn mutate(
        &self,
        choice: Choice,
        donor: Option<&Parent<'_>>,
        seed: u64,
        bounds: &Bounds,
    ) -> Result<Offspring, OffspringError> {
        let attempt = |operator| self.mutate_by(operator, donor, seed, bounds);
        let operators = match choice {
            Choice::Operator(operator) => return attempt(operator),
            Choice::Any => self.shuffled(seed),
        };
        for operator in operators {
            match attempt(operator) {
                Err(error) if error.is_bad_luck() => {}
                result => return result,
            }
        }
        Err(OffspringError::NothingApplies)
    }

    /// Returns a child that has code of `other` in its body; see [`breed()`].
    ///
    /// # Determinism
    /// A function of `(genome, other, seed, bounds)`, on every platform, whatever was asked before.
    ///
    /// # Errors
    /// As [`breed()`].
    pub fn breed(&self, other: &Parent<'_>, seed: u64, bounds: &Bounds) -> Result<Offspring, OffspringError> {
        let child = breed::breed_views(&self.body, &other.body, seed).map_err(OffspringError::NoCrossing)?;
        Ok(Offspring {
            genome: self.born(&child.module, "breed", seed, bounds)?,
            origin: Origin::Bred(child.crossing),
            function: Some(child.function),
            description: child.description,
        })
    }

    /// Returns the child that a whole recipe makes: `self`, crossed with `other` if there is one, then rewritten by each of
    /// `operators`. Operators that find no place, and those whose child is past a bound, are left out; none where nothing
    /// is left, or where the parents do not cross.
    ///
    /// The same as [`Parent::breed`] with `seed`, and [`Parent::mutate`] of what came before with `seed` + i for
    /// `operators[i]`, but only the last child is put together.
    ///
    /// # Determinism
    /// A function of `(genome, other, operators, donor, seed, bounds)`, on every platform, whatever was asked before.
    ///
    /// # Errors
    /// As [`breed()`] and [`mutate()`], but for what [`OffspringError::is_bad_luck`] says of.
    pub fn child(
        &self,
        other: Option<&Parent<'_>>,
        operators: &[OperatorKind],
        donor: Option<&Parent<'_>>,
        seed: u64,
        bounds: &Bounds,
    ) -> Result<Option<Genome>, OffspringError> {
        let child = self.child_or_known(other, operators, donor, seed, bounds, &|_| None)?;
        Ok(child.map(|child| Arc::try_unwrap(child).unwrap_or_else(|child| (*child).clone())))
    }

    /// Returns the child of [`Parent::child`], where `recall` may have it at hand.
    ///
    /// `recall` gives back a genome that has the bytes it is asked for, and that was admitted under the same bounds;
    /// or nothing, which costs time alone. Such a child is not checked and not hashed again.
    ///
    /// # Errors
    /// As [`Parent::child`].
    pub fn child_or_known(
        &self,
        other: Option<&Parent<'_>>,
        operators: &[OperatorKind],
        donor: Option<&Parent<'_>>,
        seed: u64,
        bounds: &Bounds,
        recall: &dyn Fn(&[u8]) -> Option<Arc<Genome>>,
    ) -> Result<Option<Arc<Genome>>, OffspringError> {
        let donor = donor.map(|donor| &donor.body);
        let recipe = Recipe { socket: self.socket()?, donor, bounds, recall };
        let before = recipe.socket.before(&self.body);
        let grown = match other {
            None => recipe.grow(&before, operators, seed)?,
            Some(other) => match breed::breed_views(&self.body, &other.body, seed) {
                Ok(bred) => recipe.take(&before, bred.module, "breed", seed, operators, seed)?,
                Err(_) => None,
            },
        };
        Ok(grown.map(|grown| recipe.born(grown)))
    }

    /// The operators that may find something here, in an order that `seed` draws.
    fn shuffled(&self, seed: u64) -> Vec<OperatorKind> {
        let mut operators = OperatorKind::GENERAL.to_vec();
        if self.body.gene_map().is_some_and(|genes| genes.is_of_ecosystem()) {
            operators.extend(OperatorKind::OF_ECOSYSTEMS);
        }
        shuffle(&mut operators, seed);
        operators
    }

    fn socket(&self) -> Result<&Socket<'g>, OffspringError> {
        self.socket.get_or_init(|| Socket::new(self.genome)).as_ref().ok_or(OffspringError::NoBody)
    }

    fn mutate_by(
        &self,
        operator: OperatorKind,
        donor: Option<&Parent<'_>>,
        seed: u64,
        bounds: &Bounds,
    ) -> Result<Offspring, OffspringError> {
        let donor = donor.map(|donor| &donor.body);
        let mutation =
            mutate::mutate_view(&self.body, operator, donor, seed).map_err(|error| match error {
                MutateError::View(error) => OffspringError::View(error),
                MutateError::Inapplicable { operator, reason } => {
                    OffspringError::Inapplicable { operator, reason }
                }
            })?;
        Ok(Offspring {
            genome: self.born(&mutation.module, operator.name(), seed, bounds)?,
            origin: Origin::Mutated(operator),
            function: mutation.function,
            description: mutation.description,
        })
    }

    /// Admits the child that has `module` as its body, and holds it against the parent it has everything else of.
    fn born(
        &self,
        module: &[u8],
        origin: &'static str,
        seed: u64,
        bounds: &Bounds,
    ) -> Result<Genome, OffspringError> {
        let child = self.socket()?.admit(&self.body, module, bounds);
        born(self.genome, child, origin, seed)
    }
}

/// Holds a child against the parent that it has everything but its body of.
fn born(
    parent: &Genome,
    child: Result<Genome, AdmitError>,
    origin: &'static str,
    seed: u64,
) -> Result<Genome, OffspringError> {
    let child = child.map_err(|error| match error {
        AdmitError::Bound(error) => OffspringError::Bound(error),
        source => OffspringError::NotAGenome { origin, seed, source },
    })?;
    // Code of the other parent may use what it imports only where the first parent imports it too.
    let wider = child.capabilities().difference(parent.capabilities());
    if wider.is_empty() { Ok(child) } else { Err(OffspringError::Wider { origin, seed, wider }) }
}

/// What stays the same while a child is made.
struct Recipe<'r, 'g, 'd> {
    socket: &'r Socket<'g>,
    donor: Option<&'r ModuleView<'d>>,
    bounds: &'r Bounds,
    /// Gives a genome back by its bytes, where it is at hand.
    recall: &'r dyn Fn(&[u8]) -> Option<Arc<Genome>>,
}

/// A child on its way.
enum Grown {
    /// Its body, of which it is known that it makes a genome.
    Body(Vec<u8>, Fitting),
    /// A genome.
    Whole(Arc<Genome>),
}

impl Recipe<'_, '_, '_> {
    fn born(&self, grown: Grown) -> Arc<Genome> {
        match grown {
            Grown::Body(module, fitting) => {
                Arc::new(self.socket.fill(self.socket.component(&module), fitting, self.bounds))
            }
            Grown::Whole(genome) => genome,
        }
    }

    /// Applies `operators` to a body, the first one with `seed`; none where none of them finds a place.
    fn grow(
        &self,
        before: &Before<'_, '_>,
        operators: &[OperatorKind],
        seed: u64,
    ) -> Result<Option<Grown>, OffspringError> {
        let mut seed = seed;
        let mut left = operators;
        while let [operator, rest @ ..] = left {
            let next = seed.wrapping_add(1);
            match mutate::mutate_view(before.view, *operator, self.donor, seed) {
                Ok(mutation) => {
                    let grown = self.take(before, mutation.module, operator.name(), seed, rest, next)?;
                    if grown.is_some() {
                        return Ok(grown);
                    }
                }
                Err(MutateError::Inapplicable { .. }) => {}
                Err(MutateError::View(error)) => return Err(error.into()),
            }
            (left, seed) = (rest, next);
        }
        Ok(None)
    }

    /// Takes `module`, which was made of `before`, and applies `rest` to it; none where it is past a bound.
    fn take(
        &self,
        before: &Before<'_, '_>,
        module: Vec<u8>,
        origin: &'static str,
        seed: u64,
        rest: &[OperatorKind],
        next: u64,
    ) -> Result<Option<Grown>, OffspringError> {
        let is_last = rest.is_empty();
        // Where sizes are not plain, a body makes another component by way of others than straight away.
        let component = (is_last && self.socket.is_plain()).then(|| self.socket.component(&module));
        if let Some(known) = component.as_ref().and_then(|(bytes, _)| (self.recall)(bytes)) {
            return Ok(Some(Grown::Whole(known)));
        }
        let view = if is_last { None } else { ModuleView::child(&module, before.view).ok() };
        let fitting = match self.socket.is_plain() && (is_last || view.is_some()) {
            true => self.socket.fitting(before, &module, view.as_ref(), self.bounds),
            false => None,
        };
        let Some(fitting) = fitting else {
            let child = self.socket.admit_as_a_stranger(&module, self.bounds);
            return match born(self.socket.genome(), child, origin, seed) {
                Err(error) if error.is_bad_luck() => Ok(None),
                Err(error) => Err(error),
                Ok(child) => {
                    let parent = Parent::new(&child)?;
                    let recipe = Recipe { socket: parent.socket()?, ..*self };
                    let later = recipe.grow(&recipe.socket.before(&parent.body), rest, next)?;
                    let later = later.map(|grown| recipe.born(grown));
                    Ok(Some(Grown::Whole(later.unwrap_or_else(|| Arc::new(child.clone())))))
                }
            };
        };
        if let Some(component) = component {
            return Ok(Some(Grown::Whole(Arc::new(self.socket.fill(component, fitting, self.bounds)))));
        }
        let Some(view) = view else { return Ok(Some(Grown::Body(module, fitting))) };
        let changed = fitting.resources.as_ref();
        let now = Before {
            view: &view,
            extent: &fitting.extent,
            resources: changed.or(before.resources),
            is_changed: changed.is_some(),
        };
        let later = self.grow(&now, rest, next)?;
        drop(view);
        Ok(Some(later.unwrap_or(Grown::Body(module, fitting))))
    }
}

/// Returns a child of `genome`.
///
/// `donor` is a genome that [`OperatorKind::Graft`] takes code from; the others ignore it. With [`Choice::Any`] an
/// operator that does not apply, or whose child is past a bound, makes room for the next. Whoever wants several
/// children of one genome prepares it once: see [`Parent`].
///
/// # Determinism
/// A function of `(genome, choice, donor, seed, bounds)`, on every platform. The child by [`Choice::Any`] is the child
/// by [`Choice::Operator`] of the operator that it names, with the same seed.
///
/// # Errors
/// * [`OffspringError::NoBody`], [`OffspringError::View`]: the genome, or the donor, cannot be rewritten.
/// * [`OffspringError::Inapplicable`]: the operator found no site.
/// * [`OffspringError::NothingApplies`]: no operator did.
/// * [`OffspringError::Bound`]: the child is too large in some way.
/// * [`OffspringError::NotAGenome`], [`OffspringError::Wider`]: a defect here.
pub fn mutate(
    genome: &Genome,
    choice: Choice,
    donor: Option<&Genome>,
    seed: u64,
    bounds: &Bounds,
) -> Result<Offspring, OffspringError> {
    let donor = donor.map(Parent::new).transpose()?;
    Parent::new(genome)?.mutate(choice, donor.as_ref(), seed, bounds)
}

/// Returns a child of `a` and `b`: `a` with code of `b` in its body.
///
/// # Determinism
/// A function of `(a, b, seed, bounds)`, on every platform.
///
/// # Errors
/// * [`OffspringError::NoBody`], [`OffspringError::View`]: a parent cannot be rewritten.
/// * [`OffspringError::NoCrossing`]: the parents have nothing different of equal types.
/// * [`OffspringError::Bound`]: the child is too large in some way.
/// * [`OffspringError::NotAGenome`], [`OffspringError::Wider`]: a defect here.
pub fn breed(a: &Genome, b: &Genome, seed: u64, bounds: &Bounds) -> Result<Offspring, OffspringError> {
    Parent::new(a)?.breed(&Parent::new(b)?, seed, bounds)
}

/// Puts operators into an order that `seed` draws.
///
/// # Source
/// R. Durstenfeld, "Algorithm 235: random permutation", CACM 7 (1964).
fn shuffle(operators: &mut [OperatorKind], seed: u64) {
    let mut rng = Rng::new(seed, "operator");
    for last in (1..operators.len()).rev() {
        operators.swap(last, rng.index(last + 1));
    }
}

#[cfg(test)]
mod tests;

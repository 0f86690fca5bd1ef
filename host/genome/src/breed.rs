//! Breeding: typed crossover of two core modules.
//!
//! The child is the first parent with code of the second in it. Two ways of crossing are used:
//!
//! * **functions**: a function of the first parent gets the body of a function of the second with an equal type;
//! * **slices**: in a pair of functions with equal types, runs of whole instructions are exchanged for runs of the
//!   other, cut where both stacks have the same types, at one to [`MAX_CUTS`] places (n-point crossover).
//!
//! Cuts are homologous where they can be: the two bodies are aligned by their longest common instructions, and a
//! slice of the first parent is exchanged for the slice between the same aligned places of the second. Where the
//! bodies have too little in common, slices of equal effect are drawn from both.
//!
//! Locals of the second parent keep their index where the type is the same and are appended otherwise; types,
//! imports, globals and called functions are found again or brought along (see `mutate::transplant`). The child
//! imports what the first parent imports, never more. A cut that cannot be typed is not chosen.

mod align;

use std::ops::Range;

use crate::mutate::{
    Body, Inapplicable, LocalMap, Locals, Moves, Patch, Splice, Transplant, assemble, changeable, rewrite,
    try_functions,
};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView, ViewError};
use crate::window::{self, Window};

/// The most slices exchanged in one crossing.
pub const MAX_CUTS: u64 = 4;

/// How many pairs of functions are tried before a kind of crossing is given up.
const TRIES: usize = 6;

/// How many candidate slices are looked at for each cut.
const CUT_TRIES: usize = 12;

/// How two parents were crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// A whole body was taken over.
    Function,
    /// Slices between aligned places were.
    Homologous {
        /// How many.
        cuts: u32,
    },
    /// Slices of equal effect were.
    Slices {
        /// How many.
        cuts: u32,
    },
}

/// The child of two modules.
#[derive(Debug, Clone)]
pub struct Child {
    /// The child.
    pub module: Vec<u8>,
    /// How the parents were crossed.
    pub crossing: Crossing,
    /// The function that changed, in the function index space of the child and of the first parent.
    pub function: u32,
    /// What happened, in one line: a lowercase fragment.
    pub description: String,
}

/// Why two modules were not bred.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BreedError {
    /// A parent cannot be viewed.
    #[error("failed to view a parent")]
    View(#[from] ViewError),
    /// The parents have nothing to exchange, or the child would equal the first parent.
    #[error("the parents do not cross: {0}")]
    Inapplicable(#[from] Inapplicable),
}

/// Returns a child of the core modules `a` and `b`: `a` with code of `b`.
///
/// The gene map of `a`, if it has one, is carried over: genes whose place is gone are dropped.
///
/// # Determinism
/// A function of `(a, b, seed)`, on every platform.
///
/// # Errors
/// * [`BreedError::View`]: a parent is no core module that parses.
/// * [`BreedError::Inapplicable`]: no pair of functions of equal type has anything different to exchange.
pub fn breed(a: &[u8], b: &[u8], seed: u64) -> Result<Child, BreedError> {
    Ok(breed_views(&ModuleView::parse(a)?, &ModuleView::parse(b)?, seed)?)
}

/// Returns a child of two modules that were viewed before; see [`breed`].
///
/// # Errors
/// [`Inapplicable`]: no pair of functions of equal type has anything different to exchange.
pub fn breed_views(a: &ModuleView<'_>, b: &ModuleView<'_>, seed: u64) -> Result<Child, Inapplicable> {
    let mut rng = Rng::new(seed, "breed");
    // Slices mix most and functions least, so functions are the rarer choice and the last resort.
    let functions_first = rng.one_in(4);
    let crossed = match functions_first {
        true => cross_functions(a, b, &mut rng).or_else(|| cross_slices(a, b, &mut rng)),
        false => cross_slices(a, b, &mut rng).or_else(|| cross_functions(a, b, &mut rng)),
    };
    let Some((mut patch, crossing, function, description)) = crossed else {
        return Err(Inapplicable("no two functions of one type differ in a way that fits"));
    };
    if let Some(genes) = a.gene_map() {
        patch.genes = Some(genes.carried(&patch.bodies).encode());
    }
    let module = assemble(a, &patch);
    if module == a.bytes {
        return Err(Inapplicable("every exchange found leaves the first parent as it is"));
    }
    Ok(Child { module, crossing, function, description })
}

type Crossed = Option<(Patch, Crossing, u32, String)>;

/// Returns the functions of `b` with code that can take part with `function` of `a`, the likeliest relative first:
/// equal type, then the same index. Glue of the canonical ABI is left out.
fn partners(a: &ModuleView<'_>, function: u32, b: &ModuleView<'_>, rng: &mut Rng) -> Vec<u32> {
    let Some(ty) = a.type_of(function) else { return Vec::new() };
    let targets = b.targets();
    let others = targets.bodies.iter().map(|&(other, _)| other);
    let mut partners: Vec<u32> = others.filter(|&other| b.type_of(other) == Some(ty)).collect();
    // Relatives sit at the same distance from the first function with code.
    let relative = (function - a.imported_functions).checked_add(b.imported_functions);
    let start = rng.index(partners.len());
    partners.rotate_left(start);
    if let Some(at) = partners.iter().position(|&other| Some(other) == relative)
        && !rng.one_in(4)
    {
        partners.swap(0, at);
    }
    partners
}

fn cross_functions(a: &ModuleView<'_>, b: &ModuleView<'_>, rng: &mut Rng) -> Crossed {
    try_functions(a, &changeable(a.gene_map().as_deref()), rng, |to, rng| {
        for other in partners(a, to.function, b, rng).into_iter().take(TRIES) {
            let Some(from) = b.look(other) else { continue };
            if a.bytes[to.range.clone()] == b.bytes[from.range.clone()] {
                continue;
            }
            let mut transplant = Transplant::new(b, a);
            let Ok(body) = transplant.body(other) else { continue };
            let mut patch = transplant.patch;
            patch.bodies.push(Body {
                function: to.function,
                bytes: body,
                moves: Moves::replaced(0..to.len()),
            });
            let description =
                format!("function {} gets the body of function {other} of the other parent", to.function);
            return Some((patch, Crossing::Function, to.function, description));
        }
        None
    })
}

fn cross_slices(a: &ModuleView<'_>, b: &ModuleView<'_>, rng: &mut Rng) -> Crossed {
    try_functions(a, &changeable(a.gene_map().as_deref()), rng, |to, rng| {
        for other in partners(a, to.function, b, rng).into_iter().take(TRIES) {
            let Some(from) = b.look(other) else { continue };
            let mut pairs = if rng.one_in(4) { Vec::new() } else { align::differences(to, &from) };
            let homologous = !pairs.is_empty();
            if !homologous {
                pairs = equal_effects(a, to, b, &from, rng);
            }
            if let Some((patch, cuts)) = exchange(a, to, b, &from, pairs, rng) {
                let crossing =
                    if homologous { Crossing::Homologous { cuts } } else { Crossing::Slices { cuts } };
                let how = if homologous { "aligned " } else { "" };
                let slices = if cuts == 1 { "slice" } else { "slices" };
                let description = format!(
                    "function {} gets {cuts} {how}{slices} of function {other} of the other parent",
                    to.function
                );
                return Some((patch, crossing, to.function, description));
            }
        }
        None
    })
}

/// A slice of the first parent and what may come in its place.
type Pair = (Range<usize>, Range<usize>);

/// Returns pairs of windows with equal effects and different code.
fn equal_effects(
    a: &ModuleView<'_>,
    to: &FunctionView<'_>,
    b: &ModuleView<'_>,
    from: &FunctionView<'_>,
    rng: &mut Rng,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for _ in 0..CUT_TRIES {
        let Some(window) = window::sample_by_len(to, rng, |_| true) else { break };
        let old = &a.bytes[to.bytes_of(window.range.clone())];
        let fits = |w: &Window| !w.branches_out && &b.bytes[from.bytes_of(w.range.clone())] != old;
        if let Some(source) = window::sample_effect(from, rng, &window.takes, &window.gives, usize::MAX, fits)
        {
            pairs.push((window.range, source.range));
        }
    }
    pairs
}

/// Exchanges up to [`MAX_CUTS`] of the pairs, those that do not overlap and whose code can be carried over.
fn exchange(
    a: &ModuleView<'_>,
    to: &FunctionView<'_>,
    b: &ModuleView<'_>,
    from: &FunctionView<'_>,
    mut pairs: Vec<Pair>,
    rng: &mut Rng,
) -> Option<(Patch, u32)> {
    let wanted = 1 + rng.below(MAX_CUTS);
    let mut transplant = Transplant::new(b, a);
    let mut locals = LocalMap::default();
    let mut splices: Vec<Splice> = Vec::new();
    let mut tries = 0;
    while !pairs.is_empty() && (splices.len() as u64) < wanted && tries < CUT_TRIES {
        tries += 1;
        let (old, new) = pairs.swap_remove(rng.index(pairs.len()));
        let apart = |s: &Splice| {
            s.range.end <= old.start && s.range.start < old.start
                || s.range.start >= old.end && s.range.start > old.start
        };
        if !splices.iter().all(apart) {
            continue;
        }
        // What a refused slice left behind must not stay: each one is tried on a copy.
        let (mut attempt, mut attempt_locals) = (transplant.clone(), locals.clone());
        let Ok(code) = attempt.code(from, new, to, &mut attempt_locals, Locals::Aligned, rng) else {
            continue;
        };
        if code.bytes() == &a.bytes[to.bytes_of(old.clone())] {
            continue;
        }
        (transplant, locals) = (attempt, attempt_locals);
        splices.push(Splice { range: old, code });
    }
    if splices.is_empty() {
        return None;
    }
    let cuts = splices.len() as u32;
    let mut patch = transplant.patch;
    patch.bodies.push(rewrite(to, splices, &locals.added));
    Some((patch, cuts))
}

//! Genes as the gene-level operators see them: from the map of the module, or found on the spot.

use std::ops::Range;

use super::constants::Number;
use super::{Edit, Inapplicable, MutateContext};
use crate::gene::{Bounds, GeneKind, GeneMap, Place, constants_of};
use crate::rng::Rng;
use crate::view::FunctionView;
use crate::window::{self, Window};

/// A gene in a function that is in view.
#[derive(Debug, Clone)]
pub(super) enum Site {
    /// A constant.
    Constant {
        /// Its position.
        at: usize,
        /// Its value.
        value: Number,
        /// What it is used for.
        kind: GeneKind,
    },
    /// A window.
    Window(Window),
    /// The function itself.
    Function,
}

/// How many genes of the map are tried before genes are looked for elsewhere.
const MAPPED_TRIES: usize = 4;

/// Shows genes to `change` until it makes an edit of one: genes of the map first, then genes found by analysis,
/// where constants, windows of at least two instructions and functions are equally likely.
pub(super) fn change_site<'a>(
    ctx: &MutateContext<'_, 'a, '_>,
    rng: &mut Rng,
    reason: &'static str,
    mut change: impl FnMut(&FunctionView<'a>, &Site, &mut Rng) -> Option<Edit>,
) -> Result<Edit, Inapplicable> {
    if let Some(map) = ctx.genes.filter(|map| !map.genes.is_empty()) {
        for _ in 0..MAPPED_TRIES {
            let Some(gene) = rng.pick(&map.genes) else { break };
            let (function, range) = match &gene.place {
                Place::Code { function, range } => {
                    (*function, Some(range.start as usize..range.end as usize))
                }
                Place::Function { function } => (*function, None),
                Place::Data { .. } => continue,
            };
            let Some(view) = ctx.module.look(function) else { continue };
            let site = match range {
                None if gene.bounds == Bounds::FIXED => continue,
                None => within(&view, rng),
                Some(range) if range.len() == 1 && gene.kind != GeneKind::Window => view
                    .op(range.start)
                    .and_then(Number::of)
                    .map(|value| Site::Constant { at: range.start, value, kind: gene.kind }),
                Some(range) => Window::of(&view, range).map(Site::Window),
            };
            if let Some(edit) = site.and_then(|site| change(&view, &site, rng)) {
                return Ok(edit);
            }
        }
    }
    ctx.try_functions(rng, |view, rng| {
        for _ in 0..4 {
            if let Some(edit) = within(view, rng).and_then(|site| change(view, &site, rng)) {
                return Some(edit);
            }
        }
        None
    })
    .ok_or(Inapplicable(reason))
}

/// The windows that a gene map names, each with its function.
pub(super) fn named_windows(genes: Option<&GeneMap>) -> impl Iterator<Item = (u32, Range<usize>)> {
    let windows = genes.into_iter().flat_map(|map| &map.genes).filter(|gene| gene.kind == GeneKind::Window);
    windows.filter_map(|gene| match &gene.place {
        Place::Code { function, range } => Some((*function, range.start as usize..range.end as usize)),
        Place::Data { .. } | Place::Function { .. } => None,
    })
}

/// A constant, a window or the function itself, one as likely as another.
fn within(view: &FunctionView<'_>, rng: &mut Rng) -> Option<Site> {
    match rng.below(3) {
        0 => constant(view, rng),
        1 => window::sample_by_len(view, rng, |len| len >= 2).map(Site::Window),
        _ => Some(Site::Function),
    }
}

fn constant(view: &FunctionView<'_>, rng: &mut Rng) -> Option<Site> {
    let constants: Vec<(usize, GeneKind)> = constants_of(view).collect();
    let &(at, kind) = rng.pick(&constants)?;
    Some(Site::Constant { at, value: Number::of(view.op(at)?)?, kind })
}

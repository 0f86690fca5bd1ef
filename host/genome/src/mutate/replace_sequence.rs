//! `replace-sequence`: another window with the same effect, from anywhere in the module.

use super::transplant::Cutting;
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::view::FunctionView;
use crate::window::{self, Window};

/// The most instructions of a window that is replaced, and of what takes its place.
const MOST: usize = 16;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let alone = ctx.module.defined().len() == 1;
    ctx.try_functions(rng, |view, rng| {
        // Mostly from the same function, where locals mean what they meant.
        for _ in 0..8 {
            let target = window::sample_by_len(view, rng, |len| len <= MOST)?;
            let found = if !alone && rng.one_in(4) {
                from_elsewhere(ctx, view, &target, rng)
            } else {
                from_here(view, &target, rng)
            };
            if found.is_some() {
                return found;
            }
        }
        None
    })
    .ok_or(Inapplicable("no two windows have the same effect"))
}

/// Returns whether a copy of `source` can stand in place of `target`: its branches, if any, mean the same there.
pub(super) fn fits(source: &Window, target: &Window) -> bool {
    !source.branches_out || source.parent == target.parent
}

fn from_here(view: &FunctionView<'_>, target: &Window, rng: &mut Rng) -> Option<Edit> {
    let old = &view.bytes[view.bytes_of(target.range.clone())];
    let source = window::sample_effect(view, rng, &target.takes, &target.gives, MOST, |w| {
        fits(w, target) && &view.bytes[view.bytes_of(w.range.clone())] != old
    })?;
    let mut code = Code::new();
    code.copy(view, source.range.clone());
    let description = format!(
        "instructions {}..{} become a copy of {}..{}",
        target.range.start, target.range.end, source.range.start, source.range.end
    );
    Some(Edit::of(view, vec![Splice { range: target.range.clone(), code }], description))
}

fn from_elsewhere(
    ctx: &MutateContext<'_, '_, '_>,
    view: &FunctionView<'_>,
    target: &Window,
    rng: &mut Rng,
) -> Option<Edit> {
    ctx.try_sources(rng, |donor, rng| {
        if donor.function == view.function {
            return None;
        }
        let source = window::sample_effect(donor, rng, &target.takes, &target.gives, MOST, |w| !w.escapes())?;
        let description = format!(
            "instructions {}..{} become a copy of {}..{} of function {}",
            target.range.start, target.range.end, source.range.start, source.range.end, donor.function
        );
        let cutting = Cutting { donor: ctx.module, from: donor, range: source.range };
        cutting.planted(ctx.module, view, target.range.clone(), rng, description)
    })
}

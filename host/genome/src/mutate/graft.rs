//! `graft`: a window of another genome.

use super::transplant::Cutting;
use super::{Edit, Inapplicable, MutateContext, changeable, try_functions};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView};
use crate::window::{self, Window};

/// How many pairs of places are tried in a pair of functions.
const TRIES: usize = 6;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let Some(donor) = ctx.donor else {
        return Err(Inapplicable("there is no donor"));
    };
    // What evolves in the donor is worth more than what it has in common with everybody.
    let named = changeable(donor.gene_map().as_deref());
    ctx.try_functions(rng, |view, rng| {
        try_functions(donor, &named, rng, |from, rng| {
            for _ in 0..TRIES {
                let source = window::sample(from, rng, |w| w.len() >= 2 && !w.escapes())?;
                if let Some(edit) = graft(ctx.module, donor, view, from, &source, rng) {
                    return Some(edit);
                }
            }
            None
        })
    })
    .ok_or(Inapplicable("nothing of the donor fits"))
}

fn graft(
    module: &ModuleView<'_>,
    donor: &ModuleView<'_>,
    view: &FunctionView<'_>,
    from: &FunctionView<'_>,
    source: &Window,
    rng: &mut Rng,
) -> Option<Edit> {
    // Something that leaves the stack as it was may come between, everything else takes the place of its like.
    let range = if source.takes.is_empty() && source.gives.is_empty() && rng.one_in(2) {
        let places: Vec<usize> = (0..view.len()).filter(|&at| view.instrs[at].reachable).collect();
        let &at = rng.pick(&places)?;
        at..at
    } else {
        window::sample_effect(view, rng, &source.takes, &source.gives, 64, |_| true)?.range
    };
    let what = match range.len() {
        0 => format!("before instruction {}", range.start),
        _ => format!("instead of instructions {}..{}", range.start, range.end),
    };
    let description = format!(
        "{what}: instructions {}..{} of the donor's function {}",
        source.range.start, source.range.end, from.function
    );
    let cutting = Cutting { donor, from, range: source.range.clone() };
    cutting.planted(module, view, range, rng, description)
}

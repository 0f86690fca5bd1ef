//! `copy-window`: the same code once more, at another place where its types fit.
//!
//! So a value is wrapped in what is done to values elsewhere, and a statement comes twice. Other than `replace-sequence`
//! it takes nothing away.

use super::move_window::place;
use super::transplant::Cutting;
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::view::FunctionView;
use crate::window::{self, Window};

/// The most instructions of a window that is copied.
const MOST: usize = 16;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let alone = ctx.module.defined().len() == 1;
    ctx.try_functions(rng, |view, rng| {
        for _ in 0..4 {
            let found =
                if !alone && rng.one_in(3) { from_elsewhere(ctx, view, rng) } else { from_here(view, rng) };
            if found.is_some() {
                return found;
            }
        }
        None
    })
    .ok_or(Inapplicable("no window fits in another place"))
}

/// A window that leaves the stack as it found it.
fn source(view: &FunctionView<'_>, rng: &mut Rng) -> Option<Window> {
    window::sample(view, rng, |w| w.len() <= MOST && w.takes == w.gives && !w.escapes())
}

fn from_here(view: &FunctionView<'_>, rng: &mut Rng) -> Option<Edit> {
    let window = source(view, rng)?;
    let at = place(view, &window.takes, rng, |_| true)?;
    let mut code = Code::new();
    code.copy(view, window.range.clone());
    let description =
        format!("before instruction {at}: a copy of {}..{}", window.range.start, window.range.end);
    Some(Edit::of(view, vec![Splice { range: at..at, code }], description))
}

fn from_elsewhere(ctx: &MutateContext<'_, '_, '_>, view: &FunctionView<'_>, rng: &mut Rng) -> Option<Edit> {
    ctx.try_sources(rng, |donor, rng| {
        if donor.function == view.function {
            return None;
        }
        let window = source(donor, rng)?;
        let at = place(view, &window.takes, rng, |_| true)?;
        let description = format!(
            "before instruction {at}: a copy of {}..{} of function {}",
            window.range.start, window.range.end, donor.function
        );
        let cutting = Cutting { donor: ctx.module, from: donor, range: window.range };
        cutting.planted(ctx.module, view, at..at, rng, description)
    })
}

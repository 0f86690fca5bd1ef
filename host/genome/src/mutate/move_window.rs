//! `move-window`: the same code at another place where its types fit.

use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::{Reservoir, Rng};
use crate::view::FunctionView;
use crate::window::{self, Window};

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        // A window can leave its place behind only if it leaves the stack as it found it.
        for _ in 0..4 {
            let window = window::sample(view, rng, |w| w.takes == w.gives)?;
            if let Some(to) = place(view, &window, rng) {
                let mut code = Code::new();
                code.carry(view, window.range.clone());
                let description =
                    format!("instructions {}..{} move before {to}", window.range.start, window.range.end);
                let splices = vec![Splice::remove(window.range), Splice { range: to..to, code }];
                return Some(Edit::of(view, splices, description));
            }
        }
        None
    })
    .ok_or(Inapplicable("no window fits in another place"))
}

/// Returns an instruction before which `window` fits and that it is not before already.
fn place(view: &FunctionView<'_>, window: &Window, rng: &mut Rng) -> Option<usize> {
    let mut chosen = Reservoir::new();
    for (at, instr) in view.instrs.iter().enumerate() {
        let outside = at < window.range.start || at > window.range.end;
        // An `else` or `end` lies in the block it closes, so a window before it does too.
        let same_labels = !window.branches_out || instr.parent == window.parent;
        if outside && instr.reachable && same_labels && fits(view, at, window) {
            chosen.offer(rng, at);
        }
    }
    chosen.take()
}

/// Returns whether the values that `window` takes lie on top before `at`, above the bottom of the block `at` lies in.
fn fits(view: &FunctionView<'_>, at: usize, window: &Window) -> bool {
    if window.takes.is_empty() {
        return true;
    }
    let base = view.base(view.instrs[at].parent);
    view.instrs[at].height >= base + window.takes.len() as u32
        && view.operands(at, window.takes.len()) == window.takes
}

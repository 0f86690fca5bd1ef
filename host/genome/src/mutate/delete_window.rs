//! `delete-window`: less code, with neutral values where something was left.

use wasmparser::Operator;

use super::defaults::neutral;
use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::window;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        // What stays must be shorter, or nothing would have been deleted; drops alone cost nothing.
        let window = window::sample(view, rng, |w| {
            let is_drop =
                w.len() == 1 && matches!(view.op(w.range.start), Some(Operator::Drop | Operator::Nop));
            neutral(&w.takes, &w.gives).len() < w.len() || (w.gives.is_empty() && !is_drop)
        })?;
        let code = neutral(&window.takes, &window.gives);
        let rest = match code.len() {
            0 => String::new(),
            1 => ", 1 neutral instruction stays".to_owned(),
            n => format!(", {n} neutral instructions stay"),
        };
        let description =
            format!("instructions {}..{} are deleted{rest}", window.range.start, window.range.end);
        Some(Edit::of(view, vec![Splice { range: window.range, code }], description))
    })
    .ok_or(Inapplicable("no window can be deleted"))
}

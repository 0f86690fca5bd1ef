//! `delete-window`: less code, with neutral values where something was left.

use super::defaults::neutral;
use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::window;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        // What stays must be shorter, or nothing would have been deleted.
        let window = window::sample(view, rng, |w| neutral(&w.takes, &w.gives).len() < w.len())?;
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

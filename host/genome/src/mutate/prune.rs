//! `prune`: a gene's content goes, neutral values of its type stay.

use wasm_encoder::Instruction;

use super::defaults::{neutral, push_default};
use super::sites::{Site, change_site};
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::gene::GeneKind;
use crate::rng::Rng;
use crate::view::FunctionView;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    change_site(ctx, rng, "no gene has anything to take away", |view, site, _| match site {
        Site::Constant { at, value, kind } => {
            // What scales is neutral at one, everything else at zero.
            let neutral = i64::from(matches!(kind, GeneKind::Decay));
            let new = value.map(|_| neutral, |_| neutral as f64);
            if new == *value {
                return None;
            }
            let description = format!("{kind} {value} at instruction {at} becomes {new}");
            Some(Edit::of(view, vec![Splice::change(*at, &new.instruction())], description))
        }
        Site::Window(window) => {
            let code = neutral(&window.takes, &window.gives);
            if code.len() >= window.len() {
                return None;
            }
            let description = format!("window {}..{} is taken away", window.range.start, window.range.end);
            Some(Edit::of(view, vec![Splice { range: window.range.clone(), code }], description))
        }
        Site::Function => function(view),
    })
}

fn function(view: &FunctionView<'_>) -> Option<Edit> {
    let mut code = Code::new();
    for &ty in &view.results {
        push_default(&mut code, ty);
    }
    if code.len() + 1 >= view.len() {
        return None;
    }
    code.push(&Instruction::End);
    let description = format!("function {} does nothing", view.function);
    Some(Edit::of(view, vec![Splice { range: 0..view.len(), code }], description))
}

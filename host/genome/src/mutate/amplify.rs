//! `amplify`: a gene counts twice.

use wasmparser::Operator;

use super::sites::{Site, change_site};
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::{Reservoir, Rng};
use crate::view::FunctionView;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    change_site(ctx, rng, "no gene can be doubled", |view, site, rng| match site {
        Site::Constant { at, value, kind } => {
            let new = value.map(
                |v| if v == 0 { 1 } else { v.wrapping_mul(2) },
                |v| if v == 0.0 { 1.0 } else { v * 2.0 },
            );
            if new == *value {
                return None;
            }
            let description = format!("{kind} {value} at instruction {at} becomes {new}");
            Some(Edit::of(view, vec![Splice::change(*at, &new.instruction())], description))
        }
        Site::Window(window) if window.takes == window.gives => {
            let mut code = Code::new();
            code.carry(view, window.range.clone()).copy(view, window.range.clone());
            let description = format!("window {}..{} runs twice", window.range.start, window.range.end);
            Some(Edit::of(view, vec![Splice { range: window.range.clone(), code }], description))
        }
        Site::Window(_) => None,
        Site::Function => call_twice(ctx, view, rng),
    })
}

/// Has one caller call a function twice, where what it gives is what it takes.
fn call_twice(ctx: &MutateContext<'_, '_, '_>, view: &FunctionView<'_>, rng: &mut Rng) -> Option<Edit> {
    let mut chosen = Reservoir::new();
    for (at, instr) in view.instrs.iter().enumerate().filter(|(_, instr)| instr.reachable) {
        if let Operator::Call { function_index } = instr.op
            && ctx.module.type_of(function_index).is_some_and(|ty| ty.params() == ty.results())
        {
            chosen.offer(rng, (at, function_index));
        }
    }
    let (at, callee) = chosen.take()?;
    let mut code = Code::new();
    code.copy(view, at..at + 1);
    let description = format!("instruction {at} calls function {callee} twice");
    Some(Edit::of(view, vec![Splice { range: at + 1..at + 1, code }], description))
}

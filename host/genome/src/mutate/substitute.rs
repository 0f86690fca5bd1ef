//! `substitute`: the content of one gene in place of another's of the same kind and type.

use super::constants::{Number, allows};
use super::sites::{Site, change_site};
use super::{Body, Code, Edit, Inapplicable, Moves, MutateContext, Patch, Splice, replace_sequence, sources};
use crate::gene::constants_of;
use crate::rng::Rng;
use crate::view::FunctionView;
use crate::window;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    change_site(ctx, rng, "no gene has another of its kind and type", |view, site, rng| match site {
        Site::Constant { at, value, kind } => {
            let others: Vec<(usize, Number)> = constants_of(view)
                .filter(|(_, other)| other == kind)
                .filter_map(|(other, _)| Some((other, Number::of(view.op(other)?)?)))
                .filter(|(_, other)| other.same_type(*value) && other != value)
                .filter(|(_, other)| allows(ctx.genes, view.function, *at, *other))
                .collect();
            let &(from, new) = rng.pick(&others)?;
            let description =
                format!("{kind} {value} at instruction {at} becomes {new}, as at instruction {from}");
            Some(Edit::of(view, vec![Splice::change(*at, &new.instruction())], description))
        }
        Site::Window(target) => {
            let old = &view.bytes[view.bytes_of(target.range.clone())];
            let source = window::sample_effect(view, rng, &target.takes, &target.gives, usize::MAX, |w| {
                w.len() >= 2
                    && replace_sequence::fits(w, target)
                    && &view.bytes[view.bytes_of(w.range.clone())] != old
            })?;
            let mut code = Code::new();
            code.copy(view, source.range.clone()).stand_for(target.range.clone());
            let description = format!(
                "window {}..{} becomes a copy of window {}..{}",
                target.range.start, target.range.end, source.range.start, source.range.end
            );
            Some(Edit::of(view, vec![Splice { range: target.range.clone(), code }], description))
        }
        Site::Function => function(ctx, view, rng),
    })
}

fn function(ctx: &MutateContext<'_, '_, '_>, view: &FunctionView<'_>, rng: &mut Rng) -> Option<Edit> {
    let module = ctx.module;
    let ty = module.type_of(view.function)?;
    let old = &module.bytes[view.range.clone()];
    let named = sources(ctx.genes);
    let others: Vec<(u32, &[u8])> = module
        .defined()
        .filter(|other| named.is_empty() || named.contains(other))
        .filter(|&other| other != view.function && module.type_of(other) == Some(ty))
        .filter_map(|other| {
            let body = module.functions.get(other as usize)?.body.as_ref()?;
            Some((other, &module.bytes[body.range.clone()]))
        })
        .filter(|(_, body)| *body != old)
        .collect();
    let &(from, body) = rng.pick(&others)?;
    // Nothing of the old body is left, and one splice over all of it says so.
    let moves = Moves::replaced(0..view.len());
    Some(Edit {
        patch: Patch {
            bodies: vec![Body { function: view.function, bytes: body.to_vec(), moves }],
            ..Patch::default()
        },
        function: Some(view.function),
        description: format!("function {} gets the body of function {from}", view.function),
    })
}

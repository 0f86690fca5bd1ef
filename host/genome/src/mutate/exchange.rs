//! `exchange`: two genes of the same kind and type change places.
//!
//! Order is what many programs are about, and a step that takes nothing away and adds nothing is the smallest that
//! changes it: neighbours in a sequence of statements, the operands of an operator, the constants of two calls.

use std::ops::Range;

use super::constants::{Number, allows};
use super::replace_sequence::fits;
use super::sites::{Site, change_site, named_windows};
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::gene::{GeneKind, constants_of};
use crate::rng::Rng;
use crate::view::FunctionView;
use crate::window::{self, Window};

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    change_site(ctx, rng, "no gene has another of its kind and type", |view, site, rng| match site {
        Site::Constant { at, value, kind } => constants(ctx, view, *at, *value, *kind, rng),
        Site::Window(window) => {
            let here = named_windows(ctx.genes).filter(|(function, _)| *function == view.function);
            let named: Vec<Range<usize>> = here.map(|(_, range)| range).collect();
            let other = if named.contains(&window.range) {
                // Windows that the map names change places with others that it names, so that none is torn.
                mapped(view, &named, window, rng)
            } else {
                window::sample_effect(view, rng, &window.takes, &window.gives, usize::MAX, |other| {
                    may_change_places(view, window, other)
                })
            }?;
            let (first, second) =
                if window.range.start < other.range.start { (window, &other) } else { (&other, window) };
            Some(windows(view, first, second))
        }
        Site::Function => None,
    })
}

fn constants(
    ctx: &MutateContext<'_, '_, '_>,
    view: &FunctionView<'_>,
    at: usize,
    value: Number,
    kind: GeneKind,
    rng: &mut Rng,
) -> Option<Edit> {
    let others: Vec<(usize, Number)> = constants_of(view)
        .filter(|(_, other)| *other == kind)
        .filter_map(|(other, _)| Some((other, Number::of(view.op(other)?)?)))
        .filter(|(_, other)| other.same_type(value) && *other != value)
        .filter(|&(there, other)| {
            allows(ctx.genes, view.function, at, other) && allows(ctx.genes, view.function, there, value)
        })
        .collect();
    let &(there, other) = rng.pick(&others)?;
    let splices = vec![Splice::change(at, &other.instruction()), Splice::change(there, &value.instruction())];
    let description =
        format!("{kind} {value} at instruction {at} and {other} at instruction {there} change places");
    Some(Edit::of(view, splices, description))
}

/// A window of the same effect among the places `named`.
fn mapped(view: &FunctionView<'_>, named: &[Range<usize>], window: &Window, rng: &mut Rng) -> Option<Window> {
    let other = Window::of(view, rng.pick(named)?.clone())?;
    (other.same_effect(window) && may_change_places(view, window, &other)).then_some(other)
}

/// Whether two windows with the same effect lie apart, mean the same in each other's place, and are not the same code.
fn may_change_places(view: &FunctionView<'_>, a: &Window, b: &Window) -> bool {
    let apart = a.range.end <= b.range.start || b.range.end <= a.range.start;
    let code = |window: &Window| &view.bytes[view.bytes_of(window.range.clone())];
    apart && fits(a, b) && fits(b, a) && code(a) != code(b)
}

fn windows(view: &FunctionView<'_>, first: &Window, second: &Window) -> Edit {
    let carried = |window: &Window| {
        let mut code = Code::new();
        code.carry(view, window.range.clone());
        code
    };
    let description = format!(
        "windows {}..{} and {}..{} change places",
        first.range.start, first.range.end, second.range.start, second.range.end
    );
    let splices = vec![
        Splice { range: first.range.clone(), code: carried(second) },
        Splice { range: second.range.clone(), code: carried(first) },
    ];
    Edit::of(view, splices, description)
}

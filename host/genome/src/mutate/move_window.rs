//! `move-window`: the same code at another place where its types fit.
//!
//! Where the gene map names windows, mostly one of these moves to where another begins or ends, so that none is torn.

use std::ops::Range;

use wasmparser::ValType;

use super::sites::named_windows;
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::{Reservoir, Rng};
use crate::view::FunctionView;
use crate::window::{self, Window};

/// How many moves are of any window although there is a gene map: one in this many.
const UNMAPPED: u64 = 16;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    if ctx.genes.is_some()
        && !rng.one_in(UNMAPPED)
        && let Some(edit) = gene(ctx, rng)
    {
        return Ok(edit);
    }
    ctx.try_functions(rng, |view, rng| {
        // A window can leave its place behind only if it leaves the stack as it found it.
        for _ in 0..4 {
            let window = window::sample(view, rng, |w| w.takes == w.gives)?;
            if let Some(to) = elsewhere(view, &window, rng) {
                return Some(moved(view, window, to));
            }
        }
        None
    })
    .ok_or(Inapplicable("no window fits in another place"))
}

/// Moves a window that the gene map names to where another that it names begins or ends, in the same block.
fn gene(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Option<Edit> {
    let windows: Vec<(u32, Range<usize>)> = named_windows(ctx.genes).collect();
    let (function, range) = rng.pick(&windows)?.clone();
    let (other, place) = rng.pick(&windows)?.clone();
    let to = if rng.one_in(2) { place.start } else { place.end };
    if other != function {
        return None;
    }
    let view = ctx.module.look(function)?;
    let window = Window::of(&view, range).filter(|window| window.takes == window.gives)?;
    let outside = to < window.range.start || to > window.range.end;
    let there = view.instrs.get(to)?;
    let fits = outside && there.reachable && there.parent == window.parent && fits(&view, to, &window.takes);
    fits.then(|| moved(&view, window, to))
}

/// Returns the edit that moves `window` before the instruction at `to`.
fn moved(view: &FunctionView<'_>, window: Window, to: usize) -> Edit {
    let mut code = Code::new();
    code.carry(view, window.range.clone());
    let description = format!("instructions {}..{} move before {to}", window.range.start, window.range.end);
    let splices = vec![Splice::remove(window.range), Splice { range: to..to, code }];
    Edit::of(view, splices, description)
}

/// Returns an instruction before which `window` fits and that it is not before already.
fn elsewhere(view: &FunctionView<'_>, window: &Window, rng: &mut Rng) -> Option<usize> {
    place(view, &window.takes, rng, |at| {
        let outside = at < window.range.start || at > window.range.end;
        // An `else` or `end` lies in the block it closes, so a window before it does too.
        outside && (!window.branches_out || view.instrs[at].parent == window.parent)
    })
}

/// Returns an instruction that `accept` takes and before which values of the types `takes` lie on top; all are equally
/// likely.
pub(super) fn place(
    view: &FunctionView<'_>,
    takes: &[ValType],
    rng: &mut Rng,
    accept: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut chosen = Reservoir::new();
    for (at, instr) in view.instrs.iter().enumerate() {
        if instr.reachable && accept(at) && fits(view, at, takes) {
            chosen.offer(rng, at);
        }
    }
    chosen.take()
}

/// Returns whether values of the types `takes` lie on top before `at`, above the bottom of the block `at` lies in.
fn fits(view: &FunctionView<'_>, at: usize, takes: &[ValType]) -> bool {
    if takes.is_empty() {
        return true;
    }
    let base = view.base(view.instrs[at].parent);
    view.instrs[at].height >= base + takes.len() as u32 && view.operands(at, takes.len()) == takes
}

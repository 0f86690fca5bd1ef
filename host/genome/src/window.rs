//! Windows: runs of whole instructions with a known stack effect.
//!
//! A window is a non-empty run of whole instructions or whole blocks inside one nesting level, every one of them
//! reachable, after which control goes on. It takes the values `takes` from the stack and leaves `gives` in their
//! place, whatever lies below. Replacing a window by another with the same effect keeps a function well-typed,
//! with two things to look after: branches that leave it, and the locals and indices it names.
//!
//! # Sampling
//! [`sample`] chooses a start uniformly among all positions of the function; where no window starts there (an
//! `else`, an `end`, code control cannot reach) or none passes the filter, it draws again, [`TRIES`] times.
//! Given the start, an end that passes, no more than [`MAX_ITEMS`] items away, is chosen with a weight of one over the
//! number of items: a step that changes little is likelier to be a good one, and there are many ways to change much.
//! Windows in crowded levels are therefore no likelier than lonely ones; windows of starts with few ends are likelier
//! than windows of starts with many. Nothing is listed in advance.

use std::ops::Range;

use wasmparser::{Operator, ValType};

use crate::rng::{Reservoir, Rng};
use crate::view::FunctionView;

/// The most items (instructions or whole blocks of one level) in a sampled window.
pub const MAX_ITEMS: usize = 24;

/// The most instructions in a sampled window, those inside its blocks included.
pub const MAX_INSTRS: usize = 256;

/// The weight of a window of one item: so much that rounding the others hardly shows.
const WHOLE: usize = 720_720;

/// How often sampling draws a start before it gives up.
pub const TRIES: usize = 24;

/// A run of whole instructions with a known stack effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The instructions.
    pub range: Range<usize>,
    /// The block they lie in: its opening instruction, or [`crate::view::NONE`].
    pub parent: u32,
    /// The types taken from the stack, the lowest first.
    pub takes: Vec<ValType>,
    /// The types left in their place, the lowest first.
    pub gives: Vec<ValType>,
    /// Whether a branch inside goes to a label outside, the function's own included.
    pub branches_out: bool,
    /// Whether control may return from the function inside, or leave it by a tail call.
    pub returns: bool,
}

/// A possible end of a window that starts at a given place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    end: usize,
    low: u32,
    items: usize,
}

impl Window {
    /// Returns the window `range` of `view`, or nothing when it is not one.
    pub fn of(view: &FunctionView<'_>, range: Range<usize>) -> Option<Window> {
        Ends::new(view, range.start)
            .take_while(|candidate| candidate.end <= range.end)
            .find(|candidate| candidate.end == range.end)
            .map(|c| c.window(view, range.start))
    }

    /// Returns whether control may leave it other than by going on after it.
    pub fn escapes(&self) -> bool {
        self.branches_out || self.returns
    }

    /// Returns whether `other` has the same effect.
    pub fn same_effect(&self, other: &Window) -> bool {
        self.takes == other.takes && self.gives == other.gives
    }

    /// Returns how many instructions it has.
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Returns whether it has no instruction; never so.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}

/// Returns whether `x` of `to` and `y` of `from` have the same effect, and whether a branch goes out of `y`; nothing where
/// they have not. Each is a window, or empty in a place that control comes to.
///
/// The same as comparing two [`Window`]s, but cheaper: sizes are compared first, and nothing is put together.
pub(crate) fn same_effect(
    to: &FunctionView<'_>,
    x: &Range<usize>,
    from: &FunctionView<'_>,
    y: &Range<usize>,
) -> Option<bool> {
    let (low, other_low) = (lowest(to, x)?, lowest(from, y)?);
    let height = |view: &FunctionView<'_>, at: usize| view.instrs.get(at).map(|instr| instr.height);
    let same = |at: usize, other: usize| {
        let above = height(to, at)? - low;
        let is_same = above == height(from, other)? - other_low
            && to.stack(at).zip(from.stack(other)).take(above as usize).all(|(a, b)| a.ty == b.ty);
        is_same.then_some(())
    };
    same(x.start, y.start)?;
    same(x.end, y.end)?;
    Some(exits(from, y).0)
}

/// The height that the instructions `range` do not reach below; nothing where they are no window, and not empty in a
/// place that control comes to.
fn lowest(view: &FunctionView<'_>, range: &Range<usize>) -> Option<u32> {
    if range.is_empty() {
        return view.instrs.get(range.start).filter(|instr| instr.reachable).map(|instr| instr.height);
    }
    Ends::new(view, range.start)
        .take_while(|candidate| candidate.end <= range.end)
        .find(|candidate| candidate.end == range.end)
        .map(|candidate| candidate.low)
}

impl Candidate {
    /// Its weight: in proportion to one over the number of items.
    fn weight(self) -> u64 {
        (WHOLE / self.items.max(1)) as u64
    }

    fn window(self, view: &FunctionView<'_>, start: usize) -> Window {
        let height = |at: usize| view.instrs.get(at).map_or(self.low, |instr| instr.height);
        let range = start..self.end;
        let (branches_out, returns) = exits(view, &range);
        Window {
            takes: view.operands(start, (height(start) - self.low) as usize),
            gives: view.operands(self.end, (height(self.end) - self.low) as usize),
            parent: view.instrs[start].parent,
            branches_out,
            returns,
            range,
        }
    }
}

/// The ends of the windows that start at one place, the nearest first.
struct Ends<'v, 'a> {
    view: &'v FunctionView<'a>,
    at: usize,
    start: usize,
    low: u32,
    items: usize,
}

impl<'v, 'a> Ends<'v, 'a> {
    fn new(view: &'v FunctionView<'a>, start: usize) -> Self {
        let low = view.instrs.get(start).map_or(0, |instr| instr.height);
        Ends { view, at: start, start, low, items: 0 }
    }
}

impl Iterator for Ends<'_, '_> {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        let instr = self.view.instrs.get(self.at)?;
        if !instr.reachable || !self.view.begins(self.at) || self.items == MAX_ITEMS {
            return None;
        }
        let next = self.view.after(self.at);
        // The function's own `end` closes every level, so there is always an instruction after an item.
        if !self.view.instrs.get(next)?.reachable || next - self.start > MAX_INSTRS {
            return None;
        }
        self.low = self.low.min(instr.height.checked_sub(instr.pops)?);
        self.items += 1;
        self.at = next;
        Some(Candidate { end: next, low: self.low, items: self.items })
    }
}

/// Returns a window of `view` that `accept` takes, or nothing when [`TRIES`] draws found none.
///
/// # Determinism
/// A function of `(view, rng, accept)`; the module head says how windows are distributed.
pub fn sample(
    view: &FunctionView<'_>,
    rng: &mut Rng,
    mut accept: impl FnMut(&Window) -> bool,
) -> Option<Window> {
    for _ in 0..TRIES {
        let start = rng.index(view.len());
        if let Some(window) = sample_at(view, rng, start, &mut accept) {
            return Some(window);
        }
    }
    None
}

/// Returns a window of `view` whose number of instructions `accept` takes, or nothing when [`TRIES`] draws found none.
///
/// The same as [`sample`] with a filter that looks at nothing else, but cheaper: only the chosen window is looked into.
pub fn sample_by_len(
    view: &FunctionView<'_>,
    rng: &mut Rng,
    mut accept: impl FnMut(usize) -> bool,
) -> Option<Window> {
    for _ in 0..TRIES {
        let start = rng.index(view.len());
        let mut chosen = Reservoir::new();
        for candidate in Ends::new(view, start) {
            if accept(candidate.end - start) {
                chosen.offer_weighted(rng, candidate.weight(), candidate);
            }
        }
        if let Some(candidate) = chosen.take() {
            return Some(candidate.window(view, start));
        }
    }
    None
}

/// Returns a window that starts at `start` and that `accept` takes, short ones likelier than long ones.
pub fn sample_at(
    view: &FunctionView<'_>,
    rng: &mut Rng,
    start: usize,
    mut accept: impl FnMut(&Window) -> bool,
) -> Option<Window> {
    let mut chosen = Reservoir::new();
    for candidate in Ends::new(view, start) {
        let window = candidate.window(view, start);
        if accept(&window) {
            chosen.offer_weighted(rng, candidate.weight(), window);
        }
    }
    chosen.take()
}

/// Returns a window of `view` of at most `most` instructions that takes and gives the types given and that `accept`
/// takes.
///
/// Cheaper than [`sample`] with a filter on the effect: sizes are compared first, then heights, then types.
pub fn sample_effect(
    view: &FunctionView<'_>,
    rng: &mut Rng,
    takes: &[ValType],
    gives: &[ValType],
    most: usize,
    mut accept: impl FnMut(&Window) -> bool,
) -> Option<Window> {
    for _ in 0..TRIES {
        let start = rng.index(view.len());
        let mut chosen = Reservoir::new();
        for candidate in Ends::new(view, start) {
            let before = view.instrs[start].height - candidate.low;
            let after = view.instrs[candidate.end].height - candidate.low;
            if before as usize != takes.len() || after as usize != gives.len() || candidate.end - start > most
            {
                continue;
            }
            if !view.has_on_top(start, takes) || !view.has_on_top(candidate.end, gives) {
                continue;
            }
            let window = candidate.window(view, start);
            if accept(&window) {
                chosen.offer_weighted(rng, candidate.weight(), window);
            }
        }
        if let Some(window) = chosen.take() {
            return Some(window);
        }
    }
    None
}

/// Returns whether a branch out of the instructions `range`, whole items of one level, exists, and whether a
/// return or tail call does.
fn exits(view: &FunctionView<'_>, range: &Range<usize>) -> (bool, bool) {
    let mut depth = 0u32;
    let mut branches_out = false;
    let mut returns = false;
    for instr in &view.instrs[range.clone()] {
        match &instr.op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
            Operator::End => depth = depth.saturating_sub(1),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                branches_out |= *relative_depth >= depth;
            }
            Operator::BrTable { targets } => {
                let outside = |target: u32| target >= depth;
                branches_out |=
                    outside(targets.default()) || targets.targets().any(|target| target.is_ok_and(outside));
            }
            Operator::Return | Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } => {
                returns = true;
            }
            _ => {}
        }
    }
    (branches_out, returns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::ModuleView;

    fn with_view(text: &str, check: impl FnOnce(&FunctionView<'_>)) {
        let bytes = wat::parse_str(text).unwrap();
        let module = ModuleView::parse(&bytes).unwrap();
        check(&module.function(module.imported_functions).unwrap());
    }

    #[test]
    fn a_window_knows_its_effect() {
        let text = "(module (func (param i32) (result i64)
            local.get 0 i32.const 1 i32.add i64.extend_i32_u i64.const 2 i64.mul))";
        with_view(text, |view| {
            let window = Window::of(view, 1..3).unwrap();
            assert_eq!(
                (window.takes.as_slice(), window.gives.as_slice()),
                (&[ValType::I32][..], &[ValType::I32][..])
            );
            let window = Window::of(view, 0..6).unwrap();
            assert_eq!((window.takes.len(), window.gives.as_slice()), (0, &[ValType::I64][..]));
            assert!(Window::of(view, 0..7).is_none(), "the closing end is no part of a window");
        });
    }

    #[test]
    fn whole_blocks_count_as_one_item_and_branches_out_are_noticed() {
        let text = "(module (func (param i32)
            block local.get 0 br_if 1 end
            loop local.get 0 br_if 0 end
            unreachable nop))";
        with_view(text, |view| {
            assert!(Window::of(view, 0..4).unwrap().branches_out);
            assert!(!Window::of(view, 4..8).unwrap().branches_out);
            assert!(Window::of(view, 0..2).is_none());
            assert!(Window::of(view, 8..9).is_none(), "control does not go on after `unreachable`");
        });
    }

    #[test]
    fn a_block_in_dead_code_is_dead_throughout() {
        let text = "(module (func (result i64)
            unreachable
            block (param i64) (result i64) i64.const 1 i64.add end))";
        with_view(text, |view| {
            assert!(view.instrs[1..].iter().all(|instr| !instr.reachable));
            assert!((1..view.len()).all(|start| Window::of(view, start..start + 1).is_none()));
        });
    }

    #[test]
    fn dead_code_takes_no_value_from_around_its_block() {
        let text = "(module (func (result i32)
            i32.const 7
            block br 0 i64.lt_s drop end))";
        with_view(text, |view| {
            assert!(!view.instrs[3].reachable);
            let end = view.len() - 1;
            assert_eq!(view.values.first().map(|value| value.consumer as usize), Some(end));
        });
    }

    #[test]
    fn every_sampled_window_is_one_and_all_starts_turn_up() {
        let text = "(module (func (param i32) (result i32)
            local.get 0 i32.const 3 i32.mul i32.const 4 i32.add local.tee 0 drop local.get 0))";
        with_view(text, |view| {
            let mut rng = Rng::new(3, "window");
            let mut starts = std::collections::BTreeSet::new();
            for _ in 0..200 {
                let window = sample(view, &mut rng, |_| true).unwrap();
                assert_eq!(Window::of(view, window.range.clone()), Some(window.clone()));
                starts.insert(window.range.start);
            }
            assert_eq!(starts.len(), view.len() - 1);
        });
    }
}

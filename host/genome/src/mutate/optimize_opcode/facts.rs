//! What rules need to know of a whole function: which locals are live where, and which labels are used.

use std::cell::OnceCell;
use std::ops::Range;

use wasmparser::{Operator, ValType};

use super::effects::{reads, writes};
use crate::view::{FunctionView, NONE};

/// Bits of liveness, instructions times locals, past which a function is too large to analyse.
const MAX_WORK: usize = 1 << 28;

/// Facts about one function, computed when first asked for.
#[derive(Debug)]
pub struct Facts<'v, 'a> {
    view: &'v FunctionView<'a>,
    live: OnceCell<Option<Vec<bool>>>,
    uses: OnceCell<Vec<u32>>,
    written: OnceCell<Vec<bool>>,
}

impl<'v, 'a> Facts<'v, 'a> {
    /// Returns the facts of `view`.
    pub fn new(view: &'v FunctionView<'a>) -> Self {
        Facts { view, live: OnceCell::new(), uses: OnceCell::new(), written: OnceCell::new() }
    }

    /// Returns whether the local that the instruction at `at` names may be read after it, before it is written.
    ///
    /// True where nothing is known.
    pub(super) fn live_after(&self, at: usize) -> bool {
        match self.live.get_or_init(|| liveness(self.view, None).map(|(live, _)| live)) {
            Some(live) => live.get(at).copied().unwrap_or(true),
            None => true,
        }
    }

    /// Returns whether some instruction writes `local`.
    pub(super) fn is_written(&self, local: u32) -> bool {
        let mark = || {
            let mut marks = vec![false; self.view.locals.len()];
            for local in self.view.instrs.iter().filter_map(|instr| writes(&instr.op)) {
                if let Some(mark) = marks.get_mut(local as usize) {
                    *mark = true;
                }
            }
            marks
        };
        self.written.get_or_init(mark).get(local as usize).copied().unwrap_or(true)
    }

    /// Returns a local of type `ty` that the instructions `range` do not name and whose value nobody wants when control
    /// comes to the first of them.
    pub(super) fn spare(&self, ty: ValType, range: Range<usize>) -> Option<u32> {
        let (_, live) = liveness(self.view, Some(range.start))?;
        let named = |local: u32| {
            let names = |op: &Operator<'_>| reads(op) == Some(local) || writes(op) == Some(local);
            self.view.instrs[range.clone()].iter().any(|instr| names(&instr.op))
        };
        (0..self.view.locals.len() as u32).find(|&local| {
            let is_live = live.get(local as usize / 64).is_none_or(|word| word >> (local % 64) & 1 != 0);
            self.view.locals.get(local as usize) == Some(&ty) && !is_live && !named(local)
        })
    }

    /// Returns how many branches go to the label of the block opened at `block`, table entries counted each.
    pub(super) fn branches_to(&self, block: usize) -> u32 {
        self.uses.get_or_init(|| label_uses(self.view)).get(block).copied().unwrap_or(u32::MAX)
    }
}

fn label_uses(view: &FunctionView<'_>) -> Vec<u32> {
    let mut uses = vec![0; view.len()];
    let mut count = |parent: u32, depth: u32| {
        if let Some(block) = view.label(parent, depth)
            && let Some(slot) = uses.get_mut(block as usize)
        {
            *slot += 1;
        }
    };
    for instr in &view.instrs {
        match &instr.op {
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                count(instr.parent, *relative_depth);
            }
            Operator::BrTable { targets } => {
                count(instr.parent, targets.default());
                for target in targets.targets().flatten() {
                    count(instr.parent, target);
                }
            }
            _ => {}
        }
    }
    uses
}

type Set = Vec<u64>;

fn join(into: &mut Set, other: &Set) {
    for (a, b) in into.iter_mut().zip(other) {
        *a |= b;
    }
}

struct Frame {
    opener: u32,
    /// What is live where a branch to the label goes.
    label: Set,
    /// What is live after the block.
    end: Set,
    /// What is live at the start of the `else` part.
    otherwise: Option<Set>,
}

/// Classic backward liveness over structured control, repeated until the heads of loops stay the same.
///
/// `live[i]` belongs to the local named by instruction `i`; it is false for instructions that name none. The set is of
/// all locals that are live before instruction `wanted`.
fn liveness(view: &FunctionView<'_>, wanted: Option<usize>) -> Option<(Vec<bool>, Set)> {
    let words = view.locals.len().div_ceil(64).max(1);
    if view.len().saturating_mul(words * 64) > MAX_WORK {
        return None;
    }
    let empty: Set = vec![0; words];
    let mut heads: Vec<(u32, Set)> = Vec::new();
    let mut answers = vec![false; view.len()];
    let mut there = empty.clone();
    loop {
        let mut changed = false;
        let mut live = empty.clone();
        let mut frames =
            vec![Frame { opener: NONE, label: empty.clone(), end: empty.clone(), otherwise: None }];
        for (at, instr) in view.instrs.iter().enumerate().rev() {
            let label = |frames: &[Frame], depth: u32| -> Set {
                let index = frames.len().checked_sub(1 + depth as usize);
                index.and_then(|index| frames.get(index)).map_or_else(|| empty.clone(), |f| f.label.clone())
            };
            match &instr.op {
                Operator::End => {
                    let opener = instr.partner;
                    if opener == NONE {
                        continue;
                    }
                    let is_loop = matches!(view.instrs[opener as usize].op, Operator::Loop { .. });
                    let label = if is_loop {
                        heads
                            .iter()
                            .find(|(head, _)| *head == opener)
                            .map_or_else(|| empty.clone(), |(_, s)| s.clone())
                    } else {
                        live.clone()
                    };
                    frames.push(Frame { opener, label, end: live.clone(), otherwise: None });
                }
                Operator::Else => {
                    if let Some(frame) = frames.last_mut() {
                        frame.otherwise = Some(std::mem::replace(&mut live, frame.end.clone()));
                    }
                }
                Operator::Block { .. } => {
                    frames.pop();
                }
                Operator::If { .. } => {
                    if let Some(frame) = frames.pop() {
                        join(&mut live, frame.otherwise.as_ref().unwrap_or(&frame.end));
                    }
                }
                Operator::Loop { .. } => {
                    if let Some(frame) = frames.pop() {
                        match heads.iter_mut().find(|(head, _)| *head == frame.opener) {
                            Some((_, old)) if *old == live => {}
                            Some((_, old)) => {
                                old.clone_from(&live);
                                changed = true;
                            }
                            None => {
                                changed |= live != empty;
                                heads.push((frame.opener, live.clone()));
                            }
                        }
                    }
                }
                Operator::Br { relative_depth } => live = label(&frames, *relative_depth),
                Operator::BrIf { relative_depth } => join(&mut live, &label(&frames, *relative_depth)),
                Operator::BrTable { targets } => {
                    live = label(&frames, targets.default());
                    for target in targets.targets().flatten() {
                        join(&mut live, &label(&frames, target));
                    }
                }
                Operator::Return
                | Operator::Unreachable
                | Operator::ReturnCall { .. }
                | Operator::ReturnCallIndirect { .. } => live.clone_from(&empty),
                Operator::LocalGet { local_index } => {
                    let (word, bit) = (*local_index as usize / 64, 1u64 << (local_index % 64));
                    answers[at] = live[word] & bit != 0;
                    live[word] |= bit;
                }
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    let (word, bit) = (*local_index as usize / 64, 1u64 << (local_index % 64));
                    answers[at] = live[word] & bit != 0;
                    live[word] &= !bit;
                }
                _ => {}
            }
            if wanted == Some(at) {
                there.clone_from(&live);
            }
        }
        if !changed {
            return Some((answers, there));
        }
    }
}

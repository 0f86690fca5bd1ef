//! `patch-jump`: another label of the same type, in jump tables too.

use std::borrow::Cow;

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::{Reservoir, Rng};
use crate::view::{FunctionView, ModuleView};

/// A way to change a branch: the instruction, the entry of its table (none is its own or default label), the label.
type Site = (usize, Option<usize>, u32);

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let mut chosen: Reservoir<Site> = Reservoir::new();
        for (at, instr) in view.instrs.iter().enumerate().filter(|(_, instr)| instr.reachable) {
            match &instr.op {
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    for label in others(ctx.module, view, at, *relative_depth) {
                        chosen.offer(rng, (at, None, label));
                    }
                }
                Operator::BrTable { targets } => {
                    for label in others(ctx.module, view, at, targets.default()) {
                        chosen.offer(rng, (at, None, label));
                    }
                    for (entry, target) in targets.targets().enumerate() {
                        for label in others(ctx.module, view, at, target.ok()?) {
                            chosen.offer(rng, (at, Some(entry), label));
                        }
                    }
                }
                _ => {}
            }
        }
        let (at, entry, label) = chosen.take()?;
        let (instruction, description) = patched(view, at, entry, label)?;
        Some(Edit::of(view, vec![Splice::change(at, &instruction)], description))
    })
    .ok_or(Inapplicable("no branch has another label of its type"))
}

/// The labels other than `label` that take the same types, seen from `at`.
fn others<'v>(
    module: &'v ModuleView<'_>,
    view: &'v FunctionView<'_>,
    at: usize,
    label: u32,
) -> impl Iterator<Item = u32> + 'v {
    let parent = view.instrs[at].parent;
    let wanted = view.label(parent, label).map(|block| view.label_types(module, block));
    (0..=view.depth(parent)).filter(move |&other| {
        other != label
            && wanted.is_some()
            && view.label(parent, other).map(|b| view.label_types(module, b)) == wanted
    })
}

fn patched(
    view: &FunctionView<'_>,
    at: usize,
    entry: Option<usize>,
    label: u32,
) -> Option<(Instruction<'static>, String)> {
    Some(match view.op(at)? {
        Operator::Br { relative_depth } => (
            Instruction::Br(label),
            format!("`br` at instruction {at}: label {relative_depth} becomes {label}"),
        ),
        Operator::BrIf { relative_depth } => (
            Instruction::BrIf(label),
            format!("`br_if` at instruction {at}: label {relative_depth} becomes {label}"),
        ),
        Operator::BrTable { targets } => {
            let mut table: Vec<u32> = targets.targets().collect::<Result<_, _>>().ok()?;
            let mut default = targets.default();
            let description = match entry {
                Some(entry) => {
                    let slot = table.get_mut(entry)?;
                    let old = std::mem::replace(slot, label);
                    format!("`br_table` at instruction {at}: label {old} of entry {entry} becomes {label}")
                }
                None => {
                    let old = std::mem::replace(&mut default, label);
                    format!("`br_table` at instruction {at}: default label {old} becomes {label}")
                }
            };
            (Instruction::BrTable(Cow::Owned(table), default), description)
        }
        _ => return None,
    })
}

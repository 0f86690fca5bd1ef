//! `patch-jump`: another label of the same type, in jump tables too.

use std::borrow::Cow;

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView};

/// A branch: the instruction, the entry of its table (none is its own or default label), the label.
type Site = (usize, Option<usize>, u32);

/// How many branches of a function are looked at for another label.
const TRIES: usize = 16;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let sites = branches(view)?;
        for _ in 0..TRIES.min(2 * sites.len()) {
            let &(at, entry, label) = rng.pick(&sites)?;
            let others = others(ctx.module, view, at, label);
            if let Some(&other) = rng.pick(&others) {
                let (instruction, description) = patched(view, at, entry, other)?;
                return Some(Edit::of(view, vec![Splice::change(at, &instruction)], description));
            }
        }
        None
    })
    .ok_or(Inapplicable("no branch has another label of its type"))
}

/// The branches of `view` that control can reach, each entry of a jump table by itself.
fn branches(view: &FunctionView<'_>) -> Option<Vec<Site>> {
    let mut sites = Vec::new();
    for (at, instr) in view.instrs.iter().enumerate().filter(|(_, instr)| instr.reachable) {
        match &instr.op {
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                sites.push((at, None, *relative_depth));
            }
            Operator::BrTable { targets } => {
                sites.push((at, None, targets.default()));
                for (entry, target) in targets.targets().enumerate() {
                    sites.push((at, Some(entry), target.ok()?));
                }
            }
            _ => {}
        }
    }
    Some(sites)
}

/// The labels other than `label` that take the same types, seen from `at`.
fn others(module: &ModuleView<'_>, view: &FunctionView<'_>, at: usize, label: u32) -> Vec<u32> {
    let mut blocks = Vec::new();
    let mut block = view.instrs[at].parent;
    blocks.push(block);
    while let Some(opener) = view.instrs.get(block as usize) {
        block = opener.parent;
        blocks.push(block);
    }
    let Some(wanted) = blocks.get(label as usize).map(|&block| view.label_types(module, block)) else {
        return Vec::new();
    };
    let fits = |&(other, &block): &(usize, &u32)| {
        other != label as usize && view.label_types(module, block) == wanted
    };
    blocks.iter().enumerate().filter(fits).map(|(other, _)| other as u32).collect()
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

//! `retarget-local`: another local of the same type.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::{Reservoir, Rng};

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let mut chosen = Reservoir::new();
        for (at, instr) in view.instrs.iter().enumerate().filter(|(_, instr)| instr.reachable) {
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = instr.op
            {
                let ty = view.locals.get(local_index as usize)?;
                if view.locals.iter().filter(|&other| other == ty).nth(1).is_some() {
                    chosen.offer(rng, (at, local_index));
                }
            }
        }
        let (at, old) = chosen.take()?;
        let ty = view.locals.get(old as usize)?;
        let others: Vec<u32> = (0..view.locals.len() as u32)
            .filter(|&l| l != old && view.locals.get(l as usize) == Some(ty))
            .collect();
        let &new = rng.pick(&others)?;
        let (name, instruction) = match view.op(at)? {
            Operator::LocalGet { .. } => ("local.get", Instruction::LocalGet(new)),
            Operator::LocalSet { .. } => ("local.set", Instruction::LocalSet(new)),
            _ => ("local.tee", Instruction::LocalTee(new)),
        };
        let description = format!("`{name}` at instruction {at}: local {old} becomes {new}");
        Some(Edit::of(view, vec![Splice::change(at, &instruction)], description))
    })
    .ok_or(Inapplicable("no function has two locals of one type"))
}

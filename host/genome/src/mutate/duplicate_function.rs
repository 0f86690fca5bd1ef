//! `duplicate-function`: a second copy for one caller, so that the two can drift apart.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::{Edit, Inapplicable, MutateContext, NewFunction, Splice};
use crate::rng::Rng;

/// The most functions a module may have before no more are added.
const MAX_FUNCTIONS: usize = 4096;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let module = ctx.module;
    if module.functions.len() >= MAX_FUNCTIONS {
        return Err(Inapplicable("the module has too many functions already"));
    }
    ctx.try_functions(rng, |view, rng| {
        let calls: Vec<(usize, u32)> = view
            .instrs
            .iter()
            .enumerate()
            .filter_map(|(at, instr)| match instr.op {
                Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                    (function_index >= module.imported_functions).then_some((at, function_index))
                }
                _ => None,
            })
            .collect();
        let &(at, callee) = rng.pick(&calls)?;
        let facts = module.functions.get(callee as usize)?;
        let body = module.bytes[facts.body.as_ref()?.range.clone()].to_vec();
        let copy = module.functions.len() as u32;
        let call = match view.op(at)? {
            Operator::ReturnCall { .. } => Instruction::ReturnCall(copy),
            _ => Instruction::Call(copy),
        };
        let description =
            format!("function {callee} is copied as {copy}, which instruction {at} calls instead");
        let mut edit = Edit::of(view, vec![Splice::change(at, &call)], description);
        edit.patch.functions.push(NewFunction { type_index: facts.type_index, body });
        Some(edit)
    })
    .ok_or(Inapplicable("no function calls another of the module"))
}

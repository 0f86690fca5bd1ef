//! `add-instinct`: a pattern that senses a channel and then acts, where the module may do both already.

use wasm_encoder::Instruction;
use wasmparser::{Operator, ValType};

use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView};

/// Channels are drawn from `0..CHANNELS` where the function names none itself.
const CHANNELS: i64 = 4;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let (Some(sense), Some(act)) = (
        import(ctx.module, "sense", &[ValType::I32], &[ValType::I64]),
        import(ctx.module, "act", &[ValType::I32, ValType::I64], &[]),
    ) else {
        return Err(Inapplicable("the module does not import both `senses.sense` and `senses.act`"));
    };
    ctx.try_functions(rng, |view, rng| {
        let places: Vec<usize> = (0..view.len()).filter(|&at| view.instrs[at].reachable).collect();
        let &at = rng.pick(&places)?;
        let from = channel(view, sense, rng);
        let to = channel(view, act, rng);
        let mut code = Code::new();
        code.push(&Instruction::I32Const(to))
            .push(&Instruction::I32Const(from))
            .push(&Instruction::Call(sense));
        let how = match rng.below(3) {
            0 => format!("act on channel {to} with what channel {from} senses"),
            1 => {
                let level = level(view, rng);
                code.push(&Instruction::I64Const(level)).push(&Instruction::I64GtS);
                code.push(&Instruction::I64ExtendI32U);
                format!("act on channel {to} with whether channel {from} senses more than {level}")
            }
            _ => {
                let shift = rng.between(1, 4);
                code.push(&Instruction::I64Const(shift)).push(&Instruction::I64ShrS);
                format!("act on channel {to} with what channel {from} senses, halved {shift} times")
            }
        };
        code.push(&Instruction::Call(act));
        Some(Edit::of(view, vec![Splice { range: at..at, code }], format!("before instruction {at}: {how}")))
    })
    .ok_or(Inapplicable("there is no place that control can reach"))
}

/// Returns the imported function `name` of the interface `senses`, if it has the type it should have.
fn import(module: &ModuleView<'_>, name: &str, params: &[ValType], results: &[ValType]) -> Option<u32> {
    let import = module.imports.iter().find(|import| {
        import.name == name && (import.module == "senses" || import.module.starts_with("flux:genome/senses@"))
    })?;
    let function = module.import_function(import.module, name)?;
    let ty = module.type_of(function)?;
    (ty.params() == params && ty.results() == results).then_some(function)
}

/// Returns a channel: one the function uses with `callee` already, or a small number.
fn channel(view: &FunctionView<'_>, callee: u32, rng: &mut Rng) -> i32 {
    let used: Vec<i32> = (0..view.len())
        .filter(
            |&at| matches!(view.op(at), Some(&Operator::Call { function_index }) if function_index == callee),
        )
        .filter_map(|at| {
            let depth = view.instrs[at].pops as usize - 1;
            match view.op(view.operand(at, depth)?)? {
                Operator::I32Const { value } => Some(*value),
                _ => None,
            }
        })
        .collect();
    match rng.pick(&used) {
        Some(&channel) if !rng.one_in(4) => channel,
        _ => rng.between(0, CHANNELS - 1) as i32,
    }
}

/// Returns a level to compare with: a constant of the function, or a small number.
fn level(view: &FunctionView<'_>, rng: &mut Rng) -> i64 {
    let used: Vec<i64> = view
        .instrs
        .iter()
        .filter_map(|instr| match instr.op {
            Operator::I64Const { value } => Some(value),
            _ => None,
        })
        .collect();
    match rng.pick(&used) {
        Some(&level) if !rng.one_in(4) => level,
        _ => rng.between(-1, 255),
    }
}

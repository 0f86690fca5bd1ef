//! Neutral code: values of a type that mean nothing in particular.

use wasm_encoder::Instruction;
use wasmparser::ValType;

use super::code::Code;

/// Appends the neutral value of `ty`: zero or the null reference.
pub(super) fn push_default(code: &mut Code, ty: ValType) {
    code.push(&match ty {
        ValType::I32 => Instruction::I32Const(0),
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(wasm_encoder::Ieee32::new(0)),
        ValType::F64 => Instruction::F64Const(wasm_encoder::Ieee64::new(0)),
        ValType::V128 => Instruction::V128Const(0),
        ValType::Ref(ty) if ty == wasmparser::RefType::EXTERNREF => {
            Instruction::RefNull(wasm_encoder::HeapType::EXTERN)
        }
        ValType::Ref(_) => Instruction::RefNull(wasm_encoder::HeapType::FUNC),
    });
}

/// Returns code that takes `takes` and leaves `gives`, keeping what the two have in common at the bottom.
pub(super) fn neutral(takes: &[ValType], gives: &[ValType]) -> Code {
    let common = takes.iter().zip(gives).take_while(|(a, b)| a == b).count();
    let mut code = Code::new();
    for _ in common..takes.len() {
        code.push(&Instruction::Drop);
    }
    for &ty in &gives[common..] {
        push_default(&mut code, ty);
    }
    code
}

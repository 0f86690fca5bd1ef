//! Conversions between widths, and accesses that convert on the way.

use wasm_encoder::{Instruction, MemArg};
use wasmparser::Operator;

use super::super::Site;
use super::super::alu::{Bin, Width, constant};
use super::{Gain, Rule, Splices, remove, replace};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "convert there and back",
        gain: Gain::Cheaper,
        local: true,
        find: there_and_back,
        examples: &[
            "(param i32) (result i32) local.get 0 i64.extend_i32_s i32.wrap_i64",
            "(param i32) (result i32) local.get 0 f32.reinterpret_i32 i32.reinterpret_f32",
            "(param f64) (result f64) local.get 0 i64.reinterpret_f64 f64.reinterpret_i64",
        ],
    },
    Rule {
        name: "compute in the narrow width",
        gain: Gain::Cheaper,
        local: true,
        find: narrow,
        examples: &[
            "(param i32) (result i32) local.get 0 i64.extend_i32_u i64.const 7 i64.mul i32.wrap_i64",
            "(param i32) (result i32) local.get 0 i64.extend_i32_s i64.const 3 i64.shl i32.wrap_i64",
        ],
    },
    Rule {
        name: "mask before narrowing",
        gain: Gain::Cheaper,
        local: true,
        find: idle_before_wrap,
        examples: &[
            "(param i64) (result i32) local.get 0 i64.const 0xffffffff i64.and i32.wrap_i64",
            "(param i64) (result i32) local.get 0 i64.extend32_s i32.wrap_i64",
        ],
    },
    Rule {
        name: "load in the other width",
        gain: Gain::Cheaper,
        local: true,
        find: widen_load,
        examples: &[
            "(param i32) (result i64) local.get 0 i32.load offset=4 i64.extend_i32_u",
            "(param i32) (result i64) local.get 0 i32.load8_u i64.extend_i32_s",
            "(param i32) (result i32) local.get 0 i64.load32_u i32.wrap_i64",
        ],
    },
    Rule {
        name: "load with the sign",
        gain: Gain::Cheaper,
        local: true,
        find: load_extend,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.load8_u i32.extend8_s",
            "(param i32) (result i64) local.get 0 i64.load32_u i64.extend32_s",
        ],
    },
    Rule {
        name: "store the low bits",
        gain: Gain::Cheaper,
        local: true,
        find: narrow_store,
        examples: &[
            "(param i32 i64) local.get 0 local.get 1 i32.wrap_i64 i32.store8 offset=3",
            "(param i32 i32) local.get 0 local.get 1 i32.const 255 i32.and i32.store8",
            "(param i32 i32) local.get 0 local.get 1 i32.extend16_s i32.store16",
        ],
    },
];

fn there_and_back(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    match (site.op(0)?, site.op(1)?) {
        (O::I64ExtendI32S | O::I64ExtendI32U, O::I32WrapI64)
        | (O::F32ReinterpretI32, O::I32ReinterpretF32)
        | (O::I32ReinterpretF32, O::F32ReinterpretI32)
        | (O::F64ReinterpretI64, O::I64ReinterpretF64)
        | (O::I64ReinterpretF64, O::F64ReinterpretI64) => remove(site.next(2)),
        _ => None,
    }
}

/// Only the low half of the result is wanted, and only the low halves of the operands make it.
fn narrow(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::I64ExtendI32S | Operator::I64ExtendI32U) = site.op(0)? else { return None };
    let (Width::W64, c) = constant(site.op(1)?)? else { return None };
    let (_, bin) = Bin::of(site.op(2)?)?;
    let Operator::I32WrapI64 = site.op(3)? else { return None };
    let low = match bin {
        Bin::Add | Bin::Sub | Bin::Mul | Bin::And | Bin::Or | Bin::Xor => true,
        Bin::Shl => c % 64 < 32,
        _ => false,
    };
    if !low {
        return None;
    }
    let c = if bin == Bin::Shl { c % 64 } else { c };
    replace(site.next(4), &[Width::W32.constant(c), bin.instruction(Width::W32)])
}

fn idle_before_wrap(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?, site.op(2)) {
        (Operator::I64Extend32S, Operator::I32WrapI64, _) => remove(site.next(1)),
        (Operator::I64Const { value }, Operator::I64And, Some(Operator::I32WrapI64))
            if *value as u64 & 0xffff_ffff == 0xffff_ffff =>
        {
            remove(site.next(2))
        }
        _ => None,
    }
}

fn mem_arg(memarg: wasmparser::MemArg) -> MemArg {
    MemArg { offset: memarg.offset, align: u32::from(memarg.align), memory_index: memarg.memory }
}

fn widen_load(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    let instruction = match (site.op(0)?, site.op(1)?) {
        (O::I32Load { memarg }, O::I64ExtendI32U) => Instruction::I64Load32U(mem_arg(*memarg)),
        (O::I32Load { memarg }, O::I64ExtendI32S) => Instruction::I64Load32S(mem_arg(*memarg)),
        (O::I32Load8U { memarg }, O::I64ExtendI32U | O::I64ExtendI32S) => {
            Instruction::I64Load8U(mem_arg(*memarg))
        }
        (O::I32Load16U { memarg }, O::I64ExtendI32U | O::I64ExtendI32S) => {
            Instruction::I64Load16U(mem_arg(*memarg))
        }
        (O::I32Load8S { memarg }, O::I64ExtendI32S) => Instruction::I64Load8S(mem_arg(*memarg)),
        (O::I32Load16S { memarg }, O::I64ExtendI32S) => Instruction::I64Load16S(mem_arg(*memarg)),
        (O::I64Load32U { memarg } | O::I64Load32S { memarg }, O::I32WrapI64) => {
            Instruction::I32Load(mem_arg(*memarg))
        }
        (O::I64Load8U { memarg }, O::I32WrapI64) => Instruction::I32Load8U(mem_arg(*memarg)),
        (O::I64Load8S { memarg }, O::I32WrapI64) => Instruction::I32Load8S(mem_arg(*memarg)),
        (O::I64Load16U { memarg }, O::I32WrapI64) => Instruction::I32Load16U(mem_arg(*memarg)),
        (O::I64Load16S { memarg }, O::I32WrapI64) => Instruction::I32Load16S(mem_arg(*memarg)),
        _ => return None,
    };
    replace(site.next(2), &[instruction])
}

fn load_extend(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    let instruction = match (site.op(0)?, site.op(1)?) {
        (O::I32Load8U { memarg }, O::I32Extend8S) => Instruction::I32Load8S(mem_arg(*memarg)),
        (O::I32Load16U { memarg }, O::I32Extend16S) => Instruction::I32Load16S(mem_arg(*memarg)),
        (O::I64Load8U { memarg }, O::I64Extend8S) => Instruction::I64Load8S(mem_arg(*memarg)),
        (O::I64Load16U { memarg }, O::I64Extend16S) => Instruction::I64Load16S(mem_arg(*memarg)),
        (O::I64Load32U { memarg }, O::I64Extend32S) => Instruction::I64Load32S(mem_arg(*memarg)),
        _ => return None,
    };
    replace(site.next(2), &[instruction])
}

/// A store takes the low bits by itself.
fn narrow_store(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    let stored = |op: &Operator<'_>| {
        Some(match op {
            O::I32Store8 { .. } | O::I64Store8 { .. } => 8,
            O::I32Store16 { .. } | O::I64Store16 { .. } => 16,
            O::I64Store32 { .. } => 32,
            _ => return None,
        })
    };
    match (site.op(0)?, site.op(1)?) {
        (O::I32WrapI64, O::I32Store { memarg }) => {
            replace(site.next(2), &[Instruction::I64Store32(mem_arg(*memarg))])
        }
        (O::I32WrapI64, O::I32Store8 { memarg }) => {
            replace(site.next(2), &[Instruction::I64Store8(mem_arg(*memarg))])
        }
        (O::I32WrapI64, O::I32Store16 { memarg }) => {
            replace(site.next(2), &[Instruction::I64Store16(mem_arg(*memarg))])
        }
        (O::I32Extend8S | O::I64Extend8S, store) if stored(store)? <= 8 => remove(site.next(1)),
        (O::I32Extend16S | O::I64Extend16S, store) if stored(store)? <= 16 => remove(site.next(1)),
        (O::I64Extend32S, store) if stored(store)? <= 32 => remove(site.next(1)),
        (mask, and) => {
            let (_, mask) = constant(mask)?;
            let (_, Bin::And) = Bin::of(and)? else { return None };
            let low = (1u64 << stored(site.op(2)?)?) - 1;
            if mask & low == low { remove(site.next(2)) } else { None }
        }
    }
}

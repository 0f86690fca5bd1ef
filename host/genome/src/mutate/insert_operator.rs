//! `insert-operator`: a value goes through one operator more before it is used.
//!
//! Other operators put together what is there already; this one is where operators come from that are nowhere yet, as
//! growing does in genetic programming.
//!
//! # Source
//! J. Koza, "Genetic programming", 1992, section 6.2: leaves are variables and random constants.

use wasm_encoder::Instruction;
use wasmparser::ValType;

use super::constants::Number;
use super::swap_operator::group;
use super::{Code, Edit, Inapplicable, MutateContext, Splice};
use crate::gene::constants_of;
use crate::rng::{Reservoir, Rng};
use crate::view::FunctionView;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let (at, ty) = value(view, rng)?;
        let operators = Operators::of(ty)?;
        let mut code = Code::new();
        let what = match rng.below(8) {
            0 => {
                code.push_bytes(&[*rng.pick(operators.unary)?]);
                "an operator"
            }
            1 | 2 => {
                leaf(&mut code, view, ty, rng);
                let compared = compared(view, ty, rng);
                leaf(&mut code, view, compared, rng);
                leaf(&mut code, view, compared, rng);
                code.push_bytes(&[*rng.pick(Operators::of(compared)?.compare)?]);
                code.push(&Instruction::Select);
                "a choice"
            }
            _ => {
                leaf(&mut code, view, ty, rng);
                code.push_bytes(&[*rng.pick(operators.binary)?]);
                "an operator of two"
            }
        };
        let description = format!("before instruction {at}: {what} on the value of type {ty} there");
        Some(Edit::of(view, vec![Splice { range: at..at, code }], description))
    })
    .ok_or(Inapplicable("there is no number to work on"))
}

/// Opcodes of one byte by what they do with a type.
struct Operators {
    unary: &'static [u8],
    binary: &'static [u8],
    compare: &'static [u8],
}

impl Operators {
    /// Those of a numeric type.
    fn of(ty: ValType) -> Option<Self> {
        // One of each group.
        let [unary, binary, compare] = match ty {
            ValType::I32 => [0x67, 0x6a, 0x46],
            ValType::I64 => [0x79, 0x7c, 0x51],
            ValType::F32 => [0x8b, 0x92, 0x5b],
            ValType::F64 => [0x99, 0xa0, 0x61],
            ValType::V128 | ValType::Ref(_) => return None,
        };
        Some(Self { unary: group(unary)?, binary: group(binary)?, compare: group(compare)? })
    }
}

/// A place where a number lies on top, above the bottom of its block, and the number's type.
fn value(view: &FunctionView<'_>, rng: &mut Rng) -> Option<(usize, ValType)> {
    let mut chosen = Reservoir::new();
    for (at, instr) in view.instrs.iter().enumerate() {
        if !instr.reachable || instr.height <= view.base(instr.parent) {
            continue;
        }
        if let Some(value) = view.stack(at).next()
            && is_number(value.ty)
        {
            chosen.offer(rng, (at, value.ty));
        }
    }
    chosen.take()
}

fn is_number(ty: ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64)
}

/// The type that a choice compares: that of a local, or `ty`.
fn compared(view: &FunctionView<'_>, ty: ValType, rng: &mut Rng) -> ValType {
    let local = view.locals.get(rng.index(view.locals.len()));
    local.copied().filter(|local| is_number(*local)).unwrap_or(ty)
}

/// Appends a local or a constant of the type `ty`, which is a number's.
fn leaf(code: &mut Code, view: &FunctionView<'_>, ty: ValType, rng: &mut Rng) {
    if rng.one_in(2) {
        let locals = view.locals.iter().enumerate().filter(|(_, local)| **local == ty);
        let locals: Vec<u32> = locals.map(|(at, _)| at as u32).collect();
        if let Some(&local) = rng.pick(&locals) {
            code.push(&Instruction::LocalGet(local));
            return;
        }
    }
    code.push(&constant(view, ty, rng).instruction());
}

/// A constant of the function, or a small number, or a power of two.
fn constant(view: &FunctionView<'_>, ty: ValType, rng: &mut Rng) -> Number {
    let zero = match ty {
        ValType::I32 => Number::I32(0),
        ValType::I64 => Number::I64(0),
        ValType::F32 => Number::F32(0),
        _ => Number::F64(0),
    };
    if rng.one_in(3) {
        let numbers = constants_of(view).filter_map(|(at, _)| Number::of(view.op(at)?));
        let numbers: Vec<Number> = numbers.filter(|number| number.same_type(zero)).collect();
        if let Some(&number) = rng.pick(&numbers) {
            return number;
        }
    }
    let small = if rng.one_in(4) { 1 << rng.below(16) } else { rng.between(-1, 10) };
    zero.map(|_| small, |_| small as f64)
}

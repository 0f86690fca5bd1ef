//! Integer arithmetic: identities, folding, strength.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::super::Site;
use super::super::alu::{Bin, Cmp, Width, constant, cover, eqz, eval_unary, largest};
use super::super::effects::{effects, tree_start, written};
use super::{Gain, Rule, Splices, remove, replace};
use crate::mutate::{Code, Splice};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "fold binary constants",
        gain: Gain::Cheaper,
        local: true,
        find: fold_binary,
        examples: &[
            "(result i32) i32.const 7 i32.const -3 i32.rem_s",
            "(result i64) i64.const 1 i64.const 63 i64.rotr",
            "(result i32) i32.const -1 i32.const 33 i32.shr_u",
        ],
    },
    Rule {
        name: "fold unary constant",
        gain: Gain::Cheaper,
        local: true,
        find: fold_unary,
        examples: &[
            "(result i32) i32.const 128 i32.extend8_s",
            "(result i64) i32.const -5 i64.extend_i32_u",
            "(result i32) i64.const 0 i64.eqz",
            "(result i64) i64.const 12 i64.ctz",
        ],
    },
    Rule {
        name: "drop neutral operand",
        gain: Gain::Cheaper,
        local: true,
        find: neutral,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 0 i32.add",
            "(param i64) (result i64) local.get 0 i64.const 1 i64.div_s",
            "(param i64) (result i64) local.get 0 i64.const 64 i64.rotl",
            "(param i32) (result i32) local.get 0 i32.const -1 i32.and",
        ],
    },
    Rule {
        name: "absorbing operand",
        gain: Gain::Cheaper,
        local: true,
        find: absorbing,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 0 i32.mul",
            "(param i64) (result i64) local.get 0 i64.const -1 i64.or",
            "(param i64) (result i64) local.get 0 i64.const 1 i64.rem_u",
            "(param i32) (result i32) local.get 0 i32.const -1 i32.rem_s",
        ],
    },
    Rule {
        name: "power of two",
        gain: Gain::Even,
        local: true,
        find: power_of_two,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 8 i32.mul",
            "(param i64) (result i64) local.get 0 i64.const 16 i64.div_u",
            "(param i64) (result i64) local.get 0 i64.const 32 i64.rem_u",
        ],
    },
    Rule {
        name: "subtract by adding",
        gain: Gain::Even,
        local: true,
        find: subtract_by_adding,
        examples: &["(param i32) (result i32) local.get 0 i32.const 5 i32.sub"],
    },
    Rule {
        name: "combine constants",
        gain: Gain::Cheaper,
        local: true,
        find: combine,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 5 i32.add i32.const -7 i32.add",
            "(param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 9 i64.mul",
            "(param i64) (result i64) local.get 0 i64.const 40 i64.shr_s i64.const 30 i64.shr_s",
            "(param i32) (result i32) local.get 0 i32.const 20 i32.shl i32.const 20 i32.shl",
            "(param i32) (result i32) local.get 0 i32.const 255 i32.and i32.const 60 i32.and",
            "(param i32) (result i32) local.get 0 i32.const 9 i32.rotl i32.const 30 i32.rotl",
        ],
    },
    Rule {
        name: "shift there and back",
        gain: Gain::Cheaper,
        local: true,
        find: shift_pair,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 24 i32.shl i32.const 24 i32.shr_s",
            "(param i64) (result i64) local.get 0 i64.const 32 i64.shl i64.const 32 i64.shr_s",
            "(param i64) (result i64) local.get 0 i64.const 9 i64.shl i64.const 9 i64.shr_u",
            "(param i32) (result i32) local.get 0 i32.const 3 i32.shr_s i32.const 3 i32.shl",
        ],
    },
    Rule {
        name: "mask of bits that are clear",
        gain: Gain::Cheaper,
        local: true,
        find: idle_mask,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.load8_u i32.const 255 i32.and",
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.lt_s i32.const 1 i32.and",
        ],
    },
    Rule {
        name: "same local twice",
        gain: Gain::Cheaper,
        local: true,
        find: same_local,
        examples: &[
            "(param i32) (result i32) local.get 0 local.get 0 i32.sub",
            "(param i64) (result i64) local.get 0 local.get 0 i64.and",
        ],
    },
    Rule {
        name: "constant to the right",
        gain: Gain::Even,
        local: false,
        find: constant_right,
        examples: &[
            "(param i32) (result i32) i32.const 5 local.get 0 local.get 0 i32.mul i32.add",
            "(param i64) (result i64) i64.const 3 local.get 0 i64.mul",
        ],
    },
    Rule {
        name: "negate by subtracting",
        gain: Gain::Cheaper,
        local: true,
        find: add_of_negation,
        examples: &[
            "(param i32 i32) (result i32) local.get 1 i32.const 0 local.get 0 i32.sub i32.add",
            "(param i64 i64) (result i64) local.get 1 i64.const 0 local.get 0 i64.sub i64.sub",
        ],
    },
    Rule {
        name: "there and back again",
        gain: Gain::Cheaper,
        local: false,
        find: cancel,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.xor local.get 1 i32.xor",
            "(param i64 i64) (result i64) local.get 0 local.get 1 i64.sub local.get 1 i64.add",
            "(param i32 i32) (result i32) local.get 1 local.get 0 i32.load i32.xor local.get 1 i32.xor",
            "(param i32 i32) (result i32) local.get 1 local.get 0 i32.clz i32.add local.get 1 i32.sub",
        ],
    },
    Rule {
        name: "at most one bit",
        gain: Gain::Cheaper,
        local: true,
        find: one_bit,
        examples: &[
            "(param i32) (result i32) local.get 0 local.get 0 i32.const -1 i32.add i32.and i32.eqz",
            "(param i64) (result i32) local.get 0 i64.const -1 i64.add local.get 0 i64.and i64.const 0 i64.ne",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.get 1 i32.mul local.tee 2 i32.const -1 i32.add local.get 2 i32.and i32.eqz",
        ],
    },
    Rule {
        name: "extend again",
        gain: Gain::Cheaper,
        local: true,
        find: extend_again,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.extend8_s i32.extend16_s",
            "(param i32) (result i64) local.get 0 i64.extend_i32_s i64.extend32_s",
            "(param i32) (result i32) local.get 0 i32.load8_s i32.extend8_s",
        ],
    },
    Rule {
        name: "exact float identities",
        gain: Gain::Cheaper,
        local: true,
        find: float_signs,
        examples: &[
            "(param f64) (result f64) local.get 0 f64.neg f64.neg",
            "(param f32) (result f32) local.get 0 f32.neg f32.abs",
            "(param f64) (result f64) local.get 0 f64.abs f64.abs",
        ],
    },
];

fn fold_binary(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, a) = constant(site.op(0)?)?;
    let (_, b) = constant(site.op(1)?)?;
    let op = site.op(2)?;
    let value = match Bin::of(op) {
        Some((_, bin)) => width.constant(bin.eval(width, a, b)?),
        None => {
            let (_, cmp) = Cmp::of(op)?;
            Width::W32.constant(u64::from(cmp.eval(width, a, b)))
        }
    };
    replace(site.next(3), &[value])
}

fn fold_unary(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (_, a) = constant(site.op(0)?)?;
    let (width, value) = eval_unary(site.op(1)?, a)?;
    replace(site.next(2), &[width.constant(value)])
}

/// `x op c` where the result is `x`.
fn neutral(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, bin) = Bin::of(site.op(1)?)?;
    let idle = match bin {
        Bin::Add | Bin::Sub | Bin::Or | Bin::Xor => c == 0,
        Bin::Mul | Bin::DivS | Bin::DivU => c == 1,
        Bin::And => c == width.mask(),
        Bin::Shl | Bin::ShrS | Bin::ShrU | Bin::Rotl | Bin::Rotr => c % width.bits() == 0,
        Bin::RemS | Bin::RemU => false,
    };
    if idle { remove(site.next(2)) } else { None }
}

/// `x op c` where the result does not depend on `x`.
fn absorbing(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, bin) = Bin::of(site.op(1)?)?;
    let value = match bin {
        Bin::Mul | Bin::And if c == 0 => 0,
        Bin::Or if c == width.mask() => c,
        Bin::RemU if c == 1 => 0,
        Bin::RemS if c == 1 || c == width.mask() => 0,
        _ => return None,
    };
    replace(site.next(2), &[Instruction::Drop, width.constant(value)])
}

fn power_of_two(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, bin) = Bin::of(site.op(1)?)?;
    if !c.is_power_of_two() || c == 1 {
        return None;
    }
    let shift = u64::from(c.trailing_zeros());
    let (value, bin) = match bin {
        Bin::Mul => (shift, Bin::Shl),
        Bin::DivU => (shift, Bin::ShrU),
        Bin::RemU => (c - 1, Bin::And),
        _ => return None,
    };
    replace(site.next(2), &[width.constant(value), bin.instruction(width)])
}

fn subtract_by_adding(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    match Bin::of(site.op(1)?)? {
        (_, Bin::Sub) if c != 0 => {
            replace(site.next(2), &[width.constant(c.wrapping_neg()), Bin::Add.instruction(width)])
        }
        _ => None,
    }
}

/// `(x op a) op b` with one constant for both.
fn combine(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, a) = constant(site.op(0)?)?;
    let (_, first) = Bin::of(site.op(1)?)?;
    let (_, b) = constant(site.op(2)?)?;
    let (_, second) = Bin::of(site.op(3)?)?;
    let bits = width.bits();
    let (value, bin) = match (first, second) {
        (Bin::Add, Bin::Add) => (a.wrapping_add(b), Bin::Add),
        (Bin::Add, Bin::Sub) => (a.wrapping_sub(b), Bin::Add),
        (Bin::Sub, Bin::Add) => (b.wrapping_sub(a), Bin::Add),
        (Bin::Sub, Bin::Sub) => (a.wrapping_add(b).wrapping_neg(), Bin::Add),
        (Bin::Mul, Bin::Mul) => (a.wrapping_mul(b), Bin::Mul),
        (Bin::And, Bin::And) => (a & b, Bin::And),
        (Bin::Or, Bin::Or) => (a | b, Bin::Or),
        (Bin::Xor, Bin::Xor) => (a ^ b, Bin::Xor),
        (Bin::Rotl, Bin::Rotl) => ((a + b % bits) % bits, Bin::Rotl),
        (Bin::Shl, Bin::Shl) | (Bin::ShrU, Bin::ShrU) if a % bits + b % bits >= bits => {
            return replace(site.next(4), &[Instruction::Drop, width.constant(0)]);
        }
        (Bin::Shl, Bin::Shl) => (a % bits + b % bits, Bin::Shl),
        (Bin::ShrU, Bin::ShrU) => (a % bits + b % bits, Bin::ShrU),
        (Bin::ShrS, Bin::ShrS) => ((a % bits + b % bits).min(bits - 1), Bin::ShrS),
        _ => return None,
    };
    replace(site.next(4), &[width.constant(value), bin.instruction(width)])
}

/// Two shifts by the same distance in opposite directions are a mask or a sign extension.
fn shift_pair(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, a) = constant(site.op(0)?)?;
    let (_, first) = Bin::of(site.op(1)?)?;
    let (_, b) = constant(site.op(2)?)?;
    let (_, second) = Bin::of(site.op(3)?)?;
    let (bits, mask) = (width.bits(), width.mask());
    let shift = a % bits;
    if shift == 0 || shift != b % bits {
        return None;
    }
    let instructions: &[Instruction<'_>] = match (first, second) {
        (Bin::Shl, Bin::ShrS) => &[match (width, shift) {
            (Width::W32, 24) => Instruction::I32Extend8S,
            (Width::W32, 16) => Instruction::I32Extend16S,
            (Width::W64, 56) => Instruction::I64Extend8S,
            (Width::W64, 48) => Instruction::I64Extend16S,
            (Width::W64, 32) => Instruction::I64Extend32S,
            _ => return None,
        }],
        (Bin::Shl, Bin::ShrU) => &[width.constant(mask >> shift), Bin::And.instruction(width)],
        (Bin::ShrU | Bin::ShrS, Bin::Shl) => &[width.constant(mask << shift), Bin::And.instruction(width)],
        _ => return None,
    };
    replace(site.next(4), instructions)
}

fn idle_mask(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (_, mask) = constant(site.op(1)?)?;
    let (_, bin) = Bin::of(site.op(2)?)?;
    let idle = bin == Bin::And && cover(largest(site.op(0)?)?) & !mask == 0;
    if idle { remove(site.at + 1..site.at + 3) } else { None }
}

/// `x op x`.
fn same_local(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::LocalGet { local_index: a }, Operator::LocalGet { local_index: b }) =
        (site.op(0)?, site.op(1)?)
    else {
        return None;
    };
    if a != b {
        return None;
    }
    let op = site.op(2)?;
    if let Some((_, cmp)) = Cmp::of(op) {
        return replace(site.next(3), &[Instruction::I32Const(i32::from(cmp.of_equals()))]);
    }
    match Bin::of(op)? {
        (width, Bin::Sub | Bin::Xor) => replace(site.next(3), &[width.constant(0)]),
        (_, Bin::And | Bin::Or) => remove(site.at + 1..site.at + 3),
        _ => None,
    }
}

/// `c op x` becomes `x op c` where the operator does not care.
fn constant_right(site: &Site<'_, '_, '_, '_>) -> Splices {
    constant(site.op(0)?)?;
    let user = site.view.consumer(site.at)?;
    let instr = site.view.instrs.get(user)?;
    if instr.pops != 2 || user < site.at + 2 || site.view.operand(user, 1) != Some(site.at) {
        return None;
    }
    // Two constants are for folding.
    if constant(site.view.op(user - 1)?).is_some() {
        return None;
    }
    let mut code = Code::new();
    code.carry(site.view, site.next(1));
    match (Bin::of(&instr.op), Cmp::of(&instr.op)) {
        (Some((_, bin)), _) if bin.commutes() => {
            code.carry(site.view, user..user + 1);
        }
        (_, Some((width, cmp))) => {
            code.change(user, &cmp.swapped().instruction(width));
        }
        _ => return None,
    }
    Some(vec![Splice::remove(site.next(1)), Splice { range: user..user + 1, code }])
}

/// `y + (0 - x)` is `y - x`, and `y - (0 - x)` is `y + x`.
fn add_of_negation(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, zero) = constant(site.op(0)?)?;
    let leaf = site.op(1)?;
    let simple = site.view.instrs.get(site.at + 1).is_some_and(|i| i.pops == 0 && i.pushes == 1);
    if zero != 0 || !simple || !effects(site.view, site.at + 1).is_removable() || constant(leaf).is_some() {
        return None;
    }
    let (_, Bin::Sub) = Bin::of(site.op(2)?)? else { return None };
    let bin = match Bin::of(site.op(3)?)? {
        (_, Bin::Add) => Bin::Sub,
        (_, Bin::Sub) => Bin::Add,
        _ => return None,
    };
    let mut code = Code::new();
    code.carry(site.view, site.at + 1..site.at + 2).push(&bin.instruction(width));
    Some(vec![Splice { range: site.next(4), code }])
}

/// Returns the operator that undoes `bin` with the same right operand.
fn undone_by(bin: Bin) -> Option<Bin> {
    match bin {
        Bin::Xor => Some(Bin::Xor),
        Bin::Add => Some(Bin::Sub),
        Bin::Sub => Some(Bin::Add),
        _ => None,
    }
}

/// `e ^ y ^ y`, `e + y - y`, `e - y + y`, and `y ^ e ^ y`, `y + e - y`: all of them `e`.
fn cancel(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::LocalGet { local_index: y } = *site.op(0)? else { return None };
    let first = view.consumer(site.at)?;
    let (_, bin) = Bin::of(view.op(first)?)?;
    let last = first + 2;
    let Operator::LocalGet { local_index } = *view.op(first + 1)? else { return None };
    let (_, back) = Bin::of(view.op(last)?)?;
    let unchanged = !written(view, site.at + 1..first, y);
    if local_index != y || undone_by(bin)? != back || !unchanged {
        return None;
    }
    if first == site.at + 1 {
        return remove(site.next(4));
    }
    // The left operand: only where the order does not matter.
    let straight = tree_start(view, first) == Some(site.at + 1);
    if !bin.commutes() || !straight {
        return None;
    }
    Some(vec![Splice::remove(site.next(1)), Splice::remove(first..last + 1)])
}

/// `x & (x - 1)` is zero where no more than one bit of `x` is set.
fn one_bit(site: &Site<'_, '_, '_, '_>) -> Splices {
    let x = match *site.op(0)? {
        Operator::LocalGet { local_index } | Operator::LocalTee { local_index } => local_index,
        _ => return None,
    };
    let again = |ahead: usize| matches!(site.op(ahead), Some(Operator::LocalGet { local_index }) if *local_index == x);
    let less = if again(1) { 2 } else { 1 };
    let (width, c) = constant(site.op(less)?)?;
    let (_, add) = Bin::of(site.op(less + 1)?)?;
    let minus_one = add == Bin::Add && c == width.mask() || add == Bin::Sub && c == 1;
    let and = if less == 2 {
        less + 2
    } else if again(less + 2) {
        less + 3
    } else {
        return None;
    };
    let (_, Bin::And) = Bin::of(site.op(and)?)? else { return None };
    let (end, cmp) = match (eqz(site.op(and + 1)?), constant(site.op(and + 1)?)) {
        (Some(_), _) => (and + 2, Cmp::LeU),
        (None, Some((_, 0))) => match Cmp::of(site.op(and + 2)?)? {
            (_, Cmp::Eq) => (and + 3, Cmp::LeU),
            (_, Cmp::Ne) => (and + 3, Cmp::GtU),
            _ => return None,
        },
        _ => return None,
    };
    if !minus_one {
        return None;
    }
    let count = match width {
        Width::W32 => Instruction::I32Popcnt,
        Width::W64 => Instruction::I64Popcnt,
    };
    replace(site.at + 1..site.at + end, &[count, width.constant(1), cmp.instruction(width)])
}

/// A sign extension of something that has that sign already.
fn extend_again(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    let bits = |op: &Operator<'_>| {
        Some(match op {
            O::I32Extend8S | O::I64Extend8S | O::I32Load8S { .. } | O::I64Load8S { .. } => 8,
            O::I32Extend16S | O::I64Extend16S | O::I32Load16S { .. } | O::I64Load16S { .. } => 16,
            O::I64Extend32S | O::I64ExtendI32S | O::I64Load32S { .. } => 32,
            _ => return None,
        })
    };
    let first = bits(site.op(0)?)?;
    let second = match site.op(1)? {
        O::I32Extend8S | O::I64Extend8S => 8,
        O::I32Extend16S | O::I64Extend16S => 16,
        O::I64Extend32S => 32,
        _ => return None,
    };
    if first <= second { remove(site.at + 1..site.at + 2) } else { None }
}

/// Signs of floating-point numbers are bits: these hold for every number, NaN included.
fn float_signs(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::F32Neg, Operator::F32Neg) | (Operator::F64Neg, Operator::F64Neg) => remove(site.next(2)),
        (Operator::F32Neg | Operator::F32Abs, Operator::F32Abs)
        | (Operator::F64Neg | Operator::F64Abs, Operator::F64Abs) => remove(site.next(1)),
        _ => None,
    }
}

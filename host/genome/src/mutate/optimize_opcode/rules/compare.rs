//! Comparisons and truth values.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::super::Site;
use super::super::alu::{Bin, Cmp, Width, constant, eqz, eqz_of, inverse, largest};
use super::super::effects::{effects_of, tree_start, writes};
use super::{Gain, Rule, Splices, remove, replace};
use crate::mutate::{Code, Splice};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "compare with zero",
        gain: Gain::Cheaper,
        local: true,
        find: equals_zero,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 0 i32.eq",
            "(param i64) (result i32) local.get 0 i64.const 1 i64.lt_u",
            "(param i64) (result i32) local.get 0 i64.const 0 i64.le_u",
        ],
    },
    Rule {
        name: "compare unsigned with zero",
        gain: Gain::Even,
        local: true,
        find: not_zero,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 0 i32.gt_u",
            "(param i64) (result i32) local.get 0 i64.const 1 i64.ge_u",
        ],
    },
    Rule {
        name: "compare that is always the same",
        gain: Gain::Cheaper,
        local: true,
        find: always,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 0 i32.lt_u",
            "(param i64) (result i32) local.get 0 i64.const -1 i64.le_u",
            "(param i32) (result i32) local.get 0 i32.const 0x80000000 i32.ge_s",
        ],
    },
    Rule {
        name: "opposite compare",
        gain: Gain::Cheaper,
        local: true,
        find: compare_eqz,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.lt_s i32.eqz",
            "(param f64 f64) (result i32) local.get 0 local.get 1 f64.eq i32.eqz",
        ],
    },
    Rule {
        name: "not zero as a condition",
        gain: Gain::Cheaper,
        local: true,
        find: condition,
        examples: &[
            "(param i32) (result i32) i32.const 4 i32.const 9 local.get 0 i32.const 0 i32.ne select",
            "(param i32) (result i32) local.get 0 i32.eqz i32.eqz if (result i32) i32.const 1 else i32.const 2 end",
            "(param i64) (result i32) local.get 0 i64.const 0 i64.ne i32.eqz",
        ],
    },
    Rule {
        name: "truth of a truth value",
        gain: Gain::Cheaper,
        local: true,
        find: truth,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.lt_s i32.const 0 i32.ne",
            "(param i32) (result i32) local.get 0 i32.eqz i32.const 1 i32.eq",
            "(param i32) (result i32) local.get 0 i32.eqz i32.const 1 i32.ne",
            "(param f32) (result i32) local.get 0 f32.const 1 f32.lt i32.eqz i32.eqz",
        ],
    },
    Rule {
        name: "difference is zero",
        gain: Gain::Cheaper,
        local: true,
        find: difference,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.sub i32.eqz",
            "(param i64 i64) (result i32) local.get 0 local.get 1 i64.xor i64.const 0 i64.ne",
        ],
    },
    Rule {
        name: "zero of an extended value",
        gain: Gain::Cheaper,
        local: true,
        find: extended_zero,
        examples: &[
            "(param i32) (result i32) local.get 0 i64.extend_i32_u i64.eqz",
            "(param i32) (result i32) local.get 0 i64.extend_i32_s i64.const 0 i64.ne i32.eqz",
        ],
    },
    Rule {
        name: "mask of a truth value",
        gain: Gain::Cheaper,
        local: false,
        find: truth_mask,
        examples: &[
            "(param i32 i32) (result i32)
             local.get 0 local.get 1 i32.xor i32.const 0 local.get 0 local.get 1 i32.ge_s i32.sub i32.and",
            "(param i32 i64) (result i32)
             i32.const 0 local.get 1 i64.eqz i32.sub local.get 0 i32.const 7 i32.mul i32.and",
        ],
    },
    Rule {
        name: "sign as a comparison",
        gain: Gain::Even,
        local: true,
        find: sign,
        examples: &["(param i32) (result i32) local.get 0 i32.const 31 i32.shr_u"],
    },
    Rule {
        name: "compare with shifted constant",
        gain: Gain::Cheaper,
        local: true,
        find: compare_after_add,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.const 5 i32.add i32.const 9 i32.eq",
            "(param i64) (result i32) local.get 0 i64.const 5 i64.sub i64.eqz",
            "(param i64) (result i32) local.get 0 i64.const 5 i64.xor i64.const 3 i64.ne",
        ],
    },
];

fn equals_zero(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, cmp) = Cmp::of(site.op(1)?)?;
    match (cmp, c) {
        (Cmp::Eq | Cmp::LeU, 0) | (Cmp::LtU, 1) => replace(site.next(2), &[eqz_of(width)]),
        _ => None,
    }
}

fn not_zero(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, cmp) = Cmp::of(site.op(1)?)?;
    match (cmp, c) {
        (Cmp::GtU, 0) | (Cmp::GeU, 1) => {
            replace(site.next(2), &[width.constant(0), Cmp::Ne.instruction(width)])
        }
        _ => None,
    }
}

fn always(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, c) = constant(site.op(0)?)?;
    let (_, cmp) = Cmp::of(site.op(1)?)?;
    let (top, signed_low) = (width.mask(), 1 << (width.bits() - 1));
    let signed_high = signed_low - 1;
    let value = match cmp {
        Cmp::LtU if c == 0 => 0,
        Cmp::GeU if c == 0 => 1,
        Cmp::GtU if c == top => 0,
        Cmp::LeU if c == top => 1,
        Cmp::LtS if c == signed_low => 0,
        Cmp::GeS if c == signed_low => 1,
        Cmp::GtS if c == signed_high => 0,
        Cmp::LeS if c == signed_high => 1,
        _ => return None,
    };
    replace(site.next(2), &[Instruction::Drop, Instruction::I32Const(value)])
}

fn compare_eqz(site: &Site<'_, '_, '_, '_>) -> Splices {
    let opposite = inverse(site.op(0)?)?;
    match site.op(1)? {
        Operator::I32Eqz => replace(site.next(2), &[opposite]),
        _ => None,
    }
}

/// What only asks whether a number is zero does not need it turned into 0 or 1 first.
fn condition(site: &Site<'_, '_, '_, '_>) -> Splices {
    let asks = |op: Option<&Operator<'_>>| {
        matches!(
            op,
            Some(
                Operator::If { .. } | Operator::BrIf { .. } | Operator::Select | Operator::TypedSelect { .. }
            )
        )
    };
    match (site.op(0)?, site.op(1)?) {
        (Operator::I32Const { value: 0 }, Operator::I32Ne) if asks(site.op(2)) => remove(site.next(2)),
        (Operator::I32Const { value: 0 }, Operator::I32Ne) if eqz(site.op(2)?).is_some() => {
            remove(site.next(2))
        }
        (Operator::I64Const { value: 0 }, Operator::I64Ne) if matches!(site.op(2)?, Operator::I32Eqz) => {
            replace(site.next(3), &[Instruction::I64Eqz])
        }
        (Operator::I32Eqz, Operator::I32Eqz) if asks(site.op(2)) => remove(site.next(2)),
        _ => None,
    }
}

/// A value that is 0 or 1 already.
fn truth(site: &Site<'_, '_, '_, '_>) -> Splices {
    if largest(site.op(0)?)? > 1 || constant(site.op(0)?).is_some() {
        return None;
    }
    match (site.op(1)?, site.op(2)?) {
        (Operator::I32Const { value: 0 }, Operator::I32Ne)
        | (Operator::I32Const { value: 1 }, Operator::I32Eq)
        | (Operator::I32Eqz, Operator::I32Eqz) => remove(site.at + 1..site.at + 3),
        (Operator::I32Const { value: 1 }, Operator::I32Ne) => {
            replace(site.at + 1..site.at + 3, &[Instruction::I32Eqz])
        }
        _ => None,
    }
}

fn difference(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, Bin::Sub | Bin::Xor) = Bin::of(site.op(0)?)? else { return None };
    if eqz(site.op(1)?).is_some() {
        return replace(site.next(2), &[Cmp::Eq.instruction(width)]);
    }
    let (_, 0) = constant(site.op(1)?)? else { return None };
    match Cmp::of(site.op(2)?)? {
        (_, cmp @ (Cmp::Eq | Cmp::Ne)) => replace(site.next(3), &[cmp.instruction(width)]),
        _ => None,
    }
}

fn extended_zero(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::I64ExtendI32S | Operator::I64ExtendI32U) = site.op(0)? else { return None };
    match (site.op(1)?, site.op(2)) {
        (Operator::I64Eqz, _) => replace(site.next(2), &[Instruction::I32Eqz]),
        (Operator::I64Const { value: 0 }, Some(Operator::I64Ne)) => {
            replace(site.next(3), &[Instruction::I32Const(0), Instruction::I32Ne])
        }
        _ => None,
    }
}

/// `(0 - c) & v`, or the other way round, where `c` is 0 or 1, becomes `c if v else 0 end`, where it cannot be noticed
/// that `v` is left out.
fn truth_mask(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::I32Const { value: 0 } = site.op(0)? else { return None };
    let sub = view.consumer(site.at)?;
    let Operator::I32Sub = view.op(sub)? else { return None };
    let condition = site.at + 1..sub;
    if tree_start(view, sub) != Some(condition.start) || largest(view.op(sub - 1)?)? > 1 {
        return None;
    }
    let and = view.consumer(sub)?;
    let Operator::I32And = view.op(and)? else { return None };
    let (value, whole) = if and == sub + 1 {
        let start = tree_start(view, site.at)?;
        let commutes = effects_of(view, start..site.at).commutes_with(effects_of(view, condition.clone()));
        let writes_none = !view.instrs[condition.clone()].iter().any(|instr| writes(&instr.op).is_some());
        if !commutes || !writes_none {
            return None;
        }
        (start..site.at, start..and + 1)
    } else {
        (tree_start(view, and).filter(|&start| start == sub + 1)?..and, site.at..and + 1)
    };
    let skippable = effects_of(view, value.clone()).is_removable()
        && !view.instrs[value.clone()].iter().any(|instr| writes(&instr.op).is_some());
    if !skippable {
        return None;
    }
    let mut code = Code::new();
    code.carry(view, condition)
        .push(&Instruction::If(wasm_encoder::BlockType::Result(wasm_encoder::ValType::I32)))
        .carry(view, value)
        .push(&Instruction::Else)
        .push(&Instruction::I32Const(0))
        .push(&Instruction::End);
    Some(vec![Splice { range: whole, code }])
}

/// The topmost bit by itself says whether a number is below zero.
fn sign(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::I32Const { value }, Operator::I32ShrU) if value & 31 == 31 => {
            replace(site.next(2), &[Instruction::I32Const(0), Instruction::I32LtS])
        }
        _ => None,
    }
}

/// `x + a == b` is `x == b - a`; likewise for subtraction and exclusive or, and for being unequal.
fn compare_after_add(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (width, a) = constant(site.op(0)?)?;
    let (_, bin) = Bin::of(site.op(1)?)?;
    let undo = |b: u64| match bin {
        Bin::Add => Some(b.wrapping_sub(a)),
        Bin::Sub => Some(b.wrapping_add(a)),
        Bin::Xor => Some(b ^ a),
        _ => None,
    };
    let w: Width = width;
    if eqz(site.op(2)?).is_some() {
        return replace(site.next(3), &[w.constant(undo(0)?), Cmp::Eq.instruction(w)]);
    }
    let (_, b) = constant(site.op(2)?)?;
    match Cmp::of(site.op(3)?)? {
        (_, cmp @ (Cmp::Eq | Cmp::Ne)) => replace(site.next(4), &[w.constant(undo(b)?), cmp.instruction(w)]),
        _ => None,
    }
}

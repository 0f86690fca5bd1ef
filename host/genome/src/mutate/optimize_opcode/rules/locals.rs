//! Locals: copies, stores nobody reads, values that can stay on the stack.

use wasm_encoder::Instruction;
use wasmparser::{Operator, ValType};

use super::super::Site;
use super::super::alu::constant;
use super::super::effects::{effects, is_control, read, reads, writes, written};
use super::{Gain, Rule, Splices, remove, replace};
use crate::mutate::{Code, Splice};

/// How far the rules that follow a local look ahead, in instructions.
const REACH: usize = 256;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "set then get is tee",
        gain: Gain::Cheaper,
        local: true,
        find: set_get,
        examples: &["(param i32) (result i32) (local i32) local.get 0 local.set 1 local.get 1 local.get 1 i32.mul"],
    },
    Rule {
        name: "get then set of the same",
        gain: Gain::Cheaper,
        local: true,
        find: get_set,
        examples: &[
            "(param i32) (result i32) local.get 0 local.set 0 local.get 0",
            "(param i32) (result i32) local.get 0 local.tee 0 local.get 0 i32.add",
        ],
    },
    Rule {
        name: "store that nobody reads",
        gain: Gain::Cheaper,
        local: true,
        find: dead_store,
        examples: &[
            "(param i32) (result i32) (local i32) i32.const 5 local.set 1 local.get 0",
            "(param i32) (result i32) local.get 0 i32.const 1 i32.add local.tee 0",
            "(param i32) (result i32) i32.const 3 local.set 0 loop (result i32) i32.const 1 local.tee 0 end",
        ],
    },
    Rule {
        name: "value that nobody wants",
        gain: Gain::Cheaper,
        local: true,
        find: dropped,
        examples: &[
            "(param i32) local.get 0 drop",
            "(param i32 i32) local.get 0 local.get 1 i32.add drop",
            "(param i32) local.get 0 i32.eqz drop",
        ],
    },
    Rule {
        name: "value that nobody wants later",
        gain: Gain::Cheaper,
        local: false,
        find: dropped_later,
        examples: &[
            "(param i32 i32) (result i32)
             local.get 0 i32.const 3 i32.store i32.const 7 local.get 1 i32.const 5 i32.add local.set 1 drop local.get 1",
        ],
    },
    Rule {
        name: "tee then drop is set",
        gain: Gain::Even,
        local: true,
        find: tee_drop,
        examples: &["(param i32) (result i32) i32.const 4 local.tee 0 drop local.get 0"],
    },
    Rule {
        name: "local that is never written",
        gain: Gain::Even,
        local: false,
        find: never_written,
        examples: &[
            "(param i32) (result i32) (local i32) local.get 0 local.get 1 i32.sub",
            "(param i32) (result f64) (local i64 f64) local.get 2 local.get 1 f64.convert_i64_s f64.sub",
        ],
    },
    Rule {
        name: "write to where it is copied",
        gain: Gain::Cheaper,
        local: false,
        find: coalesce,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.get 1 i32.add local.set 2 local.get 2 i32.const 3 i32.mul local.set 1
             local.get 2 local.set 0 local.get 0 local.get 1 i32.add",
        ],
    },
    Rule {
        name: "read the original of a copy",
        gain: Gain::Even,
        local: false,
        find: copy_propagation,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.set 2 local.get 1 if local.get 2 local.set 1 end local.get 1 local.get 2 i32.add",
            "(param i32) (result i32) (local i32) i32.const 7 local.set 1 local.get 0 local.get 1 i32.mul",
        ],
    },
    Rule {
        name: "tee of a value that is there already",
        gain: Gain::Cheaper,
        local: true,
        find: tee_again,
        examples: &["(param i32) (result i32) (local i32) local.get 0 local.tee 1 local.set 1 local.get 1 local.get 0 i32.add"],
    },
];

fn set_get(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::LocalSet { local_index: a }, Operator::LocalGet { local_index: b }) if a == b => {
            replace(site.next(2), &[Instruction::LocalTee(*a)])
        }
        _ => None,
    }
}

fn get_set(site: &Site<'_, '_, '_, '_>) -> Splices {
    let a = reads(site.op(0)?)?;
    match site.op(1)? {
        Operator::LocalSet { local_index } if *local_index == a => remove(site.next(2)),
        Operator::LocalTee { local_index } if *local_index == a => remove(site.at + 1..site.at + 2),
        _ => None,
    }
}

fn dead_store(site: &Site<'_, '_, '_, '_>) -> Splices {
    writes(site.op(0)?)?;
    if site.facts.live_after(site.at) {
        return None;
    }
    match site.op(0)? {
        Operator::LocalSet { .. } => replace(site.next(1), &[Instruction::Drop]),
        _ => remove(site.next(1)),
    }
}

/// The last instruction of what makes a dropped value, where it does nothing else.
fn dropped(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::Drop = site.op(1)? else { return None };
    let instr = site.view.instrs.get(site.at)?;
    let harmless = effects(site.view, site.at).is_removable() && writes(&instr.op).is_none();
    if !harmless || instr.pushes != 1 || instr.pops > 2 || matches!(instr.op, Operator::Drop | Operator::Nop)
    {
        return None;
    }
    let drops = vec![Instruction::Drop; instr.pops as usize];
    replace(site.next(2), &drops)
}

/// A value that is there without work and is dropped when other things have happened.
fn dropped_later(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let instr = view.instrs.get(site.at)?;
    let idle = effects(view, site.at).is_removable() && writes(&instr.op).is_none();
    let drop = view.consumer(site.at)?;
    let Operator::Drop = view.op(drop)? else { return None };
    if !idle || instr.pushes != 1 || instr.pops != 0 || drop == site.at + 1 {
        return None;
    }
    Some(vec![Splice::remove(site.next(1)), Splice::remove(drop..drop + 1)])
}

fn tee_drop(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::LocalTee { local_index }, Operator::Drop) => {
            replace(site.next(2), &[Instruction::LocalSet(*local_index)])
        }
        _ => None,
    }
}

/// A local that is no parameter and that nothing writes is zero.
fn never_written(site: &Site<'_, '_, '_, '_>) -> Splices {
    let local = reads(site.op(0)?)?;
    if local < site.view.params || site.facts.is_written(local) {
        return None;
    }
    let zero = match site.view.locals.get(local as usize)? {
        ValType::I32 => Instruction::I32Const(0),
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0.into()),
        ValType::F64 => Instruction::F64Const(0.0.into()),
        ValType::V128 | ValType::Ref(_) => return None,
    };
    replace(site.next(1), &[zero])
}

/// `set t; ...; get t; set x` becomes `set x; ...`, with `x` for `t` between, where nobody else sees either.
fn coalesce(site: &Site<'_, '_, '_, '_>) -> Splices {
    let t = writes(site.op(0)?)?;
    let view = site.view;
    let end = (site.at + 1..view.len())
        .take(REACH)
        .take_while(|&at| view.op(at).is_some_and(|op| !is_control(op)))
        .find(|&at| {
            view.op(at).and_then(reads) == Some(t)
                && matches!(view.op(at + 1), Some(Operator::LocalSet { local_index }) if *local_index != t)
        })?;
    let x = writes(view.op(end + 1)?)?;
    let between = site.at + 1..end;
    let same_type = view.locals.get(t as usize) == view.locals.get(x as usize);
    let private = !written(view, between.clone(), t)
        && !written(view, between.clone(), x)
        && !read(view, between.clone(), x)
        && !site.facts.live_after(end);
    if !same_type || !private {
        return None;
    }
    let first = match site.op(0)? {
        Operator::LocalSet { .. } => Instruction::LocalSet(x),
        _ => Instruction::LocalTee(x),
    };
    let mut splices = vec![Splice::change(site.at, &first), Splice::remove(end..end + 2)];
    for at in between {
        if view.op(at).and_then(reads) == Some(t) {
            splices.push(Splice::change(at, &Instruction::LocalGet(x)));
        }
    }
    Some(splices)
}

/// After `get x; set y` (or a constant in place of `get x`), `get y` may as well read `x`, as long as neither has
/// been written and control cannot have come from elsewhere.
fn copy_propagation(site: &Site<'_, '_, '_, '_>) -> Splices {
    let source = site.op(0)?;
    let x = reads(source);
    if x.is_none() && constant(source).is_none() {
        return None;
    }
    let (Operator::LocalSet { local_index: y } | Operator::LocalTee { local_index: y }) = *site.op(1)? else {
        return None;
    };
    if x == Some(y) || (x.is_none() && matches!(site.op(1)?, Operator::LocalTee { .. })) {
        return None;
    }
    let view = site.view;
    let clobbers = |op: &Operator<'_>| writes(op).is_some_and(|local| local == y || Some(local) == x);
    let level = view.instrs[site.at].parent;
    let mut splices = Vec::new();
    let mut at = site.at + 2;
    while at < view.len() && at < site.at + REACH {
        let instr = &view.instrs[at];
        match &instr.op {
            // What comes after the end of the level may have been reached without the copy.
            Operator::End | Operator::Else if instr.parent == level => break,
            Operator::Loop { .. } => {
                let end = instr.partner as usize;
                if view.instrs[at..end].iter().any(|instr| clobbers(&instr.op)) {
                    break;
                }
            }
            op if clobbers(op) => break,
            op if reads(op) == Some(y) => {
                let mut code = Code::new();
                code.copy(view, site.next(1));
                splices.push(Splice { range: at..at + 1, code });
            }
            _ => {}
        }
        at += 1;
    }
    (!splices.is_empty()).then_some(splices)
}

/// `tee x; set x` and `tee x; tee x` write twice what is the same.
fn tee_again(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::LocalTee { local_index }, next) if writes(next) == Some(*local_index) => {
            remove(site.next(1))
        }
        _ => None,
    }
}

//! Locals: copies, stores nobody reads, values that can stay on the stack.

use wasm_encoder::Instruction;
use wasmparser::{Operator, ValType};

use super::super::Site;
use super::super::alu::{Bin, Cmp, constant};
use super::super::effects::{effects, effects_of, is_control, read, reads, tree_start, writes, written};
use super::{Gain, Rule, Splices, remove, replace};
use crate::mutate::{Code, Splice};
use crate::window::Window;

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
        name: "tee then drop is set",
        gain: Gain::Even,
        local: true,
        find: tee_drop,
        examples: &["(param i32) (result i32) i32.const 4 local.tee 0 drop local.get 0"],
    },
    Rule {
        name: "value stays on the stack",
        gain: Gain::Cheaper,
        local: false,
        find: forward,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.const 3 i32.mul local.set 2 local.get 1 i32.const 2 i32.add local.get 2 i32.sub",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.load local.set 2 local.get 1 local.get 2 i32.sub",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.const 7 i32.and local.set 2
             block local.get 2 br_if 0 local.get 0 local.set 1 end local.get 1",
        ],
    },
    Rule {
        name: "value is made where it is first read",
        gain: Gain::Cheaper,
        local: false,
        find: sink,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.const 3 i32.mul local.set 2
             local.get 1 i32.const 2 i32.add local.get 2 i32.sub local.get 2 i32.xor",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.load local.set 2 local.get 1 block local.get 2 br_if 0 i32.const 5 local.set 1 end
             local.get 2 i32.sub local.get 1 i32.add",
        ],
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
        name: "operands the other way round",
        gain: Gain::Cheaper,
        local: true,
        find: swap_for_tee,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.const 1 i32.add local.set 2 local.get 1 local.get 2 i32.lt_s local.get 2 i32.add",
        ],
    },
    Rule {
        name: "operand waits on the stack",
        gain: Gain::Cheaper,
        local: false,
        find: waits,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.const 1 i32.add local.set 2
             local.get 1 if (result i32) local.get 0 i32.load else i32.const 7 end local.get 2 i32.sub
             local.set 2 local.get 0 i32.const 3 i32.mul local.get 2 i32.gt_u",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 i32.load local.set 2 local.get 1 local.get 2 i32.div_u local.get 2 i32.xor",
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

fn tee_drop(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::LocalTee { local_index }, Operator::Drop) => {
            replace(site.next(2), &[Instruction::LocalSet(*local_index)])
        }
        _ => None,
    }
}

/// `e; set x; ...; get x` becomes `...; e` where `x` is read once and `e` may as well be computed later.
fn forward(site: &Site<'_, '_, '_, '_>) -> Splices {
    delay(site, false)
}

/// `e; set x; ...; get x` becomes `...; e; tee x` where `x` is read again and `e` may as well be computed later.
fn sink(site: &Site<'_, '_, '_, '_>) -> Splices {
    delay(site, true)
}

/// What [`forward`] and [`sink`] have in common; `again` says whether `x` is read after its first read.
fn delay(site: &Site<'_, '_, '_, '_>, again: bool) -> Splices {
    let Operator::LocalSet { local_index: x } = *site.op(0)? else { return None };
    let view = site.view;
    let start = tree_start(view, site.at)?;
    let tree = start..site.at;
    // A copy is for its reader to see through.
    if again && tree.len() == 1 {
        return None;
    }
    if view.instrs[tree.clone()].iter().any(|instr| writes(&instr.op).is_some()) {
        return None;
    }
    let tree_effects = effects_of(view, tree.clone());
    if tree_effects.other {
        return None;
    }
    let inputs: Vec<u32> = view.instrs[tree.clone()].iter().filter_map(|instr| reads(&instr.op)).collect();
    let mut between = super::super::effects::Effects::default();
    let mut opened = 0;
    for at in (site.at + 1..view.len()).take(REACH) {
        let op = view.op(at)?;
        if reads(op) == Some(x) {
            // The first reader, and reached in a straight line: whoever else sees `x` comes after it.
            if site.facts.live_after(at) != again || !tree_effects.commutes_with(between) {
                return None;
            }
            let mut code = Code::new();
            code.carry(view, tree.clone());
            if again {
                code.push(&Instruction::LocalTee(x));
            }
            return Some(vec![Splice::remove(start..site.at + 1), Splice { range: at..at + 1, code }]);
        }
        // Blocks may be walked into and out of: with no jump on the way, the line is still straight.
        match op {
            Operator::Block { .. } => {
                opened += 1;
                continue;
            }
            Operator::End if opened > 0 => {
                opened -= 1;
                continue;
            }
            _ => {}
        }
        let clobbers = writes(op).is_some_and(|local| local == x || inputs.contains(&local));
        if is_control(op) || clobbers {
            return None;
        }
        between = between | effects(view, at);
    }
    None
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

/// `set y; get x; get y; op` becomes `tee y; get x; op'` for an operator that can take its operands the other way
/// round.
fn swap_for_tee(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::LocalSet { local_index: y } = *site.op(0)? else { return None };
    let x = reads(site.op(1)?)?;
    if x == y || reads(site.op(2)?)? != y {
        return None;
    }
    let operator = turned(site.op(3)?)?;
    replace(site.next(4), &[Instruction::LocalTee(y), Instruction::LocalGet(x), operator])
}

/// Returns the operator that says the same of its operands the other way round.
fn turned(op: &Operator<'_>) -> Option<Instruction<'static>> {
    match (Bin::of(op), Cmp::of(op)) {
        (Some((width, bin)), _) if bin.commutes() => Some(bin.instruction(width)),
        (_, Some((width, cmp))) => Some(cmp.swapped().instruction(width)),
        _ => None,
    }
}

/// `set y; e; get y; op` becomes `e; op'` on top of what was set, with `tee y` before it where `y` is read again.
fn waits(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::LocalSet { local_index: y } = *site.op(0)? else { return None };
    let view = site.view;
    let start = site.at + 1;
    let end = (start..view.len()).take(REACH).find(|&at| {
        let next = view.op(at + 1);
        view.op(at).and_then(reads) == Some(y)
            && view.instrs[at].parent == view.instrs[site.at].parent
            && next.is_some_and(|op| turned(op).is_some())
    })?;
    let window = Window::of(view, start..end)?;
    let alone = window.takes.is_empty() && window.gives.len() == 1;
    if !alone || written(view, start..end, y) {
        return None;
    }
    let first = if site.facts.live_after(end) || read(view, start..end, y) {
        Splice::change(site.at, &Instruction::LocalTee(y))
    } else {
        Splice::remove(site.next(1))
    };
    Some(vec![first, Splice::replace(end..end + 2, &[turned(view.op(end + 1)?)?])])
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

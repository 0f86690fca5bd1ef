//! The operand stack: values that can stay there, or be made where they are read.

use std::ops::Range;

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::super::Site;
use super::super::alu::{Bin, Cmp};
use super::super::effects::{
    Effects, effects, effects_of, is_control, read, reads, tree_start, writes, written,
};
use super::{Gain, Rule, Splices, replace};
use crate::mutate::{Code, Splice};
use crate::window::Window;

/// How far the rules that follow a local look ahead, in instructions.
const REACH: usize = 256;

pub(super) const RULES: &[Rule] = &[
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
        name: "reader of a new value comes first",
        gain: Gain::Even,
        local: false,
        find: nearer,
        examples: &[
            "(param i32 i32) (result i32) (local i32 i32 i32)
             local.get 0 i32.const 3 i32.mul local.set 2
             local.get 0 local.get 1 i32.const 7 i32.shr_u local.tee 3 i32.mul
             local.get 2 i32.const 16 i32.shr_u local.tee 4 i32.add
             local.get 3 local.get 4 i32.sub i32.mul",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.get 1 i32.xor local.set 2
             local.get 0 i32.load local.get 2 i32.const 16 i32.and i32.lt_s",
        ],
    },
];

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
    let mut between = Effects::default();
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

/// `set y; a; b; op`, where `b` is the first to read `y`, becomes `set y; b; a; op'`, where neither can tell.
fn nearer(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::LocalSet { local_index: y } = *site.op(0)? else { return None };
    let view = site.view;
    let start = site.at + 1;
    let first = (start..view.len()).take(REACH).find(|&at| view.op(at).and_then(reads) == Some(y))?;
    // The trees that begin at `start`, the smallest first, until one is the left operand of what reads `y` on the right.
    let mut end = start;
    let user = loop {
        if view.instrs.get(end).is_none_or(|instr| instr.pushes != 1 || is_control(&instr.op)) || end >= first
        {
            return None;
        }
        let user = view.consumer(end)?;
        if user > first && view.instrs[user].pops == 2 && view.operand(user, 1) == Some(end) {
            break user;
        }
        end = user;
    };
    let (a, b) = (start..end + 1, end + 1..user);
    let whole = tree_start(view, a.end) == Some(a.start) && tree_start(view, b.end) == Some(b.start);
    let in_the_way = |one: &Range<usize>, other: &Range<usize>| {
        view.instrs[one.clone()]
            .iter()
            .filter_map(|instr| writes(&instr.op))
            .any(|local| read(view, other.clone(), local) || written(view, other.clone(), local))
    };
    let apart = effects_of(view, a.clone()).commutes_with(effects_of(view, b.clone()))
        && !in_the_way(&a, &b)
        && !in_the_way(&b, &a);
    if !whole || !apart {
        return None;
    }
    let operator = turned(view.op(user)?)?;
    let mut code = Code::new();
    code.carry(view, b).carry(view, a).change(user, &operator);
    Some(vec![Splice { range: start..user + 1, code }])
}

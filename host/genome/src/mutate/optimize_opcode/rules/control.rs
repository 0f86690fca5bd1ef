//! Control: blocks nobody jumps to, jumps to the next instruction, conditions that are known, loops turned round.

use wasm_encoder::Instruction;
use wasmparser::{BlockType, Operator, ValType};

use super::super::Site;
use super::super::alu::{Bin, Width, constant, eval_unary, inverse};
use super::super::effects::{effects_of, is_control, read, reads, tree_start, writes, written};
use super::{Gain, Rule, Splices, remove, replace};
use crate::mutate::{Code, Splice};
use crate::view::{FunctionView, NONE};

/// The most instructions of a loop's test that are copied when the loop is turned round.
const MAX_TEST: usize = 32;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "remove nop",
        gain: Gain::Even,
        local: true,
        find: nop,
        examples: &["(param i32) (result i32) nop local.get 0 nop"],
    },
    Rule {
        name: "condition that is known",
        gain: Gain::Cheaper,
        local: false,
        find: known_condition,
        examples: &[
            "(param i32) (result i32) i32.const 3 if (result i32) local.get 0 else i32.const 9 end",
            "(param i32) (result i32) i32.const 0 if (result i32) local.get 0 else i32.const 9 end",
            "(param i32) (result i32) i32.const 0 if i32.const 3 local.set 0 end local.get 0",
            "(param i32) (result i32) block i32.const 1 br_if 0 i32.const 3 local.set 0 end local.get 0",
            "(param i32) (result i32) block i32.const 0 br_if 0 i32.const 3 local.set 0 end local.get 0",
        ],
    },
    Rule {
        name: "select that is known",
        gain: Gain::Cheaper,
        local: false,
        find: known_select,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.const 1 select",
            "(param i32 i32) (result i32) local.get 0 local.get 1 i32.const 5 i32.add i32.const 0 select",
        ],
    },
    Rule {
        name: "branch instead of select",
        gain: Gain::Cheaper,
        local: false,
        find: select_to_if,
        examples: &[
            "(param i32 i32) (result i32) local.get 0 local.get 1 local.get 0 local.get 1 i32.lt_s select",
            "(param i32 i64) (result i64)
             local.get 1 i64.const 3 i64.mul i64.const 8 local.get 0 select",
        ],
    },
    Rule {
        name: "arms the other way round",
        gain: Gain::Cheaper,
        local: false,
        find: swap_arms,
        examples: &[
            "(param i32) (result i32) local.get 0 i32.eqz if (result i32) i32.const 4 else i32.const 9 end",
            "(param i32) (result i32) (local i32)
             local.get 0 i32.eqz if i32.const 4 local.set 1 else i32.const 9 local.set 1 end local.get 1",
        ],
    },
    Rule {
        name: "work after a choice",
        gain: Gain::Cheaper,
        local: false,
        find: into_arms,
        examples: &[
            "(param i32 i32) (result i32)
             local.get 0 if (result i32) local.get 0 local.get 1 i32.xor else i32.const 0 end local.get 1 i32.xor",
            "(param i32 i32) (result i32)
             local.get 1 local.get 0 if (result i32) i32.const 0 else local.get 1 i32.const 5 i32.mul end
             i32.add local.get 0 i32.add",
            "(param i32 i64) (result i64)
             local.get 0 if (result i64) local.get 1 else i64.const 12 end i64.const 10 i64.and",
            "(param i32 i64) (result i32)
             local.get 0 if (result i64) i64.const 12 else local.get 1 end i64.eqz",
        ],
    },
    Rule {
        name: "skipped assignment",
        gain: Gain::Cheaper,
        local: false,
        find: skipped_assignment,
        examples: &[
            "(param i32) (result i32) (local i32)
             i32.const 9 local.set 1
             block local.get 0 i32.eqz br_if 0 i32.const 3 local.get 0 i32.mul local.set 1 end local.get 1",
            "(param i32 i32) (result i32) (local i32)
             local.get 1 local.set 2
             block local.get 0 local.tee 0 br_if 0 i32.const 5 local.get 0 i32.load i32.add local.set 2 end
             local.get 2 local.get 0 i32.sub",
        ],
    },
    Rule {
        name: "empty block",
        gain: Gain::Even,
        local: true,
        find: empty_block,
        examples: &["(param i32) block end loop end"],
    },
    Rule {
        name: "empty arms",
        gain: Gain::Cheaper,
        local: true,
        find: empty_arms,
        examples: &["(param i32) local.get 0 if end", "(param i32) local.get 0 if else end"],
    },
    Rule {
        name: "empty else",
        gain: Gain::Even,
        local: true,
        find: empty_else,
        examples: &["(param i32) (result i32) local.get 0 if i32.const 3 local.set 0 else end local.get 0"],
    },
    Rule {
        name: "block without a jump to it",
        gain: Gain::Even,
        local: false,
        find: flatten,
        examples: &[
            "(param i32) (result i32)
             block block local.get 0 br_if 1 i32.const 3 local.set 0 end i32.const 2 local.set 0 end local.get 0",
            "(param i32) (result i32) loop (result i32) local.get 0 i32.const 3 i32.add end",
        ],
    },
    Rule {
        name: "jump to the next instruction",
        gain: Gain::Cheaper,
        local: false,
        find: jump_to_next,
        examples: &[
            "(param i32) (result i32) block i32.const 3 local.set 0 br 0 end local.get 0",
            "(param i32) (result i32) block (result i32) block (result i32) local.get 0 br 1 end end",
            "(param i32) block local.get 0 br_if 0 end",
        ],
    },
    Rule {
        name: "return at the end",
        gain: Gain::Even,
        local: true,
        find: return_at_end,
        examples: &["(param i32) (result i32) local.get 0 return"],
    },
    Rule {
        name: "jump over a jump",
        gain: Gain::Cheaper,
        local: false,
        find: jump_over_jump,
        examples: &[
            "(param i32) (result i32) (local i32)
             block block local.get 0 i32.eqz br_if 0 br 1 end i32.const 5 local.set 1 end local.get 1",
            "(param i32) (result i32) (local i32)
             block block local.get 0 i32.const 5 i32.lt_u br_if 0 br 1 end i32.const 5 local.set 1 end local.get 1",
        ],
    },
    Rule {
        name: "jump instead of an arm",
        gain: Gain::Cheaper,
        local: false,
        find: arm_to_jump,
        examples: &[
            "(param i32) (result i32) (local i32)
             block local.get 0 if br 1 end i32.const 5 local.set 1 end local.get 1",
        ],
    },
    Rule {
        name: "test at the end of a loop",
        gain: Gain::Cheaper,
        local: false,
        find: turn_loop,
        examples: &[
            "(param i64) (result i64) (local i64)
             local.get 0 i64.const 63 i64.and local.set 0
             block loop local.get 0 i64.const 1 i64.lt_s br_if 1
             local.get 1 local.get 0 i64.add local.set 1 local.get 0 i64.const 1 i64.sub local.set 0 br 0 end end
             local.get 1",
            "(param i32) (result i32) (local i32)
             block block loop local.get 1 local.get 0 i32.const 31 i32.and i32.ge_u br_if 2
             local.get 1 i32.const 1 i32.add local.set 1 br 0 end end i32.const 99 local.set 1 end local.get 1",
        ],
    },
];

fn nop(site: &Site<'_, '_, '_, '_>) -> Splices {
    match site.op(0)? {
        Operator::Nop => remove(site.next(1)),
        _ => None,
    }
}

fn known_condition(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::I32Const { value } = *site.op(0)? else { return None };
    let at = site.at + 1;
    match site.op(1)? {
        Operator::BrIf { .. } if value == 0 => remove(site.next(2)),
        Operator::BrIf { relative_depth } => replace(site.next(2), &[Instruction::Br(*relative_depth)]),
        Operator::If { blockty } => {
            let instr = &site.view.instrs[at];
            let end = instr.partner as usize;
            let block = Instruction::Block(super::block_type(*blockty)?);
            let otherwise = (instr.otherwise != NONE).then_some(instr.otherwise as usize);
            match (value != 0, otherwise) {
                (true, Some(otherwise)) => {
                    Some(vec![Splice::replace(site.next(2), &[block]), Splice::remove(otherwise..end)])
                }
                (true, None) => replace(site.next(2), &[block]),
                (false, Some(otherwise)) => replace(site.at..otherwise + 1, &[block]),
                // An `if` without `else` leaves what it took.
                (false, None) => remove(site.at..end + 1),
            }
        }
        _ => None,
    }
}

fn known_select(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::I32Const { value } = *site.op(0)? else { return None };
    let (Operator::Select | Operator::TypedSelect { .. }) = site.op(1)? else { return None };
    if value != 0 {
        return replace(site.next(2), &[Instruction::Drop]);
    }
    let second = tree_start(site.view, site.at)?;
    Some(vec![Splice::replace(second..second, &[Instruction::Drop]), Splice::remove(site.next(2))])
}

/// `a b c select` becomes `c if a else b end`: one of the two is not computed, and an `if` costs no more than a
/// `select`. Only where leaving one out and computing the condition first cannot be noticed.
fn select_to_if(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::Select | Operator::TypedSelect { .. }) = site.op(0)? else { return None };
    let view = site.view;
    let ty = *view.operands(site.at, 2).first()?;
    let condition = tree_start(view, site.at)?;
    let second = tree_start(view, condition)?;
    let first = tree_start(view, second)?;
    let values = first..condition;
    let values_effects = effects_of(view, values.clone());
    let removable = values_effects.is_removable()
        && values_effects.commutes_with(effects_of(view, condition..site.at))
        && !view.instrs[first..site.at].iter().any(|instr| writes(&instr.op).is_some());
    if !removable {
        return None;
    }
    let block = super::block_type(BlockType::Type(ty))?;
    let mut code = Code::new();
    code.carry(view, condition..site.at)
        .push(&Instruction::If(block))
        .carry(view, first..second)
        .push(&Instruction::Else)
        .carry(view, second..condition)
        .push(&Instruction::End);
    Some(vec![Splice { range: first..site.at + 1, code }])
}

fn swap_arms(site: &Site<'_, '_, '_, '_>) -> Splices {
    let Operator::I32Eqz = site.op(0)? else { return None };
    let view = site.view;
    let at = site.at + 1;
    let Operator::If { .. } = view.op(at)? else { return None };
    let (otherwise, end) = (view.instrs[at].otherwise, view.instrs[at].partner as usize);
    if otherwise == NONE {
        return None;
    }
    let otherwise = otherwise as usize;
    let mut code = Code::new();
    code.carry(view, at..at + 1)
        .carry(view, otherwise + 1..end)
        .carry(view, otherwise..otherwise + 1)
        .carry(view, at + 1..otherwise);
    Some(vec![Splice { range: site.at..end, code }])
}

/// `c if e else k end; get y; op` becomes `c if e; get y; op else k' end`, where `k` is a constant and `k' = k op y` is
/// known without working: `y` itself where `k` is neutral, a constant where `y` is one.
///
/// What an operator that associates has done with the choice before, `p; c if .. end; op; get y; op`, it can do after.
fn into_arms(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::End = site.op(0)? else { return None };
    let opener = view.instrs[site.at].partner as usize;
    let Operator::If { blockty: BlockType::Type(_) } = view.op(opener)? else { return None };
    let otherwise = view.instrs[opener].otherwise as usize;
    let known = |first: usize, end: usize| {
        if end == first + 1 { constant(view.op(first)?) } else { None }
    };
    let first = known(opener + 1, otherwise);
    let (width, k) = first.or(known(otherwise + 1, site.at))?;
    let (known_arm, other_end) =
        if first.is_some() { (opener + 1, site.at) } else { (otherwise + 1, otherwise) };
    if site.facts.branches_to(opener) != 0 || !view.instrs[other_end].reachable {
        return None;
    }
    // One operator that needs nothing else.
    if let Some((width, value)) = eval_unary(site.op(1)?, k) {
        let blockty = wasm_encoder::BlockType::Result(match width {
            Width::W32 => wasm_encoder::ValType::I32,
            Width::W64 => wasm_encoder::ValType::I64,
        });
        let mut code = Code::new();
        code.carry(view, site.at + 1..site.at + 2);
        return Some(vec![
            Splice::change(opener, &Instruction::If(blockty)),
            Splice::replace(known_arm..known_arm + 1, &[width.constant(value)]),
            Splice { range: other_end..other_end, code },
            Splice::remove(site.at + 1..site.at + 2),
        ]);
    }
    let skipped = usize::from(Bin::of(site.op(1)?).is_some());
    let operand = site.at + 1 + skipped;
    let (_, bin) = Bin::of(view.op(operand + 1)?)?;
    if skipped == 1 && !(bin.commutes() && Bin::of(site.op(1)?) == Some((width, bin))) {
        return None;
    }
    let neutral = match bin {
        Bin::Add | Bin::Or | Bin::Xor => k == 0,
        Bin::And => k == width.mask(),
        Bin::Mul => k == 1,
        _ => false,
    };
    let mut known_code = Code::new();
    match (view.op(operand)?, constant(view.op(operand)?)) {
        (_, Some((_, c))) => {
            known_code.push(&width.constant(bin.eval(width, k, c)?));
        }
        // A value made for this reader alone had better stay on the stack than be read in two places.
        (Operator::LocalGet { local_index }, None)
            if neutral && (site.facts.live_after(operand) || !site.facts.is_written(*local_index)) =>
        {
            known_code.push(&Instruction::LocalGet(*local_index));
        }
        _ => return None,
    }
    let mut code = Code::new();
    code.carry(view, operand..operand + 2);
    Some(vec![
        Splice { range: known_arm..known_arm + 1, code: known_code },
        Splice { range: other_end..other_end, code },
        Splice::remove(operand..operand + 2),
    ])
}

/// `k; set x; block c br_if 0; e; set x end` becomes `c if k else e end; set x`, with a constant or a local for `k`.
fn skipped_assignment(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let source = reads(site.op(0)?);
    if source.is_none() && constant(site.op(0)?).is_none() {
        return None;
    }
    let Operator::LocalSet { local_index: x } = *site.op(1)? else { return None };
    let Operator::Block { blockty: BlockType::Empty } = site.op(2)? else { return None };
    let block = site.at + 2;
    let end = view.instrs[block].partner as usize;
    let set = end.checked_sub(1)?;
    let Operator::LocalSet { local_index } = *view.op(set)? else { return None };
    if local_index != x || site.facts.branches_to(block) != 1 || !view.instrs[set].reachable {
        return None;
    }
    let jump = (block + 1..set).find(|&at| view.op(at).is_some_and(is_control))?;
    let Operator::BrIf { relative_depth: 0 } = view.op(jump)? else { return None };
    let trees = tree_start(view, jump) == Some(block + 1) && tree_start(view, set) == Some(jump + 1);
    let condition = block + 1..jump;
    let clobbers = |local: u32| written(view, condition.clone(), local);
    if !trees
        || read(view, block..set, x)
        || written(view, block..set, x)
        || source.is_some_and(|local| local == x || clobbers(local))
    {
        return None;
    }
    let ty = super::block_type(BlockType::Type(*view.locals.get(x as usize)?))?;
    let mut whole = Code::new();
    whole
        .carry(view, condition)
        .push(&Instruction::If(ty))
        .carry(view, site.next(1))
        .push(&Instruction::Else)
        .carry(view, jump + 1..set)
        .push(&Instruction::End)
        .carry(view, set..set + 1);
    Some(vec![Splice { range: site.at..end + 1, code: whole }])
}

fn empty_block(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::Block { .. } | Operator::Loop { .. }, Operator::End) => remove(site.next(2)),
        _ => None,
    }
}

fn empty_arms(site: &Site<'_, '_, '_, '_>) -> Splices {
    match (site.op(0)?, site.op(1)?) {
        (Operator::If { .. }, Operator::End) => replace(site.next(2), &[Instruction::Drop]),
        (Operator::If { .. }, Operator::Else) if matches!(site.op(2), Some(Operator::End)) => {
            replace(site.next(3), &[Instruction::Drop])
        }
        _ => None,
    }
}

fn empty_else(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::Else, Operator::End) = (site.op(0)?, site.op(1)?) else { return None };
    let opener = site.view.instrs[site.at].parent;
    let (params, results) = site.module.block_types(site.view.block_type(opener)?);
    if params == results { remove(site.next(1)) } else { None }
}

/// A block or loop that nothing jumps to is no more than its contents.
fn flatten(site: &Site<'_, '_, '_, '_>) -> Splices {
    let (Operator::Block { .. } | Operator::Loop { .. }) = site.op(0)? else { return None };
    let view = site.view;
    let end = view.instrs[site.at].partner as usize;
    if site.facts.branches_to(site.at) != 0 || !view.instrs[end].reachable {
        return None;
    }
    let mut splices = vec![Splice::remove(site.next(1)), Splice::remove(end..end + 1)];
    let mut depth = 0;
    for at in site.at + 1..end {
        match &view.instrs[at].op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
            Operator::End => depth -= 1,
            Operator::Br { relative_depth } if *relative_depth > depth => {
                splices.push(Splice::change(at, &Instruction::Br(relative_depth - 1)));
            }
            Operator::BrIf { relative_depth } if *relative_depth > depth => {
                splices.push(Splice::change(at, &Instruction::BrIf(relative_depth - 1)));
            }
            Operator::BrTable { targets } => {
                let lower = |target: u32| if target > depth { target - 1 } else { target };
                let table: Vec<u32> =
                    targets.targets().map(|t| t.map(lower)).collect::<Result<_, _>>().ok()?;
                splices
                    .push(Splice::change(at, &Instruction::BrTable(table.into(), lower(targets.default()))));
            }
            _ => {}
        }
    }
    Some(splices)
}

/// Returns whether falling through from the `end` or `else` at `at`, with values of the types `types` on the stack,
/// leads by way of ends only to just after `block`.
fn falls_out_of(site: &Site<'_, '_, '_, '_>, mut at: usize, block: u32, types: &[ValType]) -> bool {
    let view = site.view;
    loop {
        let Some(instr) = view.instrs.get(at) else { return false };
        let end = match instr.op {
            Operator::End => at,
            Operator::Else => view.instrs[instr.parent as usize].partner as usize,
            _ => return false,
        };
        let opener = view.instrs[end].parent;
        let results = match view.block_type(opener) {
            Some(ty) => site.module.block_types(ty).1,
            None => &view.results,
        };
        if results != types {
            return false;
        }
        if opener == block {
            // Going on after a loop is not what a jump to it does.
            return view.instrs.get(opener as usize).is_none_or(|o| !matches!(o.op, Operator::Loop { .. }));
        }
        at = end + 1;
    }
}

fn jump_to_next(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let instr = &view.instrs[site.at];
    let (depth, conditional) = match instr.op {
        Operator::Br { relative_depth } => (relative_depth, false),
        Operator::BrIf { relative_depth } => (relative_depth, true),
        _ => return None,
    };
    let block = view.label(instr.parent, depth)?;
    let next = site.at + 1;
    if !falls_out_of(site, next, block, view.label_types(site.module, block)) {
        return None;
    }
    if conditional {
        return replace(site.next(1), &[Instruction::Drop]);
    }
    // A jump may leave more behind than its label takes along; falling through may not.
    let exact = instr.height.checked_sub(view.base(instr.parent))? == instr.pops;
    if exact { remove(site.next(1)) } else { None }
}

fn return_at_end(site: &Site<'_, '_, '_, '_>) -> Splices {
    let instr = site.view.instrs.get(site.at)?;
    let last = site.at + 2 == site.view.len();
    match instr.op {
        Operator::Return if last && instr.parent == NONE && instr.height == instr.pops => {
            remove(site.next(1))
        }
        _ => None,
    }
}

/// Returns the splice that makes the condition just before `at` its opposite at no cost, if there is one.
fn invert_before(view: &FunctionView<'_>, at: usize) -> Option<Splice> {
    let last = at.checked_sub(1)?;
    match view.op(last)? {
        Operator::I32Eqz => Some(Splice::remove(last..at)),
        op => Some(Splice::change(last, &inverse(op)?)),
    }
}

/// `block ... c br_if 0; br k end` becomes `block ... !c br_if k end`.
fn jump_over_jump(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::BrIf { relative_depth: over } = *site.op(0)? else { return None };
    let Operator::Br { relative_depth: to } = *site.op(1)? else { return None };
    let parent = view.instrs[site.at].parent;
    let (near, far) = (view.label(parent, over)?, view.label(parent, to)?);
    let plain =
        view.label_types(site.module, near).is_empty() && view.label_types(site.module, far).is_empty();
    // With nothing on the stack above the block, falling out of it needs no clearing up.
    let exact = view.instrs[site.at].height == view.base(parent) + 1;
    if near == far || !plain || !exact || !falls_out_of(site, site.at + 2, near, &[]) {
        return None;
    }
    let inverted = invert_before(view, site.at)?;
    Some(vec![inverted, Splice::replace(site.next(2), &[Instruction::BrIf(to)])])
}

/// `c if br k end` becomes `c br_if k-1`.
fn arm_to_jump(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::If { blockty: BlockType::Empty } = site.op(0)? else { return None };
    let Operator::Br { relative_depth } = *site.op(1)? else { return None };
    let Operator::End = site.op(2)? else { return None };
    let to = view.label(view.instrs[site.at].parent, relative_depth.checked_sub(1)?)?;
    if !view.label_types(site.module, to).is_empty() {
        return None;
    }
    replace(site.next(3), &[Instruction::BrIf(relative_depth - 1)])
}

/// `loop t br_if d ... br 0 end` becomes `t br_if d-1 loop ... !t br_if 0 end`, and a jump to `d-1` where going on
/// does not lead there: one jump less each time round.
fn turn_loop(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let Operator::Loop { blockty: BlockType::Empty } = site.op(0)? else { return None };
    let end = view.instrs[site.at].partner as usize;
    let again = end.checked_sub(1)?;
    let Operator::Br { relative_depth: 0 } = view.op(again)? else { return None };
    if !view.instrs[again].reachable
        || view.instrs[again].parent as usize != site.at
        || site.facts.branches_to(site.at) != 1
    {
        return None;
    }
    let test = (site.at + 1..again)
        .take(MAX_TEST + 1)
        .find(|&at| view.op(at).is_some_and(is_control))
        .filter(|&at| at > site.at + 1)?;
    let Operator::BrIf { relative_depth: out @ 1.. } = *view.op(test)? else { return None };
    let base = view.instrs[site.at].height;
    // The test stands alone on the stack, so that it can be copied to where the jump back is.
    if view.instrs[test].height != base + 1 || view.instrs[again].height != base {
        return None;
    }
    let parent = view.instrs[site.at].parent;
    let target = view.label(parent, out - 1)?;
    if !view.label_types(site.module, target).is_empty() {
        return None;
    }
    let last = test - 1;
    let mut bottom = Code::new();
    match view.op(last)? {
        Operator::I32Eqz => {
            bottom.copy(view, site.at + 1..last);
        }
        op => {
            bottom.copy(view, site.at + 1..last).push(&inverse(op)?);
        }
    }
    bottom.push(&Instruction::BrIf(0));
    let mut top = Code::new();
    top.carry(view, site.at + 1..test).change(test, &Instruction::BrIf(out - 1)).carry(view, site.next(1));
    let mut splices = vec![
        Splice { range: site.at..test + 1, code: top },
        Splice { range: again..again + 1, code: bottom },
    ];
    if !falls_out_of(site, end + 1, target, &[]) {
        splices.push(Splice::replace(end + 1..end + 1, &[Instruction::Br(out - 1)]));
    }
    Some(splices)
}

//! The table of rewrite rules.

mod arithmetic;
mod compare;
mod control;
mod convert;
mod locals;
mod memory;
mod stack;

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::Site;
use crate::mutate::Splice;

/// What a rule changes, or nothing where it does not apply.
pub type Splices = Option<Vec<Splice>>;

/// What a rule brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gain {
    /// Fewer cycles on some run, on none more.
    Cheaper,
    /// The same cycles on every run; fewer bytes, or a form that other rules work on.
    Even,
}

/// A rewrite rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it brings.
    pub gain: Gain,
    /// Whether it looks no further than one instruction around what it changes.
    pub local: bool,
    /// Applies it at a position that control can reach.
    pub find: fn(&Site<'_, '_, '_, '_>) -> Splices,
    /// Functions in text to which it applies, without the `func`; tests run them before and after.
    pub examples: &'static [&'static str],
}

/// How many rules there are.
const COUNT: usize = arithmetic::RULES.len()
    + compare::RULES.len()
    + convert::RULES.len()
    + locals::RULES.len()
    + stack::RULES.len()
    + memory::RULES.len()
    + control::RULES.len();

/// All rules, in the order in which they are tried.
pub static RULES: [&Rule; COUNT] = {
    let groups: [&[Rule]; 7] = [
        locals::RULES,
        stack::RULES,
        arithmetic::RULES,
        compare::RULES,
        convert::RULES,
        memory::RULES,
        control::RULES,
    ];
    let mut all = [&UNREACHABLE; COUNT];
    let mut next = 0;
    let mut group = 0;
    while group < groups.len() {
        let mut rule = 0;
        while rule < groups[group].len() {
            all[next] = &groups[group][rule];
            next += 1;
            rule += 1;
        }
        group += 1;
    }
    all
};

/// The one rule for code that control cannot reach.
pub static UNREACHABLE: Rule = Rule {
    name: "remove unreachable code",
    gain: Gain::Even,
    local: true,
    find: remove_unreachable,
    examples: &["(param i32) (result i32) block local.get 0 return local.get 0 drop nop end i32.const 4"],
};

/// Removes what comes after an unconditional jump, up to the end of its block.
pub(super) fn remove_unreachable(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    if !view.begins(site.at) {
        return None;
    }
    // Only at the first instruction of the dead stretch: what comes before it, an instruction or a whole block, can
    // be reached.
    let parent = view.instrs[site.at].parent;
    let last = view.instrs.get(site.at.checked_sub(1)?)?;
    let item = match last.op {
        Operator::End => view.instrs.get(last.partner as usize)?,
        _ => last,
    };
    if !item.reachable || item.parent != parent {
        return None;
    }
    let mut end = site.at;
    while view.begins(end) {
        end = view.after(end);
    }
    (end > site.at).then(|| vec![Splice::remove(site.at..end)])
}

/// Puts `instructions` in place of `range`.
fn replace(range: std::ops::Range<usize>, instructions: &[Instruction<'_>]) -> Splices {
    Some(vec![Splice::replace(range, instructions)])
}

/// Removes `range`.
fn remove(range: std::ops::Range<usize>) -> Splices {
    Some(vec![Splice::remove(range)])
}

/// Returns a block type as it is written; nothing for types that are not rewritten.
fn block_type(ty: wasmparser::BlockType) -> Option<wasm_encoder::BlockType> {
    wasm_encoder::BlockType::try_from(ty).ok()
}

//! Words of memory: loads of what is known, stores that are overwritten.

use wasm_encoder::Instruction;
use wasmparser::{MemArg, Operator, ValType};

use super::super::Site;
use super::super::alu::constant;
use super::super::effects::{effects, is_control, reads, writes, written};
use super::{Gain, Rule, Splices};
use crate::mutate::{Code, Splice};
use crate::view::FunctionView;

/// How far a known word of memory is followed, in instructions.
const REACH: usize = 256;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "load what was just stored",
        gain: Gain::Cheaper,
        local: false,
        find: stored,
        examples: &[
            "(param i32 i32) (result i32)
             local.get 0 local.get 1 i32.store offset=12 local.get 0 i32.const 7 i32.store offset=16
             local.get 0 i32.load offset=12 local.get 0 i32.load offset=16 i32.add",
            "(param i32 i32) (result i32) (local i32 i32)
             local.get 0 i32.const 60 i32.and local.tee 2 local.get 1 i32.const 3 i32.mul local.tee 3 i32.store
             local.get 2 i32.const 9 i32.store8 offset=4 local.get 2 i32.load",
            "(param i32 i32) (result i32)
             i32.const 64 local.get 1 i32.store offset=4 i32.const 0 local.get 0 i32.store offset=64
             i32.const 60 i32.load offset=8",
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.get 1 i32.store
             block local.get 1 br_if 0 local.get 0 i32.load i32.const 3 i32.add local.set 2 end
             local.get 1 if local.get 2 local.set 0 else local.get 0 i32.load local.set 2 end local.get 2",
        ],
    },
    Rule {
        name: "load what was just loaded",
        gain: Gain::Cheaper,
        local: false,
        find: loaded,
        examples: &[
            "(param i32) (result i64) (local i64)
             local.get 0 i64.load offset=8 local.set 1 local.get 0 i64.load offset=8 local.get 1 i64.add",
            "(param i32) (result i32) (local i32)
             i32.const 8 i32.load local.tee 1 local.get 0 i32.add i32.const 0 i32.load offset=8 i32.mul",
        ],
    },
    Rule {
        name: "stored value stays in a local",
        gain: Gain::Even,
        local: false,
        find: kept,
        examples: &[
            "(param i32 i32) (result i32) (local i32)
             local.get 0 local.get 1 i32.const 3 i32.mul i32.store offset=12 local.get 0 i32.load offset=12",
            "(param i32 i64) (result i64) (local i64)
             local.get 1 i64.const 1 i64.add local.set 2 local.get 2 i64.const 5 i64.add local.set 1
             i32.const 16 local.get 1 local.get 1 i64.mul i64.store i32.const 0 i64.load offset=16",
        ],
    },
    Rule {
        name: "store that is overwritten",
        gain: Gain::Cheaper,
        local: false,
        find: overwritten,
        examples: &[
            "(param i32 i32) local.get 0 local.get 1 i32.store offset=4
             local.get 0 local.get 0 i32.load local.get 1 i32.sub i32.store offset=4",
            "(param i32 i32) (local i32) local.get 0 i32.const 16 i32.sub local.tee 2 local.get 1 i32.store16 offset=2
             local.get 2 local.get 1 i32.store",
        ],
    },
];

/// What an address is counted from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Local(u32),
    Zero,
}

/// A word of memory at a fixed distance from its base.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word {
    base: Base,
    memory: u32,
    offset: u64,
    bytes: u64,
}

impl Word {
    /// Returns the word of `bytes` at `memarg` from the address that the instruction at `address` makes, where that is
    /// a local or a constant.
    fn of(view: &FunctionView<'_>, address: usize, memarg: &MemArg, bytes: u64) -> Option<Word> {
        let (base, from) = match *view.op(address)? {
            Operator::LocalGet { local_index } | Operator::LocalTee { local_index } => {
                (Base::Local(local_index), 0)
            }
            Operator::I32Const { value } => (Base::Zero, u64::from(value as u32)),
            _ => return None,
        };
        Some(Word { base, memory: memarg.memory, offset: from + memarg.offset, bytes })
    }

    fn end(&self) -> u64 {
        self.offset + self.bytes
    }

    /// Returns whether an access of `other` cannot touch it: addresses do not wrap round.
    fn apart(&self, other: &Word) -> bool {
        other.memory != self.memory
            || other.base == self.base && (other.end() <= self.offset || self.end() <= other.offset)
    }

    /// Returns whether `op` writes the local that its address is counted from.
    fn moved_by(&self, op: &Operator<'_>) -> bool {
        writes(op).is_some_and(|local| Base::Local(local) == self.base)
    }
}

/// Returns the place and size of a store of any width.
fn store_of(op: &Operator<'_>) -> Option<(MemArg, u64)> {
    use Operator as O;
    Some(match op {
        O::I32Store { memarg } | O::F32Store { memarg } | O::I64Store32 { memarg } => (*memarg, 4),
        O::I64Store { memarg } | O::F64Store { memarg } => (*memarg, 8),
        O::I32Store8 { memarg } | O::I64Store8 { memarg } => (*memarg, 1),
        O::I32Store16 { memarg } | O::I64Store16 { memarg } => (*memarg, 2),
        _ => return None,
    })
}

/// Returns the place and size of a load of any width.
fn load_of(op: &Operator<'_>) -> Option<(MemArg, u64)> {
    use Operator as O;
    Some(match op {
        O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg } => (*memarg, 1),
        O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg } => (*memarg, 2),
        O::I64Load32S { memarg } | O::I64Load32U { memarg } => (*memarg, 4),
        op => {
            let (ty, memarg) = whole_load(op)?;
            (memarg, if matches!(ty, ValType::I32 | ValType::F32) { 4 } else { 8 })
        }
    })
}

/// Returns the type and place of a load of a whole value.
fn whole_load(op: &Operator<'_>) -> Option<(ValType, MemArg)> {
    use Operator as O;
    Some(match op {
        O::I32Load { memarg } => (ValType::I32, *memarg),
        O::I64Load { memarg } => (ValType::I64, *memarg),
        O::F32Load { memarg } => (ValType::F32, *memarg),
        O::F64Load { memarg } => (ValType::F64, *memarg),
        _ => return None,
    })
}

/// Returns the type of a store of a whole value.
fn whole_store(op: &Operator<'_>) -> Option<ValType> {
    use Operator as O;
    Some(match op {
        O::I32Store { .. } => ValType::I32,
        O::I64Store { .. } => ValType::I64,
        O::F32Store { .. } => ValType::F32,
        O::F64Store { .. } => ValType::F64,
        _ => return None,
    })
}

/// Returns where the address of the store at `at` is made and the word it is of, where that is known and its base stays
/// what it is until the store.
fn store_at(view: &FunctionView<'_>, at: usize) -> Option<(usize, Word)> {
    let (memarg, bytes) = store_of(view.op(at)?)?;
    let address = view.operand(at, 1)?;
    let word = Word::of(view, address, &memarg, bytes)?;
    let moved = matches!(word.base, Base::Local(local) if written(view, address + 1..at, local));
    (!moved).then_some((address, word))
}

/// `store v` and later a load of the same word: `get v` will do.
fn stored(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let ty = whole_store(site.op(0)?)?;
    let (_, word) = store_at(view, site.at)?;
    let producer = view.operand(site.at, 0).filter(|&at| at + 1 == site.at)?;
    let value = view.op(producer)?;
    let local = reads(value).or(match value {
        Operator::LocalTee { local_index } => Some(*local_index),
        _ => None,
    });
    let mut code = Code::new();
    match local {
        Some(local) => code.push(&Instruction::LocalGet(local)),
        None => {
            constant(value)?;
            code.copy(view, producer..producer + 1)
        }
    };
    let load = next_load(view, site.at + 1, &word, local, ty)?;
    Some(vec![Splice { range: load - 1..load + 1, code }])
}

/// `load; set v` and later a load of the same word: `get v` will do.
fn loaded(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let (ty, memarg) = whole_load(site.op(0)?)?;
    let (_, bytes) = load_of(site.op(0)?)?;
    let word = Word::of(view, view.operand(site.at, 0).filter(|&at| at + 1 == site.at)?, &memarg, bytes)?;
    let local = writes(site.op(1)?)?;
    if word.moved_by(site.op(1)?) {
        return None;
    }
    let load = next_load(view, site.at + 2, &word, Some(local), ty)?;
    let mut code = Code::new();
    code.push(&Instruction::LocalGet(local));
    Some(vec![Splice { range: load - 1..load + 1, code }])
}

/// `e; store` and later a load of the same word: `e; tee t; store` and `get t`, with a local that nobody uses there.
fn kept(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let ty = whole_store(site.op(0)?)?;
    let (_, word) = store_at(view, site.at)?;
    let value = view.op(view.operand(site.at, 0)?)?;
    if reads(value).is_some() || writes(value).is_some() || constant(value).is_some() {
        return None;
    }
    let load = next_load(view, site.at + 1, &word, None, ty)?;
    let spare = site.facts.spare(ty, site.at..load)?;
    let mut code = Code::new();
    code.push(&Instruction::LocalGet(spare));
    Some(vec![
        Splice::replace(site.at..site.at, &[Instruction::LocalTee(spare)]),
        Splice { range: load - 1..load + 1, code },
    ])
}

/// Returns the next load of the whole of `word` as a `ty`, its address made just before it, that control reaches only
/// by way of `from`, and on no way there the word, its base or `local` changes.
fn next_load(
    view: &FunctionView<'_>,
    from: usize,
    word: &Word,
    local: Option<u32>,
    ty: ValType,
) -> Option<usize> {
    let mut opened = 0u32;
    for at in (from..view.len()).take(REACH) {
        let instr = view.instrs.get(at)?;
        match &instr.op {
            // What was opened since can only be reached from here, and nothing up to its end has changed anything.
            Operator::Block { .. } | Operator::If { .. } => opened += 1,
            Operator::Else if opened > 0 => {}
            Operator::End => opened = opened.checked_sub(1)?,
            // A loop may come back with what is changed further on.
            Operator::Else | Operator::Loop { .. } => return None,
            op if is_control(op) => {}
            _ if !instr.reachable => {}
            op => {
                if let Some((loaded, memarg)) = whole_load(op)
                    && loaded == ty
                    && at > from
                    && !matches!(view.op(at - 1), Some(Operator::LocalTee { .. }))
                    && Word::of(view, at - 1, &memarg, word.bytes) == Some(*word)
                {
                    return Some(at);
                }
                if word.moved_by(op) || writes(op).is_some_and(|written| Some(written) == local) {
                    return None;
                }
                if let Some((memarg, bytes)) = store_of(op) {
                    // Only an address from the same base, unchanged, is known to be elsewhere.
                    let address = view.operand(at, 1).filter(|&address| address >= from)?;
                    if !Word::of(view, address, &memarg, bytes)?.apart(word) {
                        return None;
                    }
                } else if effects(view, at).writes_memory || effects(view, at).other {
                    return None;
                }
            }
        }
    }
    None
}

/// A store of a word that the next store covers: it may as well not happen, where nothing between reads the word, and
/// nothing traps that would not have trapped before it.
fn overwritten(site: &Site<'_, '_, '_, '_>) -> Splices {
    let view = site.view;
    let (address, word) = store_at(view, site.at)?;
    let from = site.at + 1;
    for at in (from..view.len()).take(REACH) {
        let op = view.op(at)?;
        if is_control(op) || word.moved_by(op) {
            return None;
        }
        if let Some((memarg, bytes)) = store_of(op) {
            let place = view.operand(at, 1).filter(|&place| place >= from)?;
            let later = Word::of(view, place, &memarg, bytes)?;
            let covers = later.memory == word.memory
                && later.base == word.base
                && later.offset <= word.offset
                && word.end() <= later.end();
            if !covers {
                return None;
            }
            let mut splices = vec![Splice::replace(site.next(1), &[Instruction::Drop])];
            splices.push(match *view.op(address)? {
                Operator::LocalTee { local_index } => {
                    Splice::change(address, &Instruction::LocalSet(local_index))
                }
                _ => Splice::remove(address..address + 1),
            });
            return Some(splices);
        }
        if let Some((memarg, bytes)) = load_of(op) {
            let place = view.operand(at, 0).filter(|&place| place >= from)?;
            let other = Word::of(view, place, &memarg, bytes)?;
            // It lies below what the store has reached, so that it traps only where the store did.
            let harmless =
                other.memory == word.memory && other.base == word.base && other.end() <= word.end();
            if !harmless || !other.apart(&word) {
                return None;
            }
        } else if !effects(view, at).is_removable() || effects(view, at).reads_memory {
            return None;
        }
    }
    None
}

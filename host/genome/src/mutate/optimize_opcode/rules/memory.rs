//! Loads of what is known.

use wasmparser::{MemArg, Operator};

use super::super::Site;
use super::super::alu::constant;
use super::super::effects::{effects, is_control, reads, writes};
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
        examples: &["(param i32 i32) (result i32)
             local.get 0 local.get 1 i32.store offset=12 local.get 0 i32.const 7 i32.store offset=16
             local.get 0 i32.load offset=12 local.get 0 i32.load offset=16 i32.add"],
    },
    Rule {
        name: "load what was just loaded",
        gain: Gain::Cheaper,
        local: false,
        find: loaded,
        examples: &["(param i32) (result i64) (local i64)
             local.get 0 i64.load offset=8 local.set 1 local.get 0 i64.load offset=8 local.get 1 i64.add"],
    },
];

/// A word of memory at a fixed distance from a local.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Word {
    base: u32,
    memarg: MemArg,
    bytes: u64,
}

impl Word {
    /// Returns whether an access of `bytes` at `memarg` from the same base cannot touch it: addresses do not wrap
    /// round.
    fn apart(&self, memarg: &MemArg, bytes: u64) -> bool {
        memarg.memory != self.memarg.memory
            || memarg.offset + bytes <= self.memarg.offset
            || self.memarg.offset + self.bytes <= memarg.offset
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

/// Returns what a load would have to be to read back a whole value stored by `store`.
fn reads_back(load: &Operator<'_>, store: &Operator<'_>) -> Option<MemArg> {
    use Operator as O;
    match (load, store) {
        (O::I32Load { memarg }, O::I32Store { .. })
        | (O::I64Load { memarg }, O::I64Store { .. })
        | (O::F32Load { memarg }, O::F32Store { .. })
        | (O::F64Load { memarg }, O::F64Store { .. }) => Some(*memarg),
        _ => None,
    }
}

/// `get b; get v; store` and later `get b; load` of the same: `get v` will do.
fn stored(site: &Site<'_, '_, '_, '_>) -> Splices {
    let base = reads(site.op(0)?)?;
    let value = site.op(1)?;
    let local = reads(value);
    if local.is_none() && constant(value).is_none() {
        return None;
    }
    let store = site.op(2)?;
    let (memarg, bytes) = store_of(store)?;
    let word = Word { base, memarg, bytes };
    let load = next_load(site.view, site.at + 3, &word, local, |op| reads_back(op, store))?;
    let mut code = Code::new();
    code.copy(site.view, site.at + 1..site.at + 2);
    Some(vec![Splice { range: load..load + 2, code }])
}

/// `get b; load; set v` and later `get b; load` of the same: `get v` will do.
fn loaded(site: &Site<'_, '_, '_, '_>) -> Splices {
    use Operator as O;
    let base = reads(site.op(0)?)?;
    let (memarg, bytes) = match site.op(1)? {
        O::I32Load { memarg } | O::F32Load { memarg } => (*memarg, 4),
        O::I64Load { memarg } | O::F64Load { memarg } => (*memarg, 8),
        _ => return None,
    };
    let local = writes(site.op(2)?)?;
    if local == base {
        return None;
    }
    let first = site.op(1)?;
    let word = Word { base, memarg, bytes };
    let load = next_load(site.view, site.at + 3, &word, Some(local), |op| match (op, first) {
        (O::I32Load { memarg }, O::I32Load { .. })
        | (O::F32Load { memarg }, O::F32Load { .. })
        | (O::I64Load { memarg }, O::I64Load { .. })
        | (O::F64Load { memarg }, O::F64Load { .. }) => Some(*memarg),
        _ => None,
    })?;
    let mut code = Code::new();
    code.push(&wasm_encoder::Instruction::LocalGet(local));
    Some(vec![Splice { range: load..load + 2, code }])
}

/// Returns where `get base; load` of `word` comes next in a straight line in which neither the word, its base nor
/// `local` changes.
fn next_load(
    view: &FunctionView<'_>,
    from: usize,
    word: &Word,
    local: Option<u32>,
    load: impl Fn(&Operator<'_>) -> Option<MemArg>,
) -> Option<usize> {
    let same = |memarg: MemArg| memarg.offset == word.memarg.offset && memarg.memory == word.memarg.memory;
    for at in (from..view.len()).take(REACH) {
        let op = view.op(at)?;
        if is_control(op) {
            return None;
        }
        if reads(op) == Some(word.base) && view.op(at + 1).and_then(&load).is_some_and(same) {
            return Some(at);
        }
        if writes(op).is_some_and(|written| written == word.base || Some(written) == local) {
            return None;
        }
        if let Some((memarg, bytes)) = store_of(op) {
            // Only a store that takes its address from the same base, unchanged, is known to be elsewhere.
            let address = view.operand(at, 1)?;
            let same_base = address >= from && view.op(address).and_then(reads) == Some(word.base);
            if !same_base || !word.apart(&memarg, bytes) {
                return None;
            }
        } else if effects(view, at).writes_memory || effects(view, at).other {
            return None;
        }
    }
    None
}

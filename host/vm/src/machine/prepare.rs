//! From verified instructions to what the machine runs.

use super::op::{Op, pair};
use crate::verify::Verified;

/// The longest straight run that is paid for at once, in instructions.
const MAX_RUN: u8 = 255;

/// A program, ready to run.
///
/// All three have an element for each instruction, and one for the end of the code behind them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// One instruction each, for single steps.
    pub plain: Vec<Op>,
    /// Fused where that pays. What is fused stands at the index of its first instruction; those behind it are there
    /// as well, for whoever comes in between.
    pub fast: Vec<Op>,
    /// How many instructions there are from here to the end of the straight run; 0 where it has to be recharged.
    pub rest: Vec<u8>,
}

impl Prepared {
    pub(crate) fn of(verified: &Verified) -> Self {
        let target = |offset: u32, target: Option<i64>| {
            let target = target.and_then(|target| u32::try_from(target).ok());
            // INVARIANT: verification has seen that targets are instructions.
            target.and_then(|target| verified.index_of(target)).unwrap_or(offset as usize) as u32
        };
        let prepared = verified.instructions().map(|(offset, instruction)| {
            Op::of(&instruction, target(offset, instruction.target(offset as usize)))
        });
        let mut plain: Vec<Op> = prepared.collect();
        plain.push(Op::End);

        let mut fast = plain.clone();
        let mut rest = vec![1; plain.len()];
        for index in (0..plain.len().saturating_sub(1)).rev() {
            if plain[index].ends_run() {
                continue;
            }
            // Behind data that is jumped over, the next instruction is not reached from here; but then this one
            // ended the run.
            if rest[index + 1] == MAX_RUN {
                fast[index] = Op::Recharge;
                rest[index] = 0;
            } else {
                rest[index] = rest[index + 1] + 1;
            }
        }
        let cost_at = |index: usize| rest.get(index).copied().unwrap_or_default();
        for (index, op) in fast.iter_mut().enumerate() {
            op.price(cost_at, index);
        }
        for index in 0..fast.len() {
            if let Some(fused) = fuse(&fast[index..]) {
                fast[index] = fused;
            }
        }
        Self { plain, fast, rest }
    }
}

/// Returns one operation for the first instructions of `ops`, if there is one.
fn fuse(ops: &[Op]) -> Option<Op> {
    let fused = match *ops {
        [Op::Iadd { a, b, c }, Op::Dec { a: counter }, Op::Jnz { a: tested, taken, target, .. }, ..]
            if counter == tested && taken < 16 =>
        {
            Op::IaddDecJnz { a, bc: pair(b, c), dtaken: pair(counter, taken), target }
        }
        [Op::Dec { a: counter }, Op::Jnz { a, taken, next, target }, ..] if counter == a => {
            Op::DecJnz { a, taken, next, target }
        }
        [Op::Inc { a }, Op::Jmp { taken, target }, ..] => Op::IncJmp { a, taken, target },
        [Op::Cmp { a, b }, branch, ..] => {
            let ab = pair(a, b);
            match branch {
                Op::Je { taken, next, target } => Op::CmpJe { ab, taken, next, target },
                Op::Jne { taken, next, target } => Op::CmpJne { ab, taken, next, target },
                Op::Jl { taken, next, target } => Op::CmpJl { ab, taken, next, target },
                Op::Jge { taken, next, target } => Op::CmpJge { ab, taken, next, target },
                Op::Jg { taken, next, target } => Op::CmpJg { ab, taken, next, target },
                Op::Jle { taken, next, target } => Op::CmpJle { ab, taken, next, target },
                _ => return None,
            }
        }
        [Op::Mov { a, b }, Op::Mov { a: c, b: d }, ..] => Op::MovMov { ab: pair(a, b), cd: pair(c, d) },
        _ => return None,
    };
    Some(fused)
}

//! The loop that executes prepared instructions.

use super::op::Op;
use super::{Machine, Region};
use crate::error::ErrorKind;
use crate::host::Host;
use crate::isa::{Condition, FlagTest, Opcode, SP};

/// Why the loop was left.
pub(super) enum Exit {
    /// A single step was made.
    Stepped,
    /// What comes next is not paid for.
    Unpaid,
    Halted,
    /// The instruction was not executed: the host has no answer yet.
    Waiting,
    /// The instruction was executed, and the turn is over.
    Yielded,
    Fault(Box<ErrorKind>),
}

/// How a slow instruction ended.
pub(super) enum Done {
    Next,
    Halt,
    Wait,
    Yield,
}

/// Flags, as the two numbers that they follow from: Z if they are equal, S and C if the first is less, V if their
/// difference overflows. A result is compared with 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlagPair(pub i64, pub i64);

impl FlagPair {
    /// No flag is set.
    pub(super) const NONE: Self = Self(1, 0);

    pub(super) const fn test(self, test: FlagTest) -> bool {
        let Self(a, b) = self;
        match test {
            FlagTest::Z => a == b,
            FlagTest::Nz => a != b,
            FlagTest::S | FlagTest::C => a < b,
            FlagTest::Ns | FlagTest::Nc => a >= b,
            FlagTest::G => a > b,
            FlagTest::Le => a <= b,
            FlagTest::V => a.overflowing_sub(b).1,
            FlagTest::Nv => !a.overflowing_sub(b).1,
        }
    }
}

impl Machine<'_> {
    /// Executes operations from the current one on.
    ///
    /// With `STEP` it executes one, of the plain kind. Without, the run that begins here is paid for already, and
    /// `fuel` pays for the runs behind it; on return it holds what was not used.
    pub(super) fn execute<const STEP: bool>(
        &mut self,
        fuel: &mut u64,
        end: u64,
        host: &mut dyn Host,
    ) -> Exit {
        let verified = self.verified;
        let prepared = verified.prepared();
        let ops = if STEP { prepared.plain.as_slice() } else { prepared.fast.as_slice() };
        let rest = prepared.rest.as_slice();
        let mut left = *fuel;
        let mut pc = self.pc;
        let mut flags = self.flags;

        macro_rules! leave {
            ($exit:expr) => {{
                self.pc = pc;
                self.flags = flags;
                *fuel = left;
                return $exit;
            }};
        }
        // What was paid for and not executed: this instruction and the run behind it.
        macro_rules! fault {
            ($kind:expr) => {{
                if !STEP {
                    left += u64::from(rest.get(pc).copied().unwrap_or_default());
                }
                leave!(Exit::Fault(Box::new($kind)))
            }};
        }
        macro_rules! tried {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(kind) => fault!(kind),
                }
            };
        }
        macro_rules! next {
            ($n:literal) => {{
                pc += $n;
                if STEP {
                    leave!(Exit::Stepped);
                }
            }};
        }
        macro_rules! go {
            ($target:expr, $cost:expr) => {{
                pc = $target as usize;
                if STEP {
                    leave!(Exit::Stepped);
                }
                let cost = u64::from($cost);
                if left < cost {
                    leave!(Exit::Unpaid);
                }
                left -= cost;
            }};
        }
        macro_rules! branch {
            ($holds:expr, $taken:expr, $next:expr, $target:expr, $n:literal) => {
                if $holds { go!($target, $taken) } else { go!(pc + $n, $next) }
            };
        }
        macro_rules! r {
            ($number:expr) => {
                self.r[usize::from($number & 15)]
            };
        }
        macro_rules! set {
            ($number:expr, $value:expr) => {{
                let value: i64 = $value;
                r!($number) = value;
                flags = FlagPair(value, 0);
                next!(1);
            }};
        }

        loop {
            let Some(op) = ops.get(pc) else { fault!(ErrorKind::EndOfCode) };
            match *op {
                Op::Nop => next!(1),
                Op::Mov { a, b } => {
                    r!(a) = r!(b);
                    next!(1);
                }
                Op::MovMov { ab, cd } => {
                    r!(ab) = r!(ab >> 4);
                    r!(cd) = r!(cd >> 4);
                    next!(2);
                }
                Op::Movi { a, value } => {
                    r!(a) = i64::from(value);
                    next!(1);
                }
                Op::Load { a, b } => {
                    r!(a) = i64::from(i32::from_le_bytes(tried!(self.stack.read(r!(b)))));
                    next!(1);
                }
                Op::Store { a, b } => {
                    let word = tried!(word(r!(a)));
                    tried!(self.stack.write(r!(b), word.to_le_bytes()));
                    next!(1);
                }
                Op::Load8 { a, b } => {
                    r!(a) = i64::from(tried!(self.stack.read::<1>(r!(b)))[0]);
                    next!(1);
                }
                Op::Store8 { a, b } => {
                    // The low byte is meant.
                    tried!(self.stack.write(r!(b), [r!(a) as u8]));
                    next!(1);
                }
                Op::Iadd { a, b, c } => set!(a, r!(b).wrapping_add(r!(c))),
                Op::Isub { a, b, c } => set!(a, r!(b).wrapping_sub(r!(c))),
                Op::Imul { a, b, c } => set!(a, r!(b).wrapping_mul(r!(c))),
                Op::Idiv { a, b, c } => {
                    if r!(c) == 0 {
                        fault!(ErrorKind::DivisionByZero);
                    }
                    set!(a, r!(b).wrapping_div(r!(c)));
                }
                Op::Irem { a, b, c } => {
                    if r!(c) == 0 {
                        fault!(ErrorKind::DivisionByZero);
                    }
                    set!(a, r!(b).wrapping_rem(r!(c)));
                }
                Op::Ineg { a, b } => set!(a, r!(b).wrapping_neg()),
                Op::Inc { a } => set!(a, r!(a).wrapping_add(1)),
                Op::Dec { a } => set!(a, r!(a).wrapping_sub(1)),
                Op::Iand { a, b, c } => set!(a, r!(b) & r!(c)),
                Op::Ior { a, b, c } => set!(a, r!(b) | r!(c)),
                Op::Ixor { a, b, c } => set!(a, r!(b) ^ r!(c)),
                Op::Inot { a, b } => set!(a, !r!(b)),
                // Shifts take their distance modulo 64, rotations modulo 32.
                Op::Ishl { a, b, c } => set!(a, r!(b).wrapping_shl(r!(c) as u32)),
                Op::Ishr { a, b, c } => set!(a, r!(b).wrapping_shr(r!(c) as u32)),
                Op::Rotl { a, b, c } => set!(a, i64::from((r!(b) as u32).rotate_left(r!(c) as u32 & 31))),
                Op::Rotr { a, b, c } => set!(a, i64::from((r!(b) as u32).rotate_right(r!(c) as u32 & 31))),
                Op::Compare { condition, a, b } => set!(a, compare(condition, r!(a), r!(b))),
                Op::CompareNever { a } => set!(a, 0),
                Op::Test { a, b } => {
                    flags = FlagPair(r!(a) & r!(b), 0);
                    next!(1);
                }
                Op::Cmp { a, b } => {
                    flags = FlagPair(r!(a), r!(b));
                    next!(1);
                }
                Op::Setcc { a, test } => {
                    r!(a) = i64::from(flags.test(test));
                    next!(1);
                }
                Op::SetccNever { a } => {
                    r!(a) = 0;
                    next!(1);
                }
                Op::Merge { a, b, c } => {
                    // What both have, and half of what one has: the mean, rounded down, without a carry.
                    r!(a) = (r!(b) & r!(c)) + ((r!(b) ^ r!(c)) >> 1);
                    next!(1);
                }
                Op::Push { a } => {
                    let sp = tried!(push(&mut self.stack, r!(SP), r!(a)));
                    r!(SP) = sp;
                    next!(1);
                }
                Op::Pop { a } => {
                    let (sp, value) = tried!(pop(&mut self.stack, r!(SP)));
                    r!(SP) = sp;
                    r!(a) = value;
                    next!(1);
                }
                Op::Jmp { taken, target } => go!(target, taken),
                Op::Jz { a, taken, next, target } => branch!(r!(a) == 0, taken, next, target, 1),
                Op::Jnz { a, taken, next, target } => branch!(r!(a) != 0, taken, next, target, 1),
                Op::Je { taken, next, target } => branch!(flags.0 == flags.1, taken, next, target, 1),
                Op::Jne { taken, next, target } => branch!(flags.0 != flags.1, taken, next, target, 1),
                Op::Jl { taken, next, target } => branch!(flags.0 < flags.1, taken, next, target, 1),
                Op::Jge { taken, next, target } => branch!(flags.0 >= flags.1, taken, next, target, 1),
                Op::Jg { taken, next, target } => branch!(flags.0 > flags.1, taken, next, target, 1),
                Op::Jle { taken, next, target } => branch!(flags.0 <= flags.1, taken, next, target, 1),
                Op::DecJnz { a, taken, next, target } => {
                    let value = r!(a).wrapping_sub(1);
                    r!(a) = value;
                    flags = FlagPair(value, 0);
                    branch!(value != 0, taken, next, target, 2);
                }
                Op::IaddDecJnz { a, bc, dtaken, target } => {
                    r!(a) = r!(bc).wrapping_add(r!(bc >> 4));
                    let value = r!(dtaken).wrapping_sub(1);
                    r!(dtaken) = value;
                    flags = FlagPair(value, 0);
                    let next = if value == 0 { rest.get(pc + 3).copied().unwrap_or_default() } else { 0 };
                    branch!(value != 0, dtaken >> 4, next, target, 3);
                }
                Op::IncJmp { a, taken, target } => {
                    let value = r!(a).wrapping_add(1);
                    r!(a) = value;
                    flags = FlagPair(value, 0);
                    go!(target, taken);
                }
                Op::CmpJe { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 == flags.1, taken, next, target, 2);
                }
                Op::CmpJne { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 != flags.1, taken, next, target, 2);
                }
                Op::CmpJl { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 < flags.1, taken, next, target, 2);
                }
                Op::CmpJge { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 >= flags.1, taken, next, target, 2);
                }
                Op::CmpJg { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 > flags.1, taken, next, target, 2);
                }
                Op::CmpJle { ab, taken, next, target } => {
                    flags = FlagPair(r!(ab), r!(ab >> 4));
                    branch!(flags.0 <= flags.1, taken, next, target, 2);
                }
                Op::Call { taken, target } => {
                    // A call is 4 bytes long.
                    let back = i64::from(self.offset_of(pc)) + 4;
                    let sp = tried!(push(&mut self.stack, r!(SP), back));
                    r!(SP) = sp;
                    go!(target, taken);
                }
                Op::CallInd { b } => {
                    let target = r!(b);
                    let pad = u32::try_from(target).ok().filter(|offset| verified.is_pad(*offset));
                    let Some(index) = pad.and_then(|offset| verified.index_of(offset)) else {
                        fault!(ErrorKind::BadTarget { target });
                    };
                    // It is 3 bytes long.
                    let back = i64::from(self.offset_of(pc)) + 3;
                    let sp = tried!(push(&mut self.stack, r!(SP), back));
                    r!(SP) = sp;
                    go!(index, rest.get(index).copied().unwrap_or_default());
                }
                Op::Ret => {
                    if r!(SP) >= i64::from(self.stack.size) {
                        leave!(Exit::Halted);
                    }
                    let (sp, target) = tried!(pop(&mut self.stack, r!(SP)));
                    let place = u32::try_from(target).ok().and_then(|offset| verified.return_index(offset));
                    let Some(index) = place else { fault!(ErrorKind::BadTarget { target }) };
                    r!(SP) = sp;
                    go!(index, rest.get(index).copied().unwrap_or_default());
                }
                Op::Halt => leave!(Exit::Halted),
                Op::Slow { opcode, a, b, word } => {
                    self.pc = pc;
                    let ahead = if STEP { 0 } else { u64::from(rest.get(pc).copied().unwrap_or_default()) };
                    self.cycles = end - left - ahead;
                    match tried!(self.slow(opcode, a, b, word, host)) {
                        Done::Next => next!(1),
                        Done::Halt => leave!(Exit::Halted),
                        Done::Wait => {
                            left += ahead;
                            leave!(Exit::Waiting);
                        }
                        Done::Yield => {
                            left += ahead.saturating_sub(1);
                            pc += 1;
                            leave!(Exit::Yielded);
                        }
                    }
                }
                Op::End => fault!(ErrorKind::EndOfCode),
                Op::Recharge => leave!(Exit::Unpaid),
            }
        }
    }

    pub(super) fn offset_of(&self, index: usize) -> u32 {
        self.verified.starts().get(index).copied().unwrap_or(self.verified.program().code.len() as u32)
    }

    /// The byte of the instruction of this index; 0 behind the last.
    pub(super) fn byte_of(&self, index: usize) -> u8 {
        self.verified.program().code.get(self.offset_of(index) as usize).copied().unwrap_or_default()
    }

    pub(super) fn opcode_of(&self, index: usize) -> Option<Opcode> {
        let offset = self.verified.starts().get(index)?;
        Opcode::from_byte(*self.verified.program().code.get(*offset as usize)?)
    }
}

fn compare(condition: Condition, a: i64, b: i64) -> i64 {
    i64::from(condition.holds(a, b))
}

pub(super) fn word(value: i64) -> Result<i32, ErrorKind> {
    i32::try_from(value).map_err(|_| ErrorKind::NotWord { value })
}

/// Writes a cell below the stack pointer `sp` and returns where the pointer goes.
#[inline]
pub(super) fn push(stack: &mut Region, sp: i64, value: i64) -> Result<i64, ErrorKind> {
    let below = sp.wrapping_sub(4);
    if below < 0 {
        return Err(ErrorKind::StackOverflow { sp });
    }
    stack.write(below, word(value)?.to_le_bytes())?;
    Ok(below)
}

/// Reads the cell at the stack pointer `sp` and returns where the pointer goes, and the number.
#[inline]
pub(super) fn pop(stack: &mut Region, sp: i64) -> Result<(i64, i64), ErrorKind> {
    let above = sp.wrapping_add(4);
    if above > i64::from(stack.size) {
        return Err(ErrorKind::StackUnderflow { sp });
    }
    Ok((above, i64::from(i32::from_le_bytes(stack.read(sp)?))))
}

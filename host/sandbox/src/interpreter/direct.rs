//! The shortest way: a function of whole numbers that has nothing but locals, run by a small machine of our own.
//!
//! Most variants of small programs run for some hundred cycles in all. Metering them and having them translated takes
//! longer than that; turning them into a few steps on registers does not. What the machine knows are the operators on
//! `i32` and `i64`, locals and structured control; whatever else is in a body makes it one for the engine.
//!
//! The rules are those of the metered form (`host/genome/CYCLES.md`): every executed operator is charged, and the
//! counter is compared where the function is entered, at the head of a loop, and by the caller at the end.
//!
//! Confusing names first. A *slot* is a place on the operand stack of the program, a *register* a place of the machine.
//! Locals come first among the registers, then slots by their height; constants are counted down from the last one.

mod translate;

use crate::ending::TrapKind;

/// Registers of the machine: what a byte can name.
const N_REGISTERS: usize = 256;

/// A function, ready to be run any number of times.
#[derive(Debug)]
pub(super) struct Direct {
    steps: Box<[Step]>,
    /// `constants[i]` is in register `255 - i`.
    constants: Box<[u64]>,
    n_results: u8,
    /// How many operators its body has.
    n_operators: u32,
}

/// One step of the machine.
#[derive(Clone, Copy, Debug)]
struct Step {
    act: Act,
    /// The register that is written; of a choice also the one that decides.
    to: u8,
    /// The registers that are read.
    a: u8,
    b: u8,
    /// Where to go on, for a jump.
    target: u16,
    /// What is charged, for a step that charges; the register that decides, for a choice.
    more: u16,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// Goes on at the target.
    Jump,
    /// Goes on at the target if `a` is not zero, as 32 bits.
    JumpIf,
    /// Goes on at the target if `a` is zero, as 32 bits.
    JumpUnless,
    /// Charges.
    Charge,
    /// Compares the counter: the head of a loop.
    Check,
    /// Charges and ends; the results begin at `a`.
    Return,
    /// Traps.
    Unreachable,
    /// Writes `a`, or `b` where the register `more` is zero.
    Select,
    /// Writes `a`.
    Copy,
    /// Writes what an operator makes of `a` and `b`.
    Do(Operation),
}

/// Operators on numbers. Those of `i32` keep the upper half of a register zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    I32Eqz,
    I32Eq,
    I32Ne,
    I32LtS,
    I32LtU,
    I32GtS,
    I32GtU,
    I32LeS,
    I32LeU,
    I32GeS,
    I32GeU,
    I64Eqz,
    I64Eq,
    I64Ne,
    I64LtS,
    I64LtU,
    I64GtS,
    I64GtU,
    I64LeS,
    I64LeU,
    I64GeS,
    I64GeU,
    I32Clz,
    I32Ctz,
    I32Popcnt,
    I32Add,
    I32Sub,
    I32Mul,
    I32DivS,
    I32DivU,
    I32RemS,
    I32RemU,
    I32And,
    I32Or,
    I32Xor,
    I32Shl,
    I32ShrS,
    I32ShrU,
    I32Rotl,
    I32Rotr,
    I64Clz,
    I64Ctz,
    I64Popcnt,
    I64Add,
    I64Sub,
    I64Mul,
    I64DivS,
    I64DivU,
    I64RemS,
    I64RemU,
    I64And,
    I64Or,
    I64Xor,
    I64Shl,
    I64ShrS,
    I64ShrU,
    I64Rotl,
    I64Rotr,
    I32WrapI64,
    I64ExtendI32S,
    I64ExtendI32U,
    I32Extend8S,
    I32Extend16S,
    I64Extend8S,
    I64Extend16S,
    I64Extend32S,
}

/// Why a run did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// The counter was below zero where it is compared.
    OutOfCycles,
    /// A trap.
    Trap(TrapKind),
}

impl Direct {
    /// How many operators its body has.
    pub(super) fn n_operators(&self) -> u32 {
        self.n_operators
    }

    /// Runs it on `input`, one number for each parameter, with `left` cycles on the counter; what is on the counter
    /// afterwards, and the results. The caller compares the counter.
    pub(super) fn run(&self, input: &[i64], left: i64) -> (i64, Result<Vec<i64>, Halt>) {
        let mut left = left;
        let mut registers = [0u64; N_REGISTERS];
        for (register, number) in registers.iter_mut().zip(input) {
            *register = number.cast_unsigned();
        }
        for (register, constant) in registers.iter_mut().rev().zip(&self.constants) {
            *register = *constant;
        }
        if left < translate::ENTRY_COST {
            return (left, Err(Halt::OutOfCycles));
        }
        let mut at = 0usize;
        loop {
            // INVARIANT: every way through the steps ends in one that leaves.
            let Some(step) = self.steps.get(at) else { return (left, Err(Halt::Trap(TrapKind::Other))) };
            at += 1;
            let a = registers[usize::from(step.a)];
            let b = registers[usize::from(step.b)];
            let value = match step.act {
                Act::Do(operation) => match operation.of(a, b) {
                    Ok(value) => value,
                    Err(kind) => return (left, Err(Halt::Trap(kind))),
                },
                Act::Copy => a,
                Act::Select => {
                    let is_first = registers[usize::from(step.more & 0xff)] as u32 != 0;
                    if is_first { a } else { b }
                }
                Act::Jump => {
                    left -= i64::from(step.more);
                    at = usize::from(step.target);
                    continue;
                }
                Act::JumpIf => {
                    left -= i64::from(step.more);
                    if a as u32 != 0 {
                        at = usize::from(step.target);
                    }
                    continue;
                }
                Act::JumpUnless => {
                    left -= i64::from(step.more);
                    if a as u32 == 0 {
                        at = usize::from(step.target);
                    }
                    continue;
                }
                Act::Charge => {
                    left -= i64::from(step.more);
                    continue;
                }
                Act::Check => {
                    if left < 0 {
                        return (left, Err(Halt::OutOfCycles));
                    }
                    continue;
                }
                Act::Return => {
                    left -= i64::from(step.more);
                    let first = usize::from(step.a);
                    let results = registers.get(first..first + usize::from(self.n_results));
                    let results = results.unwrap_or_default().iter().map(|it| it.cast_signed());
                    return (left, Ok(results.collect()));
                }
                Act::Unreachable => return (left, Err(Halt::Trap(TrapKind::Unreachable))),
            };
            registers[usize::from(step.to)] = value;
        }
    }
}

impl Operation {
    /// What it makes of its operands.
    #[inline(always)]
    fn of(self, a: u64, b: u64) -> Result<u64, TrapKind> {
        let (a32, b32) = (a as u32, b as u32);
        let (a32s, b32s) = (a32.cast_signed(), b32.cast_signed());
        let (a64s, b64s) = (a.cast_signed(), b.cast_signed());
        let half = |number: i32| u64::from(number.cast_unsigned());
        Ok(match self {
            Self::I32Eqz => u64::from(a32 == 0),
            Self::I32Eq => u64::from(a32 == b32),
            Self::I32Ne => u64::from(a32 != b32),
            Self::I32LtS => u64::from(a32s < b32s),
            Self::I32LtU => u64::from(a32 < b32),
            Self::I32GtS => u64::from(a32s > b32s),
            Self::I32GtU => u64::from(a32 > b32),
            Self::I32LeS => u64::from(a32s <= b32s),
            Self::I32LeU => u64::from(a32 <= b32),
            Self::I32GeS => u64::from(a32s >= b32s),
            Self::I32GeU => u64::from(a32 >= b32),
            Self::I64Eqz => u64::from(a == 0),
            Self::I64Eq => u64::from(a == b),
            Self::I64Ne => u64::from(a != b),
            Self::I64LtS => u64::from(a64s < b64s),
            Self::I64LtU => u64::from(a < b),
            Self::I64GtS => u64::from(a64s > b64s),
            Self::I64GtU => u64::from(a > b),
            Self::I64LeS => u64::from(a64s <= b64s),
            Self::I64LeU => u64::from(a <= b),
            Self::I64GeS => u64::from(a64s >= b64s),
            Self::I64GeU => u64::from(a >= b),
            Self::I32Clz => u64::from(a32.leading_zeros()),
            Self::I32Ctz => u64::from(a32.trailing_zeros()),
            Self::I32Popcnt => u64::from(a32.count_ones()),
            Self::I32Add => u64::from(a32.wrapping_add(b32)),
            Self::I32Sub => u64::from(a32.wrapping_sub(b32)),
            Self::I32Mul => u64::from(a32.wrapping_mul(b32)),
            Self::I32DivS => half(divided(a32s.checked_div(b32s), b32s == 0)?),
            Self::I32DivU => u64::from(divided(a32.checked_div(b32), true)?),
            Self::I32RemS if b32s == 0 => return Err(TrapKind::IntegerDivideByZero),
            Self::I32RemS => half(a32s.wrapping_rem(b32s)),
            Self::I32RemU => u64::from(divided(a32.checked_rem(b32), true)?),
            Self::I32And => u64::from(a32 & b32),
            Self::I32Or => u64::from(a32 | b32),
            Self::I32Xor => u64::from(a32 ^ b32),
            Self::I32Shl => u64::from(a32.wrapping_shl(b32)),
            Self::I32ShrS => half(a32s.wrapping_shr(b32)),
            Self::I32ShrU => u64::from(a32.wrapping_shr(b32)),
            Self::I32Rotl => u64::from(a32.rotate_left(b32 % 32)),
            Self::I32Rotr => u64::from(a32.rotate_right(b32 % 32)),
            Self::I64Clz => u64::from(a.leading_zeros()),
            Self::I64Ctz => u64::from(a.trailing_zeros()),
            Self::I64Popcnt => u64::from(a.count_ones()),
            Self::I64Add => a.wrapping_add(b),
            Self::I64Sub => a.wrapping_sub(b),
            Self::I64Mul => a.wrapping_mul(b),
            Self::I64DivS => divided(a64s.checked_div(b64s), b64s == 0)?.cast_unsigned(),
            Self::I64DivU => divided(a.checked_div(b), true)?,
            Self::I64RemS if b64s == 0 => return Err(TrapKind::IntegerDivideByZero),
            Self::I64RemS => a64s.wrapping_rem(b64s).cast_unsigned(),
            Self::I64RemU => divided(a.checked_rem(b), true)?,
            Self::I64And => a & b,
            Self::I64Or => a | b,
            Self::I64Xor => a ^ b,
            // The distance counts modulo 64, of which its lower half has all.
            Self::I64Shl => a.wrapping_shl(b32),
            Self::I64ShrS => a64s.wrapping_shr(b32).cast_unsigned(),
            Self::I64ShrU => a.wrapping_shr(b32),
            Self::I64Rotl => a.rotate_left(b32 % 64),
            Self::I64Rotr => a.rotate_right(b32 % 64),
            Self::I32WrapI64 | Self::I64ExtendI32U => u64::from(a32),
            Self::I64ExtendI32S | Self::I64Extend32S => i64::from(a32s).cast_unsigned(),
            Self::I32Extend8S => half(i32::from(a32s as i8)),
            Self::I32Extend16S => half(i32::from(a32s as i16)),
            Self::I64Extend8S => i64::from(a64s as i8).cast_unsigned(),
            Self::I64Extend16S => i64::from(a64s as i16).cast_unsigned(),
        })
    }
}

/// A quotient or remainder; where there is none, the trap: by zero, or past the largest number.
fn divided<T>(result: Option<T>, is_by_zero: bool) -> Result<T, TrapKind> {
    let kind = if is_by_zero { TrapKind::IntegerDivideByZero } else { TrapKind::IntegerOverflow };
    result.ok_or(kind)
}

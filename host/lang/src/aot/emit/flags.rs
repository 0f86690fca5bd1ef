//! Flags: what they follow from, and the tests of them.

use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{FlagTest, Opcode};
use wasm_encoder::Instruction as Wasm;

use super::Emitter;
use crate::aot::code::{Local, Type};

/// What the flags follow from: two numbers a and b, which are those of a comparison, or a result and 0. Z is a = b, S
/// and C are a < b, and V says whether a - b overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    /// In [`Local::FlagA`] and [`Local::FlagB`].
    Saved,
    /// A result that is still in its register.
    Result(u8),
    /// Two registers that still hold what was compared.
    Compared(u8, u8),
}

impl Pair {
    pub(super) fn reads(self, register: u8) -> bool {
        match self {
            Self::Saved => false,
            Self::Result(a) => a == register,
            Self::Compared(a, b) => a == register || b == register,
        }
    }
}

impl Emitter<'_> {
    pub(super) fn push_pair(&mut self) -> bool {
        match self.known.flags {
            Pair::Saved => {
                self.code.get(Local::FlagA).get(Local::FlagB);
                false
            }
            Pair::Result(register) => {
                self.r(register);
                true
            }
            Pair::Compared(a, b) => {
                self.r(a);
                self.r(b);
                false
            }
        }
    }

    /// Puts the two numbers into their locals.
    pub(super) fn save_flags(&mut self) {
        if self.known.flags == Pair::Saved {
            return;
        }
        if self.push_pair() {
            self.code.i64(0);
        }
        self.code.set(Local::FlagB).set(Local::FlagA);
    }

    /// Leaves at hand whether a test of the flags holds.
    pub(super) fn test_flags(&mut self, test: FlagTest) {
        if matches!(test, FlagTest::V | FlagTest::Nv) {
            return self.test_overflow(test);
        }
        let against_zero = self.push_pair();
        let instruction = match test {
            FlagTest::Z if against_zero => Wasm::I64Eqz,
            FlagTest::Z => Wasm::I64Eq,
            FlagTest::Nz => Wasm::I64Ne,
            FlagTest::S | FlagTest::C => Wasm::I64LtS,
            FlagTest::Ns | FlagTest::Nc => Wasm::I64GeS,
            FlagTest::G => Wasm::I64GtS,
            _ => Wasm::I64LeS,
        };
        if against_zero && test != FlagTest::Z {
            self.code.i64(0);
        }
        self.code.push(instruction);
    }

    /// The difference of two numbers overflows if they differ in sign and the difference has not that of the first.
    pub(super) fn test_overflow(&mut self, test: FlagTest) {
        let (a, b) = (Local::Scratch(Type::I64, 0), Local::Scratch(Type::I64, 1));
        if self.push_pair() {
            self.code.i64(0);
        }
        self.code.set(b).set(a).get(a).get(b).push(Wasm::I64Xor);
        self.code.get(a).get(a).get(b).all([Wasm::I64Sub, Wasm::I64Xor, Wasm::I64And]).i64(0);
        self.code.push(if test == FlagTest::V { Wasm::I64LtS } else { Wasm::I64GeS });
    }

    /// Leaves at hand whether a conditional jump is made, or is not.
    pub(super) fn branch(&mut self, instruction: &Flux<'_>, holds: bool) {
        let pick = |yes, no| if holds { yes } else { no };
        let Fields::D(register, _) = instruction.fields else { return };
        match instruction.opcode {
            Opcode::Jz | Opcode::Jnz => {
                let is_zero = (instruction.opcode == Opcode::Jz) == holds;
                self.r(register);
                if is_zero {
                    self.code.push(Wasm::I64Eqz);
                } else {
                    self.code.i64(0).push(Wasm::I64Ne);
                }
            }
            Opcode::Je => self.test_flags(pick(FlagTest::Z, FlagTest::Nz)),
            Opcode::Jne => self.test_flags(pick(FlagTest::Nz, FlagTest::Z)),
            Opcode::Jl => self.test_flags(pick(FlagTest::S, FlagTest::Ns)),
            Opcode::Jge => self.test_flags(pick(FlagTest::Ns, FlagTest::S)),
            Opcode::Jg => self.test_flags(pick(FlagTest::G, FlagTest::Le)),
            _ => self.test_flags(pick(FlagTest::Le, FlagTest::G)),
        }
    }
}

//! Whole numbers: moves, sums, bits, comparisons, boxes, and what only counts.

use flux_vm::error::ErrorClass;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Condition, FlagTest, Opcode};
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::{MemArg, ValType};

use super::flags::Pair;
use super::{Emitter, gives};
use crate::aot::code::{Local, Type};

impl Emitter<'_> {
    pub(super) fn integer(&mut self, instruction: &Flux<'_>) {
        let opcode = instruction.opcode;
        match instruction.fields {
            Fields::B(a) => self.step(opcode, a),
            Fields::C(a, b) => self.two(opcode, a, b),
            Fields::D(a, number) => self.with_number(opcode, a, number.into()),
            Fields::E(a, b, c) => self.three(opcode, a, b, c),
            Fields::X(a, tag, number) => self.make_box(a, tag, number),
            // `NOP`, `YIELD` and `DEBUG_BREAK` do nothing here.
            Fields::A | Fields::G(_) => {}
        }
    }

    fn step(&mut self, opcode: Opcode, a: u8) {
        self.r(a).i64(1).push(if opcode == Opcode::Inc { Wasm::I64Add } else { Wasm::I64Sub });
        self.set_result(a);
    }

    fn two(&mut self, opcode: Opcode, a: u8, b: u8) {
        match opcode {
            Opcode::Mov => {
                let (value, is_word) = (self.value(b), self.is_word(b));
                self.r(b);
                self.set_r(a);
                if is_word {
                    self.learn_word(a);
                }
                self.known.values[usize::from(a & 15)] = value;
            }
            Opcode::Ineg => {
                self.code.i64(0);
                self.r(b).push(Wasm::I64Sub);
                self.set_result(a);
            }
            Opcode::Inot => {
                self.r(b).i64(-1).push(Wasm::I64Xor);
                self.set_result(a);
                // The bits of a number that fits, turned over, fit.
            }
            Opcode::Ieq => self.compare(Condition::Eq, a, b),
            Opcode::Ilt => self.compare(Condition::Lt, a, b),
            Opcode::Ile => self.compare(Condition::Le, a, b),
            Opcode::Igt => self.compare(Condition::Gt, a, b),
            Opcode::Ige => self.compare(Condition::Ge, a, b),
            Opcode::Test => {
                if self.flags_live {
                    self.r(a);
                    self.r(b).push(Wasm::I64And).set(Local::FlagA).i64(0).set(Local::FlagB);
                }
                self.known.flags = Pair::Saved;
            }
            Opcode::Cmp => self.known.flags = Pair::Compared(a, b),
            Opcode::Setcc => {
                match FlagTest::from_byte(b) {
                    Some(test) => {
                        self.test_flags(test);
                        self.code.push(Wasm::I64ExtendI32U);
                    }
                    None => {
                        self.code.i64(0);
                    }
                }
                self.set_word(a);
            }
            Opcode::Unbox => {
                self.check_box(b);
                let offset = u64::from(self.layout.boxes);
                self.box_address(b);
                self.code.push(Wasm::I64Load32S(MemArg { offset, align: 2, memory_index: 0 }));
                self.set_word(a);
            }
            Opcode::CheckType => {
                self.check_box(a);
                let offset = u64::from(self.layout.boxes) + 4;
                self.box_address(a);
                self.code.push(Wasm::I32Load8U(MemArg { offset, align: 0, memory_index: 0 })).i32(b.into());
                self.code.push(Wasm::I32Ne);
                self.fail_if(ErrorClass::Type);
            }
            Opcode::CheckBounds => {
                self.r(a);
                self.r(b).push(Wasm::I64GeS);
                self.r(a).i64(0).all([Wasm::I64LtS, Wasm::I32Or]);
                self.fail_if(ErrorClass::Type);
            }
            _ => {}
        }
    }

    fn with_number(&mut self, opcode: Opcode, a: u8, number: i64) {
        match opcode {
            Opcode::Movi | Opcode::Instinct => {
                self.code.i64(number);
                self.set_word(a);
                self.known.values[usize::from(a & 15)] = Some(number);
            }
            Opcode::Evolve => {
                self.code.get(Local::Generations).i64(1).push(Wasm::I64Add).tee(Local::Generations);
                self.set_r(a);
            }
            Opcode::Witness => {
                let limit = self.options.setting.limits.n_witnesses as i64;
                self.code.get(Local::Witnesses).i64(limit).push(Wasm::I64GeU);
                self.fail_if(ErrorClass::Resource);
                self.code.get(Local::Witnesses).i64(1).push(Wasm::I64Add).tee(Local::Witnesses);
                self.set_r(a);
            }
            // `CONF`, `RESTORE` and `SNAPSHOT` are notes.
            _ => {}
        }
    }

    fn three(&mut self, opcode: Opcode, a: u8, b: u8, c: u8) {
        let simple = match opcode {
            Opcode::Iadd => Wasm::I64Add,
            Opcode::Isub => Wasm::I64Sub,
            Opcode::Imul => Wasm::I64Mul,
            Opcode::Iand => Wasm::I64And,
            Opcode::Ior => Wasm::I64Or,
            Opcode::Ixor => Wasm::I64Xor,
            // Both take the distance modulo 64.
            Opcode::Ishl => Wasm::I64Shl,
            Opcode::Ishr => Wasm::I64ShrS,
            Opcode::Idiv | Opcode::Imod | Opcode::Irem => return self.divide(opcode, a, b, c),
            Opcode::Rotl | Opcode::Rotr => {
                self.r(b).push(Wasm::I32WrapI64);
                // The distance is taken modulo 32.
                self.r(c).push(Wasm::I32WrapI64);
                self.code.push(if opcode == Opcode::Rotl { Wasm::I32Rotl } else { Wasm::I32Rotr });
                self.code.push(Wasm::I64ExtendI32U);
                return self.set_result(a);
            }
            // The first byte is the condition.
            Opcode::Icmp => {
                return match Condition::from_byte(a) {
                    Some(condition) => self.compare(condition, b, c),
                    None => {
                        self.code.i64(0);
                        self.set_result(b);
                        self.learn_word(b);
                    }
                };
            }
            Opcode::Merge => {
                self.r(b);
                self.r(c).push(Wasm::I64And);
                self.r(b);
                self.r(c).push(Wasm::I64Xor).i64(1).all([Wasm::I64ShrS, Wasm::I64Add]);
                return self.set_r(a);
            }
            Opcode::Cast => return self.cast(a, b, c),
            _ => return,
        };
        self.r(b);
        self.r(c).push(simple);
        self.set_result(a);
    }

    fn divide(&mut self, opcode: Opcode, a: u8, b: u8, c: u8) {
        let divisor = self.value(c);
        let traps = !self.observes_state();
        // A trap is all that can be told apart there, and the division brings its own.
        if !traps && divisor.is_none_or(|divisor| divisor == 0) {
            self.r(c).push(Wasm::I64Eqz);
            self.fail_if(ErrorClass::DivisionByZero);
        }
        if opcode != Opcode::Idiv {
            self.r(b);
            self.r(c).push(Wasm::I64RemS);
        } else if divisor.is_some_and(|divisor| divisor != -1) {
            self.r(b);
            self.r(c).push(Wasm::I64DivS);
        } else {
            // The least number divided by -1 is itself, where WebAssembly traps.
            self.r(c).i64(-1).all([Wasm::I64Eq, Wasm::If(gives(ValType::I64))]).i64(0);
            self.r(b).all([Wasm::I64Sub, Wasm::Else]);
            self.r(b);
            self.r(c).all([Wasm::I64DivS, Wasm::End]);
        }
        self.set_result(a);
    }

    /// `a = 1` if the condition holds for a and b, else 0.
    fn compare(&mut self, condition: Condition, a: u8, b: u8) {
        let low = matches!(condition, Condition::Ult | Condition::Ule | Condition::Ugt | Condition::Uge);
        self.r(a);
        if low {
            self.code.push(Wasm::I32WrapI64);
        }
        self.r(b);
        if low {
            self.code.push(Wasm::I32WrapI64);
        }
        self.code.push(match condition {
            Condition::Eq => Wasm::I64Eq,
            Condition::Ne => Wasm::I64Ne,
            Condition::Lt => Wasm::I64LtS,
            Condition::Le => Wasm::I64LeS,
            Condition::Gt => Wasm::I64GtS,
            Condition::Ge => Wasm::I64GeS,
            Condition::Ult => Wasm::I32LtU,
            Condition::Ule => Wasm::I32LeU,
            Condition::Ugt => Wasm::I32GtU,
            Condition::Uge => Wasm::I32GeU,
        });
        self.code.push(Wasm::I64ExtendI32U);
        self.set_result(a);
        self.learn_word(a);
    }

    fn cast(&mut self, a: u8, b: u8, tag: u8) {
        match tag {
            0 => {
                let number = Local::Scratch(Type::F64, 0);
                if !self.is_word(b) {
                    self.push_is_no_word(b);
                    self.fail_if(ErrorClass::Range);
                    self.learn_word(b);
                }
                self.r(b).all([Wasm::I32WrapI64, Wasm::F32ReinterpretI32, Wasm::F64PromoteF32]);
                self.code.push(Wasm::F64Const(1000.0.into())).push(Wasm::F64Mul).tee(number);
                // 2 to the 63rd and its negative are exact; what is no number is in no range.
                let limit = 9_223_372_036_854_775_808.0_f64;
                self.code.push(Wasm::F64Const((-limit).into())).push(Wasm::F64Ge).get(number);
                self.code.push(Wasm::F64Const(limit.into())).all([Wasm::F64Lt, Wasm::I32And, Wasm::I32Eqz]);
                self.fail_if(ErrorClass::Range);
                self.code.get(number).push(Wasm::I64TruncSatF64S);
                self.set_r(a);
            }
            2 => {
                self.r(b).i64(0).all([Wasm::I64Ne, Wasm::I64ExtendI32U]);
                self.set_word(a);
            }
            _ => self.two(Opcode::Mov, a, b),
        }
    }

    /// Leaves at hand whether a register holds a number that does not fit into 32 bits.
    pub(super) fn push_is_no_word(&mut self, register: u8) {
        self.r(register);
        self.r(register).all([Wasm::I64Extend32S, Wasm::I64Ne]);
    }

    // Boxes.

    fn make_box(&mut self, a: u8, tag: u8, number: i32) {
        let limit = self.options.setting.limits.n_boxes as i64;
        self.code.get(Local::Boxes).push(Wasm::I64ExtendI32U).i64(limit).push(Wasm::I64GeU);
        self.fail_if(ErrorClass::Resource);
        let packed = (i64::from(tag) << 32) | i64::from(number.cast_unsigned());
        let offset = u64::from(self.layout.boxes);
        self.code.get(Local::Boxes).i32(3).push(Wasm::I32Shl).i64(packed);
        self.code.push(Wasm::I64Store(MemArg { offset, align: 3, memory_index: 0 }));
        self.code.get(Local::Boxes).push(Wasm::I64ExtendI32U);
        self.set_word(a);
        self.code.get(Local::Boxes).i32(1).push(Wasm::I32Add).set(Local::Boxes);
    }

    fn check_box(&mut self, register: u8) {
        self.r(register);
        self.code.get(Local::Boxes).all([Wasm::I64ExtendI32U, Wasm::I64GeU]);
        self.fail_if(ErrorClass::Type);
    }

    fn box_address(&mut self, register: u8) {
        self.r(register).push(Wasm::I32WrapI64).i32(3).push(Wasm::I32Shl);
    }
}

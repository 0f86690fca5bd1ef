//! Doubles.
//!
//! Which not-a-number a result is, nobody can see while the program runs; where the state is looked at, there is one.

use flux_vm::error::ErrorClass;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, Opcode};
use wasm_encoder::Instruction as Wasm;

use super::Emitter;
use crate::aot::code::{Code, Local};

impl Emitter<'_> {
    pub(super) fn float(&mut self, instruction: &Flux<'_>) {
        match instruction.fields {
            Fields::C(a, b) => self.float_two(instruction.opcode, a, b),
            Fields::E(a, b, c) => self.float_three(instruction.opcode, a, b, c),
            _ => {}
        }
    }

    fn f(&mut self, register: u8) -> &mut Code {
        self.code.get(Local::Register(Bank::F, register))
    }

    fn set_f(&mut self, register: u8) {
        self.code.set(Local::Register(Bank::F, register));
    }

    fn number(&mut self, value: f64) -> &mut Code {
        self.code.push(Wasm::F64Const(value.into()))
    }

    fn float_two(&mut self, opcode: Opcode, a: u8, b: u8) {
        let comparison = match opcode {
            Opcode::Feq => Wasm::F64Eq,
            Opcode::Flt => Wasm::F64Lt,
            Opcode::Fle => Wasm::F64Le,
            Opcode::Fgt => Wasm::F64Gt,
            Opcode::Fge => Wasm::F64Ge,
            Opcode::Fneg | Opcode::Fabs => {
                self.f(b).push(if opcode == Opcode::Fneg { Wasm::F64Neg } else { Wasm::F64Abs });
                return self.set_f(a);
            }
            _ => {
                // The second is taken if one of them is no number; the minimum of WebAssembly would be none then.
                self.f(a);
                self.f(b);
                self.f(a);
                self.f(b).push(if opcode == Opcode::Fmin { Wasm::F64Lt } else { Wasm::F64Gt });
                self.code.push(Wasm::Select);
                return self.set_f(a);
            }
        };
        self.f(a);
        self.f(b).push(comparison).push(Wasm::I64ExtendI32U);
        self.set_word(a);
    }

    fn float_three(&mut self, opcode: Opcode, a: u8, b: u8, c: u8) {
        let operator = match opcode {
            Opcode::Fadd | Opcode::PhyAtten => Wasm::F64Add,
            Opcode::Fsub => Wasm::F64Sub,
            Opcode::Fmul => Wasm::F64Mul,
            Opcode::Fdiv => {
                self.f(c);
                self.number(0.0).push(Wasm::F64Eq);
                self.fail_if(ErrorClass::DivisionByZero);
                Wasm::F64Div
            }
            Opcode::PhyJerlov => return self.water_type(a, b, c),
            Opcode::PhyVisib => return self.visibility(a, b, c),
            Opcode::PhySoundv => return self.speed_of_sound(a, b, c),
            // The others are refused, see `unsupported`.
            _ => return,
        };
        self.f(b);
        self.f(c).push(operator);
        self.set_f(a);
    }

    /// Depth b and chlorophyll c.
    fn water_type(&mut self, a: u8, b: u8, c: u8) {
        self.number(0.0);
        self.number(1.0);
        self.number(2.0);
        self.number(3.0);
        self.f(c);
        self.number(0.1).all([Wasm::F64Gt, Wasm::Select]);
        self.f(c);
        self.number(1.0).all([Wasm::F64Gt, Wasm::Select]);
        self.f(c);
        self.number(10.0).push(Wasm::F64Gt);
        self.f(b);
        self.number(5.0).all([Wasm::F64Lt, Wasm::I32Or, Wasm::Select]);
        self.set_f(a);
    }

    /// 60, or the lesser of 1.7 / b and the greater of c and 0.1.
    fn visibility(&mut self, a: u8, b: u8, c: u8) {
        use crate::aot::code::Type;
        let (seen, least) = (Local::Scratch(Type::F64, 0), Local::Scratch(Type::F64, 1));
        self.f(c);
        self.number(0.1);
        self.f(c);
        self.number(0.1).all([Wasm::F64Gt, Wasm::Select]).set(least);
        self.number(1.7);
        self.f(b).push(Wasm::F64Div).set(seen);
        self.number(60.0);
        self.code.get(seen).get(least).get(seen).get(least).all([Wasm::F64Lt, Wasm::Select]);
        self.f(b);
        self.number(0.01).all([Wasm::F64Le, Wasm::Select]);
        self.set_f(a);
    }

    /// Temperature b and salinity c; sums are taken from left to right.
    fn speed_of_sound(&mut self, a: u8, b: u8, c: u8) {
        self.number(1449.2);
        self.number(4.6);
        self.f(b).all([Wasm::F64Mul, Wasm::F64Add]);
        self.number(0.055);
        self.f(b);
        self.f(b).all([Wasm::F64Mul, Wasm::F64Mul, Wasm::F64Sub]);
        self.number(0.00029);
        self.f(b);
        self.f(b).push(Wasm::F64Mul);
        self.f(b).all([Wasm::F64Mul, Wasm::F64Mul, Wasm::F64Add]);
        self.number(1.34);
        self.number(0.01);
        self.f(b).all([Wasm::F64Mul, Wasm::F64Sub]);
        self.f(c);
        self.number(35.0).all([Wasm::F64Sub, Wasm::F64Mul, Wasm::F64Add]);
        self.set_f(a);
    }
}

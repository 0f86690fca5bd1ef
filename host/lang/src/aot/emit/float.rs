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

    pub(super) fn f(&mut self, register: u8) -> &mut Code {
        self.code.get(Local::Register(Bank::F, register))
    }

    fn set_f(&mut self, register: u8) {
        self.code.set(Local::Register(Bank::F, register));
    }

    pub(super) fn number(&mut self, value: f64) -> &mut Code {
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
            _ => {
                self.physics(opcode, b, c);
                return self.set_f(a);
            }
        };
        self.f(b);
        self.f(c).push(operator);
        self.set_f(a);
    }
}

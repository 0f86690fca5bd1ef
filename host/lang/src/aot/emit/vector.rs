//! Vectors: sixteen lanes of a byte, none of which may leave its range.

use flux_vm::error::ErrorClass;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, Opcode};
use wasm_encoder::Instruction as Wasm;

use super::{Emitter, Helper};
use crate::aot::code::{Code, Local, Type};

/// The bits of eight 16-bit lanes that are beyond a byte.
const BEYOND: i128 =
    i128::from_le_bytes([0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0, 0xff]);

impl Emitter<'_> {
    pub(super) fn vector(&mut self, instruction: &Flux<'_>) {
        match (instruction.opcode, instruction.fields) {
            (Opcode::Vload, Fields::C(a, b)) => {
                self.check_address(b, 16);
                let place = self.place(0, 4);
                self.address(b).push(Wasm::V128Load(place));
                self.set_v(a);
            }
            (Opcode::Vstore, Fields::C(a, b)) => {
                self.check_address(b, 16);
                let place = self.place(0, 4);
                self.address(b);
                self.v(a).push(Wasm::V128Store(place));
            }
            (Opcode::Vadd, Fields::C(a, b)) => self.saturated(a, b, Wasm::I8x16Add, Wasm::I8x16AddSatU),
            (Opcode::Vsub, Fields::C(a, b)) => self.saturated(a, b, Wasm::I8x16Sub, Wasm::I8x16SubSatU),
            (Opcode::Vmul, Fields::C(a, b)) => self.product(a, a, b, None),
            (Opcode::Vfma, Fields::E(a, b, c)) => self.product(a, b, c, Some(a)),
            (Opcode::Vdiv, Fields::C(a, b)) => {
                self.v(b).all([Wasm::I8x16AllTrue, Wasm::I32Eqz]);
                self.fail_if(ErrorClass::DivisionByZero);
                self.v(a);
                self.v(b);
                self.helper(Helper::DivideLanes);
                self.set_v(a);
            }
            _ => {}
        }
    }

    fn v(&mut self, register: u8) -> &mut Code {
        self.code.get(Local::Register(Bank::V, register))
    }

    fn set_v(&mut self, register: u8) {
        self.code.set(Local::Register(Bank::V, register));
    }

    /// A sum or difference: where the one that wraps and the one that stops at the range differ, a lane has left it.
    fn saturated(&mut self, a: u8, b: u8, wraps: Wasm<'static>, stops: Wasm<'static>) {
        let result = Local::Scratch(Type::V128, 0);
        self.v(a);
        self.v(b).push(wraps).tee(result);
        self.v(a);
        self.v(b).push(stops).all([Wasm::V128Xor, Wasm::V128AnyTrue]);
        self.fail_if(ErrorClass::Range);
        self.code.get(result);
        self.set_v(a);
    }

    /// Products, in lanes of 16 bits, and perhaps what they are added to.
    fn product(&mut self, to: u8, a: u8, b: u8, plus: Option<u8>) {
        let (low, high) = (Local::Scratch(Type::V128, 0), Local::Scratch(Type::V128, 1));
        for (half, multiply, extend) in [
            (low, Wasm::I16x8ExtMulLowI8x16U, Wasm::I16x8ExtendLowI8x16U),
            (high, Wasm::I16x8ExtMulHighI8x16U, Wasm::I16x8ExtendHighI8x16U),
        ] {
            self.v(a);
            self.v(b).push(multiply);
            if let Some(plus) = plus {
                self.v(plus).all([extend, Wasm::I16x8Add]);
            }
            self.code.set(half);
        }
        self.code.get(low).get(high).push(Wasm::V128Or).push(Wasm::V128Const(BEYOND));
        self.code.all([Wasm::V128And, Wasm::V128AnyTrue]);
        self.fail_if(ErrorClass::Range);
        self.code.get(low).get(high).push(Wasm::I8x16NarrowI16x8U);
        self.set_v(to);
    }
}

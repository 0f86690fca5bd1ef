//! Marine physics, as `flux_vm` has it: the same operations in the same order, so that results have the same bits.
//!
//! Exponentials and sines are called, see `mathematics`.

use flux_vm::isa::Opcode;
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::ValType;

use super::{Emitter, gives};
use crate::aot::code::{Local, Type};
use crate::aot::mathematics::Function;

const FIRST: Local = Local::Scratch(Type::F64, 0);
const SECOND: Local = Local::Scratch(Type::F64, 1);
const THIRD: Local = Local::Scratch(Type::F64, 2);

impl Emitter<'_> {
    /// Leaves at hand what an instruction makes of the registers `b` and `c`.
    pub(super) fn physics(&mut self, opcode: Opcode, b: u8, c: u8) {
        match opcode {
            Opcode::PhyAbsorb => self.absorption(b, c),
            Opcode::PhyScatter => self.scattering(b, c),
            Opcode::PhyJerlov => self.water_type(b, c),
            Opcode::PhyThermo => self.thermocline(b, c),
            Opcode::PhySeabed => self.seabed(b, c),
            Opcode::PhyVisib => self.visibility(b, c),
            Opcode::PhySoundv => self.speed_of_sound(b, c),
            _ => self.refraction(b, c),
        }
    }

    fn mathematics(&mut self, function: Function) {
        if let Some(position) = self.callees.mathematics.position(function) {
            self.code.push(Wasm::Call(self.callees.first_copied() + position));
        }
    }

    /// Confines the number at hand; one that is none stays that.
    fn clamp(&mut self, low: f64, high: f64) {
        self.number(low).push(Wasm::F64Max);
        self.number(high).push(Wasm::F64Min);
    }

    /// Puts the kind that `c` means into `SECOND`.
    fn kind(&mut self, c: u8) {
        self.f(c).push(Wasm::F64Trunc).set(SECOND);
    }

    /// Leaves the value of the kind in `SECOND` at hand, or `other` if it is none of these.
    fn by_kind(&mut self, values: &[(f64, f64)], other: f64) {
        for (_, value) in values {
            self.number(*value);
        }
        self.number(other);
        for (kind, _) in values.iter().rev() {
            self.code.get(SECOND);
            self.number(*kind).all([Wasm::F64Eq, Wasm::Select]);
        }
    }

    /// Wavelength b and kind c: a bell over a base.
    fn absorption(&mut self, b: u8, c: u8) {
        self.f(b);
        self.clamp(200.0, 800.0);
        self.code.set(FIRST);
        self.kind(c);
        self.by_kind(&[(0.0, 0.2), (1.0, 0.05), (2.0, 0.3)], 0.1);
        self.by_kind(&[(0.0, 0.8), (1.0, 0.3), (2.0, 0.9)], 0.5);
        self.code.get(FIRST);
        self.by_kind(&[(0.0, 480.0), (1.0, 420.0), (2.0, 480.0)], 450.0);
        self.minus_square();
        self.by_kind(&[(0.0, 5000.0), (1.0, 8000.0), (2.0, 4000.0)], 6000.0);
        self.code.push(Wasm::F64Div);
        self.mathematics(Function::Exp);
        self.code.all([Wasm::F64Mul, Wasm::F64Add]);
    }

    /// Makes of two numbers at hand the square of their difference, negative.
    fn minus_square(&mut self) {
        self.code.push(Wasm::F64Sub).tee(THIRD).get(THIRD).all([Wasm::F64Mul, Wasm::F64Neg]);
    }

    /// Wavelength b and size c.
    fn scattering(&mut self, b: u8, c: u8) {
        self.number(0.002);
        self.number(400.0);
        self.f(b);
        self.clamp(200.0, 800.0);
        self.code.push(Wasm::F64Div);
        self.number(4.3);
        self.mathematics(Function::Pow);
        self.code.push(Wasm::F64Mul);
        self.number(0.01);
        self.number(1.0);
        self.number(0.005);
        self.f(c).all([Wasm::F64Mul, Wasm::F64Add, Wasm::F64Div, Wasm::F64Add]);
    }

    /// Depth b and season c.
    fn thermocline(&mut self, b: u8, c: u8) {
        self.kind(c);
        self.by_kind(&[(0.0, (4.0 - 22.0) / 5.0)], (4.0 - 8.0) / 15.0);
        self.f(b);
        self.by_kind(&[(0.0, 15.0)], 40.0);
        self.minus_square();
        self.by_kind(&[(0.0, 2.0 * 5.0 * 5.0)], 2.0 * 15.0 * 15.0);
        self.code.push(Wasm::F64Div);
        self.mathematics(Function::Exp);
        self.code.push(Wasm::F64Mul);
    }

    /// Depth b and kind c.
    fn seabed(&mut self, b: u8, c: u8) {
        self.kind(c);
        self.by_kind(&[(1.0, 0.5), (2.0, 0.7), (3.0, 0.85), (4.0, 0.2)], 0.3);
        self.number(-0.005);
        self.f(b).push(Wasm::F64Mul);
        self.mathematics(Function::Exp);
        self.code.push(Wasm::F64Mul);
    }

    /// Angle b and ratio c.
    fn refraction(&mut self, b: u8, c: u8) {
        self.f(c);
        self.number(0.0).all([Wasm::F64Eq, Wasm::If(gives(ValType::F64))]);
        self.number(0.0).push(Wasm::Else);
        self.f(b);
        self.mathematics(Function::Sin);
        self.f(c).push(Wasm::F64Div);
        self.clamp(-1.0, 1.0);
        self.mathematics(Function::Asin);
        self.code.end();
    }

    /// Depth b and chlorophyll c.
    fn water_type(&mut self, b: u8, c: u8) {
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
    }

    /// 60, or the lesser of 1.7 / b and the greater of c and 0.1.
    fn visibility(&mut self, b: u8, c: u8) {
        let (seen, least) = (FIRST, SECOND);
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
    }

    /// Temperature b and salinity c; sums are taken from left to right.
    fn speed_of_sound(&mut self, b: u8, c: u8) {
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
    }
}

//! Loads, stores, the stack, calls and returns.

use flux_vm::error::ErrorClass;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, FP, Opcode, SP};
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::MemArg;

use super::{Emitter, ValType, gives};
use crate::aot::blocks::Returns;
use crate::aot::code::{Local, Type};
use crate::aot::structure::DONE;

/// The length of a cell, in bytes.
const CELL: u32 = 4;

impl Emitter<'_> {
    pub(super) fn memory(&mut self, instruction: &Flux<'_>) {
        match (instruction.opcode, instruction.fields) {
            (Opcode::Load, Fields::C(a, b)) => {
                self.check_address(b, CELL);
                self.load_cell(b, 0);
                self.set_word(a);
            }
            (Opcode::Load8, Fields::C(a, b)) => {
                self.check_address(b, 1);
                let place = self.place(0, 0);
                self.address(b).push(Wasm::I64Load8U(place));
                self.set_word(a);
            }
            (Opcode::Store, Fields::C(a, b)) => {
                self.check_word(a);
                self.check_address(b, CELL);
                let place = self.place(0, 2);
                self.address(b);
                self.r(a).push(Wasm::I64Store32(place));
            }
            (Opcode::Store8, Fields::C(a, b)) => {
                self.check_address(b, 1);
                let place = self.place(0, 0);
                self.address(b);
                self.r(a).push(Wasm::I64Store8(place));
            }
            (Opcode::Push, Fields::B(a)) => {
                let below = self.below();
                self.check_push(Some(a));
                self.code.get(below).push(Wasm::I32WrapI64);
                self.r(a);
                self.store_pushed();
            }
            (Opcode::Pop, Fields::B(a)) => {
                self.check_address(SP, CELL);
                self.load_cell(SP, 0);
                self.move_stack(1);
                self.set_word(a);
            }
            (Opcode::Dup, _) => {
                let below = self.below();
                // The cell on top and the one below it have to be there.
                self.check_range(below, 2 * CELL);
                self.code.get(below).push(Wasm::I32WrapI64);
                self.load_cell(SP, 0);
                self.store_pushed();
            }
            (Opcode::Swap, _) => self.turn(2),
            (Opcode::Rot, _) => self.turn(3),
            (Opcode::Enter, Fields::B(cells)) => self.enter(cells),
            (Opcode::Leave, _) => {
                self.check_address(FP, CELL);
                self.load_cell(FP, 0);
                self.r(FP).i64(CELL.into()).push(Wasm::I64Add);
                self.set_r(SP);
                self.set_word(FP);
            }
            (Opcode::Alloca, Fields::C(a, b)) => {
                let below = Local::Scratch(Type::I64, 0);
                // As many cells as would fit: compared so that nothing overflows.
                self.r(b);
                self.r(SP).i64(2).all([Wasm::I64ShrS, Wasm::I64GtS]);
                self.fail_if(ErrorClass::StackOverflow);
                self.r(SP);
                self.r(b).i64(CELL.into()).all([Wasm::I64Mul, Wasm::I64Sub]).tee(below);
                self.set_r(SP);
                if a != SP {
                    self.code.get(below);
                    self.set_r(a);
                }
            }
            _ => {}
        }
    }

    // Addresses.

    /// Fails unless a register holds the address of so many bytes of `stack`.
    pub(super) fn check_address(&mut self, register: u8, len: u32) {
        let fits =
            |address: i64| address >= 0 && address + i64::from(len) <= i64::from(self.layout.stack_size);
        if !self.value(register).is_some_and(fits) {
            self.check_range(Local::Register(Bank::R, register), len);
        }
    }

    fn check_range(&mut self, address: Local, len: u32) {
        match self.layout.stack_size.checked_sub(len) {
            Some(last) => {
                // A negative address is beyond all others without its sign.
                self.code.get(address).i64(last.into()).push(Wasm::I64GtU);
            }
            None => {
                self.code.i32(1);
            }
        }
        self.fail_if(ErrorClass::Memory);
    }

    /// Fails unless a register holds a number that fits into a cell.
    fn check_word(&mut self, register: u8) {
        if !self.is_word(register) {
            self.push_is_no_word(register);
            self.fail_if(ErrorClass::Range);
            self.learn_word(register);
        }
    }

    pub(super) fn address(&mut self, register: u8) -> &mut super::Code {
        self.r(register).push(Wasm::I32WrapI64)
    }

    pub(super) fn place(&self, offset: u32, align: u32) -> MemArg {
        MemArg { offset: u64::from(self.layout.stack) + u64::from(offset), align, memory_index: 0 }
    }

    fn load_cell(&mut self, register: u8, offset: u32) {
        let place = self.place(offset, 2);
        self.address(register).push(Wasm::I64Load32S(place));
    }

    // The stack.

    /// Leaves the address below the stack in a local.
    fn below(&mut self) -> Local {
        let below = Local::Scratch(Type::I64, 0);
        self.r(SP).i64(CELL.into()).push(Wasm::I64Sub).set(below);
        below
    }

    /// Fails unless a cell can be written below the stack, see [`Emitter::below`], and the register fits into it.
    fn check_push(&mut self, register: Option<u8>) {
        let below = Local::Scratch(Type::I64, 0);
        if let Some(register) = register.filter(|register| !self.is_word(*register)) {
            if self.observes_state() {
                // The stack is looked at first, then the number, then whether the address exists.
                self.code.get(below).i64(0).push(Wasm::I64LtS);
                self.fail_if(ErrorClass::Memory);
            }
            self.check_word(register);
        }
        self.check_range(below, CELL);
    }

    /// Stores the number at hand to the address at hand, and makes that the top of the stack.
    fn store_pushed(&mut self) {
        let place = self.place(0, 2);
        self.code.push(Wasm::I64Store32(place)).get(Local::Scratch(Type::I64, 0));
        self.set_r(SP);
    }

    fn move_stack(&mut self, cells: i64) {
        self.r(SP).i64(cells * i64::from(CELL)).push(Wasm::I64Add);
        self.set_r(SP);
    }

    /// Lets the topmost of some cells sink below the others.
    fn turn(&mut self, n: u32) {
        let top = Local::Scratch(Type::I64, 0);
        self.check_address(SP, n * CELL);
        self.load_cell(SP, 0);
        self.code.set(top);
        for cell in 1..n {
            let place = self.place((cell - 1) * CELL, 2);
            self.address(SP);
            self.load_cell(SP, cell * CELL);
            self.code.push(Wasm::I64Store32(place));
        }
        let place = self.place((n - 1) * CELL, 2);
        self.address(SP);
        self.code.get(top).push(Wasm::I64Store32(place));
    }

    fn enter(&mut self, cells: u8) {
        let frame = self.below();
        let len = i64::from(cells) * i64::from(CELL);
        if cells > 0 {
            // A frame pointer below 0 is another error, which comes with the push.
            self.code.get(frame).i64(len).push(Wasm::I64LtU);
            self.fail_if(ErrorClass::StackOverflow);
        }
        self.check_push(Some(FP));
        self.code.get(frame).push(Wasm::I32WrapI64);
        self.r(FP);
        let place = self.place(0, 2);
        self.code.push(Wasm::I64Store32(place)).get(frame);
        self.set_r(FP);
        self.code.get(frame);
        if len > 0 {
            self.code.i64(len).push(Wasm::I64Sub);
        }
        self.set_r(SP);
    }

    // Calls.

    pub(super) fn call(&mut self, len: usize) {
        let back = i64::from(self.offset) + len as i64;
        let below = self.below();
        self.check_push(None);
        self.code.get(below).push(Wasm::I32WrapI64).i64(back);
        self.store_pushed();
    }

    pub(super) fn call_indirect(&mut self, instruction: &Flux<'_>) {
        let Fields::C(_, b) = instruction.fields else { return };
        let len = i64::from(self.code_len as u32);
        // Beyond the code there is no landing pad.
        self.r(b).push(Wasm::I32WrapI64).i32(-1);
        self.r(b).i64(len).all([Wasm::I64LtU, Wasm::Select]).set(Local::Target);
        let below = self.below();
        if self.observes_state() {
            let offset = self.offset as i32;
            self.code.i32(offset).set(Local::Place);
            // The target is looked at before the stack.
            let pads = MemArg { offset: self.layout.pads.into(), align: 0, memory_index: 0 };
            self.code.get(Local::Target).i32(-1).all([Wasm::I32Eq, Wasm::If(gives(ValType::I32))]).i32(1);
            self.code.push(Wasm::Else).get(Local::Target).all([
                Wasm::I32Load8U(pads),
                Wasm::I32Eqz,
                Wasm::End,
            ]);
            self.fail_if(ErrorClass::Control);
        }
        self.check_push(None);
        let back = i64::from(self.offset) + instruction.len() as i64;
        self.code.get(below).push(Wasm::I32WrapI64).i64(back);
        self.store_pushed();
    }

    pub(super) fn ret(&mut self) {
        if self.blocks.returns == Returns::Halt {
            return;
        }
        if self.observes_state() {
            self.save_flags();
        }
        let size = i64::from(self.layout.stack_size);
        self.r(SP).i64(size).push(Wasm::I64GeS);
        let distance = self.code.depth() - DONE;
        self.code.push(Wasm::BrIf(distance));
        self.check_address(SP, CELL);
        let place = self.place(0, 2);
        self.address(SP).push(Wasm::I32Load(place)).set(Local::Target);
        if self.observes_state() {
            let offset = self.offset as i32;
            self.code.i32(offset).set(Local::Place);
        }
        self.move_stack(1);
    }
}

//! A program that is several functions: what they hand to one another, see `split`.

use flux_vm::isa::Bank;
use wasm_encoder::{BlockType, Instruction as Wasm};

use super::{Emitter, Shared};
use crate::aot::code::{Code, Local};
use crate::aot::split::Part;

impl Emitter<'_> {
    /// Makes this the emitter of a part, after parts that have used `shared`.
    pub(in crate::aot) fn for_part(mut self, shared: Shared) -> Self {
        self.code = Code::with_entry();
        self.shared = shared;
        // Other parts touch bytes as well.
        self.counts_bulk = true;
        self
    }

    /// Completes the function of a part: it takes from globals what it uses, and puts it back in the end.
    pub(in crate::aot) fn finish_part(&mut self) {
        let mut before = Vec::new();
        for (local, index) in self.code.shared() {
            let global = self.global(local);
            before.extend([Wasm::GlobalGet(global), Wasm::LocalSet(index)]);
            self.code.all([Wasm::LocalGet(index), Wasm::GlobalSet(global)]);
        }
        self.code.get(Local::Next).end();
        self.code.prepend(before);
    }

    /// Writes the program's own function after its prologue: it calls parts until one of them says that this was all.
    pub(in crate::aot) fn call_parts(&mut self, parts: &[Part<'_>]) {
        for (local, index) in self.code.shared() {
            let global = self.global(local);
            self.code.all([Wasm::LocalGet(index), Wasm::GlobalSet(global)]);
        }
        self.code.i32(1).set(Local::Next).push(Wasm::Loop(BlockType::Empty));
        self.call_one_of(parts, self.callees.first_part());
        self.code.get(Local::Next).push(Wasm::BrIf(0)).end();
        for local in self.shared.globals.clone() {
            let is_output = matches!(local, Local::Register(Bank::R, register) if register < self.n_outputs);
            if self.observes_state() || is_output || local == Local::Count {
                let global = self.global(local);
                self.code.push(Wasm::GlobalGet(global)).set(local);
            }
        }
    }

    /// Calls the part that the next entry is in; the first one has the number `first`.
    fn call_one_of(&mut self, parts: &[Part<'_>], first: u32) {
        let (low, high) = parts.split_at(parts.len() / 2);
        let Some(last) = low.last() else {
            self.code.get(Local::Next).push(Wasm::Call(first)).set(Local::Next);
            return;
        };
        self.code.get(Local::Next).i32(last.last_entry).push(Wasm::I32LeU).open_if();
        self.call_one_of(low, first);
        self.code.push(Wasm::Else);
        self.call_one_of(high, first + low.len() as u32);
        self.code.end();
    }

    /// The number of the global that a local is kept in.
    fn global(&mut self, local: Local) -> u32 {
        let globals = &mut self.shared.globals;
        let known = globals.iter().position(|other| *other == local);
        let index = known.unwrap_or_else(|| {
            globals.push(local);
            globals.len() - 1
        });
        self.callees.first_global + index as u32
    }
}

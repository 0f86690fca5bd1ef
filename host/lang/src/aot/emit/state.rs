//! The end of a program whose state is looked at: the numbers of [`flux_vm::machine::Observation::to_words`].

use flux_vm::isa::{Bank, FlagTest, N_F, N_R, N_V};
use flux_vm::machine::{NAN_BITS, fnv1a};
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::MemArg;

use super::flags::Pair;
use super::{Emitter, Helper};
use crate::aot::code::{Local, Type};
use crate::aot::layout::STACK;

/// How many numbers there are.
pub(crate) const N_WORDS: usize = 4 + N_R + N_F + 3;

/// The length of a vector register, in bytes.
const VECTOR_LEN: usize = 16;

impl Emitter<'_> {
    pub(super) fn state(&mut self) {
        self.wide(Local::Ending);
        self.wide(Local::Class);
        // Calls and returns say where they stand before it is known whether they fail.
        self.code.get(Local::Place).i32(0).get(Local::Ending).push(Wasm::Select).push(Wasm::I64ExtendI32U);
        self.code.get(Local::Count);
        for register in 0..N_R as u8 {
            self.read_or_zero(Local::Register(Bank::R, register));
        }
        for register in 0..N_F as u8 {
            self.double(Local::Register(Bank::F, register));
        }
        self.flags();
        self.vectors();
        self.regions();
    }

    fn wide(&mut self, local: Local) {
        self.code.get(local).push(Wasm::I64ExtendI32U);
    }

    fn double(&mut self, local: Local) {
        if !self.code.uses(local) {
            self.code.i64(0);
            return;
        }
        self.code.i64(NAN_BITS.cast_signed()).get(local).push(Wasm::I64ReinterpretF64);
        self.code.get(local).get(local).all([Wasm::F64Ne, Wasm::Select]);
    }

    fn flags(&mut self) {
        self.known.flags = Pair::Saved;
        self.code.i32(0);
        for (bit, test) in [FlagTest::Z, FlagTest::S, FlagTest::C, FlagTest::V].into_iter().enumerate() {
            self.test_flags(test);
            self.code.i32(bit as i32).all([Wasm::I32Shl, Wasm::I32Or]);
        }
        self.code.push(Wasm::I64ExtendI32U);
    }

    fn vectors(&mut self) {
        for register in 0..N_V as u8 {
            let local = Local::Register(Bank::V, register);
            if self.code.uses(local) {
                let at = (usize::from(register) * VECTOR_LEN) as i32;
                let place = MemArg { offset: self.layout.vectors.into(), align: 4, memory_index: 0 };
                self.code.i32(at).get(local).push(Wasm::V128Store(place));
            }
        }
        self.basis();
        let at = self.layout.vectors.cast_signed();
        self.code.i32(at).i32((N_V * VECTOR_LEN) as i32);
        self.helper(Helper::Digest);
    }

    /// The digest of nothing.
    fn basis(&mut self) {
        self.code.i64(fnv1a(&[]).cast_signed());
    }

    fn regions(&mut self) {
        let sum = Local::Scratch(Type::I64, 0);
        self.basis();
        self.code.set(sum);
        let layout = self.layout;
        let mut names: Vec<(&str, Option<usize>)> = layout
            .regions
            .iter()
            .enumerate()
            .map(|(number, region)| (region.name.as_str(), Some(number)))
            .collect();
        names.push((STACK, None));
        names.sort_unstable();
        for (name, number) in names {
            let Some(number) = number else {
                self.region_head(name, None);
                self.code.i32(layout.stack_size.cast_signed());
                self.region_bytes(layout.stack);
                continue;
            };
            let region = &layout.regions[number];
            if !region.changes && !region.at_start {
                // It is named, but never there.
                continue;
            }
            let state = region.changes.then_some(Local::RegionState(number));
            if let Some(state) = state {
                self.code.get(state).open_if();
            }
            self.region_head(name, state);
            match region.fixed_size() {
                Some(size) => self.code.i32(size.cast_signed()),
                None => self.code.get(Local::RegionSize(number)),
            };
            self.region_bytes(region.base);
            if state.is_some() {
                self.code.end();
            }
        }
        self.code.get(sum);
    }

    /// Adds name and owner.
    fn region_head(&mut self, name: &str, state: Option<Local>) {
        let principal = self.options.setting.principal.clone();
        self.add_text(name);
        let Some(state) = state else { return self.add_text(&principal) };
        for (index, owner) in
            std::iter::once(principal.to_string()).chain(self.shared.owners.clone()).enumerate()
        {
            // The program is the owner of state 1.
            self.code.get(state).i32(index as i32 + 1).push(Wasm::I32Eq).open_if();
            self.add_text(&owner);
            self.code.end();
        }
    }

    /// Adds a text and a zero byte.
    fn add_text(&mut self, text: &str) {
        let at = self.layout.end + self.text.len() as u32;
        self.text.extend(text.as_bytes());
        self.text.push(0);
        self.code.get(Local::Scratch(Type::I64, 0)).i32(at.cast_signed()).i32(text.len() as i32 + 1);
        self.helper(Helper::Digest);
        self.code.set(Local::Scratch(Type::I64, 0));
    }

    /// Adds the size at hand and as many bytes.
    fn region_bytes(&mut self, base: u32) {
        let (sum, size) = (Local::Scratch(Type::I64, 0), Local::Scratch(Type::I32, 0));
        let at = self.layout.vectors.cast_signed();
        self.code.set(size).i32(at).get(size).push(Wasm::I32Store(MemArg {
            offset: 0,
            align: 2,
            memory_index: 0,
        }));
        self.code.get(sum).i32(at).i32(4);
        self.helper(Helper::Digest);
        self.code.i32(base.cast_signed()).get(size);
        self.helper(Helper::Digest);
        self.code.set(sum);
    }
}

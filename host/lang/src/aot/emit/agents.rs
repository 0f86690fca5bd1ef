//! Other agents, capabilities, readings and acts.

use flux_vm::error::ErrorClass;
use flux_vm::host::Reduction;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, Kind, Opcode};
use flux_vm::payload::Payload;
use wasm_encoder::Instruction as Wasm;
use wasm_encoder::{BlockType, MemArg, ValType};

use super::Emitter;
use crate::aot::Surroundings;
use crate::aot::code::{Local, Type};
use crate::aot::imports::Import;

/// The length of a message: one number.
const MESSAGE_LEN: i32 = 8;
/// Where results begin, behind the message.
const RESULT_AT: u32 = 16;
/// The kinds of messages that are questions: asked, and handed on.
const QUESTIONS: std::ops::RangeInclusive<i32> = 1..=2;

impl Emitter<'_> {
    pub(super) fn agents(&mut self, instruction: &Flux<'_>) {
        let opcode = instruction.opcode;
        match (opcode, instruction.fields) {
            (Opcode::Sense, Fields::C(a, b)) => {
                if self.channel(b) {
                    self.import(Import::Sense);
                    self.set_r(a);
                }
                return;
            }
            (Opcode::Act, Fields::C(a, b)) => {
                if self.channel(a) {
                    self.r(b);
                    self.import(Import::Act);
                }
                return;
            }
            _ => {}
        }
        let [Kind::Payload(form)] = *opcode.spec().operands else { return };
        match Payload::parse(form, instruction.payload()) {
            Ok(Payload::Capability { id, agent }) => self.capability(opcode, id, agent),
            Ok(Payload::Message { message, second, name }) => match self.options.surroundings {
                Surroundings::Alone => self.alone(opcode, message, name),
                Surroundings::Trial { .. } => self.mail(opcode, message, second, name),
            },
            // What cannot be read is refused.
            _ => self.status(1),
        }
    }

    fn status(&mut self, status: i64) {
        self.code.i64(status);
        self.set_word(0);
    }

    fn import(&mut self, import: Import) {
        // INVARIANT: `imports::needed` has listed all that is called.
        let index = self.callees.imports.iter().position(|known| *known == import).unwrap_or_default();
        self.code.push(Wasm::Call(index as u32));
    }

    /// Leaves the number of a channel at hand; false if there is none, and the program has failed.
    fn channel(&mut self, register: u8) -> bool {
        if self.options.surroundings == Surroundings::Alone {
            self.always_fail(ErrorClass::Resource);
            return false;
        }
        if self.value(register).is_none_or(|channel| channel < 0) {
            self.r(register).i64(u32::MAX.into()).push(Wasm::I64GtU);
            self.fail_if(ErrorClass::Resource);
        }
        self.r(register).push(Wasm::I32WrapI64);
        true
    }

    // Capabilities.

    /// Writes which capabilities are held at the start.
    pub(super) fn prepare_capabilities(&mut self) {
        for (_, instruction) in self.blocks.instructions.iter() {
            let [Kind::Payload(form)] = *instruction.opcode.spec().operands else { continue };
            if let Ok(Payload::Capability { id, .. }) = Payload::parse(form, instruction.payload())
                && self.options.setting.capabilities.holds(id)
                && !self.code.uses(Local::Capability(id))
            {
                self.code.i32(1).set(Local::Capability(id));
            }
        }
    }

    fn capability(&mut self, opcode: Opcode, id: u32, agent: &str) {
        let held = Local::Capability(id);
        match opcode {
            Opcode::CapRequire => {
                self.code.get(held).push(Wasm::I32Eqz);
                self.fail_if(ErrorClass::A2a);
                self.status(0);
            }
            Opcode::CapRevoke => {
                self.code.i32(0).set(held);
                self.status(0);
            }
            // Nobody grants anything, and nobody is there to be given anything.
            Opcode::CapGrant if !agent.is_empty() || !self.options.setting.capabilities.may_pass(id) => {
                self.status(1);
            }
            _ => {
                self.code.get(held).all([Wasm::I32Eqz, Wasm::I64ExtendI32U]);
                self.set_word(0);
            }
        }
    }

    // Nobody else.

    /// What [`flux_vm::host::Alone`] answers.
    fn alone(&mut self, opcode: Opcode, message: u8, name: &str) {
        match opcode {
            Opcode::Broadcast | Opcode::TrustCheck => self.status(0),
            Opcode::Barrier => self.status(1),
            Opcode::Reduce => match Reduction::named(name) {
                None => self.status(0),
                // One number is its own sum, least, greatest, and so on.
                Some(reduction) => {
                    if message != 0 {
                        self.status(1);
                    }
                    if reduction == Reduction::Count {
                        self.code.i64(1);
                        self.set_word(message);
                    }
                }
            },
            Opcode::SyncClock => {
                if message != 0 {
                    self.status(0);
                }
                let ahead = self.ahead as i64;
                self.code.get(Local::Count).i64(ahead).push(Wasm::I64Sub);
                self.set_r(message);
            }
            _ => self.status(1),
        }
    }

    // Other agents of a trial.

    fn mail(&mut self, opcode: Opcode, message: u8, second: Option<u8>, name: &str) {
        match opcode {
            Opcode::Tell => {
                self.put_message(message);
                self.agent(name);
                self.push_message();
                self.push_result();
                self.import(Import::Tell);
                self.status_of_result();
            }
            Opcode::Ask => self.ask(message, name),
            Opcode::Broadcast => {
                self.put_message(message);
                self.push_message();
                self.import(Import::Broadcast);
                self.code.push(Wasm::I64ExtendI32U);
                self.set_r(0);
            }
            Opcode::Receive | Opcode::Poll => self.receive(opcode, message, second),
            Opcode::Delegate => self.answer(false, |emitter| {
                emitter.code.get(Local::Question);
                emitter.agent(name);
                emitter.push_result();
                emitter.import(Import::Delegate);
            }),
            // A question that cannot be answered is no question any more.
            Opcode::DelegateResult => self.answer(true, |emitter| {
                emitter.put_message(message);
                emitter.code.get(Local::Question);
                emitter.push_message();
                emitter.push_result();
                emitter.import(Import::Reply);
            }),
            // The others are refused, see `unsupported`.
            _ => {}
        }
    }

    fn agent(&mut self, name: &str) {
        // INVARIANT: `unsupported` has refused names that mean nobody.
        let number = self.options.surroundings.agent(name).unwrap_or(u32::MAX);
        self.code.i32(number.cast_signed());
    }

    fn put_message(&mut self, register: u8) {
        let at = self.layout.mail.cast_signed();
        self.code.i32(at);
        self.r(register).push(Wasm::I64Store(MemArg { offset: 0, align: 3, memory_index: 0 }));
    }

    fn push_message(&mut self) {
        let at = self.layout.mail.cast_signed();
        self.code.i32(at).i32(MESSAGE_LEN);
    }

    fn push_result(&mut self) {
        let at = (self.layout.mail + RESULT_AT).cast_signed();
        self.code.i32(at);
    }

    /// A place in the result.
    fn result(&self, offset: u32, align: u32) -> MemArg {
        let offset = u64::from(self.layout.mail + RESULT_AT + offset);
        MemArg { offset, align, memory_index: 0 }
    }

    /// R0 is what kind of result there is: 0 for a good one.
    fn status_of_result(&mut self) {
        let tag = self.result(0, 0);
        self.code.i32(0).push(Wasm::I64Load8U(tag));
        self.set_word(0);
    }

    fn ask(&mut self, message: u8, name: &str) {
        let refused = Local::Scratch(Type::I32, 0);
        self.put_message(message);
        self.agent(name);
        self.push_message();
        self.push_result();
        self.import(Import::Ask);
        let (tag, address, len) = (self.result(0, 0), self.result(4, 2), self.result(8, 2));
        // An answer that is no number is none.
        self.code.i32(0).push(Wasm::I32Load8U(tag)).i32(0).push(Wasm::I32Load(len)).i32(MESSAGE_LEN);
        self.code.all([Wasm::I32LtU, Wasm::I32Or]).tee(refused).push(Wasm::I64ExtendI32U);
        self.set_word(0);
        self.touch(message);
        self.code.get(refused).push(Wasm::I32Eqz).open_if().i32(0).push(Wasm::I32Load(address));
        self.code.push(Wasm::I64Load(MemArg { offset: 0, align: 0, memory_index: 0 }));
        self.code.set(Local::Register(Bank::R, message)).end();
    }

    fn receive(&mut self, opcode: Opcode, message: u8, second: Option<u8>) {
        self.push_result();
        self.import(if opcode == Opcode::Receive { Import::Receive } else { Import::Poll });
        // The message itself begins at 8.
        let (tag, id, sender) = (self.result(0, 0), self.result(8, 3), self.result(16, 2));
        let (kind, address, len) = (self.result(20, 0), self.result(24, 2), self.result(28, 2));
        self.code.i32(0).push(Wasm::I32Load8U(tag)).all([Wasm::I32Eqz, Wasm::I64ExtendI32U]);
        self.set_word(0);
        self.touch(message);
        if let Some(second) = second {
            self.touch(second);
        }
        self.code.i32(0).push(Wasm::I32Load8U(tag)).open_if();
        // What is shorter than a number counts as 0.
        self.code.i32(0).push(Wasm::I32Load(len)).i32(MESSAGE_LEN).push(Wasm::I32GeU);
        self.code.push(Wasm::If(BlockType::Result(ValType::I64))).i32(0).push(Wasm::I32Load(address));
        self.code.push(Wasm::I64Load(MemArg { offset: 0, align: 0, memory_index: 0 }));
        self.code.push(Wasm::Else).i64(0).end().set(Local::Register(Bank::R, message));
        if let Some(second) = second {
            self.code.i32(0).push(Wasm::I64Load32U(sender)).set(Local::Register(Bank::R, second));
        }
        self.code.i32(0).push(Wasm::I32Load8U(kind)).i32(*QUESTIONS.start()).push(Wasm::I32Sub);
        self.code.i32(QUESTIONS.end() - QUESTIONS.start()).push(Wasm::I32LeU).open_if();
        self.code
            .i32(0)
            .push(Wasm::I64Load(id))
            .set(Local::Question)
            .i32(1)
            .set(Local::HasQuestion)
            .end()
            .end();
    }

    /// Does something with the question in hand; `spends` it in any case, or if it went well.
    fn answer(&mut self, spends: bool, act: impl FnOnce(&mut Self)) {
        let refused = Local::Scratch(Type::I32, 0);
        let tag = self.result(0, 0);
        self.code.i32(1).set(refused).get(Local::HasQuestion).open_if();
        act(self);
        self.code.i32(0).push(Wasm::I32Load8U(tag));
        if spends {
            self.code.set(refused).i32(0).set(Local::HasQuestion);
        } else {
            self.code.tee(refused).set(Local::HasQuestion);
        }
        self.code.end();
        self.code.get(refused).push(Wasm::I64ExtendI32U);
        self.set_word(0);
    }
}

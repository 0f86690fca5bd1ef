//! The nodes of a program, as the writer of structured code asks for them.

use flux_genome::gene::GeneKind;
use flux_vm::instruction::{Fields, Instruction as Flux};
use flux_vm::isa::{Bank, Opcode, SP};
use wasm_encoder::Instruction as Wasm;

use super::{Emitter, Known};
use crate::aot::blocks::{Block, End, Failure};
use crate::aot::code::{Code, Local, Mark};
use crate::aot::effects::{Effects, Set, before};
use crate::aot::graph::Node;
use crate::aot::structure::{DONE, Ending, Nodes, Sense};

impl Nodes for Emitter<'_> {
    fn code(&mut self) -> &mut Code {
        &mut self.code
    }

    fn ending(&self, node: Node) -> Ending {
        self.blocks.blocks[node].ending()
    }

    fn body(&mut self, node: Node) {
        let blocks = self.blocks;
        let Block { first, len, ref end } = blocks.blocks[node];
        let instructions = blocks.instructions.get(first..first + len).unwrap_or_default();
        self.known = self.entry_known[node].take().unwrap_or(Known::NOTHING);
        if self.counts() && len > 0 {
            self.code.get(Local::Count).i64(len as i64).push(Wasm::I64Add).set(Local::Count);
        }
        let (at_halt, at_failure) =
            (Self::at_halt(self.options, self.n_outputs), Self::at_failure(self.options));
        // What is looked at after each instruction, from the last one.
        let mut live = self.live.after(blocks, node, at_halt, at_failure);
        let mut flags_live = vec![false; len];
        for (at, (_, instruction)) in instructions.iter().enumerate().rev() {
            flags_live[at] = live.meets(Set::FLAGS);
            live = before(instruction, live, at_halt, at_failure);
        }
        for (at, (offset, instruction)) in instructions.iter().enumerate() {
            self.offset = *offset;
            self.ahead = (len - at) as u64;
            self.flags_live = flags_live[at];
            self.mark_constant(&instructions[at..]);
            self.instruction(instruction);
        }
        match *end {
            End::Fail(failure) => self.fail_at_end(failure),
            End::Labelled(label, number) => {
                self.code.i32(number).set(label);
            }
            End::Leave(entry) => {
                self.save_flags();
                self.code.i32(entry).set(Local::Next);
            }
            End::Halt if self.observes_state() => self.save_flags(),
            _ => {}
        }
        let successors = blocks.graph.successors[node].as_slice();
        let needs_flags =
            |&next: &Node| self.live.at_entry[next].meets(Set::FLAGS) && !self.hands_on(node, next);
        if successors.iter().any(needs_flags) {
            // The registers still hold the numbers, which is what the end of the block looks at.
            self.save_flags();
        }
        for &next in successors {
            if self.hands_on(node, next) {
                self.entry_known[next] = Some(self.known);
            }
        }
    }

    fn condition(&mut self, node: Node, sense: Sense) {
        let block = &self.blocks.blocks[node];
        let holds = sense == Sense::Holds;
        match block.end {
            End::TargetIs(offset) => {
                self.code.get(Local::Target).i32(offset as i32);
                self.code.push(if holds { Wasm::I32Eq } else { Wasm::I32Ne });
            }
            End::TargetBelow(offset) => {
                self.code.get(Local::Target).i32(offset as i32);
                self.code.push(if holds { Wasm::I32LtU } else { Wasm::I32GeU });
            }
            _ => {
                let last = (block.first + block.len).saturating_sub(1);
                if let Some((_, instruction)) = self.blocks.instructions.get(last) {
                    let instruction = *instruction;
                    self.branch(&instruction, holds);
                }
            }
        }
    }

    fn selector(&mut self, node: Node) {
        if let End::Switch(local, low) = self.blocks.blocks[node].end {
            self.code.get(local);
            if low > 0 {
                self.code.i32(low as i32).push(Wasm::I32Sub);
            }
        }
    }
}
impl Emitter<'_> {
    /// Whether what is known at the end of a node is known at the beginning of the next: there is no other way to it.
    fn hands_on(&self, from: Node, to: Node) -> bool {
        !self.shape.is_merge[to] && !self.shape.is_loop[to] && !self.shape.is_back(from, to)
    }

    fn fail_at_end(&mut self, failure: Failure) {
        if !self.observes_state() {
            self.code.push(Wasm::Unreachable);
            return;
        }
        self.save_flags();
        self.code.i32(1).set(Local::Ending).i32(Failure::CLASS as i32).set(Local::Class);
        match failure {
            Failure::EndOfCode => {
                let len = self.code_len as i32;
                self.code.i32(len).set(Local::Place);
            }
            // The instruction that went there has said where it stands; it was counted.
            // Only returns come here: calls have looked at their targets before. What was popped stays.
            Failure::BadTarget => {
                self.r(SP).i64(4).push(Wasm::I64Sub).set(Local::Register(Bank::R, SP));
                self.take_back(1);
            }
        }
        self.code.leave_to(DONE);
    }

    /// Says what a constant of the next instruction is used for, as far as the block shows it.
    fn mark_constant(&mut self, rest: &[(u32, Flux<'_>)]) {
        let Some((offset, instruction)) = rest.first() else { return };
        let (Opcode::Movi | Opcode::Instinct, Fields::D(register, _)) =
            (instruction.opcode, instruction.fields)
        else {
            return;
        };
        let kind = self.constants[usize::from(register & 15)].unwrap_or_else(|| use_of(register, &rest[1..]));
        let at = self.code.len() as u32;
        self.code.marks.push(Mark { at, offset: *offset, register, kind });
    }
}
/// What the registers are used for that one instruction alone writes.
pub(super) fn constants(instructions: &[(u32, Flux<'_>)]) -> [Option<GeneKind>; 16] {
    std::array::from_fn(|register| {
        let set = Set::of(register as u8);
        let writes = |(_, instruction): &&(u32, Flux<'_>)| Effects::of(instruction).writes.meets(set);
        if instructions.iter().filter(writes).take(2).count() != 1 {
            return None;
        }
        let reads = |(_, instruction): &&(u32, Flux<'_>)| Effects::of(instruction).reads.meets(set);
        instructions.iter().find(reads).map(|(_, instruction)| kind_of_use(instruction.opcode))
    })
}

/// What a register is used for before it is written again.
fn use_of(register: u8, rest: &[(u32, Flux<'_>)]) -> GeneKind {
    let set = Set::of(register);
    for (_, instruction) in rest {
        let effects = Effects::of(instruction);
        if effects.reads.meets(set) {
            return kind_of_use(instruction.opcode);
        }
        if effects.writes.meets(set) {
            break;
        }
    }
    GeneKind::Constant
}

fn kind_of_use(opcode: Opcode) -> GeneKind {
    use Opcode::*;
    match opcode {
        Cmp | Icmp | Ieq | Ilt | Ile | Igt | Ige | CheckBounds => GeneKind::Threshold,
        Imul | Idiv | Imod | Irem | Ishl | Ishr | Rotl | Rotr => GeneKind::Decay,
        _ => GeneKind::Constant,
    }
}

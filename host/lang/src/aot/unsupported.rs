//! What cannot be compiled, and what to do about it: all messages of the compiler are made here.

use flux_vm::instruction::Instruction;
use flux_vm::isa::{Kind, Opcode};
use flux_vm::payload::Payload;

use super::Surroundings;

/// A place in a program that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} | opcode=0x{:02X} | pc={offset}", opcode.byte())]
pub struct Unsupported {
    /// Where in the code.
    pub offset: u32,
    /// The instruction there.
    pub opcode: Opcode,
    /// What is the matter: a lowercase fragment without a final period.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// Returns all places that cannot be compiled, in the order of offsets.
pub(super) fn find(instructions: &[(u32, Instruction<'_>)], surroundings: &Surroundings) -> Vec<Unsupported> {
    let finding = |(offset, instruction): &(u32, Instruction<'_>)| {
        let (message, hint) = reason(instruction, surroundings)?;
        Some(Unsupported { offset: *offset, opcode: instruction.opcode, message, hint })
    };
    instructions.iter().filter_map(finding).collect()
}

const INTERPRET: &str = "run the program in the interpreter: `flux run` of its bytecode";

fn reason(instruction: &Instruction<'_>, surroundings: &Surroundings) -> Option<(String, String)> {
    let opcode = instruction.opcode;
    let Surroundings::Trial { .. } = surroundings else { return None };
    let [Kind::Payload(form)] = *opcode.spec().operands else { return None };
    // A payload that cannot be read is refused when it runs, whatever it was meant for.
    match Payload::parse(form, instruction.payload()).ok()? {
        Payload::Message { name, .. } => match opcode {
            Opcode::Tell | Opcode::Ask | Opcode::Delegate if surroundings.agent(name).is_none() => Some((
                format!("there is no agent `{name}`"),
                "name agents by their numbers, from 0, or say which number the name stands for".to_owned(),
            )),
            Opcode::Tell
            | Opcode::Ask
            | Opcode::Delegate
            | Opcode::DelegateResult
            | Opcode::Broadcast
            | Opcode::Receive
            | Opcode::Poll => None,
            _ => Some((format!("hosts of genomes know nothing like `{opcode}`"), INTERPRET.to_owned())),
        },
        Payload::Capability { .. } => match opcode {
            Opcode::CapRequest | Opcode::CapGrant => Some((
                format!("`{opcode}` asks a host while it runs; a genome has what it was granted before"),
                "grant the capability when the program is compiled, or run it in the interpreter".to_owned(),
            )),
            _ => None,
        },
        _ => None,
    }
}

//! What compiled programs ask of their host.

use flux_vm::instruction::Instruction;
use flux_vm::isa::Opcode;
use wasm_encoder::ValType::{self, I32, I64};

use super::Surroundings;

/// A function of the contract, by the signature of the canonical ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Import {
    Sense,
    Act,
    Tell,
    Ask,
    Reply,
    Delegate,
    Broadcast,
    Receive,
    Poll,
}

impl Import {
    /// Returns the interface's short name.
    pub(super) const fn module(self) -> &'static str {
        match self {
            Self::Sense | Self::Act => "senses",
            _ => "mail",
        }
    }

    /// Returns the function's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sense => "sense",
            Self::Act => "act",
            Self::Tell => "tell",
            Self::Ask => "ask",
            Self::Reply => "reply",
            Self::Delegate => "delegate",
            Self::Broadcast => "broadcast",
            Self::Receive => "receive",
            Self::Poll => "poll",
        }
    }

    /// Returns parameters and results.
    pub(super) const fn signature(self) -> (&'static [ValType], &'static [ValType]) {
        match self {
            Self::Sense => (&[I32], &[I64]),
            Self::Act => (&[I32, I64], &[]),
            Self::Tell | Self::Ask => (&[I32, I32, I32, I32], &[]),
            Self::Reply => (&[I64, I32, I32, I32], &[]),
            Self::Delegate => (&[I64, I32, I32], &[]),
            Self::Broadcast => (&[I32, I32], &[I32]),
            Self::Receive | Self::Poll => (&[I32], &[]),
        }
    }

    /// Returns what an instruction calls, if it calls something.
    pub(super) const fn of(opcode: Opcode) -> Option<Self> {
        Some(match opcode {
            Opcode::Sense => Self::Sense,
            Opcode::Act => Self::Act,
            Opcode::Tell => Self::Tell,
            Opcode::Ask => Self::Ask,
            Opcode::DelegateResult => Self::Reply,
            Opcode::Delegate => Self::Delegate,
            Opcode::Broadcast => Self::Broadcast,
            Opcode::Receive => Self::Receive,
            Opcode::Poll => Self::Poll,
            _ => return None,
        })
    }
}

/// Returns the imports that a program needs, in their order.
pub(super) fn needed(instructions: &[(u32, Instruction<'_>)], surroundings: &Surroundings) -> Vec<Import> {
    if *surroundings == Surroundings::Alone {
        return Vec::new();
    }
    let mut imports: Vec<Import> =
        instructions.iter().filter_map(|(_, instruction)| Import::of(instruction.opcode)).collect();
    imports.sort_unstable();
    imports.dedup();
    imports
}

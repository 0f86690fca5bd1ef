//! Instructions in the form that the machine runs: fixed size, registers as they index, targets as indices.

use crate::instruction::{Fields, Instruction};
use crate::isa::{Condition, FlagTest, Opcode};

/// A prepared instruction, or several in one.
///
/// An instruction and what was made of it have the same index. Branches say what the straight run of instructions that
/// they lead to costs, so that a budget is asked for once a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Nop,
    Mov {
        a: u8,
        b: u8,
    },
    Movi {
        a: u8,
        value: i32,
    },
    Load {
        a: u8,
        b: u8,
    },
    Store {
        a: u8,
        b: u8,
    },
    Load8 {
        a: u8,
        b: u8,
    },
    Store8 {
        a: u8,
        b: u8,
    },
    Iadd {
        a: u8,
        b: u8,
        c: u8,
    },
    Isub {
        a: u8,
        b: u8,
        c: u8,
    },
    Imul {
        a: u8,
        b: u8,
        c: u8,
    },
    Idiv {
        a: u8,
        b: u8,
        c: u8,
    },
    Irem {
        a: u8,
        b: u8,
        c: u8,
    },
    Ineg {
        a: u8,
        b: u8,
    },
    Inc {
        a: u8,
    },
    Dec {
        a: u8,
    },
    Iand {
        a: u8,
        b: u8,
        c: u8,
    },
    Ior {
        a: u8,
        b: u8,
        c: u8,
    },
    Ixor {
        a: u8,
        b: u8,
        c: u8,
    },
    Inot {
        a: u8,
        b: u8,
    },
    Ishl {
        a: u8,
        b: u8,
        c: u8,
    },
    Ishr {
        a: u8,
        b: u8,
        c: u8,
    },
    Rotl {
        a: u8,
        b: u8,
        c: u8,
    },
    Rotr {
        a: u8,
        b: u8,
        c: u8,
    },
    /// `ICMP` and its short forms.
    Compare {
        condition: Condition,
        a: u8,
        b: u8,
    },
    /// `ICMP` with a comparison that never holds.
    CompareNever {
        a: u8,
    },
    Test {
        a: u8,
        b: u8,
    },
    Cmp {
        a: u8,
        b: u8,
    },
    Setcc {
        a: u8,
        test: FlagTest,
    },
    /// `SETCC` with a test that never holds.
    SetccNever {
        a: u8,
    },
    Merge {
        a: u8,
        b: u8,
        c: u8,
    },
    Push {
        a: u8,
    },
    Pop {
        a: u8,
    },
    Jmp {
        taken: u8,
        target: u32,
    },
    Jz {
        a: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    Jnz {
        a: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    Je {
        taken: u8,
        next: u8,
        target: u32,
    },
    Jne {
        taken: u8,
        next: u8,
        target: u32,
    },
    Jl {
        taken: u8,
        next: u8,
        target: u32,
    },
    Jge {
        taken: u8,
        next: u8,
        target: u32,
    },
    Jg {
        taken: u8,
        next: u8,
        target: u32,
    },
    Jle {
        taken: u8,
        next: u8,
        target: u32,
    },
    Call {
        taken: u8,
        target: u32,
    },
    CallInd {
        b: u8,
    },
    Ret,
    Halt,
    /// Everything else: decoded again where it has a payload.
    Slow {
        opcode: Opcode,
        a: u8,
        b: u8,
        word: u32,
    },
    /// Behind the last instruction of the code.
    End,
    /// The straight run is too long to be paid for at once: this instruction is made as a single step.
    Recharge,
    /// `DEC` and `JNZ` of the same register.
    DecJnz {
        a: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    /// `INC` and `JMP`.
    IncJmp {
        a: u8,
        taken: u8,
        target: u32,
    },
    /// `CMP` and a branch; the second register stands in the high bits.
    CmpJe {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    CmpJne {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    CmpJl {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    CmpJge {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    CmpJg {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    CmpJle {
        ab: u8,
        taken: u8,
        next: u8,
        target: u32,
    },
    /// `MOV` twice, of which each has its registers in a byte.
    MovMov {
        ab: u8,
        cd: u8,
    },
    /// `IADD` whose flags nobody reads, and `DEC` and `JNZ`; the last two summands stand in `bc`.
    IaddDecJnz {
        a: u8,
        bc: u8,
        dtaken: u8,
        target: u32,
    },
}

/// Two registers in a byte.
pub(crate) const fn pair(low: u8, high: u8) -> u8 {
    low & 15 | high << 4
}

impl Op {
    /// Prepares one instruction whose target, if it has one, is the instruction of index `target`.
    pub(crate) fn of(instruction: &Instruction<'_>, target: u32) -> Self {
        let (a, b, c, word) = match instruction.fields {
            Fields::A | Fields::G(_) => (0, 0, 0, 0),
            Fields::B(a) => (a, 0, 0, 0),
            Fields::C(a, b) => (a, b, 0, 0),
            Fields::D(a, half) => (a, 0, 0, i32::from(half)),
            Fields::E(a, b, c) => (a, b, c, i32::from(c)),
            Fields::X(a, b, word) => (a, b, 0, word),
        };
        let (taken, next) = (0, 0);
        let compare = |condition| Self::Compare { condition, a, b };
        match instruction.opcode {
            Opcode::Nop | Opcode::Conf | Opcode::Restore | Opcode::Snapshot | Opcode::DebugBreak => Self::Nop,
            Opcode::Mov => Self::Mov { a, b },
            Opcode::Movi | Opcode::Instinct => Self::Movi { a, value: word },
            Opcode::Load => Self::Load { a, b },
            Opcode::Store => Self::Store { a, b },
            Opcode::Load8 => Self::Load8 { a, b },
            Opcode::Store8 => Self::Store8 { a, b },
            Opcode::Iadd => Self::Iadd { a, b, c },
            Opcode::Isub => Self::Isub { a, b, c },
            Opcode::Imul => Self::Imul { a, b, c },
            Opcode::Idiv => Self::Idiv { a, b, c },
            Opcode::Imod | Opcode::Irem => Self::Irem { a, b, c },
            Opcode::Ineg => Self::Ineg { a, b },
            Opcode::Inc => Self::Inc { a },
            Opcode::Dec => Self::Dec { a },
            Opcode::Iand => Self::Iand { a, b, c },
            Opcode::Ior => Self::Ior { a, b, c },
            Opcode::Ixor => Self::Ixor { a, b, c },
            Opcode::Inot => Self::Inot { a, b },
            Opcode::Ishl => Self::Ishl { a, b, c },
            Opcode::Ishr => Self::Ishr { a, b, c },
            Opcode::Rotl => Self::Rotl { a, b, c },
            Opcode::Rotr => Self::Rotr { a, b, c },
            Opcode::Icmp => match Condition::from_byte(a) {
                Some(condition) => Self::Compare { condition, a: b, b: c },
                None => Self::CompareNever { a: b },
            },
            Opcode::Ieq => compare(Condition::Eq),
            Opcode::Ilt => compare(Condition::Lt),
            Opcode::Ile => compare(Condition::Le),
            Opcode::Igt => compare(Condition::Gt),
            Opcode::Ige => compare(Condition::Ge),
            Opcode::Test => Self::Test { a, b },
            Opcode::Cmp => Self::Cmp { a, b },
            Opcode::Setcc => match FlagTest::from_byte(b) {
                Some(test) => Self::Setcc { a, test },
                None => Self::SetccNever { a },
            },
            Opcode::Merge => Self::Merge { a, b, c },
            Opcode::Push => Self::Push { a },
            Opcode::Pop => Self::Pop { a },
            Opcode::Jmp | Opcode::Tailcall => Self::Jmp { taken, target },
            Opcode::Jz => Self::Jz { a, taken, next, target },
            Opcode::Jnz => Self::Jnz { a, taken, next, target },
            Opcode::Je => Self::Je { taken, next, target },
            Opcode::Jne => Self::Jne { taken, next, target },
            Opcode::Jl => Self::Jl { taken, next, target },
            Opcode::Jge => Self::Jge { taken, next, target },
            Opcode::Jg => Self::Jg { taken, next, target },
            Opcode::Jle => Self::Jle { taken, next, target },
            Opcode::Call => Self::Call { taken, target },
            Opcode::CallInd => Self::CallInd { b },
            Opcode::Ret => Self::Ret,
            Opcode::Halt => Self::Halt,
            // The number's bits are meant.
            opcode => Self::Slow { opcode, a, b, word: word as u32 },
        }
    }

    /// Says whether a straight run ends with it.
    pub(crate) const fn ends_run(self) -> bool {
        matches!(
            self,
            Self::Jmp { .. }
                | Self::Jz { .. }
                | Self::Jnz { .. }
                | Self::Je { .. }
                | Self::Jne { .. }
                | Self::Jl { .. }
                | Self::Jge { .. }
                | Self::Jg { .. }
                | Self::Jle { .. }
                | Self::Call { .. }
                | Self::CallInd { .. }
                | Self::Ret
                | Self::Halt
                | Self::End
                | Self::Slow { opcode: Opcode::EmergencyStop, .. }
        )
    }

    /// Writes what the runs cost that a branch leads to.
    pub(crate) fn price(&mut self, cost_at: impl Fn(usize) -> u8, index: usize) {
        match self {
            Self::Jmp { taken, target } | Self::Call { taken, target } => *taken = cost_at(*target as usize),
            Self::Jz { taken, next, target, .. }
            | Self::Jnz { taken, next, target, .. }
            | Self::Je { taken, next, target }
            | Self::Jne { taken, next, target }
            | Self::Jl { taken, next, target }
            | Self::Jge { taken, next, target }
            | Self::Jg { taken, next, target }
            | Self::Jle { taken, next, target } => {
                *taken = cost_at(*target as usize);
                *next = cost_at(index + 1);
            }
            _ => {}
        }
    }
}

//! The instruction set: what there is, from one table.
//!
//! [`table`] holds a row for each instruction: its byte, mnemonic, layout, operands, flags, category, cost, what
//! it does to control flow, and its effect in a sentence. Everything else that knows instructions (decoder,
//! encoder, listing, verifier, assembler, compiler, the page `ISA.md`) asks an [`Opcode`] for its [`Spec`].
//!
//! | layout | bytes | after the opcode byte |
//! | --- | --- | --- |
//! | A | 1 | nothing |
//! | B | 2 | one byte |
//! | C | 3 | two bytes |
//! | D | 4 | a byte, a signed 16-bit number |
//! | E | 4 | three bytes |
//! | X | 7 | two bytes, a signed 32-bit number |
//! | G | 3 + n | n as an unsigned 16-bit number, n bytes of payload |
//!
//! Numbers are little-endian.

pub mod condition;
pub mod page;
pub mod table;

pub use condition::{Condition, FlagTest};
pub use page::page;
pub use table::Opcode;

/// How many R registers there are: signed 64-bit numbers that wrap.
pub const N_R: usize = 16;
/// How many F registers there are: IEEE doubles.
pub const N_F: usize = 32;
/// How many V registers there are: sixteen bytes each.
pub const N_V: usize = 16;
/// The R register that is the stack pointer.
pub const SP: u8 = 11;
/// The R register that is the frame pointer.
pub const FP: u8 = 14;
/// The R register called link register; no instruction uses it.
pub const LR: u8 = 15;

/// What the table says of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The instruction.
    pub opcode: Opcode,
    /// Its name in listings and in assembly, in capitals.
    pub mnemonic: &'static str,
    /// How its bytes are laid out.
    pub layout: Layout,
    /// Its operands in the order of their bytes.
    pub operands: &'static [Kind],
    /// Which flags it sets.
    pub flags: FlagRule,
    /// What it belongs to.
    pub category: Category,
    /// What executing it costs, in cycles.
    pub cost: u64,
    /// Where execution goes on after it.
    pub flow: Flow,
    /// What it does, as a sentence without a period at its end.
    pub effect: &'static str,
}

/// How the bytes of an instruction are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// The opcode alone: 1 byte.
    A,
    /// Opcode and a byte: 2 bytes.
    B,
    /// Opcode and two bytes: 3 bytes.
    C,
    /// Opcode, a byte and a signed 16-bit number: 4 bytes.
    D,
    /// Opcode and three bytes: 4 bytes.
    E,
    /// Opcode, two bytes and a signed 32-bit number: 7 bytes.
    X,
    /// Opcode, an unsigned 16-bit length n and n bytes: 3 + n bytes.
    G,
}

impl Layout {
    /// Returns the length of an instruction of this layout, in bytes; for G the length without payload.
    pub const fn base_len(self) -> usize {
        match self {
            Self::A => 1,
            Self::B => 2,
            Self::C | Self::G => 3,
            Self::D | Self::E => 4,
            Self::X => 7,
        }
    }

    /// Returns the letter of the layout.
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::E => 'E',
            Self::X => 'X',
            Self::G => 'G',
        }
    }
}

/// What an operand means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A register that is read, written, or both.
    Register(Bank, Access),
    /// The number of an F register that is read and of the R register that is written: one byte for both.
    CompareF,
    /// A register byte that has no effect.
    Unused,
    /// A signed 16-bit number.
    Immediate,
    /// A signed 16-bit distance, from the end of the instruction to its target.
    Jump,
    /// A comparison, see [`Condition`]; unknown ones are never true.
    Condition,
    /// A test of the flags, see [`FlagTest`]; unknown ones are never true.
    FlagTest,
    /// A type tag, one byte.
    Tag,
    /// A number of stack cells, one byte.
    Count,
    /// A signed 32-bit number.
    Word,
    /// A length and as many bytes of the form that is named.
    Payload(PayloadForm),
}

impl Kind {
    /// Returns how many bytes the operand takes; for a payload those of its length field.
    pub const fn width(self) -> usize {
        match self {
            Self::Immediate | Self::Jump | Self::Payload(_) => 2,
            Self::Word => 4,
            _ => 1,
        }
    }
}

/// A bank of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bank {
    /// Signed 64-bit numbers, [`N_R`] of them.
    R,
    /// IEEE doubles, [`N_F`] of them.
    F,
    /// Vectors of sixteen bytes, [`N_V`] of them.
    V,
}

impl Bank {
    /// Returns how many registers the bank has.
    pub const fn size(self) -> usize {
        match self {
            Self::R => N_R,
            Self::F => N_F,
            Self::V => N_V,
        }
    }

    /// Returns the letter of the bank.
    pub const fn letter(self) -> char {
        match self {
            Self::R => 'R',
            Self::F => 'F',
            Self::V => 'V',
        }
    }
}

/// What happens to a register operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It is read.
    Read,
    /// It is written.
    Write,
    /// It is read, then written.
    ReadWrite,
}

/// What the payload of a layout G instruction holds; [`crate::payload`] reads and writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PayloadForm {
    /// Message register, second register or 0xFF, and a name to the end.
    Message,
    /// A capability's number, unsigned 32 bits, and for grants the name of an agent to the end.
    Capability,
    /// A resource's number, unsigned 32 bits.
    Resource,
    /// A name to the end.
    Region,
    /// Name, size as an unsigned 32-bit number, owner; names stand after their length in a byte.
    RegionCreate,
    /// Name and new owner.
    RegionTransfer,
    /// Name, source, destination and size as unsigned 32-bit numbers.
    MemoryCopy,
    /// Name, address, a byte, size.
    MemorySet,
    /// Name, two addresses, size.
    MemoryCompare,
}

impl PayloadForm {
    /// Says whether it is about regions of memory.
    pub const fn is_memory(self) -> bool {
        !matches!(self, Self::Message | Self::Capability | Self::Resource)
    }
}

/// Which flags an instruction sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagRule {
    /// None.
    Keep,
    /// By the result: Z if it is zero, S and C if it is negative, V never.
    Alu,
    /// By two numbers a and b: Z if a = b, S and C if a < b, V if a - b does not fit into 64 bits.
    Cmp,
}

/// What an instruction belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Jumps, calls and endings.
    Control,
    /// Between registers, and constants.
    Data,
    /// Loads and stores.
    Memory,
    /// Sums, products and quotients.
    Arithmetic,
    /// Bits.
    Logic,
    /// Comparisons.
    Comparison,
    /// Stack and frames.
    Stack,
    /// Regions of memory.
    MemoryMgmt,
    /// Boxes, casts and checks.
    Type,
    /// Doubles.
    Float,
    /// Vectors.
    Simd,
    /// Other agents, trust and capabilities.
    A2a,
    /// The host.
    System,
    /// Generations and witnesses.
    Evolution,
    /// Averages and notes.
    Meta,
    /// Light and sound in the sea.
    Physics,
    /// Readings and acts.
    Sensing,
}

impl Category {
    /// Returns the category's name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Data => "data",
            Self::Memory => "memory",
            Self::Arithmetic => "arithmetic",
            Self::Logic => "logic",
            Self::Comparison => "comparison",
            Self::Stack => "stack",
            Self::MemoryMgmt => "memory_mgmt",
            Self::Type => "type",
            Self::Float => "float",
            Self::Simd => "simd",
            Self::A2a => "a2a",
            Self::System => "system",
            Self::Evolution => "evolution",
            Self::Meta => "meta",
            Self::Physics => "physics",
            Self::Sensing => "sensing",
        }
    }
}

/// Where execution goes on after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// At the next instruction.
    Next,
    /// At the target.
    Jump,
    /// At the target or at the next instruction.
    Branch,
    /// At the target; a return goes on at the next instruction.
    Call,
    /// At an address in a register; a return goes on at the next instruction.
    IndirectCall,
    /// At an address from the stack, or nowhere when the stack is empty.
    Return,
    /// Nowhere.
    Halt,
}

impl std::fmt::Display for Opcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.spec().mnemonic)
    }
}

#[cfg(test)]
mod tests;

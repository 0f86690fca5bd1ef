//! One instruction: decoded from bytes, encoded to bytes, with its operands typed by the table.
//!
//! # Example
//! ```
//! use flux_vm::{Opcode, instruction::{Instruction, Operand, decode}};
//!
//! let instruction = decode(&[0x2b, 1, 10, 0], 0)?;
//! assert_eq!(instruction.opcode, Opcode::Movi);
//! assert_eq!(instruction.operands(), [Operand::R(1), Operand::Immediate(10)]);
//! assert_eq!(instruction.to_bytes(), [0x2b, 1, 10, 0]);
//! # Ok::<(), flux_vm::instruction::DecodeError>(())
//! ```

use thiserror::Error;

use crate::isa::{Bank, Kind, Layout, Opcode};

/// The longest payload that a layout G instruction can carry, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = u16::MAX as usize;

/// An instruction as it stands in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// What it does.
    pub opcode: Opcode,
    /// Its operand bytes, by layout.
    pub fields: Fields<'a>,
}

/// The operand bytes of an instruction, by layout; what they mean says the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields<'a> {
    /// Layout A.
    A,
    /// Layout B.
    B(u8),
    /// Layout C.
    C(u8, u8),
    /// Layout D.
    D(u8, i16),
    /// Layout E.
    E(u8, u8, u8),
    /// Layout X.
    X(u8, u8, i32),
    /// Layout G; at most [`MAX_PAYLOAD_BYTES`].
    G(&'a [u8]),
}

impl Fields<'_> {
    /// Returns the layout that has these fields.
    pub const fn layout(&self) -> Layout {
        match self {
            Self::A => Layout::A,
            Self::B(..) => Layout::B,
            Self::C(..) => Layout::C,
            Self::D(..) => Layout::D,
            Self::E(..) => Layout::E,
            Self::X(..) => Layout::X,
            Self::G(..) => Layout::G,
        }
    }
}

/// An operand with its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand<'a> {
    /// An R register.
    R(u8),
    /// An F register.
    F(u8),
    /// A V register.
    V(u8),
    /// An F register and the R register of the same number.
    CompareF(u8),
    /// A register byte without effect.
    Unused(u8),
    /// A constant.
    Immediate(i16),
    /// A distance in bytes, from the end of the instruction.
    Jump(i16),
    /// The number of a comparison.
    Condition(u8),
    /// The number of a test of the flags.
    FlagTest(u8),
    /// A type tag.
    Tag(u8),
    /// A number of stack cells.
    Count(u8),
    /// A 32-bit constant.
    Word(i32),
    /// Payload.
    Payload(&'a [u8]),
}

/// Why bytes are no instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No instruction has this byte.
    #[error("no instruction has the opcode 0x{0:02x}")]
    Undefined(u8),
    /// The code ends before the instruction does.
    #[error("`{opcode}` takes {expected} bytes, the code has {actual} left")]
    Truncated {
        /// The instruction.
        opcode: Opcode,
        /// How long it is, as far as that can be said, in bytes.
        expected: usize,
        /// What is left of the code from its opcode on, in bytes.
        actual: usize,
    },
    /// There is no code at this offset.
    #[error("offset {offset} is outside of {len} bytes of code")]
    Outside {
        /// Where an instruction was asked for.
        offset: usize,
        /// How much code there is, in bytes.
        len: usize,
    },
}

/// Decodes the instruction at `offset`, from 0.
///
/// Register numbers are not looked at here; see [`Instruction::wrong_register`].
///
/// # Errors
/// * [`DecodeError::Outside`]: `offset` is the length of `code` or more.
/// * [`DecodeError::Undefined`]: no instruction has the byte there.
/// * [`DecodeError::Truncated`]: `code` ends inside the instruction or its payload.
pub fn decode(code: &[u8], offset: usize) -> Result<Instruction<'_>, DecodeError> {
    let outside = DecodeError::Outside { offset, len: code.len() };
    let bytes = code.get(offset..).ok_or(outside)?;
    let (&first, rest) = bytes.split_first().ok_or(outside)?;
    let opcode = Opcode::from_byte(first).ok_or(DecodeError::Undefined(first))?;
    let layout = opcode.spec().layout;
    let truncated = |expected| DecodeError::Truncated { opcode, expected, actual: bytes.len() };
    let fields = match (layout, rest) {
        (Layout::A, _) => Fields::A,
        (Layout::B, &[a, ..]) => Fields::B(a),
        (Layout::C, &[a, b, ..]) => Fields::C(a, b),
        (Layout::D, &[a, low, high, ..]) => Fields::D(a, i16::from_le_bytes([low, high])),
        (Layout::E, &[a, b, c, ..]) => Fields::E(a, b, c),
        (Layout::X, &[a, b, w, x, y, z, ..]) => Fields::X(a, b, i32::from_le_bytes([w, x, y, z])),
        (Layout::G, &[low, high, ref payload @ ..]) => {
            let len = usize::from(u16::from_le_bytes([low, high]));
            Fields::G(payload.get(..len).ok_or_else(|| truncated(layout.base_len() + len))?)
        }
        _ => return Err(truncated(layout.base_len())),
    };
    Ok(Instruction { opcode, fields })
}

impl<'a> Instruction<'a> {
    /// Makes an instruction of typed operands, in the order of their bytes.
    ///
    /// # Errors
    /// * [`EncodeError::Operands`]: there are more or fewer, or others, than the table says.
    /// * [`EncodeError::PayloadTooLong`]: the payload is longer than [`MAX_PAYLOAD_BYTES`].
    pub fn new(opcode: Opcode, operands: &[Operand<'a>]) -> Result<Self, EncodeError> {
        let spec = opcode.spec();
        let fits = operands.len() == spec.operands.len()
            && operands.iter().zip(spec.operands).all(|(operand, kind)| operand.is_of(*kind));
        if !fits {
            return Err(EncodeError::Operands { opcode });
        }
        let byte = |at: usize| operands.get(at).map_or(0, Operand::byte);
        let fields = match spec.layout {
            Layout::A => Fields::A,
            Layout::B => Fields::B(byte(0)),
            Layout::C => Fields::C(byte(0), byte(1)),
            Layout::D => Fields::D(byte(0), operands.get(1).map_or(0, Operand::half)),
            Layout::E => Fields::E(byte(0), byte(1), byte(2)),
            Layout::X => Fields::X(byte(0), byte(1), operands.get(2).map_or(0, Operand::word)),
            Layout::G => match operands.first() {
                Some(Operand::Payload(payload)) if payload.len() > MAX_PAYLOAD_BYTES => {
                    return Err(EncodeError::PayloadTooLong {
                        limit: MAX_PAYLOAD_BYTES,
                        actual: payload.len(),
                    });
                }
                Some(Operand::Payload(payload)) => Fields::G(payload),
                _ => return Err(EncodeError::Operands { opcode }),
            },
        };
        Ok(Self { opcode, fields })
    }

    /// Returns how many bytes the instruction takes.
    pub const fn len(&self) -> usize {
        let payload = match self.fields {
            Fields::G(payload) => payload.len(),
            _ => 0,
        };
        self.fields.layout().base_len() + payload
    }

    /// Says whether it takes no bytes: never.
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Returns the operands in the order of their bytes, typed by the table.
    pub fn operands(&self) -> Vec<Operand<'a>> {
        let bytes = match self.fields {
            Fields::A | Fields::G(_) => [0; 3],
            Fields::B(a) | Fields::D(a, _) => [a, 0, 0],
            Fields::C(a, b) | Fields::X(a, b, _) => [a, b, 0],
            Fields::E(a, b, c) => [a, b, c],
        };
        let typed = |(at, kind): (usize, &Kind)| {
            let byte = bytes.get(at).copied().unwrap_or_default();
            match *kind {
                Kind::Register(Bank::R, _) => Operand::R(byte),
                Kind::Register(Bank::F, _) => Operand::F(byte),
                Kind::Register(Bank::V, _) => Operand::V(byte),
                Kind::CompareF => Operand::CompareF(byte),
                Kind::Unused => Operand::Unused(byte),
                Kind::Immediate => Operand::Immediate(self.half()),
                Kind::Jump => Operand::Jump(self.half()),
                Kind::Condition => Operand::Condition(byte),
                Kind::FlagTest => Operand::FlagTest(byte),
                Kind::Tag => Operand::Tag(byte),
                Kind::Count => Operand::Count(byte),
                Kind::Word => Operand::Word(if let Fields::X(_, _, word) = self.fields { word } else { 0 }),
                Kind::Payload(_) => Operand::Payload(self.payload()),
            }
        };
        self.opcode.spec().operands.iter().enumerate().map(typed).collect()
    }

    /// Returns the payload; empty for layouts other than G.
    pub const fn payload(&self) -> &'a [u8] {
        match self.fields {
            Fields::G(payload) => payload,
            _ => &[],
        }
    }

    /// Returns where the instruction jumps to when it stands at `offset`; none if it has no static target.
    ///
    /// The target may lie outside of the code, also below 0.
    pub fn target(&self, offset: usize) -> Option<i64> {
        let jumps = self.opcode.spec().operands.contains(&Kind::Jump);
        jumps.then(|| offset as i64 + self.len() as i64 + i64::from(self.half()))
    }

    /// Returns the first register operand whose number its bank does not have, if there is one.
    pub fn wrong_register(&self) -> Option<(Bank, u8)> {
        self.operands().into_iter().find_map(|operand| {
            let (bank, number) = match operand {
                // The smaller of the two banks decides.
                Operand::R(number) | Operand::CompareF(number) => (Bank::R, number),
                Operand::F(number) => (Bank::F, number),
                Operand::V(number) => (Bank::V, number),
                _ => return None,
            };
            (usize::from(number) >= bank.size()).then_some((bank, number))
        })
    }

    /// Appends the instruction's bytes to `code`.
    pub fn encode(&self, code: &mut Vec<u8>) {
        code.push(self.opcode.byte());
        match self.fields {
            Fields::A => {}
            Fields::B(a) => code.push(a),
            Fields::C(a, b) => code.extend([a, b]),
            Fields::D(a, half) => {
                code.push(a);
                code.extend(half.to_le_bytes());
            }
            Fields::E(a, b, c) => code.extend([a, b, c]),
            Fields::X(a, b, word) => {
                code.extend([a, b]);
                code.extend(word.to_le_bytes());
            }
            Fields::G(payload) => {
                // INVARIANT: `decode` and `new` make no longer payload; a longer one of a caller is cut with its length.
                let payload = &payload[..payload.len().min(MAX_PAYLOAD_BYTES)];
                code.extend((payload.len() as u16).to_le_bytes());
                code.extend(payload);
            }
        }
    }

    /// Returns the instruction's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut code = Vec::with_capacity(self.len());
        self.encode(&mut code);
        code
    }

    const fn half(&self) -> i16 {
        match self.fields {
            Fields::D(_, half) => half,
            _ => 0,
        }
    }
}

impl Operand<'_> {
    fn is_of(&self, kind: Kind) -> bool {
        match self {
            Self::R(_) => matches!(kind, Kind::Register(Bank::R, _)),
            Self::F(_) => matches!(kind, Kind::Register(Bank::F, _)),
            Self::V(_) => matches!(kind, Kind::Register(Bank::V, _)),
            Self::CompareF(_) => kind == Kind::CompareF,
            Self::Unused(_) => kind == Kind::Unused,
            Self::Immediate(_) => kind == Kind::Immediate,
            Self::Jump(_) => kind == Kind::Jump,
            Self::Condition(_) => kind == Kind::Condition,
            Self::FlagTest(_) => kind == Kind::FlagTest,
            Self::Tag(_) => kind == Kind::Tag,
            Self::Count(_) => kind == Kind::Count,
            Self::Word(_) => kind == Kind::Word,
            Self::Payload(_) => matches!(kind, Kind::Payload(_)),
        }
    }

    fn byte(&self) -> u8 {
        match *self {
            Self::R(byte)
            | Self::F(byte)
            | Self::V(byte)
            | Self::CompareF(byte)
            | Self::Unused(byte)
            | Self::Condition(byte)
            | Self::FlagTest(byte)
            | Self::Tag(byte)
            | Self::Count(byte) => byte,
            Self::Immediate(_) | Self::Jump(_) | Self::Word(_) | Self::Payload(_) => 0,
        }
    }

    fn half(&self) -> i16 {
        match *self {
            Self::Immediate(half) | Self::Jump(half) => half,
            _ => 0,
        }
    }

    fn word(&self) -> i32 {
        if let Self::Word(word) = *self { word } else { 0 }
    }
}

/// Why an instruction cannot be made of operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The operands are not those of the table.
    #[error("`{opcode}` takes other operands")]
    Operands {
        /// The instruction.
        opcode: Opcode,
    },
    /// The payload's length does not fit into its field.
    #[error("a payload may have {limit} bytes, this one has {actual}")]
    PayloadTooLong {
        /// The most bytes.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
}

#[cfg(test)]
mod tests;

//! Listings of code: a line for each instruction, with the widths that the machine uses.
//!
//! # Example
//! ```
//! use flux_vm::disasm::Disassembly;
//!
//! let listing = Disassembly::of(&[0x2b, 1, 10, 0, 0x80]);
//! assert_eq!(listing.lines[0].to_string(), "0000:  2b010a00          MOVI                 R1, 10");
//! assert_eq!(listing.lines[1].mnemonic(), "HALT");
//! ```

use std::fmt::{self, Display, Formatter, Write};

use crate::instruction::{DecodeError, Instruction, Operand, decode};
use crate::isa::Opcode;

/// How many bytes of a payload a listing shows.
pub const SHOWN_PAYLOAD_BYTES: usize = 8;
/// How many bytes of data stand in a line.
pub const DATA_BYTES_PER_LINE: usize = 8;
/// How long the line under the title is, in characters.
const RULE_LEN: usize = 80;

/// A listing.
///
/// Its text is a title, a rule, and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disassembly<'a> {
    /// The lines, in the order of their offsets; together they cover the code.
    pub lines: Vec<Line<'a>>,
    /// How long the code is, in bytes.
    pub len: usize,
}

/// A line of a listing.
///
/// Its text is the offset, the bytes, the mnemonic and the operands, in columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where in the code it begins.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What they are.
    pub content: Content<'a>,
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// An instruction.
    Instruction(Instruction<'a>),
    /// The first byte of an instruction that the code ends inside of.
    Truncated(Opcode),
    /// A byte that is no instruction.
    Undefined(u8),
    /// Bytes that execution does not come to.
    Data,
}

impl<'a> Disassembly<'a> {
    /// Lists `code` from its first byte to its last, each line beginning where the one before it ends.
    ///
    /// After a byte that is no instruction it goes on at the next byte.
    pub fn of(code: &'a [u8]) -> Self {
        let mut lines = Vec::new();
        let mut offset = 0;
        while let Some(line) = Line::at(code, offset) {
            offset += line.bytes.len();
            lines.push(line);
        }
        Self { lines, len: code.len() }
    }

    /// Lists `code` by the offsets where its instructions begin, ascending; what lies between them is data.
    ///
    /// [`crate::Verified::starts`] has these offsets.
    pub fn of_reached(code: &'a [u8], starts: &[u32]) -> Self {
        let mut lines = Vec::new();
        let mut offset = 0;
        for &start in starts {
            push_data(&mut lines, code, offset, start as usize);
            let Some(line) = Line::at(code, start as usize) else { break };
            offset = start as usize + line.bytes.len();
            lines.push(line);
        }
        push_data(&mut lines, code, offset, code.len());
        Self { lines, len: code.len() }
    }
}

fn push_data<'a>(lines: &mut Vec<Line<'a>>, code: &'a [u8], begin: usize, end: usize) {
    let data = code.get(begin..end).unwrap_or_default();
    let line = |(at, bytes)| Line { offset: begin + at * DATA_BYTES_PER_LINE, bytes, content: Content::Data };
    lines.extend(data.chunks(DATA_BYTES_PER_LINE).enumerate().map(line));
}

impl<'a> Line<'a> {
    /// Returns the line that begins at `offset`; none at the end of the code.
    pub fn at(code: &'a [u8], offset: usize) -> Option<Self> {
        let (len, content) = match decode(code, offset) {
            Ok(instruction) => (instruction.len(), Content::Instruction(instruction)),
            Err(DecodeError::Truncated { opcode, .. }) => (1, Content::Truncated(opcode)),
            Err(DecodeError::Undefined(byte)) => (1, Content::Undefined(byte)),
            Err(DecodeError::Outside { .. }) => return None,
        };
        Some(Self { offset, bytes: &code[offset..offset + len], content })
    }

    /// Returns the instruction that the line begins with, whole or not.
    pub const fn opcode(&self) -> Option<Opcode> {
        match self.content {
            Content::Instruction(Instruction { opcode, .. }) | Content::Truncated(opcode) => Some(opcode),
            Content::Undefined(_) | Content::Data => None,
        }
    }

    /// Returns the column of the mnemonic: `UNKNOWN_0xNN` for a byte that is no instruction, `.byte` for data.
    pub fn mnemonic(&self) -> String {
        match self.content {
            Content::Instruction(Instruction { opcode, .. }) | Content::Truncated(opcode) => {
                opcode.to_string()
            }
            Content::Undefined(byte) => format!("UNKNOWN_0x{byte:02x}"),
            Content::Data => ".byte".to_owned(),
        }
    }

    /// Returns the column of the operands.
    pub fn operands(&self) -> String {
        match self.content {
            Content::Instruction(instruction) => {
                let shown = instruction.operands().into_iter().map(|it| show(&it, &instruction, self.offset));
                shown.collect::<Vec<_>>().join(", ")
            }
            Content::Truncated(_) => "???".to_owned(),
            Content::Undefined(_) => String::new(),
            Content::Data => {
                let bytes = self.bytes.iter().map(|byte| format!("0x{byte:02x}"));
                bytes.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn show(operand: &Operand<'_>, instruction: &Instruction<'_>, offset: usize) -> String {
    match *operand {
        Operand::R(number) | Operand::Unused(number) => format!("R{number}"),
        Operand::F(number) | Operand::CompareF(number) => format!("F{number}"),
        Operand::V(number) => format!("V{number}"),
        Operand::Immediate(value) => value.to_string(),
        Operand::Jump(distance) => match instruction.target(offset) {
            Some(target) if target >= 0 => format!("{distance:+} (offset=0x{target:04x})"),
            Some(target) => format!("{distance:+} (offset={target})"),
            None => format!("{distance:+}"),
        },
        Operand::Condition(byte) | Operand::FlagTest(byte) | Operand::Tag(byte) | Operand::Count(byte) => {
            byte.to_string()
        }
        Operand::Word(word) => word.to_string(),
        Operand::Payload(payload) => show_payload(payload),
    }
}

fn show_payload(payload: &[u8]) -> String {
    let shown = &payload[..payload.len().min(SHOWN_PAYLOAD_BYTES)];
    let mut text = String::new();
    if shown.len() < payload.len() {
        let _ = write!(text, "[{}...] ({} bytes)", Hex(shown), payload.len());
    } else {
        let printable = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
        let view: String = shown.iter().map(printable).collect();
        let _ = write!(text, "{}, [{}] \"{view}\"", payload.len(), Hex(shown));
    }
    text
}

struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bytes = Hex(self.bytes).to_string();
        write!(f, "{:04x}:  {bytes:<16}  {:<20} {}", self.offset, self.mnemonic(), self.operands())
    }
}

impl Display for Disassembly<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "FLUX Bytecode Disassembly ({} bytes)", self.len)?;
        writeln!(f, "{}", "=".repeat(RULE_LEN))?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests;

//! What is checked of a program before it runs.
//!
//! Verification follows every path that is known without running the program: from the entry and from each landing pad
//! through jumps, branches and calls. Whatever it comes to has to be an instruction with registers that exist, and has
//! to have its jumps go to other instructions; no byte belongs to two of them. What it does not come to may be data.
//!
//! A landing pad from which something else is reached is no pad: it is left to be data, and a jump there fails when
//! it is made.
//!
//! What may be meant so is let through with a warning: no way to an end, a way over the end of the code, a stack that
//! will be empty when something is taken from it.

use thiserror::Error;

use crate::container::Program;
use crate::instruction::{Instruction, decode};
use crate::isa::{Bank, Opcode};
use crate::limits::MAX_CODE_BYTES;
use crate::machine::Prepared;

mod reach;
mod stack;

use reach::Reached;

/// What verification has to say about a place in a program.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind} | offset={offset}")]
pub struct Finding {
    /// Where in the code.
    pub offset: usize,
    /// The instruction there, if there is one.
    pub opcode: Option<Opcode>,
    /// What it is.
    #[source]
    pub kind: FindingKind,
}

/// What verification finds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FindingKind {
    /// There is no code.
    #[error("the program has no code")]
    Empty,
    /// The code is too long.
    #[error("code may have {MAX_CODE_BYTES} bytes, this has {0}")]
    TooLong(usize),
    /// The entry is outside of the code.
    #[error("the entry is outside of {0} bytes of code")]
    Entry(usize),
    /// A byte that is no instruction can be reached.
    #[error("no instruction has the opcode 0x{0:02x}")]
    Undefined(u8),
    /// The code ends inside an instruction that can be reached.
    #[error("`{opcode}` takes {expected} bytes, the code has {actual} left")]
    Truncated {
        /// The instruction.
        opcode: Opcode,
        /// How long it is, in bytes.
        expected: usize,
        /// How much there is, in bytes.
        actual: usize,
    },
    /// An operand names a register that its bank does not have.
    #[error("there are {} {} registers, expected a number below that, found {number}", bank.size(), bank.letter())]
    Register {
        /// The bank.
        bank: Bank,
        /// The number.
        number: u8,
    },
    /// A jump leaves the code.
    #[error("the target {target} is outside of {len} bytes of code")]
    Outside {
        /// Where it goes to.
        target: i64,
        /// How long the code is, in bytes.
        len: usize,
    },
    /// Two instructions that can be reached share bytes.
    #[error("the instruction shares bytes with the one at offset {other}")]
    Overlap {
        /// Where the other begins.
        other: usize,
    },
    /// Nothing ends the program.
    #[error("no path leads to an end")]
    Endless,
    /// The code ends without an end of the program.
    #[error("execution can run over the end of the code")]
    RunsOff,
    /// Something is taken from a stack that is empty whenever execution comes here.
    #[error("the stack is empty here: {needed} cells are needed, {depth} are there")]
    Underflow {
        /// How many cells of the stack are needed.
        needed: u32,
        /// How many are there.
        depth: u32,
    },
    /// A landing pad is no place to land.
    #[error("the landing pad leads to something that is no code: it is taken as data")]
    Pad,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program can run.
    Warning,
    /// The program is refused.
    Refusal,
}

impl Finding {
    /// Returns how bad it is.
    pub const fn severity(&self) -> Severity {
        match self.kind {
            FindingKind::Endless
            | FindingKind::RunsOff
            | FindingKind::Underflow { .. }
            | FindingKind::Pad => Severity::Warning,
            FindingKind::Empty
            | FindingKind::TooLong(_)
            | FindingKind::Entry(_)
            | FindingKind::Undefined(_)
            | FindingKind::Truncated { .. }
            | FindingKind::Register { .. }
            | FindingKind::Outside { .. }
            | FindingKind::Overlap { .. } => Severity::Refusal,
        }
    }

    /// Returns the class of the error that the machine would end with, see [`crate::error::ErrorKind::class`].
    pub const fn class(&self) -> &'static str {
        match self.kind {
            FindingKind::Undefined(_) | FindingKind::Truncated { .. } => "VMInvalidOpcodeError",
            FindingKind::Register { .. } => "VMRangeError",
            FindingKind::Underflow { .. } => "VMMemoryError",
            FindingKind::Empty
            | FindingKind::TooLong(_)
            | FindingKind::Entry(_)
            | FindingKind::Outside { .. }
            | FindingKind::Overlap { .. }
            | FindingKind::Endless
            | FindingKind::RunsOff
            | FindingKind::Pad => "VMControlError",
        }
    }
}

/// Why a program is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the program is refused: {}", first(.findings))]
pub struct VerifyError {
    /// What was found, in the order of offsets; at least one is a [`Severity::Refusal`].
    pub findings: Vec<Finding>,
}

fn first(findings: &[Finding]) -> String {
    let refusal = findings.iter().find(|finding| finding.severity() == Severity::Refusal);
    refusal.map(ToString::to_string).unwrap_or_default()
}

/// A program that was verified; [`Verified::new`] is the only way to have one.
#[derive(Clone, Debug)]
pub struct Verified {
    program: Program,
    /// Where instructions begin, ascending.
    starts: Vec<u32>,
    /// What may be jumped to by an address, for each offset up to the length of the code.
    places: Vec<Place>,
    warnings: Vec<Finding>,
    stack_cells: Option<u32>,
    prepared: Prepared,
    /// Which instruction execution begins with.
    entry: usize,
}

/// What an offset is to an address that is computed: the index of its instruction, with two bits above it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(u32);

impl Place {
    const NOWHERE: Self = Self(u32::MAX >> 2);
    const PAD: u32 = 1 << 31;
    const RETURN: u32 = 1 << 30;

    const fn index(self) -> Option<u32> {
        let index = self.0 & Self::NOWHERE.0;
        if index == Self::NOWHERE.0 { None } else { Some(index) }
    }
}

impl Verified {
    /// Verifies `program`.
    ///
    /// The work is linear in the length of the code, whatever the code is.
    ///
    /// # Errors
    /// [`VerifyError`]: with all that was found, if one of it is a [`Severity::Refusal`].
    pub fn new(program: Program) -> Result<Self, VerifyError> {
        let len = program.code.len();
        let whole = |kind| VerifyError { findings: vec![Finding { offset: 0, opcode: None, kind }] };
        if len == 0 {
            return Err(whole(FindingKind::Empty));
        }
        if len > MAX_CODE_BYTES {
            return Err(whole(FindingKind::TooLong(len)));
        }
        if program.entry as usize >= len {
            return Err(whole(FindingKind::Entry(len)));
        }
        let mut reached = Reached::from(&program);
        reached.findings.sort_by_key(|finding| finding.offset);
        if reached.findings.iter().any(|finding| finding.severity() == Severity::Refusal) {
            return Err(VerifyError { findings: reached.findings });
        }
        let starts = reached.starts();
        let mut places = vec![Place::NOWHERE; len + 1];
        for (index, &start) in starts.iter().enumerate() {
            places[start as usize].0 = index as u32;
        }
        // The end of the code is a place to return to, where there is nothing.
        places[len].0 = starts.len() as u32;
        for &offset in &reached.return_points {
            places[offset].0 |= Place::RETURN;
        }
        for &offset in &reached.pads {
            places[offset].0 |= Place::PAD;
        }
        let warnings = reached.findings;
        let mut verified = Self {
            program,
            starts,
            places,
            warnings,
            stack_cells: None,
            prepared: Prepared::default(),
            entry: 0,
        };
        verified.entry = verified.index_of(verified.program.entry).unwrap_or_default();
        verified.prepared = Prepared::of(&verified);
        let (stack_cells, underflows) = stack::measure(&verified);
        verified.stack_cells = stack_cells;
        verified.warnings.extend(underflows);
        verified.warnings.sort_by_key(|finding| finding.offset);
        Ok(verified)
    }

    /// Returns the program.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Returns what may be a mistake, in the order of offsets.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// Returns the offsets where instructions begin, ascending. Data is not among them.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// Returns the instructions with their offsets, in the order of these.
    pub fn instructions(&self) -> impl Iterator<Item = (u32, Instruction<'_>)> {
        // INVARIANT: verification has decoded at each start.
        let decoded = |start: &u32| Some((*start, decode(&self.program.code, *start as usize).ok()?));
        self.starts.iter().filter_map(decoded)
    }

    /// Returns the instruction that begins at `offset`, if one does.
    pub fn instruction_at(&self, offset: u32) -> Option<Instruction<'_>> {
        self.index_of(offset)?;
        decode(&self.program.code, offset as usize).ok()
    }

    /// Returns which instruction begins at `offset`, counted from 0 in the order of offsets, if one does.
    pub fn index_of(&self, offset: u32) -> Option<usize> {
        let index = self.places.get(offset as usize)?.index()? as usize;
        (index < self.starts.len()).then_some(index)
    }

    /// Says whether `CALL_IND` may go to `offset`.
    pub fn is_pad(&self, offset: u32) -> bool {
        self.places.get(offset as usize).is_some_and(|place| place.0 & Place::PAD != 0)
    }

    /// Says whether `RET` may go to `offset`: it is a landing pad, or stands after a call.
    ///
    /// The length of the code is one of them if the last instruction is a call; nothing can be executed there.
    pub fn is_return_point(&self, offset: u32) -> bool {
        self.places.get(offset as usize).is_some_and(|place| place.0 & (Place::PAD | Place::RETURN) != 0)
    }

    /// Returns which instruction `RET` goes on at for an address, if it may; the end of the code has an index as well.
    pub(crate) fn return_index(&self, offset: u32) -> Option<usize> {
        let place = self.places.get(offset as usize)?;
        if place.0 & (Place::PAD | Place::RETURN) == 0 {
            None
        } else {
            place.index().map(|index| index as usize)
        }
    }

    pub(crate) const fn entry_index(&self) -> usize {
        self.entry
    }

    pub(crate) const fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Returns how many cells of the stack the program needs at most, where that is known without running it:
    /// there is no recursion, and the stack pointer moves by constants only.
    pub const fn stack_cells(&self) -> Option<u32> {
        self.stack_cells
    }
}

#[cfg(test)]
mod tests;

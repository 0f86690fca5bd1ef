//! How a run ends, and why a genome is not run at all.

use std::fmt;

use flux_genome::{CapabilitySet, World};

use crate::setting::{Act, LogLine};

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it cost by the cost table, start functions included. A run without a result costs its whole budget, however
    /// it ended; one that was refused costs nothing.
    pub cycles: u64,
    /// What it did on its channels, in order.
    pub acts: Vec<Act>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// Lines that the log did not keep.
    pub log_dropped: u64,
    /// The most bytes that its linear memories had together.
    pub memory_peak_bytes: usize,
}

impl Outcome {
    /// The outcome of a genome that was not run.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        Self {
            ending: Ending::Refused(refusal),
            cycles: 0,
            acts: Vec::new(),
            log: Vec::new(),
            log_dropped: 0,
            memory_peak_bytes: 0,
        }
    }
}

/// The ways a run can end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A program returned these numbers.
    Numbers(Vec<i64>),
    /// An ecosystem answered, or returned a fault.
    Answer(Result<String, Fault>),
    /// It trapped.
    Trap(Trap),
    /// It would have cost more than its budget.
    OutOfFuel,
    /// It took longer than its deadline.
    OverDeadline,
    /// It wanted more memory, tables or acts than it may have.
    OverMemory,
    /// It was not run.
    Refused(Refusal),
}

impl Ending {
    /// A short stable name, used in JSON and in the hostile suite: `result`, `fault`, `trap:KIND`, `out-of-fuel`,
    /// `over-deadline`, `over-memory` or `refused:REASON`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Numbers(_) | Self::Answer(Ok(_)) => "result".to_owned(),
            Self::Answer(Err(_)) => "fault".to_owned(),
            Self::Trap(trap) => format!("trap:{}", trap.kind.code()),
            Self::OutOfFuel => "out-of-fuel".to_owned(),
            Self::OverDeadline => "over-deadline".to_owned(),
            Self::OverMemory => "over-memory".to_owned(),
            Self::Refused(refusal) => format!("refused:{}", refusal.code()),
        }
    }

    /// Whether the world's function returned.
    #[must_use]
    pub fn is_result(&self) -> bool {
        matches!(self, Self::Numbers(_) | Self::Answer(_))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(numbers) => {
                for (i, number) in numbers.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    write!(f, "{number}")?;
                }
                Ok(())
            }
            Self::Answer(Ok(answer)) => f.write_str(answer),
            Self::Answer(Err(fault)) => write!(f, "fault: {fault}"),
            Self::Trap(trap) => write!(f, "trap: {trap}"),
            Self::OutOfFuel => f.write_str("out of fuel"),
            Self::OverDeadline => f.write_str("over the deadline"),
            Self::OverMemory => f.write_str("over memory"),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
        }
    }
}

/// A fault that crosses the border, as the contract defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub code: FaultCode,
    /// What happened.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

/// The kinds of fault, as the contract defines them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultCode {
    /// The input cannot be worked with.
    InvalidInput,
    /// The thing asked for does not exist.
    NotFound,
    /// Policy says no.
    Denied,
    /// A quota, budget or limit is used up.
    Exhausted,
    /// Nobody answered.
    Unavailable,
    /// Anything else.
    Failed,
}

impl FaultCode {
    /// The name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::NotFound => "not-found",
            Self::Denied => "denied",
            Self::Exhausted => "exhausted",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// A trap and where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// What kind.
    pub kind: TrapKind,
    /// The innermost function on the stack, where the sandbox was asked for it ([`crate::Traps`]) and there is one: not
    /// for values at the border, nor where calls nest too deeply.
    pub function: Option<FunctionPlace>,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.describe())?;
        match &self.function {
            Some(function) => write!(f, " in {function}"),
            None => Ok(()),
        }
    }
}

/// A function of a genome, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionPlace {
    /// By its name in the `name` section.
    Named(String),
    /// By its index in its module.
    Index(u32),
}

impl fmt::Display for FunctionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "`{name}`"),
            Self::Index(index) => write!(f, "function {index}"),
        }
    }
}

/// The kinds of trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TrapKind {
    /// An `unreachable` instruction was reached.
    Unreachable,
    /// Calls nest too deeply.
    StackOverflow,
    /// A memory access outside the memory.
    OutOfBoundsMemory,
    /// A table access outside the table.
    OutOfBoundsTable,
    /// An indirect call of an empty table element.
    NullReference,
    /// An indirect call of a function of another type.
    IndirectCallMismatch,
    /// An integer division that overflows.
    IntegerOverflow,
    /// An integer division by zero.
    IntegerDivideByZero,
    /// A float that has no integer counterpart.
    BadConversion,
    /// A value that crosses the border breaks the canonical ABI: text that is not UTF-8, an address outside the
    /// memory, an alignment.
    AbiViolation,
    /// Anything else.
    Other,
}

impl TrapKind {
    /// A short stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::StackOverflow => "stack-overflow",
            Self::OutOfBoundsMemory => "out-of-bounds-memory",
            Self::OutOfBoundsTable => "out-of-bounds-table",
            Self::NullReference => "null-reference",
            Self::IndirectCallMismatch => "indirect-call-mismatch",
            Self::IntegerOverflow => "integer-overflow",
            Self::IntegerDivideByZero => "integer-divide-by-zero",
            Self::BadConversion => "bad-conversion",
            Self::AbiViolation => "abi-violation",
            Self::Other => "other",
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Unreachable => "`unreachable` was reached",
            Self::StackOverflow => "calls nest too deeply",
            Self::OutOfBoundsMemory => "memory access out of bounds",
            Self::OutOfBoundsTable => "table access out of bounds",
            Self::NullReference => "call of an empty table element",
            Self::IndirectCallMismatch => "indirect call of a function of another type",
            Self::IntegerOverflow => "integer overflow",
            Self::IntegerDivideByZero => "integer division by zero",
            Self::BadConversion => "float without an integer counterpart",
            Self::AbiViolation => "a value breaks the canonical ABI",
            Self::Other => "the engine stopped the run",
        }
    }
}

/// Why a genome is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It imports what the run does not grant.
    #[error("the genome imports what is not granted: {missing}")]
    NotGranted {
        /// What is missing.
        missing: CapabilitySet,
    },
    /// It imports what nobody serves in this run.
    #[error("the genome imports what is not offered here: {missing}")]
    NotOffered {
        /// What is missing.
        missing: CapabilitySet,
    },
    /// The engine does not take it.
    #[error("the engine refuses the genome: {reason}")]
    Engine {
        /// The engine's reason.
        reason: String,
    },
    /// The input is for the other world.
    #[error("the genome is of world `{world}` and was given an input for another")]
    WrongInput {
        /// The genome's world.
        world: World,
    },
}

impl Refusal {
    /// A short stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotGranted { .. } => "not-granted",
            Self::NotOffered { .. } => "not-offered",
            Self::Engine { .. } => "engine",
            Self::WrongInput { .. } => "wrong-input",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotGranted { .. } => Some("grant it with `--grant NAME`, or in the arena's `capabilities`"),
            Self::NotOffered { .. } => {
                Some("models and judges are served in arenas that name them, with `[models]` in `arena.toml`")
            }
            Self::Engine { .. } | Self::WrongInput { .. } => None,
        }
    }
}

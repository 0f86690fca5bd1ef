//! What stops a program: an error with the instruction and its place.

use thiserror::Error;

use crate::payload::PayloadError;

/// A program did something that it may not do.
///
/// Its text is `message | opcode=0xNN | pc=N`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{kind} | opcode=0x{opcode:02X} | pc={pc}")]
pub struct VmError {
    /// What went wrong.
    #[source]
    pub kind: ErrorKind,
    /// The byte of the instruction that did it; 0 where there is no instruction.
    pub opcode: u8,
    /// Where in the code that instruction begins.
    pub pc: u32,
}

impl VmError {
    /// Returns the class of the error, such as `VMDivisionByZeroError`.
    pub const fn class(&self) -> &'static str {
        self.kind.class()
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No instruction has this byte.
    #[error("no instruction has the opcode 0x{0:02x}")]
    InvalidOpcode(u8),
    /// A divisor is zero, or a lane of one.
    #[error("division by zero")]
    DivisionByZero,
    /// There is no box with this number.
    #[error("there is no box {id}, there are {n_boxes}")]
    NoBox {
        /// The number.
        id: i64,
        /// How many boxes there are.
        n_boxes: usize,
    },
    /// A box holds another type.
    #[error("expected the type tag {expected}, the box holds {found}")]
    TypeMismatch {
        /// The tag that was asked for.
        expected: u8,
        /// The tag in the box.
        found: u8,
    },
    /// An index is not below its bound, or is negative.
    #[error("expected an index from 0 to below {bound}, found {index}")]
    OutOfBounds {
        /// The index.
        index: i64,
        /// What it has to be below.
        bound: i64,
    },
    /// A number does not fit into its place.
    #[error("{value} does not fit into 32 bits with sign")]
    NotWord {
        /// The number.
        value: i64,
    },
    /// A number cannot be cast.
    #[error("the single of bits 0x{bits:08x}, times 1000, is no 64-bit number")]
    NotInteger {
        /// The single.
        bits: u32,
    },
    /// A lane of a vector leaves its range.
    #[error("lane {lane} is {value}, expected 0 to 255")]
    Lane {
        /// Which lane, from 0.
        lane: u8,
        /// What it would be.
        value: i32,
    },
    /// An address lies outside of its region.
    #[error("{len} bytes at address {address} are outside of a region of {size}")]
    OutsideRegion {
        /// The first address.
        address: i64,
        /// How many bytes.
        len: u64,
        /// The size of the region.
        size: u64,
    },
    /// The stack has no room for more.
    #[error("the stack is full at address {sp}")]
    StackOverflow {
        /// The stack pointer.
        sp: i64,
    },
    /// The stack does not hold as much.
    #[error("the stack holds nothing at address {sp}")]
    StackUnderflow {
        /// The stack pointer.
        sp: i64,
    },
    /// A frame does not fit onto the stack.
    #[error("a frame of {cells} cells does not fit below address {sp}")]
    FrameOverflow {
        /// The stack pointer.
        sp: i64,
        /// How many cells of 4 bytes.
        cells: i64,
    },
    /// There is no region of this name.
    #[error("there is no region `{0}`")]
    NoRegion(String),
    /// There is a region of this name already.
    #[error("there is a region `{0}` already")]
    RegionExists(String),
    /// A region belongs to somebody else.
    #[error("the region `{name}` belongs to `{owner}`, not to `{principal}`")]
    NotOwner {
        /// The region.
        name: String,
        /// Whose it is.
        owner: String,
        /// Who the program is.
        principal: String,
    },
    /// The region `stack` can neither be removed nor given away.
    #[error("the region `stack` stays where it is")]
    StackRegion,
    /// A limit is reached.
    #[error("{what}: the limit is {limit}")]
    Limit {
        /// What there would be too much of.
        what: &'static str,
        /// The most of it.
        limit: u64,
    },
    /// A payload is not formed as its instruction needs.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The program needs a capability that it does not hold.
    #[error("the capability {0} is not held")]
    NoCapability(u32),
    /// Execution would go on where it may not.
    #[error("{target} is no place to go on at")]
    BadTarget {
        /// The address.
        target: i64,
    },
    /// Execution came to the end of the code without halting.
    #[error("the code ends without halting")]
    EndOfCode,
    /// An act or a reading was refused.
    #[error("channel {0} is refused")]
    Channel(i64),
}

impl ErrorKind {
    /// Returns the class of the error, such as `VMDivisionByZeroError`.
    ///
    /// `VMDivisionByZeroError`, `VMTypeError`, `VMA2AError`, `VMStackOverflowError`, `VMInvalidOpcodeError` and
    /// `VMResourceError` are classes of the system that is followed; `VMMemoryError`, `VMRangeError`,
    /// `VMControlError` and `VMOwnershipError` stand for what was general errors there.
    pub const fn class(&self) -> &'static str {
        self.code().class()
    }

    /// Returns the class as a number; see [`ErrorClass`].
    pub const fn code(&self) -> ErrorClass {
        match self {
            Self::InvalidOpcode(_) => ErrorClass::InvalidOpcode,
            Self::DivisionByZero => ErrorClass::DivisionByZero,
            Self::NoBox { .. } | Self::TypeMismatch { .. } | Self::OutOfBounds { .. } => ErrorClass::Type,
            Self::FrameOverflow { .. } => ErrorClass::StackOverflow,
            Self::NoCapability(_) => ErrorClass::A2a,
            Self::StackOverflow { .. }
            | Self::StackUnderflow { .. }
            | Self::OutsideRegion { .. }
            | Self::NoRegion(_)
            | Self::RegionExists(_) => ErrorClass::Memory,
            Self::NotWord { .. } | Self::NotInteger { .. } | Self::Lane { .. } | Self::Payload(_) => {
                ErrorClass::Range
            }
            Self::BadTarget { .. } | Self::EndOfCode => ErrorClass::Control,
            Self::NotOwner { .. } | Self::StackRegion => ErrorClass::Ownership,
            Self::Limit { .. } | Self::Channel(_) => ErrorClass::Resource,
        }
    }
}

/// The classes of errors, by the numbers that records and compiled programs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ErrorClass {
    /// An undefined instruction.
    InvalidOpcode = 1,
    /// A zero divisor.
    DivisionByZero = 2,
    /// A box or a check.
    Type = 3,
    /// A frame that does not fit.
    StackOverflow = 4,
    /// A missing capability.
    A2a = 5,
    /// A limit, or a channel that the host refuses.
    Resource = 6,
    /// An address, the stack, or a region that is not there.
    Memory = 7,
    /// A number that does not fit, or a payload that is not well formed.
    Range = 8,
    /// A target that execution may not go to.
    Control = 9,
    /// A region of somebody else.
    Ownership = 10,
}

impl ErrorClass {
    /// All classes, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::InvalidOpcode,
        Self::DivisionByZero,
        Self::Type,
        Self::StackOverflow,
        Self::A2a,
        Self::Resource,
        Self::Memory,
        Self::Range,
        Self::Control,
        Self::Ownership,
    ];

    /// Returns the class with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| *class as u8 == number)
    }

    /// Returns the name of the class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::InvalidOpcode => "VMInvalidOpcodeError",
            Self::DivisionByZero => "VMDivisionByZeroError",
            Self::Type => "VMTypeError",
            Self::StackOverflow => "VMStackOverflowError",
            Self::A2a => "VMA2AError",
            Self::Resource => "VMResourceError",
            Self::Memory => "VMMemoryError",
            Self::Range => "VMRangeError",
            Self::Control => "VMControlError",
            Self::Ownership => "VMOwnershipError",
        }
    }
}

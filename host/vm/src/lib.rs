//! FLUX bytecode: what it is, how it is read and checked, and how it runs.
//!
//! A FLUX program is a row of instructions for a machine of 64 registers, a stack and named regions of memory.
//! `ISA.md` beside this crate lists the instructions; `COMPATIBILITY.md` says where this machine differs from the one
//! that it follows.
//!
//! Suggested reading order: [`isa`], [`instruction`], [`payload`], [`container`], [`limits`],
//! [`disasm`], [`verify`], [`machine`], [`host`], [`capability`],
//! [`colony`], [`trust`], [`error`].
//!
//! **Portable.** No file system, clock, environment, threads or randomness: the same program does the same everywhere.

pub mod capability;
pub mod colony;
pub mod container;
pub mod disasm;
pub mod error;
pub mod host;
pub mod instruction;
pub mod isa;
pub mod limits;
pub mod machine;
pub mod payload;
pub mod trust;
pub mod verify;

mod crc32;

pub use container::Program;
pub use error::{ErrorKind, VmError};
pub use instruction::{Instruction, Operand};
pub use isa::Opcode;
pub use limits::Limits;
pub use machine::Machine;
pub use verify::Verified;

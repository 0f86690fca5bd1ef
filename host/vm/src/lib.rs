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
//! # Example
//! A program is read, verified, listed and run.
//! ```
//! use flux_vm::{Machine, Program, Verified, disasm::Disassembly, host::Alone, machine::Stop};
//!
//! // MOVI R0, 42; CALL to the procedure behind HALT; there: MOVI R2, 77; RET
//! let code = [0x2b, 0, 42, 0, 0x07, 0, 1, 0, 0x80, 0x2b, 2, 77, 0, 0x28];
//! let verified = Verified::new(Program::from_bytes(&code)?)?;
//! assert_eq!(verified.stack_cells(), Some(1));
//! let listing = Disassembly::of_reached(&code, verified.starts());
//! assert_eq!(listing.lines[1].operands(), "R0, +1 (offset=0x0009)");
//!
//! let mut machine = Machine::new(&verified);
//! assert_eq!(machine.run(1_000, &mut Alone), Stop::Halted);
//! assert_eq!((machine.outputs(), machine.r(2), machine.cycles()), ([42].as_slice(), 77, 5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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

//! What people write and what machines run: FLUX assembly and the way from bytecode to genomes.
//!
//! [`assembly`] makes programs of text, and text of programs; [`aot`] makes genomes of programs.
//!
//! **Portable.** No file system, clock, environment, threads or randomness: included files come from the caller, and
//! the same text gives the same bytes everywhere.

pub mod aot;
pub mod assembly;

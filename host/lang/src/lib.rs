//! What people write and what machines run: FLUX assembly, the way from bytecode to genomes, and `.flux` ecosystems.
//!
//! [`assembly`] makes programs of text, and text of programs; [`aot`] makes genomes of programs; [`ecosystem`] reads and
//! writes descriptions of how several models work together.
//!
//! **Portable.** No file system, clock, environment, threads or randomness: included files come from the caller, and
//! the same text gives the same bytes everywhere.

pub mod aot;
pub mod assembly;
pub mod diagnostic;
pub mod ecosystem;
pub mod includes;
pub mod source;

mod nearest;
mod render;

pub use render::render;

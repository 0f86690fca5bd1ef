//! A typed view of a core module: what every rewriting operator asks.
//!
//! [`ModuleView`] holds the cheap facts of a module: where its sections and function bodies lie and the types of
//! what it declares. [`FunctionView`] holds the expensive ones, for one function: the stack before every
//! instruction, the nesting of blocks, and which instruction made and which consumed every value. It is built in
//! one linear pass over the body, and only for functions somebody wants to look into. The pass drives wasmparser's own
//! validator, but for code of the plain sort that children mostly have, whose types a table says as well (`plain`).
//!
//! A module is taken to be valid outside the functions that are viewed; those are validated on the way.

mod function;
mod module;
mod plain;
mod resources;

pub use self::function::{FunctionView, Instr, Role, Value};
pub use self::module::{Body, DataFacts, Export, FunctionFacts, GlobalFacts, ModuleView, Section};
pub(crate) use self::plain::PlainTypes;

/// The position "nowhere": no such instruction, value or block.
pub const NONE: u32 = u32::MAX;

/// Why a module or one of its functions cannot be viewed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ViewError {
    /// The bytes are not a core module at all, or end in the middle of something.
    #[error("malformed module at byte {offset}: {what}")]
    Malformed {
        /// Byte offset into the module.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A section or a function does not parse or does not validate with the features flux understands.
    #[error("invalid or unsupported WebAssembly")]
    Invalid(#[from] wasmparser::Error),
    /// The function asked for is imported or does not exist.
    #[error("function {0} has no body")]
    NoBody(u32),
}

//! Bounds on a genome's shape, checked before any compiler sees it.
//!
//! A hostile module can hold a compiler for seconds with a few kilobytes: nested or sequential loops, many live
//! locals and large jump tables cost tens of microseconds a byte, straight code a quarter of one. The defaults let
//! honest guests of systems languages through and keep the worst module under about a second.

use std::fmt;

/// What a genome's shape may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The whole component, in bytes. Default 1 MiB.
    pub component_bytes: u64,
    /// Core modules in the component, nested components included. Default 16: toolchains make one to four.
    pub modules: u64,
    /// Nesting of components within components. Default 4.
    pub component_depth: u64,
    /// Functions defined in all modules together. Default 4,096: ten thousand empty ones compile for 0.8 s.
    pub functions: u64,
    /// Function types declared in a module. Default 1,024: each costs a trampoline of up to 100 microseconds.
    pub types: u64,
    /// The body of one function, in bytes. Default 16 KiB.
    pub body_bytes: u64,
    /// Locals of one function, parameters included. Default 1,024: 125 bytes can declare 50,000.
    pub locals: u64,
    /// Nesting of blocks in one function. Default 64.
    pub nesting: u64,
    /// Values on the operand stack of one function. Default 256.
    pub operand_stack: u64,
    /// Targets of all `br_table` instructions of one function. Default 256: they cost 95 microseconds a byte.
    pub jump_targets: u64,
    /// Globals defined in all modules together. Default 1,024: seventy thousand hold the engine for a second.
    pub globals: u64,
    /// What compiling all functions together is estimated to take, in units of about a quarter of a microsecond (see
    /// [`crate::work`]). Default 4,000,000: about a second.
    pub compile_work: u64,
    /// Initial size of all memories of a module together, in 64 KiB pages. Default 256 (16 MiB).
    pub memory_pages: u64,
    /// Initial size of all tables of a module together, in elements. Default 10,000.
    pub table_elements: u64,
}

impl Bounds {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        component_bytes: 1 << 20,
        modules: 16,
        component_depth: 4,
        functions: 4096,
        types: 1024,
        body_bytes: 16 << 10,
        locals: 1024,
        nesting: 64,
        operand_stack: 256,
        jump_targets: 256,
        globals: 1024,
        compile_work: 4_000_000,
        memory_pages: 256,
        table_elements: 10_000,
    };
}

/// A bound, for messages and programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// [`Bounds::component_bytes`].
    ComponentBytes,
    /// [`Bounds::modules`].
    Modules,
    /// [`Bounds::component_depth`].
    ComponentDepth,
    /// [`Bounds::functions`].
    Functions,
    /// [`Bounds::types`].
    Types,
    /// [`Bounds::body_bytes`].
    BodyBytes,
    /// [`Bounds::locals`].
    Locals,
    /// [`Bounds::nesting`].
    Nesting,
    /// [`Bounds::operand_stack`].
    OperandStack,
    /// [`Bounds::jump_targets`].
    JumpTargets,
    /// [`Bounds::globals`].
    Globals,
    /// [`Bounds::compile_work`].
    CompileWork,
    /// [`Bounds::memory_pages`].
    MemoryPages,
    /// [`Bounds::table_elements`].
    TableElements,
}

impl Bound {
    /// A short stable name, used in JSON and in the hostile suite.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ComponentBytes => "too-large",
            Self::Modules => "too-many-modules",
            Self::ComponentDepth => "too-deep-components",
            Self::Functions => "too-many-functions",
            Self::Types => "too-many-types",
            Self::BodyBytes => "function-too-large",
            Self::Locals => "too-many-locals",
            Self::Nesting => "too-deep",
            Self::OperandStack => "stack-too-deep",
            Self::JumpTargets => "jump-table-too-large",
            Self::Globals => "too-many-globals",
            Self::CompileWork => "too-much-work",
            Self::MemoryPages => "too-much-memory",
            Self::TableElements => "too-much-table",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::ComponentBytes => "bytes",
            Self::Modules => "core modules",
            Self::ComponentDepth => "levels of nested components",
            Self::Functions => "functions",
            Self::Types => "function types",
            Self::BodyBytes => "bytes of code",
            Self::Locals => "locals",
            Self::Nesting => "levels of nested blocks",
            Self::OperandStack => "values on the operand stack",
            Self::JumpTargets => "jump-table targets",
            Self::Globals => "globals",
            Self::CompileWork => "units of estimated compile work",
            Self::MemoryPages => "initial memory pages",
            Self::TableElements => "initial table elements",
        }
    }
}

/// A genome is past one of its [`Bounds`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct BoundError {
    /// Which.
    pub bound: Bound,
    /// The bound's value.
    pub limit: u64,
    /// What was found; counting stops at the first excess, so it may be more.
    pub actual: u64,
    /// The function that it is about, by its index in its module.
    pub function: Option<u32>,
}

impl fmt::Display for BoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            Some(function) => write!(f, "function {function} has ")?,
            None => f.write_str("the component has ")?,
        }
        write!(f, "{} {}, the limit is {}", self.actual, self.bound.what(), self.limit)
    }
}

/// Checks one count against its bound.
pub(crate) fn check(bound: Bound, limit: u64, actual: u64, function: Option<u32>) -> Result<(), BoundError> {
    if actual > limit { Err(BoundError { bound, limit, actual, function }) } else { Ok(()) }
}

//! The metered form of a core module: the same program, which charges the cost table by itself.
//!
//! Engines count fuel in their own ways, and browsers not at all. A metered module carries its counter with it, so
//! that a run costs the same and ends the same in every engine that follows the WebAssembly standard. For every
//! run that completes, the count equals what wasmtime counts with [`CYCLES_1`](crate::cost::CYCLES_1) as its
//! operator costs.
//!
//! Confusing names first. A *charge* subtracts cycles from the counter. A *checkpoint* is a place where the counter
//! is compared with zero; charging and checking are different things, and most charges are not checked at once.
//! *Stopping* is the trap that a metered module makes by itself, in contrast to a trap of the program's own.
//!
//! # What a metered module exports besides its own exports
//!
//! | name | type | meaning |
//! | --- | --- | --- |
//! | [`CYCLES`] | mutable `i64` | cycles that are left; 0 after instantiation, so the host sets it to the budget first |
//! | [`DEPTH`] | mutable `i32` | calls under way; as it was whenever a call from the host returns |
//! | [`STOP`] | mutable `i32` | why the module stopped itself, a [`Stop`] code; 0 if it did not |
//! | [`START`] | function | the start function, where there is one: the host calls it once, after setting the budget |
//!
//! The start function is exported rather than run at instantiation because it has to run under the budget.
//! Everything else keeps its index: new types, functions, globals and locals come last.
//!
//! # The rule
//!
//! Let *B* be the budget.
//! * The cost of a run that completes is *B* minus [`CYCLES`] after it. If that is more than *B* (the counter is
//!   negative) the run has not completed but is exhausted; the host compares ([`spent`]).
//! * A run that traps, is stopped or is exhausted costs *B*, whatever the counter says. It has no result, and this
//!   is the one figure that no engine can disagree about.
//! * A run is exhausted when the cost up to a checkpoint is more than *B*. Checkpoints are: entering a function, going
//!   through the head of a loop (from above or from below), an operator that is priced by size (a constant size that
//!   costs at most [`SMALL_SIZED_COST`] is charged, but not checked), calling an import, and the end of the run. A run
//!   that traps before it reaches the next checkpoint has trapped, even past the budget. These are the places where
//!   wasmtime compares its fuel, so a host that gives wasmtime *B* + 1 units sees the same ending.
//! * Imports are never called, and sized operators never performed, past the budget. What a host charges for being
//!   called, it subtracts from [`CYCLES`] itself, which is exact at that moment, and it stops the run if the
//!   counter falls under zero.
//! * A call that would make more than [`Options::call_depth`] calls under way at once stops the run before it is
//!   charged, whatever stack the engine has. Calls of imports are not counted, tail calls take their caller's place,
//!   and functions that the host calls while it is itself called by the module count from there.
//! * The start function costs 2 more than its call: what wasmtime charges for the call out of module startup.
//!
//! Instances that trapped or were stopped are to be thrown away: [`DEPTH`] is not what it was.
//!
//! # Floats
//!
//! The standard leaves open which NaN an operation gives, and engines differ. By default every operation that may
//! make a NaN is followed by a choice of the canonical one, where the difference could be seen. What the rewriting
//! adds costs nothing.
//!
//! # Source
//! Cranelift's `fuel_before_op` and `pre_translate_bulk_op` (wasmtime 48) for where cycles are charged and compared,
//! and its `nan_canonicalization` for which operations are followed by a choice.

mod depth;
mod emit;
mod float;
mod layout;
mod scan;

pub use emit::SMALL_SIZED_COST;

use wasmparser::BinaryReaderError;

/// The exported counter of a metered module: a mutable `i64` global, the cycles that are left.
pub const CYCLES: &str = "flux.cycles";
/// The exported count of calls under way: a mutable `i32` global.
pub const DEPTH: &str = "flux.depth";
/// The exported reason for stopping: a mutable `i32` global that holds a [`Stop`] code.
pub const STOP: &str = "flux.stop";
/// The exported start function, `() -> ()`, present if the module had one.
pub const START: &str = "flux.start";

/// The largest budget that is counted exactly, in cycles.
///
/// Sized operators and straight code between two checkpoints stay far below 2^62, so the counter cannot wrap.
pub const MAX_BUDGET: u64 = 1 << 62;

/// How to meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The most calls that may be under way at once. Default 1,000.
    ///
    /// Engines give up between 1,000 and 15,400 calls of a small function (wasmi's own limit is 1,000 and a browser
    /// has about a megabyte of stack for everything), so a limit that all of them reach is at most 1,000, which
    /// leaves each call a kilobyte. It is also the customary limit of interpreted languages.
    pub call_depth: u32,
    /// What to do about NaNs. Default [`Floats::Canonical`].
    pub floats: Floats,
    /// Whether the module's own globals can be seen. Default [`Globals::Private`].
    pub globals: Globals,
}

impl Options {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self { call_depth: 1000, floats: Floats::Canonical, globals: Globals::Private };
}

/// What to do about operations whose NaN results the standard leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floats {
    /// Make every NaN that can be seen the canonical one: `0x7fc00000` and `0x7ff8000000000000`.
    Canonical,
    /// Leave them to the engine: for one that makes them canonical by itself.
    AsTheyAre,
}

/// Whether the globals of the module's own that can change are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Globals {
    /// Only those that the module exports itself.
    Private,
    /// All of them, besides under the names that [`global_name`] gives: for a host that puts them back.
    Exported,
}

/// The name under which the global `index` of the module is exported with [`Globals::Exported`].
#[must_use]
pub fn global_name(index: u32) -> String {
    format!("flux.global.{index}")
}

/// Why a metered module stopped itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The cost passed the budget; code 1.
    OutOfCycles,
    /// More calls under way than [`Options::call_depth`]; code 2.
    CallDepth,
}

impl Stop {
    /// The value of [`STOP`] for this reason.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::OutOfCycles => 1,
            Self::CallDepth => 2,
        }
    }

    /// The reason for a value of [`STOP`]; none for 0 and for values that no metered module writes.
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            1 => Some(Self::OutOfCycles),
            2 => Some(Self::CallDepth),
            _ => None,
        }
    }
}

/// The cost of a completed run that was given `budget` cycles and left `remaining` in [`CYCLES`].
///
/// Nothing if the run went past its budget after the last checkpoint: then it is exhausted, not complete.
#[must_use]
pub const fn spent(budget: u64, remaining: i64) -> Option<u64> {
    if remaining < 0 { None } else { budget.checked_sub(remaining.unsigned_abs()) }
}

/// A module cannot be metered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeterError {
    /// It is not a well-formed core module.
    #[error("expected a core module")]
    Malformed(#[source] BinaryReaderError),
    /// It is a component: meter the core modules in it.
    #[error("expected a core module, found a component")]
    Component,
    /// It refers to a type, function or label that it does not have, so it is not valid.
    #[error("the module refers to {what} that it does not have, at byte {offset}")]
    Dangling {
        /// What is missing, with an article.
        what: &'static str,
        /// Where in the module, in bytes from its start.
        offset: usize,
    },
    /// It uses a feature whose costs are not defined.
    #[error("the module uses {feature}, which is not metered, at byte {offset}")]
    Unsupported {
        /// The proposal or property, as a noun phrase.
        feature: &'static str,
        /// Where in the module, in bytes from its start.
        offset: usize,
    },
    /// It exports a name that metering needs; it may be metered already.
    #[error("the module already exports `{name}`")]
    Reserved {
        /// One of [`CYCLES`], [`DEPTH`], [`STOP`] and [`START`].
        name: &'static str,
    },
    /// A function has so many locals that there is no room for those that metering adds.
    #[error("function {function} has {actual} locals, the limit is {limit}")]
    TooManyLocals {
        /// The function, by its index in the module.
        function: u32,
        /// How many it has, parameters included.
        actual: u64,
        /// How many it may have.
        limit: u64,
    },
}

/// Returns the metered form of `module`, a valid core module.
///
/// Data, names and custom sections stay as they are, but for the sections `metadata.code.*`, which place hints at
/// instructions by their distance from the start of a function and are dropped.
///
/// # Determinism
/// A function of `(module, options)` alone, on every platform.
///
/// # Errors
/// * [`MeterError::Malformed`], [`MeterError::Dangling`]: the module is not valid. Not every invalid module is
///   noticed here; the metered form of one that is not noticed is invalid too.
/// * [`MeterError::Component`]: `module` is a component.
/// * [`MeterError::Unsupported`]: it uses exceptions, garbage collection, typed function references, threads,
///   relaxed SIMD, 64-bit memories or tables, custom page sizes, or anything else outside
///   [`FEATURES`](crate::features::FEATURES).
/// * [`MeterError::Reserved`]: it has an export of a reserved name.
/// * [`MeterError::TooManyLocals`]: a function has close to 50,000 locals.
///
/// # Example
/// ```
/// use flux_genome::meter::{self, Options};
///
/// let module = wat::parse_str(r#"(module (func (export "two") (result i32) (i32.add (i32.const 1) (i32.const 1))))"#)?;
/// let metered = meter::meter(&module, &Options::DEFAULT)?;
/// wasmparser::validate(&metered)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn meter(module: &[u8], options: &Options) -> Result<Vec<u8>, MeterError> {
    let layout = layout::read(module)?;
    let mut bodies = Vec::with_capacity(layout.bodies.len());
    for body in &layout.bodies {
        bodies.push(scan::scan(&layout, body, options.floats)?);
    }
    let counting = depth::plan(&layout, &bodies, options.call_depth);
    emit::emit(module, &layout, &bodies, &counting, options)
}

/// Whether calls in `module`, a valid core module, cannot nest more deeply than `call_depth` by its call graph alone.
///
/// If so, its metered form counts no calls, and an engine that has stack for that many needs no other limit.
///
/// # Errors
/// As [`meter`].
pub fn nests_within(module: &[u8], call_depth: u32) -> Result<bool, MeterError> {
    let layout = layout::read(module)?;
    let bodies = layout.bodies.iter().map(|body| scan::scan(&layout, body, Floats::AsTheyAre));
    let bodies = bodies.collect::<Result<Vec<_>, _>>()?;
    let plan = depth::plan(&layout, &bodies, call_depth);
    Ok(plan.iter().all(|depth| *depth == depth::Depth::Unlimited))
}

#[cfg(test)]
mod tests;

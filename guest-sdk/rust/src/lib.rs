//! Write genomes for flux in Rust.
//!
//! A genome of the world `program` turns numbers into numbers; one of the world `ecosystem` turns a question into
//! an answer. Write a function of the right type and name it to [`program!`] or [`ecosystem!`]; everything else
//! that makes a component is done here.
//!
//! ```
//! flux_guest::program!(|input: Vec<i64>| vec![input.iter().sum()]);
//! ```
//!
//! What a genome may do beyond computing is in the modules [`senses`], [`mail`], [`memory`], [`random`], [`log`],
//! [`files`], [`model`], [`judge`] and [`human`]. A genome imports what it calls, and nothing else: an import is
//! what the host shows to its user and grants or refuses. The standard library's clock, files, threads,
//! environment and network do not exist here; on wasm32-unknown-unknown their functions return errors or panic.
//!
//! # Panics
//! A panic in a genome traps: the run has no result, and trust in the genome falls. The message is lost.
//!
//! # Determinism
//! A genome sees its input and what its imports return, and those are the same in every rerun. `HashMap` is
//! seeded with a constant on this target.
//!
//! # Memory
//! A genome lives for one run, so by default memory goes forward only: a block is given back when it is the last
//! one. That makes genomes small and their allocations cheap. A genome that allocates and frees in a long loop
//! takes the standard library's allocator instead: depend on this crate with `default-features = false`.
//!
//! # Native tests
//! The crate compiles for the host as well, so a genome's own functions can be tested with `cargo test`. Calling
//! an import there panics.

#[cfg(all(feature = "forward-allocator", any(target_arch = "wasm32", test)))]
mod allocator;

// INVARIANT: generated code, written by `cargo dev bindings` from wit/. Its macros are part of `program!` and
// `ecosystem!`, so it is public; nothing in it is for use by name.
#[doc(hidden)]
#[expect(unsafe_code, clippy::unwrap_used, reason = "generated: the border to the host is made of raw memory")]
#[rustfmt::skip]
pub mod bindings {
    #[allow(clippy::all, unused_qualifications)]
    pub mod ecosystem;
    #[allow(clippy::all, unused_qualifications)]
    pub mod program;
}

pub use bindings::program::flux::genome::types::{Fault, FaultCode};
#[doc(inline)]
pub use bindings::program::flux::genome::{files, human, judge, log, mail, memory, model, random, senses};

impl Fault {
    /// A fault of kind `code`; `message` says what happened, as a lowercase fragment without a final period.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Fault { code, message: message.into() }
    }
}

/// Exports a function as the genome of a world `program`.
///
/// The argument is a path or a closure of type `fn(Vec<i64>) -> Vec<i64>`. Use it once in a crate of type
/// `cdylib`.
///
/// ```
/// fn run(input: Vec<i64>) -> Vec<i64> {
///     input.iter().map(|number| number * 2).collect()
/// }
/// flux_guest::program!(run);
/// ```
#[macro_export]
macro_rules! program {
    ($run:expr) => {
        const _: () = {
            struct Genome;

            impl $crate::bindings::program::Guest for Genome {
                fn run(input: Vec<i64>) -> Vec<i64> {
                    let run: fn(Vec<i64>) -> Vec<i64> = $run;
                    run(input)
                }
            }

    $crate::bindings::program::export_program!(Genome with_types_in $crate::bindings::program);
        };
    };
}

/// Exports a function as the genome of a world `ecosystem`.
///
/// The argument is a path or a closure of type `fn(String) -> Result<String, Fault>`. Use it once in a crate of
/// type `cdylib`.
///
/// ```
/// use flux_guest::{Fault, FaultCode};
///
/// fn answer(prompt: String) -> Result<String, Fault> {
///     match prompt.as_str() {
///         "" => Err(Fault::new(FaultCode::InvalidInput, "the prompt is empty")),
///         _ => Ok(prompt.to_uppercase()),
///     }
/// }
/// flux_guest::ecosystem!(answer);
/// ```
#[macro_export]
macro_rules! ecosystem {
    ($answer:expr) => {
        const _: () = {
            struct Genome;

            impl $crate::bindings::ecosystem::Guest for Genome {
                fn answer(prompt: String) -> Result<String, $crate::Fault> {
                    let answer: fn(String) -> Result<String, $crate::Fault> = $answer;
                    answer(prompt)
                }
            }

    $crate::bindings::ecosystem::export_ecosystem!(Genome with_types_in $crate::bindings::ecosystem);
        };
    };
}

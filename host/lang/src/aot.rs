//! From bytecode to genomes, ahead of time.
//!
//! A verified program becomes one function of WebAssembly, or several if it is long: registers are locals, jumps are blocks and loops, memory
//! regions lie in the linear memory at places that are known when the program is compiled. What the interpreter checks
//! is checked, and nothing else. The function follows the plain core convention ([`flux_genome::convention`]) in its
//! scalar form: the program's inputs are its parameters, its outputs are its results.
//!
//! An error of the machine is a trap. With [`Observe::State`] nothing traps: the results are all that can be observed
//! of a machine at its end, in the numbers of [`flux_vm::machine::Observation::to_words`], so that the two engines can
//! be held against each other.
//!
//! # Example
//! ```
//! use flux_lang::aot::{Options, compile};
//! use flux_vm::{Program, Verified};
//!
//! // MOVI R1, 10; loop: IADD R0, R0, R1; DEC R1; JNZ R1, loop; HALT
//! let code = vec![0x2b, 1, 10, 0, 0x08, 0, 0, 1, 0x0f, 1, 0x06, 1, 0xf6, 0xff, 0x80];
//! let program = Verified::new(Program::raw(code))?;
//! let compiled = compile(&program, &Options::default())?;
//! let genome = compiled.genome(&flux_genome::Bounds::DEFAULT)?;
//! assert_eq!(genome.world(), flux_genome::World::Program);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use flux_genome::gene::GeneMap;
use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, Genome};
use flux_vm::Verified;
use flux_vm::machine::Setting;

mod blocks;
mod code;
mod effects;
mod emit;
mod functions;
mod graph;
mod helpers;
mod imports;
mod layout;
mod mathematics;
mod module;
mod split;
mod structure;
mod unroll;
mod unsupported;

pub use unsupported::Unsupported;

/// The most instructions that a program may have to be compiled: more of them take longer to compile than a genome may.
pub const MAX_INSTRUCTIONS: usize = 16_384;

/// The most instructions that a program may have to become one function: more of them do not fit into one, and looking
/// for loops in them takes long.
const MAX_WHOLE: usize = 2048;

/// What of a run can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Observe {
    /// The outputs; an error is a trap.
    #[default]
    Results,
    /// All of a machine's state at its end, see [`flux_vm::machine::Observation::to_words`]; no error is a trap.
    State,
}

/// Who is there beside the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// The other agents of a trial, by the interfaces `mail` and `senses`.
    Trial {
        /// The numbers of agents that have names; decimal names need not stand here.
        agents: BTreeMap<String, u32>,
    },
    /// Nobody: what [`flux_vm::host::Alone`] answers is compiled in, and nothing is imported.
    Alone,
}

impl Surroundings {
    /// Returns the number of an agent, if the name means one.
    fn agent(&self, name: &str) -> Option<u32> {
        match self {
            Self::Alone => None,
            Self::Trial { agents } => agents.get(name).copied().or_else(|| name.parse().ok()),
        }
    }
}

impl Default for Surroundings {
    fn default() -> Self {
        Self::Trial { agents: BTreeMap::new() }
    }
}

/// How small loops are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loops {
    /// Four times over, which is faster where cycles are counted; once in a program that becomes several functions.
    #[default]
    Repeated,
    /// Once.
    Once,
}

/// How a program is compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What of a run can be seen; default the outputs.
    pub observe: Observe,
    /// Whether executed instructions of FLUX are counted; their number is one more result, after the others. Default
    /// no. The state has it in any case.
    pub count_flux: bool,
    /// How small loops are written; default four times over.
    pub loops: Loops,
    /// Who is there beside the program; default a trial whose agents have numbers only.
    pub surroundings: Surroundings,
    /// What a machine would be given: sizes of memory, the name of the owner, granted capabilities.
    pub setting: Setting,
}

/// What registers hold before the first instruction, over what the inputs and the machine put there.
///
/// It is for tests of the compiler: a genome gets numbers, and nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// R registers by their numbers; default none.
    pub r: BTreeMap<u8, i64>,
    /// F registers by their numbers; default none.
    pub f: BTreeMap<u8, f64>,
}

/// A program that was compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// A core module that follows the plain core convention.
    pub module: Vec<u8>,
    /// Its genes: the constants of the program. They stand in the module too.
    pub genes: GeneMap,
}

impl Compiled {
    /// Returns the genome.
    ///
    /// # Errors
    /// [`TextError`]: the module passes one of `bounds`.
    pub fn genome(&self, bounds: &Bounds) -> Result<Genome, TextError> {
        text::from_binary(self.module.clone(), bounds)
    }
}

/// Why a program cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// Some instructions have no counterpart.
    #[error("{} instructions cannot be compiled; the first one: {}", .0.len(), first(.0))]
    Unsupported(Vec<Unsupported>),
    /// The program is too long.
    #[error("a compiled program may have {limit} instructions, this one has {actual}")]
    TooLong {
        /// The most instructions.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// The program's memory is too large.
    #[error("a compiled program may have {limit} bytes of memory, this one needs {actual}")]
    TooMuchMemory {
        /// The most bytes.
        limit: u64,
        /// How many there would be.
        actual: u64,
    },
    /// The compiler found no structure for the program's jumps; it is a mistake of the compiler.
    #[error("the jumps of the program cannot be made blocks and loops")]
    Tangled,
    /// The functions for exponentials and sines are not what the compiler expects; it is a mistake of whoever built
    /// the compiler.
    #[error("the functions for exponentials and sines cannot be read")]
    Mathematics,
}

fn first(findings: &[Unsupported]) -> String {
    findings.first().map(ToString::to_string).unwrap_or_default()
}

/// Compiles a program.
///
/// # Determinism
/// A function of the program and the options alone.
///
/// # Errors
/// * [`CompileError::Unsupported`]: an instruction has no counterpart in a genome's world; all such places are named.
/// * [`CompileError::TooLong`]: more than [`MAX_INSTRUCTIONS`] can be come to.
/// * [`CompileError::TooMuchMemory`]: regions take more than 1 GiB; or they and boxes take more than 15 MiB in a program
///   that gets messages, which are put behind them.
/// * [`CompileError::Tangled`]: no program is known that leads to it.
/// * [`CompileError::Mathematics`]: the compiler was built with other functions than it was written for.
pub fn compile(verified: &Verified, options: &Options) -> Result<Compiled, CompileError> {
    compile_from(verified, options, &Start::default())
}

/// Compiles a program whose registers hold something when it begins.
///
/// # Determinism
/// A function of the program, the options and the start alone.
///
/// # Errors
/// As [`compile`].
pub fn compile_from(verified: &Verified, options: &Options, start: &Start) -> Result<Compiled, CompileError> {
    compile_in(verified, options, start, None)
}

/// As [`compile_from`]; `size` cuts the program into functions that it need not become.
fn compile_in(
    verified: &Verified,
    options: &Options,
    start: &Start,
    size: Option<split::Size>,
) -> Result<Compiled, CompileError> {
    let actual = verified.starts().len();
    if actual > MAX_INSTRUCTIONS {
        return Err(CompileError::TooLong { limit: MAX_INSTRUCTIONS, actual });
    }
    let size = size.or((actual > MAX_WHOLE).then_some(split::Size::DEFAULT));
    let mut blocks = match size {
        Some(_) => blocks::Blocks::found(verified, usize::MAX),
        None => blocks::Blocks::of(verified),
    };
    let unsupported = unsupported::find(&blocks.instructions, &options.surroundings);
    if !unsupported.is_empty() {
        return Err(CompileError::Unsupported(unsupported));
    }
    if options.loops == Loops::Repeated && size.is_none() {
        unroll::unroll(&mut blocks);
    }
    module::build(verified, &blocks, options, start, size)
}

#[cfg(test)]
mod tests;

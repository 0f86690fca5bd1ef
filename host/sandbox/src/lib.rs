//! Runs genomes under limits of fuel, memory, capabilities and time.
//!
//! A [`Sandbox`] holds the process's engines. [`Sandbox::load`] holds a genome against what it is granted;
//! [`Sandbox::run`] runs it on one input in an instance that is as new, and [`Sandbox::run_together`] runs several agents
//! that exchange mail. Genomes are interpreted at first and compiled when they run for longer; nothing but time tells
//! the two apart. Every way a run can end is a value
//! ([`Ending`]): nothing that a genome does panics or aborts the host, and nothing is remembered from run to run.
//!
//! Suggested reading order: [`ending`], [`limits`], [`setting`], [`advisor`], [`sandbox`].
//!
//! # Determinism
//! Result, cycles and ending of a run are a function of (genome, input, setting) and of what its [`Advisor`] answered, but
//! for [`Ending::OverDeadline`], the second stop behind the fuel.
//!
//! # Example
//! ```
//! use flux_genome::{Bounds, CapabilitySet, text};
//! use flux_sandbox::{Ending, Input, Sandbox, Setting};
//!
//! let genome = text::compile(
//!     r#"(module (func (export "run") (param i64) (result i64) (i64.mul (local.get 0) (local.get 0))))"#,
//!     &Bounds::DEFAULT,
//! )?;
//! let sandbox = Sandbox::new()?;
//! let loaded = sandbox.load(&genome, CapabilitySet::EMPTY)?;
//! let outcome = sandbox.run(&loaded, &Input::Numbers(vec![12]), &Setting::default());
//! assert_eq!(outcome.ending, Ending::Numbers(vec![144]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod advisor;
pub mod ending;
pub mod limits;
pub mod sandbox;
pub mod setting;

mod cell;
mod compiled;
mod deadline;
mod engine;
mod grants;
mod interpreter;

/// The release line of the engine that genomes run on.
pub const WASMTIME_VERSION: &str = "48";

/// What this host offers by itself; for the other capabilities a run has to bring an [`Advisor`].
#[must_use]
pub fn offered() -> flux_genome::CapabilitySet {
    grants::offered()
}

pub use advisor::{Advice, Advisor, Generation, Judgement, Verdict};
pub use ending::{Ending, Fault, FaultCode, FunctionPlace, Outcome, Refusal, Trap, TrapKind};
pub use limits::Limits;
pub use sandbox::{Agent, Loaded, Loading, Sandbox, SandboxError, Tier, Traps};
pub use setting::{Act, Input, Level, LogLine, Setting};

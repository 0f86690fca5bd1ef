//! What a genome is, read and written without running it.
//!
//! A *genome* is one WebAssembly component of one of the worlds in `wit/genome.wit`; its identity is the BLAKE3
//! hash of its bytes. This crate parses components into their anatomy, compiles text into components, holds
//! the table that prices every instruction, and rewrites core modules so that they stay well-typed.
//!
//! Suggested reading order: [`genome`], [`world`], [`capability`], [`anatomy`], [`text`], [`convention`],
//! [`adopt`], [`cost`], [`meter`], [`codec`], [`limits`]; then, for rewriting, [`view`], [`window`], [`gene`], [`mutate`],
//! [`breed`], and for whole genomes [`splice`], [`offspring`], [`verify`], [`diff`].
//!
//! **Portable.** No file system, clock, environment, threads or ambient randomness: everything here also compiles
//! for wasm32 and gives the same bytes everywhere.
//!
//! # Example
//! ```
//! use flux_genome::{limits::Bounds, text, world::World};
//!
//! let genome = text::compile(
//!     r#"(module (func (export "run") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))"#,
//!     &Bounds::DEFAULT,
//! )?;
//! assert_eq!(genome.world(), World::Program);
//! assert!(genome.capabilities().is_empty());
//! # Ok::<(), flux_genome::text::TextError>(())
//! ```

pub mod adopt;
pub mod anatomy;
pub mod breed;
pub mod capability;
pub mod codec;
pub mod convention;
pub mod cost;
pub mod diff;
pub mod features;
pub mod gene;
pub mod genome;
pub mod limits;
pub mod meter;
pub mod mutate;
pub mod offspring;
pub mod rng;
pub mod splice;
pub mod text;
pub mod verify;
pub mod view;
pub mod window;
pub mod work;
pub mod world;

pub use anatomy::Anatomy;
pub use capability::{Capability, CapabilitySet};
pub use genome::{AdmitError, Genome, GenomeId};
pub use limits::Bounds;
pub use world::World;

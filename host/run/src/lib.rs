//! Joins the sandbox with arenas and scores into tournaments. It reads files and runs genomes; it never prints.
//!
//! An [`arena::Arena`] says what genomes are run on; a [`referee::Referee`] runs them on its cases and judges;
//! [`tournament::hold`] has many of them meet and ranks them; [`record`] is what comes of it in JSON.
//! Where an arena offers models, [`counsel::Models`] answers genomes that ask.
//! [`evolution::Evolution`] has founders improve, generation by generation.
//!
//! Suggested reading order: [`arena`], [`entrant`], [`counsel`], [`referee`], [`tournament`], [`record`], [`diagnostics`],
//! [`limits`].
//!
//! # Example
//! ```no_run
//! use flux_genome::Bounds;
//! use flux_run::arena::Arena;
//! use flux_run::entrant::Entrant;
//! use flux_run::tournament::{self, Options};
//! use flux_sandbox::Sandbox;
//!
//! let arena = Arena::load("genomes/gcd".as_ref())?;
//! let entrants = Entrant::read_rivals(&arena, &Bounds::DEFAULT)?;
//! let held = tournament::hold(&Sandbox::new()?, &arena, &entrants, &Options::default(), &|_| {})?;
//! for standing in &held.standings {
//!     assert!(standing.score.fitness >= 0.0);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod arena;
pub mod counsel;
pub mod diagnostics;
pub mod entrant;
pub mod evolution;
pub mod limits;
pub mod record;
pub mod referee;
pub mod tournament;

mod nearest;
mod verdict;

#[cfg(test)]
mod testing;

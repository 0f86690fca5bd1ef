//! Arenas: what genomes are run on.
//!
//! An arena is a folder with a file `arena.toml` and the genomes it names. [`Arena::load`] reads the file, holds it
//! against the rules and tells all mistakes at once; what it returns is ready to be run.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use flux_broker::questions::Question;
use flux_evolve::standing::Gate;
use flux_evolve::trial::{Side, Weight};
use flux_genome::{CapabilitySet, World};

use crate::diagnostics::{ArenaMistake, Source};
use crate::limits::MAX_ARENA_BYTES;

mod case;
pub(crate) mod draw;
mod folder;
mod generate;
mod manifest;
mod offer;
mod split;
mod table;

pub use folder::GenomeFile;
pub use generate::{Draft, Generate, Numbers};
pub use offer::{ApiKeys, Offer};

/// The name of the file that makes a folder an arena.
pub const ARENA_FILE: &str = "arena.toml";

/// A task with its cases, its budget and its way of scoring.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Arena {
    /// Its name.
    pub name: String,
    /// What it is about, in a few words; the name where the file says nothing.
    pub title: String,
    /// The folder it was loaded from.
    pub folder: PathBuf,
    /// The world that its genomes are of.
    pub world: World,
    /// The genomes that meet when none are named, in the order of the file.
    pub rivals: Vec<GenomeFile>,
    /// What every agent of a trial is granted. Default none.
    pub capabilities: CapabilitySet,
    /// The models that genomes may ask; none where the arena names none.
    pub models: Option<Offer>,
    /// What one agent may spend in one trial.
    pub budget: Budget,
    /// The confidence below which speed does not count. Default 1.
    pub gate: Gate,
    /// The share of all cases kept from selection, 0 to 1. Default 0.25.
    pub held_out: f64,
    /// The seed of the generated cases and of the held-out split. Default 1.
    pub seed: u64,
    /// Who plays in a trial: `[Player::Variant]` unless the file says otherwise. At least one is the variant.
    pub players: Vec<Player>,
    /// The cases written out, their sides decided.
    pub cases: Vec<Case>,
    /// The cases drawn anew for every round.
    pub generate: Option<Generate>,
}

/// What one agent may spend in one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Cycles, at least 1.
    pub cycles: u64,
    /// Memory in KiB, at least 1. Default 1024.
    pub memory_kib: u64,
}

/// Who sits in a seat of an arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Player {
    /// The genome being scored.
    Variant,
    /// A genome of the arena's folder.
    Partner(GenomeFile),
}

/// One case: what is put in, and what should come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name, unique within the arena: `case-N` by position from 1 where the file gives none, `random-N` for
    /// generated ones.
    pub name: String,
    /// How much it counts.
    pub weight: Weight,
    /// Whether selection may see it.
    pub side: Side,
    /// Readings by channel.
    pub senses: BTreeMap<u32, Vec<i64>>,
    /// Input and expectation.
    pub task: Task,
}

/// Input and expectation of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// World `program`.
    Numbers {
        /// `seats[i]` belongs to `players[i]` of the arena.
        seats: Vec<Seat>,
        /// The largest allowed absolute difference of each output number. Default 0.
        tolerance: u64,
        /// The acts to be done by every agent, in order, as (channel, value); none means that acts are not looked at.
        acts: Option<Vec<(u32, i64)>>,
    },
    /// World `ecosystem`.
    Text {
        /// The question.
        prompt: String,
        /// The right answer, to the letter.
        answer: String,
    },
    /// World `ecosystem`: a question whose answers are held against it as it says itself.
    Question(Question),
}

/// What one agent of a case is given and should return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The numbers put in.
    pub input: Vec<i64>,
    /// The right numbers; none means that the output is not looked at.
    pub expected: Option<Vec<i64>>,
}

impl Arena {
    /// Loads an arena from its folder or its file.
    ///
    /// # Errors
    /// * [`ArenaError::Missing`]: there is no arena at `path`.
    /// * [`ArenaError::Read`]: the file cannot be read as UTF-8 text.
    /// * [`ArenaError::TooLarge`]: the file is larger than
    ///   [`MAX_ARENA_BYTES`].
    /// * [`ArenaError::Invalid`]: the file has mistakes; all that were found are there.
    pub fn load(path: &Path) -> Result<Self, ArenaError> {
        let file = if path.is_dir() { path.join(ARENA_FILE) } else { path.to_owned() };
        let text = read_text(&file)?;
        let folder = match file.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => Path::new("."),
        };
        Self::parse(&file.display().to_string(), &text, folder)
    }

    /// Reads an arena from `text`. `file` is the name that diagnostics show; genomes are looked for in `folder`.
    ///
    /// # Errors
    /// * [`ArenaError::Invalid`]: the text has mistakes; all that were found are there.
    pub fn parse(file: &str, text: &str, folder: &Path) -> Result<Self, ArenaError> {
        let source = Source::new(file, text);
        manifest::read(&source, folder)
            .map_err(|mistakes| ArenaError::Invalid { file: source.name().to_owned(), mistakes })
    }

    /// How many of the players are the genome being scored; at least 1.
    #[must_use]
    pub fn n_variants(&self) -> usize {
        self.players.iter().filter(|player| **player == Player::Variant).count()
    }

    /// How many cases a round has.
    #[must_use]
    pub fn n_cases(&self) -> usize {
        self.cases.len() + self.generate.as_ref().map_or(0, Generate::count)
    }
}

fn read_text(file: &Path) -> Result<String, ArenaError> {
    let failed = |source: io::Error| {
        let path = file.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => ArenaError::Missing { path },
            _ => ArenaError::Read { path, source },
        }
    };
    let too_large = || ArenaError::TooLarge { path: file.to_owned(), limit: MAX_ARENA_BYTES };
    folder::read_bounded(file).map_err(failed)?.ok_or_else(too_large)
}

/// An arena cannot be loaded.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum ArenaError {
    /// There is nothing at the path.
    #[error("expected an arena at `{}`, found no such file", path.display())]
    #[diagnostic(
        code("arena::missing"),
        help("an arena is a folder with a file `{ARENA_FILE}`, or such a file")
    )]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("failed to read arena `{}`", path.display())]
    #[diagnostic(code("arena::read"))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large.
    #[error("arena `{}` is larger than {limit} bytes, which is the limit", path.display())]
    #[diagnostic(code("arena::too-large"), help("let an oracle give the expected values, with `[generate]`"))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file has mistakes.
    #[error("arena `{file}` has {}", count(mistakes.len(), "mistake"))]
    #[diagnostic(code("arena::invalid"))]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong with it, in the order of the file; at least one.
        #[related]
        mistakes: Vec<ArenaMistake>,
    },
}

pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests;

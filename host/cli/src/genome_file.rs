//! Reading genomes that people name on the command line: binary or text, a file or standard input.

use std::fs;
use std::path::Path;

use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, Genome};
use flux_run::arena::Arena;
use flux_run::entrant::{Entrant, EntrantError};
use flux_run::referee::RefereeError;
use miette::Report;

use crate::bytecode::{self, file};
use crate::ecosystem::genome as ecosystem_genome;
use crate::io::Io;
use crate::mistakes;

/// What a file turned out to be.
pub(crate) enum Reading {
    /// A genome.
    Genome(Genome),
    /// Not one, and why.
    NotOne(TextError),
    /// FLUX assembly or bytecode, or a description of an ecosystem, that no genome can be made of, and why.
    NotCompiled(Report),
}

/// Reads a file and makes a genome of it, leaving what is not one to the caller.
pub(crate) fn read(io: &mut Io, path: &Path, bounds: &Bounds) -> miette::Result<Reading> {
    let bytes = read_bytes(io, path)?;
    if file::is_bytecode(path, &bytes) {
        let genome = bytecode::genome::of_bytes(io, path, bytes, bounds);
        return Ok(genome.map_or_else(Reading::NotCompiled, Reading::Genome));
    }
    if ecosystem_genome::is_named_so(path) {
        let genome = ecosystem_genome::of_bytes(io, path, bytes, bounds);
        return Ok(genome.map_or_else(Reading::NotCompiled, Reading::Genome));
    }
    Ok(of_bytes(path, bytes, bounds).map_or_else(Reading::NotOne, Reading::Genome))
}

/// Makes a genome of the WebAssembly, text or binary, that a file holds.
///
/// # Errors
/// Why it is none.
pub(crate) fn of_bytes(path: &Path, bytes: Vec<u8>, bounds: &Bounds) -> Result<Genome, TextError> {
    text::from_file(&path.display().to_string(), bytes, bounds)
}

/// Reads a file or standard input.
pub(crate) fn read_bytes(io: &mut Io, path: &Path) -> miette::Result<Vec<u8>> {
    if path == Path::new("-") {
        io.read_stdin().map_err(|error| mistakes::unreadable(Path::new("standard input"), &error))
    } else {
        fs::read(path).map_err(|error| mistakes::unreadable(path, &error))
    }
}

/// Reads a file that must be a genome; FLUX assembly, bytecode and descriptions of ecosystems are compiled to one.
pub(crate) fn expect(io: &mut Io, path: &Path, bounds: &Bounds) -> miette::Result<Genome> {
    match read(io, path, bounds)? {
        Reading::Genome(genome) => Ok(genome),
        Reading::NotOne(error) => Err(not_a_genome(path, &error)),
        Reading::NotCompiled(report) => Err(report),
    }
}

/// Reads a genome that takes part in something, under its file's name.
pub(crate) fn entrant(io: &mut Io, path: &Path, bounds: &Bounds) -> miette::Result<Entrant> {
    Entrant::read(path, bounds).map_err(|error| at_length(io, error, bounds))
}

/// Reads the rivals that an arena names, in its order.
pub(crate) fn rivals(io: &mut Io, arena: &Arena, bounds: &Bounds) -> miette::Result<Vec<Entrant>> {
    Entrant::read_rivals(arena, bounds).map_err(|error| at_length(io, error, bounds))
}

/// The report of why an arena's own genomes do not work.
pub(crate) fn of_the_arena(io: &mut Io, error: RefereeError) -> Report {
    match error {
        RefereeError::Genome(error) => at_length(io, error, &Bounds::DEFAULT),
        error => error.into(),
    }
}

/// The report of a genome that cannot take part: of what does not compile, the compiler's own.
fn at_length(io: &mut Io, error: EntrantError, bounds: &Bounds) -> Report {
    match error.not_compiled().map(|path| read(io, path, bounds)) {
        Some(Ok(Reading::NotCompiled(report))) => report,
        _ => error.into(),
    }
}

/// The report of a file that is not a genome.
pub(crate) fn not_a_genome(path: &Path, error: &TextError) -> Report {
    mistakes::failed(format!("make a genome of `{}`", path.display()), error, error.hint())
}

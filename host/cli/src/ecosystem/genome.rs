//! Genomes made of descriptions of ecosystems.

use std::path::Path;

use flux_genome::{Bounds, Genome};
use flux_lang::assembly::Severity;
use flux_lang::ecosystem::{self, Limits, Parsed, Whole};
use miette::Report;

use crate::bytecode::file;
use crate::diagnostics;
use crate::io::Io;
use crate::mistakes;

/// Whether a name is that of a description.
pub(crate) fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "flux")
}

/// Reads a description and all that it uses.
///
/// # Errors
/// A report of a file that is no text.
pub(crate) fn parse(path: &Path, bytes: Vec<u8>) -> Result<Parsed, Report> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let action = format!("read the text of `{}`", path.display());
        mistakes::failed(action, &error, Some("`.flux` files are UTF-8"))
    })?;
    Ok(ecosystem::parse(&path.display().to_string(), &text, &file::include, &Limits::DEFAULT))
}

/// Compiles a description that was read.
///
/// # Errors
/// A report of its mistakes, of what cannot be compiled, or of a genome that passes a bound.
pub(crate) fn compile(path: &Path, parsed: &Parsed, bounds: &Bounds) -> Result<Genome, Report> {
    let whole = Whole::of(parsed);
    let whole =
        whole.ok_or_else(|| diagnostics::mistakes("compile", &parsed.sources, &parsed.diagnostics))?;
    let doing = || format!("compile `{}`", path.display());
    let compiled =
        ecosystem::compile(&whole).map_err(|error| mistakes::failed_for(doing(), &error, error.hint()))?;
    compiled.genome(bounds).map_err(|error| {
        mistakes::failed(format!("make a genome of `{}`", path.display()), &error, error.hint())
    })
}

/// Makes a genome of a description, and prints what it warns of.
///
/// # Errors
/// A report of why there is none.
pub(crate) fn of_bytes(io: &mut Io, path: &Path, bytes: Vec<u8>, bounds: &Bounds) -> Result<Genome, Report> {
    let parsed = parse(path, bytes)?;
    let genome = compile(path, &parsed, bounds)?;
    warn(io, &parsed);
    Ok(genome)
}

/// Prints the warnings of a description that makes sense.
pub(crate) fn warn(io: &mut Io, parsed: &Parsed) {
    if parsed.diagnostics.iter().all(|it| it.severity() != Severity::Error) {
        diagnostics::each(io, &parsed.sources, &parsed.diagnostics);
    }
}

//! Genomes made of programs.

use std::path::Path;

use flux_genome::{Bounds, Genome};
use flux_lang::aot::{self, Options};
use flux_vm::Verified;
use miette::Report;

use super::file::{self, Loaded};
use crate::diagnostics;
use crate::io::Io;
use crate::mistakes;

/// Compiles a program.
///
/// # Errors
/// A report of what cannot be compiled, or of a genome that passes a bound.
pub(crate) fn compile(
    loaded: &Loaded,
    verified: &Verified,
    options: &Options,
    bounds: &Bounds,
) -> Result<Genome, Report> {
    let compiled =
        aot::compile(verified, options).map_err(|error| diagnostics::not_compiled(loaded, &error))?;
    compiled.genome(bounds).map_err(|error| {
        mistakes::failed(format!("make a genome of `{}`", loaded.name), &error, error.hint())
    })
}

/// Makes a genome of what `path` holds, compiled as `flux compile` does without options.
///
/// # Errors
/// A report of why there is none.
pub(crate) fn of_bytes(io: &mut Io, path: &Path, bytes: Vec<u8>, bounds: &Bounds) -> Result<Genome, Report> {
    let loaded = file::of_bytes(path, bytes)?;
    loaded.warn(io);
    let verified = loaded.verify()?;
    diagnostics::doubtful(io, &loaded, verified.warnings());
    compile(&loaded, &verified, &Options::default(), bounds)
}

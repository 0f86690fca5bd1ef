//! Genomes made of programs in FLUX bytecode: of assembly, of containers and of bare code.

use std::io;
use std::path::Path;

use flux_lang::aot::{self, Compiled, Options};
use flux_lang::assembly::{self, Limits, Severity};
use flux_vm::container::MAGIC;
use flux_vm::{Program, Verified};

use super::{EntrantError, beside};

/// The extension of assembly.
const ASSEMBLY: &str = "flx";
/// The extension of bytecode.
const BYTECODE: &str = "bin";

/// Says whether a file is FLUX assembly or bytecode rather than WebAssembly: by its first bytes, then by its name.
#[must_use]
pub fn is_bytecode(path: &Path, bytes: &[u8]) -> bool {
    let is_named_so = has_extension(path, ASSEMBLY) || has_extension(path, BYTECODE);
    bytes.starts_with(&MAGIC) || is_named_so && !bytes.starts_with(b"\0asm")
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Compiles a program, as `flux compile` does without options.
pub(super) fn compile(path: &Path, bytes: Vec<u8>) -> Result<Compiled, EntrantError> {
    let program = read(path, bytes)?;
    let verified = Verified::new(program)
        .map_err(|source| EntrantError::Refused { path: path.to_owned(), source: Box::new(source) })?;
    aot::compile(&verified, &Options::default())
        .map_err(|source| EntrantError::NotCompiled { path: path.to_owned(), source: Box::new(source) })
}

fn read(path: &Path, bytes: Vec<u8>) -> Result<Program, EntrantError> {
    let name = path.display().to_string();
    if bytes.starts_with(&MAGIC) || !has_extension(path, ASSEMBLY) {
        return Program::from_bytes(&bytes)
            .map_err(|source| EntrantError::Bytecode { path: path.to_owned(), source: Box::new(source) });
    }
    let text = String::from_utf8(bytes).map_err(|error| EntrantError::Read {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })?;
    let assembly = assembly::assemble(&name, &text, &beside, &Limits::DEFAULT);
    let is_mistake = |it: &&assembly::Diagnostic| it.severity() == Severity::Error;
    let n_mistakes = assembly.diagnostics.iter().filter(is_mistake).count();
    assembly.program.ok_or_else(|| EntrantError::Assembly { path: path.to_owned(), n_mistakes })
}

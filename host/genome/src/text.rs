//! Text in, genome out, and back.

use std::path::Path;

use crate::convention::{self, ConventionError};
use crate::genome::{AdmitError, Genome};
use crate::limits::Bounds;

/// Compiles WebAssembly text: a component as it is, a core module by the [plain core convention](convention).
///
/// # Errors
/// * [`TextError::Syntax`]: the text does not parse; the message quotes the place.
/// * [`TextError::Convention`]: a core module that does not follow the convention.
/// * [`TextError::Admit`]: the component is not a genome.
pub fn compile(text: &str, bounds: &Bounds) -> Result<Genome, TextError> {
    from_binary(parse(None, text)?, bounds)
}

/// Parses WebAssembly text; messages name the `file` that it came from.
fn parse(file: Option<&str>, text: &str) -> Result<Vec<u8>, TextError> {
    wat::Parser::new()
        .parse_str(file.map(Path::new), text)
        .map_err(|error| TextError::Syntax { report: error.to_string() })
}

/// Makes a genome of binary WebAssembly: a component as it is, a core module by the
/// [plain core convention](convention) or by the component types that its toolchain embedded.
///
/// # Errors
/// As [`compile`], without [`TextError::Syntax`].
pub fn from_binary(bytes: Vec<u8>, bounds: &Bounds) -> Result<Genome, TextError> {
    let bytes = if wasmparser::Parser::is_core_wasm(&bytes) { convention::wrap(&bytes)? } else { bytes };
    Ok(Genome::admit(bytes, bounds)?)
}

/// Makes a genome of what a file holds, text or binary; messages about its syntax name `file`.
///
/// # Errors
/// As [`compile`]; [`AdmitError::NotWasm`] for bytes that are neither binary WebAssembly nor UTF-8.
pub fn from_file(file: &str, bytes: Vec<u8>, bounds: &Bounds) -> Result<Genome, TextError> {
    from_binary(to_binary(file, bytes)?, bounds)
}

/// The binary form of what a file holds, text or binary already; messages about its syntax name `file`.
///
/// # Errors
/// * [`TextError::Syntax`]: the text does not parse; the message quotes the place.
/// * [`TextError::Admit`]: [`AdmitError::NotWasm`] for bytes that are neither binary WebAssembly nor UTF-8.
pub fn to_binary(file: &str, bytes: Vec<u8>) -> Result<Vec<u8>, TextError> {
    if bytes.starts_with(b"\0asm") {
        return Ok(bytes);
    }
    let text = String::from_utf8(bytes).map_err(|_| AdmitError::NotWasm)?;
    parse(Some(file), &text)
}

/// Prints a genome as WebAssembly text.
///
/// # Errors
/// * [`PrintError`]: the printer refuses the component.
pub fn print(genome: &Genome) -> Result<String, PrintError> {
    wasmprinter::print_bytes(genome.bytes()).map_err(|error| PrintError::new(&error))
}

/// Text cannot be made a genome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The text does not parse.
    #[error("{report}")]
    Syntax {
        /// What is wrong, with the line that it is wrong in.
        report: String,
    },
    /// A core module does not follow the plain core convention.
    #[error(transparent)]
    Convention(#[from] ConventionError),
    /// The component is not a genome.
    #[error(transparent)]
    Admit(#[from] AdmitError),
}

impl TextError {
    /// A short stable name, used in JSON and in the hostile suite.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "syntax",
            Self::Convention(error) => error.code(),
            Self::Admit(error) => error.code(),
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Syntax { .. } => None,
            Self::Convention(error) => error.hint(),
            Self::Admit(error) => error.hint(),
        }
    }
}

/// A component cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the component cannot be printed: {reason}")]
pub struct PrintError {
    /// The printer's reason.
    pub reason: String,
}

impl PrintError {
    /// What the printer said, with its causes.
    pub(crate) fn new(error: &impl std::fmt::Display) -> Self {
        Self { reason: format!("{error:#}") }
    }
}

#[cfg(test)]
mod tests;

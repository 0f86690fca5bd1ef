//! Genomes read from files, with the names they compete under.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, Genome};

use crate::arena::Arena;
use crate::limits::MAX_GENOME_FILE_BYTES;

/// A genome that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrant {
    /// The name it competes under. Names are for people and need not differ; the genome's identity does that.
    pub name: String,
    /// The genome.
    pub genome: Genome,
}

impl Entrant {
    /// Reads a genome from a file of text or binary WebAssembly; its name is the file's without the extension.
    ///
    /// # Errors
    /// * [`EntrantError::Read`]: the file cannot be read.
    /// * [`EntrantError::TooLarge`]: the file is larger than [`MAX_GENOME_FILE_BYTES`].
    /// * [`EntrantError::Compile`]: what it holds is not a genome.
    pub fn read(path: &Path, bounds: &Bounds) -> Result<Self, EntrantError> {
        let bytes = read_bounded(path)?;
        let compiled = text::from_file(&path.display().to_string(), bytes, bounds);
        let genome = compiled.map_err(|source| EntrantError::Compile {
            path: path.to_owned(),
            hint: source.hint(),
            source: Box::new(source),
        })?;
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, genome })
    }

    /// Reads the rivals that an arena names, in its order.
    ///
    /// # Errors
    /// As [`Entrant::read`], for the first of them that fails.
    pub fn read_rivals(arena: &Arena, bounds: &Bounds) -> Result<Vec<Self>, EntrantError> {
        arena.rivals.iter().map(|rival| Self::read(&rival.path, bounds)).collect()
    }
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, EntrantError> {
    let failed = |source| EntrantError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(MAX_GENOME_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_GENOME_FILE_BYTES {
        return Err(EntrantError::TooLarge { path: path.to_owned(), limit: MAX_GENOME_FILE_BYTES });
    }
    Ok(bytes)
}

/// A genome cannot be read from a file.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum EntrantError {
    /// The file cannot be read.
    #[error("failed to read genome `{}`", path.display())]
    #[diagnostic(code("genome::read"))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large.
    #[error("genome `{}` is larger than {limit} bytes, which is the limit", path.display())]
    #[diagnostic(code("genome::too-large"))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// What the file holds is not a genome.
    #[error("failed to make a genome of `{}`", path.display())]
    #[diagnostic(code("genome::compile"))]
    Compile {
        /// The file.
        path: PathBuf,
        /// What to do about it.
        #[help]
        hint: Option<&'static str>,
        /// Why. Boxed, as it is large.
        source: Box<TextError>,
    },
}

//! Genomes read from files, with the names they compete under; programs in FLUX bytecode and descriptions of ecosystems
//! are compiled.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, Genome};
use flux_lang::aot;
use flux_lang::ecosystem::{self, CompileError, Limits, Whole};
use flux_lang::includes::Included;
use flux_vm::container::ContainerError;
use flux_vm::verify::VerifyError;

use crate::arena::{Arena, count};
use crate::limits::MAX_GENOME_FILE_BYTES;

mod bytecode;

pub use bytecode::is_bytecode;

/// The extension of descriptions of ecosystems.
const DESCRIPTION: &str = "flux";

/// A genome that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrant {
    /// The name it competes under. Names are for people and need not differ; the genome's identity does that.
    pub name: String,
    /// The genome.
    pub genome: Genome,
}

impl Entrant {
    /// Reads a genome from a file of text or binary WebAssembly, or compiles it: from a program in FLUX bytecode (see
    /// [`is_bytecode`]), whose other agents have numbers only, or from a description of an ecosystem, in a file that ends
    /// with `.flux`. Its name is the file's without the extension.
    ///
    /// # Errors
    /// * [`EntrantError::Read`]: the file cannot be read.
    /// * [`EntrantError::TooLarge`]: the file is larger than [`MAX_GENOME_FILE_BYTES`].
    /// * [`EntrantError::Compile`]: what it holds is not a genome.
    /// * [`EntrantError::Assembly`], [`EntrantError::Bytecode`]: the program cannot be read.
    /// * [`EntrantError::Refused`]: the program does not pass verification.
    /// * [`EntrantError::NotCompiled`]: the program cannot be compiled.
    /// * [`EntrantError::Description`]: the description of an ecosystem has mistakes.
    /// * [`EntrantError::Ecosystem`]: the ecosystem cannot be compiled.
    pub fn read(path: &Path, bounds: &Bounds) -> Result<Self, EntrantError> {
        let bytes = read_bounded(path)?;
        let compiled = if path.extension().is_some_and(|extension| extension == DESCRIPTION) {
            describe(path, bytes)?.genome(bounds)
        } else if is_bytecode(path, &bytes) {
            bytecode::compile(path, bytes)?.genome(bounds)
        } else {
            text::from_file(&path.display().to_string(), bytes, bounds)
        };
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

/// Compiles a description of an ecosystem.
fn describe(path: &Path, bytes: Vec<u8>) -> Result<ecosystem::Compiled, EntrantError> {
    let text = String::from_utf8(bytes).map_err(|error| EntrantError::Read {
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })?;
    let parsed = ecosystem::parse(&path.display().to_string(), &text, &beside, &Limits::DEFAULT);
    let mistakes =
        || EntrantError::Description { path: path.to_owned(), n_mistakes: parsed.diagnostics.len() };
    let whole = Whole::of(&parsed).ok_or_else(mistakes)?;
    ecosystem::compile(&whole).map_err(|source| EntrantError::Ecosystem {
        path: path.to_owned(),
        hint: source.hint(),
        source: Box::new(source),
    })
}

/// Finds a file that a description or an assembly uses beside the one that names it.
fn beside(name: &str, from: &str) -> Result<Included, String> {
    let path = Path::new(from).with_file_name(name);
    let text = read_bounded(&path).map_err(|error| match error {
        EntrantError::Read { source, .. } => source.kind().to_string(),
        error => error.to_string(),
    })?;
    let text = String::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(Included { name: path.display().to_string(), text })
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

impl EntrantError {
    /// Returns the file that could not be compiled, if that is what happened: its compiler has more to say.
    #[must_use]
    pub fn not_compiled(&self) -> Option<&Path> {
        match self {
            Self::Assembly { path, .. }
            | Self::Bytecode { path, .. }
            | Self::Refused { path, .. }
            | Self::NotCompiled { path, .. }
            | Self::Description { path, .. }
            | Self::Ecosystem { path, .. } => Some(path),
            Self::Read { .. } | Self::TooLarge { .. } | Self::Compile { .. } => None,
        }
    }
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
    /// The description of an ecosystem has mistakes.
    #[error("`{}` describes no ecosystem: it has {}", path.display(), count(*n_mistakes, "mistake"))]
    #[diagnostic(code("genome::description"), help("`flux check {}` shows them", path.display()))]
    Description {
        /// The file.
        path: PathBuf,
        /// How many mistakes it has, with those of files that it uses.
        n_mistakes: usize,
    },
    /// The ecosystem cannot be compiled.
    #[error("failed to compile `{}`", path.display())]
    #[diagnostic(code("genome::ecosystem"))]
    Ecosystem {
        /// The file.
        path: PathBuf,
        /// What to do about it.
        #[help]
        hint: Option<&'static str>,
        /// Why. Boxed, as it is large.
        source: Box<CompileError>,
    },
    /// The assembly has mistakes.
    #[error("`{}` does not assemble: it has {}", path.display(), count(*n_mistakes, "mistake"))]
    #[diagnostic(code("genome::assembly"), help("`flux compile {}` shows them", path.display()))]
    Assembly {
        /// The file.
        path: PathBuf,
        /// How many mistakes it has, with those of files that it includes.
        n_mistakes: usize,
    },
    /// The file is no container of bytecode, and too long for bare code.
    #[error("failed to read the bytecode of `{}`", path.display())]
    #[diagnostic(code("genome::bytecode"))]
    Bytecode {
        /// The file.
        path: PathBuf,
        /// Why. Boxed, as it is large.
        source: Box<ContainerError>,
    },
    /// The program does not pass verification.
    #[error("failed to verify `{}`", path.display())]
    #[diagnostic(code("genome::refused"), help("`flux compile {}` shows every finding", path.display()))]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<VerifyError>,
    },
    /// The program cannot be compiled.
    #[error("failed to compile `{}`", path.display())]
    #[diagnostic(code("genome::not-compiled"), help("`flux compile {}` shows every place", path.display()))]
    NotCompiled {
        /// The file.
        path: PathBuf,
        /// Why. Boxed, as it is large.
        source: Box<aot::CompileError>,
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

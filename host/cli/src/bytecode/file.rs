//! Reading programs that people name on the command line: assembly, containers and raw code, files or standard input.

use std::fs;
use std::path::{Path, PathBuf};

use flux_lang::assembly::{self, Assembly, Included, Limits};
use flux_run::entrant;
use flux_vm::container::MAGIC;
use flux_vm::{Program, Verified};
use miette::Report;

use crate::diagnostics;
use crate::io::Io;
use crate::{genome_file, mistakes};

/// A program, and where it came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The file as it was named.
    pub(crate) name: String,
    /// The program; not verified.
    pub(crate) program: Program,
    /// The assembly that it came from, if it was text.
    pub(crate) assembly: Option<Box<Assembly>>,
}

/// Why there is no program.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The file cannot be read.
    Unreadable(Report),
    /// The text has mistakes.
    Assembly(Box<Assembly>),
    /// The bytes are no program.
    Container(Report),
}

impl From<Failure> for Report {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unreadable(report) | Failure::Container(report) => report,
            Failure::Assembly(assembly) => diagnostics::assembly(&assembly),
        }
    }
}

/// Whether a file is assembly or bytecode rather than WebAssembly; what has no name is known by its first bytes alone.
pub(crate) fn is_bytecode(path: &Path, bytes: &[u8]) -> bool {
    entrant::is_bytecode(path, bytes) || path == Path::new("-") && is_assembly_text(bytes)
}

/// Whether a text without a name is assembly rather than WebAssembly, which begins with a bracket.
fn is_assembly_text(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with([';', '#']));
    is_text(bytes) && first.is_some_and(|line| !line.starts_with('('))
}

/// Whether a name is one of assembly or of bytecode.
pub(crate) fn is_bytecode_name(path: &Path) -> bool {
    is_assembly_name(path) || has_extension(path, "bin")
}

fn is_assembly_name(path: &Path) -> bool {
    has_extension(path, "flx")
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Whether bytes without a name are a text: printable, with line ends and tabs. No program of bytes is one that halts.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| !text.is_empty() && text.chars().all(|c| !c.is_control() || "\n\r\t".contains(c)))
}

/// Reads a program. What the assembler warns of goes to standard error.
///
/// # Errors
/// Why there is none.
pub(crate) fn read(io: &mut Io, path: &Path) -> Result<Loaded, Failure> {
    let bytes = genome_file::read_bytes(io, path).map_err(Failure::Unreadable)?;
    let loaded = of_bytes(path, bytes)?;
    loaded.warn(io);
    Ok(loaded)
}

/// Makes a program of what `path` holds.
///
/// # Errors
/// Why there is none.
pub(crate) fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Loaded, Failure> {
    let name = path.display().to_string();
    if bytes.starts_with(b"\0asm") || ["wasm", "wat"].iter().any(|extension| has_extension(path, extension)) {
        return Err(Failure::Container(mistakes::mistake(
            format!("`{name}` is WebAssembly, expected FLUX assembly or bytecode"),
            Some("genomes are looked at with `flux inspect`, and run with `flux run`"),
        )));
    }
    let is_stdin = path == Path::new("-");
    let is_assembly = !bytes.starts_with(&MAGIC) && (is_assembly_name(path) || is_stdin && is_text(&bytes));
    if !is_assembly {
        let program = Program::from_bytes(&bytes).map_err(|error| {
            Failure::Container(mistakes::failed_for(format!("read the bytecode of `{name}`"), &error, None))
        })?;
        return Ok(Loaded { name, program, assembly: None });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::Container(mistakes::failed(format!("read the assembly of `{name}`"), &error, None))
    })?;
    let mut assembly = assembly::assemble(&name, &text, &include, &Limits::DEFAULT);
    match assembly.program.take() {
        None => Err(Failure::Assembly(Box::new(assembly))),
        Some(program) => Ok(Loaded { name, program, assembly: Some(Box::new(assembly)) }),
    }
}

/// Finds an included file beside the file that includes it.
pub(crate) fn include(name: &str, from: &str) -> Result<Included, String> {
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let path: PathBuf = folder.join(name);
    let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    })?;
    // A file that includes itself is known by its name, so there is to be one name for each file.
    let known = fs::canonicalize(&path).ok().and_then(|whole| {
        let here = std::env::current_dir().ok()?;
        let here = fs::canonicalize(here).ok()?;
        Some(whole.strip_prefix(&here).map(Path::to_owned).unwrap_or(whole))
    });
    Ok(Included { name: known.unwrap_or(path).display().to_string(), text })
}

impl Loaded {
    /// Prints what the assembler warned of.
    pub(crate) fn warn(&self, io: &mut Io) {
        if let Some(assembly) = &self.assembly {
            diagnostics::warn(io, assembly);
        }
    }

    /// Verifies the program.
    ///
    /// # Errors
    /// A report of all that was found.
    pub(crate) fn verify(&self) -> Result<Verified, Report> {
        Verified::new(self.program.clone()).map_err(|error| diagnostics::refused(self, &error))
    }
}

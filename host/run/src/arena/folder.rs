//! Files of an arena's folder.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::diagnostics::{self, Span};
use crate::limits::MAX_ARENA_BYTES;
use crate::nearest::nearest;

use super::table::{Reading, Value};

/// A genome file that an arena names, and that lies in the arena's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenomeFile {
    /// The name as the arena writes it, such as `euclid.wat`.
    pub name: String,
    /// Where the file is.
    pub path: PathBuf,
}

/// Endings of the names of genome files.
const GENOMES: &[&str] = &[".wat", ".wasm", ".flx", ".bin", ".flux"];

/// Reads the name of a genome file, and sees to it that the file is there and lies inside `folder`.
/// `other_words` may stand in its place and are thought of when there is no such file.
pub(super) fn read_file_name(
    reading: &mut Reading<'_>,
    folder: &Path,
    key: &str,
    value: &Value<'_>,
    other_words: &[&str],
) -> Option<GenomeFile> {
    let name = reading.text(key, value)?;
    let path = find_named(reading, folder, key, value.span(), name, GENOMES, other_words)?;
    Some(GenomeFile { name: name.to_owned(), path })
}

/// The text of the file `name` beside the arena.
pub(super) fn read_toml_file(
    reading: &mut Reading<'_>,
    folder: &Path,
    key: &str,
    at: Span,
    name: &str,
) -> Option<String> {
    let source = reading.source;
    let path = find_named(reading, folder, key, at.clone(), name, &[".toml"], &[])?;
    match read_bounded(&path) {
        Ok(Some(text)) => Some(text),
        Ok(None) => reading.wrong(diagnostics::file_too_large(source, at, key, name, MAX_ARENA_BYTES)),
        Err(error) => reading.wrong(diagnostics::unreadable(source, at, key, name, error.kind())),
    }
}

/// The file `name` of the folder. Files that end like `endings` are thought of where it is not there.
fn find_named(
    reading: &mut Reading<'_>,
    folder: &Path,
    key: &str,
    at: Span,
    name: &str,
    endings: &[&str],
    other_words: &[&str],
) -> Option<PathBuf> {
    let source = reading.source;
    let inside =
        !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        return reading.wrong(diagnostics::outside_folder(source, at, key, name));
    }
    match find(folder, name) {
        Ok(Found::Inside(path)) => Some(path),
        Ok(Found::Outside) => reading.wrong(diagnostics::outside_folder(source, at, key, name)),
        Ok(Found::NoFile) | Err(_) => {
            let others = files(folder, endings);
            let near = nearest(name, others.iter().map(String::as_str).chain(other_words.iter().copied()));
            reading.wrong(diagnostics::no_such_file(source, at, key, name, near))
        }
    }
}

/// The text of a file; none where it is larger than [`MAX_ARENA_BYTES`].
pub(super) fn read_bounded(file: &Path) -> io::Result<Option<String>> {
    // A folder or a pipe has no honest length, so the reading itself is bounded.
    let mut text = String::new();
    let actual = fs::File::open(file)?.take(MAX_ARENA_BYTES + 1).read_to_string(&mut text)? as u64;
    Ok((actual <= MAX_ARENA_BYTES).then_some(text))
}

enum Found {
    Inside(PathBuf),
    Outside,
    NoFile,
}

/// Follows links, so that a link does not lead out of the folder either.
fn find(folder: &Path, name: &str) -> io::Result<Found> {
    let path = folder.join(name);
    let real = path.canonicalize()?;
    if !real.starts_with(folder.canonicalize()?) {
        return Ok(Found::Outside);
    }
    Ok(if real.is_file() { Found::Inside(path) } else { Found::NoFile })
}

/// Names of the folder's files that end so, sorted; none when the folder cannot be read, as they only serve a hint.
fn files(folder: &Path, endings: &[&str]) -> Vec<String> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| endings.iter().any(|ending| name.ends_with(ending)))
        .collect();
    names.sort();
    names
}

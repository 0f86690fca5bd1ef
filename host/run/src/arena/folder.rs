//! Genome files of an arena's folder.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diagnostics;
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
    let (source, at) = (reading.source, value.span());
    let inside =
        !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside {
        return reading.wrong(diagnostics::outside_folder(source, at, key, name));
    }
    match find(folder, name) {
        Ok(Found::Inside(path)) => Some(GenomeFile { name: name.to_owned(), path }),
        Ok(Found::Outside) => reading.wrong(diagnostics::outside_folder(source, at, key, name)),
        Ok(Found::NoFile) | Err(_) => {
            let others = genome_files(folder);
            let near = nearest(name, others.iter().map(String::as_str).chain(other_words.iter().copied()));
            reading.wrong(diagnostics::no_such_file(source, at, key, name, near))
        }
    }
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

/// Names of the folder's genome files, sorted; none when the folder cannot be read, as they only serve a hint.
fn genome_files(folder: &Path) -> Vec<String> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".wat") || name.ends_with(".wasm"))
        .collect();
    names.sort();
    names
}

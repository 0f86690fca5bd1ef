//! What the suites share: finding cases, reading their directives, running the command line in process, comparing
//! with what was blessed.

#[cfg(feature = "suites")]
pub mod arenas;
#[cfg(feature = "suites")]
pub mod cli;
#[cfg(feature = "suites")]
pub mod colonies;
#[cfg(feature = "suites")]
pub mod directives;
pub mod fuzz;
#[cfg(feature = "suites")]
pub mod hostile;
#[cfg(feature = "suites")]
pub mod tiers;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[cfg(feature = "suites")]
use flux_sandbox::Sandbox;

/// What a case says when it fails.
pub type Verdict = Result<(), String>;

/// The root of the repository.
#[must_use]
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        tests.parent().unwrap_or(tests).to_owned()
    })
}

/// The process's sandbox.
///
/// # Panics
/// Where the machine cannot run one: no case can pass then.
#[must_use]
#[cfg(feature = "suites")]
#[expect(clippy::expect_used, reason = "no case can run without a sandbox")]
pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new().expect("the machine runs a sandbox"))
}

/// The files below `folder` for which `wanted` holds, sorted, so that a run is the same everywhere.
///
/// # Errors
/// A folder that cannot be read.
pub fn files(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
            if path.is_dir() {
                open.push(path);
            } else if wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a path has the extension `extension`.
#[must_use]
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// A case's name: its path below the root, with `/` between names.
#[must_use]
pub fn name_of(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

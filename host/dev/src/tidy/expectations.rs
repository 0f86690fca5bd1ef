//! Expectations belong to a case.

use std::collections::BTreeSet;

use super::Finding;
use super::files::{extension, is_pending_snapshot};

/// Finds expectations that no case asks for, and snapshots that nobody has decided on.
///
/// Under `tests/`, `NAME.stdout` and `NAME.stderr` belong to the case `NAME.*` beside them, whatever its
/// extension, or to a folder `NAME`.
pub fn check(paths: &[String]) -> Vec<Finding> {
    let stems: BTreeSet<&str> =
        paths.iter().filter(|path| !is_expectation(path)).map(|path| stem(path)).collect();
    let folders: BTreeSet<&str> = paths.iter().flat_map(|path| folders(path)).collect();
    let mut findings = Vec::new();
    for path in paths {
        let stem = stem(path);
        if is_expectation(path)
            && path.starts_with("tests/")
            && !stems.contains(stem)
            && !folders.contains(stem)
        {
            let what = "an expectation without a case";
            findings.push(Finding::of(path, what, "remove it, or give its case the same name"));
        }
        if is_pending_snapshot(path) {
            findings.push(Finding::of(
                path,
                "a snapshot that nobody has decided on",
                "run `cargo dev bless`",
            ));
        }
    }
    findings
}

fn is_expectation(path: &str) -> bool {
    matches!(extension(path), "stdout" | "stderr")
}

fn stem(path: &str) -> &str {
    match extension(path) {
        "" => path,
        extension => &path[..path.len() - extension.len() - 1],
    }
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::check;

    fn found(paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        check(&paths).into_iter().map(|finding| finding.file).collect()
    }

    #[test]
    fn an_expectation_needs_its_case() {
        assert_eq!(found(&["tests/cli/a.wat", "tests/cli/a.stdout", "tests/cli/a.stderr"]), [""; 0]);
        assert_eq!(found(&["tests/cli/a/arena.toml", "tests/cli/a.stdout"]), [""; 0]);
        assert_eq!(found(&["tests/cli/b.wat", "tests/cli/a.stdout"]), ["tests/cli/a.stdout"]);
        assert_eq!(found(&["tests/cli/a.stderr", "tests/cli/a.stdout"]).len(), 2);
        assert_eq!(found(&["docs/a.stdout"]), [""; 0]);
    }

    #[test]
    fn a_pending_snapshot_is_found() {
        assert_eq!(found(&["host/cli/src/.tests.rs.pending-snap"]), ["host/cli/src/.tests.rs.pending-snap"]);
    }
}

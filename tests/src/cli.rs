//! Command-line cases: a file with a `RUN:` or `FAIL:` directive, and what the command printed beside it.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use flux_cli::{ExitStatus, Io};

use crate::{Verdict, directives, name_of, root};

/// What one command printed, and how it ended.
#[derive(Debug)]
pub struct Printed {
    /// Its exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// A stream that a test reads afterwards.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `flux` with `args` in this process, `stdin` being what it may read.
#[must_use]
pub fn flux(args: &[String], stdin: &[u8]) -> Printed {
    let (stdout, stderr) = (Shared::default(), Shared::default());
    let mut io =
        Io::of(Box::new(io::Cursor::new(stdin.to_vec())), Box::new(stdout.clone()), Box::new(stderr.clone()));
    let args = std::iter::once("flux".to_owned()).chain(args.iter().cloned());
    let status = flux_cli::run(args, &mut io);
    let text = |stream: &Shared| String::from_utf8_lossy(&stream.0.borrow()).into_owned();
    Printed { status, stdout: text(&stdout), stderr: text(&stderr) }
}

/// Runs one case; with `BLESS=1` in the environment, writes what it printed instead of comparing.
///
/// Directives: `RUN: ARGS` expects exit status 0, `FAIL: ARGS` expects 1, `FAIL-2: ARGS` expects 2. In the arguments
/// `%` is the case's own path, `%tmp` a fresh folder, `%out` a file in it. `FIRST: ARGS`, any number of times, runs
/// before it, must succeed, and its output is not looked at. `PRINT-STDOUT: no` leaves standard output out of the
/// comparison, for output that is binary, and `PRINT-STDERR: no` standard error, for what says how long it took.
/// `MASK: NAMES` writes `N` for the numbers that have these names in JSON. The fresh folder is written `TMP`, the root of
/// the repository `ROOT`.
///
/// # Errors
/// What differs.
pub fn check(path: &Path) -> Verdict {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let directives = directives::read(&text);
    let wanted = [("RUN", ExitStatus::Yes), ("FAIL", ExitStatus::No), ("FAIL-2", ExitStatus::CouldNotRun)];
    let (line, status) = wanted
        .iter()
        .find_map(|(name, status)| directives::value(&directives, name).map(|line| (line, *status)))
        .ok_or("expected a directive `RUN:`, `FAIL:` or `FAIL-2:` in the first comments")?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let temporary = folder.path().to_string_lossy().into_owned();
    let own = name_of(path);
    let args = |line: &str| -> Vec<String> {
        let place = |word: &String| match word.as_str() {
            "%" => own.clone(),
            word => word
                .replace("%tmp", &temporary)
                .replace("%out", &format!("{temporary}/out"))
                .replace('%', &own),
        };
        directives::words(line).iter().map(place).collect()
    };
    for (_, line) in directives.iter().filter(|(name, _)| name == "FIRST") {
        let printed = flux(&args(line), text.as_bytes());
        if printed.status != ExitStatus::Yes {
            return Err(format!("`FIRST: {line}` failed\n--- stderr\n{}", printed.stderr));
        }
    }
    let printed = flux(&args(line), text.as_bytes());
    if printed.status != status {
        return Err(format!(
            "expected exit status {}, found {}\n--- stdout\n{}--- stderr\n{}",
            status.code(),
            printed.status.code(),
            printed.stdout,
            printed.stderr
        ));
    }
    let names: Vec<String> =
        directives::value(&directives, "MASK").map(directives::words).unwrap_or_default();
    let mask = |text: &str| {
        let text = text.replace(&temporary, "TMP").replace(&*root().to_string_lossy(), "ROOT");
        mask_numbers(&text, &names)
    };
    if directives::value(&directives, "PRINT-STDOUT") != Some("no") {
        compare(path, "stdout", &mask(&printed.stdout))?;
    }
    match directives::value(&directives, "PRINT-STDERR") {
        Some("no") => Ok(()),
        _ => compare(path, "stderr", &mask(&printed.stderr)),
    }
}

/// Writes `N` for the numbers of lines such as `"seconds": 1.5,` that have one of `names`.
fn mask_numbers(text: &str, names: &[String]) -> String {
    let mask = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        let bare = name.trim().strip_prefix('"')?.strip_suffix('"')?;
        let end = value.trim_end_matches(|c: char| !c.is_ascii_digit());
        let is_masked = names.iter().any(|masked| masked == bare) && end.parse::<f64>().is_ok();
        is_masked.then(|| format!("{name}: N{}", &value[end.len()..]))
    };
    text.split_inclusive('\n').map(|line| mask(line).unwrap_or_else(|| line.to_owned())).collect()
}

/// Compares with the file beside the case, or blesses it. An empty output has no file.
fn compare(path: &Path, stream: &str, found: &str) -> Verdict {
    let expectation = path.with_extension(stream);
    let bless = std::env::var_os("BLESS").is_some_and(|value| value == "1");
    let expected = fs::read_to_string(&expectation).unwrap_or_default();
    if bless {
        let result =
            if found.is_empty() { fs::remove_file(&expectation) } else { fs::write(&expectation, found) };
        return match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        };
    }
    if expected == found {
        return Ok(());
    }
    Err(format!(
        "{stream} differs from `{}` (`cargo dev bless` writes it)\n--- expected\n{expected}--- found\n{found}",
        name_of(&expectation)
    ))
}

#[cfg(test)]
mod tests {
    use super::mask_numbers;

    #[test]
    fn only_numbers_of_these_names_are_masked() {
        let names = ["a".to_owned(), "b_s".to_owned()];
        let found =
            mask_numbers("{\n  \"a\": 12,\n  \"b_s\": 1.5e-3\n  \"c\": 4,\n  \"a\": \"x1\"\n", &names);
        assert_eq!(found, "{\n  \"a\": N,\n  \"b_s\": N\n  \"c\": 4,\n  \"a\": \"x1\"\n");
    }
}

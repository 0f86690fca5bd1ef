//! Command-line cases: a file with a `RUN:` or `FAIL:` directive, and what the command printed beside it.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use flux_cli::{ExitStatus, Io};

use crate::{Verdict, directives, name_of};

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
/// comparison, for output that is binary.
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
    let mask = |text: &str| text.replace(&temporary, "TMP");
    if directives::value(&directives, "PRINT-STDOUT") != Some("no") {
        compare(path, "stdout", &mask(&printed.stdout))?;
    }
    compare(path, "stderr", &mask(&printed.stderr))
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

//! How a task ends: with a yes, with a no, or not at all.

use std::fmt::Display;
use std::path::Path;
use std::process::{Command, ExitStatus, Output};

/// A task that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Ending {
    /// All is well: exit code 0.
    Fine,
    /// The task found something, which it has printed: exit code 1.
    Found,
}

impl From<ExitStatus> for Ending {
    fn from(status: ExitStatus) -> Self {
        if status.success() { Ending::Fine } else { Ending::Found }
    }
}

/// A task that could not run: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What could not be done, and why: a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure without advice.
    pub fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), hint: None }
    }

    /// The same failure with advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure to `verb` the file or folder `path`.
    pub fn io(verb: &str, path: &Path, error: impl Display) -> Self {
        Failure::new(format!("failed to {verb} `{}`: {error}", path.display()))
    }
}

/// Runs `command` with the terminal of this process.
pub fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().map_err(|error| cannot_start(command, &error))
}

/// Runs `command` and collects what it prints.
pub fn output(command: &mut Command) -> Result<Output, Failure> {
    command.output().map_err(|error| cannot_start(command, &error))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("failed to start `{}`: {error}", command.get_program().to_string_lossy()))
}

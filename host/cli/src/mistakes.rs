//! Reports of what people can mend, with what to do about it: the one place where the binary words its errors.

use std::path::Path;

use miette::{Diagnostic, Report};
use thiserror::Error;

/// A report: what went wrong, the cause below it, and a hint.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
struct Mistake {
    message: String,
    #[source]
    cause: Option<Cause>,
    #[help]
    hint: Option<String>,
}

/// The message of an error that has been reported by its text.
#[derive(Debug, Error)]
#[error("{0}")]
struct Cause(String);

/// A report with a cause and, where there is one, a hint.
pub(crate) fn failed(doing: impl Into<String>, cause: &impl ToString, hint: Option<&str>) -> Report {
    Report::new(Mistake {
        message: format!("failed to {}", doing.into()),
        cause: Some(Cause(cause.to_string())),
        hint: hint.map(ToOwned::to_owned),
    })
}

/// A report that has no cause below it.
pub(crate) fn mistake(message: impl Into<String>, hint: Option<&str>) -> Report {
    Report::new(Mistake { message: message.into(), cause: None, hint: hint.map(ToOwned::to_owned) })
}

/// A file cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Report {
    let hint =
        (error.kind() == std::io::ErrorKind::NotFound).then_some("check the path; `-` reads standard input");
    failed(format!("read `{}`", path.display()), error, hint)
}

/// A file cannot be written.
pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Report {
    failed(format!("write `{}`", path.display()), error, None)
}

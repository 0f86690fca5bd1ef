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

/// The message of an error that has been reported by its text, and what caused it in turn.
#[derive(Debug, Error)]
#[error("{message}")]
struct Cause {
    message: String,
    #[source]
    cause: Option<Box<Cause>>,
}

impl Cause {
    fn of(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(|source| Box::new(Self::of(source)));
        Self { message: error.to_string(), cause }
    }
}

/// A report with a cause and, where there is one, a hint.
pub(crate) fn failed(doing: impl Into<String>, cause: &impl ToString, hint: Option<&str>) -> Report {
    Report::new(Mistake {
        message: format!("failed to {}", doing.into()),
        cause: Some(Cause { message: cause.to_string(), cause: None }),
        hint: hint.map(ToOwned::to_owned),
    })
}

/// A report with a cause, the causes of that and, where there is one, a hint.
pub(crate) fn failed_for(
    doing: impl Into<String>,
    cause: &dyn std::error::Error,
    hint: Option<&str>,
) -> Report {
    Report::new(Mistake {
        message: format!("failed to {}", doing.into()),
        cause: Some(Cause::of(cause)),
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

/// Standard output is a terminal and what would be written is not for reading.
pub(crate) fn binary_to_terminal() -> Report {
    mistake("standard output is a terminal, and a genome is binary", Some("name a file with `-o FILE`"))
}

/// The output is the input.
pub(crate) fn over_itself(path: &Path) -> Report {
    mistake(
        format!("`{}` would be written over itself", path.display()),
        Some("name another file with `-o FILE`"),
    )
}

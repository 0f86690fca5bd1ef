//! What can go wrong when a model is asked.

use std::fmt;

/// A call that failed, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{} at {server}: {message}", for_model(model))]
pub struct ModelError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// The model that was asked.
    pub model: String,
    /// Who was to answer: an address, or the name of a simulation or of a tape.
    pub server: String,
    /// What happened: a lowercase fragment.
    pub message: String,
    /// What to do, if it is known.
    pub help: Option<String>,
}

/// Whom a call was for; nobody where models were listed.
fn for_model(model: &str) -> String {
    if model.is_empty() { String::new() } else { format!(" for `{model}`") }
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Nobody answers at the address, or the connection broke.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The server has too much to do (status 429 or 503).
    Busy,
    /// The server failed (any other status from 500 on).
    Failed,
    /// There is no such model.
    NoModel,
    /// The server does not accept the request.
    Refused,
    /// The model or the server cannot do this at all.
    Unsupported,
    /// What the server sent cannot be understood.
    Malformed,
    /// It would cost more than the request or the tenant may spend.
    OverBudget,
    /// It takes longer than the request may.
    OverLatency,
    /// The call is not on the tape, and nothing else may be asked.
    NotOnTape,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Unreachable,
        Self::TimedOut,
        Self::Busy,
        Self::Failed,
        Self::NoModel,
        Self::Refused,
        Self::Unsupported,
        Self::Malformed,
        Self::OverBudget,
        Self::OverLatency,
        Self::NotOnTape,
    ];

    /// Its name, for metrics and records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoModel => "no-model",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
            Self::OverBudget => "over-budget",
            Self::OverLatency => "over-latency",
            Self::NotOnTape => "not-on-tape",
        }
    }

    /// Whether the same call may succeed a little later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::TimedOut | Self::Busy | Self::Failed)
    }

    /// Whether somebody else may be asked instead: not where a limit or a tape says no.
    #[must_use]
    pub fn may_fall_back(self) -> bool {
        !matches!(self, Self::OverBudget | Self::OverLatency | Self::NotOnTape)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

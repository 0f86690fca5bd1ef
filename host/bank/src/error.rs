//! What can go wrong with a bank, worded once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode;

use crate::{Hash, RunId};

/// What the engine underneath said, for the chain of causes.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError(pub(crate) rusqlite::Error);

impl EngineError {
    /// Whether a row holds something else than the schema says, rather than the system having failed.
    pub(crate) fn is_of_row(&self) -> bool {
        use rusqlite::Error::{
            FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
        };
        matches!(
            self.0,
            FromSqlConversionFailure(..)
                | IntegralValueOutOfRange(..)
                | InvalidColumnType(..)
                | Utf8Error(..)
        )
    }
}

/// A file cannot be opened as a bank.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no such file, and only [`Bank::open`](crate::Bank::open) makes one.
    #[error("there is no bank `{}`", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{}` is not a bank: {what}", path.display())]
    NotABank {
        /// The file.
        path: PathBuf,
        /// What it is instead, as far as that can be seen.
        what: String,
    },
    /// The file was made by a later version of flux.
    #[error("bank `{}` has format {found}, this flux reads formats up to {supported}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The latest format that is understood.
        supported: u32,
    },
    /// Another process writes to it.
    #[error("bank `{}` is being written by another process{}, and was not let go in {waited:?}", path.display(), of_process(*process))]
    Busy {
        /// The file.
        path: PathBuf,
        /// The process that holds it, where that is known.
        process: Option<u32>,
        /// How long opening waited.
        waited: Duration,
    },
    /// The file is shorter than it says, or its first pages cannot be read.
    #[error("bank `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// The file, its lock or its folder cannot be used.
    #[error("failed to open `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The engine failed in another way.
    #[error("failed to open bank `{}`", path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
}

impl OpenError {
    /// What to do about it, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { .. } => Some("name another with `--bank FILE`; a run makes its bank by itself"),
            Self::NotABank { .. } => Some("name another file; this one has been left alone"),
            Self::Newer { .. } => Some("use the flux that wrote it, or a later one"),
            Self::Busy { .. } => Some("wait for the other run, or give this one a bank of its own"),
            Self::Damaged { .. } => {
                Some("go back to a copy; `flux bank export` may still read parts of this file")
            }
            Self::Io { .. } | Self::Engine { .. } => None,
        }
    }

    pub(crate) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                Self::NotABank { path, what: "it does not begin as a bank does".to_owned() }
            }
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source: EngineError(error) },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Busy { path, process: None, waited: crate::limits::WAIT }
            }
            _ => Self::Engine { path, source: EngineError(error) },
        }
    }
}

fn of_process(process: Option<u32>) -> String {
    process.map(|id| format!(" ({id})")).unwrap_or_default()
}

/// A bank that is open cannot do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BankError {
    /// There is no such run.
    #[error("bank `{}` has no run number {}", path.display(), run.0)]
    UnknownRun {
        /// The bank.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// There is a run of that name.
    #[error("bank `{}` already has a run `{name}`", path.display())]
    NameTaken {
        /// The bank.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// There is no such version.
    #[error("bank `{}` has no version {number} of document `{name}`", path.display())]
    UnknownVersion {
        /// The bank.
        path: PathBuf,
        /// The document's name.
        name: String,
        /// The number.
        number: u64,
    },
    /// A name that a run, a document or a tape cannot have.
    #[error(
        "expected a name of 1 to {} bytes without blanks at its ends or control characters, found `{}`",
        crate::limits::NAME_BYTES,
        name.escape_debug()
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A generation is not the next one.
    #[error("expected generation {expected} of run `{name}`, found {found}")]
    NotNext {
        /// The run's name.
        name: String,
        /// The next generation.
        expected: u64,
        /// The generation that was to be appended.
        found: u64,
    },
    /// A run that has ended takes no more generations.
    #[error("run `{name}` is finished")]
    RunFinished {
        /// The run's name.
        name: String,
    },
    /// A genome is referred to and not stored.
    #[error("bank `{}` has no genome `{}`", path.display(), genome.short())]
    UnknownGenome {
        /// The bank.
        path: PathBuf,
        /// The genome.
        genome: Hash,
    },
    /// Something is larger than a bank takes.
    #[error("{what} has {actual} bytes, the limit is {limit}")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size in bytes.
        actual: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A number is larger than a bank can hold.
    #[error("{what} is {actual}, the limit is {limit}")]
    TooMany {
        /// What it counts.
        what: &'static str,
        /// The number.
        actual: u64,
        /// The limit.
        limit: u64,
    },
    /// A row does not agree with its hash or sum, or cannot be unpacked.
    #[error("bank `{}` is damaged: {what}", path.display())]
    Damaged {
        /// The bank.
        path: PathBuf,
        /// Which row.
        what: String,
    },
    /// The file's pages contradict each other.
    #[error("bank `{}` is damaged", path.display())]
    DamagedFile {
        /// The bank.
        path: PathBuf,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// The bank was opened for reading.
    #[error("bank `{}` is open for reading only", path.display())]
    ReadOnly {
        /// The bank.
        path: PathBuf,
    },
    /// Another process held the file for too long.
    #[error("bank `{}` is in use by another process", path.display())]
    Busy {
        /// The bank.
        path: PathBuf,
    },
    /// There is no room left.
    #[error("the disk of bank `{}` is full; the transaction was not applied", path.display())]
    Full {
        /// The bank.
        path: PathBuf,
    },
    /// An operation of this transaction failed before, so the whole is undone.
    #[error("the transaction on bank `{}` was undone, because one of its operations failed", path.display())]
    Undone {
        /// The bank.
        path: PathBuf,
    },
    /// The engine failed in another way.
    #[error("failed to {doing} in bank `{}`", path.display())]
    Engine {
        /// The bank.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
}

impl BankError {
    /// What to do about it, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NameTaken { .. } => Some("choose another name, or resume that run"),
            Self::Damaged { .. } | Self::DamagedFile { .. } => {
                Some("`flux bank check` lists all damage; go back to a copy")
            }
            Self::Busy { .. } => Some("try again when the other process has ended"),
            Self::Full { .. } => Some("make room; the bank holds everything up to the transaction before"),
            Self::RunFinished { .. } => Some("reopen it first, or start another run"),
            _ => None,
        }
    }

    pub(crate) fn of(path: &Path, doing: &'static str, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::DamagedFile { path, source: EngineError(error) }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            _ => Self::Engine { path, doing, source: EngineError(error) },
        }
    }
}

/// Something cannot be written to a stream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The bank cannot be read.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// The stream cannot be written.
    #[error("failed to write the export")]
    Io(#[source] std::io::Error),
}

/// A stream cannot be taken in. The bank is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The stream is something else.
    #[error("expected an export of a bank, which begins with `fxbk`")]
    NotAnExport,
    /// The stream was written by a later version of flux.
    #[error("the export has format {found}, this flux reads formats up to {supported}")]
    Newer {
        /// Its format.
        found: u8,
        /// The latest format that is understood.
        supported: u8,
    },
    /// The stream is cut off or changed.
    #[error("the export is damaged: {what}; nothing was taken in")]
    Damaged {
        /// What does not fit.
        what: String,
    },
    /// A run, document or tape of the same name is another one.
    #[error(
        "{kind} `{name}` of the export differs from the {kind} of that name in the bank: {what}; nothing was taken in"
    )]
    Conflict {
        /// `run`, `document` or `tape`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where they differ.
        what: String,
    },
    /// The stream cannot be read.
    #[error("failed to read the export")]
    Io(#[source] std::io::Error),
    /// The bank cannot take it.
    #[error(transparent)]
    Bank(#[from] BankError),
}

impl ImportError {
    /// What to do about it, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Newer { .. } => Some("use the flux that wrote it, or a later one"),
            Self::Damaged { .. } => Some("fetch or export it again"),
            Self::Conflict { .. } => Some("import it into a bank of its own with `--bank FILE`"),
            Self::Bank(error) => error.hint(),
            Self::NotAnExport | Self::Io(_) => None,
        }
    }
}

//! Opening a bank: one process that writes, any number that read.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::limits::WAIT;
use crate::pack::Packer;
use crate::schema::{self, Kind};
use crate::{Bank, OpenError};

/// How long a process sleeps between two looks at another's lock.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Room for pages in memory, in KiB, as SQLite's negative `cache_size`: 64 MiB.
const CACHE_KIB: i64 = -65_536;
/// Prepared statements that are kept; more than this crate has.
const STATEMENTS: usize = 64;
/// A write-ahead log that has grown beyond this many bytes is cut back after a checkpoint: 64 MiB.
const LOG_BYTES: i64 = 64 << 20;

/// Held by the one process that may write; the system lets it go when the process ends, however it ends.
pub(crate) struct WriterLock {
    /// Holds the lock as long as it is open.
    _file: File,
}

impl Bank {
    /// Opens a bank for reading and writing, and makes one where there is no file, or an empty one.
    ///
    /// A file of an earlier format gets the tables that it lacks; what it holds stays as it is.
    /// At most one bank at a time writes to a file: opening waits up to five seconds for another to be closed.
    /// The lock is a file beside the bank, named like it with `-lock` added.
    ///
    /// # Errors
    /// * [`OpenError::Busy`]: another bank, in this process or another, has the file open for writing.
    /// * [`OpenError::NotABank`]: the file is something else; it is left alone.
    /// * [`OpenError::Newer`]: the file is of a later version.
    /// * [`OpenError::Damaged`]: the file is cut off, or its first pages contradict each other.
    /// * [`OpenError::Io`], [`OpenError::Engine`]: the file, its folder or its lock cannot be used.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        // What is there already and is something else is refused before a lock is put beside it.
        if path.metadata().is_ok_and(|file| file.len() > 0) {
            check_magic(path)?;
        }
        let lock = lock(path, WAIT)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut connection = connect(path, flags)?;
        let of = |error| OpenError::of(path, error);
        let kind = schema::kind(&connection, path)?;
        connection.pragma_update(None, "journal_mode", "wal").map_err(of)?;
        connection.pragma_update(None, "synchronous", "full").map_err(of)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(of)?;
        connection.pragma_update(None, "journal_size_limit", LOG_BYTES).map_err(of)?;
        match kind {
            Kind::Empty => schema::create(&mut connection).map_err(of)?,
            Kind::Earlier(version) => schema::migrate(&mut connection, version).map_err(of)?,
            Kind::Current => {}
        }
        Self::of(path, connection, Some(lock))
    }

    /// Opens a bank for reading, also while another process writes to it. A file of an earlier format is read as it is.
    ///
    /// Each call sees the last transaction that was complete when it began; [`Bank::snapshot`] makes several calls see
    /// the same one.
    ///
    /// # Errors
    /// As [`Bank::open`], and [`OpenError::Missing`] where there is no file. Never waits for a writer.
    pub fn open_read_only(path: &Path) -> Result<Self, OpenError> {
        match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(OpenError::Missing { path: path.to_owned() });
            }
            Err(source) => return Err(OpenError::Io { path: path.to_owned(), source }),
            Ok(_) => check_magic(path)?,
        }
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        match schema::kind(&connection, path)? {
            Kind::Current | Kind::Earlier(_) => Self::of(path, connection, None),
            Kind::Empty => Err(empty(path)),
        }
    }

    fn of(path: &Path, connection: Connection, lock: Option<WriterLock>) -> Result<Self, OpenError> {
        let packer = Packer::new().map_err(|source| OpenError::Io { path: path.to_owned(), source })?;
        Ok(Self { connection, packer, path: path.to_owned(), lock })
    }
}

fn empty(path: &Path) -> OpenError {
    OpenError::NotABank { path: path.to_owned(), what: "it is empty".to_owned() }
}

/// Looks at the first bytes, so that a file of another kind is not touched at all.
fn check_magic(path: &Path) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(OpenError::NotABank { path: path.to_owned(), what: "it is a folder".to_owned() });
    }
    let mut first = Vec::new();
    File::open(path).map_err(io)?.take(16).read_to_end(&mut first).map_err(io)?;
    match first.as_slice() {
        b"SQLite format 3\0" => Ok(()),
        [] => Err(empty(path)),
        _ => Err(OpenError::NotABank {
            path: path.to_owned(),
            what: "it does not begin as a bank does".to_owned(),
        }),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, OpenError> {
    let of = |error| OpenError::of(path, error);
    // Without NO_MUTEX the engine would guard a connection that Rust already keeps to one thread at a time.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(of)?;
    connection.busy_timeout(WAIT).map_err(of)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "cache_size", CACHE_KIB).map_err(of)?;
    // Functions and tables that a hostile file brings along are not run.
    connection.pragma_update(None, "trusted_schema", false).map_err(of)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(of)?;
    Ok(connection)
}

/// The lock's file: the bank's name with `-lock` added.
fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    name.into()
}

/// Takes the lock, waiting at most `patience` for somebody else to let it go.
pub(crate) fn lock(path: &Path, patience: Duration) -> Result<WriterLock, OpenError> {
    let lock_path = lock_path(path);
    let io = |source| OpenError::Io { path: lock_path.clone(), source };
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&lock_path).map_err(io)?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(io(source)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= patience => {
                let mut text = String::new();
                let process = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(OpenError::Busy { path: path.to_owned(), process, waited: patience });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK_AGAIN),
        }
    }
    // Who holds it, for the message of those who wait. Nothing depends on it.
    let _ =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(WriterLock { _file: file })
}

//! The tables, as FORMAT.md describes them, and how a file is known to be a bank.

use std::path::Path;

use rusqlite::Connection;

use crate::OpenError;

/// Marks the file as ours: `FLUX` in ASCII.
pub(crate) const APPLICATION_ID: u32 = 0x464c_5558;
/// The format that is written.
pub(crate) const VERSION: u32 = 2;
/// The first format with documents, tapes and calibrations.
pub(crate) const WITH_DOCUMENTS: u32 = 2;

/// `STEPS[n]` makes a file of version `n + 1` of one of version `n`; a new file gets all of them.
const STEPS: [&str; VERSION as usize] = [RUNS, DOCUMENTS];

/// Version 1: genomes, runs and scores.
const RUNS: &str = "
CREATE TABLE meta (
    k TEXT PRIMARY KEY,
    v TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE genome (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    packed BLOB NOT NULL
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    header BLOB NOT NULL,
    footer BLOB,
    sum INTEGER NOT NULL
) STRICT;

CREATE TABLE generation (
    run INTEGER NOT NULL REFERENCES run,
    idx INTEGER NOT NULL,
    record BLOB NOT NULL,
    timings BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (run, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    run INTEGER PRIMARY KEY REFERENCES run,
    state BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT;

CREATE TABLE kept (
    run INTEGER NOT NULL REFERENCES run,
    role INTEGER NOT NULL,
    genome INTEGER NOT NULL REFERENCES genome,
    PRIMARY KEY (run, role, genome)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_genome ON kept (genome);

CREATE TABLE edge (
    child INTEGER NOT NULL REFERENCES genome,
    parent INTEGER NOT NULL REFERENCES genome,
    role INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run,
    generation INTEGER NOT NULL,
    how TEXT NOT NULL,
    PRIMARY KEY (child, parent, role, run, generation)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_parent ON edge (parent);
CREATE INDEX edge_run ON edge (run);

CREATE TABLE score (
    key BLOB PRIMARY KEY,
    value BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Version 2: documents, tapes and calibrations.
const DOCUMENTS: &str = "
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    live INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    FOREIGN KEY (id, live) REFERENCES version (document, number) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE version (
    document INTEGER NOT NULL REFERENCES document,
    number INTEGER NOT NULL,
    parent INTEGER,
    text BLOB NOT NULL,
    record BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (document, number),
    FOREIGN KEY (document, parent) REFERENCES version (document, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE tape (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    packed BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT;

CREATE TABLE calibration (
    key BLOB PRIMARY KEY,
    value BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What a file is, by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing has been written to it: a new file, or one whose creation was cut short.
    Empty,
    /// A bank of an earlier format, which is read as it is and gets the later tables before it is written.
    Earlier(u32),
    /// A bank of the format that is written.
    Current,
}

/// Says what a file is, and refuses what is not a bank or is a newer one.
pub(crate) fn kind(connection: &Connection, path: &Path) -> Result<Kind, OpenError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
    let of = |error| OpenError::of(path, error);
    let n_tables: u32 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(of)?;
    let application = number("application_id").map_err(of)?;
    let version = number("user_version").map_err(of)?;
    let not_a_bank = |what: String| OpenError::NotABank { path: path.to_owned(), what };
    match (application, version) {
        (0, 0) if n_tables == 0 => Ok(Kind::Empty),
        (APPLICATION_ID, VERSION) => Ok(Kind::Current),
        (APPLICATION_ID, found @ 1..VERSION) => Ok(Kind::Earlier(found)),
        (APPLICATION_ID, found) if found > VERSION => {
            Err(OpenError::Newer { path: path.to_owned(), found, supported: VERSION })
        }
        (APPLICATION_ID, found) => Err(not_a_bank(format!("there has never been a format {found}"))),
        _ => Err(not_a_bank(format!(
            "expected application id {APPLICATION_ID:#010x}, found {application:#010x}"
        ))),
    }
}

/// Makes all tables in an empty file, or nothing.
pub(crate) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    make(connection, 0, VERSION)
}

/// Gives a file of version `from` the tables that it lacks, or nothing. What it holds stays as it is.
pub(crate) fn migrate(connection: &mut Connection, from: u32) -> rusqlite::Result<()> {
    make(connection, from, VERSION)
}

/// Takes the steps after version `from` up to version `to`, in one transaction.
pub(crate) fn make(connection: &mut Connection, from: u32, to: u32) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (_, step) in (1..=to).zip(STEPS).filter(|(version, _)| *version > from) {
        transaction.execute_batch(step)?;
    }
    if from == 0 {
        transaction.execute(
            "INSERT INTO meta (k, v) VALUES ('made_by', ?1), ('hash', 'blake3')",
            [concat!("flux ", env!("CARGO_PKG_VERSION"))],
        )?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    transaction.pragma_update(None, "user_version", to)?;
    transaction.commit()
}

/// The version of an open bank, which another process may have raised since it was opened.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.prepare_cached("PRAGMA user_version")?.query_row([], |row| row.get(0))
}

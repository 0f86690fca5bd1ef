//! The tables, as FORMAT.md describes them, and how a file is known to be a bank.

use std::path::Path;

use rusqlite::Connection;

use crate::OpenError;

/// Marks the file as ours: `FLUX` in ASCII.
pub(crate) const APPLICATION_ID: u32 = 0x464c_5558;
/// The format that is written.
pub(crate) const VERSION: u32 = 1;

/// What a new file gets, in one transaction.
const CREATE: &str = "
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

/// What a file is, by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing has been written to it: a new file, or one whose creation was cut short.
    Empty,
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
        (APPLICATION_ID, found) if found > VERSION => {
            Err(OpenError::Newer { path: path.to_owned(), found, supported: VERSION })
        }
        (APPLICATION_ID, found) => Err(not_a_bank(format!("there has never been a format {found}"))),
        _ => Err(not_a_bank(format!(
            "expected application id {APPLICATION_ID:#010x}, found {application:#010x}"
        ))),
    }
}

/// Makes the tables, or nothing.
pub(crate) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(CREATE)?;
    transaction.execute(
        "INSERT INTO meta (k, v) VALUES ('made_by', ?1), ('hash', 'blake3')",
        [concat!("flux ", env!("CARGO_PKG_VERSION"))],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

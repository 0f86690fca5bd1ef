//! Writing, within a transaction.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use crate::hash::sum;
use crate::limits::{BLOB_BYTES, HOW_BYTES, NAME_BYTES, SCORE_BYTES};
use crate::pack::Packer;
use crate::{BankError, EdgeRow, Hash, Role, RunId};

/// A transaction that is under way.
///
/// An operation that fails because of what it was asked ([`BankError::NotNext`], say) leaves the transaction as it was. One
/// that fails in the engine spoils it: every later one fails with [`BankError::Undone`], and nothing of it is applied.
pub struct Writer<'b> {
    pub(crate) connection: &'b Connection,
    pub(crate) packer: &'b Packer,
    pub(crate) path: &'b Path,
    pub(crate) is_spoiled: bool,
}

/// A run as far as writing to it goes.
pub(crate) struct OpenRun {
    pub(crate) name: String,
    pub(crate) is_finished: bool,
    pub(crate) next: u64,
}

impl Writer<'_> {
    /// Stores a genome, compressed where that makes it smaller. One that is there already is left as it is.
    ///
    /// # Errors
    /// * [`BankError::TooLarge`]: more than 64 MiB.
    /// * [`BankError::Engine`] and the other failures of the engine.
    pub fn put_genome(&mut self, bytes: &[u8]) -> Result<Hash, BankError> {
        limit("genome", bytes.len(), BLOB_BYTES)?;
        let hash = Hash::of(bytes);
        if !self.has_genome(&hash)? {
            let packed = self.packer.pack(bytes);
            self.execute(
                "store a genome",
                "INSERT INTO genome (hash, size, packed) VALUES (?1, ?2, ?3)",
                params![hash.0, bytes.len(), packed],
            )?;
        }
        Ok(hash)
    }

    /// Whether a genome is stored.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn has_genome(&mut self, hash: &Hash) -> Result<bool, BankError> {
        Ok(self.genome_id(hash)?.is_some())
    }

    /// Begins a run. `header` says what it begins with; the bank does not look into it.
    ///
    /// # Errors
    /// * [`BankError::Name`]: the name is empty, longer than 128 bytes, has control characters or blanks at its ends.
    /// * [`BankError::NameTaken`]: there is a run of that name.
    /// * [`BankError::TooLarge`]: the header has more than 64 MiB.
    /// * The failures of the engine.
    pub fn create_run(&mut self, name: &str, header: &[u8]) -> Result<RunId, BankError> {
        expect_name(name)?;
        limit("header", header.len(), BLOB_BYTES)?;
        if self.query::<i64>("find a run", "SELECT id FROM run WHERE name = ?1", params![name])?.is_some() {
            return Err(BankError::NameTaken { path: self.path.to_owned(), name: name.to_owned() });
        }
        let packed = self.packer.pack(header);
        self.execute(
            "begin a run",
            "INSERT INTO run (name, header, footer, sum) VALUES (?1, ?2, NULL, ?3)",
            params![name, packed, run_sum(name, &packed, None)],
        )?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// Appends a generation to a run that is not finished.
    ///
    /// `record` and `timings` are not looked into; `timings` is what differs between machines.
    ///
    /// # Errors
    /// * [`BankError::NotNext`]: generations are numbered from 0 without gaps, and this is not the next one.
    /// * [`BankError::RunFinished`], [`BankError::UnknownRun`].
    /// * [`BankError::TooLarge`]: the record or the timings have more than 64 MiB.
    /// * The failures of the engine.
    pub fn append_generation(
        &mut self,
        run: RunId,
        index: u64,
        record: &[u8],
        timings: &[u8],
    ) -> Result<(), BankError> {
        limit("record", record.len(), BLOB_BYTES)?;
        limit("timings", timings.len(), BLOB_BYTES)?;
        let OpenRun { name, is_finished, next } = self.open_run(run)?;
        if is_finished {
            return Err(BankError::RunFinished { name });
        }
        if next != index {
            return Err(BankError::NotNext { name, expected: next, found: index });
        }
        let record = self.packer.pack(record);
        let timings = self.packer.pack(timings);
        self.execute(
            "append a generation",
            "INSERT INTO generation (run, idx, record, timings, sum) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![run.0, index, record, timings, generation_sum(index, &record, &timings)],
        )
    }

    /// Stores the state from which a run can go on, in place of the one before.
    ///
    /// # Errors
    /// * [`BankError::UnknownRun`].
    /// * [`BankError::TooLarge`]: more than 64 MiB.
    /// * The failures of the engine.
    pub fn put_checkpoint(&mut self, run: RunId, state: &[u8]) -> Result<(), BankError> {
        limit("checkpoint", state.len(), BLOB_BYTES)?;
        self.open_run(run)?;
        let packed = self.packer.pack(state);
        self.execute(
            "store a checkpoint",
            "INSERT OR REPLACE INTO checkpoint (run, state, sum) VALUES (?1, ?2, ?3)",
            params![run.0, packed, sum(&[&packed])],
        )
    }

    /// Keeps a genome from [`Bank::gc`](crate::Bank::gc), with all its ancestors. Keeping it again changes nothing.
    ///
    /// # Errors
    /// * [`BankError::UnknownRun`], [`BankError::UnknownGenome`].
    /// * The failures of the engine.
    pub fn keep(&mut self, run: RunId, genome: &Hash, role: Role) -> Result<(), BankError> {
        self.open_run(run)?;
        let id = self.expect_genome(genome)?;
        self.keep_id(run, id, role)
    }

    fn keep_id(&mut self, run: RunId, genome: i64, role: Role) -> Result<(), BankError> {
        self.execute(
            "keep a genome",
            "INSERT OR IGNORE INTO kept (run, role, genome) VALUES (?1, ?2, ?3)",
            params![run.0, role.number(), genome],
        )
    }

    /// Lets go of a genome in one role. The genome stays until [`Bank::gc`](crate::Bank::gc).
    ///
    /// # Errors
    /// * [`BankError::UnknownRun`].
    /// * The failures of the engine.
    pub fn release(&mut self, run: RunId, genome: &Hash, role: Role) -> Result<(), BankError> {
        self.open_run(run)?;
        self.execute(
            "release a genome",
            "DELETE FROM kept WHERE run = ?1 AND role = ?2 AND genome = (SELECT id FROM genome WHERE hash = ?3)",
            params![run.0, role.number(), genome.0],
        )
    }

    /// Makes `genomes` the ones that a run keeps in one role, and lets go of the others in it.
    ///
    /// # Errors
    /// As [`Writer::keep`].
    pub fn keep_only(&mut self, run: RunId, genomes: &[Hash], role: Role) -> Result<(), BankError> {
        self.open_run(run)?;
        let ids = genomes.iter().map(|genome| self.expect_genome(genome)).collect::<Result<Vec<_>, _>>()?;
        self.execute(
            "release genomes",
            "DELETE FROM kept WHERE run = ?1 AND role = ?2",
            params![run.0, role.number()],
        )?;
        ids.into_iter().try_for_each(|id| self.keep_id(run, id, role))
    }

    /// Adds a parent to a child. Adding the same again changes nothing.
    ///
    /// # Errors
    /// * [`BankError::UnknownGenome`]: the child or the parent is not stored.
    /// * [`BankError::UnknownRun`].
    /// * [`BankError::TooLarge`]: `how` has more than 4 KiB.
    /// * [`BankError::TooMany`]: the generation's number has more than 63 bits.
    /// * The failures of the engine.
    pub fn add_edge(&mut self, edge: &EdgeRow) -> Result<(), BankError> {
        limit("description of an edge", edge.how.len(), HOW_BYTES)?;
        let generation = i64::try_from(edge.generation).map_err(|_| BankError::TooMany {
            what: "generation of an edge",
            actual: edge.generation,
            limit: i64::MAX as u64,
        })?;
        self.open_run(edge.run)?;
        let child = self.expect_genome(&edge.child)?;
        let parent = self.expect_genome(&edge.parent)?;
        self.execute(
            "add an edge",
            "INSERT OR IGNORE INTO edge (child, parent, role, run, generation, how) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![child, parent, edge.role, edge.run.0, generation, edge.how],
        )
    }

    /// Stores a score. One that is there already stays: a score is a function of its key.
    ///
    /// # Errors
    /// * [`BankError::TooLarge`]: the value has more than 64 KiB.
    /// * The failures of the engine.
    pub fn put_score(&mut self, key: &Hash, value: &[u8]) -> Result<(), BankError> {
        limit("score", value.len(), SCORE_BYTES)?;
        self.execute(
            "store a score",
            "INSERT OR IGNORE INTO score (key, value, sum) VALUES (?1, ?2, ?3)",
            params![key.0, value, sum(&[&key.0, value])],
        )
    }

    /// Ends a run. `footer` says with what; the bank does not look into it. Ending it again replaces the footer.
    ///
    /// # Errors
    /// * [`BankError::UnknownRun`].
    /// * [`BankError::TooLarge`]: the footer has more than 64 MiB.
    /// * The failures of the engine.
    pub fn finish_run(&mut self, run: RunId, footer: &[u8]) -> Result<(), BankError> {
        limit("footer", footer.len(), BLOB_BYTES)?;
        let packed = self.packer.pack(footer);
        self.set_footer(run, Some(&packed))
    }

    /// Takes a run's footer away, so that it can have more generations.
    ///
    /// # Errors
    /// * [`BankError::UnknownRun`].
    /// * The failures of the engine.
    pub fn reopen_run(&mut self, run: RunId) -> Result<(), BankError> {
        self.set_footer(run, None)
    }

    fn set_footer(&mut self, run: RunId, footer: Option<&[u8]>) -> Result<(), BankError> {
        let OpenRun { name, .. } = self.open_run(run)?;
        let header: Vec<u8> = self
            .query("read a run", "SELECT header FROM run WHERE id = ?1", params![run.0])?
            .ok_or_else(|| self.unknown(run))?;
        self.execute(
            "end a run",
            "UPDATE run SET footer = ?2, sum = ?3 WHERE id = ?1",
            params![run.0, footer, run_sum(&name, &header, footer)],
        )
    }

    pub(crate) fn open_run(&mut self, run: RunId) -> Result<OpenRun, BankError> {
        let sql = "SELECT name, footer IS NOT NULL, (SELECT max(idx) + 1 FROM generation WHERE run = id)
            FROM run WHERE id = ?1";
        self.expect_sound()?;
        let found = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                statement
                    .query_row([run.0], |row| {
                        let next: Option<u64> = row.get(2)?;
                        let next = next.unwrap_or(0);
                        Ok(OpenRun { name: row.get(0)?, is_finished: row.get(1)?, next })
                    })
                    .optional()
            })
            .map_err(|error| self.spoil("find a run", error))?;
        found.ok_or_else(|| self.unknown(run))
    }

    fn unknown(&self, run: RunId) -> BankError {
        BankError::UnknownRun { path: self.path.to_owned(), run }
    }

    fn expect_genome(&mut self, genome: &Hash) -> Result<i64, BankError> {
        let id = self.genome_id(genome)?;
        id.ok_or_else(|| BankError::UnknownGenome { path: self.path.to_owned(), genome: *genome })
    }

    fn genome_id(&mut self, hash: &Hash) -> Result<Option<i64>, BankError> {
        self.query("find a genome", "SELECT id FROM genome WHERE hash = ?1", params![hash.0])
    }

    /// The first column of the first row.
    pub(crate) fn query<T: rusqlite::types::FromSql>(
        &mut self,
        doing: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<Option<T>, BankError> {
        self.expect_sound()?;
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(parameters, |row| row.get(0)).optional())
            .map_err(|error| self.spoil(doing, error))
    }

    pub(crate) fn execute(
        &mut self,
        doing: &'static str,
        sql: &str,
        parameters: &[&dyn ToSql],
    ) -> Result<(), BankError> {
        self.expect_sound()?;
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(|error| self.spoil(doing, error))
    }

    /// Runs a statement of the garbage collector.
    pub(crate) fn collect(&mut self, doing: &'static str, sql: &str) -> Result<(), BankError> {
        self.execute(doing, sql, &[])
    }

    fn expect_sound(&self) -> Result<(), BankError> {
        if self.is_spoiled { Err(BankError::Undone { path: self.path.to_owned() }) } else { Ok(()) }
    }

    /// The engine may have rolled back by itself (a full disk), after which each statement would be a transaction of its
    /// own; so nothing that follows is done.
    fn spoil(&mut self, doing: &'static str, error: rusqlite::Error) -> BankError {
        self.is_spoiled = true;
        BankError::of(self.path, doing, error)
    }
}

/// The sum of a run's row, over what is stored.
pub(crate) fn run_sum(name: &str, header: &[u8], footer: Option<&[u8]>) -> i64 {
    let name = name.as_bytes();
    footer.map_or_else(|| sum(&[name, header]), |footer| sum(&[name, header, footer]))
}

/// The sum of a generation's row, over what is stored.
pub(crate) fn generation_sum(index: u64, record: &[u8], timings: &[u8]) -> i64 {
    sum(&[&index.to_le_bytes(), record, timings])
}

/// Refuses what is no name for a run, a document or a tape.
pub(crate) fn expect_name(name: &str) -> Result<(), BankError> {
    let is_name = !name.is_empty()
        && name.len() as u64 <= NAME_BYTES
        && name.trim() == name
        && !name.chars().any(char::is_control);
    if is_name { Ok(()) } else { Err(BankError::Name { name: name.to_owned() }) }
}

pub(crate) fn limit(what: &'static str, actual: usize, limit: u64) -> Result<(), BankError> {
    let actual = actual as u64;
    if actual > limit { Err(BankError::TooLarge { what, actual, limit }) } else { Ok(()) }
}

//! Reading.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::hash::{Prefix, sum};
use crate::schema;
use crate::writer::{generation_sum, run_sum};
use crate::{
    Bank, BankError, Counts, EdgeRow, Found, GenerationRow, Generations, GenomeRow, Genomes, Hash, KeptRow,
    Role, RunId, RunRow,
};

/// How many things an ambiguous prefix is answered with.
const SEVERAL: usize = 8;

impl Bank {
    /// The bytes of a genome, checked against its hash; none where it is not stored.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: the bytes do not have that hash.
    /// * The failures of the engine.
    pub fn genome(&self, id: &Hash) -> Result<Option<Vec<u8>>, BankError> {
        let sql = "SELECT packed FROM genome WHERE hash = ?1";
        let Some(packed) = self.one("read a genome", sql, [id.0], |row| row.get::<_, Vec<u8>>(0))? else {
            return Ok(None);
        };
        let bytes = self.packer.unpack(&packed).filter(|bytes| Hash::of(bytes) == *id);
        bytes.map(Some).ok_or_else(|| self.damaged(format!("genome `{id}` does not have its hash")))
    }

    /// Whether a genome is stored. Its bytes are not read.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn has_genome(&self, id: &Hash) -> Result<bool, BankError> {
        let sql = "SELECT 1 FROM genome WHERE hash = ?1";
        Ok(self.one("find a genome", sql, [id.0], |_| Ok(()))?.is_some())
    }

    /// Lists all genomes by their hashes, reading as it goes.
    pub fn genomes(&self) -> Genomes<'_> {
        Genomes::new(self)
    }

    /// A page of genomes by their hashes, after `after`.
    pub(crate) fn genomes_after(
        &self,
        after: Option<Hash>,
        most: usize,
    ) -> Result<Vec<GenomeRow>, BankError> {
        // The empty blob comes before every hash.
        let after = after.map_or(Vec::new(), |hash| hash.0.to_vec());
        let sql = "SELECT hash, size, length(packed) FROM genome WHERE hash > ?1 ORDER BY hash LIMIT ?2";
        self.all("list genomes", sql, params![after, most], |row| {
            Ok(GenomeRow { hash: Hash(row.get(0)?), size_bytes: row.get(1)?, stored_bytes: row.get(2)? })
        })
    }

    /// What a run's name, the beginning of one, or the beginning of a genome's hash stands for.
    ///
    /// A whole name of a run comes before everything else; otherwise the prefix must be unique among names and hashes
    /// together. An empty prefix stands for nothing.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: the run found does not agree with its sum.
    /// * The failures of the engine.
    pub fn find(&self, prefix: &str) -> Result<Found, BankError> {
        if prefix.is_empty() {
            return Ok(Found::Nothing);
        }
        if let Some(run) = self.run(prefix)? {
            return Ok(Found::Run(run));
        }
        let names: Vec<String> = self.all(
            "find runs",
            "SELECT name FROM run WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2",
            params![prefix, SEVERAL],
            |row| row.get(0),
        )?;
        let hashes: Vec<Hash> = match Prefix::parse(prefix) {
            Some(Prefix { first, last }) => self.all(
                "find genomes",
                "SELECT hash FROM genome WHERE hash BETWEEN ?1 AND ?2 ORDER BY hash LIMIT ?3",
                params![first.0, last.0, SEVERAL],
                |row| row.get(0).map(Hash),
            )?,
            None => Vec::new(),
        };
        match (names.as_slice(), hashes.as_slice()) {
            ([], []) => Ok(Found::Nothing),
            ([], [hash]) => Ok(Found::Genome(*hash)),
            ([name], []) => Ok(self.run(name)?.map_or(Found::Nothing, Found::Run)),
            _ => {
                let hashes = hashes.iter().map(ToString::to_string);
                Ok(Found::Several(names.iter().cloned().chain(hashes).take(SEVERAL).collect()))
            }
        }
    }

    /// The run of a name; none where there is none.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: the row does not agree with its sum.
    /// * The failures of the engine.
    pub fn run(&self, name: &str) -> Result<Option<RunRow>, BankError> {
        Ok(self.runs_where("WHERE name = ?1", [name])?.pop())
    }

    /// The run of a number; none where there is none.
    ///
    /// # Errors
    /// As [`Bank::run`].
    pub fn run_of(&self, run: RunId) -> Result<Option<RunRow>, BankError> {
        Ok(self.runs_where("WHERE id = ?1", [run.0])?.pop())
    }

    /// All runs, in the order in which they began.
    ///
    /// # Errors
    /// As [`Bank::run`].
    pub fn runs(&self) -> Result<Vec<RunRow>, BankError> {
        self.runs_where("ORDER BY id", [])
    }

    fn runs_where(&self, which: &str, parameters: impl Params) -> Result<Vec<RunRow>, BankError> {
        let sql = format!(
            "SELECT id, name, header, footer, sum, (SELECT max(idx) + 1 FROM generation WHERE run = id) FROM run {which}"
        );
        let rows = self.all("read runs", &sql, parameters, |row| {
            let n_generations: Option<u64> = row.get(5)?;
            let packed: (Vec<u8>, Option<Vec<u8>>, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((RunId(row.get(0)?), row.get::<_, String>(1)?, packed, n_generations.unwrap_or(0)))
        })?;
        let unpacked = rows.into_iter().map(|(id, name, (header, footer, expected), n_generations)| {
            let damaged = || self.damaged(format!("run `{name}` does not agree with its sum"));
            if run_sum(&name, &header, footer.as_deref()) != expected {
                return Err(damaged());
            }
            let header = self.packer.unpack(&header).ok_or_else(damaged)?;
            let footer = match footer {
                Some(footer) => Some(self.packer.unpack(&footer).ok_or_else(damaged)?),
                None => None,
            };
            Ok(RunRow { id, name, header, footer, n_generations })
        });
        unpacked.collect()
    }

    /// The generations of a run from one on, in order, reading as it goes. A run that is not there has none.
    pub fn generations(&self, run: RunId, from: u64) -> Generations<'_> {
        Generations::new(self, run, from)
    }

    /// A page of generations.
    pub(crate) fn generations_from(
        &self,
        run: RunId,
        from: u64,
        most: usize,
    ) -> Result<Vec<GenerationRow>, BankError> {
        let sql = "SELECT idx, record, timings, sum FROM generation WHERE run = ?1 AND idx >= ?2 ORDER BY idx LIMIT ?3";
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let rows = self.all("read generations", sql, params![run.0, from, most], |row| {
            let packed: (Vec<u8>, Vec<u8>, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            Ok((row.get::<_, u64>(0)?, packed))
        })?;
        let unpacked = rows.into_iter().map(|(index, (record, timings, expected))| {
            let damaged = || {
                self.damaged(format!(
                    "generation {index} of run number {} does not agree with its sum",
                    run.0
                ))
            };
            if generation_sum(index, &record, &timings) != expected {
                return Err(damaged());
            }
            let record = self.packer.unpack(&record).ok_or_else(damaged)?;
            let timings = self.packer.unpack(&timings).ok_or_else(damaged)?;
            Ok(GenerationRow { index, record, timings })
        });
        unpacked.collect()
    }

    /// The state from which a run can go on; none where there is none.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: it does not agree with its sum.
    /// * The failures of the engine.
    pub fn checkpoint(&self, run: RunId) -> Result<Option<Vec<u8>>, BankError> {
        let sql = "SELECT state, sum FROM checkpoint WHERE run = ?1";
        let found = self.one("read a checkpoint", sql, [run.0], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?))
        })?;
        let Some((packed, expected)) = found else { return Ok(None) };
        let state = (sum(&[&packed]) == expected).then(|| self.packer.unpack(&packed)).flatten();
        state.map(Some).ok_or_else(|| {
            self.damaged(format!("the checkpoint of run number {} does not agree with its sum", run.0))
        })
    }

    /// What a run keeps, by role and then by hash.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn kept(&self, run: RunId) -> Result<Vec<KeptRow>, BankError> {
        let sql = "SELECT role, hash FROM kept JOIN genome ON id = genome WHERE run = ?1 ORDER BY role, hash";
        let rows = self.all("read what a run keeps", sql, [run.0], |row| {
            Ok((row.get::<_, u8>(0)?, Hash(row.get(1)?)))
        })?;
        let named = rows.into_iter().map(|(role, genome)| {
            let role = Role::of_number(role).ok_or_else(|| {
                self.damaged(format!("run number {} keeps a genome in the unknown role {role}", run.0))
            })?;
            Ok(KeptRow { role, genome })
        });
        named.collect()
    }

    /// What a genome was made of: by run, generation and role.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn parents(&self, child: &Hash) -> Result<Vec<EdgeRow>, BankError> {
        self.edges_where("WHERE c.hash = ?1", [child.0])
    }

    /// What was made of a genome: by run, generation and role, then by the child's hash.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn children(&self, parent: &Hash) -> Result<Vec<EdgeRow>, BankError> {
        self.edges_where("WHERE p.hash = ?1", [parent.0])
    }

    /// What a run made, in the order of [`Bank::children`].
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn edges_of_run(&self, run: RunId) -> Result<Vec<EdgeRow>, BankError> {
        self.edges_where("WHERE e.run = ?1", [run.0])
    }

    pub(crate) fn edges_where(
        &self,
        which: &str,
        parameters: impl Params,
    ) -> Result<Vec<EdgeRow>, BankError> {
        let sql = format!(
            "SELECT c.hash, p.hash, e.role, e.run, e.generation, e.how
            FROM edge AS e JOIN genome AS c ON c.id = e.child JOIN genome AS p ON p.id = e.parent
            {which} ORDER BY e.run, e.generation, e.role, c.hash, p.hash"
        );
        self.all("read edges", &sql, parameters, |row| {
            Ok(EdgeRow {
                child: Hash(row.get(0)?),
                parent: Hash(row.get(1)?),
                role: row.get(2)?,
                run: RunId(row.get(3)?),
                generation: row.get(4)?,
                how: row.get(5)?,
            })
        })
    }

    /// A score; none where there is none. Within [`Bank::snapshot`] it is about twice as fast.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: it does not agree with its sum.
    /// * The failures of the engine.
    pub fn score(&self, key: &Hash) -> Result<Option<Vec<u8>>, BankError> {
        let sql = "SELECT value, sum FROM score WHERE key = ?1";
        let found = self.one("read a score", sql, [key.0], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?))
        })?;
        match found {
            Some((value, expected)) if sum(&[&key.0, &value]) != expected => {
                Err(self.damaged(format!("score `{key}` does not agree with its sum")))
            }
            found => Ok(found.map(|(value, _)| value)),
        }
    }

    /// How much there is of everything. Counting reads every page of an index.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn counts(&self) -> Result<Counts, BankError> {
        counts(&self.connection).map_err(|error| BankError::of(&self.path, "count", error))
    }

    /// The first row.
    pub(crate) fn one<T>(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: impl Params,
        f: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, BankError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(parameters, f).optional())
            .map_err(|error| BankError::of(&self.path, doing, error))
    }

    /// All rows.
    pub(crate) fn all<T>(
        &self,
        doing: &'static str,
        sql: &str,
        parameters: impl Params,
        f: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, BankError> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_map(parameters, f)?.collect())
            .map_err(|error| BankError::of(&self.path, doing, error))
    }

    /// Lets `f` see one row after the other, without keeping them.
    pub(crate) fn each(
        &self,
        doing: &'static str,
        sql: &str,
        mut f: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), BankError> {
        let of = |error| BankError::of(&self.path, doing, error);
        let mut statement = self.connection.prepare(sql).map_err(of)?;
        let mut rows = statement.query([]).map_err(of)?;
        while let Some(row) = rows.next().map_err(of)? {
            f(row).map_err(of)?;
        }
        Ok(())
    }

    /// One number.
    pub(crate) fn count(&self, sql: &str) -> Result<u64, BankError> {
        Ok(self.one("count", sql, [], |row| row.get(0))?.unwrap_or(0))
    }

    /// Whether the file has documents, tapes and calibrations: one of an earlier format has no tables for them.
    pub(crate) fn has_documents(&self) -> Result<bool, BankError> {
        let version = schema::version(&self.connection)
            .map_err(|error| BankError::of(&self.path, "read the format", error))?;
        Ok(version >= schema::WITH_DOCUMENTS)
    }

    pub(crate) fn damaged(&self, what: String) -> BankError {
        BankError::Damaged { path: self.path.clone(), what }
    }
}

/// How much there is of everything.
pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let sql =
        "SELECT (SELECT count(*) FROM genome), (SELECT count(*) FROM run), (SELECT count(*) FROM generation),
        (SELECT count(*) FROM edge), (SELECT count(*) FROM score)";
    let counts = connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Counts {
            genomes: row.get(0)?,
            runs: row.get(1)?,
            generations: row.get(2)?,
            edges: row.get(3)?,
            scores: row.get(4)?,
            ..Counts::default()
        })
    })?;
    if schema::version(connection)? < schema::WITH_DOCUMENTS {
        return Ok(counts);
    }
    let sql = "SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM version),
        (SELECT count(*) FROM tape), (SELECT count(*) FROM calibration)";
    connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Counts {
            documents: row.get(0)?,
            versions: row.get(1)?,
            tapes: row.get(2)?,
            calibrations: row.get(3)?,
            ..counts
        })
    })
}

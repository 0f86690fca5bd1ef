//! Looking for damage: everything is read and compared with its hash or sum.

use crate::documents::{StoredVersion, document_sum};
use crate::hash::sum;
use crate::tapes::tape_sum;
use crate::writer::{generation_sum, run_sum};
use crate::{Bank, BankError, Counts, Hash, Role};

/// Contradictions that the engine lists before it stops looking for more.
const MOST_FROM_ENGINE: u32 = 100;
/// Findings that are kept; where there are more, the last one says so.
const MOST: usize = 1000;

/// What is wrong with a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The file's pages or tables contradict each other, in the engine's words.
    File(String),
    /// A genome's bytes do not have its hash, or not the size that is stored with it.
    Genome(Hash),
    /// A run does not agree with its sum.
    Run(String),
    /// A generation does not agree with its sum.
    Generation {
        /// The run's name.
        run: String,
        /// Its place in the run.
        index: u64,
    },
    /// A generation is missing between others.
    Gap {
        /// The run's name.
        run: String,
        /// The first that is missing.
        index: u64,
    },
    /// A checkpoint does not agree with its sum.
    Checkpoint {
        /// The run's name.
        run: String,
    },
    /// A run keeps a genome in a role that there is not.
    Role {
        /// The run's name.
        run: String,
        /// The role's number.
        role: u8,
    },
    /// An edge, a generation or a kept genome refers to a row that is not there.
    Dangling {
        /// The table that refers.
        table: String,
        /// The table that lacks the row.
        missing_in: String,
    },
    /// A score does not agree with its sum.
    Score(Hash),
    /// A document does not agree with its sum.
    Document(String),
    /// A version does not agree with its sum.
    Version {
        /// The document's name.
        document: String,
        /// The version's number.
        number: u64,
    },
    /// A tape does not agree with its sum, or does not have the size that is stored with it.
    Tape(String),
    /// A calibration does not agree with its sum; its key, as far as that is text.
    Calibration(String),
    /// There are more findings than are kept.
    More,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(what) => write!(f, "the file is inconsistent: {what}"),
            Self::Genome(hash) => write!(f, "genome `{hash}` does not have its hash or its size"),
            Self::Run(name) => write!(f, "run `{name}` does not agree with its sum"),
            Self::Generation { run, index } => {
                write!(f, "generation {index} of run `{run}` does not agree with its sum")
            }
            Self::Gap { run, index } => write!(f, "run `{run}` has no generation {index}"),
            Self::Checkpoint { run } => {
                write!(f, "the checkpoint of run `{run}` does not agree with its sum")
            }
            Self::Role { run, role } => write!(f, "run `{run}` keeps a genome in the unknown role {role}"),
            Self::Dangling { table, missing_in } => {
                write!(f, "a row of `{table}` refers to nothing in `{missing_in}`")
            }
            Self::Score(key) => write!(f, "score `{key}` does not agree with its sum"),
            Self::Document(name) => write!(f, "document `{name}` does not agree with its sum"),
            Self::Version { document, number } => {
                write!(f, "version {number} of document `{document}` does not agree with its sum")
            }
            Self::Tape(name) => write!(f, "tape `{name}` does not agree with its sum or its size"),
            Self::Calibration(key) => {
                write!(f, "calibration `{}` does not agree with its sum", key.escape_debug())
            }
            Self::More => write!(f, "there is more damage than is listed here"),
        }
    }
}

/// What a check looked at and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What was looked at.
    pub checked: Counts,
    /// What is wrong, at most about a thousand.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn add(&mut self, finding: Finding) {
        if self.findings.len() < MOST {
            self.findings.push(finding);
        } else if self.findings.len() == MOST {
            self.findings.push(Finding::More);
        }
    }
}

impl Bank {
    /// Reads everything and compares it with its hash or its sum.
    ///
    /// Damage is a finding, not an error, and does not stop the search for more. Another process may write meanwhile:
    /// one state is looked at.
    ///
    /// # Errors
    /// What is no damage: [`BankError::Busy`] and failures of the system.
    pub fn check(&self) -> Result<CheckReport, BankError> {
        self.snapshot(|bank| {
            let mut report = CheckReport::default();
            let parts = [
                Self::check_file,
                Self::check_references,
                Self::check_genomes,
                Self::check_runs,
                Self::check_scores,
                Self::check_documents,
                Self::check_tapes,
            ];
            for part in parts {
                match part(bank, &mut report) {
                    Err(BankError::DamagedFile { source, .. }) => {
                        report.add(Finding::File(source.to_string()));
                    }
                    // A column of another type than the schema says: the row is not one that we wrote.
                    Err(BankError::Engine { source, .. }) if source.is_of_row() => {
                        report.add(Finding::File(source.to_string()));
                    }
                    result => result?,
                }
            }
            Ok(report)
        })
    }

    fn check_file(&self, report: &mut CheckReport) -> Result<(), BankError> {
        let sql = format!("PRAGMA integrity_check({MOST_FROM_ENGINE})");
        for line in self.all("check the file", &sql, [], |row| row.get::<_, String>(0))? {
            if line != "ok" {
                report.add(Finding::File(line));
            }
        }
        Ok(())
    }

    fn check_references(&self, report: &mut CheckReport) -> Result<(), BankError> {
        report.checked.edges = self.count("SELECT count(*) FROM edge")?;
        let rows = self.all("check references", "PRAGMA foreign_key_check", [], |row| {
            Ok(Finding::Dangling { table: row.get(0)?, missing_in: row.get(2)? })
        })?;
        rows.into_iter().for_each(|finding| report.add(finding));
        Ok(())
    }

    fn check_genomes(&self, report: &mut CheckReport) -> Result<(), BankError> {
        let sql = "SELECT hash, size, packed FROM genome ORDER BY id";
        self.each("check genomes", sql, |row| {
            let (hash, size, packed): (_, u64, Vec<u8>) = (Hash(row.get(0)?), row.get(1)?, row.get(2)?);
            report.checked.genomes += 1;
            let bytes = self.packer.unpack(&packed);
            if bytes.is_none_or(|bytes| Hash::of(&bytes) != hash || bytes.len() as u64 != size) {
                report.add(Finding::Genome(hash));
            }
            Ok(())
        })
    }

    fn check_runs(&self, report: &mut CheckReport) -> Result<(), BankError> {
        let sql = "SELECT id, name, header, footer, sum FROM run ORDER BY id";
        let runs = self.all("check runs", sql, [], |row| {
            let (name, header, footer): (String, Vec<u8>, Option<Vec<u8>>) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let is_whole = run_sum(&name, &header, footer.as_deref()) == row.get::<_, i64>(4)?
                && self.packer.unpack(&header).is_some()
                && footer.is_none_or(|footer| self.packer.unpack(&footer).is_some());
            Ok((row.get::<_, i64>(0)?, name, is_whole))
        })?;
        for (id, name, is_whole) in runs {
            report.checked.runs += 1;
            if !is_whole {
                report.add(Finding::Run(name.clone()));
            }
            self.check_run(id, &name, report)?;
        }
        Ok(())
    }

    fn check_run(&self, id: i64, name: &str, report: &mut CheckReport) -> Result<(), BankError> {
        let run = || name.to_owned();
        let mut next = 0;
        let sql = format!("SELECT idx, record, timings, sum FROM generation WHERE run = {id} ORDER BY idx");
        self.each("check generations", &sql, |row| {
            let (index, record, timings): (u64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            report.checked.generations += 1;
            if index != next {
                report.add(Finding::Gap { run: run(), index: next });
            }
            next = index.saturating_add(1);
            let is_whole = generation_sum(index, &record, &timings) == row.get::<_, i64>(3)?
                && self.packer.unpack(&record).is_some()
                && self.packer.unpack(&timings).is_some();
            if !is_whole {
                report.add(Finding::Generation { run: run(), index });
            }
            Ok(())
        })?;
        let sql = format!("SELECT state, sum FROM checkpoint WHERE run = {id}");
        self.each("check checkpoints", &sql, |row| {
            let (state, expected): (Vec<u8>, i64) = (row.get(0)?, row.get(1)?);
            if sum(&[&state]) != expected || self.packer.unpack(&state).is_none() {
                report.add(Finding::Checkpoint { run: run() });
            }
            Ok(())
        })?;
        let sql = format!("SELECT DISTINCT role FROM kept WHERE run = {id} ORDER BY role");
        self.each("check roles", &sql, |row| {
            let role: u8 = row.get(0)?;
            if Role::of_number(role).is_none() {
                report.add(Finding::Role { run: run(), role });
            }
            Ok(())
        })
    }

    fn check_scores(&self, report: &mut CheckReport) -> Result<(), BankError> {
        self.each("check scores", "SELECT key, value, sum FROM score ORDER BY key", |row| {
            let (key, value, expected): (_, Vec<u8>, i64) = (Hash(row.get(0)?), row.get(1)?, row.get(2)?);
            report.checked.scores += 1;
            if sum(&[&key.0, &value]) != expected {
                report.add(Finding::Score(key));
            }
            Ok(())
        })
    }

    fn check_documents(&self, report: &mut CheckReport) -> Result<(), BankError> {
        if !self.has_documents()? {
            return Ok(());
        }
        self.each("check documents", "SELECT name, live, sum FROM document ORDER BY name", |row| {
            let (name, live): (String, u64) = (row.get(0)?, row.get(1)?);
            report.checked.documents += 1;
            if document_sum(&name, live) != row.get::<_, i64>(2)? {
                report.add(Finding::Document(name));
            }
            Ok(())
        })?;
        let sql = "SELECT number, parent, text, record, v.sum, name FROM version AS v JOIN document ON id = document
            ORDER BY name, number";
        self.each("check versions", sql, |row| {
            let (stored, document) = (StoredVersion::of(row)?, row.get(5)?);
            let number = stored.number;
            report.checked.versions += 1;
            if self.unpack_version(stored).is_none() {
                report.add(Finding::Version { document, number });
            }
            Ok(())
        })
    }

    fn check_tapes(&self, report: &mut CheckReport) -> Result<(), BankError> {
        if !self.has_documents()? {
            return Ok(());
        }
        self.each("check tapes", "SELECT name, size, packed, sum FROM tape ORDER BY name", |row| {
            let (name, size, packed): (String, u64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            report.checked.tapes += 1;
            let is_whole = tape_sum(&name, &packed) == row.get::<_, i64>(3)?
                && self.packer.unpack(&packed).is_some_and(|bytes| bytes.len() as u64 == size);
            if !is_whole {
                report.add(Finding::Tape(name));
            }
            Ok(())
        })?;
        self.each("check calibrations", "SELECT key, value, sum FROM calibration ORDER BY key", |row| {
            let (key, value): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
            report.checked.calibrations += 1;
            if sum(&[&key, &value]) != row.get::<_, i64>(2)? {
                report.add(Finding::Calibration(String::from_utf8_lossy(&key).into_owned()));
            }
            Ok(())
        })
    }
}

//! Throwing away what nothing refers to, and giving the room back.

use crate::{Bank, BankError};

/// What is kept by nobody: not by a run, in any role, nor an ancestor of what one keeps.
const DEAD: &str = "
    WITH RECURSIVE live (id) AS (
        SELECT genome FROM kept
        UNION
        SELECT edge.parent FROM edge JOIN live ON edge.child = live.id
    )
    SELECT id FROM genome WHERE id NOT IN (SELECT id FROM live)";

/// Whether the scores go too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// They stay: a later run that meets the same variant need not run it.
    Keep,
    /// They go: everything in them can be computed again.
    Forget,
}

/// Whether something is done, or only said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is done.
    Do,
    /// The report says what would be done, and nothing is changed.
    DryRun,
}

/// What was thrown away, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GcReport {
    /// Genomes that no run keeps and that are no ancestors of what one keeps.
    pub genomes: u64,
    /// What they take in the file, in bytes.
    pub stored_bytes: u64,
    /// Edges that end at one of them.
    pub edges: u64,
    /// Scores.
    pub scores: u64,
}

/// The file's size before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactReport {
    /// Bytes before.
    pub before_bytes: u64,
    /// Bytes after.
    pub after_bytes: u64,
}

impl Bank {
    /// Throws away, in one transaction, the genomes that no run reaches, with their edges.
    ///
    /// A run reaches what it keeps ([`Role`](crate::Role)) and all ancestors of that. The file does not get smaller:
    /// the room is used again, or given back by [`Bank::compact`].
    ///
    /// # Errors
    /// * [`BankError::ReadOnly`]: the bank is open for reading only, and this is not a dry run.
    /// * The failures of the engine.
    pub fn gc(&mut self, scores: Scores, mode: Mode) -> Result<GcReport, BankError> {
        if mode == Mode::DryRun {
            return self.snapshot(|bank| bank.garbage(scores));
        }
        let report = self.snapshot(|bank| bank.garbage(scores))?;
        self.write(|writer| {
            writer.collect(
                "throw edges away",
                &format!("DELETE FROM edge WHERE child IN ({DEAD}) OR parent IN ({DEAD})"),
            )?;
            writer.collect("throw genomes away", &format!("DELETE FROM genome WHERE id IN ({DEAD})"))?;
            if scores == Scores::Forget {
                writer.collect("throw scores away", "DELETE FROM score")?;
            }
            Ok::<_, BankError>(())
        })?;
        Ok(report)
    }

    fn garbage(&self, scores: Scores) -> Result<GcReport, BankError> {
        let genomes = format!("SELECT count(*) FROM ({DEAD})");
        let stored = format!("SELECT coalesce(sum(length(packed)), 0) FROM genome WHERE id IN ({DEAD})");
        let edges = format!("SELECT count(*) FROM edge WHERE child IN ({DEAD}) OR parent IN ({DEAD})");
        Ok(GcReport {
            genomes: self.count(&genomes)?,
            stored_bytes: self.count(&stored)?,
            edges: self.count(&edges)?,
            scores: match scores {
                Scores::Keep => 0,
                Scores::Forget => self.count("SELECT count(*) FROM score")?,
            },
        })
    }

    /// Writes the file anew without unused room, and cuts back the write-ahead log.
    ///
    /// It needs as much free room on the disk as the bank has content. Where another process reads meanwhile, the file gets
    /// smaller only with a later write.
    ///
    /// # Errors
    /// * [`BankError::ReadOnly`], [`BankError::Full`].
    /// * The failures of the engine.
    pub fn compact(&mut self) -> Result<CompactReport, BankError> {
        if self.lock.is_none() {
            return Err(BankError::ReadOnly { path: self.path.clone() });
        }
        let size = || self.path.metadata().map_or(0, |file| file.len());
        let of = |error| BankError::of(&self.path, "compact the file", error);
        // What is still in the log only would otherwise not count.
        let fold =
            || self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(of);
        fold()?;
        let before_bytes = size();
        self.connection.execute_batch("VACUUM").map_err(of)?;
        fold()?;
        Ok(CompactReport { before_bytes, after_bytes: size() })
    }
}

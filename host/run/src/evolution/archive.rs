//! Runs in the bank: begun, kept after every generation, taken up again, ended.
//!
//! A generation is one transaction, so a run that is killed at any moment is found as it was after its last whole
//! generation. What is kept is what the engine was told; a run is taken up by telling it to a new engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use flux_bank::{Bank, BankError, EdgeRow, Hash, Role, RunId, RunRow};
use flux_evolve::history::Event;
use flux_genome::{AdmitError, Bounds, Genome, GenomeId};
use serde::{Deserialize, Serialize};

use crate::entrant::Entrant;
use crate::record::ScoreRecordV1;

use super::record::RunHeaderV1;
use super::{Evolution, EvolutionError, Finish, Step};

/// The schema of [`RunFooterV1`].
pub const RUN_END_V1: &str = "flux.run-end/1";

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFooterV1 {
    /// The champion's identity.
    pub champion: String,
    /// How champion and founder do on inputs that were drawn anew at the end; none when the arena draws none.
    #[serde(default)]
    pub fresh: Option<FreshV1>,
    /// Generations in all.
    pub generations: u64,
    /// Whether the champion is right and better than the best founder.
    pub is_better: bool,
    /// The hash over the header and all records.
    pub root: String,
    /// [`RUN_END_V1`].
    pub schema: String,
    /// Why it ended.
    pub stop: String,
}

/// How champion and founder do on inputs that were drawn anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FreshV1 {
    /// The champion's score.
    pub champion: ScoreRecordV1,
    /// The best founder's.
    pub founder: ScoreRecordV1,
    /// How many inputs there were.
    pub inputs: u64,
}

impl FreshV1 {
    fn of(finish: &Finish) -> Option<Self> {
        let (champion, founder) = (finish.fresh.as_ref()?, finish.founder.fresh.as_ref()?);
        Some(Self { champion: champion.into(), founder: founder.into(), inputs: finish.n_fresh })
    }
}

/// A run cannot be kept or taken up again.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The bank does not do it.
    #[error(transparent)]
    Bank(#[from] BankError),
    /// There is no such run.
    #[error("bank `{bank}` has no run `{run}`")]
    #[diagnostic(code("archive::unknown-run"), help("`flux bank list` lists the runs"))]
    UnknownRun {
        /// The bank's file.
        bank: String,
        /// The name asked for.
        run: String,
    },
    /// What is kept of a run cannot be read.
    #[error("what is kept of run `{run}` cannot be read: {reason}")]
    #[diagnostic(code("archive::damaged"), help("`flux bank check` says what is damaged"))]
    Damaged {
        /// The run.
        run: String,
        /// Why.
        reason: String,
    },
    /// A genome that the run needs is not in the bank.
    #[error("genome {genome} of run `{run}` is not in the bank")]
    #[diagnostic(code("archive::missing-genome"), help("`flux bank check` says what else is missing"))]
    MissingGenome {
        /// The run.
        run: String,
        /// The genome.
        genome: GenomeId,
    },
    /// A genome in the bank is none any more, by this version's rules.
    #[error("genome {genome} of run `{run}` is not admitted any more")]
    #[diagnostic(code("archive::not-a-genome"))]
    NotAGenome {
        /// The run.
        run: String,
        /// The genome.
        genome: GenomeId,
        /// Why.
        #[source]
        source: Box<AdmitError>,
    },
    /// The arena, or what it is measured with, is not what it was when the run began.
    #[error("the arena of run `{run}` is not what it was when the run began")]
    #[diagnostic(
        code("archive::other-arena"),
        help("bring the arena's folder back as it was, or begin a new run with `flux evolve`")
    )]
    OtherArena {
        /// The run.
        run: String,
    },
    /// The run does not go on from its records.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Evolution(#[from] EvolutionError),
}

/// Begins a run in the bank, under a name that no other run has.
///
/// # Errors
/// [`ArchiveError::Bank`]: the name is taken, or the bank cannot be written.
pub fn begin(
    bank: &mut Bank,
    name: &str,
    run: &Evolution<'_>,
    arena_path: &str,
) -> Result<RunId, ArchiveError> {
    let header = super::json(&run.header(arena_path));
    bank.write(|writer| {
        let id = writer.create_run(name, &header)?;
        for founder in run.founders() {
            let hash = writer.put_genome(founder.bytes())?;
            writer.keep(id, &hash, Role::Founder)?;
        }
        Ok(id)
    })
}

/// Keeps a generation, in one transaction.
///
/// # Errors
/// [`ArchiveError::Bank`]: the bank cannot be written; nothing of the generation is kept then.
pub fn keep(bank: &mut Bank, id: RunId, run: &Evolution<'_>, step: &Step) -> Result<(), ArchiveError> {
    let hash = |genome: &GenomeId| Hash(*genome.as_bytes());
    bank.write(|writer| {
        for variant in &step.report.accepted {
            if let Some(genome) = run.genome(variant.id) {
                writer.put_genome(genome.bytes())?;
            }
        }
        for edge in &step.edges {
            writer.add_edge(&EdgeRow {
                child: hash(&edge.child),
                parent: hash(&edge.parent),
                role: edge.role,
                run: id,
                generation: step.report.generation,
                how: edge.how.clone(),
            })?;
        }
        for (key, facts) in &step.facts {
            writer.put_score(&Hash(*key.as_bytes()), facts)?;
        }
        let mut survivors: Vec<Hash> = run.living().map(|(_, genome)| hash(&genome.id())).collect();
        survivors.sort_unstable();
        survivors.dedup();
        writer.keep_only(id, &survivors, Role::Survivor)?;
        for event in &step.report.events {
            if let Event::Crowned { genome, .. } = event {
                writer.keep(id, &hash(genome), Role::Champion)?;
            }
        }
        let timings = super::json(&TimingsV1::of(step, run));
        writer.append_generation(id, step.report.generation, &step.record, &timings)?;
        Ok(())
    })
}

/// Marks a run as ended.
///
/// # Errors
/// [`ArchiveError::Bank`]: the bank cannot be written.
pub fn end(
    bank: &mut Bank,
    id: RunId,
    run: &Evolution<'_>,
    finish: &Finish,
    stop: &str,
) -> Result<(), ArchiveError> {
    let footer = super::json(&RunFooterV1 {
        champion: finish.genome.id().to_string(),
        fresh: FreshV1::of(finish),
        generations: run.generation(),
        is_better: finish.is_better,
        root: run.root(),
        schema: RUN_END_V1.to_owned(),
        stop: stop.to_owned(),
    });
    bank.write(|writer| Ok(writer.finish_run(id, &footer)?))
}

/// A run that the bank has.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Archived {
    /// Its row in the bank.
    pub row: RunRow,
    /// What it is a function of.
    pub header: RunHeaderV1,
    /// How it ended; none while it has not.
    pub footer: Option<RunFooterV1>,
}

/// Finds a run by its name.
///
/// # Errors
/// * [`ArchiveError::UnknownRun`]: there is none.
/// * [`ArchiveError::Damaged`], [`ArchiveError::Bank`]: it cannot be read.
pub fn find(bank: &Bank, name: &str) -> Result<Archived, ArchiveError> {
    let row = bank.run(name)?.ok_or_else(|| ArchiveError::UnknownRun {
        bank: bank.path().display().to_string(),
        run: name.to_owned(),
    })?;
    let damaged =
        |error: serde_json::Error| ArchiveError::Damaged { run: name.to_owned(), reason: error.to_string() };
    let header = serde_json::from_slice(&row.header).map_err(damaged)?;
    let footer = row.footer.as_deref().map(serde_json::from_slice).transpose().map_err(damaged)?;
    Ok(Archived { row, header, footer })
}

impl Archived {
    /// The run's founders, out of the bank.
    ///
    /// # Errors
    /// * [`ArchiveError::MissingGenome`], [`ArchiveError::NotAGenome`]: one of them cannot be had.
    pub fn founders(&self, bank: &Bank, bounds: &Bounds) -> Result<Vec<Entrant>, ArchiveError> {
        let entrants = self.header.founders.iter().map(|founder| {
            let id = founder.genome.parse().map_err(|error| self.damaged(&error))?;
            let genome = self.genome(bank, id, bounds)?;
            Ok(Entrant { name: founder.name.clone(), genome })
        });
        entrants.collect()
    }

    /// A genome of the run, out of the bank.
    ///
    /// # Errors
    /// * [`ArchiveError::MissingGenome`], [`ArchiveError::NotAGenome`]: it cannot be had.
    pub fn genome(&self, bank: &Bank, id: GenomeId, bounds: &Bounds) -> Result<Genome, ArchiveError> {
        let run = || self.row.name.clone();
        let bytes = bank
            .genome(&Hash(*id.as_bytes()))?
            .ok_or_else(|| ArchiveError::MissingGenome { run: run(), genome: id })?;
        Genome::admit(bytes, bounds).map_err(|source| ArchiveError::NotAGenome {
            run: run(),
            genome: id,
            source: Box::new(source),
        })
    }

    /// Tells `run`, which was set up as the header says, what is in the bank, and brings its genomes back.
    ///
    /// `observe` sees every generation.
    ///
    /// # Errors
    /// * [`ArchiveError::OtherArena`]: `run` is measured by something else.
    /// * [`ArchiveError::Evolution`]: a record does not fit.
    /// * [`ArchiveError::MissingGenome`], [`ArchiveError::NotAGenome`]: a genome cannot be had.
    pub fn restore(
        &self,
        bank: &Bank,
        run: &mut Evolution<'_>,
        bounds: &Bounds,
        mut observe: impl FnMut(&Step),
    ) -> Result<(), ArchiveError> {
        self.hold_against(run)?;
        for generation in bank.generations(self.row.id, 0) {
            let step = run.retell(&generation?.record)?;
            observe(&step);
        }
        let mut found: BTreeMap<GenomeId, Arc<Genome>> = BTreeMap::new();
        run.revive(|id| -> Result<_, ArchiveError> {
            if let Some(genome) = found.get(&id) {
                return Ok(Arc::clone(genome));
            }
            let genome = Arc::new(self.genome(bank, id, bounds)?);
            found.insert(id, Arc::clone(&genome));
            Ok(genome)
        })
    }

    /// Whether `run` is set up as this one was.
    ///
    /// # Errors
    /// [`ArchiveError::OtherArena`]: it is not.
    pub fn hold_against(&self, run: &Evolution<'_>) -> Result<(), ArchiveError> {
        if run.header(&self.header.arena_path) == self.header {
            Ok(())
        } else {
            Err(ArchiveError::OtherArena { run: self.row.name.clone() })
        }
    }

    fn damaged(&self, error: &dyn std::error::Error) -> ArchiveError {
        ArchiveError::Damaged { run: self.row.name.clone(), reason: error.to_string() }
    }
}

/// How long a generation took, and what was known before. Apart from its record, since it differs between machines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimingsV1 {
    /// Children that were known when they were made, since the process began.
    pub known: u64,
    /// Children made since the process began.
    pub made: u64,
    /// Seconds that making the children took.
    pub making_s: f64,
    /// Seconds that measuring them took.
    pub measuring_s: f64,
    /// Seconds in all, without keeping.
    pub total_s: f64,
}

impl TimingsV1 {
    fn of(step: &Step, run: &Evolution<'_>) -> Self {
        let counts = run.counts();
        Self {
            known: counts.known,
            made: counts.made,
            making_s: step.timings.making.as_secs_f64(),
            measuring_s: step.timings.measuring.as_secs_f64(),
            total_s: step.timings.total.as_secs_f64(),
        }
    }
}

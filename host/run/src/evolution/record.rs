//! Records: what runs look like in JSON. Fields stand in alphabetical order, so that keys come sorted.
//!
//! A generation's record holds what the engine was told, which is all that a run needs to be taken up again, and what
//! people want to know. It says nothing of time, machine or number of threads: the same run has the same records, byte
//! for byte.

use serde::{Deserialize, Serialize};

use flux_evolve::bandit::Arm;
use flux_evolve::history::{Event, GenerationReport, IslandReport};
use flux_evolve::measure::Measure;
use flux_evolve::policy::EvolutionPolicy;
use flux_evolve::score::Score;
use flux_evolve::tally::Share;
use flux_evolve::variant::{Base, Outcome, Variant, VariantId};
use flux_genome::{GenomeId, genome::ParseGenomeIdError};

use super::examiner::Whole;
use crate::record::ScoreRecordV1;

/// The schema of [`RunHeaderV1`].
pub const RUN_V1: &str = "flux.run/1";

/// The schema of [`GenerationRecordV1`].
pub const GENERATION_V1: &str = "flux.generation/1";

/// What a run is a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHeaderV1 {
    /// The arena's name.
    pub arena: String,
    /// The folder or file that it was loaded from, as it was given.
    pub arena_path: String,
    /// A digest of everything that a measurement depends on besides the genome, 64 hexadecimal digits.
    pub context: String,
    /// The table by which cycles are counted.
    pub cost_table: String,
    /// Who the run began with.
    pub founders: Vec<FounderRecordV1>,
    /// The policy, as a policy file that says everything.
    pub policy: String,
    /// [`RUN_V1`].
    pub schema: String,
    /// What everything is drawn from.
    pub seed: u64,
}

/// One of those that a run began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FounderRecordV1 {
    /// Its identity.
    pub genome: String,
    /// Its name, for people.
    pub name: String,
}

/// One generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerationRecordV1 {
    /// The variants that became members of a population.
    pub accepted: Vec<VariantRecordV1>,
    /// Children that fell below the bar.
    pub dropped: u64,
    /// What happened to the best.
    pub events: Vec<EventRecordV1>,
    /// Its number, from 0.
    pub generation: u64,
    /// How the populations stand at its end.
    pub islands: Vec<IslandRecordV1>,
    /// Children measured to the end.
    pub measured: u64,
    /// The chance of one more operator a child in the next generation.
    pub more: f64,
    /// How the operators have done so far.
    pub operators: Vec<OperatorRecordV1>,
    /// What the engine was told, by proposal.
    pub outcomes: Vec<OutcomeRecordV1>,
    /// Variants proposed since the run began.
    pub proposed: u64,
    /// [`GENERATION_V1`].
    pub schema: String,
    /// Proposals without a child.
    pub stillborn: u64,
    /// Children larger than they may be.
    pub too_large: u64,
    /// Where the run is going.
    pub trend: TrendRecordV1,
}

/// What came of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeRecordV1 {
    /// The champion's sums on the held-out cases; null when there are none.
    Confirmed(Option<ShareRecordV1>),
    /// The genome fell below the bar.
    Dropped(String),
    /// The genome was measured.
    Measured(MeasuredRecordV1),
    /// There is no child.
    Stillborn,
    /// The genome is larger than it may be.
    TooLarge(String),
}

/// What was measured of a genome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredRecordV1 {
    /// A digest of what it did on every case.
    pub behaviour: u64,
    /// Sum of weight (thousandths) x credit (millionths).
    pub credit: u64,
    /// The credit of every case, where parents are selected by cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credits: Vec<u32>,
    /// Its identity.
    pub genome: String,
    /// Its size in bytes.
    pub len_bytes: u64,
    /// The sums of its trials.
    pub share: ShareRecordV1,
}

/// Sums of trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareRecordV1 {
    /// Trials that ended clean, trapped, exhausted, refused and unequal.
    pub conduct: [u64; 5],
    /// Trials with a correct result.
    pub correct: u64,
    /// Cycles of all trials.
    pub cycles: u64,
    /// Weight of the trials with a correct result, in thousandths.
    pub passed_weight: u64,
    /// Trials.
    pub trials: u64,
    /// Weight of all trials, in thousandths.
    pub weight: u64,
}

/// A variant that became a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantRecordV1 {
    /// Cycles of its trials in selection.
    pub cycles: u64,
    /// Who [`graft`](flux_genome::mutate::OperatorKind::Graft) took code from.
    pub donor: Option<u64>,
    /// The founder that it starts from, from 0; null for a child of variants.
    pub founder: Option<usize>,
    /// Its identity.
    pub genome: String,
    /// Its size in bytes.
    pub len_bytes: u64,
    /// The operators that were applied.
    pub operators: Vec<String>,
    /// The variants that it was made of: one that was mutated, or two that were crossed.
    pub parents: Vec<u64>,
    /// Its score in selection.
    pub score: ScoreRecordV1,
    /// What it was drawn from.
    pub seed: u64,
    /// Its number.
    pub variant: u64,
}

/// Something that happened to the best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRecordV1 {
    /// `challenged`, `crowned` or `rolled-back`.
    pub event: String,
    /// Whose identity.
    pub genome: String,
    /// Whose number.
    pub variant: u64,
}

/// How a population stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IslandRecordV1 {
    /// Its best member.
    pub best: Option<VariantRecordV1>,
    /// How many different behaviours there are.
    pub diversity: usize,
    /// The score of the member in the middle.
    pub median: Option<ScoreRecordV1>,
    /// How many members there are.
    pub members: usize,
}

/// How an operator has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorRecordV1 {
    /// Children that were better than their parent.
    pub better: u64,
    /// Children that were at least as good.
    pub neutral: u64,
    /// Its name.
    pub operator: String,
    /// The moving average of its rewards.
    pub quality: f64,
    /// Children that it had a part in.
    pub tried: u64,
}

/// Where a run is going.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendRecordV1 {
    /// `improving`, `plateau` or `declining`.
    pub direction: String,
    /// The standard error of the slope.
    pub error: f64,
    /// Change a generation.
    pub slope: f64,
}

/// Makes the record of a generation.
pub(super) fn generation(
    report: &GenerationReport,
    arms: &[Arm],
    outcomes: Vec<OutcomeRecordV1>,
) -> GenerationRecordV1 {
    GenerationRecordV1 {
        accepted: report.accepted.iter().map(Into::into).collect(),
        dropped: report.census.dropped,
        events: report.events.iter().map(Into::into).collect(),
        generation: report.generation,
        islands: report.islands.iter().map(Into::into).collect(),
        measured: report.census.measured,
        more: report.more,
        operators: arms.iter().map(Into::into).collect(),
        outcomes,
        proposed: report.n_proposed,
        schema: GENERATION_V1.to_owned(),
        stillborn: report.census.stillborn,
        too_large: report.census.too_large,
        trend: TrendRecordV1 {
            direction: report.trend.direction.name().to_owned(),
            error: report.trend.error,
            slope: report.trend.slope,
        },
    }
}

impl OutcomeRecordV1 {
    pub(super) fn measured(genome: GenomeId, len_bytes: u64, whole: &Whole) -> Self {
        Self::Measured(MeasuredRecordV1 {
            behaviour: whole.behaviour,
            credit: whole.credit,
            credits: whole.credits.to_vec(),
            genome: genome.to_string(),
            len_bytes,
            share: (&whole.share).into(),
        })
    }

    /// What the engine is told.
    pub(super) fn outcome(&self, policy: &EvolutionPolicy) -> Result<Outcome, ParseGenomeIdError> {
        Ok(match self {
            Self::Confirmed(share) => {
                Outcome::Confirmed(share.as_ref().map(|share| Score::of(&share.into(), &policy.trust)))
            }
            Self::Dropped(genome) => Outcome::Dropped { genome: genome.parse()? },
            Self::Measured(found) => {
                let whole = Whole {
                    share: (&found.share).into(),
                    credit: found.credit,
                    behaviour: found.behaviour,
                    credits: found.credits.clone().into(),
                };
                let measure: Measure = whole.measure(found.len_bytes, &policy.trust);
                Outcome::Measured { genome: found.genome.parse()?, measure }
            }
            Self::Stillborn => Outcome::Stillborn,
            Self::TooLarge(genome) => Outcome::TooLarge { genome: genome.parse()? },
        })
    }
}

impl From<&Share> for ShareRecordV1 {
    fn from(share: &Share) -> Self {
        Self {
            conduct: share.n_by_conduct,
            correct: share.n_correct,
            cycles: share.cycles,
            passed_weight: share.passed_weight,
            trials: share.n_trials,
            weight: share.weight,
        }
    }
}

impl From<&ShareRecordV1> for Share {
    fn from(record: &ShareRecordV1) -> Self {
        Self {
            n_trials: record.trials,
            n_correct: record.correct,
            weight: record.weight,
            passed_weight: record.passed_weight,
            cycles: record.cycles,
            n_by_conduct: record.conduct,
        }
    }
}

impl From<&Variant> for VariantRecordV1 {
    fn from(variant: &Variant) -> Self {
        let (founder, parents) = match variant.recipe.base {
            Base::Founder(at) => (Some(at), Vec::new()),
            Base::Parent(VariantId(parent)) => (None, vec![parent]),
            Base::Cross(VariantId(first), VariantId(second)) => (None, vec![first, second]),
        };
        let operators = variant.recipe.operators.iter().map(|operator| operator.name().to_owned());
        Self {
            cycles: variant.measure.cycles,
            donor: variant.recipe.donor.map(|donor| donor.0),
            founder,
            genome: variant.genome.to_string(),
            len_bytes: variant.measure.len_bytes,
            operators: operators.collect(),
            parents,
            score: (&variant.measure.score).into(),
            seed: variant.recipe.seed,
            variant: variant.id.0,
        }
    }
}

impl From<&Event> for EventRecordV1 {
    fn from(event: &Event) -> Self {
        let (event, variant, genome) = match event {
            Event::Challenged { variant, genome } => ("challenged", variant, genome),
            Event::Crowned { variant, genome } => ("crowned", variant, genome),
            Event::RolledBack { variant, genome } => ("rolled-back", variant, genome),
        };
        Self { event: event.to_owned(), genome: genome.to_string(), variant: variant.0 }
    }
}

impl From<&IslandReport> for IslandRecordV1 {
    fn from(island: &IslandReport) -> Self {
        Self {
            best: island.best.as_ref().map(Into::into),
            diversity: island.diversity,
            median: island.median.as_ref().map(|measure| (&measure.score).into()),
            members: island.n_members,
        }
    }
}

impl From<&Arm> for OperatorRecordV1 {
    fn from(arm: &Arm) -> Self {
        Self {
            better: arm.better,
            neutral: arm.neutral,
            operator: arm.operator.name().to_owned(),
            quality: arm.quality,
            tried: arm.tried,
        }
    }
}

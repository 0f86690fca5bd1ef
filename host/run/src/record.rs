//! Records: what tournaments look like in JSON. Fields stand in alphabetical order, so that keys come sorted.

use serde::{Deserialize, Serialize};

use flux_evolve::score::Score;
use flux_evolve::trial::{Side, Weight};
use flux_evolve::trust::TrustPolicy;

use crate::referee::TrialReport;
use crate::tournament::{ModelsUsed, Standing, Tournament};

/// The schema of [`TournamentRecordV1`].
pub const TOURNAMENT_V1: &str = "flux.tournament/1";

/// A tournament, schema `flux.tournament/1`.
///
/// It says nothing of time, machine or number of threads: a tournament that is held again has the same record, byte
/// for byte, unless its models say that they are not repeatable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TournamentRecordV1 {
    /// The arena's name.
    pub arena: String,
    /// Cases of a round.
    pub cases: usize,
    /// The table by which cycles were counted, such as `cycles/1`.
    pub cost_table: String,
    /// The confidence below which speed does not count.
    pub gate: f64,
    /// The models that genomes could ask; left out where the arena offers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<ModelsRecordV1>,
    /// How many rounds there were.
    pub rounds: u32,
    /// [`TOURNAMENT_V1`].
    pub schema: String,
    /// The seed that was drawn by.
    pub seed: u64,
    /// The entrants, best first.
    pub standings: Vec<StandingRecordV1>,
    /// What the arena is about.
    pub title: String,
    /// How behaviour was weighed.
    pub trust_policy: TrustPolicyRecordV1,
}

/// The models that genomes could ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsRecordV1 {
    /// A digest of the files that say which models there are, 64 hexadecimal digits.
    pub digest: String,
    /// Whether the same questions are always answered the same. Where they are not, the record cannot be had again.
    pub repeatable: bool,
}

/// Where one entrant stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandingRecordV1 {
    /// The genome's identity, 64 hexadecimal digits.
    pub genome: String,
    /// The score by the held-out cases; null when there are none.
    pub held_out: Option<ScoreRecordV1>,
    /// Size of the component in bytes.
    pub len_bytes: u64,
    /// Whether it reaches the gate.
    pub meets_gate: bool,
    /// The name it competed under.
    pub name: String,
    /// Its place, from 1.
    pub place: usize,
    /// The score by all cases, by which it is ranked.
    pub score: ScoreRecordV1,
    /// The score by the cases that selection may see.
    pub selection: ScoreRecordV1,
    /// Every trial, by round, then by case.
    pub trials: Vec<TrialRecordV1>,
}

/// A score and its factors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreRecordV1 {
    /// Passed weight over total weight, 0 to 1.
    pub confidence: f64,
    /// Cycles for each correct result; null when there is none.
    pub cycles_per_result: Option<f64>,
    /// The product of the other factors; 0 when there is no correct result.
    pub fitness: f64,
    /// What behaviour has earned, between 0 and 1.
    pub trust: f64,
}

/// One trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRecordV1 {
    /// The case's name.
    pub case: String,
    /// `clean`, `trapped`, `exhausted`, `refused` or `unequal`.
    pub conduct: String,
    /// Whether the result is right.
    pub correct: bool,
    /// Cycles spent.
    pub cycles: u64,
    /// `result`, `fault`, `trap:KIND`, `out-of-fuel`, `over-deadline`, `over-memory` or `refused:REASON`.
    pub ending: String,
    /// Whether the case is kept from selection.
    pub held_out: bool,
    /// The most bytes of memory that it had.
    pub memory_peak_bytes: u64,
    /// Why it was not passed, for people; null when it was.
    pub note: Option<String>,
    /// The round, from 1.
    pub round: u32,
    /// What asking models cost, in billionths of the unit of prices; left out where the arena offers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent_billionths: Option<u64>,
    /// The case's weight, in thousandths.
    pub weight_thousandths: u32,
}

/// A trust policy, in units of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustPolicyRecordV1 {
    /// Weight of an exhausted budget.
    pub exhausted: u32,
    /// Good evidence before the first trial.
    pub prior_clean: u32,
    /// Bad evidence before the first trial.
    pub prior_faulty: u32,
    /// Weight of a refusal.
    pub refused: u32,
    /// Weight of a trap.
    pub trapped: u32,
    /// Weight of an unequal rerun.
    pub unequal: u32,
}

impl From<&Tournament> for TournamentRecordV1 {
    fn from(tournament: &Tournament) -> Self {
        Self {
            arena: tournament.arena.clone(),
            cases: tournament.n_cases,
            cost_table: tournament.cost_table.to_owned(),
            gate: tournament.gate.confidence(),
            models: tournament.models.as_ref().map(Into::into),
            rounds: tournament.rounds,
            schema: TOURNAMENT_V1.to_owned(),
            seed: tournament.seed,
            standings: tournament.standings.iter().map(Into::into).collect(),
            title: tournament.title.clone(),
            trust_policy: (&tournament.trust).into(),
        }
    }
}

impl From<&ModelsUsed> for ModelsRecordV1 {
    fn from(models: &ModelsUsed) -> Self {
        Self { digest: models.digest.to_string(), repeatable: models.is_repeatable }
    }
}

impl From<&Standing> for StandingRecordV1 {
    fn from(standing: &Standing) -> Self {
        Self {
            genome: standing.genome.to_string(),
            held_out: standing.held_out.as_ref().map(Into::into),
            len_bytes: standing.len_bytes,
            meets_gate: standing.meets_gate,
            name: standing.name.clone(),
            place: standing.place,
            score: (&standing.score).into(),
            selection: (&standing.selection).into(),
            trials: standing.evaluation.trials.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Score> for ScoreRecordV1 {
    fn from(score: &Score) -> Self {
        Self {
            confidence: score.confidence,
            cycles_per_result: score.cycles_per_result,
            fitness: score.fitness,
            trust: score.trust,
        }
    }
}

impl From<&TrialReport> for TrialRecordV1 {
    fn from(report: &TrialReport) -> Self {
        Self {
            case: report.case.clone(),
            conduct: report.trial.conduct.name().to_owned(),
            correct: report.trial.correct,
            cycles: report.trial.cycles,
            ending: report.ending.clone(),
            held_out: report.trial.side == Side::HeldOut,
            memory_peak_bytes: report.memory_peak_bytes,
            note: report.note.clone(),
            round: report.round + 1,
            spent_billionths: report.spent_billionths,
            weight_thousandths: Weight::thousandths(report.trial.weight),
        }
    }
}

impl From<&TrustPolicy> for TrustPolicyRecordV1 {
    fn from(policy: &TrustPolicy) -> Self {
        Self {
            exhausted: policy.exhausted,
            prior_clean: policy.prior_clean.get(),
            prior_faulty: policy.prior_faulty.get(),
            refused: policy.refused,
            trapped: policy.trapped,
            unequal: policy.unequal,
        }
    }
}

//! Observe: what the answers since the last change say, as figures.

use std::collections::{BTreeMap, BTreeSet};

use flux_lang::ecosystem::Ecosystem;
use serde::{Deserialize, Serialize};

use super::guard::judging_model;
use super::memory::{Experience, Memory};
use super::statistics::{area_under_curve, brier, calibration_error};
use crate::history::mean;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// How many answers there were since the last change.
    pub answers: usize,
    /// How many of them failed.
    pub failed: usize,
    /// How many could be checked, and how many of these were right.
    pub checked: Count,
    /// The mean of the judge's scores.
    pub average: Option<f64>,
    /// The mean of the judge's scores by attractor.
    pub attractors: BTreeMap<String, f64>,
    /// Checked answers by who gave them and what they were about.
    pub entities: BTreeMap<String, BTreeMap<String, Count>>,
    /// The judge.
    pub judge: JudgeSeen,
    /// Checked wrong answers where an earlier stage had it right, by attractor.
    pub spoilt: BTreeMap<String, usize>,
    /// Questions that were asked several times, and those of them that were answered both rightly and wrongly.
    pub repeated: Count,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// How many it is true of.
    pub hits: usize,
    /// Of how many.
    pub n: usize,
}

impl Count {
    fn add(&mut self, hit: bool) {
        self.n += 1;
        self.hits += usize::from(hit);
    }

    /// The share, 0 to 1; nothing of nothing.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.hits as f64 / self.n as f64)
    }
}

/// What was seen of the judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JudgeSeen {
    /// The entity that judges, if there is one.
    pub entity: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Answers that it was asked about, and those of them that it scored.
    pub scored: Count,
    /// Answers that were both scored and checked, and those of them where score (from 0.5 on) and check agree.
    pub agreed: Count,
    /// The probability that it scores a right answer above a wrong one.
    pub auc: Option<f64>,
    /// The mean squared error of its scores.
    pub brier: Option<f64>,
    /// How far its scores are from how often they come true.
    pub calibration_error: Option<f64>,
    /// How it agrees with labelled answers when it is asked about right and wrong ones, where that was measured.
    pub measured: Option<Agreement>,
}

/// How well a judge tells labelled right answers from wrong ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Labelled questions, each with a right and a wrong answer.
    pub questions: usize,
    /// The probability that it scores the right one above the wrong one.
    pub auc: f64,
    /// Bounds of 95 % of that.
    pub auc_low: f64,
    /// The upper bound.
    pub auc_high: f64,
    /// The mean squared error of its scores.
    pub brier: f64,
    /// How far its scores are from how often they come true.
    pub calibration_error: f64,
}

/// Looks at what is remembered of the present ecosystem.
#[must_use]
pub fn observe(ecosystem: &Ecosystem, memory: &Memory, measured: Option<Agreement>) -> Observation {
    let mut seen = Observation { answers: memory.answers().len(), ..Observation::default() };
    let mut scores: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut outcomes: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    let mut labelled: Vec<(f64, bool)> = Vec::new();
    for answer in memory.answers() {
        seen.failed += usize::from(answer.failed.is_some());
        if let Some(score) = answer.score {
            scores.entry(&answer.attractor).or_default().push(score);
        }
        if answer.judged {
            seen.judge.scored.add(answer.score.is_some());
        }
        if let Some(right) = answer.right {
            checked(&mut seen, answer, right);
            outcomes.entry(&answer.ask).or_default().push(right);
            labelled.extend(answer.score.map(|score| (score, right)));
        }
    }
    for (score, right) in &labelled {
        seen.judge.agreed.add((*score >= 0.5) == *right);
    }
    for outcomes in outcomes.values().filter(|outcomes| outcomes.len() > 1) {
        let kinds: BTreeSet<bool> = outcomes.iter().copied().collect();
        seen.repeated.add(kinds.len() > 1);
    }
    let all: Vec<f64> = scores.values().flatten().copied().collect();
    seen.average = mean(all.iter().copied());
    let averages =
        scores.iter().filter_map(|(name, scores)| Some(((*name).to_owned(), mean(scores.iter().copied())?)));
    seen.attractors = averages.collect();
    let entity = ecosystem.policy.judge_entity.as_ref();
    seen.judge.entity = entity.cloned();
    seen.judge.model = judging_model(ecosystem).map(str::to_owned);
    seen.judge.auc = area_under_curve(&labelled);
    seen.judge.brier = brier(&labelled);
    seen.judge.calibration_error = calibration_error(&labelled);
    seen.judge.measured = measured;
    seen
}

fn checked(seen: &mut Observation, answer: &Experience, right: bool) {
    seen.checked.add(right);
    let subjects = seen.entities.entry(answer.entity.clone()).or_default();
    subjects.entry(answer.subject.clone()).or_default().add(right);
    if !right && answer.right_before == Some(true) {
        *seen.spoilt.entry(answer.attractor.clone()).or_default() += 1;
    }
}

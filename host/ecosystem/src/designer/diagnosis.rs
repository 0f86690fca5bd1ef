//! Orient: what of the ecosystem is weak, and what speaks for it.
//!
//! The rules, in their order; each names its evidence. A rate counts as too low only if it surely is: if its upper
//! bound (95 %, one-sided) is below what is asked for.
//!
//! 1. **Stage**: of the wrong answers at least half, and three, had been right in an earlier stage.
//! 2. **Answer**: the entity whose checked answers are right surely less often than [`Targets::right`]; of several the
//!    one with most wrong answers. Where too few answers can be checked: the mean score is under 1/phi.
//! 3. **Judge**: it abstains from more than half of the answers; or it agrees with checks surely less often than
//!    [`Targets::agreement`]; or, asked about labelled right and wrong answers, the upper bound of its area under the
//!    curve is below [`Targets::auc`], or its scores are further than [`Targets::calibration_error`] from the truth.
//! 4. **Temperature**: of the questions that were asked several times at least three tenths, and three, were answered
//!    both rightly and wrongly.
//!
//! Of what is suspected, that is worked on of which fewest proposals were refused since the last change.

use std::collections::BTreeMap;
use std::fmt;

use flux_lang::ecosystem::Ecosystem;
use serde::{Deserialize, Serialize};

use super::observation::{Count, Observation};
use super::statistics::rate_bounds;
use crate::history::PHI;

/// What is asked of an ecosystem before it is left as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// The least evidence: answers that were checked or scored. Default 10.
    pub evidence: usize,
    /// The share of right answers. Default 0.85, as production asks of every score.
    pub right: f64,
    /// The share of answers on which judge and check agree. Default 0.85.
    pub agreement: f64,
    /// The judge's area under the curve on labelled answers. Default 0.9.
    pub auc: f64,
    /// The judge's greatest calibration error on labelled answers. Default 0.2.
    pub calibration_error: f64,
}

impl Default for Targets {
    fn default() -> Self {
        Self { evidence: 10, right: 0.85, agreement: 0.85, auc: 0.9, calibration_error: 0.2 }
    }
}

/// What kind of thing is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weak {
    /// Who answers.
    Answer,
    /// Who judges.
    Judge,
    /// A stage of a pipeline.
    Stage,
    /// How freely a model answers.
    Temperature,
}

impl Weak {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Judge => "judge",
            Self::Stage => "stage",
            Self::Temperature => "temperature",
        }
    }
}

impl fmt::Display for Weak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that is suspected to be weak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// What kind of thing.
    pub weak: Weak,
    /// Its name: of the entity that answers or judges, of the attractor whose stage or temperature it is.
    pub name: String,
    /// What speaks for it, for people and for the architect.
    pub evidence: String,
}

/// What is held to be weak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What is worked on; nothing if nothing is weak, or too little is known.
    pub chosen: Option<Suspect>,
    /// What else is suspected.
    pub others: Vec<Suspect>,
    /// Why nothing is worked on.
    pub why_not: Option<String>,
}

/// Says what is weak. `refused` is how many proposals for what were refused since the last change.
#[must_use]
pub fn orient(
    ecosystem: &Ecosystem,
    seen: &Observation,
    targets: &Targets,
    refused: &BTreeMap<(Weak, String), u32>,
) -> Diagnosis {
    let n = seen.checked.n.max(seen.judge.scored.hits);
    let mut suspects = Vec::new();
    suspects.extend(spoiling_stage(seen));
    suspects.extend(weak_answers(ecosystem, seen, targets));
    suspects.extend(weak_judge(seen, targets));
    suspects.extend(changing_answers(ecosystem, seen));
    let refusals =
        |suspect: &Suspect| refused.get(&(suspect.weak, suspect.name.clone())).copied().unwrap_or(0);
    // Of equally often refused ones the first: the order of the rules.
    let Some(at) = (0..suspects.len()).min_by_key(|at| refusals(&suspects[*at])) else {
        if n < targets.evidence {
            let why = format!("{n} answers were checked or scored, {} are needed", targets.evidence);
            return Diagnosis { why_not: Some(why), ..Diagnosis::default() };
        }
        let share = seen.checked.share().or(seen.average).unwrap_or(0.0);
        let why = format!("nothing is surely weak: {share:.2} of {n} answers are right");
        return Diagnosis { why_not: Some(why), ..Diagnosis::default() };
    };
    let chosen = Some(suspects.remove(at));
    Diagnosis { chosen, others: suspects, why_not: None }
}

fn spoiling_stage(seen: &Observation) -> Option<Suspect> {
    let n_wrong = seen.checked.n - seen.checked.hits;
    let (attractor, n) = seen.spoilt.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse(*name)))?;
    (*n >= 3 && 2 * n >= n_wrong).then(|| Suspect {
        weak: Weak::Stage,
        name: attractor.clone(),
        evidence: format!("{n} of {n_wrong} wrong answers had been right in an earlier stage"),
    })
}

fn weak_answers(ecosystem: &Ecosystem, seen: &Observation, targets: &Targets) -> Option<Suspect> {
    let mut worst: Option<(usize, Suspect)> = None;
    for (entity, subjects) in &seen.entities {
        let total = subjects
            .values()
            .fold(Count::default(), |sum, count| Count { hits: sum.hits + count.hits, n: sum.n + count.n });
        let n_wrong = total.n - total.hits;
        let (_, most) = rate_bounds(total.hits, total.n);
        if total.n < targets.evidence || most >= targets.right {
            continue;
        }
        let by_subject: Vec<String> = subjects
            .iter()
            .map(|(subject, count)| format!("{subject} {} of {}", count.hits, count.n))
            .collect();
        let evidence = format!(
            "{} of {} checked answers are right ({}), at most {most:.2} where {:.2} are asked for",
            total.hits,
            total.n,
            by_subject.join(", "),
            targets.right
        );
        if worst.as_ref().is_none_or(|(n, _)| n_wrong > *n) {
            worst = Some((n_wrong, Suspect { weak: Weak::Answer, name: entity.clone(), evidence }));
        }
    }
    if let Some((_, suspect)) = worst {
        return Some(suspect);
    }
    if seen.checked.n >= targets.evidence {
        return None;
    }
    let n_scored = seen.judge.scored.hits;
    let average =
        seen.average.filter(|_| n_scored >= targets.evidence).filter(|average| *average < 1.0 / PHI)?;
    let (attractor, _) = seen.attractors.iter().min_by(|one, other| one.1.total_cmp(other.1))?;
    let stage = ecosystem.attractors.iter().find(|known| known.name == *attractor)?.stages.last()?;
    let evidence = format!("the mean score is {average:.2}, under 1/phi; no answers could be checked");
    Some(Suspect { weak: Weak::Answer, name: stage.execute.clone(), evidence })
}

fn weak_judge(seen: &Observation, targets: &Targets) -> Option<Suspect> {
    let judge = &seen.judge;
    let name = judge.entity.clone()?;
    let suspect = |evidence: String| Some(Suspect { weak: Weak::Judge, name: name.clone(), evidence });
    if judge.scored.n >= targets.evidence && 2 * judge.scored.hits < judge.scored.n {
        let (hits, n) = (judge.scored.hits, judge.scored.n);
        return suspect(format!("it scored {hits} of the {n} answers that it was asked about"));
    }
    let (_, most) = rate_bounds(judge.agreed.hits, judge.agreed.n);
    if judge.agreed.n >= targets.evidence && most < targets.agreement {
        let (hits, n) = (judge.agreed.hits, judge.agreed.n);
        return suspect(format!("it agrees with {hits} of {n} checks, at most {most:.2}"));
    }
    let measured = judge.measured?;
    if measured.auc_high < targets.auc {
        let (auc, high, n) = (measured.auc, measured.auc_high, measured.questions);
        return suspect(format!(
            "on {n} labelled questions its area under the curve is {auc:.2}, at most {high:.2} where {:.2} is asked for",
            targets.auc
        ));
    }
    if measured.calibration_error > targets.calibration_error {
        let (error, n) = (measured.calibration_error, measured.questions);
        return suspect(format!("on {n} labelled questions its scores are {error:.2} from the truth"));
    }
    None
}

fn changing_answers(ecosystem: &Ecosystem, seen: &Observation) -> Option<Suspect> {
    let Count { hits, n } = seen.repeated;
    if hits < 3 || 10 * hits < 3 * n {
        return None;
    }
    let hottest = |attractor: &flux_lang::ecosystem::tree::Attractor| {
        attractor.stages.iter().map(|stage| stage.temperature).fold(0.0, f64::max)
    };
    let attractor =
        ecosystem.attractors.iter().max_by(|one, other| hottest(one).total_cmp(&hottest(other)))?;
    let evidence =
        format!("{hits} of {n} questions that were asked again were answered both rightly and wrongly");
    Some(Suspect { weak: Weak::Temperature, name: attractor.name.clone(), evidence })
}

#[cfg(test)]
mod tests;

//! What each step of a cycle found, to be kept and to be read.

use serde::{Deserialize, Serialize};

use super::diagnosis::{Diagnosis, Suspect};
use super::evaluation::Evaluation;
use super::observation::Observation;
use super::proposal::{Author, Decision};
use super::simulation::JudgeTrial;
use super::versions::Version;
use crate::event::Event;

/// A step of a cycle, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum Step {
    /// What was seen.
    Observe(Box<Observation>),
    /// What is held to be weak.
    Orient(Diagnosis),
    /// What is to be tried.
    Decide(Decision),
    /// What came of it.
    Act(Box<Action>),
}

/// What came of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// The test of what answers, if that was changed.
    pub answers: Option<Evaluation>,
    /// The test of who judges, if that was changed.
    pub judge: Option<JudgeTrial>,
    /// Why the candidate could not be tested.
    pub failed: Option<String>,
    /// The new version, if the candidate was accepted.
    pub accepted: Option<Version>,
}

impl Action {
    /// What the tests said, as a sentence.
    #[must_use]
    pub fn evidence(&self) -> String {
        let answers = self.answers.as_ref().map(|found| found.why.clone());
        let judge = self.judge.as_ref().map(JudgeTrial::line);
        let parts: Vec<String> = answers.into_iter().chain(judge).chain(self.failed.clone()).collect();
        parts.join("; ")
    }
}

/// How a cycle ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Nothing is weak, or too little is known: there was nothing to do.
    Nothing,
    /// Something is weak, and there was nothing left to try.
    NoProposal,
    /// The candidate was refused.
    Refused,
    /// The candidate was accepted.
    Accepted,
}

impl Conclusion {
    /// Whether it counts as a failure.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::NoProposal | Self::Refused)
    }
}

/// One turn of observing, orienting, deciding and acting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Its number, from 1 on.
    pub number: u32,
    /// The steps that were taken.
    pub steps: Vec<Step>,
    /// How it ended.
    pub conclusion: Conclusion,
}

impl Cycle {
    /// The new version, if there is one.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        self.steps.iter().find_map(|step| match step {
            Step::Act(action) => action.accepted.as_ref(),
            Step::Observe(_) | Step::Orient(_) | Step::Decide(_) => None,
        })
    }

    /// The test of what answers, if there was one.
    #[must_use]
    pub fn evaluation(&self) -> Option<&Evaluation> {
        self.steps.iter().find_map(|step| match step {
            Step::Act(action) => action.answers.as_ref(),
            Step::Observe(_) | Step::Orient(_) | Step::Decide(_) => None,
        })
    }

    /// What it worked on, if anything was weak.
    #[must_use]
    pub fn suspect(&self) -> Option<&Suspect> {
        self.steps.iter().find_map(|step| match step {
            Step::Orient(diagnosis) => diagnosis.chosen.as_ref(),
            Step::Observe(_) | Step::Decide(_) | Step::Act(_) => None,
        })
    }

    /// The cycle as events, for whoever watches the kernel.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let mut what = String::new();
        let mut events = Vec::new();
        for step in &self.steps {
            match step {
                Step::Decide(decision) if decision.author.is_some() => {
                    what = decision.changes.join("; ");
                    events.push(Event::MutationProposed { what: what.clone() });
                }
                Step::Act(action) => events.push(Event::MutationEvaluated {
                    what: what.clone(),
                    is_taken: action.accepted.is_some(),
                    why: action.evidence(),
                }),
                Step::Observe(_) | Step::Orient(_) | Step::Decide(_) => {}
            }
        }
        events
    }

    /// The cycle as a log, a line for each step.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.steps.iter().map(|step| format!("cycle {} {}", self.number, step.line())).collect()
    }
}

impl Step {
    /// The step as a line of a log.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Observe(seen) => format!("observe: {}", observed(seen)),
            Self::Orient(diagnosis) => format!("orient: {}", oriented(diagnosis)),
            Self::Decide(decision) => format!("decide: {}", decided(decision)),
            Self::Act(action) => format!("act: {}", acted(action)),
        }
    }
}

fn observed(seen: &Observation) -> String {
    let mut parts = vec![format!("{} answers", seen.answers)];
    if seen.failed > 0 {
        parts.push(format!("{} failed", seen.failed));
    }
    if seen.checked.n > 0 {
        parts.push(format!("{} of {} checked are right", seen.checked.hits, seen.checked.n));
    }
    if let Some(average) = seen.average {
        parts.push(format!("mean score {average:.2}"));
    }
    if let (Some(entity), Some(measured)) = (&seen.judge.entity, &seen.judge.measured) {
        parts.push(format!(
            "judge `{entity}` has an area of {:.2} ({:.2} to {:.2}) and an error of {:.2} on {} labelled questions",
            measured.auc, measured.auc_low, measured.auc_high, measured.calibration_error, measured.questions
        ));
    }
    parts.join(", ")
}

fn oriented(diagnosis: &Diagnosis) -> String {
    let Some(chosen) = &diagnosis.chosen else {
        return diagnosis.why_not.clone().unwrap_or_else(|| "nothing is weak".to_owned());
    };
    let others: Vec<String> =
        diagnosis.others.iter().map(|other| format!("{} `{}`", other.weak, other.name)).collect();
    let others =
        if others.is_empty() { String::new() } else { format!("; suspected too: {}", others.join(", ")) };
    format!("{} `{}` is weak: {}{others}", chosen.weak, chosen.name, chosen.evidence)
}

fn decided(decision: &Decision) -> String {
    let sent_back = match decision.objections.len() {
        0 => String::new(),
        n => {
            let last = decision.objections.last().and_then(|wrong| wrong.first()).map_or("", String::as_str);
            format!(" (objected to {n} times, last: {last})")
        }
    };
    let changes = decision.changes.join("; ");
    match &decision.author {
        Some(Author::Architect(model)) => format!("architect `{model}` proposes {changes}{sent_back}"),
        Some(Author::Operator(operator)) => format!("operator {operator} proposes {changes}{sent_back}"),
        None => format!("nothing is left to propose{sent_back}"),
    }
}

fn acted(action: &Action) -> String {
    let evidence = action.evidence();
    match &action.accepted {
        Some(version) => format!("accepted as version {}: {evidence}", version.number),
        None => format!("refused: {evidence}"),
    }
}

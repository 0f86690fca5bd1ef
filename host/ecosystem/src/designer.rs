//! The designer: it looks at how an ecosystem does, and changes it where that is really better.
//!
//! A cycle has four steps, each a record with its evidence ([`record::Step`]):
//!
//! 1. **Observe** ([`observation`]): what answers, checks and verdicts since the last change say.
//! 2. **Orient** ([`diagnosis`]): what is surely weak.
//! 3. **Decide** ([`proposal`]): a candidate, from an architect model under a schema, repaired at most twice, else from
//!    an operator ([`mutation`]). What it may not touch is in [`guard`].
//! 4. **Act**: the candidate is tried in copies. What answers has to be better in a paired test on past questions
//!    ([`evaluation`], error rate 0.05, rise of at least 0.05). Who judges has to agree better with labelled answers
//!    than the old judge, never to be kinder. A candidate that changes both has to pass both. If it passes it becomes a
//!    [`Version`]; the caller swaps it in. If not, it is refused and not tried again until something was accepted.
//!
//! A designer stops after 20 cycles, or 5 that failed in a row.
//!
//! # Determinism
//! A function of the settings, what is remembered, and what the simulation answers.

pub mod diagnosis;
pub mod difference;
pub mod evaluation;
pub mod growing;
pub mod guard;
pub mod memory;
pub mod mutation;
pub mod observation;
pub mod proposal;
pub mod record;
pub mod rehearsal;
pub mod simulation;
pub mod statistics;
pub mod versions;

use std::collections::BTreeMap;

use flux_broker::questions::Question;
use flux_lang::ecosystem::Ecosystem;
use flux_lang::ecosystem::{Limits, parse, print};
use flux_lang::includes::Included;
use serde::{Deserialize, Serialize};

pub use diagnosis::{Diagnosis, Suspect, Targets, Weak};
pub use evaluation::{Evaluation, Past, Plan, evaluate};
pub use growing::{Growing, Told};
pub use memory::{Experience, Memory, Remembered};
pub use mutation::Operator;
pub use observation::{Agreement, Observation};
pub use proposal::{Author, Decision, Offer, Terms};
pub use record::{Action, Conclusion, Cycle, Step};
pub use rehearsal::Rehearsal;
pub use simulation::{JudgeTrial, Outcome, Simulation};
pub use versions::Version;

use evaluation::mix;
use proposal::Brief;

/// How often a designer may turn round.
pub const CYCLES: u32 = 20;

/// How many cycles in a row may fail.
pub const FAILURES: u32 = 5;

/// The most labelled questions that a judge is asked about.
pub const LABELLED: usize = 100;

/// What a designer goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Draws questions, places and the architect's seeds.
    pub seed: u64,
    /// Who proposes.
    pub terms: Terms,
    /// What is asked of an ecosystem.
    pub targets: Targets,
    /// How candidates are tested.
    pub plan: Plan,
    /// The most cycles. Default [`CYCLES`].
    pub cycles: u32,
    /// The most failures in a row. Default [`FAILURES`].
    pub failures: u32,
    /// Labelled questions that judges are held against, besides the remembered ones.
    pub labelled: Vec<Question>,
}

impl Settings {
    /// The defaults, with this seed and these terms.
    #[must_use]
    pub fn new(seed: u64, terms: Terms) -> Self {
        Self {
            seed,
            terms,
            targets: Targets::default(),
            plan: Plan::default(),
            cycles: CYCLES,
            failures: FAILURES,
            labelled: Vec::new(),
        }
    }
}

/// Where in a cycle a designer is; each state has what the step needs.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Nothing was seen yet.
    Observe,
    /// What it means is open.
    Orient(Observation),
    /// What to try is open.
    Decide(Observation, Suspect),
    /// What it is worth is open.
    Act(Suspect, Decision, Box<Ecosystem>),
    /// The cycle is over.
    Done(Conclusion),
}

/// A designer, between cycles.
#[derive(Clone, Debug)]
pub struct Designer {
    settings: Settings,
    version: Version,
    /// The highest number of a version.
    highest: u64,
    cycles: u32,
    failures: u32,
    /// How many proposals were refused since the last change, by what they were against.
    refused: BTreeMap<(Weak, String), u32>,
    /// The candidates that were refused since the last change, and why.
    tried: BTreeMap<String, String>,
    /// What was measured of judges, by model and number of labelled questions.
    measured: BTreeMap<(String, usize), Agreement>,
}

impl Designer {
    /// A designer of the ecosystem that `version` is; `highest` is the highest number of all its versions.
    #[must_use]
    pub fn new(settings: Settings, version: Version, highest: u64) -> Self {
        let highest = highest.max(version.number);
        Self {
            settings,
            version,
            highest,
            cycles: 0,
            failures: 0,
            refused: BTreeMap::new(),
            tried: BTreeMap::new(),
            measured: BTreeMap::new(),
        }
    }

    /// The version that it works on.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Takes note that something else runs than it knows of, and why; gives the version that this is, if it is another.
    pub fn catch_up(&mut self, current: &Ecosystem, why: &str) -> Option<Version> {
        // What the files say that it uses makes no difference here.
        let files = |name: &str, _: &str| {
            Ok(Included { name: name.to_owned(), text: "ECOSYSTEM \"file\" {}".to_owned() })
        };
        let known = parse("version.flux", &self.version.text, &files, &Limits::DEFAULT).ecosystem;
        if print(current) == self.version.text {
            return None;
        }
        let changed = known.map(|known| difference::difference(&known, current)).unwrap_or_default();
        self.highest += 1;
        self.version = self.version.next(self.highest, current, changed, why.to_owned());
        self.refused.clear();
        self.tried.clear();
        Some(self.version.clone())
    }

    /// Whether it may turn round once more; if not, why.
    ///
    /// # Errors
    /// A lowercase fragment.
    pub fn may_continue(&self) -> Result<(), String> {
        if self.cycles >= self.settings.cycles {
            return Err(format!("{} cycles are the limit", self.settings.cycles));
        }
        if self.failures >= self.settings.failures {
            return Err(format!("{} cycles in a row have failed", self.failures));
        }
        Ok(())
    }

    /// Turns round once. `current` is what runs, and is what [`Self::version`] says.
    ///
    /// After [`Conclusion::Accepted`] the caller swaps in the candidate, which is returned, and tells the memory.
    pub async fn cycle(
        &mut self,
        current: &Ecosystem,
        memory: &Memory,
        simulation: &dyn Simulation,
    ) -> (Cycle, Option<Ecosystem>) {
        self.cycles += 1;
        let mut steps = Vec::new();
        let mut candidate = None;
        let mut state = State::Observe;
        let conclusion = loop {
            if let State::Act(_, _, tried) = &state {
                candidate = Some(tried.as_ref().clone());
            }
            if let State::Done(conclusion) = state {
                break conclusion;
            }
            let (step, next) = self.step(state, current, memory, simulation).await;
            tracing::info!(target: "flux::designer", cycle = self.cycles, "{}", step.line());
            steps.push(step);
            state = next;
        };
        if conclusion.is_failure() {
            self.failures += 1;
        } else {
            self.failures = 0;
        }
        let accepted = candidate.filter(|_| conclusion == Conclusion::Accepted);
        (Cycle { number: self.cycles, steps, conclusion }, accepted)
    }

    /// Takes one step.
    pub async fn step(
        &mut self,
        state: State,
        current: &Ecosystem,
        memory: &Memory,
        simulation: &dyn Simulation,
    ) -> (Step, State) {
        match state {
            State::Observe | State::Done(_) => {
                let measured = self.measure(current, memory, simulation).await;
                let seen = observation::observe(current, memory, measured);
                (Step::Observe(Box::new(seen.clone())), State::Orient(seen))
            }
            State::Orient(seen) => {
                let found = diagnosis::orient(current, &seen, &self.settings.targets, &self.refused);
                let next = match &found.chosen {
                    Some(suspect) => State::Decide(seen, suspect.clone()),
                    None => State::Done(Conclusion::Nothing),
                };
                (Step::Orient(found), next)
            }
            State::Decide(seen, suspect) => self.decide(&seen, suspect, current, simulation).await,
            State::Act(suspect, decision, candidate) => {
                self.act(suspect, &decision, &candidate, current, memory, simulation).await
            }
        }
    }

    async fn decide(
        &mut self,
        seen: &Observation,
        suspect: Suspect,
        current: &Ecosystem,
        simulation: &dyn Simulation,
    ) -> (Step, State) {
        let key = (suspect.weak, suspect.name.clone());
        let brief = Brief {
            current,
            suspect: &suspect,
            average: seen.average.or(seen.checked.share()).unwrap_or(0.0),
            refused: self.refused.get(&key).copied().unwrap_or(0),
            seed: mix(self.settings.seed, u64::from(self.cycles) * 2),
        };
        let tried = &self.tried;
        let was_refused = |candidate: &Ecosystem| -> Option<String> {
            tried.get(&print(candidate)).map(|why| format!("this was tried and refused: {why}"))
        };
        let found = proposal::propose(simulation, &self.settings.terms, brief, &was_refused).await;
        let (decision, candidate) = found;
        let next = match candidate {
            Some(candidate) => State::Act(suspect, decision.clone(), Box::new(candidate)),
            None => {
                *self.refused.entry(key).or_default() += 1;
                State::Done(Conclusion::NoProposal)
            }
        };
        (Step::Decide(decision), next)
    }

    async fn act(
        &mut self,
        suspect: Suspect,
        decision: &Decision,
        candidate: &Ecosystem,
        current: &Ecosystem,
        memory: &Memory,
        simulation: &dyn Simulation,
    ) -> (Step, State) {
        let seed = mix(self.settings.seed, u64::from(self.cycles) * 2 + 1);
        let changes = guard::changes(current, candidate);
        let mut action = Action { answers: None, judge: None, failed: None, accepted: None };
        if changes.judge {
            match self.compare_judges(current, candidate, memory, simulation, seed).await {
                Ok(found) => action.judge = Some(found),
                Err(why) => action.failed = Some(why),
            }
        }
        let judge_passed =
            action.judge.as_ref().is_none_or(|found| found.is_better) && action.failed.is_none();
        // The test of answers is the dearer one: it is left out if the candidate is refused already.
        if changes.answers && judge_passed {
            let (past, plan) = (Past::of(memory), &self.settings.plan);
            action.answers = Some(evaluate(simulation, current, candidate, &past, plan, seed).await);
        }
        let is_accepted = judge_passed
            && (changes.judge || changes.answers)
            && action.answers.as_ref().is_none_or(|found| found.accepted);
        let why = action.evidence();
        if is_accepted {
            self.highest += 1;
            let version = self.version.next(self.highest, candidate, decision.changes.clone(), why);
            self.version = version.clone();
            action.accepted = Some(version);
            self.refused.clear();
            self.tried.clear();
            return (Step::Act(Box::new(action)), State::Done(Conclusion::Accepted));
        }
        *self.refused.entry((suspect.weak, suspect.name)).or_default() += 1;
        self.tried.insert(print(candidate), why);
        (Step::Act(Box::new(action)), State::Done(Conclusion::Refused))
    }

    async fn compare_judges(
        &self,
        current: &Ecosystem,
        candidate: &Ecosystem,
        memory: &Memory,
        simulation: &dyn Simulation,
        seed: u64,
    ) -> Result<JudgeTrial, String> {
        let (Some(old), Some(new)) = (guard::judging_model(current), guard::judging_model(candidate)) else {
            return Err("a judge that is no single model cannot be compared".to_owned());
        };
        let labelled = self.labelled(memory);
        if labelled.is_empty() {
            return Err("there are no labelled answers to compare judges by".to_owned());
        }
        simulation.compare(old, new, &labelled, seed).await
    }

    /// How well the present judge agrees with labelled answers; each judge is measured once for the same questions.
    async fn measure(
        &mut self,
        current: &Ecosystem,
        memory: &Memory,
        simulation: &dyn Simulation,
    ) -> Option<Agreement> {
        let labelled = self.labelled(memory);
        let judge = guard::judging_model(current)?.to_owned();
        if labelled.len() < self.settings.targets.evidence {
            return None;
        }
        let key = (judge, labelled.len());
        if let Some(known) = self.measured.get(&key) {
            return Some(*known);
        }
        let found = simulation.measure(&key.0, &labelled, self.settings.seed).await.ok()?;
        self.measured.insert(key, found);
        Some(found)
    }

    /// The labelled questions: those of the settings, then remembered ones, at most [`LABELLED`].
    fn labelled(&self, memory: &Memory) -> Vec<Question> {
        let mut labelled: Vec<Question> = Vec::new();
        let remembered = memory.questions().filter_map(|question| question.known.as_ref());
        for question in self.settings.labelled.iter().chain(remembered) {
            if labelled.len() < LABELLED && !labelled.iter().any(|known| known.ask == question.ask) {
                labelled.push(question.clone());
            }
        }
        labelled
    }
}

#[cfg(test)]
pub(crate) mod tests;

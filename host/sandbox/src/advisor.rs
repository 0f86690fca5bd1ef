//! Who answers what genomes ask: of models, of judges, of people.
//!
//! The sandbox knows none of them. A run's [`crate::Setting`] brings somebody who does, or nobody: then `model`, `judge`
//! and `human` are not offered, and a genome that imports them is refused.

use std::fmt;
use std::sync::Arc;

use flux_genome::{Capability, CapabilitySet};

use crate::ending::{Fault, FaultCode};

/// Answers what a genome asks. Calls come one after the other, on the thread of the run.
///
/// Whoever answers has to bound the time that an answer takes: it is no part of the run's own, and nothing else ends it.
///
/// # Determinism
/// A run's outcome is a function of its genome, input and setting and of what was answered here.
pub trait Advisor: Send + Sync {
    /// Which of `model`, `judge` and `human` are served; others in the set mean nothing.
    fn serves(&self) -> CapabilitySet;

    /// Has a model continue a prompt.
    ///
    /// # Errors
    /// A fault, which the genome is given.
    fn generate(&self, asked: &Generation) -> Result<String, Fault>;

    /// The embedding of `text` by `model`.
    ///
    /// # Errors
    /// As [`Self::generate`].
    fn embed(&self, model: &str, text: &str) -> Result<Vec<f32>, Fault>;

    /// Has a judge score an answer.
    ///
    /// # Errors
    /// As [`Self::generate`]; also where the judge gives no verdict.
    fn score(&self, asked: &Judgement) -> Result<Verdict, Fault>;

    /// Asks a person whether `what` may be done.
    ///
    /// # Errors
    /// As [`Self::generate`].
    fn approve(&self, what: &str) -> Result<bool, Fault>;

    /// Asks a person a question.
    ///
    /// # Errors
    /// As [`Self::generate`].
    fn ask(&self, question: &str) -> Result<String, Fault>;
}

/// What a model is asked, as a genome said it and within the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// The model's key.
    pub model: String,
    /// What is to be continued.
    pub prompt: String,
    /// The sampling temperature, from 0 to [`MAX_TEMPERATURE`].
    pub temperature: f32,
    /// The most tokens to generate, at least 1.
    pub max_tokens: u32,
    /// Instructions that come before the prompt.
    pub system: Option<String>,
    /// Sequences that end the answer, at most [`MAX_STOPS`] and none of them empty.
    pub stop: Vec<String>,
}

/// What a judge is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The judge's name.
    pub judge: String,
    /// The question.
    pub question: String,
    /// The answer to be scored.
    pub answer: String,
    /// An answer that is right, where the genome has one.
    pub reference: Option<String>,
}

/// What a judge says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// How good the answer is, from 0 to 1.
    pub score: f32,
    /// The share of the judge's probability that was on an allowed verdict, from 0 to 1.
    pub coverage: f32,
}

/// The highest sampling temperature. Past it: a fault `invalid-input`.
pub const MAX_TEMPERATURE: f32 = 2.0;

/// The most sequences that may end an answer. Past it: a fault `invalid-input`.
pub const MAX_STOPS: usize = 16;

impl Generation {
    /// Holds it against the contract.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let invalid = |message: String| Err(Fault { code: FaultCode::InvalidInput, message });
        if !(0.0..=MAX_TEMPERATURE).contains(&self.temperature) {
            return invalid(format!(
                "expected a temperature from 0 to {MAX_TEMPERATURE}, found {}",
                self.temperature
            ));
        }
        if self.max_tokens == 0 {
            return invalid("expected at least 1 token to generate, found 0".to_owned());
        }
        if self.stop.len() > MAX_STOPS {
            return invalid(format!(
                "expected at most {MAX_STOPS} sequences that end the answer, found {}",
                self.stop.len()
            ));
        }
        if self.stop.iter().any(String::is_empty) {
            return invalid("a sequence that ends the answer is empty".to_owned());
        }
        Ok(())
    }
}

impl Verdict {
    /// Holds it against the contract: a number that is none would not cross the border as the same on every machine.
    pub(crate) fn check(self) -> Result<Self, Fault> {
        if [self.score, self.coverage].iter().all(|share| (0.0..=1.0).contains(share)) {
            return Ok(self);
        }
        let message = "the judge's score is not from 0 to 1".to_owned();
        Err(Fault { code: FaultCode::Failed, message })
    }
}

/// Who a run may ask, if anybody. Equal only to itself and its clones.
#[derive(Clone, Default)]
pub struct Advice(Option<Arc<dyn Advisor>>);

impl Advice {
    /// Nobody: the default.
    pub const NONE: Self = Self(None);

    /// This one.
    #[must_use]
    pub fn of(advisor: Arc<dyn Advisor>) -> Self {
        Self(Some(advisor))
    }

    /// What a run can be offered: nothing but `model`, `judge` and `human`.
    #[must_use]
    pub fn serves(&self) -> CapabilitySet {
        let served = self.0.as_ref().map_or(CapabilitySet::EMPTY, |advisor| advisor.serves());
        asked_outside(served)
    }

    pub(crate) fn advisor(&self) -> Option<&Arc<dyn Advisor>> {
        self.0.as_ref()
    }
}

/// Those of `capabilities` that an advisor has to serve.
pub(crate) fn asked_outside(capabilities: CapabilitySet) -> CapabilitySet {
    let outside = [Capability::Model, Capability::Judge, Capability::Human];
    outside.into_iter().filter(|capability| capabilities.contains(*capability)).collect()
}

impl PartialEq for Advice {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl Eq for Advice {}

impl fmt::Debug for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Advice({})", self.serves())
    }
}

#[cfg(test)]
mod tests;

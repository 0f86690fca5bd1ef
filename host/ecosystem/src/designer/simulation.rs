//! Where candidates are tried out: copies of the ecosystem, away from everybody who asks.

use async_trait::async_trait;
use flux_broker::Request;
use flux_broker::questions::Question;
use flux_lang::ecosystem::Ecosystem;
use serde::{Deserialize, Serialize};

use super::memory::Remembered;
use super::observation::Agreement;

/// What the designer can find out without touching what runs: of copies of ecosystems, of judges, of the architect.
#[async_trait]
pub trait Simulation: Send + Sync {
    /// Asks a fresh copy of `ecosystem`. The same three arguments have the same outcome, as far as the models allow.
    async fn ask(&self, ecosystem: &Ecosystem, question: &Remembered, seed: u64) -> Outcome;

    /// The model of the fixed referee, if there is one.
    fn referee(&self) -> Option<&str>;

    /// The fixed referee's score of an answer, 0 to 1; nothing if it abstains.
    async fn score(&self, question: &Remembered, answer: &str) -> Option<f64>;

    /// How well a model judges labelled answers.
    ///
    /// # Errors
    /// Why that cannot be said.
    async fn measure(&self, judge: &str, labelled: &[Question], seed: u64) -> Result<Agreement, String>;

    /// Whether `new` agrees better with labelled answers than `old`.
    ///
    /// # Errors
    /// Why that cannot be said.
    async fn compare(
        &self,
        old: &str,
        new: &str,
        labelled: &[Question],
        seed: u64,
    ) -> Result<JudgeTrial, String>;

    /// What the architect answers.
    ///
    /// # Errors
    /// Why it does not.
    async fn propose(&self, request: &Request) -> Result<String, String>;
}

/// What came of asking a copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The answer, or why there is none.
    pub answer: Result<String, String>,
    /// What it cost.
    pub cost: f64,
}

/// Two judges, held against labelled answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeTrial {
    /// The model of the old one.
    pub old: String,
    /// The model of the new one.
    pub new: String,
    /// How often the old one scores a right answer above a wrong one, 0.5 for a guesser.
    pub old_area: f64,
    /// How often the new one does.
    pub new_area: f64,
    /// The difference, as it may be at least and at most (95 %, two-sided).
    pub difference: (f64, f64),
    /// Labelled questions.
    pub questions: usize,
    /// Whether the new one is better beyond doubt.
    pub is_better: bool,
}

impl JudgeTrial {
    /// The finding, as a sentence.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "judge `{}` {}: it scores right answers above wrong ones with {:.2}, `{}` with {:.2}; on {} labelled \
             questions the difference is within {:.2} and {:.2}",
            self.new,
            if self.is_better {
                "agrees better with labelled answers"
            } else {
                "agrees no better with labelled answers"
            },
            self.new_area,
            self.old,
            self.old_area,
            self.questions,
            self.difference.0,
            self.difference.1
        )
    }
}

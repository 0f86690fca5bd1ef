//! Judges: models that say how likely an answer is right, and how far they can be trusted.
//!
//! A judge is not asked for a number. It is asked whether the answer is right, and what is read is how likely its
//! first token is a yes and how likely a no: the mass of both is the coverage, below one half there is no verdict. From
//! the logit of yes the same reading for an answer that says nothing is taken, because most of a judge's error is a
//! leaning in the question, whatever the answer; a [`Calibration`] made from answers known to be right and wrong
//! turns the difference into a probability. A server that gives no probabilities gets a score asked for by a schema,
//! which is the weaker kind and marked so. What cannot be scored is [`Unscored`], with its reason, and never 0.5.
//!
//! Three things outrank or stop a judge: [`check`] where the question is known, [`is_silent`] where the answer says
//! nothing, and the answer's origin: no model judges what it made itself ([`Panel`]).
//!
//! # Source
//! * Reading the distribution of the first token instead of the text: V. Wang, M. Zhang, E. Choi, Improving
//!   LLM-as-a-Judge Inference with the Judgment Distribution, Findings of EMNLP 2025 (arXiv 2503.03064); S. Kadavath
//!   et al., Language Models (Mostly) Know What They Know, arXiv 2207.05221, section 4 (P(True)).
//! * A reference answer in the prompt, and both orders of a pair: L. Zheng et al., Judging LLM-as-a-Judge with MT-Bench
//!   and Chatbot Arena, arXiv 2306.05685, section 3.4.

mod calibrating;
mod identity;
mod pairwise;
mod panel;
pub mod prompt;
mod reading;

use serde::{Deserialize, Serialize};

pub use calibrating::{CalibrateError, MIN_QUESTIONS, calibrate, calibrate_blind, compare_judges};
pub use identity::Identity;
pub use pairwise::{Preference, Winner};
pub use panel::{Opinion, Panel, PanelError, PanelVerdict};

use crate::{
    calibration::{Calibration, sigmoid},
    error::ModelError,
    model::Model,
    questions::{Question, normalised},
};

/// The least mass of the allowed first tokens at which there is a verdict.
pub const MIN_COVERAGE: f64 = 0.5;

/// What is to be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The question that was asked.
    pub question: String,
    /// The answer to be judged.
    pub answer: String,
    /// An answer that is known to be right, where there is one.
    pub reference: Option<String>,
}

/// What is made of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It has a score.
    Scored {
        /// How likely it is right, 0 to 1.
        score: f64,
        /// The mass of the tokens that are a verdict, 0 to 1; 1 where nothing is read from tokens.
        coverage: f64,
        /// Where the score comes from.
        means: Means,
    },
    /// It has none.
    Unscored {
        /// Why not.
        why: Unscored,
    },
}

impl Verdict {
    /// The score, if there is one.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        match self {
            Self::Scored { score, .. } => Some(*score),
            Self::Unscored { .. } => None,
        }
    }
}

/// Where a score comes from, the weaker kind first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// From a number that the judge wrote into a schema: the weaker kind.
    Schema,
    /// From the probabilities of the judge's first token.
    LogProbabilities,
    /// From a check that was executed.
    Check,
}

/// Why an answer has no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unscored {
    /// There is nobody to judge it.
    #[error("there is no judge")]
    NoJudge,
    /// The judge made the answer itself.
    #[error("`{model}` made the answer and does not judge it")]
    OwnAnswer {
        /// The judge.
        model: String,
    },
    /// The judge's first token is too rarely a verdict.
    #[error("the first token is a verdict with probability {coverage:.2}, at least 0.50 is needed")]
    LowCoverage {
        /// The mass of the tokens that are a verdict.
        coverage: f64,
    },
    /// The judge's reply is no verdict.
    #[error("expected a verdict, found `{reply}`")]
    Unreadable {
        /// Its beginning.
        reply: String,
    },
    /// What was measured of the judge does not rule out that it guesses.
    #[error("the judge may be guessing: AUC {auc:.2}, interval {low:.2} to {high:.2}")]
    NotUsable {
        /// The area under its ROC curve.
        auc: f64,
        /// The lower end of the interval.
        low: f64,
        /// The upper end of the interval.
        high: f64,
    },
    /// What was measured of the judge was measured in another way than it is used in.
    #[error("the calibration does not hold here: {what}")]
    Stale {
        /// What is different: a lowercase fragment.
        what: String,
    },
    /// The judge could not be asked.
    #[error("the judge could not be asked: {error}")]
    Failed {
        /// What went wrong.
        error: String,
    },
}

/// Whether an answer is right by the check of its question, which outranks every judge.
#[must_use]
pub fn check(question: &Question, answer: &str) -> Verdict {
    checked(question.is_right(answer))
}

/// Whether an answer says nothing: it is empty, or [`prompt::NULL_ANSWER`].
#[must_use]
pub fn is_silent(answer: &str) -> bool {
    let answer = normalised(answer);
    answer.is_empty() || answer == normalised(prompt::NULL_ANSWER)
}

fn checked(is_right: bool) -> Verdict {
    Verdict::Scored { score: if is_right { 1.0 } else { 0.0 }, coverage: 1.0, means: Means::Check }
}

/// A model that judges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    /// The model's name.
    pub model: String,
    /// What was measured of it with reference answers.
    pub calibration: Option<Calibration>,
    /// What was measured of it without them; used where an answer comes without a reference.
    pub blind: Option<Calibration>,
}

impl Judge {
    /// A judge of whom nothing was measured: its score is its plain probability of yes.
    #[must_use]
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), calibration: None, blind: None }
    }

    /// The judge with what was measured of it, if that holds for it and it can be used. `digest` is what identifies its
    /// weights now, as [`crate::Shown::digest`] says it.
    ///
    /// # Errors
    /// * [`JudgeRefused::NotUsable`]: the interval of its AUC reaches 0.5.
    /// * [`JudgeRefused::Other`]: it was measured on another model, other weights or another prompt.
    pub fn with(mut self, calibration: Calibration, digest: Option<&str>) -> Result<Self, JudgeRefused> {
        let other = |what, measured: &str, now: &str| {
            let (model, measured, now) = (self.model.clone(), measured.to_owned(), now.to_owned());
            Err(JudgeRefused::Other { model, what, measured, now })
        };
        if calibration.model != self.model {
            return other("model", &calibration.model, &self.model);
        }
        if calibration.digest.as_deref() != digest {
            let measured = calibration.digest.as_deref().unwrap_or("unknown");
            return other("digest", measured, digest.unwrap_or("unknown"));
        }
        if calibration.prompt_version != prompt::VERSION {
            let (measured, now) = (calibration.prompt_version.to_string(), prompt::VERSION.to_string());
            return other("version of the prompt", &measured, &now);
        }
        if !calibration.is_usable() {
            return Err(JudgeRefused::NotUsable {
                model: self.model,
                auc: calibration.auc,
                low: calibration.auc_low,
                high: calibration.auc_high,
                questions: calibration.questions,
            });
        }
        let place = if calibration.references { &mut self.calibration } else { &mut self.blind };
        *place = Some(calibration);
        Ok(self)
    }

    /// How likely the answer is right.
    ///
    /// With a calibration that fits (with or without reference, as the ask is), the score is
    /// `sigmoid(a (logit - null logit) + b)`: two calls of one token. Without one it is the plain probability of yes,
    /// and one call. Where the server gives no probabilities, one more call has a score from 0 to 10 written into a
    /// schema. An answer that [says nothing](is_silent) is not shown to the judge: it is wrong, unless that is the reference.
    ///
    /// # Errors
    /// What the model's server says; also [`crate::ErrorKind::OverBudget`] and the like from limits before it.
    pub async fn score(&self, model: &dyn Model, ask: &Ask) -> Result<Verdict, ModelError> {
        if is_silent(&ask.answer) {
            return Ok(checked(ask.reference.as_deref().is_some_and(is_silent)));
        }
        let fitting = if ask.reference.is_some() { &self.calibration } else { &self.blind };
        let Some(calibration) = fitting else {
            return Ok(match reading::plain(model, &self.model, ask).await? {
                Ok(reading) => reading.scored(),
                Err(why) => Verdict::Unscored { why },
            });
        };
        if let Err(why) = calibration.holds_for(&self.model, prompt::VERSION) {
            return Ok(Verdict::Unscored { why });
        }
        let reading = match reading::against_null(model, &self.model, ask).await? {
            Ok(reading) => reading,
            Err(why) => return Ok(Verdict::Unscored { why }),
        };
        if reading.means != calibration.means {
            let what = "the server gives probabilities in one case and not in the other".to_owned();
            return Ok(Verdict::Unscored { why: Unscored::Stale { what } });
        }
        let score = calibration.score(reading.logit);
        Ok(Verdict::Scored { score, coverage: reading.coverage, means: reading.means })
    }

    /// Which of two answers is the better one; see [`Preference`].
    ///
    /// # Errors
    /// As [`Self::score`].
    pub async fn prefer(
        &self,
        model: &dyn Model,
        question: &str,
        first: &str,
        second: &str,
        reference: Option<&str>,
    ) -> Result<Preference, ModelError> {
        pairwise::prefer(model, &self.model, question, [first, second], reference).await
    }
}

impl reading::Reading {
    /// The score without a calibration.
    fn scored(self) -> Verdict {
        let score = self.written.unwrap_or_else(|| sigmoid(self.logit));
        Verdict::Scored { score, coverage: self.coverage, means: self.means }
    }
}

/// A calibration that a judge cannot have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeRefused {
    /// It may be guessing.
    #[error(
        "judge `{model}` may be guessing: AUC {auc:.3}, interval {low:.3} to {high:.3} over {questions} questions reaches 0.5"
    )]
    NotUsable {
        /// The judge.
        model: String,
        /// The area under its ROC curve.
        auc: f64,
        /// The lower end of the interval.
        low: f64,
        /// The upper end of the interval.
        high: f64,
        /// How many questions it was measured on.
        questions: usize,
    },
    /// It was measured on something else.
    #[error("judge `{model}` was measured with another {what}: `{measured}`, now `{now}`")]
    Other {
        /// The judge.
        model: String,
        /// What is different.
        what: &'static str,
        /// What it was.
        measured: String,
        /// What it is.
        now: String,
    },
}

#[cfg(test)]
mod tests;

//! What was measured of a judge: how well it tells right answers from wrong ones, and what its logits mean.
//!
//! It all comes from [`Labelled`] items, in pairs: a right and a wrong answer to each question. Whole questions are what
//! is left out when a fit is checked, and what is drawn when an interval is made, because the two answers of a question
//! are no independent evidence. Probabilities (Brier score, expected calibration error, sensitivity, specificity) are
//! those that fits on the other questions give; the AUC needs no fit.

mod compare;
mod fit;
mod isotonic;
mod platt;
mod rates;
mod roc;

use serde::{Deserialize, Serialize};

pub use compare::{Comparison, ERROR_RATE, compare};
pub use fit::{ECE_BINS, FOLDS, Fit, ISOTONIC_FROM, fit};
pub use isotonic::isotonic;
pub use platt::platt;
pub use rates::{Corrected, Rate, corrected_rate};
pub use roc::{RESAMPLES, auc, auc_interval};

use crate::judge::{Means, Unscored};

/// What a judge made of an answer that is known to be right or wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Labelled {
    /// The question's place, from 0, without gaps.
    pub question: usize,
    /// Whether the answer is right.
    pub is_right: bool,
    /// What the judge made of it; nothing where it had no verdict.
    pub logit: Option<f64>,
}

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What turns a logit into a probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// `sigmoid(a x + b)`.
    Platt {
        /// The slope.
        a: f64,
        /// The shift.
        b: f64,
    },
    /// A rising line through points.
    Isotonic {
        /// Logits, rising, each with its probability.
        points: Vec<(f64, f64)>,
    },
}

impl Method {
    /// The probability that an answer with this logit is right, 0 and 1 excluded.
    #[must_use]
    pub fn probability(&self, logit: f64) -> f64 {
        match self {
            Self::Platt { a, b } => sigmoid(a * logit + b),
            Self::Isotonic { points } => isotonic::on_line(points, logit),
        }
    }
}

/// What was measured of a judge, by its model's digest and the version of the prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The judge's model.
    pub model: String,
    /// What identifies its weights, where the server says so.
    pub digest: Option<String>,
    /// The version of the prompt: [`crate::judge::prompt::VERSION`].
    pub prompt_version: u32,
    /// Whether reference answers were shown.
    pub references: bool,
    /// How the judge was read.
    pub means: Means,
    /// The seed of folds and intervals.
    pub seed: u64,
    /// How many questions there were.
    pub questions: usize,
    /// How many answers: two a question.
    pub n: usize,
    /// How many of them the judge had no verdict on.
    pub abstained: usize,
    /// What turns its logits into probabilities.
    pub method: Method,
    /// The area under its ROC curve: the probability that a right answer scores above a wrong one.
    pub auc: f64,
    /// The lower end of its 95 % interval.
    pub auc_low: f64,
    /// The upper end.
    pub auc_high: f64,
    /// The mean square of what the probabilities are off by, 0 to 1; 0.25 is what always saying 0.5 gets.
    pub brier: f64,
    /// The expected calibration error over [`ECE_BINS`] bins of equal width.
    pub ece: f64,
    /// How many of the right answers had a probability of one half or more.
    pub sensitivity: Rate,
    /// How many of the wrong answers had less.
    pub specificity: Rate,
}

impl Calibration {
    /// Whether the judge may be used: not if the interval of its AUC reaches 0.5, because then it may be guessing. (A
    /// guessing judge passes once in 40 times, as the interval is of 95 %.)
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.auc_low > 0.5
    }

    /// The probability that an answer with this logit is right, if half of all answers are.
    #[must_use]
    pub fn score(&self, logit: f64) -> f64 {
        self.method.probability(logit)
    }

    /// What it is stored under: judge, digest, version of the prompt, and whether there were references.
    #[must_use]
    pub fn key(&self) -> String {
        let digest = self.digest.as_deref().unwrap_or("unknown");
        let references = if self.references { "reference" } else { "blind" };
        format!("{}@{digest}/prompt-{}/{references}", self.model, self.prompt_version)
    }

    /// The rate of right answers among `of`, of which this judge passed `passed` (a probability of one half or more);
    /// see [`corrected_rate`].
    #[must_use]
    pub fn corrected_rate(&self, passed: u64, of: u64) -> Option<Corrected> {
        corrected_rate(Rate { hits: passed, of }, self.sensitivity, self.specificity)
    }

    pub(crate) fn holds_for(&self, model: &str, prompt_version: u32) -> Result<(), Unscored> {
        let stale = |what: String| Err(Unscored::Stale { what });
        if self.model != model {
            return stale(format!("it is of `{}`", self.model));
        }
        if self.prompt_version != prompt_version {
            return stale(format!("its prompt is version {}, now {prompt_version}", self.prompt_version));
        }
        if !self.is_usable() {
            let (auc, low, high) = (self.auc, self.auc_low, self.auc_high);
            return Err(Unscored::NotUsable { auc, low, high });
        }
        Ok(())
    }
}

/// `1 / (1 + e^-x)`.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// The inverse of [`sigmoid`]; a millionth is kept from both ends, where it is infinite.
pub(crate) fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    libm::log(p) - libm::log1p(-p)
}

#[cfg(test)]
mod tests;

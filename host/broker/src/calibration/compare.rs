//! Which of two judges agrees better with known answers.

use serde::{Deserialize, Serialize};

use crate::calibration::{
    Interval, Labelled,
    roc::{Ranked, resampled},
};

/// How often a new judge that is no better is taken for better, at most and about: the interval of 95 % is two-sided.
pub const ERROR_RATE: f64 = 0.025;

/// How two judges agree with the same labelled answers.
///
/// The statistic is the area under the ROC curve, new minus old, over the same items; its interval is the middle 95 % over
/// 2,000 samples of questions, of which both judges see the same. A judge that is kinder by any rising
/// function of its logits has exactly the same area, so kindness gains nothing; a verdict that is withheld counts as a
/// guess, so silence gains nothing either. The new judge is better only if the whole interval is above 0: a judge that is no
/// better passes about once in 40 times ([`ERROR_RATE`]). With fewer than about 30 questions, resampling makes intervals
/// somewhat too narrow.
///
/// # Source
/// B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; paired, because both judges see the same
/// answers: E. DeLong, D. DeLong, D. Clarke-Pearson, Comparing the Areas under Two or More Correlated ROC Curves,
/// Biometrics 44 (1988).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The area of the old judge.
    pub old: Interval,
    /// The area of the new one.
    pub new: Interval,
    /// New minus old.
    pub difference: Interval,
    /// How many questions both judged.
    pub questions: usize,
}

impl Comparison {
    /// Whether the new judge agrees better with the labels, and is itself no guesser.
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.difference.low > 0.0 && self.new.low > 0.5
    }
}

/// Compares what two judges made of the same items, in the same order.
#[must_use]
pub fn compare(old: &[Labelled], new: &[Labelled], seed: u64) -> Comparison {
    let (ranked_old, ranked_new) = (Ranked::new(old), Ranked::new(new));
    let questions = ranked_old.questions().max(ranked_new.questions());
    let [old, new, difference] = resampled(questions, seed, |weights| {
        let (old, new) = (ranked_old.auc(weights), ranked_new.auc(weights));
        [old, new, new - old]
    });
    Comparison { old, new, difference, questions }
}

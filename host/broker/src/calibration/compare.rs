//! Which of two judges agrees better with known answers.

use serde::{Deserialize, Serialize};

use crate::calibration::{
    Interval, Labelled,
    roc::{Ranked, resampled},
};

/// About how often a new judge that is no better than the old one is taken for better: one side of a 95 % interval.
pub const ERROR_RATE: f64 = 0.025;

/// How two judges agree with the same labelled answers.
///
/// The statistic is the area under the ROC curve, new minus old, over the same items; its 95 % interval is by drawing
/// questions anew as in [`crate::calibration::auc_interval`], and both judges see the same. A judge that is kinder by any
/// rising function of its logits has exactly the same area, so kindness gains nothing; a verdict that is withheld
/// counts as a guess, so silence gains nothing either. The new judge is better only if the whole interval is above 0: a
/// judge that is no better passes about once in 40 times ([`ERROR_RATE`]). Of 1,000 simulated comparisons of two
/// equally good judges each, 28 passed with 20 questions, 23 with 40 and 26 with 60. The rate is of one comparison: of k
/// candidates tried on the same questions, one that is no better passes up to k times as often.
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

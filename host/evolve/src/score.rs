//! What a variant is worth, with each factor shown.

use crate::tally::Share;
use crate::trust::TrustPolicy;

/// `fitness = (1 / cycles per correct result) x confidence x trust`, and its factors.
///
/// Made only by [`Score::of`], so no factor is ever NaN: each is a quotient of two whole numbers whose divisor is at
/// least 1, and a product of such quotients that are finite and at least 0.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// All cycles spent, those of wrong and failed trials included, for each correct result. None when no result was
    /// correct. At least 1; smaller is better.
    pub cycles_per_result: Option<f64>,
    /// Passed weight over total weight, 0 to 1; 0 when there was no trial.
    pub confidence: f64,
    /// What behaviour has earned, between 0 and 1.
    pub trust: f64,
    /// In correct results per cycle, discounted by confidence and trust. 0 when no result was correct: such a variant
    /// is never cheap, whatever it cost.
    pub fitness: f64,
}

impl Score {
    /// Scores the trials of `share`.
    ///
    /// Charging wrong and failed trials to the correct ones makes it useless to give up early on hard cases.
    /// A cost below one cycle per correct result counts as one cycle: no run is free.
    ///
    /// # Determinism
    /// Whole-number sums, then divisions and multiplications in one fixed order, each rounded to nearest: the same
    /// bits on every platform.
    #[must_use]
    pub fn of(share: &Share, policy: &TrustPolicy) -> Self {
        let confidence =
            if share.weight == 0 { 0.0 } else { share.passed_weight as f64 / share.weight as f64 };
        let trust = policy.trust(share);
        let cycles_per_result =
            (share.n_correct > 0).then(|| (share.cycles as f64 / share.n_correct as f64).max(1.0));
        let fitness = cycles_per_result.map_or(0.0, |cycles| (1.0 / cycles) * confidence * trust);
        Self { cycles_per_result, confidence, trust, fitness }
    }
}

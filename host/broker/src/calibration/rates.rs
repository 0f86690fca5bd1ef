//! Rates as a judge counts them, corrected for its errors.

use serde::{Deserialize, Serialize};

/// The 97.5th percentile of the normal distribution: intervals are of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
}

impl Rate {
    /// The share; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        self.with(0.0)
    }

    /// The share with `extra` more cases, half of them hits.
    fn with(self, extra: f64) -> f64 {
        let of = self.of as f64 + extra;
        if of > 0.0 { (self.hits as f64 + extra / 2.0) / of } else { 0.0 }
    }
}

/// A corrected rate with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Corrected {
    /// The rate of right answers.
    pub rate: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The rate of right answers behind the rate `passed` that a judge lets pass, when it lets the share `sensitivity` of right
/// answers pass and stops the share `specificity` of wrong ones: `(p + q0 - 1) / (q0 + q1 - 1)`, taken into 0 to 1.
/// Nothing where the judge is no better than chance, as then its rate says nothing.
///
/// The interval holds the uncertainty of all three rates. The wrong answers of the measurement have to be like the
/// wrong ones among those counted; no formula makes up for easy ones.
///
/// # Source
/// W. Rogan, B. Gladen, Estimating Prevalence from the Results of a Screening Test, American Journal of Epidemiology 107
/// (1978); the interval: Z. Lang, J. Reiczigel, Confidence Limits for Prevalence of Disease Adjusted for Estimated
/// Sensitivity and Specificity, Preventive Veterinary Medicine 113 (2014), section 2; for judges: C. Lee et al., How to
/// Correctly Report LLM-as-a-Judge Evaluations, arXiv 2511.21140.
#[must_use]
pub fn corrected_rate(passed: Rate, sensitivity: Rate, specificity: Rate) -> Option<Corrected> {
    let youden = sensitivity.share() + specificity.share() - 1.0;
    if youden <= 0.0 || passed.of == 0 {
        return None;
    }
    let rate = ((passed.share() + specificity.share() - 1.0) / youden).clamp(0.0, 1.0);
    // Each rate is taken a little towards one half, as by Agresti and Coull.
    let (p, q1, q0) = (passed.with(Z * Z), sensitivity.with(2.0), specificity.with(2.0));
    let youden = q1 + q0 - 1.0;
    if youden <= 0.0 {
        return Some(Corrected { rate, low: 0.0, high: 1.0 });
    }
    let near = (p + q0 - 1.0) / youden;
    let of_right = q1 * (1.0 - q1) / (sensitivity.of as f64 + 2.0);
    let of_wrong = q0 * (1.0 - q0) / (specificity.of as f64 + 2.0);
    let of_passed = p * (1.0 - p) / (passed.of as f64 + Z * Z);
    let variance = of_passed + of_right * near * near + of_wrong * (1.0 - near) * (1.0 - near);
    let shift = 2.0 * Z * Z * (near * of_right - (1.0 - near) * of_wrong);
    let half = Z * libm::sqrt(variance) / youden;
    let (low, high) = (near + shift - half, near + shift + half);
    Some(Corrected { rate, low: low.clamp(0.0, 1.0), high: high.clamp(0.0, 1.0) })
}

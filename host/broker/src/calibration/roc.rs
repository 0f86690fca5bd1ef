//! The area under the ROC curve, and intervals by resampling questions.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use crate::{
    calibration::{Interval, Labelled},
    normal,
};

/// How often questions are drawn anew for an interval.
pub const RESAMPLES: usize = 2_000;

/// Labelled items in the order of their logits, of which the area is quick to compute under any weights.
pub(super) struct Ranked {
    /// Question, label and logit, rising.
    scored: Vec<(usize, bool, f64)>,
    /// Question and label of those without a verdict.
    unscored: Vec<(usize, bool)>,
    questions: usize,
}

impl Ranked {
    pub(super) fn new(items: &[Labelled]) -> Self {
        let (mut scored, mut unscored) = (Vec::new(), Vec::new());
        for item in items {
            match item.logit {
                Some(logit) => scored.push((item.question, item.is_right, logit)),
                None => unscored.push((item.question, item.is_right)),
            }
        }
        scored.sort_by(|one, other| one.2.total_cmp(&other.2));
        let questions = items.iter().map(|item| item.question + 1).max().unwrap_or(0);
        Self { scored, unscored, questions }
    }

    /// The area where the items of question i count `weights[i]` times; 0.5 where there is no pair.
    pub(super) fn auc(&self, weights: &[u32]) -> f64 {
        let weight = |question: usize| f64::from(weights.get(question).copied().unwrap_or(0));
        let (mut right, mut wrong, mut above) = (0.0, 0.0, 0.0);
        for tied in self.scored.chunk_by(|one, other| one.2 == other.2) {
            let (mut tied_right, mut tied_wrong) = (0.0, 0.0);
            for &(question, is_right, _) in tied {
                *(if is_right { &mut tied_right } else { &mut tied_wrong }) += weight(question);
            }
            above += tied_right * (wrong + tied_wrong / 2.0);
            (right, wrong) = (right + tied_right, wrong + tied_wrong);
        }
        let (mut more_right, mut more_wrong) = (0.0, 0.0);
        for &(question, is_right) in &self.unscored {
            *(if is_right { &mut more_right } else { &mut more_wrong }) += weight(question);
        }
        above += (more_right * (wrong + more_wrong) + right * more_wrong) / 2.0;
        let pairs = (right + more_right) * (wrong + more_wrong);
        if pairs > 0.0 { above / pairs } else { 0.5 }
    }

    pub(super) fn questions(&self) -> usize {
        self.questions
    }
}

/// The area under the ROC curve: the share of pairs of a right and a wrong answer, over all questions, in which the
/// right one has the higher logit. Equal ones count one half, and so does every pair in which there is no verdict on one:
/// who has no opinion guesses.
///
/// # Source
/// J. Hanley, B. McNeil, The Meaning and Use of the Area under a ROC Curve, Radiology 143 (1982).
#[must_use]
pub fn auc(items: &[Labelled]) -> f64 {
    let ranked = Ranked::new(items);
    ranked.auc(&vec![1; ranked.questions()])
}

/// The area with its 95 % interval, by drawing as many questions anew [`RESAMPLES`] times, with replacement, each with
/// all its answers: from the 2.5th to the 97.5th percentile of the areas, both taken a little outwards because samples of few
/// questions vary less than the questions that they stand for. Where no error was seen it is 1 to 1, which does not say that
/// there are none.
///
/// # Source
/// B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile intervals); T. Hesterberg, What
/// Teachers Should Know About the Bootstrap, The American Statistician 69 (2015), 371-386 (how far outwards). Whole
/// questions are drawn because answers to one question go together: A. Davison, D. Hinkley, Bootstrap Methods and their
/// Application (1997), section 3.8.
#[must_use]
pub fn auc_interval(items: &[Labelled], seed: u64) -> Interval {
    let ranked = Ranked::new(items);
    let [interval] = resampled(ranked.questions(), seed, |weights| [ranked.auc(weights)]);
    interval
}

/// The middle 95 % of each of some statistics over the same samples of the questions.
pub(super) fn resampled<const N: usize>(
    questions: usize,
    seed: u64,
    statistics: impl Fn(&[u32]) -> [f64; N],
) -> [Interval; N] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = vec![0_u32; questions];
    let samples: Vec<[f64; N]> = (0..RESAMPLES)
        .map(|_| {
            weights.fill(0);
            for _ in 0..questions {
                weights[below(&mut rng, questions)] += 1;
            }
            statistics(&weights)
        })
        .collect();
    let whole = statistics(&vec![1; questions]);
    let tail = (tail(questions) * RESAMPLES as f64) as usize;
    std::array::from_fn(|which| {
        let mut values: Vec<f64> = samples.iter().map(|sample| sample[which]).collect();
        values.sort_by(f64::total_cmp);
        Interval { value: whole[which], low: values[tail], high: values[RESAMPLES - 1 - tail] }
    })
}

/// The share of samples beyond each end of a 95 % interval: what the normal distribution has beyond
/// `sqrt(n / (n - 1)) t`, where t is the 97.5th percentile of Student's distribution with n - 1 degrees of freedom.
fn tail(questions: usize) -> f64 {
    if questions < 3 {
        return 0.0;
    }
    let (n, z) = (questions as f64, normal::quantile(0.975));
    let (cube, fifth) = (z * z * z, z * z * z * z * z);
    // M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.5.
    let t = z
        + (cube + z) / (4.0 * (n - 1.0))
        + (5.0 * fifth + 16.0 * cube + 3.0 * z) / (96.0 * (n - 1.0) * (n - 1.0));
    let reach = t * libm::sqrt(n / (n - 1.0));
    0.5 * libm::erfc(reach / std::f64::consts::SQRT_2)
}

/// A place among `n`, which is not 0.
pub(super) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn tails_are_thinner_for_fewer_questions() {
        // t is 2.2622 with 9 degrees of freedom and 2.0010 with 59.
        for (questions, reach) in
            [(10, 2.2622 * f64::sqrt(10.0 / 9.0)), (60, 2.0010 * f64::sqrt(60.0 / 59.0))]
        {
            let expected = 0.5 * libm::erfc(reach / std::f64::consts::SQRT_2);
            assert!((tail(questions) / expected - 1.0).abs() < 0.03, "{questions}");
        }
        assert!((tail(100_000) - 0.025).abs() < 1e-5);
        assert_eq!(tail(2), 0.0);
    }
}

//! The area under the ROC curve, and intervals by resampling questions.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use crate::calibration::{Interval, Labelled, fit::kept};

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

/// The area with its 95 % interval: the middle 95 % of the areas over [`RESAMPLES`] samples of as many questions, drawn
/// with replacement, each with all its answers.
///
/// # Source
/// B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile intervals); whole questions
/// are drawn because answers to one question go together (A. Davison, D. Hinkley, Bootstrap Methods and their Application
/// (1997), section 3.8).
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
    let tail = RESAMPLES / 40;
    std::array::from_fn(|which| {
        let mut values: Vec<f64> = samples.iter().map(|sample| sample[which]).collect();
        values.sort_by(f64::total_cmp);
        Interval {
            value: kept(whole[which]),
            low: kept(values[tail]),
            high: kept(values[RESAMPLES - 1 - tail]),
        }
    })
}

/// A place among `n`, which is not 0.
pub(super) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

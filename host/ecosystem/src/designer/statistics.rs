//! Whether one ecosystem is better than another on the same questions, and how sure a rate is.
//!
//! **The test.** Old and new answer the same questions; question by question the new score minus the old one is taken.
//! If nothing were better, each difference would be as likely to have the other sign. Where all scores are 0 or 1
//! (answers that were checked) this is the exact test of McNemar: of the questions on which the two differ, the
//! number that the new one wins is held against a fair coin. Where scores lie between (a referee's), all signs are
//! flipped: every combination of at most [`ENUMERATED`] differences, else [`FLIPS`] seeded ones. Both are one-sided.
//!
//! **Looks.** Questions cost money, so what is plain is decided early: after 10, 20 and 40 questions. The error rate
//! of 0.05 is divided among the looks (0.01, 0.015, 0.025), so that all of them together stay below it, whatever
//! depends on what (Bonferroni).
//!
//! **Why 40.** With 10 questions alone a rise of the share of right answers from 0.5 to 0.9 is seen in 36 evaluations
//! of a hundred; with looks up to 40, in 97. A rise from 0.7 to 0.9 is seen in 51 of a hundred, and would take 100
//! questions to be seen in 97. A test in this module computes these figures.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

/// How many differences have all their signs flipped: 2^16 combinations.
pub const ENUMERATED: usize = 16;

/// How many seeded combinations of signs are drawn where there are more.
pub const FLIPS: u32 = 20_000;

/// What differs by less than this is the same.
const SAME: f64 = 1e-12;

/// When to look, and how small the probability of the test has to be then.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// After how many questions.
    pub questions: usize,
    /// What of the error rate it may spend.
    pub alpha: f64,
}

/// The default looks: 10, 20 and 40 questions with an error rate of 0.05 in all.
pub const LOOKS: [Look; 3] = [
    Look { questions: 10, alpha: 0.01 },
    Look { questions: 20, alpha: 0.015 },
    Look { questions: 40, alpha: 0.025 },
];

/// Which test it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// McNemar's exact test on right and wrong answers.
    McNemar,
    /// All or many flips of the signs of differences.
    SignFlip,
}

impl Method {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::McNemar => "exact McNemar test",
            Self::SignFlip => "paired sign-flip test",
        }
    }
}

/// Scores of two ecosystems on the same questions, held against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Which test.
    pub method: Method,
    /// How many questions.
    pub questions: usize,
    /// On how many the new one scored higher.
    pub wins: usize,
    /// On how many the old one scored higher.
    pub losses: usize,
    /// The mean score of the old one.
    pub old: f64,
    /// The mean score of the new one.
    pub new: f64,
    /// How likely a difference this much in favour of the new one, or more, is if nothing is better.
    pub p: f64,
}

impl Paired {
    /// The mean score of the new one minus that of the old one.
    #[must_use]
    pub fn improvement(&self) -> f64 {
        self.new - self.old
    }
}

/// Holds `new[i]` against `old[i]`; a score without a partner is left out. `seed` draws flips where there are too many.
#[must_use]
pub fn paired(old: &[f64], new: &[f64], seed: u64) -> Paired {
    let pairs: Vec<(f64, f64)> = old.iter().copied().zip(new.iter().copied()).collect();
    let differences: Vec<f64> =
        pairs.iter().map(|(old, new)| new - old).filter(|difference| difference.abs() > SAME).collect();
    let wins = differences.iter().filter(|difference| **difference > 0.0).count();
    let losses = differences.len() - wins;
    let is_whole = |score: f64| score == 0.0 || score == 1.0;
    let method = if pairs.iter().all(|(old, new)| is_whole(*old) && is_whole(*new)) {
        Method::McNemar
    } else {
        Method::SignFlip
    };
    let p = match method {
        Method::McNemar => fair_coin(wins + losses, wins),
        Method::SignFlip => sign_flip(&differences, seed),
    };
    let mean = |score: fn(&(f64, f64)) -> f64| {
        if pairs.is_empty() { 0.0 } else { pairs.iter().map(score).sum::<f64>() / pairs.len() as f64 }
    };
    Paired {
        method,
        questions: pairs.len(),
        wins,
        losses,
        old: mean(|pair| pair.0),
        new: mean(|pair| pair.1),
        p,
    }
}

/// The probability that a fair coin thrown `n` times (1,000 at most) shows heads at least `k` times.
#[must_use]
pub fn fair_coin(n: usize, k: usize) -> f64 {
    // From the rarest outcome down to `k` heads, so that small terms are added first.
    let mut term = (0..n).fold(1.0, |term, _| term * 0.5);
    let mut sum = 0.0;
    for heads in (k..=n).rev() {
        sum += term;
        term = term * heads as f64 / (n - heads + 1) as f64;
    }
    sum.min(1.0)
}

/// The share of sign combinations whose sum is at least as large.
fn sign_flip(differences: &[f64], seed: u64) -> f64 {
    let sum: f64 = differences.iter().sum();
    let n = differences.len();
    let is_as_large = |signs: &dyn Fn(usize) -> bool| {
        let flipped: f64 =
            differences.iter().enumerate().map(|(idx, d)| if signs(idx) { d.abs() } else { -d.abs() }).sum();
        flipped >= sum - SAME * n as f64
    };
    if n <= ENUMERATED {
        let all = 1_u32 << n;
        let larger = (0..all).filter(|signs| is_as_large(&|idx| signs >> idx & 1 == 1)).count();
        return larger as f64 / f64::from(all);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut larger = 0_u32;
    for _ in 0..FLIPS {
        let words: Vec<u64> = (0..n.div_ceil(64)).map(|_| rng.next_u64()).collect();
        larger += u32::from(is_as_large(&|idx| words[idx / 64] >> (idx % 64) & 1 == 1));
    }
    // What was seen is one of the combinations: so the test keeps its error rate with any number of flips.
    (1.0 + f64::from(larger)) / (1.0 + f64::from(FLIPS))
}

/// The rate that `hits` of `n` is of, as it may be at least and at most: one-sided bounds of 95 % each by Wilson's
/// score.
#[must_use]
pub fn rate_bounds(hits: usize, n: usize) -> (f64, f64) {
    const Z: f64 = 1.644_853_626_951_472_7;
    if n == 0 {
        return (0.0, 1.0);
    }
    let (hits, n) = (hits as f64, n as f64);
    let rate = hits / n;
    let centre = rate + Z * Z / (2.0 * n);
    let width = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - width) / scale).max(0.0), ((centre + width) / scale).min(1.0))
}

/// How much surer a judge is of right answers than of wrong ones: the probability that a right one has the higher
/// score, ties counted half. Nothing without both kinds.
#[must_use]
pub fn area_under_curve(scored: &[(f64, bool)]) -> Option<f64> {
    let of = |kind: bool| scored.iter().filter(move |(_, right)| *right == kind).map(|(score, _)| *score);
    let n = of(true).count() * of(false).count();
    let above = |right: f64| -> f64 {
        of(false)
            .map(|wrong| {
                if right > wrong {
                    1.0
                } else if right < wrong {
                    0.0
                } else {
                    0.5
                }
            })
            .sum()
    };
    (n > 0).then(|| of(true).map(above).sum::<f64>() / n as f64)
}

/// How far verdicts are from the truth on average: the mean squared error of probabilities.
#[must_use]
pub fn brier(scored: &[(f64, bool)]) -> Option<f64> {
    let error = |(score, right): &(f64, bool)| (score - f64::from(u8::from(*right))).powi(2);
    (!scored.is_empty()).then(|| scored.iter().map(error).sum::<f64>() / scored.len() as f64)
}

/// The expected calibration error over five equal bins: how far verdicts are from how often they come true.
#[must_use]
pub fn calibration_error(scored: &[(f64, bool)]) -> Option<f64> {
    const BINS: usize = 5;
    let bin = |score: f64| ((score * BINS as f64) as usize).min(BINS - 1);
    let error = |at: usize| -> f64 {
        let sums = scored.iter().filter(|(score, _)| bin(*score) == at);
        sums.map(|(score, right)| score - f64::from(u8::from(*right))).sum::<f64>().abs()
    };
    (!scored.is_empty()).then(|| (0..BINS).map(error).sum::<f64>() / scored.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::{LOOKS, Method, area_under_curve, brier, calibration_error, fair_coin, paired, rate_bounds};

    #[test]
    fn a_fair_coin_is_known() {
        assert_eq!(fair_coin(0, 0), 1.0);
        assert_eq!(fair_coin(10, 10), 1.0 / 1024.0);
        assert_eq!(fair_coin(10, 9), 11.0 / 1024.0);
        assert_eq!(fair_coin(10, 11), 0.0);
        assert!((fair_coin(9, 5) - 0.5).abs() < 1e-15);
        assert!((fair_coin(1000, 500) - 0.512_612_509_089_180_4).abs() < 1e-12);
    }

    #[test]
    fn right_and_wrong_answers_are_tested_by_mcnemar() {
        let old = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0];
        let new = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        let found = paired(&old, &new, 1);
        assert_eq!((found.method, found.wins, found.losses), (Method::McNemar, 6, 1));
        assert_eq!(found.p, 8.0 / 128.0);
        assert!((found.improvement() - 0.5).abs() < 1e-12);
        // Nothing differs: nothing is better.
        assert_eq!(paired(&old, &old, 1).p, 1.0);
        assert_eq!(paired(&[], &[], 1).p, 1.0);
    }

    #[test]
    fn flipping_all_signs_of_equal_differences_is_mcnemar() {
        let old = [0.1; 12];
        let mut new = [0.6; 12];
        new[0] = -0.4;
        let found = paired(&old, &new, 1);
        assert_eq!(found.method, Method::SignFlip);
        assert!((found.p - fair_coin(12, 11)).abs() < 1e-12, "{}", found.p);
        // Too many to enumerate: drawn, and the same for the same seed.
        let (old, new) = ([0.5; 30], [0.6; 30]);
        assert_eq!(paired(&old, &new, 7), paired(&old, &new, 7));
        assert!(paired(&old, &new, 7).p < 1e-3);
    }

    #[test]
    fn rates_lie_within_their_bounds() {
        let (low, high) = rate_bounds(14, 20);
        assert!((low - 0.5156).abs() < 1e-3 && (high - 0.8369).abs() < 1e-3, "{low} {high}");
        assert_eq!(rate_bounds(0, 0), (0.0, 1.0));
        assert_eq!(rate_bounds(5, 5).1, 1.0);
    }

    #[test]
    fn judges_are_measured_by_what_they_say_of_right_and_wrong() {
        let good = [(0.9, true), (0.8, true), (0.2, false), (0.1, false)];
        assert_eq!(area_under_curve(&good), Some(1.0));
        let kind = [(1.0, true), (1.0, false), (1.0, false), (1.0, false)];
        assert_eq!(area_under_curve(&kind), Some(0.5));
        assert_eq!(brier(&kind), Some(0.75));
        assert_eq!(calibration_error(&kind), Some(0.75));
        assert_eq!(area_under_curve(&[(0.5, true)]), None);
        assert_eq!((brier(&[]), calibration_error(&[])), (None, None));
    }

    /// How often `n` evaluations accept when old and new are right with these probabilities.
    fn accepted(old: f64, new: f64, looks: &[super::Look], n: u32) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut draw = |rate: f64| -> f64 {
            let uniform = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            f64::from(u8::from(uniform < rate))
        };
        let mut accepted = 0;
        for _ in 0..n {
            let most = looks.last().map_or(0, |look| look.questions);
            let scores: Vec<(f64, f64)> = (0..most).map(|_| (draw(old), draw(new))).collect();
            let (olds, news): (Vec<f64>, Vec<f64>) = scores.into_iter().unzip();
            let is_better = |look: &super::Look| {
                let found = paired(&olds[..look.questions], &news[..look.questions], 1);
                found.p <= look.alpha && found.improvement() >= 0.05
            };
            accepted += u32::from(looks.iter().any(is_better));
        }
        f64::from(accepted) / f64::from(n)
    }

    #[test]
    fn the_error_rate_is_kept_and_forty_questions_see_what_matters() {
        for rate in [0.1, 0.5, 0.9] {
            let wrongly = accepted(rate, rate, &LOOKS, 500);
            assert!(wrongly <= 0.05, "{wrongly} of evaluations accept what is no better");
        }
        let spent: f64 = LOOKS.iter().map(|look| look.alpha).sum();
        assert!((spent - 0.05).abs() < 1e-12);
        let ten = [super::Look { questions: 10, alpha: 0.05 }];
        let hundred = [super::Look { questions: 100, alpha: 0.05 }];
        let found = [
            accepted(0.5, 0.9, &ten, 500),
            accepted(0.5, 0.9, &LOOKS, 500),
            accepted(0.7, 0.9, &LOOKS, 500),
            accepted(0.7, 0.9, &hundred, 500),
        ];
        for (found, said) in found.iter().zip([0.36, 0.97, 0.51, 0.97]) {
            assert!((found - said).abs() < 0.07, "{found} is not the {said} that is said above");
        }
    }

    proptest! {
        #[test]
        fn probabilities_are_probabilities(pairs in prop::collection::vec((0.0..=1.0, 0.0..=1.0), 0..40), seed: u64) {
            let (old, new): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let there = paired(&old, &new, seed);
            let back = paired(&new, &old, seed);
            prop_assert!((0.0..=1.0).contains(&there.p) && (0.0..=1.0).contains(&back.p));
            // One direction or the other is likely, and both are only if nothing differs much.
            prop_assert!(there.p + back.p >= 0.97);
        }
    }
}

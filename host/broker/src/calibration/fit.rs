//! Fits a calibration and checks it on questions that it has not seen.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use crate::calibration::{
    Interval, Labelled, Method, Rate, isotonic,
    isotonic::softened,
    platt,
    roc::{auc_interval, below},
};

/// How many parts the questions are dealt into; each part is checked by a fit on the others.
pub const FOLDS: usize = 5;

/// From how many labels on the line through points is taken, which follows any rising curve but overfits on fewer.
pub const ISOTONIC_FROM: usize = 200;

/// How many bins of equal width, from 0 to 1, the expected calibration error is over.
pub const ECE_BINS: usize = 10;

/// A fit with its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The fit on all items.
    pub method: Method,
    /// The area under the ROC curve.
    pub auc: Interval,
    /// The Brier score of fits on other questions.
    pub brier: f64,
    /// Their expected calibration error.
    pub ece: f64,
    /// How many right answers they gave a probability of one half or more.
    pub sensitivity: Rate,
    /// How many wrong answers they gave less.
    pub specificity: Rate,
    /// On how many items there was no verdict; these count in the AUC alone.
    pub abstained: usize,
}

/// Fits labelled items: a sigmoid, or from [`ISOTONIC_FROM`] labels on a line through points.
///
/// # Determinism
/// A function of the items and the seed.
///
/// # Source
/// Brier: G. Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78 (1950). ECE: M.
/// Naeini, G. Cooper, M. Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015; C. Guo et
/// al., On Calibration of Modern Neural Networks, ICML 2017, section 2.
#[must_use]
pub fn fit(items: &[Labelled], seed: u64) -> Fit {
    let scored: Vec<(usize, f64, bool)> =
        items.iter().filter_map(|item| Some((item.question, item.logit?, item.is_right))).collect();
    let is_many = scored.len() >= ISOTONIC_FROM;
    let method_of = |keep: &dyn Fn(usize) -> bool| {
        let items: Vec<(f64, bool)> =
            scored.iter().filter(|item| keep(item.0)).map(|&(_, x, is_right)| (x, is_right)).collect();
        if is_many {
            Method::Isotonic { points: softened(isotonic(&items), items.len()) }
        } else {
            let (a, b) = platt(&items);
            Method::Platt { a, b }
        }
    };
    let fold_of = folds(items, seed);
    let fitted: Vec<Method> =
        (0..FOLDS).map(|fold| method_of(&|question| fold_of[question] != fold)).collect();
    let checked: Vec<(f64, bool)> = scored
        .iter()
        .map(|&(question, x, is_right)| (fitted[fold_of[question]].probability(x), is_right))
        .collect();
    let passed = |label: bool, passes: bool| {
        let of_label = || checked.iter().filter(|(_, is_right)| *is_right == label);
        let hits = of_label().filter(|(p, _)| (*p >= 0.5) == passes).count() as u64;
        Rate { hits, of: of_label().count() as u64 }
    };
    Fit {
        method: method_of(&|_| true),
        auc: auc_interval(items, seed),
        brier: brier(&checked),
        ece: ece(&checked),
        sensitivity: passed(true, true),
        specificity: passed(false, false),
        abstained: items.len() - scored.len(),
    }
}

/// The part that each question is in: shuffled, then dealt.
fn folds(items: &[Labelled], seed: u64) -> Vec<usize> {
    let questions = items.iter().map(|item| item.question + 1).max().unwrap_or(0);
    let mut order: Vec<usize> = (0..questions).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(1);
    for place in (1..questions).rev() {
        order.swap(place, below(&mut rng, place + 1));
    }
    let mut fold_of = vec![0; questions];
    for (place, question) in order.into_iter().enumerate() {
        fold_of[question] = place % FOLDS;
    }
    fold_of
}

/// The mean square of what the probabilities are off by; 0.25 of nothing.
pub(super) fn brier(checked: &[(f64, bool)]) -> f64 {
    if checked.is_empty() {
        return 0.25;
    }
    let square = |&(p, is_right): &(f64, bool)| {
        let off = p - if is_right { 1.0 } else { 0.0 };
        off * off
    };
    checked.iter().map(square).sum::<f64>() / checked.len() as f64
}

/// By how much the mean probability and the share of right ones differ in each bin, weighted by the items in it.
pub(super) fn ece(checked: &[(f64, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0); ECE_BINS];
    for &(p, is_right) in checked {
        let bin = &mut bins[((p * ECE_BINS as f64) as usize).min(ECE_BINS - 1)];
        (bin.0, bin.1) = (bin.0 + p, bin.1 + if is_right { 1.0 } else { 0.0 });
    }
    // The sizes of bins cancel: each weighs as much as there is in it.
    bins.iter().map(|(said, right)| f64::abs(said - right)).sum::<f64>() / checked.len().max(1) as f64
}

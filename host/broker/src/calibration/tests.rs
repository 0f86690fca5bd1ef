use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::{
    ISOTONIC_FROM, Labelled, Method, Rate, auc, auc_interval, compare, corrected_rate, fit,
    fit::{brier, ece},
    logit, platt, sigmoid,
};
use crate::normal::quantile as normal_quantile;

/// Chance for tests.
struct Chance(ChaCha8Rng);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// What a judge makes of pairs whose means are so far apart.
    fn pairs(&mut self, questions: usize, distance: f64) -> Vec<Labelled> {
        let mut items = Vec::new();
        for question in 0..questions {
            for is_right in [true, false] {
                let logit = self.normal() + if is_right { distance } else { 0.0 };
                items.push(Labelled { question, is_right, logit: Some(logit) });
            }
        }
        items
    }
}

fn by_definition(items: &[Labelled]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for right in items.iter().filter(|item| item.is_right) {
        for wrong in items.iter().filter(|item| !item.is_right) {
            pairs += 1.0;
            sum += match (right.logit, wrong.logit) {
                (Some(right), Some(wrong)) if right > wrong => 1.0,
                (Some(right), Some(wrong)) if right < wrong => 0.0,
                _ => 0.5,
            };
        }
    }
    if pairs > 0.0 { sum / pairs } else { 0.5 }
}

fn labelled() -> impl Strategy<Value = Vec<Labelled>> {
    let item = (0_usize..8, any::<bool>(), proptest::option::weighted(0.9, -6_i32..6));
    let item = item.prop_map(|(question, is_right, logit)| Labelled {
        question,
        is_right,
        logit: logit.map(f64::from),
    });
    proptest::collection::vec(item, 0..50)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_area_is_what_its_definition_says(items in labelled()) {
        prop_assert!((auc(&items) - by_definition(&items)).abs() < 1e-12);
    }

    #[test]
    fn no_rising_function_changes_the_area(items in labelled(), bias in -9.0..9.0, slope in 0.01..9.0) {
        let kinder: Vec<Labelled> =
            items.iter().map(|item| Labelled { logit: item.logit.map(|x| slope * x + bias), ..*item }).collect();
        prop_assert_eq!(auc(&items), auc(&kinder));
        let comparison = compare(&items, &kinder, 1);
        prop_assert_eq!((comparison.difference.low, comparison.difference.high), (0.0, 0.0));
        prop_assert!(!comparison.is_better());
    }

    #[test]
    fn an_interval_holds_its_value(items in labelled(), seed in 0_u64..9) {
        let interval = auc_interval(&items, seed);
        prop_assert!((0.0..=1.0).contains(&interval.low) && interval.low <= interval.high && interval.high <= 1.0);
        prop_assert_eq!(interval, auc_interval(&items, seed));
    }

    #[test]
    fn any_items_have_a_fit(items in labelled()) {
        let fit = fit(&items, 1);
        prop_assert!((0.0..=1.0).contains(&fit.brier) && (0.0..=1.0).contains(&fit.ece), "{:?}", fit);
        for x in [-1e9, -1.0, 0.0, 1.0, 1e9] {
            prop_assert!((0.0..=1.0).contains(&fit.method.probability(x)));
        }
    }
}

#[test]
fn a_sigmoid_is_found_again() {
    for (seed, (a, b)) in [(1.0, 0.0), (0.3, -1.0), (2.5, 1.5)].into_iter().enumerate() {
        let mut chance = Chance::new(seed as u64);
        let mut draw = || {
            let x = 3.0 * chance.normal();
            (x, chance.uniform() < sigmoid(a * x + b))
        };
        let items: Vec<(f64, bool)> = (0..20_000).map(|_| draw()).collect();
        let (found_a, found_b) = platt(&items);
        assert!(
            (found_a / a - 1.0).abs() < 0.06 && (found_b - b).abs() < 0.08,
            "{a} {b}: {found_a} {found_b}"
        );
    }
}

#[test]
fn a_sigmoid_keeps_the_mean_of_its_targets() {
    // At the best shift the probabilities add up to the smoothed labels: the gradient is 0.
    let items = Chance::new(5).pairs(20, 1.0);
    let items: Vec<(f64, bool)> =
        items.iter().filter_map(|item| Some((item.logit?, item.is_right))).collect();
    let (a, b) = platt(&items);
    let sum: f64 = items.iter().map(|(x, _)| sigmoid(a * x + b)).sum();
    assert!((sum - 20.0 * (21.0 / 22.0 + 1.0 / 22.0)).abs() < 1e-6, "{sum}");
}

#[test]
fn a_threshold_that_tells_all_apart_has_a_finite_slope() {
    let items: Vec<(f64, bool)> = (0..40).map(|i| (f64::from(i) - 19.5, i >= 20)).collect();
    let (a, b) = platt(&items);
    assert!(a > 0.2 && a < 2.0 && b.abs() < 1e-6, "{a} {b}");
    let same: Vec<(f64, bool)> = (0..10).map(|i| (1.0, i % 2 == 0)).collect();
    let (a, b) = platt(&same);
    assert!(sigmoid(a + b) - 0.5 < 1e-6, "{a} {b}");
}

#[test]
fn from_so_many_labels_on_a_line_through_points_is_fitted() {
    let fitted = |questions| fit(&Chance::new(3).pairs(questions, 1.5), 1).method;
    assert!(matches!(fitted(ISOTONIC_FROM / 2 - 1), Method::Platt { .. }));
    let Method::Isotonic { points } = fitted(ISOTONIC_FROM / 2) else { panic!("a line") };
    assert!(points.iter().all(|(_, p)| (0.004..=0.996).contains(p)), "{points:?}");
}

#[test]
fn a_fit_repairs_probabilities_on_questions_it_has_not_seen() {
    // The true odds of a right answer are e^(d x - d^2 / 2); the judge says twice that and five more.
    for questions in [60, 400] {
        let true_logits = Chance::new(11).pairs(questions, 2.0);
        let (mut said, mut honest) = (Vec::new(), Vec::new());
        let skewed: Vec<Labelled> = true_logits
            .iter()
            .map(|item| {
                let odds = 2.0 * item.logit.unwrap_or(0.0) - 2.0;
                honest.push((sigmoid(odds), item.is_right));
                said.push((sigmoid(2.0 * odds + 5.0), item.is_right));
                Labelled { logit: Some(2.0 * odds + 5.0), ..*item }
            })
            .collect();
        let fit = fit(&skewed, 1);
        assert!(ece(&said) > 0.1 && fit.ece < 0.8 * ece(&said), "{} {}", ece(&said), fit.ece);
        assert!(fit.brier < brier(&said) - 0.03 && fit.brier < brier(&honest) + 0.02, "{fit:?}");
        assert_eq!((fit.sensitivity.of, fit.specificity.of), (questions as u64, questions as u64));
        assert!(fit.sensitivity.share() > 0.75 && fit.specificity.share() > 0.75, "{fit:?}");
    }
}

#[test]
fn figures_of_probabilities_are_what_they_say() {
    assert!((brier(&[(0.8, true), (0.4, false)]) - 0.1).abs() < 1e-12);
    assert!((ece(&[(0.95, true), (0.92, false), (0.1, false)]) - (0.87 + 0.1) / 3.0).abs() < 1e-12);
    assert_eq!(ece(&[(1.0, true), (0.0, false)]), 0.0);
    assert!((sigmoid(logit(0.3)) - 0.3).abs() < 1e-12);
    assert!(logit(0.0).is_finite() && logit(1.0).is_finite());
}

#[test]
fn intervals_of_the_area_hold_the_truth_as_often_as_they_say() {
    // With a distance of sqrt 2 quantile(0.8) the area is 0.8.
    let distance = std::f64::consts::SQRT_2 * normal_quantile(0.8);
    let held = (0..100)
        .filter(|seed| {
            let interval = auc_interval(&Chance::new(*seed).pairs(40, distance), 1);
            interval.low <= 0.8 && 0.8 <= interval.high
        })
        .count();
    // 95 of 100, with a deviation of 2.2.
    assert!((88..=99).contains(&held), "{held}");
}

#[test]
fn a_judge_that_is_no_better_is_taken_for_better_as_rarely_as_is_said() {
    let better = |old: f64, new: f64, tries: u64| {
        let one = |seed: &u64| {
            let mut chance = Chance::new(1_000 + seed);
            compare(&chance.pairs(40, old), &chance.pairs(40, new), 1).is_better()
        };
        (0..tries).filter(one).count()
    };
    // 2.5 % of 60 is 1.5, with a deviation of 1.2.
    let by_chance = better(1.2, 1.2, 60);
    assert!(by_chance <= 5, "{by_chance}");
    assert_eq!(better(1.6, 0.8, 10), 0);
    let truly = better(0.5, 2.5, 10);
    assert!(truly >= 9, "{truly}");
}

#[test]
fn silence_gains_nothing() {
    let old = Chance::new(1).pairs(40, 1.0);
    // A judge that keeps quiet about half of what the old one says.
    let quiet: Vec<Labelled> = old
        .iter()
        .map(|item| Labelled { logit: item.logit.filter(|_| item.question % 2 == 0), ..*item })
        .collect();
    let comparison = compare(&old, &quiet, 1);
    assert!(comparison.difference.value < 0.0 && !comparison.is_better(), "{comparison:?}");
}

#[test]
fn a_rate_is_corrected() {
    let rate = |hits, of| Rate { hits, of };
    // Of 100 answers 60 are right; 54 of these pass and 12 of the wrong ones.
    let corrected = corrected_rate(rate(66, 100), rate(90, 100), rate(70, 100)).expect("better than chance");
    assert!((corrected.rate - 0.6).abs() < 1e-12);
    assert!(
        corrected.low < 0.48 && corrected.low > 0.35 && corrected.high > 0.7 && corrected.high < 0.85,
        "{corrected:?}"
    );
    assert_eq!(corrected_rate(rate(5, 10), rate(5, 10), rate(5, 10)), None);
    assert_eq!(corrected_rate(rate(0, 0), rate(9, 10), rate(9, 10)), None);
    let none = corrected_rate(rate(0, 50), rate(9, 10), rate(9, 10)).unwrap();
    assert!(none.rate == 0.0 && none.low == 0.0 && none.high < 0.2, "{none:?}");
    // 95 % of 300 intervals are to hold the true rate.
    let held = (0..300)
        .filter(|seed| {
            let mut chance = Chance::new(*seed);
            let mut count =
                |p: f64, of: u64| rate((0..of).filter(|_| chance.uniform() < p).count() as u64, of);
            let (passed, q1, q0) = (count(0.3 * 0.85 + 0.7 * 0.2, 80), count(0.85, 40), count(0.8, 40));
            corrected_rate(passed, q1, q0).is_some_and(|found| found.low <= 0.3 && 0.3 <= found.high)
        })
        .count();
    assert!((275..=299).contains(&held), "{held}");
}

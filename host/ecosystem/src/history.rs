//! How confident an attractor's answers were, and what follows of it: pure functions of the scores.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The golden ratio.
pub const PHI: f64 = 1.618_033_988_749_895;

/// How much of the moving average a new score is.
pub const ALPHA: f64 = 0.3;

/// Scores that are remembered for the plain average.
pub const WINDOW: usize = 10;

/// Scores that the trend is of.
pub const TREND: usize = 5;

/// The confidence of the answers of one attractor, oldest first. An answer without a score leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    moving: Option<f64>,
    last: VecDeque<f64>,
    n_scored: u64,
    n_unscored: u64,
    since_change: u64,
}

impl History {
    /// Takes note of an answer; `score` is from 0 to 1, or nothing if it could not be scored.
    pub fn record(&mut self, score: Option<f64>) {
        let Some(score) = score.filter(|score| score.is_finite()) else {
            self.n_unscored += 1;
            return;
        };
        let score = score.clamp(0.0, 1.0);
        self.moving = Some(self.moving.map_or(score, |moving| moving + ALPHA * (score - moving)));
        if self.last.len() == WINDOW {
            self.last.pop_front();
        }
        self.last.push_back(score);
        self.n_scored += 1;
        self.since_change += 1;
    }

    /// Takes note that what answers was changed.
    pub fn changed(&mut self) {
        self.since_change = 0;
    }

    /// The moving average: the first score, then [`ALPHA`] of each new one. Nothing before the first.
    #[must_use]
    pub fn moving_average(&self) -> Option<f64> {
        self.moving
    }

    /// The plain average of the last [`WINDOW`] scores.
    #[must_use]
    pub fn average(&self) -> Option<f64> {
        mean(self.last.iter().copied())
    }

    /// The plain average of the last [`TREND`] scores.
    #[must_use]
    pub fn recent_average(&self) -> Option<f64> {
        mean(self.last.range(self.last.len().saturating_sub(TREND)..).copied())
    }

    /// The slope of the last [`TREND`] scores, per answer. Nothing below two scores.
    #[must_use]
    pub fn trend(&self) -> Option<f64> {
        let from = self.last.len().saturating_sub(TREND);
        let last: Vec<f64> = self.last.range(from..).copied().collect();
        slope(&last)
    }

    /// The last scores, oldest first, at most [`WINDOW`].
    pub fn last(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.last.iter().copied()
    }

    /// How many answers were scored.
    #[must_use]
    pub fn n_scored(&self) -> u64 {
        self.n_scored
    }

    /// How many answers could not be scored.
    #[must_use]
    pub fn n_unscored(&self) -> u64 {
        self.n_unscored
    }

    /// How many answers were scored since what answers was last changed.
    #[must_use]
    pub fn since_change(&self) -> u64 {
        self.since_change
    }

    /// What the temperatures of the stages are multiplied with: a low average calls for other answers, a high one for
    /// the same ones. 1 before the first score.
    #[must_use]
    pub fn temperature_factor(&self) -> f64 {
        self.moving.map_or(1.0, |moving| (1.0 + 0.3 * (0.75 - moving)).clamp(0.5, 2.0))
    }

    /// Whether something has to change: the average is under 1/phi, or it is under 0.7 and the trend is down.
    #[must_use]
    pub fn calls_for_change(&self) -> bool {
        let Some(average) = self.average() else { return false };
        average < 1.0 / PHI || (average < 0.7 && self.trend().is_some_and(|trend| trend < 0.0))
    }
}

/// The temperature that a mutation gives a stage: far from it where answers are bad (explore), near it where they are
/// passable (fine-tune), lower where they are good (consolidate).
///
/// The limits hold for the way up and the way down: a temperature that is past a limit already stays as it is.
#[must_use]
pub fn mutated_temperature(average: f64, temperature: f64) -> f64 {
    if average < 0.5 {
        (temperature * PHI).min(temperature.max(2.0))
    } else if average < 0.7 {
        (temperature * 1.1).min(temperature.max(1.5))
    } else {
        (temperature / PHI).max(temperature.min(0.1))
    }
}

pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.sum::<f64>() / n as f64)
}

/// The slope of the straight line with the least squared distances to `values` at 0, 1, 2, ...
pub(crate) fn slope(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let (middle, average) = ((values.len() - 1) as f64 / 2.0, mean(values.iter().copied())?);
    let mut products = 0.0;
    let mut squares = 0.0;
    for (at, value) in values.iter().enumerate() {
        let from_middle = at as f64 - middle;
        products += from_middle * (value - average);
        squares += from_middle * from_middle;
    }
    Some(products / squares)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{History, WINDOW, mutated_temperature, slope};

    fn of(scores: &[f64]) -> History {
        let mut history = History::default();
        for score in scores {
            history.record(Some(*score));
        }
        history
    }

    #[test]
    fn the_moving_average_takes_three_tenths_of_a_new_score() {
        assert_eq!(History::default().moving_average(), None);
        assert_eq!(of(&[0.5]).moving_average(), Some(0.5));
        let moved = of(&[0.5, 1.0]).moving_average().expect("two scores");
        assert!((moved - 0.65).abs() < 1e-12);
    }

    #[test]
    fn the_trend_is_that_of_the_last_five() {
        assert_eq!(of(&[0.4]).trend(), None);
        let trend = of(&[0.0, 0.0, 1.0, 0.9, 0.8, 0.7, 0.6]).trend().expect("scores");
        assert!((trend + 0.1).abs() < 1e-12, "{trend}");
    }

    #[test]
    fn change_is_called_for_under_the_golden_section_or_on_the_way_down() {
        assert!(!History::default().calls_for_change());
        assert!(of(&[0.6]).calls_for_change());
        assert!(!of(&[0.65, 0.65]).calls_for_change());
        assert!(of(&[0.68, 0.66, 0.65]).calls_for_change());
        assert!(!of(&[0.95, 0.9, 0.85]).calls_for_change());
    }

    #[test]
    fn a_mutation_explores_tunes_or_consolidates() {
        assert!((mutated_temperature(0.3, 0.7) - 1.132_623_792_124_926_5).abs() < 1e-12);
        assert_eq!(mutated_temperature(0.3, 1.9), 2.0);
        assert!((mutated_temperature(0.6, 0.7) - 0.77).abs() < 1e-12);
        assert_eq!(mutated_temperature(0.6, 1.45), 1.5);
        assert_eq!(mutated_temperature(0.6, 1.8), 1.8);
        assert_eq!(mutated_temperature(0.9, 0.12), 0.1);
        assert_eq!(mutated_temperature(0.9, 0.0), 0.0);
    }

    proptest! {
        #[test]
        fn what_has_no_score_never_moves_the_averages(
            scores in proptest::collection::vec(proptest::option::of(0.0..=1.0f64), 0..40),
        ) {
            let mut with_gaps = History::default();
            for score in &scores {
                with_gaps.record(*score);
            }
            let only: Vec<f64> = scores.iter().copied().flatten().collect();
            let without = of(&only);
            prop_assert_eq!(with_gaps.moving_average(), without.moving_average());
            prop_assert_eq!(with_gaps.average(), without.average());
            prop_assert_eq!(with_gaps.trend(), without.trend());
            prop_assert_eq!(with_gaps.n_unscored() as usize, scores.len() - only.len());
        }

        #[test]
        fn averages_stay_within_their_scores_and_the_factor_within_its_limits(
            scores in proptest::collection::vec(-1.0..=2.0f64, 1..40),
        ) {
            let history = of(&scores);
            let clamped: Vec<f64> = scores.iter().map(|score| score.clamp(0.0, 1.0)).collect();
            let low = clamped.iter().copied().fold(f64::MAX, f64::min) - 1e-12;
            let high = clamped.iter().copied().fold(f64::MIN, f64::max) + 1e-12;
            let moving = history.moving_average().expect("scored");
            prop_assert!((low..=high).contains(&moving));
            prop_assert!((low..=high).contains(&history.average().expect("scored")));
            prop_assert!((0.5..=2.0).contains(&history.temperature_factor()));
            prop_assert!(history.last().len() <= WINDOW);
        }

        #[test]
        fn a_slope_is_that_of_the_line_it_is_of(first in -1.0..1.0f64, step in -1.0..1.0f64, n in 2usize..12) {
            let line: Vec<f64> = (0..n).map(|at| first + step * at as f64).collect();
            let found = slope(&line).expect("two points");
            prop_assert!((found - step).abs() < 1e-9, "{found} {step}");
        }

        #[test]
        fn a_mutated_temperature_is_one(average in 0.0..=1.0f64, temperature in 0.0..=2.0f64) {
            let mutated = mutated_temperature(average, temperature);
            prop_assert!((0.0..=2.0).contains(&mutated));
            prop_assert_eq!(mutated >= temperature, average < 0.7 || temperature == mutated);
        }
    }
}

//! The growth supervisor: whether an ecosystem still changes itself or is left to work.
//!
//! It grows until its answers were good, cheap and made by the same ecosystem for a while; then it is in production
//! and is left alone. It grows again when its answers get worse for good, which is either of
//! - the average of the last scores is under 1/phi (or under what production asks of every score, if that is less);
//! - the scores go down: the average of the last five is under what production asks of every score, and the slope
//!   of the last ten is below 0 by a one-sided t-test at 1 %.
//!
//! Neither is decided on fewer scores since the last passage than production asks for, and the test needs five.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::history::{PHI, TREND, WINDOW, mean, slope};

/// What a kernel may do to what it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// It changes what is not good.
    #[default]
    Growth,
    /// It changes nothing, and watches.
    Production,
    /// It changes nothing and is never in another mode: for trying an ecosystem out.
    Simulation,
}

impl Mode {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Growth => "GROWTH",
            Self::Production => "PRODUCTION",
            Self::Simulation => "SIMULATION",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What production asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    /// How many of the last scores have to be good, 1 to [`WINDOW`]. Default 10.
    pub scores: usize,
    /// What each of them has to be at least. Default 0.85.
    pub confidence: f64,
    /// What an answer may cost on average. Default 0.1.
    pub cost: f64,
    /// How many answers have to be made, and more, since the last change. Default 10.
    pub quiet: u64,
}

impl Thresholds {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self { scores: 10, confidence: 0.85, cost: 0.1, quiet: 10 };
    /// Those of a demonstration: three scores of 0.6, three quiet answers.
    pub const DEMO: Self = Self { scores: 3, confidence: 0.6, cost: 0.1, quiet: 3 };
}

impl Default for Thresholds {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A passage from one mode to another, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The mode before.
    pub from: Mode,
    /// The mode after.
    pub to: Mode,
    /// What decided.
    pub evidence: Evidence,
}

/// What decided a passage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Good, cheap, quiet.
    Stable {
        /// The least of the scores.
        least: f64,
        /// How many scores.
        scores: usize,
        /// The mean cost of the answers.
        cost: f64,
        /// How many answers since the last change.
        quiet: u64,
    },
    /// The average is too low.
    Low {
        /// The average of the last scores.
        average: f64,
        /// What it should be.
        floor: f64,
    },
    /// The scores go down.
    Declining {
        /// The slope of the last scores, per answer.
        slope: f64,
        /// The slope in units of its error; nothing if there is no error.
        t: Option<f64>,
        /// The average of the last five.
        average: f64,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stable { least, scores, cost, quiet } => write!(
                f,
                "the last {scores} scores are {least:.2} or better, an answer costs {cost:.6}, nothing changed for \
                 {quiet} answers"
            ),
            Self::Low { average, floor } => {
                write!(f, "the average confidence is {average:.3}, less than {floor:.3}")
            }
            Self::Declining { slope, t, average } => {
                write!(f, "confidence changes by {slope:.3} an answer, the average is {average:.3}")?;
                t.map_or(Ok(()), |t| write!(f, " (t = {t:.2})"))
            }
        }
    }
}

/// Decides on the mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Supervisor {
    mode: Mode,
    thresholds: Thresholds,
    scores: VecDeque<f64>,
    costs: VecDeque<f64>,
    quiet: u64,
    /// Scores since the last passage.
    since: usize,
}

impl Supervisor {
    /// A supervisor that has seen nothing.
    #[must_use]
    pub fn new(mode: Mode, mut thresholds: Thresholds) -> Self {
        thresholds.scores = thresholds.scores.clamp(1, WINDOW);
        Self { mode, thresholds, scores: VecDeque::new(), costs: VecDeque::new(), quiet: 0, since: 0 }
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How many answers were made since the last change.
    #[must_use]
    pub fn quiet(&self) -> u64 {
        self.quiet
    }

    /// Takes note that the ecosystem was changed.
    pub fn changed(&mut self) {
        self.quiet = 0;
    }

    /// Takes note of an answer, and says whether the mode changes.
    pub fn record(&mut self, score: Option<f64>, cost: f64) -> Option<Transition> {
        self.quiet += 1;
        push(&mut self.costs, cost, self.thresholds.scores);
        let score = score.filter(|score| score.is_finite())?;
        push(&mut self.scores, score.clamp(0.0, 1.0), WINDOW);
        self.since += 1;
        let (to, evidence) = match self.mode {
            Mode::Growth => (Mode::Production, self.stable()?),
            Mode::Production => (Mode::Growth, self.declining()?),
            Mode::Simulation => return None,
        };
        let from = std::mem::replace(&mut self.mode, to);
        self.since = 0;
        Some(Transition { from, to, evidence })
    }

    fn stable(&self) -> Option<Evidence> {
        let Thresholds { scores, confidence, cost: dearest, quiet } = self.thresholds;
        let first = self.scores.len().checked_sub(scores)?;
        let least = self.scores.range(first..).copied().fold(f64::MAX, f64::min);
        let cost = mean(self.costs.iter().copied())?;
        let is_stable = least >= confidence && cost <= dearest && self.quiet > quiet;
        is_stable.then_some(Evidence::Stable { least, scores, cost, quiet: self.quiet })
    }

    fn declining(&self) -> Option<Evidence> {
        let seen = self.since.min(self.scores.len());
        if seen < self.thresholds.scores {
            return None;
        }
        let scores: Vec<f64> = self.scores.range(self.scores.len() - seen..).copied().collect();
        let (average, floor) = (mean(scores.iter().copied())?, (1.0 / PHI).min(self.thresholds.confidence));
        if average < floor {
            return Some(Evidence::Low { average, floor });
        }
        let last = scores.get(scores.len().checked_sub(TREND)?..)?;
        let average = mean(last.iter().copied())?;
        let (slope, t) = significant_decline(&scores)?;
        (average < self.thresholds.confidence).then_some(Evidence::Declining { slope, t, average })
    }
}

fn push(values: &mut VecDeque<f64>, value: f64, most: usize) {
    if values.len() >= most {
        values.pop_front();
    }
    values.push_back(value);
}

/// The slope of `values` and its t, if it is below 0 by a one-sided test at 1 %.
fn significant_decline(values: &[f64]) -> Option<(f64, Option<f64>)> {
    /// The 99 % quantiles of Student's t with 3 to 8 degrees of freedom.
    const CRITICAL: [f64; 6] = [4.541, 3.747, 3.365, 3.143, 2.998, 2.896];
    let n = values.len();
    let critical = CRITICAL.get(n.checked_sub(5)?)?;
    let slope = slope(values).filter(|slope| *slope < 0.0)?;
    let (middle, average) = ((n - 1) as f64 / 2.0, mean(values.iter().copied())?);
    let residual = |(at, value): (usize, &f64)| value - average - slope * (at as f64 - middle);
    let residuals: f64 = values.iter().enumerate().map(|pair| residual(pair).powi(2)).sum();
    let squares: f64 = (0..n).map(|at| (at as f64 - middle).powi(2)).sum();
    let error = (residuals / (n - 2) as f64 / squares).sqrt();
    if error < 1e-12 {
        return Some((slope, None));
    }
    let t = slope / error;
    (t < -critical).then_some((slope, Some(t)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Evidence, Mode, Supervisor, Thresholds};

    fn fed(thresholds: Thresholds, scores: &[f64]) -> Supervisor {
        let mut supervisor = Supervisor::new(Mode::Growth, thresholds);
        for score in scores {
            supervisor.record(Some(*score), 0.01);
        }
        supervisor
    }

    #[test]
    fn production_needs_good_cheap_and_quiet_answers() {
        // Ten scores are enough, ten quiet answers are not: it takes more than ten.
        assert_eq!(fed(Thresholds::DEFAULT, &[0.9; 10]).mode(), Mode::Growth);
        let mut supervisor = fed(Thresholds::DEFAULT, &[0.9; 10]);
        let transition = supervisor.record(Some(0.86), 0.01).expect("stable");
        assert_eq!((transition.from, transition.to), (Mode::Growth, Mode::Production));
        let Evidence::Stable { least, scores, quiet, .. } = transition.evidence else {
            panic!("{transition:?}")
        };
        assert_eq!((least, scores, quiet), (0.86, 10, 11));

        let mut dear = Supervisor::new(Mode::Growth, Thresholds::DEMO);
        assert!((0..20).all(|_| dear.record(Some(1.0), 0.2).is_none()));
        let mut changed = fed(Thresholds::DEMO, &[0.9; 3]);
        changed.changed();
        assert!((0..3).all(|_| changed.record(Some(1.0), 0.0).is_none()));
        assert!(changed.record(Some(1.0), 0.0).is_some());
    }

    #[test]
    fn one_bad_answer_is_no_decline_and_several_are() {
        let mut supervisor = fed(Thresholds::DEFAULT, &[1.0; 21]);
        assert_eq!(supervisor.mode(), Mode::Production);
        assert!(supervisor.record(Some(0.0), 0.01).is_none());
        assert!(supervisor.record(Some(0.0), 0.01).is_none());
        let transition = supervisor.record(Some(0.0), 0.01).expect("three in a row");
        assert_eq!(transition.to, Mode::Growth);
        assert!(matches!(transition.evidence, Evidence::Declining { t: Some(t), .. } if t < -2.896));
    }

    #[test]
    fn a_fall_that_stays_high_is_no_decline() {
        let mut supervisor = fed(Thresholds::DEFAULT, &[1.0; 21]);
        let falls = [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93, 0.92, 0.91, 0.90];
        assert!(falls.iter().all(|score| supervisor.record(Some(*score), 0.01).is_none()));
    }

    #[test]
    fn a_low_average_is_a_decline() {
        let mut supervisor = fed(Thresholds::DEMO, &[0.9; 4]);
        assert_eq!(supervisor.mode(), Mode::Production);
        assert!(supervisor.record(Some(0.5), 0.0).is_none());
        assert!(supervisor.record(Some(0.5), 0.0).is_none());
        let transition = supervisor.record(Some(0.5), 0.0).expect("three scores");
        assert_eq!(transition.evidence, Evidence::Low { average: 0.5, floor: 0.6 });
    }

    proptest! {
        #[test]
        fn modes_alternate_and_what_has_no_score_decides_nothing(
            scores in proptest::collection::vec(proptest::option::of(0.0..=1.0f64), 0..200),
        ) {
            let mut supervisor = Supervisor::new(Mode::Growth, Thresholds::DEMO);
            let mut mode = Mode::Growth;
            for score in scores {
                let transition = supervisor.record(score, 0.01);
                if let Some(transition) = transition {
                    prop_assert!(score.is_some());
                    prop_assert_eq!(transition.from, mode);
                    prop_assert_ne!(transition.to, mode);
                    mode = transition.to;
                }
                prop_assert_eq!(supervisor.mode(), mode);
            }
        }

        #[test]
        fn a_simulation_stays_one(scores in proptest::collection::vec(0.0..=1.0f64, 0..60)) {
            let mut supervisor = Supervisor::new(Mode::Simulation, Thresholds::DEMO);
            for score in scores {
                prop_assert!(supervisor.record(Some(score), 0.0).is_none());
            }
            prop_assert_eq!(supervisor.mode(), Mode::Simulation);
        }
    }
}

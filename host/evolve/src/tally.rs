//! Sums of trials.

use crate::trial::{Conduct, Side, Trial};

/// The sums of one share of the trials.
///
/// Sums saturate at `u64::MAX`, which keeps adding associative and commutative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Trials taken.
    pub n_trials: u64,
    /// Trials that gave a correct result.
    pub n_correct: u64,
    /// Weight of all trials, in thousandths.
    pub weight: u64,
    /// Weight of the trials that gave a correct result, in thousandths; at most `weight`.
    pub passed_weight: u64,
    /// Cycles of all trials, those without a result included.
    pub cycles: u64,
    /// Trials by conduct, in the order of [`Conduct::ALL`].
    pub n_by_conduct: [u64; Conduct::ALL.len()],
}

impl Share {
    /// How many trials were of `conduct`.
    #[must_use]
    pub fn n_of(&self, conduct: Conduct) -> u64 {
        self.n_by_conduct[conduct as usize]
    }

    /// Adds one trial.
    pub fn push(&mut self, trial: &Trial) {
        let weight = u64::from(trial.weight.thousandths());
        let passed = trial.passed();
        let mut one = Self {
            n_trials: 1,
            n_correct: u64::from(passed),
            weight,
            passed_weight: if passed { weight } else { 0 },
            cycles: trial.cycles,
            n_by_conduct: [0; Conduct::ALL.len()],
        };
        one.n_by_conduct[trial.conduct as usize] = 1;
        *self = self.plus(&one);
    }

    /// The sums of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut n_by_conduct = self.n_by_conduct;
        for (mine, others) in n_by_conduct.iter_mut().zip(other.n_by_conduct) {
            *mine = mine.saturating_add(others);
        }
        Self {
            n_trials: self.n_trials.saturating_add(other.n_trials),
            n_correct: self.n_correct.saturating_add(other.n_correct),
            weight: self.weight.saturating_add(other.weight),
            passed_weight: self.passed_weight.saturating_add(other.passed_weight),
            cycles: self.cycles.saturating_add(other.cycles),
            n_by_conduct,
        }
    }
}

/// The sums of all trials of a variant, the held-out ones kept apart.
///
/// # Determinism
/// [`Tally::plus`] is associative and commutative and the empty tally is neutral, so however trials are split among
/// workers and in whatever order the parts are joined, the tally is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The trials that selection may see.
    pub selection: Share,
    /// The trials kept from selection.
    pub held_out: Share,
}

impl Tally {
    /// Adds one trial to its share.
    pub fn push(&mut self, trial: &Trial) {
        match trial.side {
            Side::Selection => self.selection.push(trial),
            Side::HeldOut => self.held_out.push(trial),
        }
    }

    /// The sums of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            selection: self.selection.plus(&other.selection),
            held_out: self.held_out.plus(&other.held_out),
        }
    }

    /// Both shares together: what a tournament is decided by, where nothing is selected.
    #[must_use]
    pub fn all(&self) -> Share {
        self.selection.plus(&self.held_out)
    }
}

impl Extend<Trial> for Tally {
    fn extend<T: IntoIterator<Item = Trial>>(&mut self, trials: T) {
        for trial in trials {
            self.push(&trial);
        }
    }
}

impl FromIterator<Trial> for Tally {
    fn from_iter<T: IntoIterator<Item = Trial>>(trials: T) -> Self {
        let mut tally = Self::default();
        tally.extend(trials);
        tally
    }
}

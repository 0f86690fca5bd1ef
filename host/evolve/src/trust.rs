//! Trust: what behaviour has earned, between 0 and 1.
//!
//! ```text
//! trust = (a + clean) / (a + b + clean + faults)
//! faults = trapped x 4 + exhausted x 4 + refused x 16 + unequal x 64
//! ```
//!
//! It is the expected value of a Beta distribution over "the next trial is clean": the policy's prior `(a, b)` is
//! evidence assumed before the first trial, each clean trial is one unit of good evidence, each fault as many units of
//! bad evidence as the policy weighs it. So trust falls fast and rises slowly, and one stroke of luck or bad luck moves
//! a long record little. Being wrong is not a fault: that is what confidence is for.
//!
//! Counts alone enter, so trust does not depend on the order of trials.
//!
//! # Source
//! A. Josang and R. Ismail, "The Beta Reputation System", 15th Bled Electronic Commerce Conference, 2002: equation 5
//! (the expectation) and section 3.1 (feedback weights); its forgetting factor is left out, because it would make
//! trust depend on the order of trials.

use std::num::NonZeroU32;

use crate::tally::Share;
use crate::trial::Conduct;

/// How trust starts and what moves it. All knobs are in units of evidence: one clean trial is one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustPolicy {
    /// `a`: good evidence before the first trial. Default 8.
    pub prior_clean: NonZeroU32,
    /// `b`: bad evidence before the first trial. Default 8: the mean is 0.5, and about 16 trials weigh as much as
    /// the prior, so an arena of usual size (10 to 50 cases) decides for itself.
    pub prior_faulty: NonZeroU32,
    /// Weight of a trap. Default 4: a mistake, though a loud one; with the even prior, four clean trials make up for it.
    pub trapped: u32,
    /// Weight of an exhausted budget. Default 4: as a trap, there is no result.
    pub exhausted: u32,
    /// Weight of a refusal. Default 16: the genome reached for more than it was granted.
    pub refused: u32,
    /// Weight of an unequal rerun. Default 64: a genome that is not a function of its input undermines every number
    /// that stands beside its name.
    pub unequal: u32,
}

impl TrustPolicy {
    /// The weight of one trial of `conduct` as bad evidence; 0 for a clean one.
    #[must_use]
    pub fn fault_weight(&self, conduct: Conduct) -> u32 {
        match conduct {
            Conduct::Clean => 0,
            Conduct::Trapped => self.trapped,
            Conduct::Exhausted => self.exhausted,
            Conduct::Refused => self.refused,
            Conduct::Unequal => self.unequal,
        }
    }

    /// The trust that the trials of `share` have earned: greater than 0 and less than 1.
    ///
    /// The sums are whole numbers and the one division is rounded to nearest, so the value is the same everywhere.
    #[must_use]
    pub fn trust(&self, share: &Share) -> f64 {
        let good = u128::from(self.prior_clean.get()) + u128::from(share.n_of(Conduct::Clean));
        let faults: u128 = Conduct::ALL
            .into_iter()
            .map(|conduct| u128::from(self.fault_weight(conduct)) * u128::from(share.n_of(conduct)))
            .sum();
        let bad = u128::from(self.prior_faulty.get()) + faults;
        good as f64 / (good + bad) as f64
    }
}

impl Default for TrustPolicy {
    fn default() -> Self {
        const EIGHT: NonZeroU32 = match NonZeroU32::new(8) {
            Some(eight) => eight,
            None => unreachable!(),
        };
        Self { prior_clean: EIGHT, prior_faulty: EIGHT, trapped: 4, exhausted: 4, refused: 16, unequal: 64 }
    }
}

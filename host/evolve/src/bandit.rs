//! Which operator to try: a bandit that learns which pay off in this run.
//!
//! Every arm has a quality, a moving average of its rewards, and is drawn with a probability proportional to it on top
//! of a floor that no arm falls below: what does not pay today may pay on the next plateau.
//!
//! # Source
//! D. Thierens, "An adaptive pursuit strategy for allocating operator probabilities", GECCO 2005: probability
//! matching, section 2.1.

use flux_genome::mutate::OperatorKind;
use flux_genome::rng::Rng;

/// What a try of an operator was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reward {
    /// No child, or one that was worse.
    Nothing,
    /// A child that is as good as its parent and not the same.
    Neutral,
    /// A child that is better than its parent.
    Better,
}

impl Reward {
    /// The reward as a number. A neutral step is worth a twentieth: it is what drift is made of, and far more common.
    fn value(self) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Neutral => 0.05,
            Self::Better => 1.0,
        }
    }
}

/// One operator and how it has done.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Arm {
    /// The operator.
    pub operator: OperatorKind,
    /// How often it was part of a child that was proposed.
    pub tried: u64,
    /// How often the child was as good as its parent, or better.
    pub neutral: u64,
    /// How often the child was better than its parent.
    pub better: u64,
    /// The moving average of its rewards, 0 to 1.
    pub quality: f64,
}

/// Draws operators by what they have earned.
#[derive(Clone, Debug)]
pub struct Bandit {
    arms: Vec<Arm>,
    /// The share of all draws that is spread evenly over the arms, 0 to 1.
    floor: f64,
    /// The weight of the newest reward in the moving average, above 0 and at most 1.
    rate: f64,
}

/// What an arm starts with: above what most operators earn in the long run, so that each is tried.
const FIRST_QUALITY: f64 = 0.05;

impl Bandit {
    /// A bandit over `operators`, of which there is at least one; `floor` and `rate` are those of the policy.
    #[must_use]
    pub fn new(operators: &[OperatorKind], floor: f64, rate: f64) -> Self {
        let arm = |&operator| Arm { operator, tried: 0, neutral: 0, better: 0, quality: FIRST_QUALITY };
        Self { arms: operators.iter().map(arm).collect(), floor, rate }
    }

    /// The arms, in the order of the policy.
    #[must_use]
    pub fn arms(&self) -> &[Arm] {
        &self.arms
    }

    /// Draws an operator.
    pub fn draw(&self, rng: &mut Rng) -> OperatorKind {
        let total: f64 = self.arms.iter().map(|arm| arm.quality).sum();
        let even = 1.0 / self.arms.len() as f64;
        let mut left = unit(rng);
        for arm in &self.arms {
            let matched = if total > 0.0 { arm.quality / total } else { even };
            left -= self.floor * even + (1.0 - self.floor) * matched;
            if left < 0.0 {
                return arm.operator;
            }
        }
        // Rounding may leave a trace: it belongs to the last.
        self.arms.last().map_or(OperatorKind::OptimizeOpcode, |arm| arm.operator)
    }

    /// Tells what a child was worth that `operators` had a part in.
    pub fn reward(&mut self, operators: &[OperatorKind], reward: Reward) {
        for arm in &mut self.arms {
            if operators.contains(&arm.operator) {
                arm.tried += 1;
                arm.neutral += u64::from(reward >= Reward::Neutral);
                arm.better += u64::from(reward == Reward::Better);
                arm.quality += self.rate * (reward.value() - arm.quality);
            }
        }
    }
}

/// A uniform number in `0.0..1.0`, of 53 bits.
pub(crate) fn unit(rng: &mut Rng) -> f64 {
    (rng.bits() >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pays_is_drawn_more_and_nothing_is_forgotten() {
        let operators = [OperatorKind::Prune, OperatorKind::Graft, OperatorKind::Amplify];
        let mut bandit = Bandit::new(&operators, 0.2, 0.05);
        for _ in 0..200 {
            bandit.reward(&[OperatorKind::Prune], Reward::Nothing);
            bandit.reward(&[OperatorKind::Graft], Reward::Better);
            bandit.reward(&[OperatorKind::Amplify], Reward::Neutral);
        }
        let mut rng = Rng::new(1, "bandit");
        let mut drawn = [0; 3];
        for _ in 0..3000 {
            let operator = bandit.draw(&mut rng);
            drawn[operators.iter().position(|&other| other == operator).unwrap()] += 1;
        }
        assert!(drawn[1] > 2000, "{drawn:?}");
        assert!(drawn[0] > 120, "{drawn:?}");
        assert_eq!(bandit.arms()[1].better, 200);
        assert_eq!(bandit.arms()[2].neutral, 200);
    }
}

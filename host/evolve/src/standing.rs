//! The order in which contenders stand.
//!
//! The rule is fixed. Of two contenders, the first in which they differ decides:
//!
//! 1. whether confidence reaches the arena's gate: those who reach it stand before those who do not;
//! 2. below the gate only: more confidence first, so that speed never makes up for being wrong;
//! 3. more fitness first;
//! 4. fewer cycles per correct result first, and any number before none;
//! 5. more trust first: it decides among those who have no correct result;
//! 6. the smaller component first;
//! 7. the smaller identity first, compared byte by byte. It has no meaning and only makes the order total.
//!
//! Two contenders are equal only when they are the same genome and nothing named here tells them apart.

use std::cmp::Ordering;

use crate::score::Score;

/// The confidence below which speed does not count, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Gate(f64);

impl Gate {
    /// The default: every case must be passed.
    pub const ALL_CASES: Self = Self(1.0);

    /// A gate at `confidence`, 0 to 1 inclusive; none for another number or NaN.
    #[must_use]
    pub fn new(confidence: f64) -> Option<Self> {
        (0.0..=1.0).contains(&confidence).then_some(Self(confidence))
    }

    /// The confidence to be reached.
    #[must_use]
    pub fn confidence(self) -> f64 {
        self.0
    }

    /// Whether `score` reaches the gate: its confidence is at least that much, and some result is correct.
    ///
    /// The second condition matters for a gate at 0: whoever never gave a correct result reaches no gate.
    #[must_use]
    pub fn is_met(self, score: &Score) -> bool {
        score.cycles_per_result.is_some() && score.confidence >= self.0
    }
}

/// What the order looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender {
    /// The score to rank by.
    pub score: Score,
    /// Size of the genome's component, in bytes.
    pub len_bytes: u64,
    /// The genome's identity.
    pub id: [u8; 32],
}

/// Compares two contenders by the rule of this module; the better one is less.
///
/// # Determinism
/// A total order over all contenders. Scores hold no NaN; if one did, it would still have a place.
#[must_use]
pub fn compare(gate: Gate, left: &Contender, right: &Contender) -> Ordering {
    let (a, b) = (&left.score, &right.score);
    let (a_in, b_in) = (gate.is_met(a), gate.is_met(b));
    let by_confidence = if a_in || b_in { Ordering::Equal } else { b.confidence.total_cmp(&a.confidence) };
    b_in.cmp(&a_in)
        .then(by_confidence)
        .then_with(|| b.fitness.total_cmp(&a.fitness))
        .then_with(|| by_cycles(a.cycles_per_result, b.cycles_per_result))
        .then_with(|| b.trust.total_cmp(&a.trust))
        .then_with(|| left.len_bytes.cmp(&right.len_bytes))
        .then_with(|| left.id.cmp(&right.id))
}

/// The positions of `contenders`, best first; equal ones keep their order.
#[must_use]
pub fn rank(gate: Gate, contenders: &[Contender]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..contenders.len()).collect();
    order.sort_by(|&left, &right| compare(gate, &contenders[left], &contenders[right]));
    order
}

fn by_cycles(left: Option<f64>, right: Option<f64>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests;

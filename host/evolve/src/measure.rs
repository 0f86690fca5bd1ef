//! What selection sees of a variant, and which of two it prefers.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::score::Score;
use crate::standing::Gate;

/// The credit of one trial that was passed; a trial that was not earns less than this.
///
/// Credit is a whole number of millionths, so that sums are exact in any order.
pub const FULL_CREDIT: u32 = 1_000_000;

/// The most that a result that is wrong may earn, however near it came.
pub const NEAR_CREDIT: u32 = 900_000;

/// What was measured of a variant on the cases that selection may see.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The score by these cases.
    pub score: Score,
    /// Sum over the cases of weight (thousandths) x credit (millionths): how near it came where it was not right.
    pub credit: u64,
    /// Cycles of all these trials together.
    pub cycles: u64,
    /// Size of the component, in bytes, its gene map left out: or forgetting genes would be an advantage.
    pub len_bytes: u64,
    /// A digest of what it did on every case: results, endings and acts. Variants that agree here behave alike as far
    /// as anyone has seen.
    pub behaviour: u64,
    /// The credit of each case, in millionths, where the policy selects by cases; empty otherwise.
    pub credits: Arc<[u32]>,
}

impl Measure {
    /// What makes two variants count as one in a population: same behaviour at the same cost and size.
    #[must_use]
    pub fn niche(&self) -> (u64, u64, u64) {
        (self.behaviour, self.cycles, self.len_bytes)
    }
}

/// Compares what was measured of two variants; the better one is less.
///
/// The first in which they differ decides: whether the gate is reached; below it, more credit; fewer cycles per
/// correct result; more fitness; a smaller component. Equal ones are equal: there is no tie-break by identity, because
/// drifting between equals is how evolution gets off a plateau.
#[must_use]
pub fn compare(gate: Gate, left: &Measure, right: &Measure) -> Ordering {
    let (left_in, right_in) = (gate.is_met(&left.score), gate.is_met(&right.score));
    let by_credit = if left_in && right_in { Ordering::Equal } else { right.credit.cmp(&left.credit) };
    right_in
        .cmp(&left_in)
        .then(by_credit)
        .then_with(|| right.score.fitness.total_cmp(&left.score.fitness))
        .then_with(|| left.cycles.cmp(&right.cycles))
        .then_with(|| left.len_bytes.cmp(&right.len_bytes))
}

/// How near `found` comes to `expected`, in millionths, at most [`NEAR_CREDIT`].
///
/// Each number earns by the logarithm of its distance, so that every halving of the error is worth the same; a list of
/// another length earns in proportion to the shorter one. Empty results earn nothing.
#[must_use]
pub fn nearness(expected: &[i64], found: &[i64]) -> u32 {
    let longer = expected.len().max(found.len()) as u64;
    if longer == 0 {
        return NEAR_CREDIT;
    }
    let sum: u64 = expected.iter().zip(found).map(|(a, b)| number_nearness(a.abs_diff(*b))).sum();
    (sum / longer * u64::from(NEAR_CREDIT) / NEARNESS_ONE) as u32
}

/// The nearness of a number that is exact: 64 bits of distance in steps of 1/256.
const NEARNESS_ONE: u64 = 64 << 8;

/// One less a 64th of the logarithm to base 2 of the distance plus one, in steps of [`NEARNESS_ONE`].
///
/// The logarithm is the position of the highest bit and the eight bits after it, taken linearly: whole numbers only,
/// monotonic, and less than a tenth of a bit off.
fn number_nearness(distance: u64) -> u64 {
    let Some(beyond) = distance.checked_add(1) else { return 0 };
    let exponent = u64::from(beyond.ilog2());
    let mantissa = (beyond << (63 - exponent)) << 1 >> 56;
    NEARNESS_ONE - ((exponent << 8) | mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearer_earns_more() {
        let ladder: Vec<u32> =
            [0, 1, 2, 3, 10, 11, 1000, i64::MAX].iter().map(|&found| nearness(&[0], &[found])).collect();
        assert!(ladder.windows(2).all(|pair| pair[0] > pair[1]), "{ladder:?}");
        assert_eq!(ladder[0], NEAR_CREDIT);
        assert_eq!(nearness(&[i64::MIN], &[i64::MAX]), 0);
    }

    #[test]
    fn lists_of_another_length_earn_by_the_shorter() {
        assert_eq!(nearness(&[], &[]), NEAR_CREDIT);
        assert_eq!(nearness(&[1, 2], &[]), 0);
        assert_eq!(nearness(&[5, 6], &[5]), NEAR_CREDIT / 2);
        assert_eq!(nearness(&[5], &[5, 6]), NEAR_CREDIT / 2);
    }
}

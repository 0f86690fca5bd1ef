//! The seeded generator behind every random choice.
//!
//! Every function here is defined down to the bit, so that a seed means the same child on every platform and in
//! every later version: ChaCha with 8 rounds, keyed by the seed and a stream name, read as 64-bit words.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A deterministic generator of random numbers.
///
/// # Determinism
/// A function of `(seed, stream)` and of the sequence of calls.
#[derive(Debug, Clone)]
pub struct Rng {
    inner: ChaCha8Rng,
}

impl Rng {
    /// Returns the generator of `seed` for the stream `stream`.
    ///
    /// The 32 key bytes are the seed in little-endian order, then up to 24 bytes of the stream's name, padded
    /// with zeros: different streams of one seed are independent.
    pub fn new(seed: u64, stream: &str) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (slot, byte) in key[8..].iter_mut().zip(stream.bytes()) {
            *slot = byte;
        }
        Rng { inner: ChaCha8Rng::from_seed(key) }
    }

    /// Returns 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.inner.next_u64()
    }

    /// Returns a uniform number in `0..bound`, or 0 when `bound` is 0.
    ///
    /// Uniform without bias: Lemire's multiplication with rejection.
    ///
    /// # Source
    /// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let mut wide = u128::from(self.bits()) * u128::from(bound);
        if (wide as u64) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (wide as u64) < threshold {
                wide = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (wide >> 64) as u64
    }

    /// Returns a uniform index of a collection of `len` items, or 0 when it is empty.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// Returns a uniform item of `items`, or nothing when there is none.
    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        items.get(self.index(items.len()))
    }

    /// Returns true once in `n` times; always when `n` is 0 or 1.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Returns a uniform number in `low..=high`; `low` when the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let span = high.wrapping_sub(low) as u64;
        if span == u64::MAX {
            return self.bits() as i64;
        }
        low.wrapping_add(self.below(span + 1) as i64)
    }
}

/// Chooses one of the items offered to it, each with a probability in proportion to its weight, without keeping them.
#[derive(Debug)]
pub struct Reservoir<T> {
    /// The weight of all items so far.
    seen: u64,
    kept: Option<T>,
}

impl<T> Reservoir<T> {
    /// Returns an empty reservoir.
    pub fn new() -> Self {
        Reservoir { seen: 0, kept: None }
    }

    /// Offers one item, of weight one.
    pub fn offer(&mut self, rng: &mut Rng, item: T) {
        self.offer_weighted(rng, 1, item);
    }

    /// Offers one item of the given weight; the weights of all items together stay below 2^64.
    pub fn offer_weighted(&mut self, rng: &mut Rng, weight: u64, item: T) {
        self.seen = self.seen.saturating_add(weight);
        if rng.below(self.seen) < weight {
            self.kept = Some(item);
        }
    }

    /// Returns the chosen item, or nothing when none was offered.
    pub fn take(self) -> Option<T> {
        self.kept
    }
}

impl<T> Default for Reservoir<T> {
    fn default() -> Self {
        Reservoir::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_numbers_for_good() {
        let mut rng = Rng::new(7, "test");
        let first = [rng.bits(), rng.bits(), rng.below(1000), rng.below(3)];
        let mut again = Rng::new(7, "test");
        assert_eq!(first, [again.bits(), again.bits(), again.below(1000), again.below(3)]);
        assert_ne!(Rng::new(7, "other").bits(), first[0]);
        assert_ne!(Rng::new(8, "test").bits(), first[0]);
    }

    #[test]
    fn every_value_of_a_small_range_turns_up() {
        let mut rng = Rng::new(1, "range");
        let mut seen = [0u32; 5];
        for _ in 0..5000 {
            seen[(rng.between(-2, 2) + 2) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (800..1200).contains(&n)), "{seen:?}");
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.between(3, 3), 3);
        rng.between(i64::MIN, i64::MAX);
    }
}

//! Seeded random numbers that are the same on every platform and in every version.
//!
//! Everything drawn for a run comes from ChaCha8 streams, one for each purpose and index, so that nothing drawn for
//! one case depends on how much was drawn for another. A stream's 32-byte key is four 64-bit words, little-endian:
//! the seed, the round (from 0), eight ASCII letters that name the purpose, and the index (from 0).

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The input and readings of a generated case.
    Case,
    /// Which cases are held out.
    Split,
    /// The seed that a genome's own `random` capability gets in a trial.
    Trial,
}

impl Purpose {
    fn letters(self) -> [u8; 8] {
        match self {
            Self::Case => *b"flx-case",
            Self::Split => *b"flx-hold",
            Self::Trial => *b"flx-try ",
        }
    }
}

/// The stream for `purpose`.
pub(crate) fn stream(seed: u64, round: u32, purpose: Purpose, index: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&u64::from(round).to_le_bytes());
    key[16..24].copy_from_slice(&purpose.letters());
    key[24..].copy_from_slice(&index.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A number from `min` to `max`, both included, every one as likely; `min` when the range is empty.
///
/// Takes 64 bits from the stream, keeps as many of the low ones as the range's width has, and tries again while they
/// pass the width: no number is favoured, and fewer than two draws are needed on average.
pub(crate) fn between(rng: &mut impl Rng, min: i64, max: i64) -> i64 {
    if min >= max {
        return min;
    }
    let width = max.wrapping_sub(min) as u64;
    let mask = u64::MAX >> width.leading_zeros();
    loop {
        let offset = rng.next_u64() & mask;
        if offset <= width {
            return min.wrapping_add(offset as i64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(min: i64, max: i64, count: usize) -> Vec<i64> {
        let mut rng = stream(1, 0, Purpose::Case, 0);
        (0..count).map(|_| between(&mut rng, min, max)).collect()
    }

    #[test]
    fn draws_are_pinned() {
        insta::assert_compact_debug_snapshot!((draw(1, 6, 8), draw(i64::MIN, i64::MAX, 1), draw(-1000, 1000, 3)), @"([4, 2, 3, 3, 3, 6, 6, 1], [-5344319678227339429], [883, 454, -458])");
    }

    #[test]
    fn every_number_of_a_range_is_about_as_likely() {
        let draws = draw(-1, 5, 7000);
        for number in -1..=5 {
            let count = draws.iter().filter(|drawn| **drawn == number).count();
            assert!((850..1150).contains(&count), "{number} was drawn {count} times of 7000");
        }
    }

    #[test]
    fn ranges_hold_at_their_edges() {
        assert_eq!(draw(5, 5, 2), [5, 5]);
        assert!(draw(i64::MIN, i64::MIN + 1, 20).iter().all(|number| *number <= i64::MIN + 1));
        assert!(draw(i64::MAX - 1, i64::MAX, 20).iter().all(|number| *number >= i64::MAX - 1));
    }

    #[test]
    fn streams_differ_by_each_part_of_their_key() {
        let mut first: Vec<u64> = [
            stream(1, 0, Purpose::Case, 0),
            stream(2, 0, Purpose::Case, 0),
            stream(1, 1, Purpose::Case, 0),
            stream(1, 0, Purpose::Split, 0),
            stream(1, 0, Purpose::Trial, 0),
            stream(1, 0, Purpose::Case, 1),
        ]
        .map(|mut rng| rng.next_u64())
        .to_vec();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 6);
    }
}

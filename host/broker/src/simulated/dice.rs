//! Chance that is a hash: the same parts, the same outcome.

use crate::normal;

/// Outcomes drawn from what they depend on.
pub(super) struct Dice(blake3::OutputReader);

impl Dice {
    /// Dice that depend on exactly these parts.
    pub(super) fn of(parts: &[&[u8]]) -> Self {
        Self(hasher(parts).finalize_xof())
    }

    /// A number from 0 to 1, both excluded, every one of 2^52 equally likely.
    pub(super) fn uniform(&mut self) -> f64 {
        // The middle of one of 2^52 equal parts, so that it is never 0 or 1.
        ((self.word() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// A number from the standard normal distribution.
    pub(super) fn normal(&mut self) -> f64 {
        normal::quantile(self.uniform())
    }

    /// A place in a list of `len`; 0 where there is none.
    pub(super) fn below(&mut self, len: usize) -> usize {
        // The remainder favours small places by less than one part in 2^40 for lists that fit in memory here.
        (self.word() % (len.max(1) as u64)) as usize
    }

    /// 64 fair coins.
    pub(super) fn word(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// What identifies these parts.
pub(super) fn digest(parts: &[&[u8]]) -> String {
    hasher(parts).finalize().to_hex()[..32].to_owned()
}

fn hasher(parts: &[&[u8]]) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // With its length before it, no part can pass for two.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher
}

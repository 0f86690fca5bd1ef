//! Seeds of calls: a function of who asks, the how manieth time, and nothing else.

/// Mixes a seed with a name: equal pairs give equal seeds, others almost never.
pub(crate) fn with_name(seed: u64, name: &str) -> u64 {
    // FNV-1a over the bytes, and the length first so that no name is the beginning of another.
    let start = 0xcbf2_9ce4_8422_2325 ^ name.len() as u64;
    let hash =
        name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    with_number(seed, hash)
}

/// Mixes a seed with a number.
pub(crate) fn with_number(seed: u64, number: u64) -> u64 {
    finish(finish(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ number)
}

/// The seed as servers take it: some of them read 32 bits, with a sign.
pub(crate) fn of_request(seed: u64) -> u64 {
    finish(seed) >> 33
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) fn finish(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{of_request, with_name, with_number};

    #[test]
    fn different_askers_have_different_seeds_that_servers_can_read() {
        let mut seen = BTreeSet::new();
        for seed in 0..20 {
            for number in 0..20 {
                for name in ["", "a", "b", "ab"] {
                    let mixed = of_request(with_name(with_number(seed, number), name));
                    assert!(i32::try_from(mixed).is_ok());
                    seen.insert(mixed);
                }
            }
        }
        assert_eq!(seen.len(), 20 * 20 * 4);
        assert_ne!(with_name(with_name(1, "a"), "b"), with_name(with_name(1, "b"), "a"));
    }
}

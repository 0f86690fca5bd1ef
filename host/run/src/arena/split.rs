//! Which cases are held out.

use flux_evolve::trial::Side;

use super::draw::{Purpose, between, stream};

/// Decides the side of every case: `fixed[i]` is the side that case `i` asks for, if it does; `n_more` further cases
/// ask for none.
///
/// `share` of all cases, to the nearest whole number with halves rounded up, are held out. Cases that fix their side
/// keep it and count towards the number; as many others as are missing are drawn by the seed, every set of them as
/// likely. Unless the share is 1, drawing leaves at least one case to selection.
///
/// # Determinism
/// A function of the arguments alone. A run's own seed does not enter, so that what is held out once is held out in
/// every run of the arena.
pub(super) fn split(seed: u64, share: f64, fixed: &[Option<Side>], n_more: usize) -> Vec<Side> {
    let wishes: Vec<Option<Side>> = fixed.iter().copied().chain(std::iter::repeat_n(None, n_more)).collect();
    let n_held = wishes.iter().filter(|side| **side == Some(Side::HeldOut)).count();
    let n_selected = wishes.iter().filter(|side| **side == Some(Side::Selection)).count();
    let mut open: Vec<usize> = (0..wishes.len()).filter(|&at| wishes[at].is_none()).collect();

    let target = (share * wishes.len() as f64 + 0.5).floor() as usize;
    let spared = usize::from(share < 1.0 && n_selected == 0);
    let n_drawn = target.saturating_sub(n_held).min(open.len().saturating_sub(spared));

    // The first steps of Fisher and Yates's shuffle.
    let mut rng = stream(seed, 0, Purpose::Split, 0);
    for at in 0..n_drawn {
        let last = open.len() as i64 - 1;
        open.swap(at, between(&mut rng, at as i64, last) as usize);
    }
    let mut sides: Vec<Side> = wishes.into_iter().map(|side| side.unwrap_or(Side::Selection)).collect();
    for &at in &open[..n_drawn] {
        sides[at] = Side::HeldOut;
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_out(seed: u64, share: f64, fixed: &[Option<Side>], n_more: usize) -> Vec<usize> {
        let sides = split(seed, share, fixed, n_more);
        assert_eq!(sides.len(), fixed.len() + n_more);
        (0..sides.len()).filter(|&at| sides[at] == Side::HeldOut).collect()
    }

    #[test]
    fn the_share_is_rounded_to_the_nearest_number() {
        for (share, n, expect) in
            [(0.25, 8, 2), (0.25, 9, 2), (0.25, 10, 3), (0.0, 10, 0), (1.0, 4, 4), (0.5, 1, 0), (0.9, 2, 1)]
        {
            assert_eq!(held_out(1, share, &[], n).len(), expect, "{share} of {n}");
        }
    }

    #[test]
    fn fixed_sides_stay_and_count() {
        let mut fixed = [None; 8];
        fixed[3] = Some(Side::HeldOut);
        fixed[5] = Some(Side::Selection);
        for seed in 0..50 {
            let held = held_out(seed, 0.25, &fixed, 0);
            assert!(held.len() == 2 && held.contains(&3) && !held.contains(&5), "{held:?}");
        }
        assert_eq!(held_out(1, 0.0, &fixed, 0), [3]);
    }

    #[test]
    fn seeds_draw_different_cases_and_the_same_seed_the_same() {
        let draws: Vec<Vec<usize>> = (0..20).map(|seed| held_out(seed, 0.25, &[], 12)).collect();
        assert_eq!(draws[7], held_out(7, 0.25, &[], 12));
        assert!(draws.iter().any(|draw| *draw != draws[0]));
        assert!(
            (0..12).all(|case| draws.iter().flatten().any(|held| *held == case)),
            "every case has its turn"
        );
    }
}

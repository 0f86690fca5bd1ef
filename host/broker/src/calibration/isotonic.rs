//! The rising line that is nearest to labelled numbers.

/// A run of numbers that get one value.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: f64,
    last: f64,
    sum: f64,
    n: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.n
    }
}

/// The points of the rising line that is nearest to the labels of `items` by the sum of squares: each pooled run of
/// numbers, from its first to its last, has the share of right ones among it. Equal numbers are pooled first.
///
/// # Source
/// Pool adjacent violators: M. Ayer et al., An Empirical Distribution Function for Sampling with Incomplete Information,
/// Annals of Mathematical Statistics 26 (1955); for calibration: B. Zadrozny, C. Elkan, Transforming Classifier Scores
/// into Accurate Multiclass Probability Estimates, KDD 2002, section 3; A. Niculescu-Mizil, R. Caruana, Predicting Good
/// Probabilities with Supervised Learning, ICML 2005, section 5 (from how many labels on it is better than a sigmoid).
#[must_use]
pub fn isotonic(items: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let blocks = pooled(items);
    let mut points = Vec::new();
    for block in blocks {
        points.push((block.first, block.mean()));
        if block.last > block.first {
            points.push((block.last, block.mean()));
        }
    }
    points
}

fn pooled(items: &[(f64, bool)]) -> Vec<Block> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut blocks: Vec<Block> = Vec::new();
    for (x, is_right) in sorted {
        let label = if is_right { 1.0 } else { 0.0 };
        match blocks.last_mut() {
            // INVARIANT: the last block is this number's alone, as pooling comes when the next number does.
            Some(block) if block.first == x => (block.sum, block.n) = (block.sum + label, block.n + 1.0),
            _ => {
                pool(&mut blocks);
                blocks.push(Block { first: x, last: x, sum: label, n: 1.0 });
            }
        }
    }
    pool(&mut blocks);
    blocks
}

/// Pools from the end until the means rise.
fn pool(blocks: &mut Vec<Block>) {
    while let [.., before, last] = blocks.as_mut_slice() {
        if before.mean() < last.mean() {
            return;
        }
        let (end, sum, n) = (last.last, before.sum + last.sum, before.n + last.n);
        (before.last, before.sum, before.n) = (end, sum, n);
        blocks.pop();
    }
}

/// Keeps the points away from 0 and 1 by one answer among `n + 2`: what was never seen among n is rare, not impossible.
pub(super) fn softened(points: Vec<(f64, f64)>, n: usize) -> Vec<(f64, f64)> {
    let least = 1.0 / (n as f64 + 2.0);
    points.into_iter().map(|(x, p)| (x, p.clamp(least, 1.0 - least))).collect()
}

/// The value of the line through `points` at `x`; beyond its ends, that of the end.
pub(super) fn on_line(points: &[(f64, f64)], x: f64) -> f64 {
    let behind = points.partition_point(|(at, _)| *at <= x);
    match (behind.checked_sub(1).and_then(|before| points.get(before)), points.get(behind)) {
        (Some(&(from, low)), Some(&(to, high))) => low + (high - low) * ((x - from) / (to - from)),
        (Some(&(_, end)), None) | (None, Some(&(_, end))) => end,
        (None, None) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{isotonic, on_line, pooled};

    fn items() -> impl Strategy<Value = Vec<(f64, bool)>> {
        proptest::collection::vec(((-20_i32..20).prop_map(f64::from), any::<bool>()), 1..60)
    }

    /// The definition: at each place the largest over starts of the smallest over ends of the mean between.
    fn by_definition(items: &[(f64, bool)], x: f64) -> f64 {
        let mean = |from: f64, to: f64| {
            let within: Vec<f64> = items
                .iter()
                .filter(|(at, _)| (from..=to).contains(at))
                .map(|(_, is_right)| f64::from(u8::from(*is_right)))
                .collect();
            within.iter().sum::<f64>() / within.len() as f64
        };
        let starts = items.iter().map(|(at, _)| *at).filter(|at| *at <= x);
        let ends = |from| {
            let ends = items.iter().map(|(at, _)| *at).filter(|at| *at >= x);
            ends.map(|to| mean(from, to)).fold(f64::INFINITY, f64::min)
        };
        starts.map(ends).fold(f64::NEG_INFINITY, f64::max)
    }

    proptest! {
        #[test]
        fn it_rises_and_keeps_the_mean(items in items()) {
            let points = isotonic(&items);
            for pair in points.windows(2) {
                prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1, "{points:?}");
            }
            let blocks = pooled(&items);
            let right = items.iter().filter(|(_, is_right)| *is_right).count() as f64;
            prop_assert_eq!(blocks.iter().map(|block| block.mean() * block.n).sum::<f64>().round(), right);
            let fitted: f64 = items.iter().map(|(x, _)| on_line(&points, *x)).sum();
            prop_assert!((fitted - right).abs() < 1e-9, "{fitted} {right}");
        }

        #[test]
        fn it_is_the_nearest_rising_line(items in items()) {
            let points = isotonic(&items);
            for &(x, _) in &items {
                prop_assert!((on_line(&points, x) - by_definition(&items, x)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn between_and_beyond_its_points_it_is_a_line() {
        let points = [(0.0, 0.2), (1.0, 0.2), (3.0, 0.8)];
        for (x, expected) in [(-9.0, 0.2), (0.5, 0.2), (2.0, 0.5), (3.0, 0.8), (9.0, 0.8)] {
            assert!((on_line(&points, x) - expected).abs() < 1e-12, "{x}");
        }
    }
}

//! A sigmoid through labelled numbers.

use crate::calibration::sigmoid;

/// Steps of Newton's method; it takes fewer than ten as a rule.
const MAX_STEPS: usize = 100;

/// Keeps the curvature positive where all numbers are equal.
const RIDGE: f64 = 1e-12;

/// The `(a, b)` with which `sigmoid(a x + b)` is likeliest to give the labels of `items`; at least one of each label
/// is expected.
///
/// The labels count as `(r + 1) / (r + 2)` and `1 / (w + 2)`, where r and w are how many are right and wrong, so that
/// the slope stays finite where a threshold tells them apart.
///
/// # Source
/// J. Platt, Probabilistic Outputs for Support Vector Machines, in Advances in Large Margin Classifiers (1999), section
/// 2.2 (the targets); H.-T. Lin, C.-J. Lin, R. Weng, A Note on Platt's Probabilistic Outputs for Support Vector
/// Machines, Machine Learning 68 (2007), section 2 (Newton's method with backtracking; no difference of near numbers).
#[must_use]
pub fn platt(items: &[(f64, bool)]) -> (f64, f64) {
    let right = items.iter().filter(|(_, is_right)| *is_right).count() as f64;
    let wrong = items.len() as f64 - right;
    let (high, low) = ((right + 1.0) / (right + 2.0), 1.0 / (wrong + 2.0));
    let targets: Vec<(f64, f64)> =
        items.iter().map(|&(x, is_right)| (x, if is_right { high } else { low })).collect();
    let (mut a, mut b) = (0.0, libm::log((right + 1.0) / (wrong + 1.0)));
    let mut loss = loss_of(&targets, a, b);
    for _ in 0..MAX_STEPS {
        let (mut gradient, mut curvature) = ([0.0; 2], [RIDGE, 0.0, RIDGE]);
        for &(x, target) in &targets {
            let p = sigmoid(a * x + b);
            let (off, weight) = (p - target, p * (1.0 - p));
            gradient = [gradient[0] + off * x, gradient[1] + off];
            curvature = [curvature[0] + weight * x * x, curvature[1] + weight * x, curvature[2] + weight];
        }
        if gradient.iter().all(|part| part.abs() < 1e-9) {
            break;
        }
        let [aa, ab, bb] = curvature;
        let determinant = aa * bb - ab * ab;
        let step_a = -(bb * gradient[0] - ab * gradient[1]) / determinant;
        let step_b = -(aa * gradient[1] - ab * gradient[0]) / determinant;
        let slope = gradient[0] * step_a + gradient[1] * step_b;
        let mut size = 1.0;
        loop {
            let (next_a, next_b) = (a + size * step_a, b + size * step_b);
            let next = loss_of(&targets, next_a, next_b);
            if next < loss + 1e-4 * size * slope {
                (a, b, loss) = (next_a, next_b, next);
                break;
            }
            size /= 2.0;
            // Also the way out where a step is no number.
            if size < 1e-10 {
                return (a, b);
            }
        }
    }
    (a, b)
}

/// The negative logarithm of the likelihood, written so that nothing overflows.
fn loss_of(targets: &[(f64, f64)], a: f64, b: f64) -> f64 {
    let one = |&(x, target): &(f64, f64)| {
        let z = a * x + b;
        let common = libm::log1p(libm::exp(-z.abs()));
        if z >= 0.0 { (1.0 - target) * z + common } else { common - target * z }
    };
    targets.iter().map(one).sum()
}

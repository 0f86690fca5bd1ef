//! Whether a run is getting anywhere: a slope, and how sure it is.

/// Where a run is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The slope is above zero by more than twice its error.
    Improving,
    /// Neither.
    Plateau,
    /// The slope is below zero by more than twice its error.
    Declining,
}

impl Direction {
    /// The word that stands in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Improving => "improving",
            Self::Plateau => "plateau",
            Self::Declining => "declining",
        }
    }
}

/// The trend of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trend {
    /// Change per step, by least squares.
    pub slope: f64,
    /// The standard error of the slope; 0 for fewer than three values.
    pub error: f64,
    /// How many values it was taken from.
    pub n_values: usize,
    /// What it amounts to.
    pub direction: Direction,
}

/// The trend of `values`, oldest first.
///
/// Fewer than three values are a plateau: nothing can be said of the error.
///
/// # Determinism
/// Sums in the order of the values; the same bits everywhere.
///
/// # Source
/// Ordinary least squares; the error is the square root of (residual sum of squares / (n - 2)) / (sum of squared
/// deviations of the positions). N. Draper and H. Smith, "Applied Regression Analysis", 3rd edition, section 1.4.
#[must_use]
pub fn trend(values: &[f64]) -> Trend {
    let n_values = values.len();
    if n_values < 3 {
        return Trend { slope: 0.0, error: 0.0, n_values, direction: Direction::Plateau };
    }
    let n = n_values as f64;
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let (mut spread, mut product) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let x = at as f64 - middle;
        spread += x * x;
        product += x * (value - mean);
    }
    let slope = product / spread;
    let residual: f64 = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let off = value - mean - slope * (at as f64 - middle);
            off * off
        })
        .sum();
    let error = (residual / (n - 2.0) / spread).sqrt();
    let direction = if slope > 2.0 * error && slope > 0.0 {
        Direction::Improving
    } else if slope < -2.0 * error && slope < 0.0 {
        Direction::Declining
    } else {
        Direction::Plateau
    };
    Trend { slope, error, n_values, direction }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], direction: Direction) {
        assert_eq!(trend(values).direction, direction, "{values:?}");
    }

    #[test]
    fn slopes_need_more_than_twice_their_error() {
        check(&[], Direction::Plateau);
        check(&[1.0, 9.0], Direction::Plateau);
        check(&[1.0, 2.0, 3.0, 4.0], Direction::Improving);
        check(&[4.0, 3.0, 2.0, 1.0], Direction::Declining);
        check(&[1.0, 1.0, 1.0, 1.0], Direction::Plateau);
        check(&[1.0, 3.0, 0.0, 4.0, 1.0, 2.5], Direction::Plateau);
    }

    #[test]
    fn slope_and_error_are_those_of_a_worked_example() {
        // x = 0, 1, 2, 3; y = 1, 3, 2, 5: slope 1.1; residuals sum to 2.7 squared; error sqrt(1.35 / 5).
        let found = trend(&[1.0, 3.0, 2.0, 5.0]);
        assert!((found.slope - 1.1).abs() < 1e-12);
        assert!((found.error - (1.35f64 / 5.0).sqrt()).abs() < 1e-12);
    }
}

//! The paired measurement: two pieces of work in turn, in one run, and their ratio.
//!
//! Machines differ and are shared; a ratio within one run is what can be compared.

use std::time::{Duration, Instant};

/// How often the two are measured in turn.
const PAIRS: usize = 21;

/// The least time that one measurement takes.
const LEAST: Duration = Duration::from_millis(20);

/// What a paired measurement found.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// Median time of one piece of our work.
    pub ours: Duration,
    /// Median time of one piece of the baseline's.
    pub baseline: Duration,
    /// Median of the ratios of neighbouring measurements, ours over the baseline's.
    pub ratio: f64,
}

/// Measures `ours` and `baseline` in turn and prints their ratio on a line that begins with `ratio`.
#[expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
pub fn measure(name: &str, mut ours: impl FnMut(), mut baseline: impl FnMut()) -> Ratio {
    let n_ours = repetitions(&mut ours);
    let n_baseline = repetitions(&mut baseline);
    let mut pairs: Vec<(Duration, Duration)> =
        (0..PAIRS).map(|_| (time(n_ours, &mut ours), time(n_baseline, &mut baseline))).collect();
    let mut ratios: Vec<f64> =
        pairs.iter().map(|(ours, baseline)| ours.as_secs_f64() / baseline.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    pairs.sort_by_key(|(ours, _)| *ours);
    let median_ours = pairs.get(PAIRS / 2).map_or(Duration::ZERO, |pair| pair.0);
    pairs.sort_by_key(|(_, baseline)| *baseline);
    let median_baseline = pairs.get(PAIRS / 2).map_or(Duration::ZERO, |pair| pair.1);
    let ratio = ratios.get(PAIRS / 2).copied().unwrap_or(f64::NAN);
    let found = Ratio { ours: median_ours, baseline: median_baseline, ratio };
    println!(
        "ratio {name}: {ratio:.2} x baseline ({:.3} us against {:.3} us; {:.0} a second)",
        found.ours.as_secs_f64() * 1e6,
        found.baseline.as_secs_f64() * 1e6,
        1.0 / found.ours.as_secs_f64()
    );
    found
}

/// How many repetitions take at least [`LEAST`].
fn repetitions(work: &mut impl FnMut()) -> u32 {
    let mut n = 1;
    loop {
        if time(n, work) * n >= LEAST || n > 1 << 24 {
            return n;
        }
        n *= 2;
    }
}

/// The time of one of `n` repetitions.
fn time(n: u32, work: &mut impl FnMut()) -> Duration {
    let begun = Instant::now();
    for _ in 0..n {
        work();
    }
    begun.elapsed() / n
}

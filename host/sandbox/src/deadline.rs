//! How long a run may take on the clock, not counting what it waits for others.

use std::time::{Duration, Instant};

/// How often the engines' epochs move on: the grain of the deadline.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The deadline of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    begun: Instant,
    limit: Duration,
    /// Time that passed while somebody else had the word.
    waited: Duration,
}

impl Deadline {
    /// A deadline for a run that begins now.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { begun: Instant::now(), limit, waited: Duration::ZERO }
    }

    /// Takes time out that was not the run's own.
    pub(crate) fn wait(&mut self, waited: Duration) {
        self.waited += waited;
    }

    /// The ticks that are left, at least 1.
    pub(crate) fn ticks(&self) -> u64 {
        let own = self.begun.elapsed().saturating_sub(self.waited);
        let ticks = self.limit.saturating_sub(own).as_millis().div_ceil(TICK.as_millis());
        u64::try_from(ticks.min(u128::from(u64::MAX / 2))).unwrap_or(u64::MAX / 2).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_take_is_not_the_runs_own_time() {
        let mut deadline = Deadline::new(Duration::from_secs(3600));
        let all = 3600 * 100;
        assert!((all - 1000..=all).contains(&deadline.ticks()));
        deadline.wait(Duration::from_secs(86_400));
        assert_eq!(deadline.ticks(), all);
        assert_eq!(Deadline::new(Duration::ZERO).ticks(), 1);
        assert!(Deadline::new(Duration::MAX).ticks() > 1 << 60);
    }
}

//! Trying again what may succeed a little later.

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::error::ModelError;
use crate::tape::Asked;

/// How often and after what pauses a call is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often at most, after the first time. Default 3.
    pub retries: u32,
    /// The first pause; each is twice as long as the one before. Default 1 s.
    pub pause: Duration,
    /// Seeds the jitter, a factor of 0.5 to 1.5 on each pause: callers that failed together do not come back together.
    pub seed: u64,
}

impl Default for Retry {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Retry {
    /// The usual pauses, with jitter from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { retries: 3, pause: Duration::from_secs(1), seed }
    }

    /// The pauses of one call.
    ///
    /// # Determinism
    /// A function of the seed and of what is asked.
    #[must_use]
    pub fn pauses<'a>(&self, asked: Asked<'a>) -> Pauses<'a> {
        Pauses { left: self.retries, next: self.pause, seed: self.seed, asked, rng: None }
    }
}

/// The pauses between the attempts of one call.
#[derive(Debug)]
pub struct Pauses<'a> {
    left: u32,
    next: Duration,
    seed: u64,
    asked: Asked<'a>,
    /// Made for the first pause: most calls have none.
    rng: Option<ChaCha8Rng>,
}

impl Pauses<'_> {
    /// Looks at the result of an attempt: breaks with it if it is final, else continues after a pause.
    pub async fn after<T>(&mut self, result: Result<T, ModelError>) -> ControlFlow<Result<T, ModelError>> {
        let error = match result {
            Err(error) if error.kind.is_transient() => error,
            result => return ControlFlow::Break(result),
        };
        let Some(pause) = self.next() else { return ControlFlow::Break(Err(error)) };
        tracing::info!(
            event = "retry_attempt",
            model = error.model,
            server = error.server,
            kind = error.kind.name(),
            pause_ms = pause.as_secs_f64() * 1e3,
            retries_left = self.left,
            "{}",
            error.message
        );
        tokio::time::sleep(pause).await;
        ControlFlow::Continue(())
    }
}

impl Iterator for Pauses<'_> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let rng = self.rng.get_or_insert_with(|| {
            let mut hash = blake3::Hasher::new_keyed(&self.asked.key());
            hash.update(&self.seed.to_le_bytes());
            ChaCha8Rng::from_seed(*hash.finalize().as_bytes())
        });
        let jitter = 0.5 + f64::from(rng.next_u32()) / f64::from(u32::MAX);
        let pause = self.next.mul_f64(jitter);
        self.next = self.next.saturating_mul(2);
        Some(pause)
    }
}

//! Trying again what may succeed a little later.

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::error::ModelError;

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
    /// A function of the seed and of `call`, the hash of what is asked.
    #[must_use]
    pub fn pauses(&self, call: [u8; 32]) -> Pauses {
        let mut hash = blake3::Hasher::new_keyed(&call);
        hash.update(&self.seed.to_le_bytes());
        let rng = ChaCha8Rng::from_seed(*hash.finalize().as_bytes());
        Pauses { left: self.retries, next: self.pause, rng }
    }
}

/// The pauses between the attempts of one call.
#[derive(Debug)]
pub struct Pauses {
    left: u32,
    next: Duration,
    rng: ChaCha8Rng,
}

impl Pauses {
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

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let jitter = 0.5 + f64::from(self.rng.next_u32()) / f64::from(u32::MAX);
        let pause = self.next.mul_f64(jitter);
        self.next = self.next.saturating_mul(2);
        Some(pause)
    }
}

//! Which models of a server are in memory at once.
//!
//! A server that runs out of memory unloads what it likes, and two big models asked in turn have each other unloaded
//! with every call. Here the one that was asked longest ago goes, none goes while it answers, and calls for a model
//! that is loaded may pass one that waits for another only [`PATIENCE`] times.

mod residents;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use self::residents::{Next, Residents};
use crate::error::{ErrorKind, ModelError};

/// How many calls for models that are loaded may begin while one waits for a model that is not.
pub const PATIENCE: u32 = 16;

/// A server that can be told to unload a model.
#[async_trait]
pub trait Residence: Send + Sync {
    /// The models in memory with the bytes they take.
    ///
    /// # Errors
    /// As [`crate::Model::list`].
    async fn loaded(&self) -> Result<Vec<(String, u64)>, ModelError>;

    /// About how many bytes the model will take, if the server knows it.
    ///
    /// # Errors
    /// As [`crate::Model::list`].
    async fn size(&self, model: &str) -> Result<Option<u64>, ModelError>;

    /// Takes the model out of memory.
    ///
    /// # Errors
    /// As [`crate::Model::generate`].
    async fn unload(&self, model: &str) -> Result<(), ModelError>;
}

/// The memory of a server.
pub struct Residency {
    server: Arc<dyn Residence>,
    address: String,
    limit: u64,
    residents: Arc<Shared>,
    /// Held while models are loaded and unloaded: one such change at a time.
    change: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Shared {
    residents: Mutex<Residents>,
    /// Told when a call ends, and when one begins to load a model.
    changed: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Residents> {
        self.residents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A model that stays in memory until this is dropped.
pub struct Stay {
    shared: Arc<Shared>,
    model: String,
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.shared.lock().leave(&self.model);
        self.shared.changed.notify_waiters();
    }
}

/// Somebody who waits for a model to be loaded; dropped, nobody has to let them pass any more.
struct Waiting<'a> {
    shared: &'a Shared,
    ticket: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lock().give_up(self.ticket);
        self.shared.changed.notify_waiters();
    }
}

impl Residency {
    /// The memory of `server`, whose models may take `limit` bytes together.
    #[must_use]
    pub fn new(server: Arc<dyn Residence>, address: &str, limit: u64) -> Self {
        Self {
            server,
            address: address.to_owned(),
            limit,
            residents: Arc::default(),
            change: tokio::sync::Mutex::default(),
        }
    }

    /// Waits until `model` has its place in memory, unloading others if need be.
    ///
    /// # Errors
    /// * [`ErrorKind::Unsupported`]: the model alone takes more than all may.
    /// * Whatever the server answers when it is asked what is loaded, or told to unload something.
    pub async fn enter(&self, model: &str) -> Result<Stay, ModelError> {
        let model = with_tag(model);
        let ticket = self.residents.lock().queue();
        let waiting = Waiting { shared: &self.residents, ticket };
        loop {
            let changed = self.residents.changed.notified();
            tokio::pin!(changed);
            // Enabled before looking, so that what changes in between is not missed.
            changed.as_mut().enable();
            let is_in = self.residents.lock().enter_if_loaded(&model, ticket);
            if is_in {
                break;
            }
            if self.residents.lock().may_change(ticket)
                && let Ok(_change) = self.change.try_lock()
                && self.make_room(&model, ticket).await?
            {
                break;
            }
            changed.await;
        }
        drop(waiting);
        Ok(Stay { shared: Arc::clone(&self.residents), model })
    }

    /// Unloads idle models until `model` has room; false if it has to wait for one that answers.
    async fn make_room(&self, model: &str, ticket: u64) -> Result<bool, ModelError> {
        let loaded = self.server.loaded().await?;
        let needed = match loaded.iter().find(|(name, _)| name == model) {
            Some((_, bytes)) => *bytes,
            // The server says itself that it has no such model, when it is asked for an answer.
            None => self.server.size(model).await?.unwrap_or(0),
        };
        if needed > self.limit {
            return Err(ModelError {
                kind: ErrorKind::Unsupported,
                model: model.to_owned(),
                server: self.address.clone(),
                message: format!("it takes {needed} bytes of memory, and all models may take {}", self.limit),
                help: Some("raise the server's `memory`, or ask a smaller model".to_owned()),
            });
        }
        self.residents.lock().refresh(&loaded);
        loop {
            let next = self.residents.lock().next(model, needed, self.limit, ticket);
            match next {
                Next::Enter => return Ok(true),
                Next::Wait => return Ok(false),
                Next::Unload(idle) => {
                    tracing::info!(event = "model_unloaded", model = idle, for_model = model);
                    let result = self.server.unload(&idle).await;
                    self.residents.lock().unloaded(&idle);
                    result?;
                }
            }
        }
    }
}

/// The name as Ollama lists it: without a tag the latest one is meant.
fn with_tag(model: &str) -> String {
    let last = model.rsplit('/').next().unwrap_or(model);
    if last.contains(':') { model.to_owned() } else { format!("{model}:latest") }
}

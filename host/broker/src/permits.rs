//! How many calls a model is given at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits of the models of one server, so many for each. Waiting calls get theirs in the order in which they came.
#[derive(Debug)]
pub(crate) struct Permits {
    each: usize,
    models: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

impl Permits {
    pub(crate) fn new(each: usize) -> Self {
        let each = each.clamp(1, Semaphore::MAX_PERMITS);
        Self { each, models: Mutex::default() }
    }

    /// Waits for a permit of `model`. It is given back when it is dropped, and so is a place among the waiting.
    ///
    /// None never comes: the semaphores are not closed.
    pub(crate) async fn wait(&self, model: &str) -> Option<OwnedSemaphorePermit> {
        let semaphore = {
            let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
            match models.get(model) {
                Some(semaphore) => Arc::clone(semaphore),
                None => {
                    let semaphore = Arc::new(Semaphore::new(self.each));
                    models.insert(model.to_owned(), Arc::clone(&semaphore));
                    semaphore
                }
            }
        };
        semaphore.acquire_owned().await.ok()
    }
}

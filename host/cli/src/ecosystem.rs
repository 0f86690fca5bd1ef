//! What the commands on ecosystems share: files, models, people and the versions in the bank.

pub(crate) mod address;
pub(crate) mod answers;
pub(crate) mod file;
pub(crate) mod judges;
pub(crate) mod models;
pub(crate) mod person;
pub(crate) mod versions;
pub(crate) mod watch;

use std::future::Future;

use crate::mistakes;

/// Runs a future to its end, on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| mistakes::failed("start the runtime", &error, None))?;
    Ok(runtime.block_on(future))
}

//! What the commands on ecosystems share: files, models, people and the versions in the bank.

pub(crate) mod address;
pub(crate) mod answers;
pub(crate) mod file;
pub(crate) mod genome;
pub(crate) mod judges;
pub(crate) mod models;
pub(crate) mod person;
pub(crate) mod versions;
pub(crate) mod watch;

use std::future::Future;

use tokio::runtime::Runtime;

use crate::mistakes;

/// What futures of one command run on, on this thread: connections are kept from one to the next.
pub(crate) fn runtime() -> miette::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| mistakes::failed("start the runtime", &error, None))
}

/// Runs the one future of a command.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> miette::Result<T> {
    Ok(runtime()?.block_on(future))
}

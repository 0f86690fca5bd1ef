//! A server, and calls to it that wait for their turn, are tried again, and end at their deadline.

use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::seen::Seen;
use crate::error::{ErrorKind, ModelError};
use crate::model::{Embedded, Generated, Listed, Model, OnText, Request, Shown};
use crate::permits::Permits;
use crate::residency::{Residency, Stay};
use crate::retry::Retry;
use crate::tape::Asked;

pub(super) struct Server {
    /// What messages call it.
    address: String,
    backend: Arc<dyn Model>,
    permits: Permits,
    residency: Option<Residency>,
    retry: Retry,
}

/// A call's turn: its permit, and its model's place in memory.
struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
    _stay: Option<Stay>,
}

impl Server {
    pub(super) fn new(address: &str, backend: Arc<dyn Model>, concurrency: usize, retry: Retry) -> Self {
        let permits = Permits::new(concurrency);
        Self { address: address.to_owned(), backend, permits, residency: None, retry }
    }

    /// The server with a bound on the memory of its models.
    pub(super) fn within(mut self, residency: Residency) -> Self {
        self.residency = Some(residency);
        self
    }

    async fn turn(&self, model: &str) -> Result<Turn, ModelError> {
        let permit = self.permits.wait(model).await;
        let stay = match &self.residency {
            Some(residency) => Some(residency.enter(model).await?),
            None => None,
        };
        Ok(Turn { _permit: permit, _stay: stay })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The server as a model whose answers come by `deadline`.
    pub(super) fn live(&self, deadline: Option<Instant>) -> Live<'_> {
        Live { server: self, deadline, retry: self.retry }
    }

    /// The server as a model that is asked once, for people who look what is there.
    pub(super) fn once(&self) -> Live<'_> {
        Live { server: self, deadline: None, retry: Retry { retries: 0, ..self.retry } }
    }
}

pub(super) struct Live<'a> {
    server: &'a Server,
    deadline: Option<Instant>,
    retry: Retry,
}

impl Live<'_> {
    async fn in_time<T>(
        &self,
        model: &str,
        call: impl Future<Output = Result<T, ModelError>>,
    ) -> Result<T, ModelError> {
        in_time(self.deadline, model, &self.server.address, call).await
    }
}

/// What `call` gives, or [`ErrorKind::OverLatency`] at the deadline.
pub(super) async fn in_time<T>(
    deadline: Option<Instant>,
    model: &str,
    server: &str,
    call: impl Future<Output = Result<T, ModelError>>,
) -> Result<T, ModelError> {
    let Some(deadline) = deadline else { return call.await };
    let late = || ModelError {
        kind: ErrorKind::OverLatency,
        model: model.to_owned(),
        server: server.to_owned(),
        message: "the time that the request may take is over".to_owned(),
        help: Some("allow more time, or ask a quicker model".to_owned()),
    };
    if deadline <= Instant::now() {
        return Err(late());
    }
    tokio::time::timeout_at(deadline, call).await.unwrap_or_else(|_| Err(late()))
}

#[async_trait]
impl Model for Live<'_> {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let server = self.server;
        self.in_time(&request.model, async {
            let mut pauses = self.retry.pauses(Asked::Generate(request));
            let mut seen = Seen::default();
            loop {
                seen.again();
                let result = async {
                    let _turn = server.turn(&request.model).await?;
                    server.backend.generate(request, &mut |text| seen.piece(text, on_text)).await
                };
                // The turn ends before the pause, so that others have theirs.
                let result = result.await;
                if let ControlFlow::Break(result) = pauses.after(result).await {
                    return result;
                }
            }
        })
        .await
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let server = self.server;
        self.in_time(model, async {
            let mut pauses = self.retry.pauses(Asked::Embed { model, texts });
            loop {
                let result = async {
                    let _turn = server.turn(model).await?;
                    server.backend.embed(model, texts).await
                };
                let result = result.await;
                if let ControlFlow::Break(result) = pauses.after(result).await {
                    return result;
                }
            }
        })
        .await
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        self.in_time("", async {
            let mut pauses = self.retry.pauses(Asked::List);
            loop {
                if let ControlFlow::Break(result) = pauses.after(self.server.backend.list().await).await {
                    return result;
                }
            }
        })
        .await
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        self.in_time(model, async {
            let mut pauses = self.retry.pauses(Asked::Show { model });
            loop {
                if let ControlFlow::Break(result) = pauses.after(self.server.backend.show(model).await).await
                {
                    return result;
                }
            }
        })
        .await
    }
}

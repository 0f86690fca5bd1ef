//! Models as somebody is allowed to use them.

use async_trait::async_trait;

use super::live::{Live, Server, in_time};
use super::{Broker, Terms};
use crate::budget::Reservation;
use crate::error::{ErrorKind, ModelError};
use crate::limits;
use crate::model::{Embedded, Generated, Listed, Model, OnText, Request, Shown};
use crate::tape::{Mode, Taped};

/// The models of a [`Broker`] under [`Terms`]: every call keeps them and is charged to their account.
///
/// Before a call the dearest that it can be is set aside: each byte of the prompt, the schema and the answer's
/// `max_tokens` a token, and [`limits::TEMPLATE_TOKENS`] for what servers put round a prompt. Afterwards what it was is
/// booked: the server's count of tokens, or a fourth of the bytes where it does not count. A call that fails or is
/// dropped costs nothing.
#[derive(Clone)]
pub struct Bounded {
    broker: Broker,
    terms: Terms,
}

impl Bounded {
    pub(super) fn new(broker: Broker, terms: Terms) -> Self {
        Self { broker, terms }
    }

    /// What its calls have to keep.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The broker that it belongs to.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The model with the broker's recorder before it.
    fn taped<'a>(&'a self, live: &'a Live<'a>) -> Taped<'a, Live<'a>> {
        self.broker.inner.recorder.before(live)
    }

    /// Sets aside what a call of the model may cost.
    async fn reserve(&self, model: &str, server: &Server, cost: f64) -> Result<Reservation, ModelError> {
        let reserve = async {
            self.terms.account.reserve(cost).await.map_err(|error| ModelError {
                kind: ErrorKind::OverBudget,
                model: model.to_owned(),
                server: server.address().to_owned(),
                message: error.to_string(),
                help: Some("raise the limit, ask for fewer tokens, or ask a cheaper model".to_owned()),
            })
        };
        // A run that is played back is late only where its tape says so.
        let is_replay = self.broker.inner.recorder.mode() == Mode::Replay;
        let deadline = if is_replay { None } else { self.terms.deadline };
        in_time(deadline, model, server.address(), reserve).await
    }
}

#[async_trait]
impl Model for Bounded {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let (name, server) = self.broker.route(&request.model)?;
        check(request, server)?;
        let price = self.broker.price(&request.model);
        let request = Request { model: name.to_owned(), ..request.clone() };
        let prompt = prompt_bytes(&request);
        let most = prompt.saturating_add(limits::TEMPLATE_TOKENS).saturating_add(request.max_tokens);
        let reservation = self.reserve(name, server, most as f64 * price).await?;
        let generated = self.taped(&server.live(self.terms.deadline)).generate(&request, on_text).await?;
        let tokens = counted(generated.prompt_tokens, prompt)
            .saturating_add(counted(generated.completion_tokens, generated.text.len() as u64));
        book(reservation, tokens as f64 * price, name);
        Ok(generated)
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let (name, server) = self.broker.route(model)?;
        let price = self.broker.price(model);
        let bytes: u64 = texts.iter().map(|text| text.len() as u64).sum();
        let most = bytes.saturating_add(limits::TEMPLATE_TOKENS.saturating_mul(texts.len() as u64));
        let reservation = self.reserve(name, server, most as f64 * price).await?;
        let embedded = self.taped(&server.live(self.terms.deadline)).embed(name, texts).await?;
        book(reservation, counted(embedded.prompt_tokens, bytes) as f64 * price, name);
        Ok(embedded)
    }

    /// The models of all servers. One that does not answer fails the call: [`Broker::list_each`] tells them apart.
    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let mut all = Vec::new();
        for (_, server) in self.broker.servers() {
            all.extend(self.taped(&server.live(self.terms.deadline)).list().await?);
        }
        Ok(all)
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let (name, server) = self.broker.route(model)?;
        let shown = self.taped(&server.live(self.terms.deadline)).show(name).await?;
        if let Some(context) = shown.context {
            self.broker.learn(model, context);
        }
        Ok(shown)
    }
}

/// What no server is troubled with.
fn check(request: &Request, server: &Server) -> Result<(), ModelError> {
    let message = if !(0.0..=limits::TEMPERATURE).contains(&request.temperature) {
        format!("expected a temperature of 0 to {}, found {}", limits::TEMPERATURE, request.temperature)
    } else if request.top_logprobs > limits::TOP_LOGPROBS {
        format!(
            "expected at most {} alternatives of a token, found {}",
            limits::TOP_LOGPROBS,
            request.top_logprobs
        )
    } else if request.max_tokens == 0 {
        "expected at least 1 token to generate, found 0".to_owned()
    } else {
        return Ok(());
    };
    Err(ModelError {
        kind: ErrorKind::Refused,
        model: request.model.clone(),
        server: server.address().to_owned(),
        message,
        help: None,
    })
}

/// The bytes of all that the model will read. A token has one at least.
fn prompt_bytes(request: &Request) -> u64 {
    let system = request.system.as_ref().map_or(0, String::len);
    let schema = request.schema.as_ref().map_or(0, |schema| schema.to_string().len());
    (request.prompt.len() + system + schema) as u64
}

/// What the server counted, or an estimate: texts of most languages have about four bytes a token.
fn counted(tokens: u64, bytes: u64) -> u64 {
    if tokens > 0 { tokens } else { bytes.div_ceil(4) }
}

fn book(reservation: Reservation, cost: f64, model: &str) {
    let most = reservation.amount();
    let booked = reservation.book(cost);
    if cost > most {
        tracing::warn!(
            model,
            cost,
            booked,
            "the server counted more tokens than a call of this size can have"
        );
    }
}

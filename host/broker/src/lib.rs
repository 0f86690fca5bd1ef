//! Language models, as the rest of flux sees them: one trait, several kinds of server behind it, limits before every
//! call, and judges whose scores can be trusted.
//!
//! [`Model`] is the seam: something that generates, embeds and lists.
//! [`config::ModelsConfig`] says which models there are, a [`Broker`] has them all, and [`Broker::bound`] hands them out
//! as somebody may use them: within an [`Account`] and until a deadline.
//! [`tape`] records calls and plays them back; [`generate_in_turn`] falls back from one model to the next.

mod broker;
mod budget;
pub mod calibration;
mod chain;
pub mod config;
mod error;
mod http;
pub mod judge;
pub mod limits;
mod model;
mod normal;
pub mod ollama;
pub mod openai;
mod permits;
mod prompt;
pub mod questions;
mod residency;
mod retry;
#[cfg(test)]
mod scripted;
pub mod simulated;
pub mod tape;

pub use broker::{Bounded, Broker, Parts, Terms};
pub use budget::{Account, BudgetError, Reservation};
pub use chain::generate_in_turn;
pub use error::{ErrorKind, ModelError};
pub use model::{
    Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown, TokenChoice, TokenReading,
};
pub use retry::{Pauses, Retry};

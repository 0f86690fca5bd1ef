//! Language models, as the rest of flux sees them: one trait, several kinds of server behind it, limits before every
//! call, and judges whose scores can be trusted.
//!
//! [`Model`] is the seam: something that generates, embeds and lists.

mod error;
pub mod judge;
mod model;
pub mod questions;
pub mod simulated;

pub use error::{ErrorKind, ModelError};
pub use model::{
    Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown, TokenChoice, TokenReading,
};

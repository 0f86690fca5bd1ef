//! Who a model is.

use crate::{error::ModelError, model::Model};

/// What tells a model from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name that it is asked by.
    pub model: String,
    /// What identifies its weights, where the server says so.
    pub digest: Option<String>,
    /// Its family, where the server says so.
    pub family: Option<String>,
}

impl Identity {
    /// Looks up who `name` is.
    ///
    /// # Errors
    /// As [`Model::show`].
    pub async fn of(model: &dyn Model, name: &str) -> Result<Self, ModelError> {
        let shown = model.show(name).await?;
        Ok(Self { model: name.to_owned(), digest: shown.digest, family: shown.family })
    }

    /// Somebody of whom no more than the name is known.
    #[must_use]
    pub fn named(model: impl Into<String>) -> Self {
        Self { model: model.into(), digest: None, family: None }
    }

    /// Whether both are the same model: the same name, or the same weights under two names.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.model == other.model || (self.digest.is_some() && self.digest == other.digest)
    }
}

//! Asking one model after another until one answers.

#[cfg(test)]
mod tests;

use crate::error::{ErrorKind, ModelError};
use crate::limits;
use crate::model::{Generated, Model, OnText, Request};

/// Makes `requests` in turn until one is answered; gives its place among them and the answer.
///
/// Only failures that somebody else may make good lead on to the next ([`ErrorKind::may_fall_back`]). Text that a
/// model had shown before it failed is not taken back: the answer is what counts.
///
/// # Errors
/// The last failure; [`ErrorKind::Refused`] if there are none, more than [`limits::CHAIN`], or two for the same model.
pub async fn generate_in_turn(
    model: &dyn Model,
    requests: &[Request],
    on_text: OnText<'_>,
) -> Result<(usize, Generated), ModelError> {
    check(requests)?;
    let mut idx = 0;
    loop {
        match model.generate(&requests[idx], on_text).await {
            Ok(generated) => return Ok((idx, generated)),
            Err(error) if error.kind.may_fall_back() && idx + 1 < requests.len() => {
                idx += 1;
                tracing::warn!(
                    event = "fallback_trigger",
                    from = error.model,
                    to = requests[idx].model,
                    kind = error.kind.name(),
                    "{}",
                    error.message
                );
            }
            Err(error) => return Err(error),
        }
    }
}

fn check(requests: &[Request]) -> Result<(), ModelError> {
    let refused = |model: &str, message: String, help: &str| {
        Err(ModelError {
            kind: ErrorKind::Refused,
            model: model.to_owned(),
            server: "the chain of fallbacks".to_owned(),
            message,
            help: Some(help.to_owned()),
        })
    };
    let Some(first) = requests.first() else {
        return refused("", "expected a model to ask, found none".to_owned(), "name one");
    };
    if requests.len() > limits::CHAIN {
        let message = format!("expected at most {} models, found {}", limits::CHAIN, requests.len());
        return refused(&first.model, message, "shorten the chain");
    }
    for (idx, request) in requests.iter().enumerate() {
        if requests[..idx].iter().any(|before| before.model == request.model) {
            let message = "the chain comes back to a model that was asked already".to_owned();
            return refused(&request.model, message, "name another model, or none");
        }
    }
    Ok(())
}

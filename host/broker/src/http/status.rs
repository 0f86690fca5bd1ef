//! What a status other than success means.

use serde_json::Value;

use super::{Http, Refusal, shortened};
use crate::error::{ErrorKind, ModelError};
use crate::limits;

/// What servers say when the mistake is the client's although the status is 500.
const MISTAKES: [&str; 2] = ["option \"", "invalid format"];

impl Http {
    /// The error of an answer that is no success. `missing` is what to do if there is no such model.
    pub(crate) fn refused(&self, model: &str, refusal: &Refusal, missing: &str) -> ModelError {
        let text = message(&refusal.body);
        let status = refusal.status.as_u16();
        let (kind, help) = match (status, &text) {
            // What has no model in it speaks of the address.
            (404, Some(text)) if text.to_lowercase().contains("model") => (ErrorKind::NoModel, Some(missing)),
            (404 | 405, _) => (
                ErrorKind::Unsupported,
                Some(
                    "check the server's `url` and `kind`, or update it: it does not know the address asked for",
                ),
            ),
            (401 | 403, _) => {
                (ErrorKind::Refused, Some("set the server's `key_env`, and a key in that variable"))
            }
            (408, _) => (ErrorKind::TimedOut, None),
            (429 | 503, _) => {
                (ErrorKind::Busy, Some("give it fewer calls at once: lower the server's `concurrency`"))
            }
            (501, _) => (ErrorKind::Unsupported, Some("ask a model that can")),
            (400, Some(text)) if text.contains("does not support") => {
                (ErrorKind::Unsupported, Some("ask a model that can"))
            }
            (400, Some(text)) if text.contains("context") => {
                (ErrorKind::Refused, Some("shorten the prompt, or raise the model's context"))
            }
            (500, Some(text)) if MISTAKES.iter().any(|start| text.starts_with(start)) => {
                (ErrorKind::Refused, Some("correct the server's `options`"))
            }
            (300..400, _) => {
                (ErrorKind::Refused, Some("write the address that it points to as the server's `url`"))
            }
            (500.., _) => (ErrorKind::Failed, None),
            _ => (ErrorKind::Refused, None),
        };
        let text = match text {
            Some(text) => text,
            None => shortened(&refusal.body, limits::MESSAGE_BYTES).to_owned(),
        };
        let message =
            if text.is_empty() { format!("status {status}") } else { format!("status {status}: {text}") };
        ModelError { help: help.map(str::to_owned), ..self.error(kind, model, message) }
    }
}

/// What an error's body says, if it is JSON of one of the shapes that servers use.
fn message(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    said(&body)
}

/// What an error says: a text, or an object with one.
pub(crate) fn said(error: &Value) -> Option<String> {
    let text = match error {
        Value::String(text) => text,
        Value::Object(fields) => {
            return ["error", "message", "detail"].iter().find_map(|key| said(fields.get(*key)?));
        }
        _ => return None,
    };
    // Ollama passes errors of its runner on as JSON inside of a text.
    if text.starts_with('{')
        && let Some(inner) = message(text)
    {
        return Some(inner);
    }
    Some(shortened(text, limits::MESSAGE_BYTES).to_owned())
}

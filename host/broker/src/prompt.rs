//! What requests and answers have in common on all wires.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{ErrorKind, ModelError};
use crate::http::Http;
use crate::model::{Embedded, Finish, Generated, Request, TokenChoice, TokenReading};

/// The messages of a request: the system's if there is one, then the user's. A schema stands in the prompt, too:
/// servers that ignore it elsewhere say nothing about it, and models follow better what they have read.
pub(crate) fn messages(request: &Request) -> Value {
    let content = match &request.schema {
        None => request.prompt.clone(),
        Some(schema) => {
            format!(
                "{}\n\nAnswer with JSON that matches this schema, and with nothing else:\n{schema}",
                request.prompt
            )
        }
    };
    let user = json!({ "role": "user", "content": content });
    match &request.system {
        None => json!([user]),
        Some(system) => json!([{ "role": "system", "content": system }, user]),
    }
}

/// Servers keep seeds in 31 bits at the least: the bits above are folded in, none is lost for small seeds.
pub(crate) fn seed(seed: u64) -> u64 {
    (seed ^ (seed >> 31) ^ (seed >> 62)) & 0x7fff_ffff
}

/// An answer before its first piece.
pub(crate) fn nothing_yet() -> Generated {
    Generated {
        text: String::new(),
        finish: Finish::Stop,
        prompt_tokens: 0,
        completion_tokens: 0,
        tokens: Vec::new(),
        took: Duration::ZERO,
    }
}

/// How a token was chosen, in the shape that Ollama and OpenAI share.
#[derive(Deserialize)]
pub(crate) struct Reading {
    #[serde(flatten)]
    chosen: Choice,
    #[serde(default)]
    top_logprobs: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    token: String,
    logprob: f64,
}

impl From<Reading> for TokenReading {
    fn from(reading: Reading) -> Self {
        let mut top: Vec<TokenChoice> = reading.top_logprobs.into_iter().map(Into::into).collect();
        top.sort_by(|a, b| b.logprob.total_cmp(&a.logprob));
        Self { chosen: reading.chosen.into(), top }
    }
}

impl From<Choice> for TokenChoice {
    fn from(choice: Choice) -> Self {
        Self { token: choice.token, logprob: choice.logprob }
    }
}

/// Embeddings of unit length, one for each text.
pub(crate) fn embedded(
    http: &Http,
    model: &str,
    texts: &[String],
    mut vectors: Vec<Vec<f32>>,
    prompt_tokens: u64,
) -> Result<Embedded, ModelError> {
    if vectors.len() != texts.len() {
        let message = format!("expected {} embeddings, found {}", texts.len(), vectors.len());
        return Err(http.error(ErrorKind::Malformed, model, message));
    }
    for vector in &mut vectors {
        let length = vector.iter().map(|part| f64::from(*part).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 && length.is_finite() {
            vector.iter_mut().for_each(|part| *part = (f64::from(*part) / length) as f32);
        }
    }
    Ok(Embedded { vectors, prompt_tokens })
}

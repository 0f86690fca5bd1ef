//! What a model is asked and what it answers.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;

/// Takes pieces of an answer while it is generated, in order.
pub type OnText<'a> = &'a mut (dyn FnMut(&str) + Send);

/// Something that serves models: a server, a simulation, a recording, or any of these with limits before it.
///
/// Dropping a future cancels the call.
#[async_trait]
pub trait Model: Send + Sync {
    /// Has the model of `request` continue its prompt. `on_text` is shown the text as it arrives; all of it is in the
    /// answer too.
    ///
    /// # Errors
    /// [`ModelError`] says which model, which server, what happened and what to do.
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError>;

    /// The embeddings of `texts` by `model`, one for each, in their order.
    ///
    /// # Errors
    /// As [`Self::generate`]; [`crate::ErrorKind::Unsupported`] where the model has none.
    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError>;

    /// The models that are there, by their names.
    ///
    /// # Errors
    /// As [`Self::generate`].
    async fn list(&self) -> Result<Vec<Listed>, ModelError>;

    /// What is known of `model`.
    ///
    /// # Errors
    /// As [`Self::generate`].
    async fn show(&self, model: &str) -> Result<Shown, ModelError>;
}

/// What a model is asked. Equal requests have equal records on a tape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The model's name.
    pub model: String,
    /// Instructions that come before the prompt.
    pub system: Option<String>,
    /// What is to be continued.
    pub prompt: String,
    /// The sampling temperature, 0 (always the likeliest token) to 2.
    pub temperature: f64,
    /// The most tokens to generate.
    pub max_tokens: u64,
    /// Seeds the sampling.
    pub seed: Option<u64>,
    /// Sequences that end the answer.
    pub stop: Vec<String>,
    /// A JSON schema that the answer has to match.
    pub schema: Option<serde_json::Value>,
    /// How many alternatives of each token to report with their probabilities, 0 to 20; at 0 none are reported.
    pub top_logprobs: u8,
}

impl Request {
    /// A request with the usual settings: temperature 0.7, 1,024 tokens, nothing else.
    #[must_use]
    pub fn new(model: impl Into<String>, prompt: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            system: None,
            prompt: prompt.into(),
            temperature: 0.7,
            max_tokens: 1024,
            seed: None,
            stop: Vec::new(),
            schema: None,
            top_logprobs: 0,
        }
    }
}

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    /// The whole text.
    pub text: String,
    /// Why it ends.
    pub finish: Finish,
    /// How many tokens the prompt had; 0 where the server does not say.
    pub prompt_tokens: u64,
    /// How many tokens were generated; 0 where the server does not say.
    pub completion_tokens: u64,
    /// How each token was chosen, if [`Request::top_logprobs`] asked for it and the server can say.
    pub tokens: Vec<TokenReading>,
    /// How long the server says that it took; for a simulated model the simulated time.
    pub took: Duration,
}

/// Why an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// The model had said all, or one of [`Request::stop`] came.
    Stop,
    /// [`Request::max_tokens`] were generated.
    Length,
}

/// How a token was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenReading {
    /// The one that was taken.
    pub chosen: TokenChoice,
    /// The likeliest ones, likeliest first; the chosen one may be among them.
    pub top: Vec<TokenChoice>,
}

/// A token and how likely it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenChoice {
    /// Its text.
    pub token: String,
    /// The natural logarithm of its probability.
    pub logprob: f64,
}

/// Embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedded {
    /// A vector of unit length for each text.
    pub vectors: Vec<Vec<f32>>,
    /// How many tokens the texts had; 0 where the server does not say.
    pub prompt_tokens: u64,
}

/// A model that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// The kind of server that has it: `ollama`, `openai`, `simulated`.
    pub server: String,
    /// The size of its weights in bytes, where the server says so.
    pub size: Option<u64>,
    /// Whether it is loaded, where the server says so.
    pub loaded: Option<bool>,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What identifies its weights, so that what was measured of it holds for these and no others.
    pub digest: Option<String>,
    /// Its family, such as `qwen2`: judges of a panel come from different ones.
    pub family: Option<String>,
    /// The longest prompt and answer together, in tokens.
    pub context: Option<u64>,
    /// What it can do: `completion`, `embedding`, `thinking`, ...
    pub capabilities: Vec<String>,
}

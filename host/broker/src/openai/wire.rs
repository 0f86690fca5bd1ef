//! What servers with OpenAI's interface send. They differ in what they leave out and in what they make `null`.

use serde::Deserialize;
use serde_json::Value;

use crate::prompt::Reading;

/// An event of a stream.
#[derive(Deserialize)]
pub(super) struct Chunk {
    pub(super) error: Option<Value>,
    #[serde(default)]
    pub(super) choices: Vec<ChunkChoice>,
    pub(super) usage: Option<Usage>,
}

#[derive(Deserialize)]
pub(super) struct ChunkChoice {
    #[serde(default)]
    pub(super) delta: Message,
    pub(super) finish_reason: Option<String>,
    pub(super) logprobs: Option<Logprobs>,
}

/// A whole answer.
#[derive(Deserialize)]
pub(super) struct Completion {
    pub(super) error: Option<Value>,
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Usage>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) message: Message,
    pub(super) finish_reason: Option<String>,
    pub(super) logprobs: Option<Logprobs>,
}

#[derive(Default, Deserialize)]
pub(super) struct Message {
    pub(super) content: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Logprobs {
    pub(super) content: Option<Vec<Reading>>,
}

#[derive(Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub(super) prompt_tokens: u64,
    #[serde(default)]
    pub(super) completion_tokens: u64,
}

/// The answer to `embeddings`.
#[derive(Deserialize)]
pub(super) struct Embeddings {
    pub(super) data: Vec<Embedding>,
    pub(super) usage: Option<Usage>,
}

#[derive(Deserialize)]
pub(super) struct Embedding {
    #[serde(default)]
    pub(super) index: usize,
    pub(super) embedding: Vec<f32>,
}

/// The answer to `models`.
#[derive(Deserialize)]
pub(super) struct Models {
    pub(super) data: Vec<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    /// Other names; llama.cpp.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// vLLM.
    pub(super) max_model_len: Option<u64>,
    /// llama.cpp.
    pub(super) meta: Option<Meta>,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    pub(super) n_ctx: Option<u64>,
    /// In bytes.
    pub(super) size: Option<u64>,
}

//! What Ollama sends. Counters that are 0 and lists that are empty are left out of it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::prompt::Reading;

/// A line of the answer to `/api/chat`.
#[derive(Deserialize)]
pub(super) struct ChatLine {
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) message: Message,
    #[serde(default)]
    pub(super) done: bool,
    #[serde(default)]
    pub(super) done_reason: String,
    #[serde(default)]
    pub(super) logprobs: Vec<Reading>,
    /// In nanoseconds.
    #[serde(default)]
    pub(super) total_duration: u64,
    #[serde(default)]
    pub(super) prompt_eval_count: u64,
    #[serde(default)]
    pub(super) eval_count: u64,
}

#[derive(Default, Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) content: String,
}

/// The answer to `/api/embed`.
#[derive(Deserialize)]
pub(super) struct Embeddings {
    #[serde(default)]
    pub(super) embeddings: Vec<Vec<f32>>,
    #[serde(default)]
    pub(super) prompt_eval_count: u64,
}

/// The answer to `/api/tags` and `/api/ps`.
#[derive(Deserialize)]
pub(super) struct Models {
    #[serde(default)]
    pub(super) models: Vec<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    /// In bytes: of the file in `/api/tags`, in memory in `/api/ps`.
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    pub(super) digest: String,
}

impl Models {
    /// The model that is meant by `name`: without a tag it is the latest one.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        self.models.iter().find(|entry| {
            entry.name == name || entry.name.strip_suffix(":latest").is_some_and(|plain| plain == name)
        })
    }
}

/// The answer to `/api/show`.
#[derive(Deserialize)]
pub(super) struct ShowReply {
    #[serde(default)]
    pub(super) details: Details,
    #[serde(default)]
    pub(super) model_info: Map<String, Value>,
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Details {
    #[serde(default)]
    pub(super) family: String,
}

/// The answer to `/api/version`.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: String,
}

/// The context that a model was made for, in tokens: the key begins with the name of its architecture.
pub(super) fn context_length(info: &Map<String, Value>) -> Option<u64> {
    let architecture = info.get("general.architecture")?.as_str()?;
    info.get(&format!("{architecture}.context_length"))?.as_u64()
}

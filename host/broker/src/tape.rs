//! Recordings of calls to models, and models that play them back: a run that once asked servers runs again without
//! them, byte for byte.
//!
//! A call is known by the BLAKE3 hash of all that was asked ([`Asked`]) and by its occurrence: how many equal ones came
//! before it. What is on a tape is the end of a call, after all attempts, so that failures which led to a fallback do
//! so again.

mod format;
mod recorder;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorKind, ModelError};
use crate::model::{Embedded, Generated, Listed, Request, Shown};

pub use format::TapeError;
pub use recorder::{Mode, Recorder, Taped};

/// What is asked of a model, as it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked<'a> {
    /// [`crate::Model::generate`].
    Generate(&'a Request),
    /// [`crate::Model::embed`].
    Embed {
        /// The model.
        model: &'a str,
        /// The texts.
        texts: &'a [String],
    },
    /// [`crate::Model::list`].
    List,
    /// [`crate::Model::show`].
    Show {
        /// The model.
        model: &'a str,
    },
}

impl Asked<'_> {
    /// It as JSON, always in the same way: no spaces, keys in alphabetical order.
    #[must_use]
    pub fn to_json(&self) -> String {
        // INVARIANT: texts, numbers and JSON values in a struct always become a value; `to_value` fails only on maps
        // whose keys are no texts.
        let mut value = serde_json::to_value(self).unwrap_or_default();
        value.sort_all_objects();
        value.to_string()
    }

    /// The hash of [`Self::to_json`].
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        *blake3::hash(self.to_json().as_bytes()).as_bytes()
    }

    /// The model that is asked; empty for [`Self::List`].
    #[must_use]
    pub fn model(&self) -> &str {
        match self {
            Self::Generate(request) => &request.model,
            Self::Embed { model, .. } | Self::Show { model } => model,
            Self::List => "",
        }
    }
}

/// A recording.
///
/// It does not depend on the order in which calls were made or ended, only on what was asked and answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    calls: BTreeMap<([u8; 32], u32), Record>,
}

/// A call on a tape.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What was asked: [`Asked::to_json`].
    pub asked: String,
    /// The pieces in which the text was shown; together they are the text. None for calls that do not generate.
    pub pieces: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A text.
    Generated(Generated),
    /// Embeddings.
    Embedded(Embedded),
    /// A list of models.
    Listed(Vec<Listed>),
    /// What is known of a model.
    Shown(Shown),
    /// A failure.
    Failed(Failure),
}

/// A failure, as it stands on a tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// [`ErrorKind::name`].
    pub kind: String,
    /// The model that was asked.
    pub model: String,
    /// Who was to answer.
    pub server: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Tape {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many calls are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls with their occurrences from 0, in the order of their hashes.
    pub fn calls(&self) -> impl Iterator<Item = (u32, &Record)> {
        self.calls.iter().map(|((_, occurrence), record)| (*occurrence, record))
    }

    /// The `occurrence`-th call, from 0, with this hash.
    #[must_use]
    pub fn get(&self, key: [u8; 32], occurrence: u32) -> Option<&Record> {
        self.calls.get(&(key, occurrence))
    }

    /// Puts a call on it; whatever stood in its place is gone.
    pub fn insert(&mut self, occurrence: u32, record: Record) {
        let key = *blake3::hash(record.asked.as_bytes()).as_bytes();
        self.calls.insert((key, occurrence), record);
    }
}

impl From<&ModelError> for Failure {
    fn from(error: &ModelError) -> Self {
        Self {
            kind: error.kind.name().to_owned(),
            model: error.model.clone(),
            server: error.server.clone(),
            message: error.message.clone(),
            help: error.help.clone(),
        }
    }
}

impl From<&Failure> for ModelError {
    /// A kind that this version does not know is [`ErrorKind::Failed`].
    fn from(failure: &Failure) -> Self {
        let kind = ErrorKind::ALL.into_iter().find(|kind| kind.name() == failure.kind);
        Self {
            kind: kind.unwrap_or(ErrorKind::Failed),
            model: failure.model.clone(),
            server: failure.server.clone(),
            message: failure.message.clone(),
            help: failure.help.clone(),
        }
    }
}

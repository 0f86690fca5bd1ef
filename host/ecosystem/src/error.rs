//! What keeps a question from being answered.

use flux_broker::{BudgetError, ErrorKind, ModelError};
use flux_lang::ecosystem::mean::NoMean;

use crate::composition::CompositionError;

/// A question without an answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The ecosystem cannot be run.
    #[error(transparent)]
    Composition(#[from] CompositionError),
    /// Nobody answers such questions.
    #[error("no ATTRACTOR answers {}; the intents are {}", intent_or_none(intent.as_deref()), listed(intents))]
    NoAttractor {
        /// The intent that was given.
        intent: Option<String>,
        /// Those that there are.
        intents: Vec<String>,
    },
    /// A model did not answer, and nobody else could.
    #[error("stage `{stage}` got no answer of `{entity}`")]
    Model {
        /// The stage.
        stage: String,
        /// The entity that was asked last.
        entity: String,
        /// What happened.
        source: Box<ModelError>,
    },
    /// An entity's own cost does not fit.
    #[error("stage `{stage}` cannot pay `{entity}`")]
    Budget {
        /// The stage.
        stage: String,
        /// The entity.
        entity: String,
        /// Which account is short.
        source: BudgetError,
    },
    /// It took longer than the POLICY lets it.
    #[error("the answer took longer than the {limit_ms} ms of MAX_LATENCY_MS")]
    OverLatency {
        /// The limit.
        limit_ms: u64,
    },
    /// A text is too long, even when it is read in parts.
    #[error("`{entity}` has about {tokens} tokens to read, and {most} at most: {why}")]
    TooLong {
        /// Who would have to read it.
        entity: String,
        /// How long it is.
        tokens: u64,
        /// How long it may be.
        most: u64,
        /// Why reading it in parts does not help.
        why: &'static str,
    },
    /// An ensemble was to give the mean of its members' numbers, and there is none.
    #[error("`{entity}` has no answer of its members' answers")]
    NoMean {
        /// The ensemble.
        entity: String,
        /// Why.
        source: NoMean,
    },
    /// No person approved an answer.
    #[error("nobody approved what `{entity}` is to say: {why}")]
    NobodyApproved {
        /// The entity.
        entity: String,
        /// Why not.
        why: &'static str,
        /// What its ESCALATION says, if it has one.
        escalation: Option<String>,
    },
}

impl AskError {
    /// What it says with all that caused it, on one line.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// Its name, for metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Composition(_) => "composition",
            Self::NoAttractor { .. } => "no-attractor",
            Self::Model { source, .. } => source.kind.name(),
            Self::Budget { .. } => ErrorKind::OverBudget.name(),
            Self::OverLatency { .. } => ErrorKind::OverLatency.name(),
            Self::TooLong { .. } => "too-long",
            Self::NoMean { .. } => "no-mean",
            Self::NobodyApproved { .. } => "nobody-approved",
        }
    }

    /// The stage without an answer, if it is known.
    #[must_use]
    pub fn stage(&self) -> Option<&str> {
        match self {
            Self::Model { stage, .. } | Self::Budget { stage, .. } => Some(stage),
            Self::Composition(_)
            | Self::NoAttractor { .. }
            | Self::OverLatency { .. }
            | Self::TooLong { .. }
            | Self::NoMean { .. }
            | Self::NobodyApproved { .. } => None,
        }
    }

    /// Whether somebody else may be asked instead.
    pub(crate) fn may_fall_back(&self) -> bool {
        match self {
            Self::Model { source, .. } => source.kind.may_fall_back(),
            Self::TooLong { .. } | Self::NoMean { .. } | Self::NobodyApproved { .. } => true,
            Self::Composition(_)
            | Self::NoAttractor { .. }
            | Self::Budget { .. }
            | Self::OverLatency { .. } => false,
        }
    }

    /// Whether a budget is the reason.
    pub(crate) fn is_over_budget(&self) -> bool {
        self.name() == ErrorKind::OverBudget.name()
    }
}

fn intent_or_none(intent: Option<&str>) -> String {
    intent.map_or("questions without an intent".to_owned(), |intent| format!("the intent `{intent}`"))
}

fn listed(intents: &[String]) -> String {
    let quoted: Vec<String> = intents.iter().map(|intent| format!("`{intent}`")).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

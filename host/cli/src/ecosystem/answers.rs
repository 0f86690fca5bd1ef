//! Asking an ecosystem from the command line: what commands that do share.

use std::collections::BTreeSet;
use std::sync::Arc;

use flux_broker::ErrorKind;
use flux_broker::judge::{Means, Verdict};
use flux_ecosystem::{Answer, AskError, Kernel, Settings};
use serde::Serialize;

use super::models::Models;
use super::versions::Source;
use crate::mistakes;

/// A stage, for programs.
#[derive(Serialize)]
pub(crate) struct StageV1 {
    stage: String,
    entity: String,
    models: BTreeSet<String>,
    temperature: f64,
    prompt_tokens: u64,
    completion_tokens: u64,
    text: String,
}

impl StageV1 {
    pub(crate) fn of(record: &flux_ecosystem::StageRecord) -> Self {
        Self {
            stage: record.stage.clone(),
            entity: record.entity.clone(),
            models: record.models.clone(),
            temperature: record.temperature,
            prompt_tokens: record.prompt_tokens,
            completion_tokens: record.completion_tokens,
            text: record.text.clone(),
        }
    }
}

/// The kernel of an ecosystem with these models.
pub(crate) fn kernel(source: &Source, models: &Models, settings: Settings) -> miette::Result<Kernel> {
    Kernel::new(Arc::new(source.composition.clone()), models.broker.clone(), settings).map_err(|error| {
        mistakes::failed_for(format!("use the ecosystem `{}`", source.file.display()), &error, None)
    })
}

/// The keys of the models that made an answer.
pub(crate) fn keys(answer: &Answer) -> BTreeSet<String> {
    answer.stages.iter().flat_map(|stage| stage.models.iter().cloned()).collect()
}

/// Those of them that are simulated.
pub(crate) fn simulated(models: &Models, answer: &Answer) -> Vec<String> {
    keys(answer).into_iter().filter(|key| models.is_simulated(key)).collect()
}

/// A model by its key, called simulated if it is.
pub(crate) fn who(models: &Models, key: &str) -> String {
    if models.is_simulated(key) { format!("`{key}` (simulated)") } else { format!("`{key}`") }
}

/// How sure an answer is, in words.
pub(crate) fn confidence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Scored { score, means, .. } => format!("confidence {score:.3} by {}", by(*means)),
        Verdict::Unscored { why } => format!("no confidence: {why}"),
    }
}

/// Where a score comes from, in a word or two.
pub(crate) fn by(means: Means) -> &'static str {
    match means {
        Means::Check => "check",
        Means::LogProbabilities => "judge",
        Means::Schema => "judge (schema)",
    }
}

/// Whether a limit or a person said no, rather than that nobody could answer.
pub(crate) fn is_no(error: &AskError) -> bool {
    match error {
        AskError::Budget { .. } | AskError::OverLatency { .. } | AskError::NobodyApproved { .. } => true,
        AskError::Model { source, .. } => {
            matches!(source.kind, ErrorKind::OverBudget | ErrorKind::OverLatency)
        }
        _ => false,
    }
}

/// What to do about a question without an answer.
pub(crate) fn remedy(error: &AskError) -> Option<String> {
    match error {
        AskError::Model { source, .. } => source.help.clone(),
        AskError::NoAttractor { .. } => Some("name one of them with `--intent`".to_owned()),
        AskError::Budget { .. } => Some("raise MAX_COST_PER_REQUEST or `--tenant-budget`".to_owned()),
        AskError::OverLatency { .. } => Some("raise MAX_LATENCY_MS, or ask a quicker model".to_owned()),
        AskError::NobodyApproved { escalation: None, .. } => Some(
            "ask at a terminal, or give the entity an ESCALATION: another entity, or \"approve\"".to_owned(),
        ),
        AskError::NobodyApproved { escalation: Some(escalation), .. } => Some(escalation.clone()),
        _ => None,
    }
}

//! What happens while a question is answered, for whoever watches.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::growth::Evidence;

/// Takes what happens, in the order in which it happens.
pub trait Watch: Send {
    /// Something happened.
    fn event(&mut self, event: &Event);

    /// A piece of text was generated. Pieces of stages that run at once come in any order.
    fn text(&mut self, _piece: &Piece<'_>) {}
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn event(&mut self, _event: &Event) {}
}

/// Keeps all events.
impl Watch for Vec<Event> {
    fn event(&mut self, event: &Event) {
        self.push(event.clone());
    }
}

/// A piece of generated text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'t> {
    /// The stage that it is for.
    pub stage: &'t str,
    /// The entity that says it.
    pub entity: &'t str,
    /// The text.
    pub text: &'t str,
    /// Whether it is part of the answer as it will be given, unless the entity fails and another one takes over, which
    /// [`Event::FallbackTrigger`] tells. What members of ensembles say, what a person is shown and what is written
    /// down of the parts of a long text is not.
    pub is_answer: bool,
}

/// Something that happened. In JSON the field `event` has the name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A question goes to an attractor.
    AttractorStart {
        /// The number of the ask, from 0.
        ask: u64,
        /// Who asks.
        tenant: String,
        /// Which one.
        attractor: String,
        /// How it was found.
        route: Route,
        /// The version of the ecosystem, from 1.
        version: u64,
    },
    /// The temperatures of an attractor are adapted to its confidence.
    AdaptiveTemperature {
        /// Which one.
        attractor: String,
        /// Its moving average.
        average: f64,
        /// What temperatures are multiplied with.
        factor: f64,
    },
    /// A stage begins.
    StageStart {
        /// Its attractor.
        attractor: String,
        /// Its name.
        stage: String,
        /// Who is asked.
        entity: String,
        /// At which temperature.
        temperature: f64,
    },
    /// A stage is done.
    StageComplete {
        /// Its attractor.
        attractor: String,
        /// Its name.
        stage: String,
        /// Who answered.
        entity: String,
        /// What.
        text: String,
    },
    /// A model answered.
    GenerationSuccess {
        /// For which stage.
        stage: String,
        /// As which entity.
        entity: String,
        /// The model's key.
        model: String,
        /// Tokens of the prompt.
        prompt_tokens: u64,
        /// Tokens of the answer.
        completion_tokens: u64,
        /// How long the server says that it took, in milliseconds.
        took_ms: f64,
    },
    /// Somebody could not answer, and somebody else is asked.
    FallbackTrigger {
        /// For which stage.
        stage: String,
        /// Who could not.
        from: String,
        /// Who is asked.
        to: String,
        /// What was wrong.
        why: String,
    },
    /// A text is split, as it is longer than may be read at once.
    RecursiveStart {
        /// For which stage.
        stage: String,
        /// By which entity.
        entity: String,
        /// About how many tokens it has.
        tokens: u64,
        /// Into how many parts.
        parts: usize,
        /// The how manieth time, from 1.
        round: u32,
    },
    /// A person was asked.
    HitlInteraction {
        /// For which stage.
        stage: String,
        /// As which entity.
        entity: String,
        /// What came of it: `approved`, `corrected`, `sent back`, `not needed`, `nobody answered`.
        outcome: String,
    },
    /// The answer would cost more than a request may.
    BudgetExceededPerRequest {
        /// Which limit, and how it was met.
        message: String,
    },
    /// The answer would cost more than the tenant has.
    TenantBudgetExceeded {
        /// Who.
        tenant: String,
        /// Which limit, and how it was met.
        message: String,
    },
    /// A judge was asked.
    JudgeEvaluation {
        /// The entity that judges.
        judge: String,
        /// Its score; nothing if it has none.
        score: Option<f64>,
        /// Why there is no score.
        why: Option<String>,
    },
    /// The confidence of an answer is known, or it is known that it has none.
    ConfidenceEvaluation {
        /// The attractor that answered.
        attractor: String,
        /// The confidence.
        score: Option<f64>,
        /// By which means it was found, or why it was not.
        by: String,
        /// The attractor's moving average, this answer counted.
        average: Option<f64>,
        /// The slope of its last scores.
        trend: Option<f64>,
    },
    /// An attractor's confidence calls for a change.
    MutationTriggered {
        /// Which one.
        attractor: String,
        /// The average of its last scores.
        average: f64,
        /// Their slope.
        trend: Option<f64>,
    },
    /// A change was thought of.
    MutationProposed {
        /// What would change.
        what: String,
    },
    /// A change was tried.
    MutationEvaluated {
        /// What would change.
        what: String,
        /// Whether it is taken.
        is_taken: bool,
        /// Why.
        why: String,
    },
    /// The ecosystem is another one from now on; questions under way are answered by the one before.
    EcosystemReplaced {
        /// The version, from 1.
        version: u64,
    },
    /// The ecosystem is left to work.
    TransitionToProduction {
        /// Why.
        evidence: Evidence,
    },
    /// The ecosystem changes itself again.
    TransitionToGrowth {
        /// Why.
        evidence: Evidence,
    },
    /// There is no answer.
    AskFailed {
        /// The number of the ask.
        ask: u64,
        /// Why.
        error: String,
    },
}

/// How an attractor was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// It has the intent.
    Intent(String),
    /// It answers everything.
    Any,
    /// One of its intents is near the question.
    Near {
        /// Which.
        intent: String,
        /// The cosine of their embeddings.
        similarity: f64,
    },
}

/// A watcher that the parallel parts of an ask share.
pub(crate) struct Teller<'w> {
    watch: Mutex<&'w mut dyn Watch>,
}

impl<'w> Teller<'w> {
    pub(crate) fn new(watch: &'w mut dyn Watch) -> Self {
        Self { watch: Mutex::new(watch) }
    }

    pub(crate) fn event(&self, event: &Event) {
        tracing::debug!(?event);
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).event(event);
    }

    pub(crate) fn text(&self, piece: &Piece<'_>) {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).text(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Route};

    #[test]
    fn an_event_is_an_object_with_its_name() {
        let event = Event::AttractorStart {
            ask: 0,
            tenant: "t".into(),
            attractor: "qa".into(),
            route: Route::Any,
            version: 1,
        };
        let json = serde_json::to_string(&event).expect("plain values");
        let wanted =
            r#"{"event":"attractor_start","ask":0,"tenant":"t","attractor":"qa","route":"any","version":1}"#;
        assert_eq!(json, wanted);
        assert_eq!(serde_json::from_str::<Event>(&json).expect("what was written"), event);
    }
}

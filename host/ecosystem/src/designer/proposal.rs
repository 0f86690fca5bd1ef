//! Decide: a new ecosystem, from the architect model if there is one, else from an operator.
//!
//! The architect is shown the diagnosis, the models that there are and the present ecosystem, and answers under a JSON
//! schema, so that what it says has the form of an ecosystem. What is wrong with it beyond that (names that stand for
//! nothing, things that it may not change, what was refused before) is shown to it at most twice. A line of the prompt
//! that begins with `FACTS: ` has the same for programs.

use flux_broker::Request;
use flux_lang::ecosystem::json::{self, Choices};
use flux_lang::ecosystem::{Ecosystem, Limits};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::diagnosis::{Suspect, Weak};
use super::difference::difference;
use super::evaluation::mix;
use super::guard::{keys, objections};
use super::mutation::{Material, Operator, mutate};
use super::simulation::Simulation;

/// How often the architect is shown what is wrong with its proposal. Default of [`Terms::repairs`].
pub const REPAIRS: u32 = 2;

/// How many places an operator is tried at before the next operator is.
const TRIES: u64 = 16;

/// The most lines of objections that an architect is shown.
const SHOWN: usize = 8;

/// A model that may be given work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its key.
    pub key: String,
    /// What it is like, for the architect.
    pub nature: Option<String>,
    /// What a token costs.
    pub cost_per_token: f64,
}

/// Who proposes, and what there is to choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The architect's model; without one, operators propose.
    pub architect: Option<String>,
    /// The models that there are.
    pub offers: Vec<Offer>,
    /// How often the architect is shown what is wrong.
    pub repairs: u32,
    /// The longest proposal, in tokens. Default 4,096.
    pub max_tokens: u64,
}

impl Terms {
    /// Terms with the defaults.
    #[must_use]
    pub fn new(architect: Option<String>, offers: Vec<Offer>) -> Self {
        Self { architect, offers, repairs: REPAIRS, max_tokens: 4_096 }
    }

    fn models(&self) -> Vec<String> {
        self.offers.iter().map(|offer| offer.key.clone()).collect()
    }
}

/// Who made a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// The architect, by its model.
    Architect(String),
    /// An operator.
    Operator(Operator),
}

/// What was decided, and on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who made the proposal; nothing if there is none.
    pub author: Option<Author>,
    /// What it changes, a line each.
    pub changes: Vec<String>,
    /// What was wrong with the architect's proposals before it, one list for each.
    pub objections: Vec<Vec<String>>,
}

/// What a proposal is made from.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The present ecosystem.
    pub current: &'a Ecosystem,
    /// What is weak.
    pub suspect: &'a Suspect,
    /// The present mean score, 0 to 1.
    pub average: f64,
    /// How many proposals against this weakness were refused: operators take turns.
    pub refused: u32,
    /// Draws.
    pub seed: u64,
}

/// Finds a proposal. `was_refused` says why a candidate was refused before, if it was.
pub async fn propose(
    simulation: &dyn Simulation,
    terms: &Terms,
    brief: Brief<'_>,
    was_refused: &(dyn Fn(&Ecosystem) -> Option<String> + Sync),
) -> (Decision, Option<Ecosystem>) {
    let models = terms.models();
    let mut decision = Decision { author: None, changes: Vec::new(), objections: Vec::new() };
    if let Some(architect) = &terms.architect {
        for attempt in 0..=terms.repairs {
            let last = decision.objections.last().map_or(&[][..], Vec::as_slice);
            let request = request(architect, terms, brief, last, attempt);
            let wrong = match simulation.propose(&request).await {
                Err(why) => {
                    decision.objections.push(vec![why]);
                    // It was asked again already if that could have helped.
                    break;
                }
                Ok(text) => {
                    let read = json::read_text(&text, &Limits::DEFAULT);
                    let errors: Vec<String> = read.errors().map(ToString::to_string).collect();
                    match read.ecosystem {
                        None => errors,
                        Some(candidate) => {
                            let mut wrong = objections(brief.current, &candidate, &models);
                            wrong.extend(was_refused(&candidate));
                            if wrong.is_empty() {
                                decision.author = Some(Author::Architect(architect.clone()));
                                decision.changes = difference(brief.current, &candidate);
                                return (decision, Some(candidate));
                            }
                            wrong
                        }
                    }
                }
            };
            decision.objections.push(wrong);
        }
    }
    let operators = Operator::against(brief.suspect.weak);
    let material = Material { models: &models, suspect: brief.suspect, average: brief.average };
    for turn in 0..operators.len() {
        let operator = operators[(brief.refused as usize + turn) % operators.len()];
        for at in 0..TRIES {
            let seed = mix(brief.seed, 1_000 + turn as u64 * TRIES + at);
            let Some(found) = mutate(operator, brief.current, material, seed) else { continue };
            let candidate = found.ecosystem;
            if objections(brief.current, &candidate, &models).is_empty() && was_refused(&candidate).is_none()
            {
                decision.author = Some(Author::Operator(operator));
                decision.changes = difference(brief.current, &candidate);
                return (decision, Some(candidate));
            }
        }
    }
    (decision, None)
}

/// What the architect is asked. Its seed differs from attempt to attempt, so that it does not only repeat itself.
fn request(architect: &str, terms: &Terms, brief: Brief<'_>, wrong: &[String], attempt: u32) -> Request {
    let models = terms.models();
    let (current, suspect) = (json::to_json(brief.current), brief.suspect);
    let mut prompt = String::from(
        "An ecosystem of language models answers questions: stages ask entities, and one entity judges the answers.\n\
         Something in it is weak. Answer with the whole ecosystem as JSON, changed in as few places as it takes, so \
         that the weakness is gone.\n",
    );
    let mut line = |text: &str| {
        prompt.push_str(text);
        prompt.push('\n');
    };
    line(&format!("Weak: the {} `{}`: {}.", suspect.weak, suspect.name, suspect.evidence));
    line(
        "Keep name, policy limits, intents, seeds and `ground_truth` as they are. No model judges its own answers.",
    );
    line("Models (key, price of a token, nature):");
    for offer in &terms.offers {
        let nature = offer.nature.as_deref().unwrap_or("unknown");
        line(&format!("- {}, {}, {nature}", offer.key, offer.cost_per_token));
    }
    if !wrong.is_empty() {
        line("Your last proposal cannot be taken:");
        for text in wrong.iter().take(SHOWN) {
            line(&format!("- {}", text.replace('\n', " ")));
        }
    }
    let (weak, entity) = facts_of(brief.current, suspect);
    let facts = json!({
        "ecosystem": current,
        "diagnosis": {"weak": weak, "entity": entity, "kind": suspect.weak},
        "models": models,
    });
    line(&format!("FACTS: {facts}"));
    // What answers now may go on answering, even where nobody can say whether its model is there.
    let mut model_keys = models;
    for key in brief.current.entities.iter().flat_map(keys) {
        if !model_keys.iter().any(|known| known == key) {
            model_keys.push(key.to_owned());
        }
    }
    Request {
        temperature: 0.2,
        max_tokens: terms.max_tokens,
        seed: Some(mix(brief.seed, u64::from(attempt))),
        schema: Some(json::schema(&Choices { model_keys })),
        ..Request::new(architect, prompt)
    }
}

/// Whether who answers or who judges is weak, and which entity: of a stage or a temperature the entity behind it.
fn facts_of(current: &Ecosystem, suspect: &Suspect) -> (&'static str, String) {
    let stages = || {
        let attractor = current.attractors.iter().find(|attractor| attractor.name == suspect.name);
        attractor.into_iter().flat_map(|attractor| &attractor.stages)
    };
    let entity = match suspect.weak {
        Weak::Answer => return ("answer", suspect.name.clone()),
        Weak::Judge => return ("judge", suspect.name.clone()),
        Weak::Stage => stages().last(),
        Weak::Temperature => stages().max_by(|one, other| one.temperature.total_cmp(&other.temperature)),
    };
    ("answer", entity.map_or_else(String::new, |stage| stage.execute.clone()))
}

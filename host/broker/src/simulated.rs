//! Models that are simulated: each has a stated competence by subject, noise that grows with temperature, skill and
//! bias as a judge, a price and a latency. For tests, demonstrations and the study of how ecosystems behave; no
//! language model is behind them, and all they say of themselves says `simulated`.
//!
//! What a simulated model does depends on what it is asked:
//! * A prompt of a [judge](crate::judge) is judged: yes or no with their probabilities.
//! * A prompt with a line that begins with `FACTS: ` asks for a better ecosystem.
//! * Any other prompt is answered, if a known question is in it.
//!
//! # Determinism
//! Everything is a function of the seed, the models' settings, the questions and the request, on every platform: chance
//! is a hash, and logarithms and roots are computed by portable code.

mod answering;
mod designing;
mod dice;
mod judging;
mod knowledge;

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use knowledge::Knowledge;

use crate::{
    error::{ErrorKind, ModelError},
    judge::prompt,
    model::{Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown, TokenChoice, TokenReading},
};

/// What simulated models call their server.
pub const SERVER: &str = "simulated";

/// What a simulated model is like.
///
/// Probabilities are 0 to 1; [`Simulated::new`] refuses others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Its family, as [`Shown::family`] says it. Default `simulated`.
    pub family: String,
    /// The probability that it knows an answer, by subject.
    pub competence: BTreeMap<String, f64>,
    /// The same for all other subjects. Default 0.5.
    pub otherwise: f64,
    /// What a temperature of 1 takes from its competence. Default 0.
    pub noise: f64,
    /// How well it judges: the probability that it scores a right answer above a wrong one of the same question
    /// (the area under the ROC curve); 0.5 is guessing. Default 0.75.
    pub judging: f64,
    /// How kind it is as a judge: added to the logit of every answer, except of those that say nothing. Default 0.
    pub bias: f64,
    /// How much it leans to the first of two answers, as a logit. Default 0.
    pub position: f64,
    /// The probability that it proposes the best model where it is asked for a better ecosystem. Default 0.5.
    pub architect: f64,
    /// What a token of prompt or answer costs. Default 0.000001.
    pub cost_per_token: f64,
    /// What a call takes, in milliseconds. Default 40.
    pub latency_ms: f64,
    /// The longest prompt and answer together, in tokens. Default 4,096.
    pub context: u64,
    /// Whether a call really takes its time, by tokio's clock. Default no: it is only said in [`Generated::took`].
    pub sleeps: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            family: "simulated".into(),
            competence: BTreeMap::new(),
            otherwise: 0.5,
            noise: 0.0,
            judging: 0.75,
            bias: 0.0,
            position: 0.0,
            architect: 0.5,
            cost_per_token: 0.000_001,
            latency_ms: 40.0,
            context: 4_096,
            sleeps: false,
        }
    }
}

impl Settings {
    /// How likely it knows the answer to a question about `subject`, at temperature 0.
    #[must_use]
    pub fn competence_in(&self, subject: &str) -> f64 {
        self.competence.get(subject).copied().unwrap_or(self.otherwise)
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_probability = |value: f64| (0.0..=1.0).contains(&value);
        let probabilities = [self.otherwise, self.judging, self.architect];
        if !self.competence.values().chain(&probabilities).all(|&value| is_probability(value)) {
            return Err(
                "expected `competence`, `otherwise`, `judging` and `architect` to be probabilities from 0 to 1",
            );
        }
        let bounded = |value: f64, most: f64| value.is_finite() && value.abs() <= most;
        if !bounded(self.bias, 100.0) || !bounded(self.position, 100.0) {
            return Err("expected `bias` and `position` to be logits from -100 to 100");
        }
        let at_least_zero = |value: f64, most: f64| (0.0..=most).contains(&value);
        if !at_least_zero(self.noise, 1.0) {
            return Err("expected `noise` from 0 to 1");
        }
        if !at_least_zero(self.cost_per_token, 1e6) || !at_least_zero(self.latency_ms, 1e9) {
            return Err("expected `cost_per_token` and `latency_ms` to be 0 or more");
        }
        if self.context == 0 {
            return Err("expected `context` to be 1 or more");
        }
        Ok(())
    }
}

/// A simulated model that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("simulated model `{model}`: {what}")]
pub struct SettingsError {
    /// Its name.
    pub model: String,
    /// What is wrong: a lowercase fragment.
    pub what: &'static str,
}

/// Simulated models, by their names.
#[derive(Clone, Debug)]
pub struct Simulated {
    models: BTreeMap<String, Settings>,
    knowledge: Knowledge,
    seed: u64,
}

impl Simulated {
    /// Models with these settings, which all know of the questions in `knowledge` and draw from `seed`.
    ///
    /// # Errors
    /// [`SettingsError`] names the first model with a setting that makes no sense.
    pub fn new(
        models: BTreeMap<String, Settings>,
        knowledge: Knowledge,
        seed: u64,
    ) -> Result<Self, SettingsError> {
        for (model, settings) in &models {
            settings.check().map_err(|what| SettingsError { model: model.clone(), what })?;
        }
        Ok(Self { models, knowledge, seed })
    }

    fn settings(&self, model: &str) -> Result<&Settings, ModelError> {
        self.models.get(model).ok_or_else(|| {
            let there: Vec<&str> = self.models.keys().map(String::as_str).collect();
            let help = format!("the simulated models are: {}", there.join(", "));
            failure(ErrorKind::NoModel, model, "there is no such simulated model".into(), Some(help))
        })
    }

    async fn take_time(&self, settings: &Settings) -> Duration {
        let took = Duration::from_secs_f64(settings.latency_ms / 1_000.0);
        if settings.sleeps {
            tokio::time::sleep(took).await;
        }
        took
    }
}

/// What a simulated model says, before limits.
struct Saying {
    text: String,
    /// How the first token was chosen, where that is known.
    first: Option<TokenReading>,
}

#[async_trait]
impl Model for Simulated {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let settings = self.settings(&request.model)?;
        let prompt_tokens = count_tokens(&request.prompt) + request.system.as_deref().map_or(0, count_tokens);
        if prompt_tokens > settings.context {
            let message = format!(
                "the prompt has {prompt_tokens} tokens, the context of the model is {}",
                settings.context
            );
            return Err(failure(ErrorKind::Refused, &request.model, message, None));
        }
        let ctx = Ctx { model: &request.model, settings, all: self };
        let saying = match prompt::read(&request.prompt) {
            Some(content) => judging::judge(&ctx, request, &content),
            None => match designing::facts(&request.prompt) {
                Some(facts) => Saying { text: designing::design(&ctx, request, facts), first: None },
                None => Saying { text: answering::answer(&ctx, request), first: None },
            },
        };
        let took = self.take_time(settings).await;
        Ok(limited(request, saying, prompt_tokens, took, on_text))
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let settings = self.settings(model)?;
        let ctx = Ctx { model, settings, all: self };
        let vectors = texts.iter().map(|text| answering::embedding(&ctx, text)).collect();
        self.take_time(settings).await;
        Ok(Embedded { vectors, prompt_tokens: texts.iter().map(|text| count_tokens(text)).sum() })
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let listed =
            |name: &String| Listed { name: name.clone(), server: SERVER.into(), size: None, loaded: None };
        Ok(self.models.keys().map(listed).collect())
    }

    /// The digest is of the settings, the seed and the questions: whatever changes what the model says changes it.
    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let settings = self.settings(model)?;
        let digest = dice::digest(&[
            b"model",
            &self.seed.to_le_bytes(),
            model.as_bytes(),
            format!("{settings:?}").as_bytes(),
            self.knowledge.digest(),
        ]);
        Ok(Shown {
            name: model.to_owned(),
            digest: Some(format!("simulated:{digest}")),
            family: Some(settings.family.clone()),
            context: Some(settings.context),
            capabilities: vec!["completion".into(), "embedding".into(), SERVER.into()],
        })
    }
}

/// Who is asked.
struct Ctx<'a> {
    model: &'a str,
    settings: &'a Settings,
    all: &'a Simulated,
}

impl Ctx<'_> {
    fn dice(&self, purpose: &str, parts: &[&[u8]]) -> dice::Dice {
        let seed = self.all.seed.to_le_bytes();
        let mut all: Vec<&[u8]> = vec![&seed, self.model.as_bytes(), purpose.as_bytes()];
        all.extend_from_slice(parts);
        dice::Dice::of(&all)
    }
}

/// Says what is to be said up to a stop sequence and within the request's limit.
fn limited(
    request: &Request,
    saying: Saying,
    prompt_tokens: u64,
    took: Duration,
    on_text: OnText<'_>,
) -> Generated {
    let stops = request.stop.iter().filter(|stop| !stop.is_empty());
    let end = stops.filter_map(|stop| saying.text.find(stop.as_str())).min().unwrap_or(saying.text.len());
    let (mut text, mut completion_tokens, mut finish) = (String::new(), 0, Finish::Stop);
    for token in saying.text[..end].split_inclusive(char::is_whitespace) {
        if completion_tokens == request.max_tokens {
            finish = Finish::Length;
            break;
        }
        on_text(token);
        text.push_str(token);
        completion_tokens += 1;
    }
    let mut tokens = Vec::new();
    if request.top_logprobs > 0 && completion_tokens > 0 {
        tokens.extend(saying.first.map(|mut first| {
            first.top.truncate(usize::from(request.top_logprobs));
            first
        }));
    }
    Generated { text, finish, prompt_tokens, completion_tokens, tokens, took }
}

/// A token of a simulated model is a word.
fn count_tokens(text: &str) -> u64 {
    text.split_whitespace().map(|_| 1).sum()
}

fn failure(kind: ErrorKind, model: &str, message: String, help: Option<String>) -> ModelError {
    ModelError { kind, model: model.to_owned(), server: SERVER.into(), message, help }
}

/// A choice among tokens, likeliest first, of those that have a probability at all.
fn reading(mut top: Vec<(&str, f64)>) -> Option<TokenReading> {
    top.retain(|(_, probability)| *probability > 0.0);
    top.sort_by(|one, other| other.1.total_cmp(&one.1));
    let top: Vec<TokenChoice> = top
        .into_iter()
        .map(|(token, probability)| TokenChoice { token: token.into(), logprob: libm::log(probability) })
        .collect();
    Some(TokenReading { chosen: top.first()?.clone(), top })
}

#[cfg(test)]
mod tests;

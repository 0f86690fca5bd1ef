//! One run of a pipeline: its stages as a graph, those that wait for nobody at once.

mod entity;
mod person;
mod recursive;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use flux_lang::ecosystem::tree::{Attractor, Merge, Stage};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use crate::composition::{View, inputs};
use crate::confidence::{Bench, Exhibit};
use crate::error::AskError;
use crate::event::{Event, Teller};
use crate::human::Human;
use crate::metrics::Metrics;
use crate::supply::Supply;
use crate::{merge, seed};

/// What all parts of a request share.
pub(crate) struct Shared<'r, 'w> {
    pub(crate) teller: &'r Teller<'w>,
    pub(crate) human: Option<&'r dyn Human>,
    /// How often a person may be asked yet.
    pub(crate) reviews: AtomicU64,
    pub(crate) bench: &'r Bench,
    pub(crate) metrics: &'r Metrics,
    pub(crate) tenant: &'r str,
}

/// An ecosystem that is asked something.
pub(crate) struct Run<'r, 'w> {
    pub(crate) view: View<'r>,
    pub(crate) supply: &'r Supply,
    pub(crate) shared: &'r Shared<'r, 'w>,
    pub(crate) intent: Option<&'r str>,
    pub(crate) reference: Option<&'r str>,
    /// What temperatures are multiplied with.
    pub(crate) factor: f64,
    /// Used where neither stage nor ecosystem has a seed of its own.
    pub(crate) seed: u64,
    /// Mixed into every seed: the number of the ask.
    pub(crate) number: u64,
    /// Whether its last stage gives the answer of the whole request.
    pub(crate) is_answer: bool,
}

/// What came of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its name.
    pub stage: String,
    /// Who answered: who was to, or a fallback.
    pub entity: String,
    /// What it answered.
    pub text: String,
    /// The keys of the models that took part.
    pub models: BTreeSet<String>,
    /// At which temperature.
    pub temperature: f64,
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all answers.
    pub completion_tokens: u64,
    /// How long the servers say that it took, all calls added.
    pub took: Duration,
}

/// What an entity is asked.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    stage: &'a str,
    prompt: &'a str,
    system: Option<&'a str>,
    temperature: f64,
    max_tokens: u64,
    seed: u64,
    is_answer: bool,
    /// How many have handed it on for want of a person.
    handed_on: usize,
}

/// What an entity says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    text: String,
    entity: String,
    models: BTreeSet<String>,
    prompt_tokens: u64,
    completion_tokens: u64,
    took: Duration,
}

impl Said {
    /// Counts what others needed for it.
    fn count(&mut self, other: &Self) {
        self.models.extend(other.models.iter().cloned());
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.took += other.took;
    }
}

impl Run<'_, '_> {
    /// Runs all stages; gives what came of each, in the order of the text.
    ///
    /// When one fails, those under way are cancelled.
    pub(crate) async fn pipeline(
        &self,
        attractor: &Attractor,
        question: &str,
    ) -> Result<Vec<StageRecord>, AskError> {
        let inputs = inputs(attractor);
        let mut done: Vec<Option<StageRecord>> = attractor.stages.iter().map(|_| None).collect();
        let mut waiting: BTreeSet<usize> = (0..inputs.len()).collect();
        let mut under_way = FuturesUnordered::new();
        loop {
            let is_ready = |idx: &usize| inputs[*idx].iter().all(|input| done[*input].is_some());
            let ready: Vec<usize> = waiting.iter().copied().filter(is_ready).collect();
            for idx in ready {
                waiting.remove(&idx);
                let outputs = inputs[idx].iter().filter_map(|input| done[*input].as_ref());
                let outputs: Vec<(String, BTreeSet<String>)> =
                    outputs.map(|output| (output.text.clone(), output.models.clone())).collect();
                let span = tracing::info_span!("stage", stage = attractor.stages[idx].name);
                let is_last = idx + 1 == attractor.stages.len();
                let stage = self.stage(attractor, &attractor.stages[idx], outputs, question, is_last);
                under_way.push(async move { (idx, stage.await) }.instrument(span));
            }
            match under_way.next().await {
                Some((idx, record)) => done[idx] = Some(record?),
                // What still waits, waits for itself; a composition that was checked has no such stage.
                None => return Ok(done.into_iter().flatten().collect()),
            }
        }
    }

    async fn stage(
        &self,
        attractor: &Attractor,
        stage: &Stage,
        outputs: Vec<(String, BTreeSet<String>)>,
        question: &str,
        is_last: bool,
    ) -> Result<StageRecord, AskError> {
        let temperature = (stage.temperature * self.factor).clamp(0.0, Stage::MAX_TEMPERATURE);
        let Shared { teller, metrics, tenant, .. } = self.shared;
        let tell = |event: &Event| teller.event(event);
        metrics.stage(tenant, &attractor.name, &stage.name, temperature);
        tell(&Event::StageStart {
            attractor: attractor.name.clone(),
            stage: stage.name.clone(),
            entity: stage.execute.clone(),
            temperature,
        });
        let input = self.input(stage, &outputs, question).await;
        let prompt = match &stage.prompt_transform {
            Some(transform) => transform.replace("{input}", &input),
            None => input,
        };
        let own = stage.seed.or(self.view.ecosystem().seed).unwrap_or(self.seed);
        let own = seed::with_name(seed::with_number(own, self.number), &attractor.name);
        let asking = Asking {
            stage: &stage.name,
            prompt: &prompt,
            system: stage.observe.as_deref(),
            temperature,
            max_tokens: stage.max_new_tokens,
            seed: seed::with_name(own, &stage.name),
            is_answer: self.is_answer && is_last,
            handed_on: 0,
        };
        let said = self.ask_entity(&stage.execute, asking).await?;
        tell(&Event::StageComplete {
            attractor: attractor.name.clone(),
            stage: stage.name.clone(),
            entity: said.entity.clone(),
            text: said.text.clone(),
        });
        Ok(StageRecord {
            stage: stage.name.clone(),
            entity: said.entity,
            text: said.text,
            models: said.models,
            temperature,
            prompt_tokens: said.prompt_tokens,
            completion_tokens: said.completion_tokens,
            took: said.took,
        })
    }

    /// What a stage takes: the question, or one text of what the stages before it said.
    async fn input(&self, stage: &Stage, outputs: &[(String, BTreeSet<String>)], question: &str) -> String {
        let texts: Vec<&str> = outputs.iter().map(|(text, _)| text.as_str()).collect();
        let taken = match (texts.as_slice(), stage.merge) {
            ([], _) => return question.to_owned(),
            ([only], _) => return (*only).to_owned(),
            (_, Merge::Concat) => return merge::concat(&texts),
            (_, Merge::Vote) => merge::vote(&texts),
            (_, Merge::First) => merge::first(&texts),
            (_, Merge::BestOf) => self.best(question, outputs.iter()).await,
        };
        texts.get(taken).copied().unwrap_or_default().to_owned()
    }

    /// The place of the text that the judge scores best.
    async fn best<'a>(
        &self,
        question: &str,
        texts: impl Iterator<Item = &'a (String, BTreeSet<String>)>,
    ) -> usize {
        let scores = texts.map(|(text, models)| self.score(question, text, models));
        let scores = futures_util::future::join_all(scores).await;
        merge::best(&scores)
    }

    /// What this ecosystem's judge thinks of a text.
    async fn score(&self, question: &str, text: &str, models: &BTreeSet<String>) -> Option<f64> {
        let exhibit = Exhibit { question, text, reference: self.reference, models };
        self.shared.bench.judge(self.view, self.supply, self.shared.teller, exhibit).await.score()
    }
}

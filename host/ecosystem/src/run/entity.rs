//! Asking an entity, whatever it is.

use std::collections::BTreeSet;
use std::time::Duration;

use flux_broker::Request;
use flux_lang::ecosystem::limits::FALLBACK_DEPTH;
use flux_lang::ecosystem::mean::mean;
use flux_lang::ecosystem::tree::{ANY_INTENT, Entity, EntityType, Router};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use tracing::Instrument;

use super::{Asking, Run, Said};
use crate::composition::{CompositionError, model_key};
use crate::error::AskError;
use crate::event::{Event, Piece};
use crate::{chunks, merge, seed};

/// How much of a model's context a prompt may be, in percent.
const PROMPT_PERCENT: u64 = 80;

impl Run<'_, '_> {
    /// Has an entity answer, else its fallback, else that one's, at most five in all.
    pub(super) fn ask_entity<'a>(
        &'a self,
        name: &'a str,
        asking: Asking<'a>,
    ) -> BoxFuture<'a, Result<Said, AskError>> {
        async move {
            let mut entity = self.view.entity(name)?;
            let mut n_asked = 1;
            loop {
                let error = match self.ask_one(entity, asking).await {
                    Ok(said) => return Ok(said),
                    Err(error) => error,
                };
                let next = entity.fallback.as_deref().filter(|_| n_asked < FALLBACK_DEPTH);
                let Some(next) = next.filter(|_| error.may_fall_back()) else { return Err(error) };
                self.shared.teller.event(&Event::FallbackTrigger {
                    stage: asking.stage.to_owned(),
                    from: entity.name.clone(),
                    to: next.to_owned(),
                    why: error.in_full(),
                });
                entity = self.view.entity(next)?;
                n_asked += 1;
            }
        }
        .boxed()
    }

    async fn ask_one(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        let asking = Asking { seed: seed::with_name(asking.seed, &entity.name), ..asking };
        match entity.entity_type {
            EntityType::Transformer => self.ask_model(entity, asking).await,
            EntityType::Ensemble if entity.members.is_empty() => self.ask_model(entity, asking).await,
            EntityType::Ensemble => self.ask_members(entity, asking).await,
            EntityType::Recursive => self.ask_in_parts(entity, asking).await,
            EntityType::Human => self.ask_person(entity, asking).await,
            EntityType::Ecosystem => self.ask_ecosystem(entity, asking).await,
        }
    }

    /// One call of the entity's own model, or several if the prompt is too long for it.
    pub(super) async fn ask_model(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        let key = model_key(entity);
        self.look_up(entity, key, asking.stage).await?;
        if self.prompt_tokens(&asking) > self.most_tokens(key) {
            return self.ask_in_parts(entity, asking).await;
        }
        self.generate(entity, key, asking).await
    }

    /// Has a model tell how much it can read, unless it did.
    pub(super) async fn look_up(&self, entity: &Entity, key: &str, stage: &str) -> Result<(), AskError> {
        let identity = self.shared.bench.identity(self.supply, key).await;
        identity.map(drop).map_err(|source| AskError::Model {
            stage: stage.to_owned(),
            entity: entity.name.clone(),
            source: Box::new(source),
        })
    }

    /// One call.
    pub(super) async fn generate(
        &self,
        entity: &Entity,
        key: &str,
        asking: Asking<'_>,
    ) -> Result<Said, AskError> {
        let request = Request {
            system: asking.system.map(str::to_owned),
            temperature: asking.temperature,
            max_tokens: asking.max_tokens,
            seed: Some(seed::of_request(asking.seed)),
            ..Request::new(key, asking.prompt)
        };
        self.pay(entity, asking.stage).await?;
        let mut show = |text: &str| {
            let (stage, entity) = (asking.stage, entity.name.as_str());
            self.shared.teller.text(&Piece { stage, entity, text, is_answer: asking.is_answer });
        };
        let span = tracing::info_span!("generate", entity = entity.name, model = key);
        let generated = self.supply.model().generate(&request, &mut show).instrument(span).await;
        let generated = generated.map_err(|source| AskError::Model {
            stage: asking.stage.to_owned(),
            entity: entity.name.clone(),
            source: Box::new(source),
        })?;
        self.shared.teller.event(&Event::GenerationSuccess {
            stage: asking.stage.to_owned(),
            entity: entity.name.clone(),
            model: key.to_owned(),
            prompt_tokens: generated.prompt_tokens,
            completion_tokens: generated.completion_tokens,
            took_ms: generated.took.as_secs_f64() * 1000.0,
        });
        Ok(Said {
            text: generated.text,
            entity: entity.name.clone(),
            models: BTreeSet::from([key.to_owned()]),
            prompt_tokens: generated.prompt_tokens,
            completion_tokens: generated.completion_tokens,
            took: generated.took,
        })
    }

    /// All members at once; those that cannot answer are left out as long as one can.
    async fn ask_members(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        self.pay(entity, asking.stage).await?;
        let inner = Asking { is_answer: false, ..asking };
        let asked = entity.members.iter().map(|member| self.ask_entity(member, inner));
        let mut answers: Vec<Said> = Vec::new();
        let mut wrong = None;
        for answer in join_all(asked).await {
            match answer {
                Ok(said) => answers.push(said),
                Err(error) if error.may_fall_back() => wrong = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (answers.is_empty(), wrong) {
            return Err(error);
        }
        let texts: Vec<&str> = answers.iter().map(|said| said.text.as_str()).collect();
        let text = match entity.router.unwrap_or(Router::Vote) {
            Router::Vote => texts.get(merge::vote(&texts)).copied().unwrap_or_default().to_owned(),
            Router::BestOf => {
                let candidates: Vec<(String, BTreeSet<String>)> =
                    answers.iter().map(|said| (said.text.clone(), said.models.clone())).collect();
                let best = self.best(asking.prompt, candidates.iter()).await;
                texts.get(best).copied().unwrap_or_default().to_owned()
            }
            Router::Average => {
                let no_mean = |source| AskError::NoMean { entity: entity.name.clone(), source };
                mean(texts.iter().copied()).map_err(no_mean)?
            }
        };
        let mut said = Said { text, entity: entity.name.clone(), ..Said::default() };
        answers.iter().for_each(|answer| said.count(answer));
        // They answered at once: it took as long as the slowest.
        said.took = answers.iter().map(|answer| answer.took).max().unwrap_or(Duration::ZERO);
        Ok(said)
    }

    /// A whole ecosystem, under its own limits as well.
    async fn ask_ecosystem(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        self.pay(entity, asking.stage).await?;
        let view = self.view.used_by(&entity.name)?;
        let tree = view.ecosystem();
        // Intents are words of the one who asks; inside, others may mean something else by them.
        let attractor = tree.attractor_for(ANY_INTENT).or(tree.attractors.first()).ok_or_else(|| {
            AskError::Composition(CompositionError::NoAttractor { ecosystem: tree.name.clone() })
        })?;
        let supply = self.supply.within(&tree.policy);
        let run = Run {
            view,
            supply: &supply,
            shared: self.shared,
            intent: None,
            reference: self.reference,
            factor: self.factor,
            seed: asking.seed,
            number: self.number,
            is_answer: asking.is_answer,
        };
        let stages = run.pipeline(attractor, asking.prompt).await?;
        let mut said = Said { entity: entity.name.clone(), ..Said::default() };
        for stage in stages {
            let Said { models, prompt_tokens, completion_tokens, took, .. } = &mut said;
            models.extend(stage.models);
            *prompt_tokens += stage.prompt_tokens;
            *completion_tokens += stage.completion_tokens;
            *took += stage.took;
            said.text = stage.text;
        }
        Ok(said)
    }

    /// Pays what the entity itself costs.
    pub(super) async fn pay(&self, entity: &Entity, stage: &str) -> Result<(), AskError> {
        self.supply.pay(entity.cost).await.map_err(|source| AskError::Budget {
            stage: stage.to_owned(),
            entity: entity.name.clone(),
            source,
        })
    }

    /// How many tokens are to be read.
    pub(super) fn prompt_tokens(&self, asking: &Asking<'_>) -> u64 {
        chunks::tokens(asking.prompt) + asking.system.map_or(0, chunks::tokens)
    }

    /// How many tokens a model may be given to read.
    pub(super) fn most_tokens(&self, key: &str) -> u64 {
        self.supply.context(key).saturating_mul(PROMPT_PERCENT) / 100
    }
}

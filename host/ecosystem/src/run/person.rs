//! Answers that a person approves or corrects.

use std::sync::atomic::Ordering;
use std::time::Duration;

use flux_lang::ecosystem::limits::FALLBACK_DEPTH;
use flux_lang::ecosystem::tree::{Entity, HumanConfig};

use super::{Asking, Run, Said};
use crate::error::AskError;
use crate::event::Event;
use crate::human::{Draft, Review};
use crate::seed;

/// What `ESCALATION` says to let a draft pass when nobody looks at it.
const PASS: [&str; 2] = ["approve", "accept"];

impl Run<'_, '_> {
    /// The entity's model makes a draft, or the input is one; a person approves it, corrects it, or has it made again.
    ///
    /// Nobody is asked about a draft that the judge is confident of. When nobody answers, or people were asked as often
    /// as the POLICY lets them, the `ESCALATION` says what is done: it names an entity, which is asked instead, or is
    /// `approve` or `accept`; any other is for people, and the stage fails with it.
    pub(super) async fn ask_person(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        let config = entity.human.clone().unwrap_or_default();
        let inner = Asking { is_answer: false, ..asking };
        let mut said = self.draft(entity, inner).await?;
        let tell = |outcome: &str| {
            self.shared.teller.event(&Event::HitlInteraction {
                stage: asking.stage.to_owned(),
                entity: entity.name.clone(),
                outcome: outcome.to_owned(),
            });
        };
        loop {
            let confidence = match config.confidence_threshold {
                Some(_) => self.score(asking.prompt, &said.text, &said.models).await,
                None => None,
            };
            if let (Some(confidence), Some(threshold)) = (confidence, config.confidence_threshold)
                && confidence >= threshold
            {
                tell("not needed");
                return Ok(said);
            }
            let less = |left: u64| left.checked_sub(1);
            let Ok(left) = self.shared.reviews.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            else {
                tell("nobody answered");
                return self
                    .escalate(entity, &config, said, asking, "people were asked as often as they may be")
                    .await;
            };
            let draft = Draft {
                prompt: asking.prompt,
                text: &said.text,
                stage: asking.stage,
                entity: &entity.name,
                nature: entity.nature.as_deref(),
                confidence,
                left: left - 1,
            };
            match self.review(entity, &config, &draft, asking.stage).await? {
                Review::Approve => {
                    tell("approved");
                    return Ok(said);
                }
                Review::Correct(text) => {
                    tell("corrected");
                    // Words of a person are nobody's own who judges them.
                    said.models.clear();
                    return Ok(Said { text, ..said });
                }
                Review::Again(remark) => {
                    tell("sent back");
                    let prompt = format!(
                        "{}\n\nA draft of the answer was:\n{}\n\nIt was sent back with this remark:\n{remark}\n\nGive \
                         the whole answer again, with the remark in mind.",
                        asking.prompt, said.text
                    );
                    let again =
                        Asking { prompt: &prompt, seed: seed::with_number(asking.seed, left), ..inner };
                    let next = self.draft(entity, again).await?;
                    let before = std::mem::replace(&mut said, next);
                    said.count(&before);
                }
                Review::Absent => {
                    tell("nobody answered");
                    return self.escalate(entity, &config, said, asking, "nobody answered").await;
                }
            }
        }
    }

    async fn draft(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        if entity.model_key.is_some() {
            return self.ask_model(entity, asking).await;
        }
        Ok(Said { text: asking.prompt.to_owned(), entity: entity.name.clone(), ..Said::default() })
    }

    async fn review(
        &self,
        entity: &Entity,
        config: &HumanConfig,
        draft: &Draft<'_>,
        stage: &str,
    ) -> Result<Review, AskError> {
        let Some(human) = self.shared.human else { return Ok(Review::Absent) };
        if entity.model_key.is_none() {
            // With a model the draft has been paid already, and the entity's cost with it.
            self.pay(entity, stage).await?;
        }
        let review = human.review(draft);
        let Some(seconds) = config.timeout_sec else { return Ok(review.await) };
        // What is too long for the clock ends with the request.
        let most = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Ok(tokio::time::timeout(most, review).await.unwrap_or(Review::Absent))
    }

    async fn escalate(
        &self,
        entity: &Entity,
        config: &HumanConfig,
        said: Said,
        asking: Asking<'_>,
        why: &'static str,
    ) -> Result<Said, AskError> {
        match config.escalation.as_deref() {
            Some(word) if PASS.contains(&word) => Ok(said),
            Some(name) if self.view.entity(name).is_ok() && asking.handed_on < FALLBACK_DEPTH => {
                let asking = Asking { handed_on: asking.handed_on + 1, ..asking };
                let mut other = self.ask_entity(name, asking).await?;
                other.count(&said);
                Ok(other)
            }
            _ => Err(AskError::NobodyApproved {
                entity: entity.name.clone(),
                why,
                escalation: config.escalation.clone(),
            }),
        }
    }
}

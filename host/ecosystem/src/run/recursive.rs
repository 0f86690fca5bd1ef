//! Prompts that are longer than a model can read: split, read in parts, put together.

use std::time::Duration;

use flux_lang::ecosystem::tree::{Entity, EntityType, RecursiveConfig};
use futures_util::stream::{self, StreamExt};

use super::{Asking, Run, Said};
use crate::composition::model_key;
use crate::error::AskError;
use crate::event::Event;
use crate::{chunks, seed};

/// How often notes may be condensed. Each time they become shorter, or it fails; this bounds the calls.
const MAX_ROUNDS: u32 = 8;

/// The longest last paragraph that counts as the question, in characters.
const QUESTION_CHARS: usize = 1_000;

/// The fewest tokens that a part may have: less is no reading.
const LEAST_PART: u64 = 32;

impl Run<'_, '_> {
    /// Has the sub model write down what bears on the question, part by part, until the root model can read the notes.
    ///
    /// The question is what the stage observes, else the intent; and the last paragraph, where people put it.
    pub(super) async fn ask_in_parts(&self, entity: &Entity, asking: Asking<'_>) -> Result<Said, AskError> {
        let config = entity.recursive.clone().unwrap_or_default();
        let root = config.root_model_key.as_deref().unwrap_or(model_key(entity));
        let sub = config.sub_model_key.as_deref().unwrap_or(model_key(entity));
        self.look_up(entity, root, asking.stage).await?;
        self.look_up(entity, sub, asking.stage).await?;
        let most = self.most_tokens(root);
        let fits_one_part = chunks::tokens(asking.prompt) <= config.max_chunk_tokens;
        let is_short = entity.entity_type != EntityType::Recursive || fits_one_part;
        if is_short && self.prompt_tokens(&asking) <= most {
            return self.generate(entity, root, asking).await;
        }
        let question = question(asking.system.or(self.intent), asking.prompt);
        let too_long = |tokens: u64, why: &'static str| {
            Err(AskError::TooLong { entity: entity.name.clone(), tokens, most, why })
        };
        let own = chunks::tokens(&part_prompt("", &question));
        let part = self.most_tokens(sub).saturating_sub(own).min(config.max_chunk_tokens);
        if part < LEAST_PART.min(config.max_chunk_tokens) {
            return too_long(
                chunks::tokens(asking.prompt),
                "the question alone fills what the sub model can read",
            );
        }
        let mut said = Said { entity: entity.name.clone(), ..Said::default() };
        let mut text = asking.prompt.to_owned();
        for round in 1..=MAX_ROUNDS {
            let notes =
                self.notes(entity, sub, &config, part, &question, &text, round, asking, &mut said).await?;
            if notes.len() >= text.len() {
                return too_long(
                    chunks::tokens(&notes),
                    "its parts do not become shorter by being summed up",
                );
            }
            let prompt = root_prompt(&notes, &question);
            let last = Asking { prompt: &prompt, ..asking };
            if self.prompt_tokens(&last) <= most {
                let answer = self.generate(entity, root, last).await?;
                said.count(&answer);
                said.text = answer.text;
                return Ok(said);
            }
            text = notes;
        }
        too_long(chunks::tokens(&text), "it was summed up eight times")
    }

    /// What the sub model writes down of each part, in order.
    #[expect(clippy::too_many_arguments, reason = "what one round of reading needs, in one place")]
    async fn notes(
        &self,
        entity: &Entity,
        sub: &str,
        config: &RecursiveConfig,
        part: u64,
        question: &str,
        text: &str,
        round: u32,
        asking: Asking<'_>,
        said: &mut Said,
    ) -> Result<String, AskError> {
        let parts = chunks::split(text, chunks::bytes(part), chunks::bytes(config.chunk_overlap));
        self.shared.teller.event(&Event::RecursiveStart {
            stage: asking.stage.to_owned(),
            entity: entity.name.clone(),
            tokens: chunks::tokens(text),
            parts: parts.len(),
            round,
        });
        let of_round = seed::with_number(asking.seed, u64::from(round));
        let prompts: Vec<String> = parts.iter().map(|part| part_prompt(part, question)).collect();
        let mut calls = Vec::with_capacity(prompts.len());
        for (idx, prompt) in prompts.iter().enumerate() {
            let asking = Asking {
                prompt,
                system: None,
                // Notes of a part are at most half as long as it, so that there is an end.
                max_tokens: asking.max_tokens.min(part / 2).max(1),
                seed: seed::with_number(of_round, idx as u64),
                is_answer: false,
                ..asking
            };
            calls.push(self.generate(entity, sub, asking));
        }
        let workers = usize::try_from(config.max_workers).unwrap_or(usize::MAX).clamp(1, parts.len().max(1));
        let mut calls = stream::iter(calls).buffered(workers);
        let mut notes = Vec::new();
        let mut took = Duration::ZERO;
        while let Some(answer) = calls.next().await {
            let answer = answer?;
            took += answer.took;
            said.count(&Said { took: Duration::ZERO, ..answer.clone() });
            if !answer.text.trim().is_empty() {
                notes.push(answer.text.trim().to_owned());
            }
        }
        said.took += took / u32::try_from(workers).unwrap_or(u32::MAX).max(1);
        Ok(notes.join("\n\n"))
    }
}

fn question(wanted: Option<&str>, prompt: &str) -> String {
    let last = chunks::last_paragraph(prompt, QUESTION_CHARS);
    match wanted {
        Some(wanted) => format!("{}\n{last}", wanted.trim()),
        None => last.to_owned(),
    }
}

/// The long part comes first, so that servers which keep the beginnings of prompts do little work twice.
fn part_prompt(part: &str, question: &str) -> String {
    format!(
        "Part of a longer text:\n{part}\n\nWrite down, briefly, everything in this part that bears on the following, \
         and nothing else.\n{question}"
    )
}

fn root_prompt(notes: &str, question: &str) -> String {
    format!("Notes from a longer text:\n{notes}\n\n{question}")
}

//! A plain interpretation of descriptions, which compiled ones are held against.

use super::super::Whole;
use super::world::{Fault, World};
use crate::ecosystem::mean::mean;
use crate::ecosystem::tree::{Attractor, Ecosystem, Entity, EntityType, Merge, Router};

/// What an ecosystem answers.
pub(in crate::ecosystem) fn answer(whole: &Whole, prompt: &str, world: &mut World) -> Result<String, Fault> {
    let mut run = Run { whole, world, n_asked: 0 };
    let tree = &whole.ecosystem;
    let scope = Scope { tree, uses: &whole.uses };
    let rest = prompt.strip_prefix('@').unwrap_or_default();
    for attractor in &tree.attractors {
        for intent in attractor.intents.iter().filter(|intent| *intent != "*") {
            // An intent that several have is the first one's.
            if let Some(question) = rest.strip_prefix(intent.as_str()).and_then(|rest| rest.strip_prefix(' '))
                && prompt.starts_with('@')
            {
                return run.attractor(&scope, attractor, question);
            }
        }
    }
    match tree.attractors.iter().find(|attractor| attractor.intents.iter().any(|intent| intent == "*")) {
        Some(attractor) => run.attractor(&scope, attractor, prompt),
        None => Err((1, "no attractor takes this prompt: begin it with `@INTENT `".to_owned())),
    }
}

struct Scope<'a> {
    tree: &'a Ecosystem,
    uses: &'a std::collections::BTreeMap<String, String>,
}

impl<'a> Scope<'a> {
    fn judge(&self) -> String {
        let judge = self.tree.policy.judge_entity.as_deref().and_then(|name| self.tree.entity(name));
        let judge = judge.expect("a judge");
        judge.model_key.clone().unwrap_or_else(|| judge.name.clone())
    }
}

struct Run<'a> {
    whole: &'a Whole,
    world: &'a mut World,
    n_asked: u64,
}

/// How a stage asks.
struct Manner<'a> {
    temperature: f32,
    max_tokens: u32,
    observe: &'a str,
}

fn may_fall_back(fault: &Fault) -> bool {
    matches!(fault.0, 1 | 4 | 5)
}

impl Run<'_> {
    fn attractor(
        &mut self,
        scope: &Scope<'_>,
        attractor: &Attractor,
        question: &str,
    ) -> Result<String, Fault> {
        let mut outputs: Vec<Option<String>> = vec![None; attractor.stages.len()];
        while outputs.iter().any(Option::is_none) {
            let is_ready = |idx: &usize| {
                outputs[*idx].is_none()
                    && attractor.inputs_of(*idx).iter().all(|input| outputs[*input].is_some())
            };
            let idx = (0..attractor.stages.len()).find(is_ready).expect("no circle");
            let stage = &attractor.stages[idx];
            let inputs: Vec<String> =
                attractor.inputs_of(idx).iter().filter_map(|input| outputs[*input].clone()).collect();
            let input = match inputs.as_slice() {
                [] => question.to_owned(),
                [input] => input.clone(),
                inputs => match stage.merge {
                    Merge::Concat => inputs.join("\n\n"),
                    Merge::Vote => vote(inputs),
                    Merge::First => {
                        inputs.iter().find(|input| !trim(input).is_empty()).cloned().unwrap_or_default()
                    }
                    Merge::BestOf => self.best_of(&scope.judge(), question, inputs)?,
                },
            };
            let prompt = match &stage.prompt_transform {
                Some(text) => text.replace("{input}", &input),
                None => input,
            };
            let manner = Manner {
                temperature: stage.temperature as f32,
                max_tokens: stage.max_new_tokens.min(i32::MAX as u64) as u32,
                observe: stage.observe.as_deref().unwrap_or_default(),
            };
            let entity = scope.tree.entity(&stage.execute).expect("an entity");
            outputs[idx] = Some(self.entity(scope, entity, &prompt, &manner)?);
        }
        Ok(outputs.pop().flatten().unwrap_or_default())
    }

    fn entity(
        &mut self,
        scope: &Scope<'_>,
        entity: &Entity,
        prompt: &str,
        manner: &Manner<'_>,
    ) -> Result<String, Fault> {
        match (self.own(scope, entity, prompt, manner), &entity.fallback) {
            (Err(fault), Some(fallback)) if may_fall_back(&fault) => {
                let fallback = scope.tree.entity(fallback).expect("an entity");
                self.entity(scope, fallback, prompt, manner)
            }
            (answer, _) => answer,
        }
    }

    fn own(
        &mut self,
        scope: &Scope<'_>,
        entity: &Entity,
        prompt: &str,
        manner: &Manner<'_>,
    ) -> Result<String, Fault> {
        match entity.entity_type {
            EntityType::Human => self.person(entity, prompt, manner),
            EntityType::Ensemble if !entity.members.is_empty() => {
                let (mut answers, mut last) = (Vec::new(), None);
                for member in &entity.members {
                    let member = scope.tree.entity(member).expect("an entity");
                    match self.entity(scope, member, prompt, manner) {
                        Ok(answer) => answers.push(answer),
                        Err(fault) if may_fall_back(&fault) => last = Some(fault),
                        Err(fault) => return Err(fault),
                    }
                }
                if let (true, Some(fault)) = (answers.is_empty(), last) {
                    return Err(fault);
                }
                match entity.router.unwrap_or(Router::Vote) {
                    Router::Vote => Ok(vote(&answers)),
                    Router::Average => average(&answers),
                    Router::BestOf if entity.members.len() == 1 => Ok(answers.remove(0)),
                    Router::BestOf => self.best_of(&scope.judge(), prompt, &answers),
                }
            }
            EntityType::Ecosystem if entity.uses.is_some() => {
                let used = &self.whole.used[&scope.uses[&entity.name]];
                let inner = Scope { tree: &used.ecosystem, uses: &used.uses };
                match inner.tree.attractors.iter().find(|a| a.intents.iter().any(|intent| intent == "*")) {
                    Some(attractor) => self.attractor(&inner, attractor, prompt),
                    None => Err((1, format!("ecosystem `{}` has no attractor for any intent", entity.name))),
                }
            }
            _ => self.model(entity, prompt, manner),
        }
    }

    fn model(&mut self, entity: &Entity, prompt: &str, manner: &Manner<'_>) -> Result<String, Fault> {
        let model = entity.model_key.as_ref().unwrap_or(&entity.name);
        let system = (!manner.observe.is_empty()).then_some(manner.observe);
        self.world.generate(model, prompt, manner.temperature, manner.max_tokens, system)
    }

    fn person(&mut self, entity: &Entity, prompt: &str, manner: &Manner<'_>) -> Result<String, Fault> {
        let may_ask = self.n_asked < self.whole.ecosystem.policy.max_human_iterations;
        if entity.model_key.is_none() {
            if !may_ask {
                return Err((3, "people were asked as often as the policy allows".to_owned()));
            }
            self.n_asked += 1;
            return self.world.ask_person(prompt);
        }
        let answer = self.model(entity, prompt, manner)?;
        if !may_ask {
            return Ok(answer);
        }
        self.n_asked += 1;
        if self.world.approve(&answer)? { Ok(answer) } else { self.world.ask_person(prompt) }
    }

    fn best_of(&mut self, judge: &str, question: &str, answers: &[String]) -> Result<String, Fault> {
        let (mut best, mut most) = (0, f32::NEG_INFINITY);
        for (idx, answer) in answers.iter().enumerate() {
            let score = match self.world.score(judge, question, answer, None) {
                Ok((score, coverage)) if coverage >= 0.5 => score,
                Ok(_) => -1.0,
                Err(fault) if may_fall_back(&fault) => -1.0,
                Err(fault) => return Err(fault),
            };
            if score > most {
                (best, most) = (idx, score);
            }
        }
        Ok(answers[best].clone())
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

fn vote(answers: &[String]) -> String {
    let mut best = (0, 0);
    for (idx, answer) in answers.iter().enumerate() {
        let count = answers.iter().filter(|other| trim(other) == trim(answer)).count();
        if count > best.1 {
            best = (idx, count);
        }
    }
    answers[best.0].clone()
}

fn average(answers: &[String]) -> Result<String, Fault> {
    mean(answers.iter().map(String::as_str)).map_err(|error| (5, error.to_string()))
}

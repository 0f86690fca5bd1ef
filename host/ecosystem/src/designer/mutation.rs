//! Changes of an ecosystem's tree without a model: small, named, drawn from a seed.
//!
//! What they make has the right form by construction, and is checked like any other proposal afterwards.

use std::collections::BTreeSet;
use std::fmt;

use flux_lang::ecosystem::Ecosystem;
use flux_lang::ecosystem::tree::{Attractor, Entity, Stage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::diagnosis::{Suspect, Weak};
use super::guard::{answering_models, asked, judging_model};
use crate::history::mutated_temperature;

/// The operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// A stage gets another temperature, by the rule of [`mutated_temperature`].
    RetuneTemperature,
    /// An entity that answers gets another model.
    ReassignModel,
    /// The judge gets another model, none that answers.
    ReplaceJudge,
    /// A stage is told to look at something else.
    RewordPrompt,
    /// A pipeline begins with one more stage.
    AddStage,
    /// A pipeline loses a stage.
    DropStage,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::RetuneTemperature,
        Self::ReassignModel,
        Self::ReplaceJudge,
        Self::RewordPrompt,
        Self::AddStage,
        Self::DropStage,
    ];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RetuneTemperature => "retune-temperature",
            Self::ReassignModel => "reassign-model",
            Self::ReplaceJudge => "replace-judge",
            Self::RewordPrompt => "reword-prompt",
            Self::AddStage => "add-stage",
            Self::DropStage => "drop-stage",
        }
    }

    /// Which operators may help against what is weak, the likeliest first.
    #[must_use]
    pub fn against(weak: Weak) -> &'static [Self] {
        match weak {
            // Another model is tried more often than the rest: it is what most often helps.
            Weak::Answer => &[
                Self::ReassignModel,
                Self::ReassignModel,
                Self::RewordPrompt,
                Self::RetuneTemperature,
                Self::AddStage,
                Self::DropStage,
            ],
            Weak::Judge => &[Self::ReplaceJudge],
            Weak::Stage => &[Self::DropStage, Self::RewordPrompt, Self::ReassignModel],
            Weak::Temperature => &[Self::RetuneTemperature, Self::RewordPrompt],
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What operators choose from.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The keys of the models that there are.
    pub models: &'a [String],
    /// What is held to be weak: operators work there where they can.
    pub suspect: &'a Suspect,
    /// The mean score of the present ecosystem, 0 to 1: how far a temperature moves.
    pub average: f64,
}

/// An ecosystem that an operator made.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutated {
    /// The new ecosystem.
    pub ecosystem: Ecosystem,
    /// What was changed, for people.
    pub what: String,
}

/// What a stage is told to look at; none of these says anything of a subject.
const OBSERVATIONS: [&str; 6] = [
    "Answer the question.",
    "Answer with the fact alone, in as few words as it takes.",
    "Answer only what is asked. If it is a sum, compute it twice.",
    "Think of what the question may be confused with, then answer it.",
    "Name the answer first, then one reason for it.",
    "Answer as somebody would who is tested on it.",
];

/// What the stage that is added is asked.
const CONSIDERATION: &str = "{input}\n\nAnswer the question above. Repeat the question before the answer.";

/// Applies an operator at a place drawn from `seed`; nothing if it has no place here.
///
/// # Determinism
/// A function of its arguments alone.
#[must_use]
pub fn mutate(
    operator: Operator,
    ecosystem: &Ecosystem,
    material: Material<'_>,
    seed: u64,
) -> Option<Mutated> {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = Draw { rng };
    let mut tree = ecosystem.clone();
    let what = match operator {
        Operator::RetuneTemperature => retune(&mut tree, material, &mut draw),
        Operator::ReassignModel => reassign(&mut tree, material, &mut draw),
        Operator::ReplaceJudge => replace_judge(&mut tree, material, &mut draw),
        Operator::RewordPrompt => reword(&mut tree, material, &mut draw),
        Operator::AddStage => add_stage(&mut tree, material, &mut draw),
        Operator::DropStage => drop_stage(&mut tree, material, &mut draw),
    }?;
    (tree != *ecosystem).then_some(Mutated { ecosystem: tree, what })
}

struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// One of some, each as likely as the others.
    fn one<T>(&mut self, of: Vec<T>) -> Option<T> {
        let n = of.len() as u64;
        let at = if n == 0 { 0 } else { ((u128::from(self.rng.next_u64()) * u128::from(n)) >> 64) as usize };
        of.into_iter().nth(at)
    }
}

/// The positions of stages, those first of all that the suspect is about.
fn stages(tree: &Ecosystem, suspect: &Suspect) -> Vec<(usize, usize)> {
    let all = || {
        let attractors = tree.attractors.iter().enumerate();
        attractors.flat_map(|(at, attractor)| (0..attractor.stages.len()).map(move |stage| (at, stage)))
    };
    let is_meant = |(at, stage): &(usize, usize)| {
        let attractor = &tree.attractors[*at];
        match suspect.weak {
            Weak::Answer => attractor.stages[*stage].execute == suspect.name,
            Weak::Stage | Weak::Temperature => attractor.name == suspect.name,
            Weak::Judge => true,
        }
    };
    let meant: Vec<(usize, usize)> = all().filter(is_meant).collect();
    if meant.is_empty() { all().collect() } else { meant }
}

fn retune(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    let (at, idx) = draw.one(stages(tree, material.suspect))?;
    let stage = &mut tree.attractors[at].stages[idx];
    let before = stage.temperature;
    // Answers that change from time to time call for less of it, however good they are.
    let average = if material.suspect.weak == Weak::Temperature { 1.0 } else { material.average };
    // Three decimals are enough, and can be read.
    let after = (mutated_temperature(average, before) * 1_000.0).round() / 1_000.0;
    stage.temperature = after.clamp(0.0, Stage::MAX_TEMPERATURE);
    Some(format!("the temperature of stage `{}` from {before} to {}", stage.name, stage.temperature))
}

/// The entities that answer in stages, by way of ensembles and fallbacks too, and have a model.
fn answering(tree: &Ecosystem) -> Vec<usize> {
    let asked = asked(tree);
    let is_one = |entity: &Entity| asked.contains(entity.name.as_str()) && entity.model_key.is_some();
    (0..tree.entities.len()).filter(|at| is_one(&tree.entities[*at])).collect()
}

fn reassign(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    let all = answering(tree);
    let meant: Vec<usize> =
        all.iter().copied().filter(|at| tree.entities[*at].name == material.suspect.name).collect();
    let at = draw.one(if meant.is_empty() { all } else { meant })?;
    let judge = judging_model(tree).map(str::to_owned);
    let entity = &mut tree.entities[at];
    let is_other = |key: &&String| Some(*key) != entity.model_key.as_ref() && Some(*key) != judge.as_ref();
    let key = draw.one(material.models.iter().filter(is_other).collect())?;
    let before = entity.model_key.replace(key.clone()).unwrap_or_default();
    Some(format!("the model of `{}` from `{before}` to `{key}`", entity.name))
}

fn replace_judge(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    let name = tree.policy.judge_entity.clone()?;
    let answering = answering_models(tree);
    let before = judging_model(tree)?.to_owned();
    let is_other = |key: &&String| **key != before && !answering.contains(key.as_str());
    let key = draw.one(material.models.iter().filter(is_other).collect())?.clone();
    let also_answers =
        tree.attractors.iter().flat_map(|attractor| &attractor.stages).any(|stage| stage.execute == name);
    if also_answers {
        // Its answers stay what they are; somebody else judges.
        let taken: BTreeSet<&str> = tree.entities.iter().map(|entity| entity.name.as_str()).collect();
        let fresh = (2..).map(|n| format!("{name}-{n}")).find(|fresh| !taken.contains(fresh.as_str()))?;
        let entity = tree.entity(&name)?;
        let entity = Entity {
            model_key: Some(key.clone()),
            fallback: None,
            ..Entity { name: fresh.clone(), ..entity.clone() }
        };
        tree.entities.push(entity);
        tree.policy.judge_entity = Some(fresh.clone());
        return Some(format!("the judge from `{name}` (`{before}`) to `{fresh}` (`{key}`)"));
    }
    let entity = tree.entities.iter_mut().find(|entity| entity.name == name)?;
    entity.model_key = Some(key.clone());
    Some(format!("the model of the judge `{name}` from `{before}` to `{key}`"))
}

fn reword(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    let (at, idx) = draw.one(stages(tree, material.suspect))?;
    let stage = &mut tree.attractors[at].stages[idx];
    let is_other = |text: &&str| Some(*text) != stage.observe.as_deref();
    let text = draw.one(OBSERVATIONS.into_iter().filter(is_other).collect())?;
    stage.observe = Some(text.to_owned());
    Some(format!("what stage `{}` is told to look at, to \"{text}\"", stage.name))
}

fn add_stage(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    const MOST: usize = 8;
    let is_short = |(at, _): &(usize, usize)| tree.attractors[*at].stages.len() < MOST;
    let (at, _) = draw.one(stages(tree, material.suspect).into_iter().filter(is_short).collect())?;
    let attractor = &mut tree.attractors[at];
    let first = attractor.stages.first()?;
    let taken: BTreeSet<&str> = attractor.stages.iter().map(|stage| stage.name.as_str()).collect();
    let name = (1..).map(|n| format!("Consider {n}")).find(|name| !taken.contains(name.as_str()))?;
    let stage = Stage {
        temperature: first.temperature,
        max_new_tokens: first.max_new_tokens,
        prompt_transform: Some(CONSIDERATION.to_owned()),
        ..Stage::new(name.clone(), first.execute.clone())
    };
    // What took the question takes the new stage's output, as the first without AFTER does by itself.
    for stage in attractor.stages.iter_mut().filter(|stage| stage.after.as_ref().is_some_and(Vec::is_empty)) {
        stage.after = Some(vec![name.clone()]);
    }
    let (stage_name, attractor_name) = (name, attractor.name.clone());
    attractor.stages.insert(0, stage);
    Some(format!("stage `{stage_name}` at the beginning of `{attractor_name}`"))
}

fn drop_stage(tree: &mut Ecosystem, material: Material<'_>, draw: &mut Draw) -> Option<String> {
    let is_long = |(at, _): &(usize, usize)| tree.attractors[*at].stages.len() > 1;
    let mut places: Vec<(usize, usize)> =
        stages(tree, material.suspect).into_iter().filter(is_long).collect();
    if material.suspect.weak == Weak::Stage {
        // What spoils an answer that was right is the end of the pipeline.
        places.retain(|(at, idx)| idx + 1 == tree.attractors[*at].stages.len());
    }
    let (at, idx) = draw.one(places)?;
    let name = tree.attractors[at].stages[idx].name.clone();
    remove_stage(&mut tree.attractors[at], idx);
    Some(format!("stage `{name}` of `{}` is gone", tree.attractors[at].name))
}

/// Removes a stage; those after it take what it took.
fn remove_stage(attractor: &mut Attractor, idx: usize) {
    let inputs: Vec<String> =
        attractor.inputs_of(idx).into_iter().map(|input| attractor.stages[input].name.clone()).collect();
    // The one behind it in the text takes its output by itself: that has to be said once it is gone.
    if let Some(next) = attractor.stages.get_mut(idx + 1).filter(|next| next.after.is_none()) {
        next.after = Some(inputs.clone());
    }
    let gone = attractor.stages.remove(idx);
    for (at, stage) in attractor.stages.iter_mut().enumerate() {
        let Some(after) = &mut stage.after else { continue };
        if let Some(position) = after.iter().position(|name| *name == gone.name) {
            after.splice(position..=position, inputs.iter().cloned());
            let mut seen = BTreeSet::new();
            after.retain(|name| seen.insert(name.clone()));
        }
        if at == 0 && after.is_empty() {
            stage.after = None;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! What a designer may not do, however good it looks: an ecosystem must not be made better on paper.
//!
//! It may change who answers, who judges (by a test of its own), temperatures, prompts and stages. It may not change
//! the limits of the POLICY, what calls are said to cost, whether there is a judge, people who are asked, which files are
//! used, seeds, or reference answers; and no model may judge what it answered. It is not shown the questions that
//! candidates are tried on, so that it cannot write their answers into a prompt.

use std::collections::BTreeSet;

use flux_lang::ecosystem::Ecosystem;
use flux_lang::ecosystem::tree::{Entity, EntityType};

/// The model that judges, if an entity with a model does.
#[must_use]
pub fn judging_model(tree: &Ecosystem) -> Option<&str> {
    tree.entity(tree.policy.judge_entity.as_deref()?)?.model_key.as_deref()
}

/// The models that answer in stages, by way of ensembles, fallbacks and recursion too.
#[must_use]
pub fn answering_models(tree: &Ecosystem) -> BTreeSet<&str> {
    let entities = asked(tree).into_iter().filter_map(|name| tree.entity(name));
    entities.flat_map(keys).collect()
}

/// The keys of all models that an entity may ask.
fn keys(entity: &Entity) -> impl Iterator<Item = &str> {
    let recursive = entity.recursive.as_ref();
    let inner = recursive.into_iter().flat_map(|config| [&config.sub_model_key, &config.root_model_key]);
    inner.chain([&entity.model_key]).flatten().map(String::as_str)
}

/// What a candidate changes, so that it is known which tests it has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Who judges.
    pub judge: bool,
    /// Anything else.
    pub answers: bool,
}

/// What is different between two ecosystems.
#[must_use]
pub fn changes(current: &Ecosystem, candidate: &Ecosystem) -> Changes {
    let judge_of = |tree: &Ecosystem| {
        let entity = tree.policy.judge_entity.as_deref().and_then(|name| tree.entity(name));
        entity.map(|entity| (entity.entity_type, entity.model_key.clone(), entity.members.clone()))
    };
    let judge = judge_of(current) != judge_of(candidate);
    // Without the judges, and without entities that only were or are judges.
    let rest = |tree: &Ecosystem| {
        let mut tree = tree.clone();
        let asked: BTreeSet<String> = asked(&tree).into_iter().map(str::to_owned).collect();
        tree.entities.retain(|entity| asked.contains(&entity.name));
        tree.policy.judge_entity = None;
        tree.version = None;
        tree
    };
    Changes { judge, answers: rest(current) != rest(candidate) }
}

/// The entities that stages ask, by way of ensembles and fallbacks too.
pub(super) fn asked(tree: &Ecosystem) -> BTreeSet<&str> {
    let mut waiting: Vec<&str> = tree
        .attractors
        .iter()
        .flat_map(|attractor| &attractor.stages)
        .map(|stage| stage.execute.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if seen.insert(name) {
            let entity = tree.entity(name);
            let next = entity.into_iter().flat_map(|entity| entity.members.iter().chain(&entity.fallback));
            waiting.extend(next.map(String::as_str));
        }
    }
    seen
}

/// Says what a candidate does that it may not, each as a lowercase fragment; nothing if all is well.
#[must_use]
pub fn objections(current: &Ecosystem, candidate: &Ecosystem, models: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let found_changes = changes(current, candidate);
    if !found_changes.judge && !found_changes.answers {
        found.push("nothing that answers or judges is different from the present ecosystem".to_owned());
    }
    let mut keep = |same: bool, what: &str| {
        if !same {
            found.push(format!("{what} has to stay as it is"));
        }
    };
    let (old, new) = (&current.policy, &candidate.policy);
    keep(current.name == candidate.name, "the name of the ecosystem");
    keep(old.max_cost_per_request == new.max_cost_per_request, "`max_cost_per_request`");
    keep(old.max_latency_ms == new.max_latency_ms, "`max_latency_ms`");
    keep(old.max_human_iterations == new.max_human_iterations, "`max_human_iterations`");
    keep(old.require_judge == new.require_judge, "`require_judge`");
    keep(old.judge_entity.is_some() == new.judge_entity.is_some(), "whether there is a judge");
    keep(current.seed == candidate.seed, "`seed`");
    keep(intents(current) == intents(candidate), "which intents there are, in their order,");
    keep(people(current) == people(candidate), "who of the entities is a person, and how they are asked,");
    keep(files(current) == files(candidate), "which entities are ecosystems of other files");
    keep(
        given(candidate).is_subset(&given(current)),
        "what stages know from outside (`ground_truth`, `seed`)",
    );
    let known = |key: &str| models.iter().any(|model| model == key);
    for entity in &candidate.entities {
        let before = current.entity(&entity.name).map(|entity| keys(entity).collect::<Vec<_>>());
        // A call that is said to cost less would evade the limits.
        let same_model = |known: &&Entity| known.model_key.is_some() && known.model_key == entity.model_key;
        let least = current
            .entity(&entity.name)
            .or_else(|| current.entities.iter().find(same_model))
            .map_or(0.0, |known| known.cost);
        if entity.cost < least {
            found.push(format!("`cost` of entity `{}` has to be at least {least}", entity.name));
        }
        for key in keys(entity) {
            // What is there already may stay, even if nobody can say whether the model is.
            if !known(key) && !before.as_ref().is_some_and(|before| before.contains(&key)) {
                found.push(format!("entity `{}` names model `{key}`, which is not there", entity.name));
            }
        }
    }
    if let Some(judge) = judging_model(candidate).filter(|judge| answering_models(candidate).contains(judge))
    {
        found.push(format!("model `{judge}` would judge its own answers"));
    }
    found
}

fn intents(tree: &Ecosystem) -> Vec<(&str, &[String])> {
    tree.attractors.iter().map(|attractor| (attractor.name.as_str(), attractor.intents.as_slice())).collect()
}

fn people(tree: &Ecosystem) -> Vec<&Entity> {
    let mut people: Vec<&Entity> =
        tree.entities.iter().filter(|entity| entity.entity_type == EntityType::Human).collect();
    people.sort_by(|one, other| one.name.cmp(&other.name));
    people
}

fn files(tree: &Ecosystem) -> BTreeSet<(&str, Option<&str>)> {
    let is_file = |entity: &&Entity| entity.entity_type == EntityType::Ecosystem;
    tree.entities
        .iter()
        .filter(is_file)
        .map(|entity| (entity.name.as_str(), entity.uses.as_deref()))
        .collect()
}

/// Reference answers and seeds of stages: each can make an ecosystem look better than it is.
fn given(tree: &Ecosystem) -> BTreeSet<(&str, Option<&str>, Option<u64>)> {
    let stages = tree.attractors.iter().flat_map(|attractor| {
        attractor.stages.iter().map(move |stage| {
            let name = if stage.ground_truth.is_some() { attractor.name.as_str() } else { "" };
            (name, stage.ground_truth.as_deref(), stage.seed)
        })
    });
    stages.filter(|(_, truth, seed)| truth.is_some() || seed.is_some()).collect()
}

#[cfg(test)]
mod tests;

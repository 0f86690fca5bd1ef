//! Random ecosystems that can be compiled.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::Whole;
use crate::ecosystem::Used;
use crate::ecosystem::tree::{Attractor, Ecosystem, Entity, EntityType, Merge, Policy, Router, Stage};

pub(in crate::ecosystem) fn prompt() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z ?]{0,20}", "@i[0-3] [a-z]{0,6}", "@[a-z]{0,4}", any::<String>()]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Z][a-z ]{0,12}[.?]( [A-Z][a-z]{0,8}\\.)?( \\{input\\})?",
        1 => "(\\{input\\}|[{}a-z]){0,5}",
        1 => any::<String>(),
    ]
}

/// What an entity is made of: type, names, and numbers that choose among others.
type Parts = (usize, Option<String>, u8, bool);

/// Entities whose fallbacks and members come after them.
fn entities(parts: Vec<Parts>, uses: bool) -> Vec<Entity> {
    let names: Vec<String> = (0..parts.len()).map(|idx| format!("e{idx}")).collect();
    let types = [
        EntityType::Transformer,
        EntityType::Ensemble,
        EntityType::Human,
        EntityType::Ecosystem,
        EntityType::Transformer,
    ];
    let mut entities = Vec::new();
    for (idx, (kind, model_key, pick, has_fallback)) in parts.into_iter().enumerate() {
        let later = &names[idx + 1..];
        let entity_type = types[kind];
        let has_members = entity_type == EntityType::Ensemble && !later.is_empty();
        let members =
            if has_members { later[..=usize::from(pick) % later.len()].to_vec() } else { Vec::new() };
        entities.push(Entity {
            model_key,
            fallback: later.first().filter(|_| has_fallback && idx % 4 != 3).cloned(),
            router: (has_members && pick < 192).then(|| Router::ALL[usize::from(pick) % 3]),
            members,
            uses: (uses && entity_type == EntityType::Ecosystem).then(|| "other.flux".to_owned()),
            ..Entity::new(names[idx].clone(), entity_type)
        });
    }
    entities
}

fn stage() -> impl Strategy<Value = Stage> {
    let texts = (prop::option::of(text()), prop::option::of(text()), prop::option::of(text()));
    let numbers = (0_u32..=2000, prop_oneof![1_u64..4096, Just(u64::MAX)], prop::option::of(any::<u64>()));
    (texts, numbers, 0_usize..4, any::<u8>(), prop::option::of(any::<u8>())).prop_map(
        |(
            (prompt_transform, observe, ground_truth),
            (thousandths, max_new_tokens, seed),
            merge,
            pick,
            after,
        )| Stage {
            prompt_transform,
            observe,
            ground_truth,
            temperature: f64::from(thousandths) / 1000.0,
            max_new_tokens,
            seed,
            merge: Merge::ALL[merge],
            // Filled in when there are names.
            after: after.map(|after| vec![after.to_string()]),
            ..Stage::new("", pick.to_string())
        },
    )
}

fn ecosystem(uses: bool) -> impl Strategy<Value = Ecosystem> {
    let parts = (0_usize..5, prop::option::of("[a-z]{1,6}(:[a-z]{2})?"), any::<u8>(), any::<bool>());
    let intents = prop::collection::vec(prop_oneof!["i[0-3]", Just("*".to_owned())], 1..3);
    let attractor = (intents, prop::collection::vec(stage(), 1..6));
    (
        prop::collection::vec(parts, 1..6),
        prop::collection::vec(attractor, 1..4),
        (any::<u8>(), 0_u64..4, prop::option::of(any::<u64>())),
    )
        .prop_map(move |(parts, attractors, (judge, iterations, seed))| {
            let entities = entities(parts, uses);
            let n = entities.len();
            let name = |pick: usize| entities[pick % n].name.clone();
            let attractors = attractors.into_iter().enumerate().map(|(at, (intents, mut stages))| {
                for (idx, stage) in stages.iter_mut().enumerate() {
                    stage.name = format!("s{idx}");
                    stage.execute = name(stage.execute.parse().unwrap_or_default());
                    if let Some(after) = &mut stage.after {
                        let bits: usize = after[0].parse().unwrap_or_default();
                        *after = (0..idx)
                            .filter(|input| bits >> input & 1 == 1)
                            .map(|i| format!("s{i}"))
                            .collect();
                    }
                }
                Attractor { name: format!("a{at}"), intents, stages }
            });
            let attractors = attractors.collect();
            let policy = Policy {
                judge_entity: Some(name(judge.into())),
                max_human_iterations: iterations,
                ..Policy::default()
            };
            Ecosystem { entities, attractors, policy, seed, ..Ecosystem::new("e") }
        })
}

/// An ecosystem, with or without another one that it uses.
pub(in crate::ecosystem) fn whole() -> impl Strategy<Value = Whole> {
    (any::<bool>(), ecosystem(true), ecosystem(false)).prop_map(|(uses, mut outer, inner)| {
        let of_type = |tree: &Ecosystem| -> BTreeMap<String, String> {
            let uses = tree.entities.iter().filter(|entity| entity.uses.is_some());
            uses.map(|entity| (entity.name.clone(), "other.flux".to_owned())).collect()
        };
        if !uses {
            for entity in &mut outer.entities {
                entity.uses = None;
            }
        }
        let uses = of_type(&outer);
        let used = Used { ecosystem: inner, uses: BTreeMap::new() };
        let used =
            if uses.is_empty() { BTreeMap::new() } else { BTreeMap::from([("other.flux".to_owned(), used)]) };
        Whole { ecosystem: outer, uses, used }
    })
}

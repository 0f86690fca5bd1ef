use std::collections::BTreeMap;

use flux_genome::mutate::OperatorKind;
use flux_genome::offspring::{Choice, OffspringError, mutate};
use flux_genome::{Bounds, Genome};
use proptest::prelude::*;

use super::super::compile::tests::{engine, trees, whole, whole_of, world::World};
use super::super::{Ecosystem, Whole, compile};
use super::{DecompileError, decompile};

/// What an ecosystem says, field by field, under names that differ.
fn facts(whole: &Whole) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    add_facts("", &whole.ecosystem, &mut facts);
    for (name, used) in &whole.used {
        add_facts(&format!("{name}:"), &used.ecosystem, &mut facts);
    }
    facts
}

fn add_facts(prefix: &str, tree: &Ecosystem, facts: &mut BTreeMap<String, String>) {
    for entity in &tree.entities {
        let model = entity.model_key.as_ref().unwrap_or(&entity.name);
        facts.insert(format!("{prefix}{}/model", entity.name), model.clone());
    }
    for attractor in &tree.attractors {
        for stage in &attractor.stages {
            let name = format!("{prefix}{}/{}", attractor.name, stage.name);
            let mut add = |field: &str, value: String| facts.insert(format!("{name}/{field}"), value);
            add("temperature", stage.temperature.to_string());
            add("tokens", stage.max_new_tokens.to_string());
            add("execute", stage.execute.clone());
            add("prompt", stage.prompt_transform.clone().unwrap_or_else(|| "{input}".to_owned()));
            add("observe", stage.observe.clone().unwrap_or_default());
            add("after", format!("{:?} {:?}", stage.after, stage.merge));
            add("rest", format!("{:?} {:?}", stage.seed, stage.ground_truth));
        }
        let names: Vec<&str> = attractor.stages.iter().map(|stage| stage.name.as_str()).collect();
        facts.insert(format!("{prefix}{}", attractor.name), names.join("|"));
    }
    let mut rest = tree.clone();
    rest.attractors.iter_mut().for_each(|attractor| attractor.stages.clear());
    rest.entities.iter_mut().for_each(|entity| entity.model_key = None);
    facts.insert(format!("{prefix}rest"), format!("{rest:?}"));
}

/// The facts that differ: their names, with what they were and are.
fn changes(before: &Whole, after: &Whole) -> Vec<(String, Option<String>, Option<String>)> {
    let (before, after) = (facts(before), facts(after));
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let values = names.map(|name| (name.clone(), before.get(name).cloned(), after.get(name).cloned()));
    values.filter(|(_, before, after)| before != after).collect()
}

/// Whether the description has changed as the operator says, and in nothing else.
fn check(operator: OperatorKind, description: &str, before: &Whole, after: &Whole) {
    let changes = changes(before, after);
    let context = || format!("{operator}: {description}: {changes:#?}");
    let all_in = |fields: &[&str]| {
        changes.iter().all(|(name, ..)| fields.iter().any(|field| name.ends_with(&format!("/{field}"))))
    };
    match operator {
        OperatorKind::RetuneTemperature => {
            assert!(changes.len() == 1 && all_in(&["temperature"]), "{}", context());
        }
        OperatorKind::ReassignModel | OperatorKind::ReplaceJudge => {
            assert!(changes.len() == 1 && all_in(&["model"]), "{}", context());
            let known = facts(before);
            let new = changes[0].2.as_ref().unwrap();
            assert!(
                known.iter().any(|(name, value)| name.ends_with("/model") && value == new),
                "{}",
                context()
            );
        }
        OperatorKind::RewordPrompt => {
            assert!((1..=2).contains(&changes.len()) && all_in(&["prompt", "observe"]), "{}", context());
            for (_, before, after) in &changes {
                let places = |text: &Option<String>| text.as_ref().unwrap().contains("{input}");
                assert_eq!(places(before), places(after), "{}", context());
            }
        }
        OperatorKind::AddStage | OperatorKind::DropStage => {
            let (mut lists, mut stages) = (0, 0);
            for (name, before, after) in &changes {
                let n = |names: &Option<String>| {
                    names.as_ref().map_or(0, |names| names.matches('|').count()) as i64
                };
                match (before, after, name.matches('/').count()) {
                    (_, _, 0) => {
                        assert_eq!(
                            n(after) - n(before),
                            if operator == OperatorKind::AddStage { 1 } else { -1 }
                        );
                        lists += 1;
                    }
                    (Some(_), Some(_), _) => assert!(name.ends_with("/after"), "{}", context()),
                    (None, _, _) => stages += i32::from(operator == OperatorKind::AddStage),
                    (_, None, _) => stages += i32::from(operator == OperatorKind::DropStage),
                }
            }
            assert!(lists == 1 && stages == 7, "{}", context());
        }
        _ => panic!("{}", context()),
    }
}

fn genome(whole: &Whole) -> Genome {
    compile(whole).unwrap().genome(&Bounds::DEFAULT).unwrap()
}

/// What a genome and its description, compiled again, do is the same.
fn same_behaviour(genome: &Genome, whole: &Whole, prompt: &str, seed: u64) {
    let again = compile(whole).unwrap_or_else(|error| panic!("{error}\n{whole:#?}"));
    let (expected, calls) = engine::answer(genome.body_module().unwrap(), prompt, World::new(seed));
    let (answer, again) = engine::answer(&again.module, prompt, World::new(seed));
    assert_eq!(again.calls, calls.calls, "{}", crate::ecosystem::print(&whole.ecosystem));
    assert_eq!(answer, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_compiled_comes_back(whole in trees::whole()) {
        prop_assert_eq!(decompile(&genome(&whole)).unwrap(), whole);
    }

    #[test]
    fn operators_change_what_they_say(whole in trees::whole(), prompt in trees::prompt(), seed in any::<u64>()) {
        let mut parent = genome(&whole);
        let mut before = whole;
        for step in 0..12_u64 {
            let operator = OperatorKind::OF_ECOSYSTEMS[((seed >> (step * 4)) % 6) as usize];
            let child = match mutate(&parent, Choice::Operator(operator), None, seed ^ step, &Bounds::DEFAULT) {
                Ok(child) => child,
                Err(OffspringError::Inapplicable { .. }) => continue,
                Err(error) => panic!("{operator}: {error:?}"),
            };
            let after = decompile(&child.genome).unwrap_or_else(|error| panic!("{operator}: {error}"));
            check(operator, &child.description, &before, &after);
            same_behaviour(&child.genome, &after, &prompt, seed);
            (parent, before) = (child.genome, after);
        }
    }

    #[test]
    fn any_mutation_comes_back_or_says_where_it_is_torn(whole in trees::whole(), seed in any::<u64>()) {
        let mut parent = genome(&whole);
        for step in 0..4 {
            let Ok(child) = mutate(&parent, Choice::Any, None, seed ^ step, &Bounds::DEFAULT) else { break };
            match decompile(&child.genome) {
                Ok(after) => { genome(&after); }
                Err(DecompileError::Torn { place, .. }) => prop_assert!(!place.is_empty()),
                Err(error) => panic!("{:?}: {error}", child.origin),
            }
            parent = child.genome;
        }
    }
}

const DEMO: &str = r#"ECOSYSTEM "demo" {
    ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "tiny" }
    ENTITY "careful" { TYPE: Model.Transformer MODEL_KEY: "large" FALLBACK: "fast" }
    ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "llama" }
    ATTRACTOR "qa" {
        ON_INTENT: ["*"]
        STAGE "Draft" { EXECUTE: "fast" TEMPERATURE: 0.123456789 OBSERVE: "Be brief. Be right." }
        STAGE "Check" { EXECUTE: "careful" PROMPT_TRANSFORM: "Look again. Is this right: {input}?" }
        STAGE "Answer" { EXECUTE: "fast" SEED: 7 GROUND_TRUTH: "42" }
    }
    POLICY { JUDGE_ENTITY: "judge" }
}"#;

#[test]
fn every_operator_applies_to_an_ecosystem() {
    let whole = whole(DEMO);
    let parent = genome(&whole);
    for operator in OperatorKind::OF_ECOSYSTEMS {
        let mut n_children = 0;
        for seed in 0..16 {
            let Ok(child) = mutate(&parent, Choice::Operator(operator), None, seed, &Bounds::DEFAULT) else {
                continue;
            };
            let after = decompile(&child.genome).unwrap();
            check(operator, &child.description, &whole, &after);
            n_children += 1;
        }
        assert!(n_children > 12, "{operator}: {n_children}");
    }
}

#[test]
fn a_judge_is_replaced_by_a_model_that_is_named() {
    let parent = genome(&whole(DEMO));
    let choice = Choice::Operator(OperatorKind::ReplaceJudge);
    let child = mutate(&parent, choice, None, 1, &Bounds::DEFAULT).unwrap();
    assert!(child.description.starts_with("judge `llama` becomes `"), "{}", child.description);
    let after = decompile(&child.genome).unwrap().ecosystem;
    let judge = after.entity("judge").unwrap().model_key.clone();
    assert!(["tiny", "large"].contains(&judge.unwrap().as_str()));
}

#[test]
fn a_stage_that_goes_leaves_its_input_to_the_next() {
    let text = DEMO.replace("STAGE \"Answer\" {", "STAGE \"Answer\" { AFTER: [\"Check\"]");
    let parent = genome(&whole(&text));
    let mut left = std::collections::BTreeSet::new();
    for seed in 0..32 {
        let choice = Choice::Operator(OperatorKind::DropStage);
        let child = mutate(&parent, choice, None, seed, &Bounds::DEFAULT).unwrap();
        let after = decompile(&child.genome).unwrap().ecosystem;
        let stages = after.attractors[0].stages.iter();
        left.insert(
            stages.map(|stage| format!("{} {:?}", stage.name, stage.after)).collect::<Vec<_>>().join(", "),
        );
    }
    let expected = [
        "Check None, Answer Some([\"Check\"])",
        "Draft None, Answer Some([\"Draft\"])",
        "Draft None, Check None",
    ];
    assert_eq!(left.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn what_was_never_compiled_is_refused() {
    let text = r#"(module (memory (export "memory") 1) (func (export "answer") (param i32 i32) (result i32 i32)
        local.get 0 local.get 1))"#;
    let genome = flux_genome::text::compile(text, &Bounds::DEFAULT).unwrap();
    assert!(matches!(decompile(&genome), Err(DecompileError::NotCompiled)));
}

#[test]
fn a_torn_shape_is_named() {
    let compiled = compile(&whole(DEMO)).unwrap();
    let parent = compiled.genome(&Bounds::DEFAULT).unwrap();
    let mut torn = 0;
    for seed in 0..40 {
        let choice = Choice::Operator(OperatorKind::SwapOperator);
        let Ok(child) = mutate(&parent, choice, None, seed, &Bounds::DEFAULT) else { continue };
        match decompile(&child.genome) {
            Err(DecompileError::Torn { place, .. }) => {
                let function = format!("function {}", child.function.unwrap());
                assert!(place.starts_with(&function), "{place}, {function}");
                torn += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(torn > 20, "{torn}");
}

#[test]
fn files_that_are_used_come_back_too() {
    let other = "ECOSYSTEM \"other\" { ENTITY \"a\" { TYPE: Model.Transformer MODEL_KEY: \"m\" } \
        ATTRACTOR \"x\" { ON_INTENT: [\"*\"] STAGE \"s\" { EXECUTE: \"a\" } } POLICY { REQUIRE_JUDGE: false } }";
    let text = "ECOSYSTEM \"e\" { ENTITY \"o\" { USES: \"other.flux\" } \
        ATTRACTOR \"x\" { ON_INTENT: [\"*\"] STAGE \"s\" { EXECUTE: \"o\" } } POLICY { REQUIRE_JUDGE: false } }";
    let whole = whole_of(text, &[("other.flux", other)]);
    assert_eq!(decompile(&genome(&whole)).unwrap(), whole);
}

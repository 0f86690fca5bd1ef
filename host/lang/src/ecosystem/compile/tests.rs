use std::collections::BTreeMap;

use flux_genome::{Bounds, Capability, World as GenomeWorld};
use proptest::prelude::*;

use super::{CompileError, Whole, compile};
use crate::ecosystem::{Limits, parse};
use crate::includes::NoIncludes;

pub(in crate::ecosystem) mod engine;
pub(in crate::ecosystem) mod plain;
pub(in crate::ecosystem) mod trees;
pub(in crate::ecosystem) mod world;

use world::{Call, World};

/// Reads a text in the order of tests: what is wrong with it does not matter here.
pub(in crate::ecosystem) fn whole(text: &str) -> Whole {
    let parsed = parse("t.flux", text, &NoIncludes, &Limits::DEFAULT);
    Whole::of(&parsed).unwrap_or_else(|| panic!("{}", parsed.render()))
}

/// Reads a text that uses others.
pub(in crate::ecosystem) fn whole_of(text: &str, others: &[(&str, &str)]) -> Whole {
    let others: BTreeMap<String, String> =
        others.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let parsed = parse("t.flux", text, &others, &Limits::DEFAULT);
    Whole::of(&parsed).unwrap_or_else(|| panic!("{}", parsed.render()))
}

/// An ecosystem of these entities and attractors; nobody has to judge.
pub(in crate::ecosystem) fn around(inner: &str) -> String {
    format!("ECOSYSTEM \"e\" {{ {inner} POLICY {{ REQUIRE_JUDGE: false }} }}")
}

/// What a compiled ecosystem does is what its description says: the same calls in the same order, the same answer.
fn check(whole: &Whole, prompt: &str, seed: u64) -> (Result<String, (u8, String)>, Vec<Call>) {
    let compiled = compile(whole).unwrap_or_else(|error| panic!("{error}"));
    let genome = compiled.genome(&Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(genome.world(), GenomeWorld::Ecosystem);
    let (mut expected_world, world) = (World::new(seed), World::new(seed));
    let expected = plain::answer(whole, prompt, &mut expected_world);
    let (answer, world) = engine::answer(&compiled.module, prompt, world);
    assert_eq!(world.calls, expected_world.calls, "{prompt:?}");
    assert_eq!(answer, expected, "{prompt:?}");
    (answer, world.calls)
}

#[test]
fn a_stage_asks_its_model_as_it_is_told_to() {
    let text = around(
        r#"ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "tiny" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" TEMPERATURE: 0.3 MAX_NEW_TOKENS: 64
            PROMPT_TRANSFORM: "Q: {input} {input}?" OBSERVE: "Be brief." } }"#,
    );
    let (_, calls) = check(&whole(&text), "why", 1);
    let call = Call::Generate {
        model: "tiny".to_owned(),
        prompt: "Q: why why?".to_owned(),
        temperature: 0.3_f32.to_bits(),
        max_tokens: 64,
        system: Some("Be brief.".to_owned()),
    };
    assert_eq!(calls, [call]);
}

#[test]
fn only_what_is_used_is_imported() {
    let capabilities = |inner: &str| {
        let compiled = compile(&whole(&around(inner))).unwrap();
        compiled.genome(&Bounds::DEFAULT).unwrap().capabilities().iter().collect::<Vec<_>>()
    };
    let tail = r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } }"#;
    let model = r#"ENTITY "a" { TYPE: Model.Transformer MODEL_KEY: "m" }"#;
    assert_eq!(capabilities(&format!("{model}{tail}")), [Capability::Model]);
    let person = r#"ENTITY "a" { TYPE: Human.In.The.Loop }"#;
    assert_eq!(capabilities(&format!("{person}{tail}")), [Capability::Human]);
}

#[test]
fn an_intent_chooses_the_attractor() {
    let text = around(
        r#"ENTITY "a" { TYPE: Model.Transformer }
        ATTRACTOR "sums" { ON_INTENT: ["sum", "two words"] STAGE "s" { EXECUTE: "a" PROMPT_TRANSFORM: "sum: {input}" } }
        ATTRACTOR "any" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" PROMPT_TRANSFORM: "any: {input}" } }"#,
    );
    let whole = whole(&text);
    let asked = |prompt: &str| match check(&whole, prompt, 3).1.remove(0) {
        Call::Generate { prompt, model, .. } => format!("{model} {prompt}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked("@sum 1 + 1"), "a sum: 1 + 1");
    assert_eq!(asked("@two words x"), "a sum: x");
    assert_eq!(asked("@sum"), "a any: @sum");
    assert_eq!(asked("@sums 1"), "a any: @sums 1");
    assert_eq!(asked(""), "a any: ");
}

#[test]
fn without_an_attractor_for_it_a_prompt_is_refused() {
    let text = around(
        r#"ENTITY "a" { TYPE: Model.Transformer }
        ATTRACTOR "sums" { ON_INTENT: ["sum"] STAGE "s" { EXECUTE: "a" } }"#,
    );
    let (answer, calls) = check(&whole(&text), "1 + 1", 3);
    assert_eq!(answer.map_err(|(code, _)| code), Err(1));
    assert!(calls.is_empty());
}

#[test]
fn what_cannot_be_compiled_is_named() {
    let refused = |inner: &str| compile(&whole(&around(inner))).unwrap_err();
    let tail = r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } }"#;
    let error = refused(&format!("ENTITY \"a\" {{ TYPE: Recursive.Ensemble }} {tail}"));
    assert!(matches!(&error, CompileError::Unsupported { entity, .. } if entity == "a"), "{error}");
    let circle = r#"ENTITY "a" { TYPE: Model.Ensemble MEMBERS: ["b"] ROUTER: vote }
        ENTITY "b" { TYPE: Model.Transformer FALLBACK: "a" }"#;
    assert!(matches!(refused(&format!("{circle}{tail}")), CompileError::Circle { .. }));
    assert_eq!(refused(""), CompileError::NoAttractor);
}

#[test]
fn files_that_are_used_answer_by_their_first_attractor_for_any_intent() {
    let other = r#"ECOSYSTEM "other" { ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "inner" }
        ATTRACTOR "x" { ON_INTENT: ["x"] STAGE "s" { EXECUTE: "fast" PROMPT_TRANSFORM: "x {input}" } }
        ATTRACTOR "y" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "fast" PROMPT_TRANSFORM: "y {input}" } }
        POLICY { REQUIRE_JUDGE: false } }"#;
    let text = around(
        r#"ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "outer" }
        ENTITY "deep" { TYPE: ECOSYSTEM USES: "other.flux" FALLBACK: "fast" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "a" { EXECUTE: "deep" } STAGE "b" { EXECUTE: "fast" } }"#,
    );
    let whole = whole_of(&text, &[("other.flux", other)]);
    for seed in 0..20 {
        let (_, calls) = check(&whole, "@x why", seed);
        assert!(matches!(&calls[0], Call::Generate { model, prompt, .. }
            if model == "inner" && prompt == "y @x why"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compiled_ecosystems_do_what_is_described(
        whole in trees::whole(), prompt in trees::prompt(), seed in any::<u64>(),
    ) {
        let _ = check(&whole, &prompt, seed);
    }
}

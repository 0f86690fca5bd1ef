use std::collections::BTreeMap;

use flux_lang::ecosystem::tree::{Attractor, Ecosystem, Entity, EntityType, Stage};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::NoIncludes;
use proptest::prelude::*;

use super::{Composition, CompositionError, DEPTH, Used, order};

fn small() -> Ecosystem {
    let text = r#"ECOSYSTEM "small" {
        ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "fast" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" } }
        POLICY { REQUIRE_JUDGE: false }
    }"#;
    let parsed = ecosystem::parse("small.flux", text, &NoIncludes, &Limits::DEFAULT);
    parsed.ecosystem.expect("no mistakes")
}

#[test]
fn who_is_asked_has_to_be_able_to_answer() {
    assert_eq!(Composition::alone(small()).check(), Ok(()));
    let mut tree = small();
    tree.entities[0] = Entity::new("fast", EntityType::Ecosystem);
    let error = Composition::alone(tree).check().expect_err("no file");
    assert_eq!(error, CompositionError::NoUses { entity: "fast".into() });
    let mut tree = small();
    tree.attractors[0].stages.push(Stage::new("again", "slow"));
    let error = Composition::alone(tree).check().expect_err("nobody");
    assert_eq!(error, CompositionError::NoEntity { entity: "slow".into() });
    let mut tree = small();
    tree.entities[0].fallback = Some("fast".into());
    let error = Composition::alone(tree).check().expect_err("a circle");
    assert_eq!(error, CompositionError::Circle { entity: "fast".into() });
    tree = small();
    tree.attractors.push(Attractor { name: "none".into(), intents: vec![], stages: vec![] });
    let error = Composition::alone(tree).check().expect_err("no stage");
    assert_eq!(error, CompositionError::NoStage { attractor: "none".into() });
}

#[test]
fn ecosystems_that_contain_themselves_are_refused() {
    let mut tree = small();
    tree.entities[0] = Entity::new("fast", EntityType::Ecosystem);
    let used = Used { ecosystem: tree, uses: BTreeMap::from([("fast".into(), "small.flux".into())]) };
    let files = BTreeMap::from([("small.flux".to_owned(), used.clone())]);
    let composition = Composition { root: used, files: files.into() };
    let error = composition.check().expect_err("no end");
    assert_eq!(error, CompositionError::TooDeep { entity: "fast".into() });
    let mut view = composition.view();
    for _ in 1..DEPTH {
        view = view.used_by("fast").expect("not too deep");
    }
    assert!(view.used_by("fast").is_err());
}

proptest! {
    #[test]
    fn an_order_has_every_node_after_its_inputs(
        edges in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..4), 1..12),
    ) {
        let acyclic: Vec<Vec<usize>> = edges
            .iter()
            .enumerate()
            .map(|(idx, inputs)| match idx {
                0 => Vec::new(),
                _ => inputs.iter().map(|input| input.index(idx)).collect(),
            })
            .collect();
        let found = order(&acyclic).expect("no circle");
        prop_assert_eq!(found.len(), acyclic.len());
        for (place, node) in found.iter().enumerate() {
            prop_assert!(acyclic[*node].iter().all(|input| found[..place].contains(input)));
        }
    }
}

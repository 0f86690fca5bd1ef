use flux_lang::ecosystem::{Ecosystem, Limits, json, parse, print};
use flux_lang::includes::NoIncludes;

use super::{Material, Mutated, Operator, mutate};
use crate::designer::diagnosis::{Suspect, Weak};
use crate::designer::guard::{changes, objections};

pub(crate) fn read(text: &str) -> Ecosystem {
    let parsed = parse("t.flux", text, &NoIncludes, &Limits::DEFAULT);
    parsed.ecosystem.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics))
}

pub(crate) fn pipeline() -> Ecosystem {
    read(
        r#"ECOSYSTEM "e" {
        ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "weak" }
        ENTITY "slow" { TYPE: Model.Transformer MODEL_KEY: "middling" }
        ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "fair" }
        ATTRACTOR "qa" {
            ON_INTENT: ["*"]
            STAGE "Draft" { EXECUTE: "fast" TEMPERATURE: 0.5 }
            STAGE "Other" { EXECUTE: "slow" AFTER: [] }
            STAGE "Join" { EXECUTE: "fast" AFTER: ["Draft", "Other"] }
            STAGE "Polish" { EXECUTE: "slow" }
        }
        POLICY { JUDGE_ENTITY: "judge" }
    }"#,
    )
}

fn models() -> Vec<String> {
    ["weak", "middling", "strong", "fair", "keen"].map(str::to_owned).to_vec()
}

fn suspect(weak: Weak, name: &str) -> Suspect {
    Suspect { weak, name: name.to_owned(), evidence: String::new() }
}

fn made(operator: Operator, suspect: &Suspect, seed: u64) -> Option<Mutated> {
    let models = models();
    mutate(operator, &pipeline(), Material { models: &models, suspect, average: 0.4 }, seed)
}

#[test]
fn what_operators_make_is_an_ecosystem_and_allowed() {
    let (tree, models) = (pipeline(), models());
    for operator in Operator::ALL {
        for (weak, name) in
            [(Weak::Answer, "fast"), (Weak::Judge, "judge"), (Weak::Stage, "qa"), (Weak::Temperature, "qa")]
        {
            let suspect = suspect(weak, name);
            for seed in 0..40 {
                let found = made(operator, &suspect, seed).expect("a place");
                assert_eq!(Some(&found), made(operator, &suspect, seed).as_ref(), "the same seed");
                let again = json::read(&json::to_json(&found.ecosystem), &Limits::DEFAULT);
                assert_eq!(again.ecosystem.as_ref(), Some(&found.ecosystem), "{}", print(&found.ecosystem));
                assert_eq!(
                    objections(&tree, &found.ecosystem, &models),
                    Vec::<String>::new(),
                    "{}",
                    found.what
                );
                let kinds = changes(&tree, &found.ecosystem);
                assert_eq!(
                    (kinds.judge, kinds.answers),
                    match operator {
                        Operator::ReplaceJudge => (true, false),
                        _ => (false, true),
                    }
                );
            }
        }
    }
}

#[test]
fn operators_work_where_the_weakness_is() {
    for seed in 0..20 {
        let found = made(Operator::ReassignModel, &suspect(Weak::Answer, "slow"), seed).expect("a place");
        let key = |name: &str| found.ecosystem.entity(name).and_then(|entity| entity.model_key.clone());
        assert_eq!(key("fast").as_deref(), Some("weak"), "{}", found.what);
        assert!(!matches!(key("slow").as_deref(), Some("middling" | "fair")), "{}", found.what);
        let found = made(Operator::DropStage, &suspect(Weak::Stage, "qa"), seed).expect("a place");
        assert_eq!(found.ecosystem.attractors[0].stages.len(), 3);
        assert_eq!(found.what, "stage `Polish` of `qa` is gone");
        let found = made(Operator::ReplaceJudge, &suspect(Weak::Judge, "judge"), seed).expect("a place");
        let key = found.ecosystem.entity("judge").and_then(|entity| entity.model_key.clone());
        assert!(matches!(key.as_deref(), Some("strong" | "keen")), "none that answers: {}", found.what);
    }
}

#[test]
fn what_was_after_a_dropped_stage_takes_what_it_took() {
    let mut tree = pipeline();
    super::remove_stage(&mut tree.attractors[0], 2);
    assert_eq!(tree.attractors[0].inputs_of(2), [0, 1], "Polish takes both drafts");
    super::remove_stage(&mut tree.attractors[0], 0);
    assert_eq!(tree.attractors[0].stages[1].after.as_deref(), Some(&["Other".to_owned()][..]));
    super::remove_stage(&mut tree.attractors[0], 0);
    assert_eq!(tree.attractors[0].stages[0].after, None);
}

#[test]
fn temperatures_move_as_the_score_says_and_stay_in_range() {
    let models = models();
    let tree = pipeline();
    let at = |weak, average| {
        let suspect = suspect(weak, "qa");
        let material = Material { models: &models, suspect: &suspect, average };
        let found = mutate(Operator::RetuneTemperature, &tree, material, 3).expect("a place");
        let stages = |tree: &Ecosystem| tree.attractors[0].stages.iter().map(|s| s.temperature).sum::<f64>();
        stages(&found.ecosystem) - stages(&tree)
    };
    assert!(at(Weak::Stage, 0.4) > at(Weak::Stage, 0.6) && at(Weak::Stage, 0.6) > 0.0);
    assert!(at(Weak::Stage, 0.9) < 0.0 && at(Weak::Temperature, 0.4) < 0.0);
}

#[test]
fn without_other_models_nothing_is_reassigned() {
    let models = vec!["weak".to_owned(), "fair".to_owned()];
    let suspect = suspect(Weak::Answer, "fast");
    let material = Material { models: &models, suspect: &suspect, average: 0.4 };
    assert_eq!(mutate(Operator::ReassignModel, &pipeline(), material, 1), None);
    assert_eq!(mutate(Operator::ReplaceJudge, &pipeline(), material, 1), None);
}

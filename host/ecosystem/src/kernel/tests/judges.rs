use std::sync::Arc;

use flux_broker::Request;
use flux_broker::judge::Verdict;

use super::{Toy, kernel, names};
use crate::event::{Event, Unwatched};
use crate::kernel::Ask;

/// `a`, `b` and `c` name cities; judges whose key begins with `j` like one of them, each to its own degree.
fn cities() -> Arc<Toy> {
    Toy::new(|request: &Request| {
        let likes = |score: u32| {
            let is_paris = request.prompt.contains("> Paris");
            format!("{{\"score\": {}}}", if is_paris { score } else { 1 })
        };
        Ok(match request.model.as_str() {
            "a" => "Lyon".to_owned(),
            "b" => "Paris".to_owned(),
            "c" => "Nice".to_owned(),
            judge if request.schema.is_none() => format!("{judge} does not say"),
            "j1" => likes(9),
            _ => likes(7),
        })
    })
}

fn with_judges(rest: &str) -> String {
    format!(
        r#"ENTITY "j1" {{ TYPE: Model.Transformer }} ENTITY "j2" {{ TYPE: Model.Transformer }}
        ENTITY "both" {{ TYPE: Model.Ensemble MEMBERS: ["j1", "j2"] }}
        ENTITY "all" {{ TYPE: Model.Ensemble ROUTER: best-of MEMBERS: ["a", "b", "c"] }}
        {rest}"#
    )
}

#[tokio::test]
async fn the_judge_says_which_answer_of_an_ensemble_is_best() {
    let text = with_judges(
        r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "all" } } POLICY { JUDGE_ENTITY: "j1" }"#,
    );
    let kernel = kernel(&text, &cities(), |_| {});
    let mut events: Vec<Event> = Vec::new();
    let answer = kernel.ask(&Ask::new("Which city?"), &mut events).await.expect("an answer");
    assert_eq!(answer.text, "Paris");
    assert_eq!(answer.confidence.score(), Some(0.9));
    assert_eq!(names(&events).iter().filter(|name| *name == "judge_evaluation").count(), 4);
}

#[tokio::test]
async fn the_judge_says_which_stage_goes_on() {
    let text = with_judges(
        r#"ATTRACTOR "qa" { ON_INTENT: ["*"]
            STAGE "1" { EXECUTE: "a" AFTER: [] } STAGE "2" { EXECUTE: "b" AFTER: [] }
            STAGE "3" { EXECUTE: "c" AFTER: ["1", "2"] MERGE: best-of }
        } POLICY { JUDGE_ENTITY: "j1" }"#,
    );
    let toy = cities();
    let kernel = kernel(&text, &toy, |_| {});
    kernel.ask(&Ask::new("Which city?"), &mut Unwatched).await.expect("an answer");
    let asked = toy.asked();
    let last = asked.iter().find(|request| request.model == "c").expect("the last stage");
    assert_eq!(last.prompt, "Paris");
}

#[tokio::test]
async fn several_judges_are_averaged() {
    let text = with_judges(
        r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "b" } } POLICY { JUDGE_ENTITY: "both" }"#,
    );
    let kernel = kernel(&text, &cities(), |_| {});
    let answer = kernel.ask(&Ask::new("Which city?"), &mut Unwatched).await.expect("an answer");
    let Verdict::Scored { score, .. } = answer.confidence else { panic!("{:?}", answer.confidence) };
    // The logits of 0.9 and 0.7 are averaged.
    assert!((score - 0.8209).abs() < 1e-3, "{score}");
}

#[tokio::test]
async fn nobody_is_asked_about_what_the_judge_is_confident_of() {
    for (threshold, outcome) in [("0.85", "not needed"), ("0.95", "nobody answered")] {
        let text = with_judges(&format!(
            r#"ENTITY "person" {{ TYPE: Human.In.The.Loop MODEL_KEY: "b"
                HUMAN_CONFIG {{ CONFIDENCE_THRESHOLD: {threshold} ESCALATION: "accept" }} }}
            ATTRACTOR "qa" {{ ON_INTENT: ["*"] STAGE "s" {{ EXECUTE: "person" }} }}
            POLICY {{ JUDGE_ENTITY: "j1" }}"#
        ));
        let kernel = kernel(&text, &cities(), |_| {});
        let mut events: Vec<Event> = Vec::new();
        let answer = kernel.ask(&Ask::new("Which city?"), &mut events).await.expect("an answer");
        assert_eq!(answer.text, "Paris");
        let told = events.iter().find_map(|event| match event {
            Event::HitlInteraction { outcome, .. } => Some(outcome.as_str()),
            _ => None,
        });
        assert_eq!(told, Some(outcome));
    }
}

use std::sync::Arc;
use std::time::Duration;

use flux_broker::judge::{Means, Unscored, Verdict};
use flux_broker::questions::{Check, Question};
use flux_broker::{ErrorKind, Request};

use super::{Toy, composition, kernel, names};
use crate::event::{Event, Unwatched};
use crate::growth::{Mode, Thresholds};
use crate::kernel::{Answer, Ask, Judging, Kernel, Mutation};

const CHECKED: &str = r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } }
    POLICY { REQUIRE_JUDGE: false }"#;

const JUDGED: &str = r#"ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "j" }
    ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } } POLICY { JUDGE_ENTITY: "judge" }"#;

fn capital() -> Question {
    Question {
        subject: "geography".into(),
        ask: "What is the capital of France?".into(),
        answer: "Paris".into(),
        wrong: vec!["Lyon".into()],
        accept: Vec::new(),
        check: Check::default(),
    }
}

/// Answers with `answer`, and as a judge with a score.
fn judged(answer: &'static str, score: &'static str) -> Arc<Toy> {
    Toy::new(move |request: &Request| match request.model.as_str() {
        "j" if request.schema.is_some() => Ok(score.to_owned()),
        "j" => Ok("perhaps".to_owned()),
        _ => Ok(answer.to_owned()),
    })
}

async fn ask_known(kernel: &Kernel, times: usize, events: &mut Vec<Event>) -> Answer {
    let question = capital();
    let mut last = None;
    for _ in 0..times {
        last = Some(kernel.ask(&Ask::known(&question), events).await.expect("an answer"));
    }
    last.expect("at least once")
}

#[tokio::test]
async fn a_check_outranks_the_judge() {
    let toy = judged("Lyon", "{\"score\": 10}");
    let where_needed = kernel(JUDGED, &toy, |_| {});
    let answer = ask_known(&where_needed, 1, &mut Vec::new()).await;
    assert_eq!(answer.confidence.score(), Some(0.0));
    assert!(matches!(answer.confidence, Verdict::Scored { means: Means::Check, .. }));
    assert_eq!((answer.judged, answer.average, answer.lacks_verdict), (None, Some(0.0), false));
    assert_eq!(toy.asked().len(), 1);

    let always = kernel(JUDGED, &toy, |settings| settings.judging = Judging::Always);
    let answer = ask_known(&always, 1, &mut Vec::new()).await;
    assert_eq!(answer.confidence.score(), Some(0.0));
    assert_eq!(answer.judged.and_then(|verdict| verdict.score()), Some(1.0));
}

#[tokio::test]
async fn an_answer_without_a_verdict_is_unscored_and_moves_nothing() {
    let toy = judged("Paris", "nothing to say");
    let judge = kernel(JUDGED, &toy, |_| {});
    ask_known(&judge, 1, &mut Vec::new()).await;
    let answer = judge.ask(&Ask::new("Who?"), &mut Unwatched).await.expect("an answer");
    assert!(matches!(answer.confidence, Verdict::Unscored { .. }), "{:?}", answer.confidence);
    assert!(answer.lacks_verdict);
    assert_eq!((answer.text.as_str(), answer.average), ("Paris", Some(1.0)));
    let history = judge.history("qa").expect("asked");
    assert_eq!((history.n_scored(), history.n_unscored()), (1, 1));

    let nobody = kernel(CHECKED, &toy, |_| {});
    let answer = nobody.ask(&Ask::new("Who?"), &mut Unwatched).await.expect("an answer");
    assert_eq!(answer.confidence, Verdict::Unscored { why: Unscored::NoJudge });
    assert!(!answer.lacks_verdict);
}

#[tokio::test]
async fn a_judge_that_made_the_answer_or_fails_gives_no_score() {
    let own = JUDGED
        .replace("EXECUTE: \"a\"", "EXECUTE: \"other\"")
        .replace("ATTRACTOR", "ENTITY \"other\" { TYPE: Model.Transformer MODEL_KEY: \"j\" } ATTRACTOR");
    let kernel_of_one = kernel(&own, &judged("", "{\"score\": 9}"), |_| {});
    let answer = kernel_of_one.ask(&Ask::new("Who?"), &mut Unwatched).await.expect("an answer");
    assert_eq!(answer.confidence, Verdict::Unscored { why: Unscored::OwnAnswer { model: "j".into() } });

    let failing = Toy::new(|request| match request.model.as_str() {
        "j" => Err(ErrorKind::Refused),
        _ => Ok("Paris".to_owned()),
    });
    let mut events: Vec<Event> = Vec::new();
    let kernel = kernel(JUDGED, &failing, |_| {});
    let answer = kernel.ask(&Ask::new("Who?"), &mut events).await.expect("an answer");
    assert!(matches!(answer.confidence, Verdict::Unscored { why: Unscored::Failed { .. } }));
    assert!(answer.lacks_verdict);
    assert!(names(&events).contains(&"judge_evaluation".to_owned()));
}

#[tokio::test]
async fn bad_answers_raise_the_temperature_of_what_is_live_after_a_rest() {
    let kernel = kernel(CHECKED, &judged("Lyon", ""), |_| {});
    let mut events = Vec::new();
    let answer = ask_known(&kernel, 4, &mut events).await;
    assert_eq!(kernel.version(), 1);
    // The factor follows the average at once: 1 + 0.3 x 0.75.
    assert!((answer.temperature_factor - 1.225).abs() < 1e-12);
    ask_known(&kernel, 1, &mut events).await;
    assert_eq!(kernel.version(), 2);
    let temperature = kernel.composition().ecosystem().attractors[0].stages[0].temperature;
    assert!((temperature - 0.7 * crate::history::PHI).abs() < 1e-12);
    let told = names(&events);
    let last: Vec<&str> = told.iter().rev().take(3).rev().map(String::as_str).collect();
    assert_eq!(last, ["mutation_triggered", "mutation_proposed", "ecosystem_replaced"]);
    // What is live is what is asked.
    let answer = ask_known(&kernel, 1, &mut events).await;
    assert_eq!((answer.version, answer.stages[0].temperature), (2, (temperature * 1.225).min(2.0)));
    ask_known(&kernel, 4, &mut events).await;
    assert_eq!(kernel.version(), 3);
    assert!(names(&events).contains(&"mutation_evaluated".to_owned()));
}

#[tokio::test]
async fn a_temperature_that_made_answers_worse_is_taken_back_for_good() {
    // Right at every second time as it is written, never when it is hotter than that.
    let n_asked = std::sync::atomic::AtomicUsize::new(0);
    let toy = Toy::new(move |request| {
        let n_asked = n_asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(if request.temperature < 1.0 && n_asked % 2 == 1 { "Paris" } else { "Lyon" }.to_owned())
    });
    let kernel = kernel(CHECKED, &toy, |_| {});
    let mut events = Vec::new();
    ask_known(&kernel, 5, &mut events).await;
    assert_eq!(kernel.version(), 2);
    ask_known(&kernel, 5, &mut events).await;
    assert_eq!(kernel.version(), 3);
    assert_eq!(kernel.composition().ecosystem().attractors[0].stages[0].temperature, 0.7);
    let evaluated = events.iter().find_map(|event| match event {
        Event::MutationEvaluated { is_taken, why, .. } => Some((*is_taken, why.as_str())),
        _ => None,
    });
    assert_eq!(evaluated, Some((false, "the average was 0.400 before and is 0.000 since")));
    ask_known(&kernel, 30, &mut events).await;
    assert_eq!(kernel.version(), 3);
    // What replaces it may be mutated again.
    kernel.swap(composition(CHECKED)).expect("it can be run");
    ask_known(&kernel, 5, &mut events).await;
    assert_eq!(kernel.version(), 5);
}

#[tokio::test]
async fn a_simulation_changes_nothing_and_neither_does_a_kernel_that_may_not() {
    for (mode, mutation) in [(Mode::Simulation, Mutation::Temperatures), (Mode::Growth, Mutation::Nothing)] {
        let kernel = kernel(CHECKED, &judged("Lyon", ""), |settings| {
            (settings.mode, settings.mutation) = (mode, mutation);
        });
        ask_known(&kernel, 20, &mut Vec::new()).await;
        assert_eq!((kernel.version(), kernel.mode()), (1, mode));
    }
}

#[tokio::test]
async fn good_answers_lead_to_production_and_bad_ones_back() {
    let is_bad = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let switch = Arc::clone(&is_bad);
    let toy = Toy::new(move |_| {
        Ok(if switch.load(std::sync::atomic::Ordering::SeqCst) { "Lyon" } else { "Paris" }.to_owned())
    });
    let kernel = kernel(CHECKED, &toy, |settings| settings.thresholds = Thresholds::DEMO);
    let mut events = Vec::new();
    assert_eq!(ask_known(&kernel, 3, &mut events).await.mode, Mode::Growth);
    assert_eq!(ask_known(&kernel, 1, &mut events).await.mode, Mode::Production);
    is_bad.store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = ask_known(&kernel, 5, &mut events).await;
    assert_eq!(answer.mode, Mode::Growth);
    let told = names(&events);
    assert_eq!(told.iter().filter(|name| name.starts_with("transition_to_")).count(), 2);
    // It did not change while it was in production.
    let back = told.iter().position(|name| name == "transition_to_growth").expect("back");
    assert!(!told[..back].contains(&"ecosystem_replaced".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn asks_under_way_finish_on_the_ecosystem_they_began_with() {
    let toy =
        Toy::slow(Duration::from_secs(1), |request| Ok(format!("{}({})", request.model, request.prompt)));
    let text = |entity: &str| {
        format!(
            r#"ATTRACTOR "qa" {{ ON_INTENT: ["*"] STAGE "1" {{ EXECUTE: "{entity}" }} STAGE "2" {{ EXECUTE: "{entity}" }} }}
            POLICY {{ REQUIRE_JUDGE: false }}"#
        )
    };
    let kernel = Arc::new(kernel(&text("a"), &toy, |_| {}));
    let ask = |kernel: &Arc<Kernel>| {
        let kernel = Arc::clone(kernel);
        tokio::spawn(async move { kernel.ask(&Ask::new("q"), &mut Unwatched).await.expect("an answer") })
    };
    let before = ask(&kernel);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(kernel.swap(composition(&text("b"))), Ok(2));
    let after = ask(&kernel);
    let (before, after) = (before.await.expect("no panic"), after.await.expect("no panic"));
    assert_eq!((before.text.as_str(), before.version), ("a(a(q))", 1));
    assert_eq!((after.text.as_str(), after.version), ("b(b(q))", 2));
    let none = composition(&text("b")).with_root(flux_lang::ecosystem::Ecosystem::new("none"));
    assert!(kernel.swap(Arc::new(none)).is_err());
    assert_eq!(kernel.version(), 2);
}

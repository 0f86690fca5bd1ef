use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flux_broker::tape::Recorder;
use flux_broker::{Broker, ErrorKind, Model};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::{Included, Includes};
use proptest::prelude::*;

use super::{Toy, composition, kernel, names, text};
use crate::composition::Composition;
use crate::error::AskError;
use crate::event::{Event, Piece, Route, Unwatched, Watch};
use crate::human::{Draft, Human, Review};
use crate::kernel::{Ask, Kernel, Settings};
use crate::routing::Likeness;

const ONE: &str =
    r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "a" } } POLICY { REQUIRE_JUDGE: false }"#;

#[tokio::test]
async fn a_single_stage_answers() {
    let toy = Toy::echo();
    let kernel = kernel(ONE, &toy, |_| {});
    let mut events: Vec<Event> = Vec::new();
    let answer = kernel.ask(&Ask::new("why?"), &mut events).await.expect("an answer");
    assert_eq!(answer.text, "a(why?)");
    assert_eq!((answer.number, answer.version, answer.attractor.as_str()), (0, 1, "qa"));
    assert_eq!(answer.average, None);
    assert!(answer.cost > 0.0);
    let expected =
        ["attractor_start", "stage_start", "generation_success", "stage_complete", "confidence_evaluation"];
    assert_eq!(names(&events), expected);
    let request = &toy.asked()[0];
    assert_eq!((request.temperature, request.max_tokens, request.system.clone()), (0.7, 1024, None));
}

#[tokio::test]
async fn the_same_ask_again_has_another_seed_and_a_story_repeats() {
    let story = async |text: &str| {
        let toy = Toy::echo();
        let kernel = kernel(text, &toy, |settings| settings.seed = 7);
        for _ in 0..3 {
            kernel.ask(&Ask::new("why?"), &mut Unwatched).await.expect("an answer");
        }
        toy.asked().iter().map(|request| request.seed.expect("a seed")).collect::<Vec<u64>>()
    };
    let seeds = story(ONE).await;
    assert_eq!(seeds, story(ONE).await);
    assert!(seeds[0] != seeds[1] && seeds[1] != seeds[2], "{seeds:?}");
    let other = story(&ONE.replace("EXECUTE", "SEED: 7 EXECUTE")).await;
    assert_eq!(seeds, other, "the kernel's seed and that of the stage are the same");
    let other = story(&ONE.replace("EXECUTE", "SEED: 8 EXECUTE")).await;
    assert_ne!(seeds, other);
}

#[tokio::test(start_paused = true)]
async fn stages_that_wait_for_nobody_run_at_once() {
    let toy =
        Toy::slow(Duration::from_secs(1), |request| Ok(format!("{}({})", request.model, request.prompt)));
    let stages = r#"ATTRACTOR "qa" { ON_INTENT: ["*"]
        STAGE "one" { EXECUTE: "a" AFTER: [] }
        STAGE "two" { EXECUTE: "b" AFTER: [] OBSERVE: "Look." PROMPT_TRANSFORM: "x {input} {input}" }
        STAGE "end" { EXECUTE: "c" AFTER: ["two", "one"] }
    } POLICY { REQUIRE_JUDGE: false }"#;
    let kernel = kernel(stages, &toy, |_| {});
    let answer = kernel.ask(&Ask::new("q"), &mut Unwatched).await.expect("an answer");
    assert_eq!(answer.text, "c(b(x q q)\n\na(q))");
    assert_eq!(answer.took, Duration::from_secs(2));
    assert_eq!(toy.most(), 2);
    assert_eq!(toy.asked()[1].system.as_deref(), Some("Look."));
    let stages: Vec<&str> = answer.stages.iter().map(|stage| stage.stage.as_str()).collect();
    assert_eq!(stages, ["one", "two", "end"]);
}

#[tokio::test]
async fn several_outputs_become_one_input() {
    let answering = |request: &flux_broker::Request| match request.model.as_str() {
        "a" => Ok("Lyon".to_owned()),
        "b" => Ok("Paris".to_owned()),
        _ => Ok(request.prompt.clone()),
    };
    for (merge, expected) in [("concat", "Lyon\n\nParis\n\nParis"), ("vote", "Paris"), ("first", "Lyon")] {
        let stages = format!(
            r#"ATTRACTOR "qa" {{ ON_INTENT: ["*"]
            STAGE "1" {{ EXECUTE: "a" AFTER: [] }} STAGE "2" {{ EXECUTE: "b" AFTER: [] }}
            STAGE "3" {{ EXECUTE: "b" AFTER: [] }}
            STAGE "end" {{ EXECUTE: "c" AFTER: ["1", "2", "3"] MERGE: {merge} }}
            }} POLICY {{ REQUIRE_JUDGE: false }}"#
        );
        let kernel = kernel(&stages, &Toy::new(answering), |_| {});
        assert_eq!(text(&kernel, "q").await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn ensembles_ask_their_members_at_once() {
    let answering = |request: &flux_broker::Request| match request.model.as_str() {
        "a" => Ok("about 10".to_owned()),
        "b" => Ok("20.".to_owned()),
        _ => Err(ErrorKind::NoModel),
    };
    for (router, expected) in [("average", "15"), ("vote", "about 10")] {
        let text = format!(
            r#"ENTITY "all" {{ TYPE: Model.Ensemble MEMBERS: ["a", "b", "c"] ROUTER: {router} }}
            ATTRACTOR "qa" {{ ON_INTENT: ["*"] STAGE "s" {{ EXECUTE: "all" }} }}
            POLICY {{ REQUIRE_JUDGE: false }}"#
        );
        let toy = Toy::slow(Duration::from_secs(1), answering);
        let kernel = kernel(&text, &toy, |_| {});
        let answer = kernel.ask(&Ask::new("q"), &mut Unwatched).await.expect("an answer");
        assert_eq!(answer.text, expected);
        assert_eq!(toy.most(), 3);
        assert_eq!(answer.stages[0].models.len(), 2);
    }
}

#[tokio::test]
async fn who_fails_is_replaced_but_not_for_money() {
    let text = r#"ENTITY "x" { TYPE: Model.Transformer MODEL_KEY: "x" FALLBACK: "y" }
        ENTITY "y" { TYPE: Model.Transformer MODEL_KEY: "y" FALLBACK: "a" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "x" } } POLICY { REQUIRE_JUDGE: false }"#;
    let failing = |kind: ErrorKind| {
        Toy::new(move |request| if request.model == "a" { Ok("here".to_owned()) } else { Err(kind) })
    };
    let with_fallbacks = kernel(text, &failing(ErrorKind::NoModel), |_| {});
    let mut events: Vec<Event> = Vec::new();
    let answer = with_fallbacks.ask(&Ask::new("q"), &mut events).await.expect("an answer");
    assert_eq!((answer.text.as_str(), answer.stages[0].entity.as_str()), ("here", "a"));
    assert_eq!(names(&events).iter().filter(|name| *name == "fallback_trigger").count(), 2);
    let without_money = kernel(text, &failing(ErrorKind::OverBudget), |_| {});
    let error = without_money.ask(&Ask::new("q"), &mut Unwatched).await.expect_err("no money");
    assert_eq!(error.name(), "over-budget");
    assert!(without_money.metrics().text().contains("error_type=\"over-budget\",stage=\"s\""));
}

#[tokio::test]
async fn questions_find_their_attractor() {
    let text = r#"
        ATTRACTOR "sums" { ON_INTENT: ["maths"] STAGE "s" { EXECUTE: "a" } }
        ATTRACTOR "rest" { ON_INTENT: ["poems", "*"] STAGE "s" { EXECUTE: "b" } }
        POLICY { REQUIRE_JUDGE: false }"#;
    let kernel = kernel(text, &Toy::echo(), |settings| {
        settings.likeness = Some(Likeness { model: "e".into(), least: Likeness::LEAST });
    });
    for (question, intent, attractor, route) in [
        ("q", Some("maths"), "sums", Route::Intent("maths".into())),
        ("q", Some("poems"), "rest", Route::Intent("poems".into())),
        ("q", Some("other"), "rest", Route::Any),
        ("more of it", None, "sums", Route::Near { intent: "maths".into(), similarity: 1.0 }),
        ("no letter of it", None, "rest", Route::Any),
    ] {
        let answer =
            kernel.ask(&Ask { intent, ..Ask::new(question) }, &mut Unwatched).await.expect("an answer");
        assert_eq!((answer.attractor.as_str(), answer.route), (attractor, route), "{question}");
    }
    let text = r#"ATTRACTOR "sums" { ON_INTENT: ["maths"] STAGE "s" { EXECUTE: "a" } }
        POLICY { REQUIRE_JUDGE: false }"#;
    let kernel = super::kernel(text, &Toy::echo(), |_| {});
    assert_eq!(super::text(&kernel, "the only one").await, "a(the only one)");
    let other = Ask { intent: Some("poems"), ..Ask::new("q") };
    let error = kernel.ask(&other, &mut Unwatched).await.expect_err("nobody");
    assert_eq!(error.to_string(), "no ATTRACTOR answers the intent `poems`; the intents are `maths`");
}

#[tokio::test(start_paused = true)]
async fn a_text_that_is_too_long_is_read_in_parts() {
    // Parts say which of the letters in question they have.
    let answering = |request: &flux_broker::Request| {
        let found: Vec<&str> =
            request.prompt.split_whitespace().filter(|word| word.starts_with("key=")).collect();
        Ok(format!("{}: {}", request.model, found.join(" ")))
    };
    let text = r#"ENTITY "deep" { TYPE: Recursive.Ensemble
            RECURSIVE_CONFIG { MAX_CHUNK_TOKENS: 400 CHUNK_OVERLAP: 10 MAX_WORKERS: 3 SUB_MODEL_KEY: "sub" ROOT_MODEL_KEY: "root" } }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "deep" OBSERVE: "Find keys." } }
        ATTRACTOR "plain" { ON_INTENT: ["plain"] STAGE "s" { EXECUTE: "a" } }
        POLICY { REQUIRE_JUDGE: false }"#
        .replace("ON_INTENT: [\"*\"]", "ON_INTENT: [\"deep\"]");
    let toy = Toy::slow(Duration::from_secs(1), answering);
    let kernel = kernel(&text, &toy, |_| {});
    let long: String = (0..40).map(|n| format!("{} key={n}\n\n", "filler words ".repeat(20))).collect();
    let question = format!("{long}Which keys are there?");
    let mut events: Vec<Event> = Vec::new();
    let ask = Ask { intent: Some("deep"), ..Ask::new(&question) };
    let answer = kernel.ask(&ask, &mut events).await.expect("an answer");
    for n in 0..40 {
        assert!(answer.text.contains(&format!("key={n}")), "{n} of {}", answer.text);
    }
    assert!(answer.text.starts_with("root:"));
    assert_eq!(toy.most(), 3);
    let asked = toy.asked();
    let (root, parts) = asked.split_last().expect("calls");
    assert!(parts.len() > 8 && parts.iter().all(|part| part.model == "sub"));
    assert!(parts.iter().all(|part| part.prompt.ends_with("Find keys.\nWhich keys are there?")));
    assert_eq!(root.system.as_deref(), Some("Find keys."));
    let starts = events.iter().filter(|event| matches!(event, Event::RecursiveStart { round: 1, .. }));
    assert_eq!(starts.count(), 1);

    // A transformer does the same where the prompt is above 80 % of what its model reads (4,096 tokens).
    let longer = format!("{}Which?", long.repeat(2));
    let ask = Ask { intent: Some("plain"), ..Ask::new(&longer) };
    let answer = kernel.ask(&ask, &mut Unwatched).await.expect("an answer");
    assert!(answer.text.starts_with("a:") && answer.text.contains("key=39"));
    let short = Ask { intent: Some("deep"), ..Ask::new("short key=1") };
    let n_before = toy.asked().len();
    assert_eq!(kernel.ask(&short, &mut Unwatched).await.expect("an answer").text, "root: key=1");
    assert_eq!(toy.asked().len(), n_before + 1);
}

#[tokio::test]
async fn notes_that_do_not_get_shorter_are_an_error() {
    let toy = Toy::new(|request| Ok(request.prompt.repeat(2)));
    let kernel = kernel(ONE, &toy, |_| {});
    let long = "many words ".repeat(2_000);
    let error = kernel.ask(&Ask::new(&long), &mut Unwatched).await.expect_err("too long");
    assert!(matches!(error, AskError::TooLong { most: 3276, .. }), "{error}");
}

/// A person who says what is next in a list, and is gone when it is over.
struct Scripted(std::sync::Mutex<Vec<Review>>, Duration);

#[async_trait]
impl Human for Scripted {
    async fn review(&self, draft: &Draft<'_>) -> Review {
        tokio::time::sleep(self.1).await;
        assert_eq!(draft.entity, "person");
        self.0.lock().expect("no panic").pop().unwrap_or(Review::Absent)
    }
}

#[tokio::test(start_paused = true)]
async fn people_approve_correct_and_send_back() {
    let text = |config: &str| {
        format!(
            r#"ENTITY "person" {{ TYPE: Human.In.The.Loop MODEL_KEY: "a" FALLBACK: "c" HUMAN_CONFIG {{ {config} }} }}
            ATTRACTOR "qa" {{ ON_INTENT: ["*"] STAGE "s" {{ EXECUTE: "person" }} }}
            POLICY {{ REQUIRE_JUDGE: false MAX_HUMAN_ITERATIONS: 2 }}"#
        )
    };
    let ask = async |config: &str, takes: u64, mut says: Vec<Review>| {
        says.reverse();
        let kernel = kernel(&text(config), &Toy::echo(), |settings| {
            settings.human = Some(Arc::new(Scripted(says.into(), Duration::from_secs(takes))));
        });
        kernel.ask(&Ask::new("q"), &mut Unwatched).await.expect("an answer").text
    };
    assert_eq!(ask("", 1, vec![Review::Approve]).await, "a(q)");
    assert_eq!(ask("", 1, vec![Review::Correct("mine".into())]).await, "mine");
    let again = ask("", 1, vec![Review::Again("shorter".into()), Review::Approve]).await;
    assert!(again.starts_with("a(q\n\nA draft") && again.contains("shorter"), "{again}");
    // Asked twice at most; then somebody else answers, or the escalation does.
    let twice = vec![Review::Again("x".into()), Review::Again("y".into()), Review::Approve];
    assert_eq!(ask("", 1, twice).await, "c(q)");
    assert_eq!(
        ask("TIMEOUT_SEC: 5 ESCALATION: \"approve\"", 6, vec![Review::Correct("late".into())]).await,
        "a(q)"
    );
    assert_eq!(ask("TIMEOUT_SEC: 5 ESCALATION: \"b\"", 6, vec![]).await, "b(q)");
    assert_eq!(
        ask("TIMEOUT_SEC: 5 ESCALATION: \"b\"", 4, vec![Review::Correct("in time".into())]).await,
        "in time"
    );
}

struct Files(BTreeMap<&'static str, &'static str>);

impl Includes for Files {
    fn find(&self, name: &str, _from: &str) -> Result<Included, String> {
        let text = self.0.get(name).ok_or("there is no such file")?;
        Ok(Included { name: name.to_owned(), text: (*text).to_owned() })
    }
}

#[tokio::test]
async fn an_entity_may_be_an_ecosystem() {
    let inner = r#"ECOSYSTEM "inner" {
        ENTITY "x" { TYPE: Model.Transformer MODEL_KEY: "x" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "1" { EXECUTE: "x" } STAGE "2" { EXECUTE: "x" } }
        POLICY { REQUIRE_JUDGE: false MAX_COST_PER_REQUEST: 0.01 }
    }"#;
    let outer = r#"ECOSYSTEM "outer" {
        ENTITY "whole" { USES: "inner.flux" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "s" { EXECUTE: "whole" } }
        POLICY { REQUIRE_JUDGE: false }
    }"#;
    let ask = async |inner: &'static str| {
        let files = Files(BTreeMap::from([("inner.flux", inner)]));
        let parsed = ecosystem::parse("outer.flux", outer, &files, &Limits::DEFAULT);
        let composition = Composition::from_parsed(&parsed).unwrap_or_else(|| panic!("{}", parsed.render()));
        let model: Arc<dyn Model> = Toy::echo();
        let kernel =
            Kernel::new(Arc::new(composition), Broker::over(model, 1, Recorder::live()), Settings::default());
        kernel.expect("it can be run").ask(&Ask::new("q"), &mut Unwatched).await
    };
    let answer = ask(inner).await.expect("an answer");
    assert_eq!(answer.text, "x(x(q))");
    assert_eq!(answer.stages.len(), 1);
    let poor: &'static str = Box::leak(inner.replace("0.01", "0.0000001").into_boxed_str());
    assert_eq!(ask(poor).await.expect_err("the inner limit").name(), "over-budget");
}

/// Collects the text of the answer.
#[derive(Default)]
struct Streamed(String);

impl Watch for Streamed {
    fn event(&mut self, _event: &Event) {}

    fn text(&mut self, piece: &Piece<'_>) {
        if piece.is_answer {
            self.0.push_str(piece.text);
        }
    }
}

#[tokio::test]
async fn what_is_streamed_is_the_answer() {
    let text = r#"ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "1" { EXECUTE: "a" } STAGE "2" { EXECUTE: "b" } }
        POLICY { REQUIRE_JUDGE: false }"#;
    let kernel = kernel(text, &Toy::echo(), |_| {});
    let mut streamed = Streamed::default();
    let answer = kernel.ask(&Ask::new("q"), &mut streamed).await.expect("an answer");
    assert_eq!((streamed.0.as_str(), answer.text.as_str()), ("b(a(q))", "b(a(q))"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However stages depend on each other, each is asked once, after those that it takes its input from.
    #[test]
    fn any_graph_of_stages_is_run_in_an_order_that_it_allows(
        edges in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..8),
        delays in proptest::collection::vec(0u64..50, 8),
    ) {
        let mut stages = String::new();
        for (idx, inputs) in edges.iter().enumerate() {
            let inputs: std::collections::BTreeSet<usize> =
                if idx == 0 { Default::default() } else { inputs.iter().map(|input| input.index(idx)).collect() };
            let after: Vec<String> = inputs.iter().map(|input| format!("\"s{input}\"")).collect();
            stages.push_str(&format!(
                "STAGE \"s{idx}\" {{ EXECUTE: \"a\" AFTER: [{}] PROMPT_TRANSFORM: \"{idx}<{{input}}>\" }}\n",
                after.join(", ")
            ));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
            .expect("a runtime");
        let text = format!("ATTRACTOR \"qa\" {{ ON_INTENT: [\"*\"] {stages} }} POLICY {{ REQUIRE_JUDGE: false }}");
        let toy = Toy::slow(Duration::from_millis(delays[0]), |request| Ok(request.prompt.replace("\n\n", "+")));
        let kernel = kernel(&text, &toy, |_| {});
        let answer = runtime.block_on(kernel.ask(&Ask::new("q"), &mut Unwatched)).expect("an answer");
        prop_assert_eq!(toy.asked().len(), edges.len());
        let attractor = &composition(&text).ecosystem().attractors[0].clone();
        let outputs: Vec<String> = answer.stages.iter().map(|stage| stage.text.clone()).collect();
        for (idx, output) in outputs.iter().enumerate() {
            let inputs: Vec<&str> = attractor.inputs_of(idx).iter().map(|input| outputs[*input].as_str()).collect();
            let input = if inputs.is_empty() { "q".to_owned() } else { inputs.join("+") };
            prop_assert_eq!(output, &format!("{idx}<{input}>"));
        }
    }
}

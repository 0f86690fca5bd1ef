use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Broker, Parts, Terms};
use crate::budget::Account;
use crate::config::ModelsConfig;
use crate::error::ErrorKind;
use crate::model::{Generated, Model, Request};
use crate::scripted::{Act, Scripted};
use crate::tape::{Recorder, Tape};
use crate::{ModelError, generate_in_turn};

/// A unit for each million tokens, so that sums are easy to read.
const PRICE: f64 = crate::config::COST_PER_TOKEN;

fn request(max_tokens: u64) -> Request {
    Request { max_tokens, ..Request::new("m", "0123456789") }
}

fn over(model: &Arc<Scripted>, concurrency: usize) -> Broker {
    Broker::over(model.clone(), concurrency, Recorder::live())
}

fn terms(limit: f64) -> Terms {
    Terms { account: Account::new(Some(limit)), deadline: None }
}

async fn ask(model: &impl Model, request: &Request) -> (Result<Generated, ModelError>, String) {
    let mut shown = String::new();
    let result = model.generate(request, &mut |text| shown.push_str(text)).await;
    (result, shown)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_breaks_is_made_again_and_shown_once() {
    let script = [
        Act::Fails(&[], ErrorKind::Unreachable),
        Act::Fails(&["one ", "two "], ErrorKind::Unreachable),
        Act::Says(&["one ", "two ", "three"], 30),
    ];
    let model = Arc::new(Scripted::new(script).counting(20, 3));
    let bounded = over(&model, 1).bound(Terms::unlimited());
    let (result, shown) = ask(&bounded, &request(8)).await;
    assert_eq!(
        (result.expect("the third attempt").text.as_str(), shown.as_str()),
        ("one two three", "one two three")
    );
    assert_eq!(model.asked().len(), 3);
    assert!((bounded.terms().account.spent() - 23.0 * PRICE).abs() < 1e-12);
}

#[tokio::test(start_paused = true)]
async fn others_have_their_turn_in_a_pause_but_the_money_stays_set_aside() {
    let model = Arc::new(Scripted::new([Act::Fails(&[], ErrorKind::Busy), Act::Says(&["yes"], 1)]));
    let broker = over(&model, 1);
    let most = (10 + 256 + 8) as f64 * PRICE;
    let bounded = broker.bound(terms(1.0));
    let first = tokio::spawn({
        let bounded = bounded.clone();
        async move { ask(&bounded, &request(8)).await.0.map(|_| ()) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!((bounded.terms().account.promised() - most).abs() < 1e-12);
    ask(&broker.bound(Terms::unlimited()), &request(8)).await.0.expect("the permit is free in the pause");
    assert!(!first.is_finished());
    first.await.expect("no panic").expect("the second attempt");
    assert_eq!(bounded.terms().account.promised(), 0.0);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_call_and_gives_everything_back() {
    let model = Arc::new(Scripted::new([Act::Says(&["late"], 60_000)]));
    let broker = over(&model, 1);
    let account = Account::new(Some(1.0));
    let begun = Instant::now();
    let deadline = Some(begun + Duration::from_millis(2500));
    let bounded = broker.bound(Terms { account: account.clone(), deadline });
    let error = ask(&bounded, &request(8)).await.0.expect_err("it takes a minute");
    assert_eq!((error.kind, begun.elapsed()), (ErrorKind::OverLatency, Duration::from_millis(2500)));
    assert_eq!((account.spent(), account.promised(), model.calls().0), (0.0, 0.0, 0));
    // The time in which it waits for its turn counts, too.
    let other = broker.bound(Terms::unlimited());
    let holding = tokio::spawn(async move { ask(&other, &request(8)).await.0.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let deadline = Some(Instant::now() + Duration::from_millis(10));
    let bounded = broker.bound(Terms { account: account.clone(), deadline });
    let error = ask(&bounded, &request(8)).await.0.expect_err("the permit is taken");
    assert_eq!((error.kind, account.promised()), (ErrorKind::OverLatency, 0.0));
    holding.await.expect("no panic").expect("it was not disturbed");
    // Once it is over nobody is asked at all.
    let n_asked = model.asked().len();
    let error = ask(&bounded, &request(8)).await.0.expect_err("it is over");
    assert_eq!((error.kind, model.asked().len()), (ErrorKind::OverLatency, n_asked));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_everything_back() {
    let model = Arc::new(Scripted::new([Act::Says(&["late"], 1000)]));
    let broker = over(&model, 1);
    let bounded = broker.bound(terms(1.0));
    let account = bounded.terms().account.clone();
    let call = tokio::spawn(async move { ask(&bounded, &request(8)).await.0.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(account.promised() > 0.0 && model.calls().0 == 1);
    call.abort();
    assert!(call.await.expect_err("it was dropped").is_cancelled());
    assert_eq!((account.spent(), account.promised(), model.calls().0), (0.0, 0.0, 0));
    let begun = Instant::now();
    ask(&broker.bound(Terms::unlimited()), &request(8)).await.0.expect("the permit is free");
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn each_model_is_given_so_many_calls_at_once_and_no_more() {
    let model = Arc::new(Scripted::new([Act::Says(&["yes"], 100)]));
    let broker = over(&model, 3);
    let begun = Instant::now();
    let calls: Vec<_> = (0..30)
        .map(|_| {
            let bounded = broker.bound(Terms::unlimited());
            tokio::spawn(async move { ask(&bounded, &request(8)).await.0.map(|_| ()) })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("it answers");
    }
    assert_eq!((model.calls(), begun.elapsed()), ((0, 3), Duration::from_secs(1)));
}

#[tokio::test]
async fn what_a_call_costs_is_what_was_counted_or_estimated() {
    let counting = Arc::new(Scripted::new([Act::Says(&["yes"], 0)]).counting(100, 7));
    let bounded = over(&counting, 1).bound(terms(1.0));
    ask(&bounded, &request(8)).await.0.expect("it answers");
    assert!((bounded.terms().account.spent() - 107.0 * PRICE).abs() < 1e-12);
    bounded.embed("m", &["a".into(), "b".into()]).await.expect("it answers");
    assert!((bounded.terms().account.spent() - 207.0 * PRICE).abs() < 1e-12);
    let silent = Arc::new(Scripted::new([Act::Says(&["yes, yes"], 0)]));
    let bounded = over(&silent, 1).bound(terms(1.0));
    ask(&bounded, &request(8)).await.0.expect("it answers");
    assert!((bounded.terms().account.spent() - (3.0 + 2.0) * PRICE).abs() < 1e-12);
}

#[tokio::test]
async fn a_server_that_counts_too_much_cannot_exceed_a_limit() {
    let model = Arc::new(Scripted::new([Act::Says(&["yes"], 0)]).counting(1 << 40, 1 << 40));
    let bounded = over(&model, 1).bound(terms(1000.0 * PRICE));
    let mut n_calls = 0;
    while ask(&bounded, &request(8)).await.0.is_ok() {
        n_calls += 1;
    }
    let account = &bounded.terms().account;
    assert_eq!((n_calls, account.promised()), (3, 0.0));
    assert!(account.spent() <= 1000.0 * PRICE);
}

#[tokio::test]
async fn what_may_be_too_dear_is_not_asked_at_all() {
    let model = Arc::new(Scripted::new([Act::Says(&["yes"], 0)]));
    let tenant = Account::named("tenant `acme`", Some(500.0 * PRICE));
    let account = tenant.under(Some(274.0 * PRICE));
    let bounded = over(&model, 1).bound(Terms { account, deadline: None });
    let error = ask(&bounded, &request(9)).await.0.expect_err("275 tokens may be needed");
    assert_eq!(error.kind, ErrorKind::OverBudget);
    assert!(error.message.contains("the request") && error.help.is_some(), "{error}");
    assert!(model.asked().is_empty());
    ask(&bounded, &request(8)).await.0.expect("274 tokens are allowed");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_not_sent() {
    let model = Arc::new(Scripted::new([Act::Says(&["yes"], 0)]));
    let bounded = over(&model, 1).bound(Terms::unlimited());
    let wrong = [
        Request { temperature: 2.1, ..request(8) },
        Request { temperature: f64::NAN, ..request(8) },
        Request { top_logprobs: 21, ..request(8) },
        request(0),
    ];
    for request in wrong {
        assert_eq!(ask(&bounded, &request).await.0.expect_err("it is refused").kind, ErrorKind::Refused);
    }
    assert!(model.asked().is_empty());
    ask(&bounded, &Request { temperature: 2.0, top_logprobs: 20, ..request(8) })
        .await
        .0
        .expect("at the edge");
}

const SIMULATED: &str = r#"
    [simulated]
    concurrency = 8
    [model.weak]
    nature = "knows little"
    simulated = { cost_per_token = 0.00001, latency_ms = 50.0, sleeps = true, context = 2048 }
"#;

/// A thousand questions at once to a slow model that takes eight at a time: none is lost, no account is overdrawn.
#[tokio::test(start_paused = true)]
async fn a_thousand_calls_at_once_keep_their_limits() {
    let config = ModelsConfig::parse(SIMULATED).expect("it is right");
    let broker = Broker::new(&config, &Parts::default()).expect("all parts are there");
    let tenant = Account::named("the tenant", Some(0.02));
    let begun = Instant::now();
    let calls: Vec<_> = (0..1000)
        .map(|n| {
            let terms = Terms { account: tenant.under(Some(0.004)), deadline: None };
            let bounded = broker.bound(terms);
            let request =
                Request { seed: Some(n), ..Request { max_tokens: 16, ..Request::new("weak", "Who?") } };
            tokio::spawn(async move {
                let result = ask(&bounded, &request).await.0;
                (result.map(|_| ()).map_err(|error| error.kind), bounded.terms().account.spent())
            })
        })
        .collect();
    let (mut answered, mut spent) = (0, 0.0);
    for call in calls {
        let (result, cost) = call.await.expect("no panic");
        assert!(cost <= 0.004);
        spent += cost;
        match result {
            Ok(()) => answered += 1,
            Err(kind) => assert_eq!(kind, ErrorKind::OverBudget),
        }
    }
    assert!((tenant.spent() - spent).abs() < 1e-9 && tenant.spent() <= 0.02 && tenant.promised() == 0.0);
    // A call is refused only when what is spent leaves less than the dearest call: 276 tokens.
    assert!(tenant.spent() > 0.02 - 276.0 * 0.00001, "{} for {answered}", tenant.spent());
    assert!(answered > 50 && answered < 1000, "{answered}");
    assert!(begun.elapsed() >= Duration::from_millis(answered / 8 * 50));
}

#[tokio::test]
async fn keys_lead_to_servers() {
    let text = format!(
        "{SIMULATED}\n[server.far]\nkind = \"openai\"\nurl = \"http://127.0.0.1:9\"\n[model.fast]\nserver = \"far\"\ncontext = 100\ncost_per_token = 0.5\n"
    );
    let config = ModelsConfig::parse(&text).expect("it is right");
    let broker = Broker::new(&config, &Parts::default()).expect("all parts are there");
    assert_eq!(broker.keys().collect::<Vec<_>>(), ["fast", "weak"]);
    assert_eq!((broker.price("fast"), broker.context("fast")), (0.5, 100));
    assert_eq!((broker.price("weak"), broker.context("weak")), (0.00001, 2048));
    assert_eq!((broker.price("other"), broker.context("other")), (PRICE, 4096));
    assert_eq!(broker.nature("weak"), Some("knows little"));
    let bounded = broker.bound(Terms::unlimited());
    let (result, _) = ask(&bounded, &Request::new("weak", "Who?")).await;
    assert!(result.is_ok());
    // Without servers there is none for keys that the configuration does not have.
    let config = ModelsConfig::parse(SIMULATED).expect("it is right");
    let broker = Broker::new(&config, &Parts::default()).expect("all parts are there");
    let error = ask(&broker.bound(Terms::unlimited()), &Request::new("waek", "Who?"))
        .await
        .0
        .expect_err("there is none");
    assert_eq!((error.kind, error.help.as_deref()), (ErrorKind::NoModel, Some("did you mean `weak`?")));
}

#[tokio::test]
async fn a_context_is_known_once_the_server_has_told() {
    let model = Arc::new(Scripted::new([Act::Says(&["yes"], 0)]));
    let broker = over(&model, 1);
    assert_eq!(broker.context("m"), 4096);
    broker.bound(Terms::unlimited()).show("m").await.expect("it is known");
    assert_eq!((broker.context("m"), broker.context("other")), (2048, 4096));
}

#[test]
fn a_key_that_was_not_handed_over_is_named() {
    let text = "[server.far]\nkind = \"openai\"\nurl = \"https://models.example\"\nkey_env = \"FAR_KEY\"\n";
    let config = ModelsConfig::parse(text).expect("it is right");
    let error = Broker::new(&config, &Parts::default()).err().expect("there is no key");
    assert!(error.to_string().contains("`FAR_KEY`") && error.help().is_some(), "{error}");
    let keys = BTreeMap::from([("FAR_KEY".to_owned(), "secret\n".to_owned())]);
    let error = Broker::new(&config, &Parts { keys, ..Parts::default() }).err().expect("no header has it");
    assert!(!error.to_string().contains("secret"), "{error}");
}

/// All that a small run does: a fallback, a retry, an answer that diverges when it is made again, equal calls.
async fn run(recorder: Recorder, model: Arc<Scripted>) -> (Vec<String>, f64) {
    let broker = Broker::over(model, 1, recorder);
    let bounded = broker.bound(terms(1.0));
    let mut story = Vec::new();
    for chain in [&["a", "b"][..], &["b"], &["b"], &["c"]] {
        let requests: Vec<Request> = chain.iter().map(|model| Request::new(*model, "?")).collect();
        let mut pieces = Vec::new();
        let result = generate_in_turn(&bounded, &requests, &mut |text| pieces.push(text.to_owned())).await;
        story.push(format!("{result:?} {pieces:?}"));
    }
    story.push(format!("{:?}", bounded.embed("m", &["one".into(), "three".into()]).await));
    story.push(format!("{:?}", bounded.list().await));
    story.push(format!("{:?} {:?}", bounded.show("m").await, bounded.show("missing").await));
    (story, bounded.terms().account.spent())
}

#[tokio::test(start_paused = true)]
async fn a_recorded_run_is_played_back_byte_for_byte_without_its_models() {
    let script = [
        Act::Fails(&["no "], ErrorKind::NoModel),
        Act::Fails(&[], ErrorKind::Busy),
        Act::Says(&["from ", "b"], 3),
        Act::Says(&["again ", "from ", "b"], 0),
        Act::Says(&["third"], 0),
        Act::Fails(&["one "], ErrorKind::Unreachable),
        Act::Says(&["another"], 0),
    ];
    let recorder = Recorder::record();
    let live = Arc::new(Scripted::new(script).counting(11, 3));
    let recorded = run(recorder.clone(), live).await;
    let tape = recorder.tape();
    // A chain of two, three more texts, embeddings, a list, two shows.
    assert_eq!(tape.len(), 9);
    let tape = Tape::from_bytes(&tape.to_bytes()).expect("it was just written");
    let silent = Arc::new(Scripted::new([]));
    let begun = Instant::now();
    let replayed = run(Recorder::replay(tape.clone()), silent.clone()).await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(replayed.1, recorded.1);
    for (replayed, recorded) in replayed.0.iter().zip(&recorded.0) {
        // Only the text that was shown before the answer became another one is not kept.
        assert_eq!(*replayed, recorded.replace(r#"["one "]"#, r#"["another"]"#));
    }
    assert!(silent.asked().is_empty());
    let again = Broker::over(silent, 1, Recorder::replay(tape)).bound(Terms::unlimited());
    let error = ask(&again, &Request::new("a", "??")).await.0.expect_err("it is not on the tape");
    assert_eq!(error.kind, ErrorKind::NotOnTape);
    assert!(error.help.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_too_late_is_too_late_again() {
    let model = Arc::new(Scripted::new([Act::Says(&["late"], 60_000)]));
    let recorder = Recorder::record();
    let late =
        Terms { account: Account::new(None), deadline: Some(Instant::now() + Duration::from_millis(10)) };
    let live = Broker::over(model.clone(), 1, recorder.clone()).bound(late);
    let recorded = ask(&live, &request(8)).await.0.expect_err("it takes a minute");
    let replay = Broker::over(model.clone(), 1, Recorder::replay(recorder.tape())).bound(Terms::unlimited());
    let replayed = ask(&replay, &request(8)).await.0.expect_err("it was too late");
    assert_eq!((replayed, model.asked().len()), (recorded, 1));
}

use std::sync::Arc;
use std::time::Duration;

use flux_broker::config::ModelsConfig;
use flux_broker::tape::Recorder;
use flux_broker::{Broker, Model, Parts};

use super::{Toy, composition, kernel, names};
use crate::event::{Event, Unwatched};
use crate::kernel::{Ask, Kernel, Settings};

/// Two stages, 64 tokens at most each.
const TWO: &str = r#"ATTRACTOR "qa" { ON_INTENT: ["*"]
        STAGE "1" { EXECUTE: "a" MAX_NEW_TOKENS: 64 AFTER: [] } STAGE "2" { EXECUTE: "b" MAX_NEW_TOKENS: 64 AFTER: [] }
        STAGE "3" { EXECUTE: "a" MAX_NEW_TOKENS: 64 AFTER: ["1", "2"] MERGE: first }
    } POLICY { REQUIRE_JUDGE: false MAX_COST_PER_REQUEST: 0.002 MAX_LATENCY_MS: 10000000 }"#;

#[tokio::test(start_paused = true)]
async fn a_thousand_asks_at_once_hold_their_limits() {
    const AT_ONCE: usize = 7;
    let toy = Toy::slow(Duration::from_millis(250), |request| Ok(format!("{} says so", request.model)));
    let model: Arc<dyn Model> = Arc::clone(&toy) as Arc<dyn Model>;
    let mut settings = Settings::default();
    // For about half of what the poor tenant asks.
    settings.tenants.insert("poor".into(), 0.01);
    let kernel = Kernel::new(composition(TWO), Broker::over(model, AT_ONCE, Recorder::live()), settings)
        .expect("it can be run");
    let kernel = Arc::new(kernel);
    let mut tasks = Vec::new();
    for number in 0..1_000 {
        let kernel = Arc::clone(&kernel);
        tasks.push(tokio::spawn(async move {
            let tenant = if number % 2 == 0 { "poor" } else { "rich" };
            let result = kernel.ask(&Ask { tenant, ..Ask::new("Why?") }, &mut Unwatched).await;
            assert!(kernel.spent("poor") <= 0.01 + 1e-12);
            (tenant, result)
        }));
    }
    let (mut n_poor, mut n_refused, mut cost_of_poor) = (0, 0, 0.0);
    for task in tasks {
        match task.await.expect("no panic") {
            (tenant, Ok(answer)) => {
                assert!(answer.cost <= 0.002);
                if tenant == "poor" {
                    (n_poor, cost_of_poor) = (n_poor + 1, cost_of_poor + answer.cost);
                }
            }
            (tenant, Err(error)) => {
                assert_eq!((tenant, error.name()), ("poor", "over-budget"));
                n_refused += 1;
            }
        }
    }
    assert_eq!(n_poor + n_refused, 500);
    assert!(n_poor > 0 && n_refused > 0, "{n_poor} {n_refused}");
    assert!(cost_of_poor <= kernel.spent("poor") + 1e-12);
    assert!(kernel.spent("poor") <= 0.01 + 1e-12);
    // Two models, each with its permits; all of them were used.
    assert!(toy.most() > AT_ONCE && toy.most() <= 2 * AT_ONCE, "{}", toy.most());
    assert_eq!(kernel.tenant("poor").promised(), 0.0);
}

#[tokio::test(start_paused = true)]
async fn so_do_a_thousand_over_a_slow_simulated_model() {
    let config = "[simulated]\nconcurrency = 5\n[model.a]\nsimulated = { latency_ms = 200.0, sleeps = true }\n\
                  [model.b]\nsimulated = { latency_ms = 100.0, sleeps = true }\n";
    let config = ModelsConfig::parse(config).expect("it makes sense");
    let broker = Broker::new(&config, &Parts::default()).expect("all models are simulated");
    let settings = Settings { tenant_limit: Some(0.004), ..Settings::default() };
    let kernel = Arc::new(Kernel::new(composition(TWO), broker, settings).expect("it can be run"));
    let started = tokio::time::Instant::now();
    let mut tasks = Vec::new();
    for number in 0..1_000 {
        let kernel = Arc::clone(&kernel);
        tasks.push(tokio::spawn(async move {
            let tenant = format!("tenant {}", number % 3);
            kernel.ask(&Ask { tenant: &tenant, ..Ask::new("Why?") }, &mut Unwatched).await
        }));
    }
    let mut n_answered = 0u32;
    for task in tasks {
        match task.await.expect("no panic") {
            Ok(answer) => {
                assert!(answer.cost <= 0.002);
                n_answered += 1;
            }
            Err(error) => assert_eq!(error.name(), "over-budget"),
        }
    }
    assert!((1..1_000).contains(&n_answered), "{n_answered}");
    for number in 0..3 {
        let account = kernel.tenant(&format!("tenant {number}"));
        assert!(account.spent() <= 0.004 && account.promised() == 0.0);
    }
    // Two calls of `a` in each answer, five at once.
    assert!(started.elapsed() >= Duration::from_millis(200) * n_answered * 2 / 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_do_not_spend_the_same_money_twice() {
    let kernel = kernel(TWO, &Toy::echo(), |settings| settings.tenant_limit = Some(0.005));
    let kernel = Arc::new(kernel);
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let kernel = Arc::clone(&kernel);
        tasks.push(tokio::spawn(async move {
            let mut sum = 0.0;
            for _ in 0..40 {
                if let Ok(answer) = kernel.ask(&Ask::new("Why?"), &mut Unwatched).await {
                    sum += answer.cost;
                }
                assert!(kernel.spent(Ask::TENANT) <= 0.005);
            }
            sum
        }));
    }
    let mut sum = 0.0;
    for task in tasks {
        sum += task.await.expect("no panic");
    }
    let account = kernel.tenant(Ask::TENANT);
    assert!(sum > 0.003 && sum <= account.spent() + 1e-9 && account.spent() <= 0.005, "{sum}");
    assert_eq!(account.promised(), 0.0);
}

#[tokio::test]
async fn a_request_that_is_too_dear_is_refused_before_it_is_sent() {
    let toy = Toy::echo();
    let text = TWO.replace("0.002", "0.0001");
    let kernel = kernel(&text, &toy, |_| {});
    let mut events: Vec<Event> = Vec::new();
    let error = kernel.ask(&Ask::new("Why?"), &mut events).await.expect_err("too dear");
    assert_eq!(error.name(), "over-budget");
    assert!(toy.asked().is_empty());
    let told = names(&events);
    assert_eq!(told[told.len() - 2..], ["budget_exceeded_per_request", "ask_failed"]);
}

#[tokio::test]
async fn a_tenant_without_money_is_told_so() {
    let kernel = kernel(TWO, &Toy::echo(), |settings| settings.tenant_limit = Some(0.0001));
    let mut events: Vec<Event> = Vec::new();
    kernel.ask(&Ask::new("Why?"), &mut events).await.expect_err("no money");
    assert!(names(&events).contains(&"tenant_budget_exceeded".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_answer_comes_in_time_or_not_at_all() {
    let toy = Toy::slow(Duration::from_secs(3), |_| Ok("late".to_owned()));
    let kernel = kernel(&TWO.replace("10000000", "5000"), &toy, |_| {});
    let started = tokio::time::Instant::now();
    let error = kernel.ask(&Ask::new("Why?"), &mut Unwatched).await.expect_err("six seconds");
    assert_eq!(error.name(), "over-latency");
    assert_eq!(started.elapsed(), Duration::from_secs(5));
    assert!(kernel.history("qa").is_none());
}

#[tokio::test]
async fn what_an_entity_costs_is_paid_too() {
    let text = TWO
        .replacen(
            "ATTRACTOR",
            r#"ENTITY "dear" { TYPE: Model.Transformer MODEL_KEY: "d" COSTO: 0.001 } ATTRACTOR"#,
            1,
        )
        .replace("EXECUTE: \"b\"", "EXECUTE: \"dear\"");
    let kernel = kernel(&text, &Toy::echo(), |_| {});
    let answer = kernel.ask(&Ask::new("Why?"), &mut Unwatched).await.expect("an answer");
    assert!((0.001..0.002).contains(&answer.cost), "{}", answer.cost);
}

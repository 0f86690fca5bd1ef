//! What does the kernel of ecosystems add to a question, besides the models' own time? The goal is under 200
//! microseconds. The models here answer at once; the baseline is the same calls of them through the same broker, one
//! after another, with nothing round them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::ratio;
use flux_broker::questions::{Check, Question};
use flux_broker::tape::Recorder;
use flux_broker::{
    Broker, Embedded, ErrorKind, Finish, Generated, Listed, Model, ModelError, OnText, Request, Shown, Terms,
};
use flux_ecosystem::{Ask, Composition, Kernel, Mode, Settings, Unwatched};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::NoIncludes;

const ONE: &str = r#"ECOSYSTEM "one" {
    ENTITY "a" { TYPE: Model.Transformer MODEL_KEY: "a" }
    ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "a" MAX_NEW_TOKENS: 16 } }
    POLICY { REQUIRE_JUDGE: false MAX_COST_PER_REQUEST: 1 }
}"#;

const FIVE: &str = r#"ECOSYSTEM "five" {
    ENTITY "a" { TYPE: Model.Transformer MODEL_KEY: "a" }
    ENTITY "b" { TYPE: Model.Transformer MODEL_KEY: "b" }
    ATTRACTOR "qa" {
        ON_INTENT: ["*"]
        STAGE "1" { EXECUTE: "a" MAX_NEW_TOKENS: 16 }
        STAGE "2" { EXECUTE: "a" AFTER: ["1"] MAX_NEW_TOKENS: 16 PROMPT_TRANSFORM: "Shorter: {input}" }
        STAGE "3" { EXECUTE: "b" AFTER: ["1"] MAX_NEW_TOKENS: 16 PROMPT_TRANSFORM: "Longer: {input}" }
        STAGE "4" { EXECUTE: "a" AFTER: ["1"] MAX_NEW_TOKENS: 16 }
        STAGE "5" { EXECUTE: "b" AFTER: ["2", "3", "4"] MERGE: vote MAX_NEW_TOKENS: 16 }
    }
    POLICY { REQUIRE_JUDGE: false MAX_COST_PER_REQUEST: 1 }
}"#;

/// Answers at once.
struct Instantly;

#[async_trait]
impl Model for Instantly {
    async fn generate(&self, _request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        on_text("Paris");
        Ok(Generated {
            text: "Paris".to_owned(),
            finish: Finish::Stop,
            prompt_tokens: 12,
            completion_tokens: 1,
            tokens: Vec::new(),
            took: Duration::ZERO,
        })
    }

    async fn embed(&self, model: &str, _texts: &[String]) -> Result<Embedded, ModelError> {
        Err(unsupported(model))
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        Ok(Vec::new())
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        Err(unsupported(model))
    }
}

fn unsupported(model: &str) -> ModelError {
    ModelError {
        kind: ErrorKind::Unsupported,
        model: model.to_owned(),
        server: "the benchmark".to_owned(),
        message: "it only answers".to_owned(),
        help: None,
    }
}

fn ask(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let question = Question {
        subject: "geography".to_owned(),
        ask: "What is the capital of France?".to_owned(),
        answer: "Paris".to_owned(),
        wrong: vec!["Lyon".to_owned()],
        accept: Vec::new(),
        check: Check::Contains,
    };
    for (name, text, calls) in [("one stage", ONE, 1), ("five stages", FIVE, 5)] {
        let parsed = ecosystem::parse("bench.flux", text, &NoIncludes, &Limits::DEFAULT);
        let composition = Composition::from_parsed(&parsed).expect("no mistakes");
        let broker = Broker::over(Arc::new(Instantly), 16, Recorder::live());
        let settings = Settings { mode: Mode::Simulation, ..Settings::default() };
        let kernel = Kernel::new(Arc::new(composition), broker.clone(), settings).expect("it can be run");
        let mut ours = || {
            let answer = runtime.block_on(kernel.ask(&Ask::known(&question), &mut Unwatched));
            assert_eq!(answer.expect("an answer").confidence.score(), Some(1.0));
        };
        let bounded = broker.bound(Terms::unlimited());
        let request = Request { max_tokens: 16, ..Request::new("a", &question.ask) };
        let mut baseline = || {
            for _ in 0..calls {
                let generated = runtime.block_on(bounded.generate(&request, &mut |_| {}));
                assert_eq!(generated.expect("an answer").text, "Paris");
            }
        };
        criterion.bench_function(&format!("ecosystem/{name}/kernel"), |b| b.iter(&mut ours));
        criterion.bench_function(&format!("ecosystem/{name}/calls-alone"), |b| b.iter(&mut baseline));
        ratio::measure(&format!("ecosystem/{name}, the kernel against its calls alone"), ours, baseline);
    }
}

criterion_group!(benches, ask);
criterion_main!(benches);

//! Scenarios with small models that answer as they are told.

mod growth;
mod judges;
mod limits;
mod pipelines;
mod simulated;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flux_broker::tape::Recorder;
use flux_broker::{
    Broker, Embedded, ErrorKind, Finish, Generated, Listed, Model, ModelError, OnText, Request, Shown,
};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::NoIncludes;

use super::{Ask, Kernel, Settings};
use crate::composition::Composition;
use crate::event::{Event, Unwatched};

type Answering = Box<dyn Fn(&Request) -> Result<String, ErrorKind> + Send + Sync>;

/// A model that answers as it is told, after a while, and remembers what it was asked.
struct Toy {
    answering: Answering,
    delay: Duration,
    asked: Mutex<Vec<Request>>,
    under_way: AtomicUsize,
    /// The most calls at once.
    most: AtomicUsize,
}

impl Toy {
    fn new(answering: impl Fn(&Request) -> Result<String, ErrorKind> + Send + Sync + 'static) -> Arc<Self> {
        Self::slow(Duration::ZERO, answering)
    }

    fn slow(
        delay: Duration,
        answering: impl Fn(&Request) -> Result<String, ErrorKind> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answering: Box::new(answering),
            delay,
            asked: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    /// A model that says its name and its prompt.
    fn echo() -> Arc<Self> {
        Self::new(|request| Ok(format!("{}({})", request.model, request.prompt)))
    }

    fn asked(&self) -> Vec<Request> {
        self.asked.lock().expect("no panic").clone()
    }

    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

fn error(kind: ErrorKind, model: &str) -> ModelError {
    ModelError { kind, model: model.into(), server: "toy".into(), message: "as told".into(), help: None }
}

/// Counts a call as long as it lives, also if it is cancelled.
struct UnderWay<'t>(&'t AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Model for Toy {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let _under_way = UnderWay(&self.under_way);
        self.most.fetch_max(now, Ordering::SeqCst);
        self.asked.lock().expect("no panic").push(request.clone());
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let text = (self.answering)(request).map_err(|kind| error(kind, &request.model))?;
        on_text(&text);
        Ok(Generated {
            prompt_tokens: request.prompt.len() as u64 / 4 + 1,
            completion_tokens: text.len() as u64 / 4 + 1,
            text,
            finish: Finish::Stop,
            tokens: Vec::new(),
            took: self.delay,
        })
    }

    /// Two texts are alike if they have the same first letter.
    async fn embed(&self, _model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let vector = |text: &String| {
            let first = text.bytes().next().unwrap_or_default();
            (0..=255).map(|letter| if letter == first { 1.0 } else { 0.0 }).collect()
        };
        Ok(Embedded { vectors: texts.iter().map(vector).collect(), prompt_tokens: 1 })
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        Ok(Vec::new())
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        Err(error(ErrorKind::Unsupported, model))
    }
}

/// An ecosystem with transformers `a`, `b` and `c`, and what `text` adds.
fn composition(text: &str) -> Arc<Composition> {
    let text = format!(
        r#"ECOSYSTEM "e" {{
        ENTITY "a" {{ TYPE: Model.Transformer MODEL_KEY: "a" }}
        ENTITY "b" {{ TYPE: Model.Transformer MODEL_KEY: "b" }}
        ENTITY "c" {{ TYPE: Model.Transformer MODEL_KEY: "c" }}
        {text}
        }}"#
    );
    let parsed = ecosystem::parse("e.flux", &text, &NoIncludes, &Limits::DEFAULT);
    Arc::new(Composition::from_parsed(&parsed).unwrap_or_else(|| panic!("{}", parsed.render())))
}

/// A kernel over a model, with the settings as `with` makes them.
fn kernel(text: &str, model: &Arc<Toy>, with: impl FnOnce(&mut Settings)) -> Kernel {
    let mut settings = Settings::default();
    with(&mut settings);
    let model: Arc<dyn Model> = Arc::clone(model) as Arc<dyn Model>;
    Kernel::new(composition(text), Broker::over(model, 1_000, Recorder::live()), settings)
        .expect("it can be run")
}

async fn text(kernel: &Kernel, question: &str) -> String {
    kernel.ask(&Ask::new(question), &mut Unwatched).await.expect("an answer").text
}

fn names(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let json = serde_json::to_value(event).expect("plain values");
        json["event"].as_str().expect("a name").to_owned()
    };
    events.iter().map(name).collect()
}

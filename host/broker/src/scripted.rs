//! A model for tests: it says what it is told to, and remembers how it was asked.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{ErrorKind, ModelError};
use crate::model::{Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown};

/// What comes of a call.
pub(crate) enum Act {
    /// These pieces, so many milliseconds for all of them.
    Says(&'static [&'static str], u64),
    /// These pieces, then a failure.
    Fails(&'static [&'static str], ErrorKind),
}

/// Does its acts in turn; the last one again and again.
#[derive(Default)]
pub(crate) struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    asked: Mutex<Vec<String>>,
    now: AtomicUsize,
    most: AtomicUsize,
    /// The tokens that it counts in prompt and answer; 0 for none.
    tokens: (u64, u64),
}

/// Counts a call while it is under way, however it ends.
struct Under<'a>(&'a Scripted);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Scripted {
    pub(crate) fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() }
    }

    pub(crate) fn counting(mut self, prompt: u64, completion: u64) -> Self {
        self.tokens = (prompt, completion);
        self
    }

    /// The models that were asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }

    /// How many calls there are now, and the most that there were at once.
    pub(crate) fn calls(&self) -> (usize, usize) {
        (self.now.load(Ordering::SeqCst), self.most.load(Ordering::SeqCst))
    }

    fn next(&self) -> Act {
        let mut acts = self.acts.lock().expect("no panic");
        match acts.front().expect("there is an act") {
            Act::Says(pieces, ms) if acts.len() == 1 => Act::Says(pieces, *ms),
            Act::Fails(pieces, kind) if acts.len() == 1 => Act::Fails(pieces, *kind),
            _ => acts.pop_front().expect("there is one"),
        }
    }
}

pub(crate) fn error(kind: ErrorKind, model: &str) -> ModelError {
    let message = "it was told to".to_owned();
    ModelError { kind, model: model.to_owned(), server: "the script".to_owned(), message, help: None }
}

#[async_trait]
impl Model for Scripted {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        self.asked.lock().expect("no panic").push(request.model.clone());
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let _under = Under(self);
        let (pieces, ms, failure) = match self.next() {
            Act::Says(pieces, ms) => (pieces, ms, None),
            Act::Fails(pieces, kind) => (pieces, 0, Some(kind)),
        };
        for piece in pieces {
            tokio::time::sleep(Duration::from_millis(ms) / pieces.len() as u32).await;
            on_text(piece);
        }
        match failure {
            Some(kind) => Err(error(kind, &request.model)),
            None => Ok(Generated {
                text: pieces.concat(),
                finish: Finish::Stop,
                prompt_tokens: self.tokens.0,
                completion_tokens: self.tokens.1,
                tokens: Vec::new(),
                took: Duration::from_millis(ms),
            }),
        }
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        self.asked.lock().expect("no panic").push(model.to_owned());
        let vectors = texts.iter().map(|text| vec![1.0 / (text.len() as f32 + 3.0), 0.1]).collect();
        Ok(Embedded { vectors, prompt_tokens: self.tokens.0 })
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let listed = Listed { name: "m".into(), server: "script".into(), size: None, loaded: Some(true) };
        Ok(vec![listed])
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        match model {
            "missing" => Err(error(ErrorKind::NoModel, model)),
            _ => Ok(Shown {
                name: model.to_owned(),
                digest: None,
                family: None,
                context: Some(2048),
                capabilities: Vec::new(),
            }),
        }
    }
}

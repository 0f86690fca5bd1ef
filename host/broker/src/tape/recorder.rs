//! Putting calls on a tape, and playing them back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Asked, Outcome, Record, Tape};
use crate::error::{ErrorKind, ModelError};
use crate::model::{Embedded, Generated, Listed, Model, OnText, Request, Shown};

/// What happens to calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They are made.
    #[default]
    Live,
    /// They are made, and put on the tape.
    Record,
    /// They are answered from the tape; what is not on it is refused.
    Replay,
}

/// A tape that is being recorded or played. Clones are the same one; each new recorder begins at the start.
///
/// A call that is dropped is not on the tape, but has an occurrence: when it is played back, it is refused.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    mode: Mode,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tape: Tape,
    /// How many equal calls there were, by their hash.
    asked: BTreeMap<[u8; 32], u32>,
}

impl Recorder {
    /// Records nothing.
    #[must_use]
    pub fn live() -> Self {
        Self::default()
    }

    /// Records on an empty tape.
    #[must_use]
    pub fn record() -> Self {
        Self { mode: Mode::Record, state: Arc::default() }
    }

    /// Plays `tape`.
    #[must_use]
    pub fn replay(tape: Tape) -> Self {
        let state = State { tape, asked: BTreeMap::new() };
        Self { mode: Mode::Replay, state: Arc::new(Mutex::new(state)) }
    }

    /// What it does with calls.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The tape as it is now.
    #[must_use]
    pub fn tape(&self) -> Tape {
        self.state().tape.clone()
    }

    /// `model` with this recorder before it.
    #[must_use]
    pub fn before<'a, M: Model + ?Sized>(&'a self, model: &'a M) -> Taped<'a, M> {
        Taped { recorder: self, model }
    }

    /// A call begins; gives its occurrence.
    fn begin(&self, key: [u8; 32]) -> u32 {
        let mut state = self.state();
        let asked = state.asked.entry(key).or_default();
        let occurrence = *asked;
        *asked = asked.saturating_add(1);
        occurrence
    }

    /// The next occurrence of a call on the tape.
    fn play(&self, asked: &Asked<'_>) -> Result<Record, ModelError> {
        let key = asked.key();
        let occurrence = self.begin(key);
        let record = self.state().tape.get(key, occurrence).cloned();
        record.ok_or_else(|| {
            let message = match occurrence {
                0 => "the call is not on the tape".to_owned(),
                1 => "the call is on the tape only once, and this is the second time".to_owned(),
                n => format!("the call is on the tape only {n} times"),
            };
            not_on_tape(asked, message)
        })
    }

    fn keep(&self, asked: &Asked<'_>, occurrence: u32, pieces: Vec<String>, outcome: Outcome) {
        self.state().tape.insert(occurrence, Record { asked: asked.to_json(), pieces, outcome });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_on_tape(asked: &Asked<'_>, message: String) -> ModelError {
    ModelError {
        kind: ErrorKind::NotOnTape,
        model: asked.model().to_owned(),
        server: "the tape".to_owned(),
        message,
        help: Some("record the run again while its servers are there, with the same seed".to_owned()),
    }
}

/// A model with a recorder before it.
#[derive(Clone, Copy)]
pub struct Taped<'a, M: ?Sized> {
    recorder: &'a Recorder,
    model: &'a M,
}

impl<M: Model + ?Sized> Taped<'_, M> {
    /// Makes a call that shows no pieces, or plays it.
    async fn call<T: Clone>(
        &self,
        asked: &Asked<'_>,
        live: impl Future<Output = Result<T, ModelError>>,
        wrap: fn(T) -> Outcome,
        unwrap: fn(Outcome) -> Option<T>,
    ) -> Result<T, ModelError> {
        match self.recorder.mode {
            Mode::Live => live.await,
            Mode::Record => {
                let occurrence = self.recorder.begin(asked.key());
                let result = live.await;
                let outcome = match &result {
                    Ok(given) => wrap(given.clone()),
                    Err(error) => Outcome::Failed(error.into()),
                };
                self.recorder.keep(asked, occurrence, Vec::new(), outcome);
                result
            }
            Mode::Replay => answer(asked, self.recorder.play(asked)?.outcome, unwrap),
        }
    }
}

/// What a record answers.
fn answer<T>(asked: &Asked<'_>, outcome: Outcome, unwrap: fn(Outcome) -> Option<T>) -> Result<T, ModelError> {
    if let Outcome::Failed(failure) = &outcome {
        return Err(failure.into());
    }
    unwrap(outcome).ok_or_else(|| not_on_tape(asked, "the tape has an answer of another kind".to_owned()))
}

#[async_trait]
impl<M: Model + ?Sized> Model for Taped<'_, M> {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let asked = Asked::Generate(request);
        match self.recorder.mode {
            Mode::Live => self.model.generate(request, on_text).await,
            Mode::Record => {
                let occurrence = self.recorder.begin(asked.key());
                let mut pieces: Vec<String> = Vec::new();
                let result = self
                    .model
                    .generate(request, &mut |text| {
                        pieces.push(text.to_owned());
                        on_text(text);
                    })
                    .await;
                let outcome = match &result {
                    Ok(generated) => {
                        // A later attempt may have said something else than was shown.
                        if pieces.concat() != generated.text {
                            pieces = vec![generated.text.clone()];
                        }
                        Outcome::Generated(generated.clone())
                    }
                    Err(error) => Outcome::Failed(error.into()),
                };
                self.recorder.keep(&asked, occurrence, pieces, outcome);
                result
            }
            Mode::Replay => {
                let record = self.recorder.play(&asked)?;
                record.pieces.iter().for_each(|piece| on_text(piece));
                answer(&asked, record.outcome, |outcome| match outcome {
                    Outcome::Generated(generated) => Some(generated),
                    _ => None,
                })
            }
        }
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let asked = Asked::Embed { model, texts };
        let live = self.model.embed(model, texts);
        self.call(&asked, live, Outcome::Embedded, |outcome| match outcome {
            Outcome::Embedded(embedded) => Some(embedded),
            _ => None,
        })
        .await
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        self.call(&Asked::List, self.model.list(), Outcome::Listed, |outcome| match outcome {
            Outcome::Listed(listed) => Some(listed),
            _ => None,
        })
        .await
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let asked = Asked::Show { model };
        self.call(&asked, self.model.show(model), Outcome::Shown, |outcome| match outcome {
            Outcome::Shown(shown) => Some(shown),
            _ => None,
        })
        .await
    }
}

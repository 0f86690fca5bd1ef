//! Who answers genomes that ask: the models of an arena, behind a broker.
//!
//! Genomes are run by threads that wait for nobody; the broker is asynchronous. [`Models`] has a runtime for it, and a
//! `Counsel` for each trial, which hands questions on one after the other and waits.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flux_broker::config::ConfigError;
use flux_broker::judge::{self, Ask, Judge};
use flux_broker::simulated::Knowledge;
use flux_broker::{Account, Bounded, Broker, ErrorKind, Model as _, ModelError, Parts, Request, Terms};
use flux_genome::{Capability, CapabilitySet};
use flux_sandbox::{Advice, Advisor, Fault, FaultCode, Generation, Judgement, Verdict};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::arena::{Answers, Offer};

/// How many parts a unit of money has in records.
const BILLION: f64 = 1e9;

/// The models of an arena, ready to be asked. May be shared by threads, none of which may belong to a runtime itself.
pub struct Models {
    runtime: Runtime,
    broker: Broker,
    /// What all trials together have cost.
    total: Account,
    max_cost: Option<f64>,
    answers: Answers,
    trouble: Trouble,
}

/// The first failure that says nothing about genomes.
type Trouble = Arc<Mutex<Option<ModelError>>>;

/// The models of an arena cannot be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelsError {
    /// The configuration makes no sense, or lacks a key.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The machine gives no thread for the runtime.
    #[error("the models' runtime cannot be started")]
    Runtime(#[source] std::io::Error),
}

impl ModelsError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.help(),
            Self::Runtime(_) => None,
        }
    }
}

impl Models {
    /// Makes what an arena offers ready. Nothing is sent before the first question.
    ///
    /// # Errors
    /// * [`ModelsError::Config`]: a server's key was not handed over, or the configuration makes no sense.
    /// * [`ModelsError::Runtime`]: the machine gives no thread.
    pub fn open(offer: &Offer) -> Result<Self, ModelsError> {
        let parts = Parts {
            keys: offer.keys.by_name().clone(),
            recorder: offer.recorder.clone(),
            knowledge: Knowledge::new(std::slice::from_ref(&offer.knowledge)),
            ..Parts::default()
        };
        let broker = Broker::new(&offer.config, &parts)?;
        Self::of(broker, offer.max_cost, offer.answers())
    }

    fn of(broker: Broker, max_cost: Option<f64>, answers: Answers) -> Result<Self, ModelsError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("flux-models")
            .enable_all()
            .build()
            .map_err(ModelsError::Runtime)?;
        Ok(Self {
            runtime,
            broker,
            total: Account::new(None),
            max_cost,
            answers,
            trouble: Trouble::default(),
        })
    }

    /// Where answers come from.
    #[must_use]
    pub fn answers(&self) -> Answers {
        self.answers
    }

    /// What all trials so far have cost, in the unit of the models' prices.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.total.spent()
    }

    /// The first failure that says nothing about the genome that asked: scores are not worth anything then.
    #[must_use]
    pub fn trouble(&self) -> Option<ModelError> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who answers in one trial, `seed` being what models draw from.
    pub(crate) fn counsel(&self, seed: u64) -> Arc<Counsel> {
        let account = self.total.under_named("the trial", self.max_cost);
        let terms = Terms { account: account.clone(), deadline: None };
        Arc::new(Counsel {
            handle: self.runtime.handle().clone(),
            models: self.broker.bound(terms),
            account,
            seed,
            n_asked: AtomicU64::new(0),
            made: Mutex::default(),
            trouble: Arc::clone(&self.trouble),
        })
    }
}

/// Answers the genome of one trial.
///
/// # Determinism
/// The n-th question of a trial draws from its seed and n. So where models are repeatable the answers are a function of
/// the seed and of what was asked before.
pub(crate) struct Counsel {
    handle: Handle,
    models: Bounded,
    account: Account,
    seed: u64,
    n_asked: AtomicU64,
    /// Which model made which text.
    made: Mutex<BTreeSet<(String, String)>>,
    trouble: Trouble,
}

impl Counsel {
    pub(crate) fn advice(self: &Arc<Self>) -> Advice {
        Advice::of(Arc::<Self>::clone(self))
    }

    /// What the trial has cost so far, in billionths of the unit of prices.
    pub(crate) fn spent_billionths(&self) -> u64 {
        (self.account.spent() * BILLION).round() as u64
    }

    /// The seed of the next question: 31 bits, which every server takes.
    fn next_seed(&self) -> u64 {
        let number = self.n_asked.fetch_add(1, Ordering::Relaxed);
        let mut digest = blake3::Hasher::new();
        digest.update(b"flux question 1").update(&self.seed.to_le_bytes()).update(&number.to_le_bytes());
        let bits = digest.finalize().as_bytes().first_chunk().map_or(0, |first| u32::from_le_bytes(*first));
        u64::from(bits >> 1)
    }

    /// Waits for an answer, unless there was trouble before.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, ModelError>>) -> Result<T, Fault> {
        let trouble = || self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = trouble().clone();
        let error = match earlier {
            Some(error) => error,
            None => match self.handle.block_on(answer) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            },
        };
        if is_trouble(error.kind) {
            trouble().get_or_insert_with(|| error.clone());
        }
        Err(fault(&error))
    }

    fn judge(&self, judge: &Judge, asked: &Judgement) -> Result<Verdict, Fault> {
        let ask = Ask {
            question: asked.question.clone(),
            answer: asked.answer.clone(),
            reference: asked.reference.clone(),
        };
        match self.wait(judge.score(&self.models, &ask))? {
            judge::Verdict::Scored { score, coverage, .. } => {
                Ok(Verdict { score: score as f32, coverage: coverage as f32 })
            }
            judge::Verdict::Unscored { why } => {
                Err(Fault { code: FaultCode::Failed, message: format!("no verdict: {why}") })
            }
        }
    }
}

impl Advisor for Counsel {
    fn serves(&self) -> CapabilitySet {
        [Capability::Model, Capability::Judge].into_iter().collect()
    }

    fn generate(&self, asked: &Generation) -> Result<String, Fault> {
        let request = Request {
            system: asked.system.clone(),
            temperature: decimal(asked.temperature),
            max_tokens: asked.max_tokens.into(),
            seed: Some(self.next_seed()),
            stop: asked.stop.clone(),
            ..Request::new(asked.model.clone(), asked.prompt.clone())
        };
        let text = self.wait(self.models.generate(&request, &mut |_| {}))?.text;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert((asked.model.clone(), text.trim().to_owned()));
        Ok(text)
    }

    fn embed(&self, model: &str, text: &str) -> Result<Vec<f32>, Fault> {
        let texts = [text.to_owned()];
        let embedded = self.wait(self.models.embed(model, &texts))?;
        let missing = || Fault { code: FaultCode::Failed, message: format!("`{model}` gave no embedding") };
        embedded.vectors.into_iter().next().ok_or_else(missing)
    }

    fn score(&self, asked: &Judgement) -> Result<Verdict, Fault> {
        let own = (asked.judge.clone(), asked.answer.trim().to_owned());
        if self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(&own) {
            let message = format!("`{}` made the answer and does not judge it", asked.judge);
            return Err(Fault { code: FaultCode::Denied, message });
        }
        self.judge(&Judge::new(asked.judge.clone()), asked)
    }

    fn approve(&self, _what: &str) -> Result<bool, Fault> {
        Err(nobody())
    }

    fn ask(&self, _question: &str) -> Result<String, Fault> {
        Err(nobody())
    }
}

/// The number that was meant, as far as six decimals say it: 0.7, where a single float says 0.699999988.
fn decimal(number: f32) -> f64 {
    (f64::from(number) * 1e6).round() / 1e6
}

fn nobody() -> Fault {
    Fault { code: FaultCode::Unavailable, message: "nobody is there to be asked".to_owned() }
}

/// Whether a failure is that of machines and tapes, not of what a genome asked.
fn is_trouble(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Unreachable
        | ErrorKind::TimedOut
        | ErrorKind::Busy
        | ErrorKind::Failed
        | ErrorKind::Malformed
        | ErrorKind::OverLatency
        | ErrorKind::NotOnTape => true,
        ErrorKind::NoModel | ErrorKind::Refused | ErrorKind::Unsupported | ErrorKind::OverBudget => false,
    }
}

/// What a genome is told: which model and which kind of failure, but no addresses and no wording of servers.
fn fault(error: &ModelError) -> Fault {
    let code = match error.kind {
        ErrorKind::Unreachable | ErrorKind::TimedOut | ErrorKind::Busy | ErrorKind::OverLatency => {
            FaultCode::Unavailable
        }
        ErrorKind::NoModel | ErrorKind::Unsupported => FaultCode::NotFound,
        ErrorKind::Refused => FaultCode::InvalidInput,
        ErrorKind::OverBudget => FaultCode::Exhausted,
        ErrorKind::NotOnTape => FaultCode::Denied,
        ErrorKind::Failed | ErrorKind::Malformed => FaultCode::Failed,
    };
    Fault { code, message: format!("{} for `{}`", error.kind, error.model) }
}

#[cfg(test)]
mod tests;

//! The broker: which models there are, who serves them, what they cost, and what every call has to keep.

mod bounded;
mod live;
mod seen;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

pub use bounded::Bounded;

use self::live::Server;
use crate::budget::Account;
use crate::config::{self, ConfigError, ModelConfig, ModelsConfig, ServerConfig, ServerKind};
use crate::error::{ErrorKind, ModelError};
use crate::model::{Listed, Model};
use crate::ollama::Ollama;
use crate::openai::OpenAi;
use crate::residency::Residency;
use crate::retry::Retry;
use crate::simulated::{self, Knowledge, Simulated};
use crate::tape::Recorder;

/// All models that can be asked, by key. Clones are the same broker.
#[derive(Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

struct Inner {
    models: BTreeMap<String, ModelConfig>,
    servers: BTreeMap<String, Server>,
    /// The models that are simulated, if there are some.
    simulated: Option<Server>,
    /// The server of keys without an entry, and of entries without a server.
    server_by_default: Option<String>,
    /// The contexts of models, by key, as far as their servers have told.
    contexts: Mutex<BTreeMap<String, u64>>,
    recorder: Recorder,
}

/// What a broker is made of besides its configuration.
#[derive(Clone, Default)]
pub struct Parts {
    /// The servers' keys, by the names that `key_env` has for them.
    pub keys: BTreeMap<String, String>,
    /// What simulated models know. Default: nothing.
    pub knowledge: Knowledge,
    /// Records the calls, or answers them from a tape. Default: neither.
    pub recorder: Recorder,
    /// How often and after what pauses a call is made again. Default: [`Retry::default`].
    pub retry: Retry,
}

/// What every call of a [`Bounded`] has to keep.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who pays.
    pub account: Account,
    /// When answers are of no use any more.
    pub deadline: Option<Instant>,
}

impl Terms {
    /// No limits: `account` only adds up.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { account: Account::new(None), deadline: None }
    }
}

impl Broker {
    /// The broker of a configuration.
    ///
    /// Nothing is sent before the first call.
    ///
    /// # Errors
    /// [`ConfigError`]: the configuration makes no sense, or a part of it is missing.
    pub fn new(config: &ModelsConfig, parts: &Parts) -> Result<Self, ConfigError> {
        config.check()?;
        let mut servers = BTreeMap::new();
        for (name, server) in &config.servers {
            servers.insert(name.clone(), connect(name, server, parts)?);
        }
        Ok(Self::made(Inner {
            models: config.models.clone(),
            servers,
            simulated: simulate(config, parts)?,
            server_by_default: config.server_by_default().map(str::to_owned),
            contexts: Mutex::default(),
            recorder: parts.recorder.clone(),
        }))
    }

    /// A broker in front of `model` alone, that has every key under its own name: for trials.
    /// Calls are given to it `concurrency` at once for each of its models.
    #[must_use]
    pub fn over(model: Arc<dyn Model>, concurrency: usize, recorder: Recorder) -> Self {
        let server = Server::new("the model", model, concurrency, Retry::default());
        Self::made(Inner {
            models: BTreeMap::new(),
            servers: BTreeMap::from([("only".to_owned(), server)]),
            simulated: None,
            server_by_default: Some("only".to_owned()),
            contexts: Mutex::default(),
            recorder,
        })
    }

    fn made(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Models whose calls keep `terms` and are charged to their account.
    #[must_use]
    pub fn bound(&self, terms: Terms) -> Bounded {
        Bounded::new(self.clone(), terms)
    }

    /// The keys that the configuration names, in their order. Others may be asked of the default server.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.inner.models.keys().map(String::as_str)
    }

    /// What a token of the model costs.
    #[must_use]
    pub fn price(&self, key: &str) -> f64 {
        let Some(model) = self.entry(key) else { return config::COST_PER_TOKEN };
        match &model.simulated {
            Some(settings) => settings.cost_per_token,
            None => model.cost_per_token.unwrap_or(config::COST_PER_TOKEN),
        }
    }

    /// How long a prompt and its answer may be together, in tokens: what the configuration says, else what the server
    /// said when [`Model::show`] asked it through this broker, else [`config::CONTEXT_TOKENS`].
    #[must_use]
    pub fn context(&self, key: &str) -> u64 {
        let told = || self.inner.contexts.lock().unwrap_or_else(PoisonError::into_inner).get(key).copied();
        let said = |model: &ModelConfig| match &model.simulated {
            Some(settings) => Some(settings.context),
            None => model.context,
        };
        self.entry(key).and_then(said).or_else(told).unwrap_or(config::CONTEXT_TOKENS)
    }

    /// What the model is good for, if the configuration says so.
    #[must_use]
    pub fn nature(&self, key: &str) -> Option<&str> {
        self.entry(key)?.nature.as_deref()
    }

    /// What each server has, by the servers' names: one that does not answer does not hide the others, and is not asked
    /// again.
    pub async fn list_each(&self) -> Vec<(String, Result<Vec<Listed>, ModelError>)> {
        let mut lists = Vec::new();
        for (name, server) in self.servers() {
            let live = server.once();
            lists.push((name.to_owned(), self.inner.recorder.before(&live).list().await));
        }
        lists
    }

    /// All servers by name, simulated models last.
    fn servers(&self) -> impl Iterator<Item = (&str, &Server)> {
        let named = self.inner.servers.iter().map(|(name, server)| (name.as_str(), server));
        named.chain(self.inner.simulated.as_ref().map(|server| (simulated::SERVER, server)))
    }

    fn entry(&self, key: &str) -> Option<&ModelConfig> {
        self.inner.models.get(key)
    }

    /// Who serves the model of `key`, and under which name.
    fn route<'a>(&'a self, key: &'a str) -> Result<(&'a str, &'a Server), ModelError> {
        let entry = self.entry(key);
        if let (Some(server), Some(_)) =
            (&self.inner.simulated, entry.and_then(|model| model.simulated.as_ref()))
        {
            return Ok((key, server));
        }
        let name = entry.and_then(|model| model.name.as_deref()).unwrap_or(key);
        entry
            .and_then(|model| model.server.as_ref())
            .or(self.inner.server_by_default.as_ref())
            .and_then(|server| self.inner.servers.get(server))
            .map(|server| (name, server))
            .ok_or_else(|| self.unknown(key))
    }

    fn unknown(&self, key: &str) -> ModelError {
        let near = config::did_you_mean(key, self.keys());
        ModelError {
            kind: ErrorKind::NoModel,
            model: key.to_owned(),
            server: "no server".to_owned(),
            message: "the configuration has no model of this key and no default server".to_owned(),
            help: Some(near.unwrap_or_else(|| format!("add a table `[model.{key}]`"))),
        }
    }

    fn learn(&self, key: &str, context: u64) {
        let mut contexts = self.inner.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        contexts.insert(key.to_owned(), context);
    }
}

/// The models of the configuration that are simulated.
fn simulate(config: &ModelsConfig, parts: &Parts) -> Result<Option<Server>, ConfigError> {
    let settings: BTreeMap<String, simulated::Settings> = config
        .models
        .iter()
        .filter_map(|(key, model)| Some((key.clone(), model.simulated.clone()?)))
        .collect();
    if settings.is_empty() {
        return Ok(None);
    }
    let models = Simulated::new(settings, parts.knowledge.clone(), config.simulated.seed)?;
    let retry = parts.retry;
    Ok(Some(Server::new(simulated::SERVER, Arc::new(models), config.simulated.concurrency, retry)))
}

fn connect(name: &str, server: &ServerConfig, parts: &Parts) -> Result<Server, ConfigError> {
    let key = match &server.key_env {
        None => None,
        Some(variable) => match parts.keys.get(variable) {
            Some(key) => Some(key.as_str()),
            None => {
                return Err(ConfigError::NoKey { server: name.to_owned(), variable: variable.clone() });
            }
        },
    };
    let made = |backend| Server::new(&server.url, backend, server.concurrency, parts.retry);
    match server.kind {
        ServerKind::Openai => Ok(made(Arc::new(OpenAi::new(name, server, key)?))),
        ServerKind::Ollama => {
            let ollama = Arc::new(Ollama::new(name, server, key)?);
            let made = made(Arc::clone(&ollama) as Arc<dyn Model>);
            Ok(match server.memory {
                Some(limit) => made.within(Residency::new(ollama, &server.url, limit)),
                None => made,
            })
        }
    }
}

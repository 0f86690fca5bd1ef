//! Which models there are and where: the file `models.toml`.
//!
//! The text is handed in, and so are the keys that it names: nothing here opens a file or looks at the environment.

mod error;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::simulated::Settings;

pub use error::ConfigError;
pub(crate) use error::did_you_mean;

/// What a token costs where nothing else is said, prompt and answer alike.
pub const COST_PER_TOKEN: f64 = 0.000_002;

/// The context of a model, in tokens, where neither the file nor the server says anything.
pub const CONTEXT_TOKENS: u64 = 4096;

/// Options of Ollama that belong to a request, so that the file cannot fix them.
const OPTIONS_OF_A_REQUEST: [&str; 4] = ["temperature", "seed", "num_predict", "stop"];

/// The models that can be asked, by the keys under which ecosystems know them.
///
/// ```
/// use flux_broker::config::ModelsConfig;
///
/// let config = ModelsConfig::parse(
///     r#"
///     [server.local]
///     kind = "ollama"
///     url = "http://127.0.0.1:11434"
///
///     [model.fast]
///     server = "local"
///     name = "tinyllama:latest"
///     "#,
/// )?;
/// assert_eq!(config.models["fast"].name.as_deref(), Some("tinyllama:latest"));
/// # Ok::<(), flux_broker::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelsConfig {
    /// The server of models that name none, and of keys without an entry, which are looked up there under their own
    /// name. Default: the only server, if there is just one.
    pub default_server: Option<String>,
    /// The servers.
    #[serde(default, rename = "server")]
    pub servers: BTreeMap<String, ServerConfig>,
    /// The models, by key.
    #[serde(default, rename = "model")]
    pub models: BTreeMap<String, ModelConfig>,
    /// What holds for all simulated models.
    #[serde(default)]
    pub simulated: SimulationConfig,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Which interface it speaks.
    pub kind: ServerKind,
    /// Where it is: `http://` or `https://`, a host, a port if need be.
    pub url: String,
    /// The name of the environment variable that holds its key. Whoever reads the file reads the variable, too.
    pub key_env: Option<String>,
    /// The longest silence before an answer or inside of one, in seconds. Default 300: a big model takes minutes to
    /// be loaded.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: f64,
    /// How many calls each of its models is given at once. Default 1.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// How much memory its models may take together, in bytes. Default: the server decides.
    pub memory: Option<u64>,
    /// Options of Ollama's runner, the same in every call: others would have the model loaded anew.
    #[serde(default)]
    pub options: toml::Table,
}

/// The interfaces that servers speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerKind {
    /// Ollama's own.
    Ollama,
    /// OpenAI's: vLLM, TGI, llama.cpp and others speak it.
    Openai,
}

/// A model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// Its server. Default: [`ModelsConfig::default_server`].
    pub server: Option<String>,
    /// Its name there. Default: its key.
    pub name: Option<String>,
    /// What a token costs. Default [`COST_PER_TOKEN`].
    pub cost_per_token: Option<f64>,
    /// The longest prompt and answer together, in tokens. Default: what the server says.
    pub context: Option<u64>,
    /// What it is good for, in a sentence: shown to those who choose between models.
    pub nature: Option<String>,
    /// What it is like, if it is simulated. Then it has no server, and nothing else but its `nature` is said of it.
    pub simulated: Option<Settings>,
}

/// What holds for all simulated models.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulationConfig {
    /// The file of questions that they know, beside this one. Whoever reads this file reads that one, too.
    pub questions: Option<String>,
    /// The seed of all they do. Default 1.
    #[serde(default = "simulation_seed")]
    pub seed: u64,
    /// How many calls each of them is given at once. Default 16.
    #[serde(default = "simulation_concurrency")]
    pub concurrency: usize,
}

impl Default for SimulationConfig {
    fn default() -> Self {
        Self { questions: None, seed: simulation_seed(), concurrency: simulation_concurrency() }
    }
}

fn timeout_seconds() -> f64 {
    300.0
}

fn concurrency() -> usize {
    1
}

fn simulation_seed() -> u64 {
    1
}

fn simulation_concurrency() -> usize {
    16
}

impl ModelsConfig {
    /// Reads the text of a `models.toml` and checks it.
    ///
    /// # Errors
    /// [`ConfigError`] names the place and the remedy.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::toml(text, &error))?;
        config.check()?;
        Ok(config)
    }

    /// What is meant where there is no file: Ollama on this machine at its usual address, each key a name there.
    #[must_use]
    pub fn ollama_here() -> Self {
        let server = ServerConfig {
            kind: ServerKind::Ollama,
            url: "http://127.0.0.1:11434".to_owned(),
            key_env: None,
            timeout_seconds: timeout_seconds(),
            concurrency: concurrency(),
            memory: None,
            options: toml::Table::new(),
        };
        Self { servers: BTreeMap::from([("local".to_owned(), server)]), ..Self::default() }
    }

    /// Whether what it says makes sense together.
    ///
    /// # Errors
    /// [`ConfigError`] names the first key that does not.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(name) = &self.default_server {
            self.expect_server("default_server", name)?;
        }
        if self.simulated.concurrency == 0 {
            return Err(no_concurrency("simulated"));
        }
        for (name, server) in &self.servers {
            server.check(&format!("server.{name}"))?;
        }
        for (key, model) in &self.models {
            let place = format!("model.{key}");
            model.check(&place)?;
            match &model.server {
                Some(server) => self.expect_server(&format!("{place}.server"), server)?,
                None if !self.is_simulated(key) && self.server_by_default().is_none() => {
                    return Err(ConfigError::key(
                        format!("{place}.server"),
                        "expected a server, found none",
                        "name one of the servers, or set `default_server`",
                    ));
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The server of whatever names none.
    #[must_use]
    pub fn server_by_default(&self) -> Option<&str> {
        match &self.default_server {
            Some(name) => Some(name),
            None if self.servers.len() == 1 => self.servers.keys().next().map(String::as_str),
            None => None,
        }
    }

    /// Whether the model of this key is a simulated one.
    #[must_use]
    pub fn is_simulated(&self, key: &str) -> bool {
        self.models.get(key).is_some_and(|model| model.simulated.is_some())
    }

    fn expect_server(&self, place: &str, name: &str) -> Result<(), ConfigError> {
        if self.servers.contains_key(name) {
            return Ok(());
        }
        let remedy = did_you_mean(name, self.servers.keys().map(String::as_str))
            .unwrap_or_else(|| format!("add a table `[server.{name}]`"));
        Err(ConfigError::key(place, format!("expected one of the servers, found `{name}`"), remedy))
    }
}

impl ServerConfig {
    /// The longest silence.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::try_from_secs_f64(self.timeout_seconds).unwrap_or(Duration::MAX)
    }

    fn check(&self, place: &str) -> Result<(), ConfigError> {
        let usual = match self.kind {
            ServerKind::Ollama => "http://127.0.0.1:11434",
            ServerKind::Openai => "http://127.0.0.1:8000/v1",
        };
        match reqwest::Url::parse(&self.url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {}
            _ => {
                return Err(ConfigError::key(
                    format!("{place}.url"),
                    format!("expected an address of `http` or `https`, found `{}`", self.url),
                    format!("write it like `{usual}`"),
                ));
            }
        }
        if !(self.timeout_seconds > 0.0 && self.timeout_seconds.is_finite()) {
            return Err(ConfigError::key(
                format!("{place}.timeout_seconds"),
                format!("expected a time above 0, found {}", self.timeout_seconds),
                "leave it out for 300",
            ));
        }
        if self.concurrency == 0 {
            return Err(no_concurrency(place));
        }
        if self.kind == ServerKind::Openai && !self.options.is_empty() {
            return Err(ConfigError::key(
                format!("{place}.options"),
                "expected none, because the server is not of the kind `ollama`",
                "leave them out, or set `kind = \"ollama\"`",
            ));
        }
        if self.kind == ServerKind::Openai && self.memory.is_some() {
            return Err(ConfigError::key(
                format!("{place}.memory"),
                "expected none, because a server of the kind `openai` unloads nothing",
                "leave it out, or set `kind = \"ollama\"`",
            ));
        }
        for option in OPTIONS_OF_A_REQUEST {
            if self.options.contains_key(option) {
                return Err(ConfigError::key(
                    format!("{place}.options.{option}"),
                    "expected an option of the runner, found one of a request",
                    "leave it out: whoever asks decides it",
                ));
            }
        }
        Ok(())
    }
}

fn no_concurrency(place: &str) -> ConfigError {
    let place = format!("{place}.concurrency");
    ConfigError::key(place, "expected at least 1, found 0", "leave it out for the default")
}

impl ModelConfig {
    fn check(&self, place: &str) -> Result<(), ConfigError> {
        let others = [
            ("server", self.server.is_some()),
            ("name", self.name.is_some()),
            ("cost_per_token", self.cost_per_token.is_some()),
            ("context", self.context.is_some()),
        ];
        if self.simulated.is_some()
            && let Some((key, _)) = others.iter().find(|(_, is_given)| *is_given)
        {
            return Err(ConfigError::key(
                format!("{place}.{key}"),
                "expected nothing, because the model is simulated",
                "say it inside of `simulated`, if it can be said there",
            ));
        }
        if self.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
            return Err(ConfigError::key(
                format!("{place}.name"),
                "expected a name, found none",
                "leave it out if the server knows the model by its key",
            ));
        }
        if let Some(cost) = self.cost_per_token
            && !(cost >= 0.0 && cost.is_finite())
        {
            return Err(ConfigError::key(
                format!("{place}.cost_per_token"),
                format!("expected at least 0, found {cost}"),
                format!("leave it out for {COST_PER_TOKEN}"),
            ));
        }
        if self.context == Some(0) {
            return Err(ConfigError::key(
                format!("{place}.context"),
                "expected at least 1 token, found 0",
                "leave it out for what the server says",
            ));
        }
        Ok(())
    }
}

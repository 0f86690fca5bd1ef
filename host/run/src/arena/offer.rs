//! The models that an arena offers to its genomes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use flux_broker::config::ModelsConfig;
use flux_broker::questions::QuestionSet;

use crate::diagnostics;

use super::folder::read_toml_file;
use super::table::{Reading, Value};

const KEYS: &[&str] = &["config", "max_cost"];

/// The most that `max_cost` may be: far above what anybody pays for a trial.
const MAX_COST: f64 = 1e6;

/// The models that genomes of an arena may ask, when they are granted `model` or `judge`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Offer {
    /// What the file of models says.
    pub config: ModelsConfig,
    /// What simulated models know, where the file names questions.
    pub knowledge: QuestionSet,
    /// What the asking in one trial may cost, in the unit of the models' prices. Default no limit.
    pub max_cost: Option<f64>,
    /// The keys of servers. Empty when the arena is loaded: whoever runs it fills in what [`Offer::key_names`] names.
    pub keys: ApiKeys,
    /// A digest of the files, which stands for them in records.
    pub digest: blake3::Hash,
}

/// Keys of servers by the names that the configuration has for them. They are never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ApiKeys(BTreeMap<String, String>);

impl ApiKeys {
    /// The keys by their names.
    #[must_use]
    pub fn by_name(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl FromIterator<(String, String)> for ApiKeys {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Offer {
    /// The names of the environment variables that hold keys of servers.
    pub fn key_names(&self) -> impl Iterator<Item = &str> {
        self.config.servers.values().filter_map(|server| server.key_env.as_deref())
    }

    /// Whether the same question is always answered the same: all models are simulated.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.config.servers.is_empty()
    }
}

/// Reads `[models]` and the files that it names.
pub(super) fn read(reading: &mut Reading<'_>, value: &Value<'_>, folder: &Path) -> Option<Offer> {
    const KEY: &str = "config";
    let table = reading.table("`[models]`", value, KEYS)?;
    let max_cost = match table.get("max_cost") {
        Some(value) => reading.fraction("max_cost", value, 0.0, MAX_COST).map(Some),
        None => Some(None),
    };
    let value = table.expect(reading, KEY, "config = \"models.toml\"")?;
    let (source, at, file) = (reading.source, value.span(), reading.text(KEY, value)?);
    let text = read_toml_file(reading, folder, KEY, at.clone(), file)?;
    let config = match ModelsConfig::parse(&text) {
        Ok(config) => config,
        Err(error) => {
            return reading.wrong(diagnostics::wrong_file(source, at, KEY, file, &error, error.help()));
        }
    };
    let mut digest = blake3::Hasher::new();
    let mut put = |text: &str| {
        digest.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    };
    put("flux models 1");
    put(&text);
    let mut knowledge = QuestionSet::default();
    if let Some(name) = &config.simulated.questions {
        // The name is relative to the file that has it.
        let beside = Path::new(file).with_file_name(name);
        let file = beside.to_string_lossy();
        let text = read_toml_file(reading, folder, KEY, at.clone(), &file)?;
        knowledge = match QuestionSet::parse(&text) {
            Ok(set) => set,
            Err(error) => {
                return reading.wrong(diagnostics::wrong_file(source, at, KEY, &file, &error, None));
            }
        };
        put(&text);
    }
    Some(Offer {
        config,
        knowledge,
        max_cost: max_cost?,
        keys: ApiKeys::default(),
        digest: digest.finalize(),
    })
}

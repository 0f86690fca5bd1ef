//! `flux models`.

use flux_broker::{Listed, ModelError};
use serde::Serialize;

use crate::ecosystem::block_on;
use crate::ecosystem::models::{self, ModelArgs, Models};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{json, mistakes};

/// What simulated models call their server.
const SIMULATED: &str = flux_broker::simulated::SERVER;

/// Arguments of `flux models`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An ecosystem names its models by keys; a models file says which model of which server plays each. Simulated models\n\
        need no server, and are called simulated everywhere.\n\n\
        Examples:\n  flux models\n      what Ollama has, at OLLAMA_HOST or on this machine\n  \
        flux models --models genomes/ecosystems/models.toml\n\n\
        Exit status: 0 every key can be asked; 1 a model or a server is missing; 2 the file cannot be used, or nobody answers."
)]
pub(crate) struct Args {
    #[command(flatten)]
    models: ModelArgs,
    /// Print one JSON object (schema flux.models/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ModelsV1 {
    file: Option<String>,
    keys: Vec<KeyV1>,
    servers: Vec<ServerV1>,
}

/// A key of the file.
#[derive(Serialize)]
struct KeyV1 {
    key: String,
    model: String,
    server: String,
    simulated: bool,
    cost_per_token: f64,
    context: Option<u64>,
    nature: Option<String>,
    /// Whether the server has it; nothing where it did not answer.
    is_there: Option<bool>,
}

/// A server, and what it has.
#[derive(Serialize)]
struct ServerV1 {
    server: String,
    error: Option<String>,
    models: Vec<ListedV1>,
}

#[derive(Serialize)]
struct ListedV1 {
    model: String,
    size_bytes: Option<u64>,
    is_loaded: Option<bool>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let models = self.models.load(io, None)?;
        let lists = block_on(models.broker.list_each())?;
        if let ([(_, Err(error))], None) = (lists.as_slice(), &models.path) {
            let hint = "start it with `ollama serve`, say where it is with `OLLAMA_HOST`, or name a file with `--models`";
            return Err(mistakes::failed_for("list the models", error, Some(hint)));
        }
        let keys: Vec<KeyV1> = models.config.models.keys().map(|key| of_key(&models, key, &lists)).collect();
        let is_whole =
            lists.iter().all(|(_, list)| list.is_ok()) && keys.iter().all(|key| key.is_there == Some(true));
        let status = if is_whole { ExitStatus::Yes } else { ExitStatus::No };
        if self.json {
            let file = models.path.as_ref().map(|path| path.display().to_string());
            let servers = lists.into_iter().map(|(server, list)| of_server(server, list)).collect();
            json::print(io, "flux.models/1", &ModelsV1 { file, keys, servers })?;
            return Ok(status);
        }
        for (server, list) in &lists {
            if let Err(error) = list {
                io.report(&models::unanswered(&format!("list the models of `{server}`"), error));
            }
        }
        print(io, &keys, &lists)?;
        Ok(status)
    }
}

fn of_key(models: &Models, key: &str, lists: &[(String, Result<Vec<Listed>, ModelError>)]) -> KeyV1 {
    let entry = models.config.models.get(key);
    let simulated = models.is_simulated(key);
    let model = entry.and_then(|entry| entry.name.clone()).unwrap_or_else(|| key.to_owned());
    let server =
        entry.and_then(|entry| entry.server.as_deref()).or_else(|| models.config.server_by_default());
    let server = if simulated { SIMULATED } else { server.unwrap_or_default() };
    let list = lists.iter().find(|(name, _)| name == server).and_then(|(_, list)| list.as_ref().ok());
    KeyV1 {
        is_there: list.map(|list| list.iter().any(|listed| is_called(&listed.name, &model))),
        key: key.to_owned(),
        model,
        server: server.to_owned(),
        simulated,
        cost_per_token: models.broker.price(key),
        context: entry
            .and_then(|entry| entry.simulated.as_ref().map(|settings| settings.context).or(entry.context)),
        nature: entry.and_then(|entry| entry.nature.clone()),
    }
}

/// Ollama calls a model without a tag `:latest`.
fn is_called(listed: &str, name: &str) -> bool {
    listed == name || listed.strip_suffix(":latest") == Some(name)
}

fn of_server(server: String, list: Result<Vec<Listed>, ModelError>) -> ServerV1 {
    let error = list.as_ref().err().map(ToString::to_string);
    let listed =
        |listed: Listed| ListedV1 { model: listed.name, size_bytes: listed.size, is_loaded: listed.loaded };
    ServerV1 { server, error, models: list.unwrap_or_default().into_iter().map(listed).collect() }
}

fn print(
    io: &mut Io,
    keys: &[KeyV1],
    lists: &[(String, Result<Vec<Listed>, ModelError>)],
) -> miette::Result<()> {
    let mut parts = Vec::new();
    if !keys.is_empty() {
        let row = |key: &KeyV1| {
            let there = match key.is_there {
                Some(true) => "yes",
                Some(false) => "no",
                None => "?",
            };
            vec![
                key.key.clone(),
                key.model.clone(),
                key.server.clone(),
                there.to_owned(),
                format!("{:.2}", key.cost_per_token * 1e6),
                key.context.map_or_else(String::new, table::count),
                key.nature.clone().unwrap_or_default(),
            ]
        };
        let columns = [
            Column::Left("key"),
            Column::Left("model"),
            Column::Left("server"),
            Column::Left("there"),
            Column::Right("cost of 1M tokens"),
            Column::Right("context"),
            Column::Left("nature"),
        ];
        parts.push(table::render(io, &columns, &keys.iter().map(row).collect::<Vec<_>>()));
    }
    let listed = lists.iter().filter(|(server, _)| server != SIMULATED);
    let rows: Vec<Vec<String>> = listed
        .flat_map(|(server, list)| list.iter().flatten().map(move |listed| of_listed(server, listed)))
        .collect();
    if !rows.is_empty() {
        let columns =
            [Column::Left("server"), Column::Left("has"), Column::Right("size"), Column::Left("loaded")];
        parts.push(table::render(io, &columns, &rows));
    } else if keys.is_empty() && lists.iter().any(|(_, list)| list.is_ok()) {
        parts.push("there are no models; fetch one with `ollama pull qwen2.5:1.5b`\n".to_owned());
    }
    io.print(parts.join("\n"))
}

fn of_listed(server: &str, listed: &Listed) -> Vec<String> {
    let loaded = match listed.loaded {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    };
    vec![
        server.to_owned(),
        listed.name.clone(),
        listed.size.map_or_else(String::new, table::bytes),
        loaded.to_owned(),
    ]
}

//! Which models a command asks: a file, or Ollama on this machine; recorded, played back, or neither.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use flux_broker::config::ModelsConfig;
use flux_broker::questions::QuestionSet;
use flux_broker::simulated::Knowledge;
use flux_broker::tape::{Recorder, Tape};
use flux_broker::{Broker, ModelError, Parts};
use miette::Report;

use super::{address, file};
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, mistakes};

/// What is looked for beside an ecosystem.
const USUAL: &str = "models.toml";

/// Which models are asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct ModelArgs {
    /// The models: a file like genomes/ecosystems/models.toml. By default `models.toml` beside the ecosystem, else Ollama
    /// at `OLLAMA_HOST` or on this machine.
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
}

/// Whether calls are recorded or played back.
#[derive(Clone, Debug, Args)]
pub(crate) struct TapeArgs {
    /// Record every call of a model on a tape of this name in the bank, in place of one that is there.
    #[arg(long, value_name = "NAME")]
    tape: Option<String>,
    /// Ask nobody: play the tape, and refuse what is not on it.
    #[arg(long, requires = "tape")]
    offline: bool,
}

/// The models that a command asks.
pub(crate) struct Models {
    /// What the file says.
    pub(crate) config: ModelsConfig,
    /// Where it is; none where there is none.
    pub(crate) path: Option<PathBuf>,
    /// All models.
    pub(crate) broker: Broker,
    /// Records or plays; a clone of the one that the broker has.
    recorder: Recorder,
    tape: Option<String>,
}

impl ModelArgs {
    /// The file: the one that was named, else the one beside the ecosystem.
    fn path(&self, ecosystem: Option<&Path>) -> Option<PathBuf> {
        let beside = || {
            let path = ecosystem?.parent()?.join(USUAL);
            path.is_file().then_some(path)
        };
        self.models.clone().or_else(beside)
    }

    /// Models for looking at, and for asking without a tape.
    pub(crate) fn load(&self, io: &mut Io, ecosystem: Option<&Path>) -> miette::Result<Models> {
        self.with(io, ecosystem, Recorder::live(), None)
    }

    /// Models with a tape, if one is named.
    pub(crate) fn load_taped(
        &self,
        io: &mut Io,
        ecosystem: Option<&Path>,
        tape: &TapeArgs,
        bank: &BankArgs,
    ) -> miette::Result<Models> {
        let recorder = match &tape.tape {
            None => Recorder::live(),
            Some(_) if !tape.offline => Recorder::record(),
            Some(name) => Recorder::replay(play(name, bank)?),
        };
        let name = tape.tape.clone().filter(|_| !tape.offline);
        self.with(io, ecosystem, recorder, name)
    }

    fn with(
        &self,
        io: &mut Io,
        ecosystem: Option<&Path>,
        recorder: Recorder,
        tape: Option<String>,
    ) -> miette::Result<Models> {
        let path = self.path(ecosystem);
        let config = match &path {
            None => local(),
            Some(path) => {
                let text = file::text(io, path, "models")?;
                ModelsConfig::parse(&text).map_err(|error| refused(path, &error))?
            }
        };
        let knowledge = match (&config.simulated.questions, &path) {
            (Some(questions), Some(path)) => {
                let beside = path.parent().unwrap_or(Path::new("")).join(questions);
                Knowledge::from(&file::questions(io, &beside)?)
            }
            _ => Knowledge::from(&QuestionSet::default()),
        };
        let variables = config.servers.values().filter_map(|server| server.key_env.clone());
        let keys: BTreeMap<String, String> =
            variables.filter_map(|name| std::env::var(&name).ok().map(|key| (name, key))).collect();
        let parts = Parts { keys, knowledge, recorder: recorder.clone(), ..Parts::default() };
        let broker = Broker::new(&config, &parts)
            .map_err(|error| refused(path.as_deref().unwrap_or(Path::new("OLLAMA_HOST")), &error))?;
        Ok(Models { config, path, broker, recorder, tape })
    }
}

impl Models {
    /// Keeps what was recorded, if a tape was asked for.
    pub(crate) fn keep_tape(&self, bank: &BankArgs) -> miette::Result<()> {
        let Some(name) = &self.tape else { return Ok(()) };
        let bytes = self.recorder.tape().to_bytes();
        let mut bank = bank_file::open(bank.path())?;
        bank.write(|writer| writer.put_tape(name, &bytes))
            .map_err(|error| mistakes::failed_for(format!("keep the tape `{name}`"), &error, error.hint()))
    }

    /// Whether a key is played by a simulated model.
    pub(crate) fn is_simulated(&self, key: &str) -> bool {
        self.config.is_simulated(key)
    }
}

fn play(name: &str, args: &BankArgs) -> miette::Result<Tape> {
    let bank = bank_file::open_read_only(args.path())?;
    let bytes = bank_file::asked(bank.tape(name))?.ok_or_else(|| {
        let known: Vec<String> = bank
            .tapes()
            .map(|tapes| tapes.into_iter().map(|tape| format!("`{}`", tape.name)).collect())
            .unwrap_or_default();
        let hint = if known.is_empty() {
            "record it first: the same command without `--offline`".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        };
        mistakes::mistake(
            format!("bank `{}` has no tape `{name}`", args.path().display()),
            Some(hint.as_str()),
        )
    })?;
    Tape::from_bytes(&bytes).map_err(|error| mistakes::failed_for(format!("play `{name}`"), &error, None))
}

fn local() -> ModelsConfig {
    let mut config = ModelsConfig::ollama_here();
    let address = address::of_ollama(std::env::var("OLLAMA_HOST").ok().as_deref());
    config.servers.values_mut().for_each(|server| server.url.clone_from(&address));
    config
}

fn refused(path: &Path, error: &flux_broker::config::ConfigError) -> Report {
    let hint = error.help();
    mistakes::failed_for(format!("use the models `{}`", path.display()), error, hint.as_deref())
}

/// A report of a call that failed, with what to do.
pub(crate) fn unanswered(doing: &str, error: &ModelError) -> Report {
    mistakes::failed_for(doing, error, error.help.as_deref())
}

//! What a run is given and what it leaves behind besides its ending.

use std::collections::BTreeMap;

use crate::advisor::Advice;
use crate::limits::Limits;

/// What the world's function is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// For world `program`.
    Numbers(Vec<i64>),
    /// For world `ecosystem`.
    Prompt(String),
}

/// Everything besides its input that a run depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// What it may use up.
    pub limits: Limits,
    /// Seeds the `random` capability.
    pub seed: u64,
    /// What the channels of `senses` read, one list a channel; the last reading repeats, a channel that is not here
    /// reads 0.
    pub senses: BTreeMap<u32, Vec<i64>>,
    /// Who answers what is asked of models, judges and people. Default nobody.
    pub advice: Advice,
}

/// Something that a genome did on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Which channel.
    pub channel: u32,
    /// With which value.
    pub value: i64,
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For people who look for a fault.
    Debug,
    /// For people who watch.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something is wrong.
    Error,
}

impl Level {
    /// The level's name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// A line that a genome logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

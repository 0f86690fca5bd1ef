//! The words of the language: which blocks and keys there are, where they belong and what they take.
//!
//! The grammar decides what is accepted; this table says the same once more for diagnostics and the printer, and a
//! test holds the two together.

use super::tree::Stage;

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Block {
    File,
    Ecosystem,
    Entity,
    Attractor,
    Stage,
    Policy,
    RecursiveConfig,
    HumanConfig,
}

impl Block {
    pub(crate) const WRITTEN: [Self; 7] = [
        Self::Ecosystem,
        Self::Entity,
        Self::Attractor,
        Self::Stage,
        Self::Policy,
        Self::RecursiveConfig,
        Self::HumanConfig,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Ecosystem => "ECOSYSTEM",
            Self::Entity => "ENTITY",
            Self::Attractor => "ATTRACTOR",
            Self::Stage => "STAGE",
            Self::Policy => "POLICY",
            Self::RecursiveConfig => "RECURSIVE_CONFIG",
            Self::HumanConfig => "HUMAN_CONFIG",
        }
    }

    /// What it stands in.
    pub(crate) fn parent(self) -> Self {
        match self {
            Self::File | Self::Ecosystem => Self::File,
            Self::Entity | Self::Attractor | Self::Policy => Self::Ecosystem,
            Self::RecursiveConfig | Self::HumanConfig => Self::Entity,
            Self::Stage => Self::Attractor,
        }
    }

    pub(crate) fn has_name(self) -> bool {
        matches!(self, Self::Ecosystem | Self::Entity | Self::Attractor | Self::Stage)
    }

    /// Whether there may be several in a block.
    pub(crate) fn is_many(self) -> bool {
        matches!(self, Self::Entity | Self::Attractor | Self::Stage)
    }

    /// Its name in JSON: of a list where there may be several.
    pub(crate) fn json(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Ecosystem => "ecosystem",
            Self::Entity => "entities",
            Self::Attractor => "attractors",
            Self::Stage => "stages",
            Self::Policy => "policy",
            Self::RecursiveConfig => "recursive_config",
            Self::HumanConfig => "human_config",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::WRITTEN.into_iter().find(|block| block.word() == word)
    }
}

/// What stands behind the colon of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number(Numbers),
    Texts,
    Truth,
    /// One of some words.
    OneOf(&'static [&'static str]),
}

impl Kind {
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Text => "a text in `\"`",
            Self::Number(_) => "a number",
            Self::Texts => "a list such as `[\"a\", \"b\"]`",
            Self::Truth => "`true` or `false`",
            Self::OneOf(_) => "one of its words",
        }
    }
}

/// Which numbers a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Whole ones from here on.
    Whole(u64),
    NotNegative,
    Positive,
    /// Parts of one.
    Share,
    Temperature,
}

impl Numbers {
    /// The least number, and whether it is taken itself.
    pub(crate) fn min(self) -> (f64, bool) {
        match self {
            // The least ones of the table are small.
            Self::Whole(min) => (min as f64, true),
            Self::NotNegative | Self::Share | Self::Temperature => (0.0, true),
            Self::Positive => (0.0, false),
        }
    }

    /// The greatest number, if there is one.
    pub(crate) fn max(self) -> Option<f64> {
        match self {
            Self::Whole(_) | Self::NotNegative | Self::Positive => None,
            Self::Share => Some(1.0),
            Self::Temperature => Some(Stage::MAX_TEMPERATURE),
        }
    }

    pub(crate) fn description(self) -> String {
        match self {
            Self::Whole(min) => format!("a whole number from {min} on"),
            Self::NotNegative => "0 or more".to_owned(),
            Self::Positive => "more than 0".to_owned(),
            Self::Share => "within 0 and 1".to_owned(),
            Self::Temperature => "within 0 and 2".to_owned(),
        }
    }
}

pub(crate) const TYPES: &[&str] =
    &["Model.Ensemble", "Model.Transformer", "Human.In.The.Loop", "ECOSYSTEM", "Recursive.Ensemble"];
pub(crate) const ROUTERS: &[&str] = &["vote", "best-of", "average"];
pub(crate) const MERGES: &[&str] = &["concat", "vote", "best-of", "first"];

/// The key of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Version,
    DefaultPolicy,
    Observability,
    Seed,
    Type,
    Nature,
    QuantumState,
    Cost,
    Fallback,
    Model,
    Uses,
    Router,
    Members,
    MaxChunkTokens,
    ChunkOverlap,
    MaxWorkers,
    SubModel,
    RootModel,
    TimeoutSec,
    Escalation,
    ConfidenceThreshold,
    OnIntent,
    After,
    Merge,
    Execute,
    Temperature,
    MaxNewTokens,
    StageSeed,
    PromptTransform,
    Observe,
    GroundTruth,
    MaxCostPerRequest,
    MaxLatencyMs,
    MaxHumanIterations,
    JudgeEntity,
    RequireJudge,
}

/// The key that peers write with an accent; both accented spellings and the plain one mean the same.
pub(crate) const OBSERVABILITY: &str = "OSSERVABILIT\u{c0}";
pub(crate) const PLAIN_OBSERVABILITY: &str = "OSSERVABILITA";
pub(crate) const DECOMPOSED_OBSERVABILITY: &str = "OSSERVABILITA\u{300}";

const TABLE: &[(Key, Block, &str, Kind)] = &[
    (Key::Version, Block::Ecosystem, "VERSION", Kind::Text),
    (Key::DefaultPolicy, Block::Ecosystem, "DEFAULT_POLICY", Kind::Text),
    (Key::Observability, Block::Ecosystem, OBSERVABILITY, Kind::Text),
    (Key::Seed, Block::Ecosystem, "SEED", Kind::Number(Numbers::Whole(0))),
    (Key::Type, Block::Entity, "TYPE", Kind::OneOf(TYPES)),
    (Key::Nature, Block::Entity, "NATURE", Kind::Text),
    (Key::QuantumState, Block::Entity, "QUANTUM_STATE", Kind::Text),
    (Key::Cost, Block::Entity, "COSTO", Kind::Number(Numbers::NotNegative)),
    (Key::Fallback, Block::Entity, "FALLBACK", Kind::Text),
    (Key::Model, Block::Entity, "MODEL_KEY", Kind::Text),
    (Key::Uses, Block::Entity, "USES", Kind::Text),
    (Key::Router, Block::Entity, "ROUTER", Kind::OneOf(ROUTERS)),
    (Key::Members, Block::Entity, "MEMBERS", Kind::Texts),
    (Key::MaxChunkTokens, Block::RecursiveConfig, "MAX_CHUNK_TOKENS", Kind::Number(Numbers::Whole(1))),
    (Key::ChunkOverlap, Block::RecursiveConfig, "CHUNK_OVERLAP", Kind::Number(Numbers::Whole(0))),
    (Key::MaxWorkers, Block::RecursiveConfig, "MAX_WORKERS", Kind::Number(Numbers::Whole(1))),
    (Key::SubModel, Block::RecursiveConfig, "SUB_MODEL_KEY", Kind::Text),
    (Key::RootModel, Block::RecursiveConfig, "ROOT_MODEL_KEY", Kind::Text),
    (Key::TimeoutSec, Block::HumanConfig, "TIMEOUT_SEC", Kind::Number(Numbers::Positive)),
    (Key::Escalation, Block::HumanConfig, "ESCALATION", Kind::Text),
    (Key::ConfidenceThreshold, Block::HumanConfig, "CONFIDENCE_THRESHOLD", Kind::Number(Numbers::Share)),
    (Key::OnIntent, Block::Attractor, "ON_INTENT", Kind::Texts),
    (Key::After, Block::Stage, "AFTER", Kind::Texts),
    (Key::Merge, Block::Stage, "MERGE", Kind::OneOf(MERGES)),
    (Key::Execute, Block::Stage, "EXECUTE", Kind::Text),
    (Key::Temperature, Block::Stage, "TEMPERATURE", Kind::Number(Numbers::Temperature)),
    (Key::MaxNewTokens, Block::Stage, "MAX_NEW_TOKENS", Kind::Number(Numbers::Whole(1))),
    (Key::StageSeed, Block::Stage, "SEED", Kind::Number(Numbers::Whole(0))),
    (Key::PromptTransform, Block::Stage, "PROMPT_TRANSFORM", Kind::Text),
    (Key::Observe, Block::Stage, "OBSERVE", Kind::Text),
    (Key::GroundTruth, Block::Stage, "GROUND_TRUTH", Kind::Text),
    (Key::MaxCostPerRequest, Block::Policy, "MAX_COST_PER_REQUEST", Kind::Number(Numbers::NotNegative)),
    (Key::MaxLatencyMs, Block::Policy, "MAX_LATENCY_MS", Kind::Number(Numbers::Whole(1))),
    (Key::MaxHumanIterations, Block::Policy, "MAX_HUMAN_ITERATIONS", Kind::Number(Numbers::Whole(0))),
    (Key::JudgeEntity, Block::Policy, "JUDGE_ENTITY", Kind::Text),
    (Key::RequireJudge, Block::Policy, "REQUIRE_JUDGE", Kind::Truth),
];

impl Key {
    /// The key that is spelt like this in a block, and what it takes.
    pub(crate) fn find(block: Block, word: &str) -> Option<(Self, Kind)> {
        let word = match word {
            PLAIN_OBSERVABILITY | DECOMPOSED_OBSERVABILITY => OBSERVABILITY,
            word => word,
        };
        let row = TABLE.iter().find(|(_, parent, spelt, _)| *parent == block && *spelt == word)?;
        Some((row.0, row.3))
    }

    /// The spelling that is printed.
    pub(crate) fn word(self) -> &'static str {
        // INVARIANT: every key has a row.
        TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    /// Which numbers it takes, if it takes any.
    pub(crate) fn numbers(self) -> Option<Numbers> {
        match TABLE.iter().find(|row| row.0 == self)?.3 {
            Kind::Number(numbers) => Some(numbers),
            Kind::Text | Kind::Texts | Kind::Truth | Kind::OneOf(_) => None,
        }
    }

    /// Its name in JSON: the word in lower case, and English where the word is not.
    pub(crate) fn json(self) -> String {
        match self {
            Self::Observability => "observability".to_owned(),
            Self::Cost => "cost".to_owned(),
            key => key.word().to_ascii_lowercase(),
        }
    }
}

/// The keys of a block and what they take.
pub(crate) fn fields_of(block: Block) -> impl Iterator<Item = (Key, Kind)> {
    TABLE.iter().filter(move |row| row.1 == block).map(|row| (row.0, row.3))
}

/// The keys of a block as they are written, in ASCII.
pub(crate) fn keys_of(block: Block) -> impl Iterator<Item = &'static str> {
    let rows = TABLE.iter().filter(move |row| row.1 == block);
    rows.map(|row| if row.2 == OBSERVABILITY { PLAIN_OBSERVABILITY } else { row.2 })
}

/// The blocks that a key belongs into.
pub(crate) fn blocks_of(word: &str) -> impl Iterator<Item = Block> {
    Block::WRITTEN.into_iter().filter(move |block| Key::find(*block, word).is_some())
}

//! The places of an ecosystem that mutation may change, and where they stand in the text.

use super::keys::{Block, Key};
use super::syntax::Node;
use crate::source::Span;

/// What may be changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tuned {
    /// The temperature of a stage.
    Temperature(StageName),
    /// The longest answer of a stage.
    MaxNewTokens(StageName),
    /// Who answers in a stage.
    Execute(StageName),
    /// What is asked in place of a stage's input.
    PromptTransform(StageName),
    /// What a stage is told to look at.
    Observe(StageName),
    /// How a stage takes several outputs.
    Merge(StageName),
    /// The model of an entity, by the entity's name.
    ModelKey(String),
    /// How an ensemble makes one answer of several, by the entity's name.
    Router(String),
    /// Who judges.
    JudgeEntity,
}

/// A stage by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageName {
    /// The name of its attractor.
    pub attractor: String,
    /// Its own.
    pub stage: String,
}

/// A place that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tunable {
    /// What it is.
    pub tuned: Tuned,
    /// Where its value stands, quotes included; nothing if it has its default.
    pub span: Option<Span>,
    /// The first word of the block that it belongs to.
    pub block: Span,
}

/// All tunable places, in the order of the text: of a stage all six, of other blocks what applies.
pub(crate) fn tunables(node: &Node) -> Vec<Tunable> {
    let mut found = Vec::new();
    let mut add = |node: &Node, key: Key, tuned: Tuned| {
        found.push(Tunable { tuned, span: node.field(key).map(|field| field.span), block: node.word });
    };
    for entity in node.blocks(Block::Entity) {
        if entity.field(Key::Model).is_some() {
            add(entity, Key::Model, Tuned::ModelKey(entity.name().to_owned()));
        }
        if entity.field(Key::Router).is_some() {
            add(entity, Key::Router, Tuned::Router(entity.name().to_owned()));
        }
    }
    for attractor in node.blocks(Block::Attractor) {
        for stage in attractor.blocks(Block::Stage) {
            let name =
                || StageName { attractor: attractor.name().to_owned(), stage: stage.name().to_owned() };
            add(stage, Key::Execute, Tuned::Execute(name()));
            add(stage, Key::Temperature, Tuned::Temperature(name()));
            add(stage, Key::MaxNewTokens, Tuned::MaxNewTokens(name()));
            add(stage, Key::PromptTransform, Tuned::PromptTransform(name()));
            add(stage, Key::Observe, Tuned::Observe(name()));
            add(stage, Key::Merge, Tuned::Merge(name()));
        }
    }
    if let Some(policy) = node.blocks(Block::Policy).next_back() {
        add(policy, Key::JudgeEntity, Tuned::JudgeEntity);
    }
    found.sort_by_key(|tunable| tunable.span.unwrap_or(tunable.block).start);
    found
}

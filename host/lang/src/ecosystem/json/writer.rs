//! From the tree to JSON.

use serde_json::{Map, Value};

use super::super::keys::{Block, Key};
use super::super::tree::{Attractor, Ecosystem, Entity, HumanConfig, Policy, RecursiveConfig, Stage};

/// The key of a name.
pub(super) const NAME: &str = "name";

/// Returns an ecosystem as JSON, defaults included; reading it gives the same ecosystem again. As
/// defaults are said, one at the limit of items in its text is beyond it in JSON.
///
/// Left out are what has no value, and a policy of defaults alone, which demands a judge only where something answers.
/// A number that is none is `null`.
#[must_use]
pub fn to_json(ecosystem: &Ecosystem) -> Value {
    let mut out = Object::named(&ecosystem.name);
    out.text(Key::Version, ecosystem.version.as_deref());
    out.text(Key::DefaultPolicy, Some(&ecosystem.default_policy));
    out.text(Key::Observability, Some(&ecosystem.observability));
    out.set(Key::Seed, ecosystem.seed);
    out.blocks(Block::Entity, ecosystem.entities.iter().map(entity).collect());
    out.blocks(Block::Attractor, ecosystem.attractors.iter().map(attractor).collect());
    if ecosystem.policy != Policy::default() {
        out.block(Block::Policy, policy(&ecosystem.policy));
    }
    out.finish()
}

/// An object that is being filled.
struct Object(Map<String, Value>);

impl Object {
    fn named(name: &str) -> Self {
        Self(Map::from_iter([(NAME.to_owned(), name.into())]))
    }

    fn set(&mut self, key: Key, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(key.json(), value.into());
        }
    }

    fn text(&mut self, key: Key, value: Option<&str>) {
        self.set(key, value);
    }

    fn block(&mut self, block: Block, value: Value) {
        self.0.insert(block.json().to_owned(), value);
    }

    fn blocks(&mut self, block: Block, values: Vec<Value>) {
        self.block(block, Value::Array(values));
    }

    fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

fn entity(entity: &Entity) -> Value {
    let mut out = Object::named(&entity.name);
    out.text(Key::Type, Some(entity.entity_type.name()));
    out.text(Key::Nature, entity.nature.as_deref());
    out.text(Key::QuantumState, Some(&entity.quantum_state));
    out.set(Key::Cost, Some(entity.cost));
    out.text(Key::Fallback, entity.fallback.as_deref());
    out.text(Key::Model, entity.model_key.as_deref());
    out.text(Key::Uses, entity.uses.as_deref());
    out.text(Key::Router, entity.router.map(super::super::tree::Router::name));
    if !entity.members.is_empty() {
        out.set(Key::Members, Some(entity.members.clone()));
    }
    if let Some(config) = &entity.recursive {
        out.block(Block::RecursiveConfig, recursive(config));
    }
    if let Some(config) = &entity.human {
        out.block(Block::HumanConfig, human(config));
    }
    out.finish()
}

fn recursive(config: &RecursiveConfig) -> Value {
    let mut out = Object(Map::new());
    out.set(Key::MaxChunkTokens, Some(config.max_chunk_tokens));
    out.set(Key::ChunkOverlap, Some(config.chunk_overlap));
    out.set(Key::MaxWorkers, Some(config.max_workers));
    out.text(Key::SubModel, config.sub_model_key.as_deref());
    out.text(Key::RootModel, config.root_model_key.as_deref());
    out.finish()
}

fn human(config: &HumanConfig) -> Value {
    let mut out = Object(Map::new());
    out.set(Key::TimeoutSec, config.timeout_sec);
    out.text(Key::Escalation, config.escalation.as_deref());
    out.set(Key::ConfidenceThreshold, config.confidence_threshold);
    out.finish()
}

fn attractor(attractor: &Attractor) -> Value {
    let mut out = Object::named(&attractor.name);
    out.set(Key::OnIntent, Some(attractor.intents.clone()));
    out.blocks(Block::Stage, attractor.stages.iter().map(stage).collect());
    out.finish()
}

fn stage(stage: &Stage) -> Value {
    let mut out = Object::named(&stage.name);
    out.set(Key::After, stage.after.clone());
    out.text(Key::Merge, Some(stage.merge.name()));
    out.text(Key::Execute, Some(&stage.execute));
    out.set(Key::Temperature, Some(stage.temperature));
    out.set(Key::MaxNewTokens, Some(stage.max_new_tokens));
    out.set(Key::StageSeed, stage.seed);
    out.text(Key::PromptTransform, stage.prompt_transform.as_deref());
    out.text(Key::Observe, stage.observe.as_deref());
    out.text(Key::GroundTruth, stage.ground_truth.as_deref());
    out.finish()
}

fn policy(policy: &Policy) -> Value {
    let mut out = Object(Map::new());
    out.set(Key::MaxCostPerRequest, policy.max_cost_per_request);
    out.set(Key::MaxLatencyMs, Some(policy.max_latency_ms));
    out.set(Key::MaxHumanIterations, Some(policy.max_human_iterations));
    out.text(Key::JudgeEntity, policy.judge_entity.as_deref());
    out.set(Key::RequireJudge, Some(policy.require_judge));
    out.finish()
}

//! From blocks and fields to the tree, with defaults filled in and numbers looked at.

use super::diagnostics::{self, Reporter};
use super::keys::{Block, Key, Numbers};
use super::syntax::{Node, Text, Value};
use super::tree::{
    Attractor, Ecosystem, Entity, EntityType, HumanConfig, Merge, Policy, RecursiveConfig, Router, Stage,
};

/// Whole numbers up to here are written as decimals without loss.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Builds the tree; what is wrong is replaced by its default and reported.
pub(crate) fn build(node: &Node, reporter: &mut Reporter) -> Ecosystem {
    let mut tree = Ecosystem::new(node.name());
    tree.version = text(node, Key::Version);
    tree.default_policy = text(node, Key::DefaultPolicy).unwrap_or(tree.default_policy);
    tree.observability = text(node, Key::Observability).unwrap_or(tree.observability);
    tree.seed = whole(node, Key::Seed, reporter);
    tree.entities = node.blocks(Block::Entity).map(|node| entity(node, reporter)).collect();
    tree.attractors = node.blocks(Block::Attractor).map(|node| attractor(node, reporter)).collect();
    if let Some(node) = node.blocks(Block::Policy).next_back() {
        tree.policy = policy(node, reporter);
    }
    tree
}

pub(crate) fn entity_type(node: &Node) -> EntityType {
    named(node, Key::Type, &EntityType::ALL, EntityType::name).unwrap_or_default()
}

pub(crate) fn merge(node: &Node) -> Merge {
    named(node, Key::Merge, &Merge::ALL, Merge::name).unwrap_or_default()
}

pub(crate) fn router(node: &Node) -> Option<Router> {
    named(node, Key::Router, &Router::ALL, Router::name)
}

/// Whether answers without a judge are refused.
pub(crate) fn require_judge(policy: Option<&Node>) -> bool {
    policy.and_then(|policy| policy.word(Key::RequireJudge)).is_none_or(|word| word == "true")
}

fn entity(node: &Node, reporter: &mut Reporter) -> Entity {
    let mut entity = Entity::new(node.name(), entity_type(node));
    entity.nature = text(node, Key::Nature);
    entity.quantum_state = text(node, Key::QuantumState).unwrap_or(entity.quantum_state);
    entity.cost = real(node, Key::Cost, reporter).unwrap_or(entity.cost);
    entity.fallback = text(node, Key::Fallback);
    entity.model_key = text(node, Key::Model);
    entity.uses = text(node, Key::Uses);
    entity.router = router(node);
    entity.members = values(node.texts(Key::Members).unwrap_or_default());
    entity.recursive = node.blocks(Block::RecursiveConfig).next_back().map(|node| recursive(node, reporter));
    entity.human = node.blocks(Block::HumanConfig).next_back().map(|node| human(node, reporter));
    entity
}

fn recursive(node: &Node, reporter: &mut Reporter) -> RecursiveConfig {
    let defaults = RecursiveConfig::default();
    let config = RecursiveConfig {
        max_chunk_tokens: whole(node, Key::MaxChunkTokens, reporter).unwrap_or(defaults.max_chunk_tokens),
        chunk_overlap: whole(node, Key::ChunkOverlap, reporter).unwrap_or(defaults.chunk_overlap),
        max_workers: whole(node, Key::MaxWorkers, reporter).unwrap_or(defaults.max_workers),
        sub_model_key: text(node, Key::SubModel),
        root_model_key: text(node, Key::RootModel),
    };
    if config.chunk_overlap >= config.max_chunk_tokens {
        let key =
            if node.field(Key::ChunkOverlap).is_some() { Key::ChunkOverlap } else { Key::MaxChunkTokens };
        if let Some(field) = node.field(key) {
            let (overlap, chunk) = (config.chunk_overlap.to_string(), config.max_chunk_tokens);
            let range = format!("less than the {chunk} of `MAX_CHUNK_TOKENS`");
            reporter.add(diagnostics::out_of_range(field.span, "CHUNK_OVERLAP", &range, &overlap));
        }
    }
    config
}

fn human(node: &Node, reporter: &mut Reporter) -> HumanConfig {
    HumanConfig {
        timeout_sec: real(node, Key::TimeoutSec, reporter),
        escalation: text(node, Key::Escalation),
        confidence_threshold: real(node, Key::ConfidenceThreshold, reporter),
    }
}

fn attractor(node: &Node, reporter: &mut Reporter) -> Attractor {
    Attractor {
        name: node.name().to_owned(),
        intents: values(node.texts(Key::OnIntent).unwrap_or_default()),
        stages: node.blocks(Block::Stage).map(|node| stage(node, reporter)).collect(),
    }
}

fn stage(node: &Node, reporter: &mut Reporter) -> Stage {
    let mut stage = Stage::new(node.name(), text(node, Key::Execute).unwrap_or_default());
    stage.after = node.texts(Key::After).map(values);
    stage.merge = merge(node);
    stage.temperature = real(node, Key::Temperature, reporter).unwrap_or(stage.temperature);
    stage.max_new_tokens = whole(node, Key::MaxNewTokens, reporter).unwrap_or(stage.max_new_tokens);
    stage.seed = whole(node, Key::StageSeed, reporter);
    stage.prompt_transform = text(node, Key::PromptTransform);
    stage.observe = text(node, Key::Observe);
    stage.ground_truth = text(node, Key::GroundTruth);
    stage
}

fn policy(node: &Node, reporter: &mut Reporter) -> Policy {
    let defaults = Policy::default();
    Policy {
        max_cost_per_request: real(node, Key::MaxCostPerRequest, reporter),
        max_latency_ms: whole(node, Key::MaxLatencyMs, reporter).unwrap_or(defaults.max_latency_ms),
        max_human_iterations: whole(node, Key::MaxHumanIterations, reporter)
            .unwrap_or(defaults.max_human_iterations),
        judge_entity: text(node, Key::JudgeEntity),
        require_judge: require_judge(Some(node)),
    }
}

fn text(node: &Node, key: Key) -> Option<String> {
    node.text(key).map(|text| text.value)
}

fn values(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

fn named<T: Copy>(node: &Node, key: Key, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
    let word = node.word(key)?;
    all.iter().copied().find(|value| name(*value) == word)
}

fn real(node: &Node, key: Key, reporter: &mut Reporter) -> Option<f64> {
    let (field, numbers) = (node.field(key)?, key.numbers()?);
    let Value::Number(written) = &field.value else { return None };
    // Adding nothing makes a zero of a negative zero, so that equal values are printed alike.
    let value = written.parse::<f64>().unwrap_or(f64::NAN) + 0.0;
    let (min, takes_min) = numbers.min();
    let is_above = value > min || (takes_min && value >= min);
    if is_above && value <= numbers.max().unwrap_or(f64::MAX) {
        return Some(value);
    }
    reporter.add(diagnostics::out_of_range(field.span, key.word(), &numbers.description(), written));
    None
}

fn whole(node: &Node, key: Key, reporter: &mut Reporter) -> Option<u64> {
    let (field, numbers) = (node.field(key)?, key.numbers()?);
    let Numbers::Whole(min) = numbers else { return None };
    let Value::Number(written) = &field.value else { return None };
    let value = whole_number(written).filter(|value| *value >= min);
    if value.is_none() {
        let is_large = written.parse::<f64>().is_ok_and(|value| value > LARGEST_EXACT);
        let range = if is_large {
            format!("a whole number of at most {}, written in digits", u64::MAX)
        } else {
            numbers.description()
        };
        reporter.add(diagnostics::out_of_range(field.span, key.word(), &range, written));
    }
    value
}

/// The whole number that is written, also as `512.0` or `1e6`.
fn whole_number(written: &str) -> Option<u64> {
    if let Ok(value) = written.parse() {
        return Some(value);
    }
    let value: f64 = written.parse().ok()?;
    // The comparison is false for what is no number, and the cast is exact within these bounds.
    ((0.0..=LARGEST_EXACT).contains(&value) && value.fract() == 0.0).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::whole_number;

    #[test]
    fn whole_numbers_may_be_written_as_decimals() {
        for (written, value) in
            [("512", Some(512)), ("+5", Some(5)), ("1e6", Some(1_000_000)), ("512.0", Some(512))]
        {
            assert_eq!(whole_number(written), value, "{written}");
        }
        assert_eq!(whole_number("18446744073709551615"), Some(u64::MAX));
        for written in ["0.5", "-1", "18446744073709551616", "1e400"] {
            assert_eq!(whole_number(written), None, "{written}");
        }
    }
}

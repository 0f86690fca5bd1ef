//! Ecosystems as text.

use super::keys::Key;
use super::layout::Writer;
use super::text::quote;
use super::tree::{Attractor, Ecosystem, Entity, HumanConfig, Merge, Policy, RecursiveConfig, Stage};

/// Returns the text of an ecosystem, which means the same ecosystem again.
///
/// What has its default value is left out, but for types, temperatures, and lengths of answers. A value that no text
/// has, such as a temperature that is no number or a name without characters, is printed as it is and refused when it
/// is read. Entities of files that are used stay in their files.
#[must_use]
pub fn print(ecosystem: &Ecosystem) -> String {
    let mut out = Writer::default();
    out.open(&format!("ECOSYSTEM {}", quote(&ecosystem.name)));
    out.text(Key::Version, ecosystem.version.as_deref());
    if ecosystem.default_policy != Ecosystem::DEFAULT_POLICY {
        out.text(Key::DefaultPolicy, Some(&ecosystem.default_policy));
    }
    if ecosystem.observability != Ecosystem::OBSERVABILITY {
        out.text(Key::Observability, Some(&ecosystem.observability));
    }
    out.whole(Key::Seed, ecosystem.seed);
    for entity in &ecosystem.entities {
        print_entity(entity, &mut out);
    }
    for attractor in &ecosystem.attractors {
        print_attractor(attractor, &mut out);
    }
    if ecosystem.policy != Policy::default() {
        print_policy(&ecosystem.policy, &mut out);
    }
    out.close();
    out.finish()
}

fn print_entity(entity: &Entity, out: &mut Writer) {
    out.open(&format!("ENTITY {}", quote(&entity.name)));
    out.word(Key::Type, Some(entity.entity_type.name()));
    out.text(Key::Nature, entity.nature.as_deref());
    if entity.quantum_state != Entity::QUANTUM_STATE {
        out.text(Key::QuantumState, Some(&entity.quantum_state));
    }
    if entity.cost != 0.0 {
        out.real(Key::Cost, Some(entity.cost));
    }
    out.text(Key::Fallback, entity.fallback.as_deref());
    out.text(Key::Model, entity.model_key.as_deref());
    out.text(Key::Uses, entity.uses.as_deref());
    out.word(Key::Router, entity.router.map(super::tree::Router::name));
    if !entity.members.is_empty() {
        out.texts(Key::Members, &entity.members);
    }
    if let Some(config) = &entity.recursive {
        print_recursive(config, out);
    }
    if let Some(config) = &entity.human {
        print_human(config, out);
    }
    out.close();
}

fn print_recursive(config: &RecursiveConfig, out: &mut Writer) {
    out.open("RECURSIVE_CONFIG");
    out.whole(Key::MaxChunkTokens, Some(config.max_chunk_tokens));
    out.whole(Key::ChunkOverlap, Some(config.chunk_overlap));
    out.whole(Key::MaxWorkers, Some(config.max_workers));
    out.text(Key::SubModel, config.sub_model_key.as_deref());
    out.text(Key::RootModel, config.root_model_key.as_deref());
    out.close();
}

fn print_human(config: &HumanConfig, out: &mut Writer) {
    out.open("HUMAN_CONFIG");
    out.real(Key::TimeoutSec, config.timeout_sec);
    out.text(Key::Escalation, config.escalation.as_deref());
    out.real(Key::ConfidenceThreshold, config.confidence_threshold);
    out.close();
}

fn print_attractor(attractor: &Attractor, out: &mut Writer) {
    out.open(&format!("ATTRACTOR {}", quote(&attractor.name)));
    out.texts(Key::OnIntent, &attractor.intents);
    for stage in &attractor.stages {
        print_stage(stage, out);
    }
    out.close();
}

fn print_stage(stage: &Stage, out: &mut Writer) {
    out.open(&format!("STAGE {}", quote(&stage.name)));
    if let Some(after) = &stage.after {
        out.texts(Key::After, after);
    }
    if stage.merge != Merge::default() {
        out.word(Key::Merge, Some(stage.merge.name()));
    }
    out.text(Key::Execute, Some(&stage.execute));
    out.real(Key::Temperature, Some(stage.temperature));
    out.whole(Key::MaxNewTokens, Some(stage.max_new_tokens));
    out.whole(Key::StageSeed, stage.seed);
    out.text(Key::PromptTransform, stage.prompt_transform.as_deref());
    out.text(Key::Observe, stage.observe.as_deref());
    out.text(Key::GroundTruth, stage.ground_truth.as_deref());
    out.close();
}

fn print_policy(policy: &Policy, out: &mut Writer) {
    let defaults = Policy::default();
    out.open("POLICY");
    out.real(Key::MaxCostPerRequest, policy.max_cost_per_request);
    out.whole(Key::MaxLatencyMs, Some(policy.max_latency_ms));
    let iterations = Some(policy.max_human_iterations).filter(|n| *n != defaults.max_human_iterations);
    out.whole(Key::MaxHumanIterations, iterations);
    out.text(Key::JudgeEntity, policy.judge_entity.as_deref());
    out.word(Key::RequireJudge, Some(if policy.require_judge { "true" } else { "false" }));
    out.close();
}

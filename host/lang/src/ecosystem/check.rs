//! Whether what is written makes sense: names that stand for something, chains that end, intents that are reached.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{entity_type, merge, require_judge, router};
use super::diagnostics::{self, Reporter};
use super::keys::{Block, Key};
use super::limits::FALLBACK_DEPTH;
use super::syntax::{Node, Text};
use super::tree::{ANY_INTENT, EntityType, Merge, Router};
use crate::nearest::nearest;
use crate::source::Span;

/// Reports everything in an ecosystem that does not make sense.
pub(crate) fn check(node: &Node, reporter: &mut Reporter) {
    let before = reporter.n_errors();
    repeated(node, reporter);
    let entities = Names::new(node.blocks(Block::Entity), reporter);
    let mut asked = BTreeSet::new();
    for entity in node.blocks(Block::Entity) {
        check_entity(entity, &entities, &mut asked, reporter);
    }
    fallbacks(&entities, reporter);
    ensembles(&entities, reporter);
    Names::new(node.blocks(Block::Attractor), reporter);
    for attractor in node.blocks(Block::Attractor) {
        check_attractor(attractor, &entities, &mut asked, reporter);
    }
    intents(node, reporter);
    judge(node, &entities, &mut asked, reporter);
    if reporter.n_errors() > before {
        // Who seems unused may be meant by a name that is wrong.
        return;
    }
    for entity in node.blocks(Block::Entity) {
        if entity.name.is_some() && !asked.contains(entity.name()) {
            reporter.add_missing(diagnostics::unused_entity(entity.name_span(), entity.name()));
        }
    }
}

/// Reports keys, and blocks without a name, that stand somewhere more than once.
fn repeated(node: &Node, reporter: &mut Reporter) {
    let mut last = BTreeMap::new();
    for field in node.fields.iter().rev() {
        match last.get(&field.key) {
            Some(counts) => {
                reporter.add(diagnostics::repeated_key(field.key_span, plain(field.key), *counts));
            }
            None => {
                last.insert(field.key, field.key_span);
            }
        }
    }
    let mut last = BTreeMap::new();
    for inner in node.nodes.iter().rev().filter(|inner| !inner.block.has_name()) {
        match last.get(&inner.block) {
            Some(counts) => reporter.add(diagnostics::repeated_block(inner.word, inner.block, *counts)),
            None => {
                last.insert(inner.block, inner.word);
            }
        }
    }
    for inner in &node.nodes {
        repeated(inner, reporter);
    }
}

/// A key as messages name it.
fn plain(key: Key) -> &'static str {
    if key == Key::Observability { super::keys::PLAIN_OBSERVABILITY } else { key.word() }
}

/// Blocks by their names; of several with one name the first.
struct Names<'n> {
    nodes: BTreeMap<&'n str, &'n Node>,
}

impl<'n> Names<'n> {
    /// Takes the names, and reports those that are given twice.
    fn new(nodes: impl Iterator<Item = &'n Node>, reporter: &mut Reporter) -> Self {
        let mut names = BTreeMap::new();
        for node in nodes.filter(|node| node.name.is_some()) {
            let first = *names.entry(node.name()).or_insert(node);
            if !std::ptr::eq(first, node) {
                let (span, first) = (node.name_span(), first.name_span());
                reporter.add(diagnostics::duplicate(span, node.block, node.name(), first));
            }
        }
        Self { nodes: names }
    }

    fn near(&self, name: &str) -> Vec<&'n str> {
        nearest(name, self.nodes.keys().copied())
    }

    /// Looks for an entity that is to be asked.
    fn entity(&self, name: &Text, reporter: &mut Reporter) -> bool {
        let is_known = self.nodes.contains_key(name.value.as_str());
        if !is_known {
            reporter.add(diagnostics::unknown_entity(name.span, &name.value, &self.near(&name.value)));
        }
        is_known
    }
}

fn check_entity(entity: &Node, entities: &Names<'_>, asked: &mut BTreeSet<String>, reporter: &mut Reporter) {
    let actual = entity_type(entity);
    let fallback = entity.text(Key::Fallback);
    let members = entity.texts(Key::Members).unwrap_or_default();
    for name in fallback.iter().chain(members) {
        // What only asks itself is not asked by anybody.
        if entities.entity(name, reporter) && name.value != entity.name() {
            asked.insert(name.value.clone());
        }
    }
    for (key, needs) in [
        (Key::Uses, EntityType::Ecosystem),
        (Key::Router, EntityType::Ensemble),
        (Key::Members, EntityType::Ensemble),
    ] {
        if let Some(field) = entity.field(key).filter(|_| actual != needs) {
            let diagnostic =
                diagnostics::not_for_type(field.key_span, key.word(), needs.name(), actual.name());
            reporter.add(diagnostic);
        }
    }
    for (block, needs) in
        [(Block::RecursiveConfig, EntityType::Recursive), (Block::HumanConfig, EntityType::Human)]
    {
        // A transformer whose prompt is too long works recursively as well.
        let is_meant = actual == needs
            || block == Block::RecursiveConfig
                && matches!(actual, EntityType::Transformer | EntityType::Ensemble);
        if let Some(config) = entity.blocks(block).next_back().filter(|_| !is_meant) {
            let (word, actual) = (block.word(), actual.name());
            reporter.add(diagnostics::config_without_use(config.word, word, needs.name(), actual));
        }
    }
    if entity.field(Key::Router).is_some() && members.is_empty() && actual == EntityType::Ensemble {
        let form = "MEMBERS: [\"a\", \"b\"]";
        reporter.add_missing(diagnostics::missing_field(
            entity.name_span(),
            Block::Entity,
            entity.name(),
            form,
        ));
    }
}

/// Chains of fallbacks have to end, and soon.
fn fallbacks(entities: &Names<'_>, reporter: &mut Reporter) {
    let next = |name: &str| -> Option<&str> {
        let fallback = entities.nodes.get(name)?.text(Key::Fallback)?;
        entities.nodes.get_key_value(fallback.value.as_str()).map(|(name, _)| *name)
    };
    // How long the chain from an entity on is, itself counted; nothing if it leads into a circle.
    let mut lengths: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for start in entities.nodes.keys().copied() {
        let mut path: Vec<&str> = Vec::new();
        let mut at = Some(start);
        let mut position: BTreeMap<&str, usize> = BTreeMap::new();
        let tail = loop {
            let Some(name) = at else { break Some(0) };
            if let Some(length) = lengths.get(name) {
                break *length;
            }
            if let Some(first) = position.get(name) {
                report_cycle(&path[*first..], Key::Fallback, entities, reporter);
                break None;
            }
            position.insert(name, path.len());
            path.push(name);
            at = next(name);
        };
        let mut length = tail;
        for name in path.into_iter().rev() {
            length = length.map(|length| length + 1);
            lengths.insert(name, length);
        }
    }
    // Only where a chain begins: its parts are too long for the same reason.
    let inner: BTreeSet<&str> = entities.nodes.keys().filter_map(|name| next(name)).collect();
    for (name, node) in &entities.nodes {
        let length = lengths.get(name).copied().flatten().unwrap_or(0);
        if length > FALLBACK_DEPTH && !inner.contains(name) {
            let span = node.field(Key::Fallback).map_or(node.name_span(), |field| field.span);
            reporter.add(diagnostics::fallback_too_deep(span, name, length));
        }
    }
}

fn report_cycle(names: &[&str], key: Key, entities: &Names<'_>, reporter: &mut Reporter) {
    let Some(node) = names.first().and_then(|name| entities.nodes.get(name)) else { return };
    let span = node.field(key).map_or(node.name_span(), |field| field.span);
    let (code, what) = match key {
        Key::Fallback => ("eco::fallback-cycle", "these fall back on each other"),
        _ => ("eco::member-cycle", "these ensembles are members of each other"),
    };
    reporter.add(diagnostics::cycle(span, code, what, names));
}

/// No ensemble asks itself, not even by way of others.
fn ensembles(entities: &Names<'_>, reporter: &mut Reporter) {
    let keys: Vec<&str> = entities.nodes.keys().copied().collect();
    let index: BTreeMap<&str, usize> = keys.iter().enumerate().map(|(idx, name)| (*name, idx)).collect();
    let edges: Vec<Vec<usize>> = entities
        .nodes
        .values()
        .map(|node| {
            let members = node.texts(Key::Members).unwrap_or_default();
            members.iter().filter_map(|member| index.get(member.value.as_str()).copied()).collect()
        })
        .collect();
    for cycle in cycles(&edges) {
        let names: Vec<&str> = cycle.iter().map(|idx| keys[*idx]).collect();
        report_cycle(&names, Key::Members, entities, reporter);
    }
}

/// Circles of a graph: at least one of each group of nodes that reach each other, in the order of its edges.
///
/// `edges[i]` are the nodes that the node `i` leads to.
fn cycles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut seen = vec![Seen::Not; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        // The way from `start` to where we are, and which edge of each node comes next.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if seen[start] == Seen::Not {
            seen[start] = Seen::Open;
            path.push((start, 0));
        }
        while let Some((node, edge)) = path.last_mut() {
            let Some(next) = edges[*node].get(*edge).copied() else {
                seen[*node] = Seen::Done;
                path.pop();
                continue;
            };
            *edge += 1;
            match seen[next] {
                Seen::Not => {
                    seen[next] = Seen::Open;
                    path.push((next, 0));
                }
                Seen::Open => {
                    let nodes = path.iter().map(|(node, _)| *node);
                    found.push(nodes.skip_while(|node| *node != next).collect());
                }
                Seen::Done => {}
            }
        }
    }
    found
}

fn check_attractor(
    attractor: &Node,
    entities: &Names<'_>,
    asked: &mut BTreeSet<String>,
    reporter: &mut Reporter,
) {
    let span = attractor.name_span();
    match attractor.texts(Key::OnIntent) {
        None => {
            let form = "ON_INTENT: [\"*\"]";
            reporter.add_missing(diagnostics::missing_field(span, Block::Attractor, attractor.name(), form));
        }
        Some([]) => reporter.add(diagnostics::no_intent(span, attractor.name())),
        Some(_) => {}
    }
    let stages: Vec<&Node> = attractor.blocks(Block::Stage).collect();
    if stages.is_empty() {
        reporter.add_missing(diagnostics::no_stage(span, attractor.name()));
    }
    for stage in &stages {
        match stage.text(Key::Execute) {
            Some(name) => {
                if entities.entity(&name, reporter) {
                    asked.insert(name.value);
                }
            }
            None => {
                let (span, form) = (stage.name_span(), "EXECUTE: \"entity\"");
                reporter.add_missing(diagnostics::missing_field(span, Block::Stage, stage.name(), form));
            }
        }
    }
    order(attractor, &stages, reporter);
}

/// Stages come after stages that there are, and none after itself.
fn order(attractor: &Node, stages: &[&Node], reporter: &mut Reporter) {
    let names = Names::new(stages.iter().copied(), reporter);
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (idx, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.name.is_some()) {
        index.entry(stage.name()).or_insert(idx);
    }
    let mut inputs: Vec<Vec<usize>> = Vec::new();
    for (idx, stage) in stages.iter().enumerate() {
        let after = match stage.texts(Key::After) {
            None => idx.checked_sub(1).into_iter().collect(),
            Some(after) => {
                let mut found = BTreeSet::new();
                for name in after {
                    match index.get(name.value.as_str()) {
                        Some(input) => {
                            found.insert(*input);
                        }
                        None => {
                            let near = names.near(&name.value);
                            let attractor = attractor.name();
                            reporter.add(diagnostics::unknown_stage(
                                name.span,
                                &name.value,
                                attractor,
                                &near,
                            ));
                        }
                    }
                }
                if let Some(field) = stage.field(Key::Merge).filter(|_| after.len() < 2) {
                    reporter.add(diagnostics::nothing_to_merge(field.key_span));
                }
                found.into_iter().collect::<Vec<usize>>()
            }
        };
        if let (Some(field), None) = (stage.field(Key::Merge), stage.field(Key::After)) {
            reporter.add(diagnostics::nothing_to_merge(field.key_span));
        }
        inputs.push(after);
    }
    let found = cycles(&inputs);
    for cycle in &found {
        // The edges lead from a stage to those before it; people read them the other way round.
        let names: Vec<&str> = cycle.iter().rev().map(|idx| stages[*idx].name()).collect();
        let written = cycle.iter().filter_map(|idx| stages[*idx].field(Key::After)).next();
        let span = written.map_or(attractor.name_span(), |field| field.span);
        reporter.add(diagnostics::cycle(
            span,
            "eco::stage-cycle",
            "these stages wait for each other",
            &names,
        ));
    }
    let taken: BTreeSet<usize> = inputs.iter().flatten().copied().collect();
    for (idx, stage) in stages.iter().enumerate() {
        if found.is_empty() && idx + 1 < stages.len() && !taken.contains(&idx) {
            reporter.add_missing(diagnostics::unused_output(stage.name_span(), stage.name()));
        }
    }
}

/// Intents are tried in the order of the text.
fn intents(node: &Node, reporter: &mut Reporter) {
    let mut taken: BTreeMap<&str, Span> = BTreeMap::new();
    for attractor in node.blocks(Block::Attractor) {
        for intent in attractor.texts(Key::OnIntent).unwrap_or_default() {
            match taken.get(ANY_INTENT).or_else(|| taken.get(intent.value.as_str())) {
                Some(by) => reporter.add(diagnostics::unreachable_intent(intent.span, &intent.value, *by)),
                None => {
                    taken.insert(&intent.value, intent.span);
                }
            }
        }
    }
}

/// Who judges, whether somebody has to, and whether it is somebody else.
fn judge(node: &Node, entities: &Names<'_>, asked: &mut BTreeSet<String>, reporter: &mut Reporter) {
    let policy = node.blocks(Block::Policy).next_back();
    let judge = policy.and_then(|policy| policy.text(Key::JudgeEntity));
    let stages = || node.blocks(Block::Attractor).flat_map(|attractor| attractor.blocks(Block::Stage));
    let Some(judge) = judge else {
        if require_judge(policy) && (policy.is_some() || node.blocks(Block::Attractor).next().is_some()) {
            let span = policy.map_or(node.name_span(), |policy| policy.word);
            reporter.add_missing(diagnostics::missing_judge(span));
        } else {
            let merged = stages().filter(|stage| merge(stage) == Merge::BestOf);
            let merged = merged.filter_map(|stage| stage.field(Key::Merge));
            let routed = node.blocks(Block::Entity).filter(|entity| router(entity) == Some(Router::BestOf));
            for field in routed.filter_map(|entity| entity.field(Key::Router)).chain(merged) {
                reporter.add_missing(diagnostics::judge_needed(field.span));
            }
        }
        return;
    };
    if !entities.entity(&judge, reporter) {
        return;
    }
    let answers = stages().filter_map(|stage| stage.text(Key::Execute));
    if let Some(stage) = answers.into_iter().find(|name| name.value == judge.value) {
        reporter.add(diagnostics::judges_itself(judge.span, &judge.value, stage.span));
    }
    asked.insert(judge.value);
}

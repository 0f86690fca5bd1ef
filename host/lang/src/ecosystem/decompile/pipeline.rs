//! Stages, read from the function of their attractor.

use std::collections::BTreeSet;

use flux_genome::gene::{GeneKind, Place};
use wasmparser::Operator;

use super::shape::{Shape, slot_at};
use super::{DecompileError, PLAIN_PROMPT, Piece, Plan};
use crate::ecosystem::compile::{max_tokens, order};
use crate::ecosystem::tree::{Attractor, Stage};

/// What goes into a stage: the question, or what stages leave.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Question,
    /// A position among the stages that there are now.
    Stage(usize),
}

/// A stage that there is now.
struct Node {
    stage: Stage,
    inputs: Vec<Source>,
}

/// The stages of an attractor as they are now, in the order of the text.
pub(super) fn read(
    shape: &Shape<'_, '_, '_>,
    plan: &Plan<'_>,
    function: u32,
    file: usize,
    idx: usize,
) -> Result<Vec<Stage>, DecompileError> {
    let attractor = &plan.files[file].tree.attractors[idx];
    let calls = calls(shape, function, (file, idx), attractor)?;
    let prefix = format!("{}{}/", plan.prefix(file), attractor.name);
    let place = || format!("attractor `{}{}`", plan.prefix(file), attractor.name);

    // In the order in which they run, so that what a stage takes is there.
    let mut nodes: Vec<(usize, Node)> = Vec::new();
    let mut outputs: Vec<Option<Source>> = vec![None; attractor.stages.len()];
    let mut names: BTreeSet<String> = attractor.stages.iter().map(|stage| stage.name.clone()).collect();
    for at in order(attractor)? {
        let taken = attractor.inputs_of(at);
        let mut inputs: Vec<Source> = taken.iter().filter_map(|input| outputs[*input].clone()).collect();
        if inputs.len() > 1 && inputs.contains(&Source::Question) {
            return Err(DecompileError::torn(place(), "the question is one of several inputs of a stage"));
        }
        if inputs.is_empty() {
            inputs.push(Source::Question);
        }
        for call in &calls[at] {
            let own = (call.function == call.own).then(|| &attractor.stages[at]);
            let mut stage = read_stage(shape, plan, file, call, own)?;
            if own.is_none() {
                let gene = stage_gene(shape, function, call.at);
                let name = gene.as_deref().and_then(|name| name.strip_prefix(&prefix));
                stage.name = fresh(name.unwrap_or(&attractor.stages[at].name), &names);
                if inputs.len() > 1 {
                    stage.merge = attractor.stages[at].merge;
                }
                names.insert(stage.name.clone());
            }
            let source = Source::Stage(nodes.len());
            nodes.push((at, Node { stage, inputs: std::mem::replace(&mut inputs, vec![source]) }));
        }
        match inputs.as_slice() {
            [output] => outputs[at] = Some(output.clone()),
            _ => return Err(DecompileError::torn(place(), "several outputs are merged for no stage")),
        }
    }
    let last = outputs.pop().flatten();
    let Some(Source::Stage(answer)) = last else {
        return Err(DecompileError::torn(place(), "it has no stage, or none that answers"));
    };
    Ok(in_text(&nodes, answer))
}

/// Puts stages into the order of the text, the one that answers last, and says of each which it is after.
fn in_text(nodes: &[(usize, Node)], answer: usize) -> Vec<Stage> {
    let mut text: Vec<usize> = (0..nodes.len()).collect();
    // Stages at one place of the old text are in the order of their calls already.
    text.sort_by_key(|node| (*node == answer, nodes[*node].0));
    let name_of = |node: usize| nodes[node].1.stage.name.clone();
    let mut stages = Vec::new();
    for (position, node) in text.iter().enumerate() {
        let (_, Node { stage, inputs }) = &nodes[*node];
        let sources = inputs.iter().filter_map(|input| match input {
            Source::Question => None,
            Source::Stage(input) => Some(name_of(*input)),
        });
        let after: Vec<String> = sources.collect();
        let implied: Vec<String> = position
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .map(|node| name_of(*node))
            .into_iter()
            .collect();
        let written = stage.after.is_some();
        let after = (written || after != implied).then_some(after);
        stages.push(Stage { after, ..stage.clone() });
    }
    stages
}

/// A call of a stage.
struct Call {
    /// The position of the instruction.
    at: u32,
    /// What is called.
    function: u32,
    /// What was called there when it was compiled.
    own: u32,
}

/// The calls that stand where each stage was called, by the positions of the stages.
fn calls(
    shape: &Shape<'_, '_, '_>,
    function: u32,
    (file, attractor): (usize, usize),
    described: &Attractor,
) -> Result<Vec<Vec<Call>>, DecompileError> {
    shape.expect_locals(function)?;
    let (now, before) = (shape.code(function)?, shape.compiled(function)?);
    let torn = |at: u32| {
        DecompileError::torn(format!("function {function}, instruction {at}"), "it is no part of a pipeline")
    };
    let mut found: Vec<Vec<Call>> = described.stages.iter().map(|_| Vec::new()).collect();
    let mut left = now.iter().peekable();
    for (_, operator) in &before {
        let own = stage_of(shape, operator, file, attractor);
        let Some((stage, own)) = own else {
            match left.next() {
                Some((_, other)) if other == operator => continue,
                other => return Err(torn(other.map_or(now.len() as u32, |(at, _)| *at))),
            }
        };
        while let Some((at, Operator::Call { function_index: callee })) = left.peek() {
            if *callee != own && !shape.is_added_stage(*callee) {
                break;
            }
            found[stage].push(Call { at: *at, function: *callee, own });
            left.next();
        }
    }
    match left.next() {
        Some((at, _)) => Err(torn(*at)),
        None => Ok(found),
    }
}

/// Which stage of an attractor an instruction calls, and its function.
fn stage_of(
    shape: &Shape<'_, '_, '_>,
    operator: &Operator<'_>,
    file: usize,
    attractor: usize,
) -> Option<(usize, u32)> {
    let Operator::Call { function_index } = operator else { return None };
    match shape.piece(*function_index) {
        Some(Piece::Stage(in_file, of, stage)) if (*in_file, *of) == (file, attractor) => {
            Some((*stage, *function_index))
        }
        _ => None,
    }
}

/// The name of the gene of the stage that is called at a position, as the map of the genome says.
fn stage_gene(shape: &Shape<'_, '_, '_>, function: u32, at: u32) -> Option<String> {
    let map = flux_genome::gene::GeneMap::decode(shape.now.bytes.get(shape.now.genes.clone()?)?).ok()?;
    let place = Place::Code { function, range: at..at + 1 };
    let gene = map.genes.into_iter().find(|gene| gene.kind == GeneKind::Stage && gene.place == place)?;
    Some(gene.name)
}

/// A name that none of `names` is, `name` itself if possible.
fn fresh(name: &str, names: &BTreeSet<String>) -> String {
    let numbered = (2_u64..).map(|number| format!("{name} {number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    candidates.find(|name| !names.contains(name)).unwrap_or_default()
}

/// The stage that a function is; `own` is what it was when it was compiled, if it was there then.
fn read_stage(
    shape: &Shape<'_, '_, '_>,
    plan: &Plan<'_>,
    file: usize,
    call: &Call,
    own: Option<&Stage>,
) -> Result<Stage, DecompileError> {
    let function = call.function;
    let torn = |why| DecompileError::torn(format!("function {function}"), why);
    let (now, model) = (shape.code(function)?, shape.compiled(call.own)?);
    let differ = "it is not the function of a stage";
    if now.len() != model.len() {
        return Err(torn(differ));
    }
    let mut values = Values::default();
    for ((_, now), (_, model)) in now.iter().zip(&model) {
        match (now, model) {
            (Operator::F32Const { value }, Operator::F32Const { .. }) => values.temperature = value.bits(),
            (Operator::I32Const { value }, Operator::I32Const { .. }) => {
                values.numbers.push(value.cast_unsigned());
            }
            (Operator::Call { function_index }, Operator::Call { function_index: other }) => {
                match (shape.piece(*function_index), shape.piece(*other)) {
                    (Some(Piece::Entity(of, entity)), Some(Piece::Entity(..))) if *of == file => {
                        values.entity = Some(*entity);
                    }
                    _ if function_index == other => {}
                    _ => return Err(torn("it calls what is no entity of its description")),
                }
            }
            (now, model) if now == model => {}
            _ => return Err(torn(differ)),
        }
    }
    let ([prompt, tokens, observe], Some(entity)) = (values.numbers.as_slice(), values.entity) else {
        return Err(torn(differ));
    };
    let (prompt, observe) = (slot_at(shape.now, *prompt)?, slot_at(shape.now, *observe)?);
    let mut stage = own.cloned().unwrap_or_else(|| Stage::new("", ""));
    let entity = plan.files[file].tree.entities.get(entity).ok_or_else(|| torn(differ))?;
    stage.execute.clone_from(&entity.name);
    stage.temperature =
        temperature(values.temperature, own).ok_or_else(|| torn("its temperature is not within 0 and 2"))?;
    if *tokens == 0 {
        return Err(torn("it may not answer anything"));
    }
    if max_tokens(stage.max_new_tokens) != *tokens || own.is_none() {
        stage.max_new_tokens = u64::from(*tokens);
    }
    if stage.prompt_transform.as_deref().unwrap_or(PLAIN_PROMPT) != prompt {
        stage.prompt_transform = Some(prompt.to_owned()).filter(|text| text != PLAIN_PROMPT);
    }
    if stage.observe.as_deref().unwrap_or_default() != observe {
        stage.observe = Some(observe.to_owned()).filter(|text| !text.is_empty());
    }
    Ok(stage)
}

/// What a function of a stage holds.
#[derive(Default)]
struct Values {
    temperature: u32,
    /// The slot of the prompt, the most tokens, the slot of what to look at.
    numbers: Vec<u32>,
    entity: Option<usize>,
}

/// The temperature whose bits these are: as it was written, where it is the same.
fn temperature(bits: u32, own: Option<&Stage>) -> Option<f64> {
    if let Some(stage) = own.filter(|stage| (stage.temperature as f32).to_bits() == bits) {
        return Some(stage.temperature);
    }
    // The shortest decimal, so that 0.7 is not 0.699999988.
    let value: f64 = f32::from_bits(bits).to_string().parse().ok()?;
    (0.0..=Stage::MAX_TEMPERATURE).contains(&value).then_some(value + 0.0)
}

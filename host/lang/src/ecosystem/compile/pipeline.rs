//! The way of a question: the export, the choice of an attractor, its stages.

use std::collections::BTreeSet;

use flux_genome::gene::{Bounds, Gene, GeneKind, Place};
use wasm_encoder::{BlockType, Instruction, ValType};

use super::PLAIN_PROMPT;
use super::code::{Code, byte, word};
use super::data::RESULT;
use super::library::Routine;
use super::module::{Key, Writer};
use super::plan::order;
use crate::ecosystem::tree::{ANY_INTENT, Attractor, Merge, Stage};

/// The global that holds the code of a fault, plus one; 0 while all is well.
pub(super) const FAULT: u32 = 0;
/// The globals that hold its message.
pub(super) const MESSAGE: u32 = 1;
pub(super) const MESSAGE_LEN: u32 = 2;
/// The global that counts how often people were asked.
pub(super) const ASKED: u32 = 3;
/// How many globals there are.
pub(super) const N_GLOBALS: u32 = 4;

/// The codes of faults, as the contract has them.
pub(super) const NOT_FOUND: u32 = 1;
pub(super) const EXHAUSTED: u32 = 3;
pub(super) const UNAVAILABLE: u32 = 4;
pub(super) const FAILED: u32 = 5;

/// `answer(text) -> result`: the canonical ABI's end of it. It only carries values, so no operator looks into it.
pub(super) fn answer(writer: &mut Writer<'_, '_>) -> Code {
    let (address, len) = (0, 1);
    let mut code = Code::default();
    for global in [FAULT, ASKED] {
        code.number(0).push(Instruction::GlobalSet(global));
    }
    code.get(address).get(len).call(writer.function(Key::Route)).set(len).set(address);
    let store = |code: &mut Code, offset: u32, value: Instruction<'static>| {
        code.number(RESULT).push(value).push(Instruction::I32Store(word(offset)));
    };
    code.push(Instruction::GlobalGet(FAULT)).begin_if();
    store(&mut code, 0, Instruction::I32Const(1));
    code.number(RESULT).push(Instruction::GlobalGet(FAULT)).number(1).push(Instruction::I32Sub);
    code.push(Instruction::I32Store8(byte(4)));
    store(&mut code, 8, Instruction::GlobalGet(MESSAGE));
    store(&mut code, 12, Instruction::GlobalGet(MESSAGE_LEN));
    code.push(Instruction::Else);
    store(&mut code, 0, Instruction::I32Const(0));
    store(&mut code, 4, Instruction::LocalGet(address));
    store(&mut code, 8, Instruction::LocalGet(len));
    code.end().number(RESULT);
    code
}

/// Chooses the attractor that an intent asks for, else the first for any.
pub(super) fn route(writer: &mut Writer<'_, '_>) -> Code {
    let (address, len) = (0, 1);
    let mut code = Code::default();
    let mut known = BTreeSet::new();
    let mut any = None;
    for (idx, attractor) in writer.plan.files[0].tree.attractors.iter().enumerate() {
        for intent in &attractor.intents {
            if intent == ANY_INTENT {
                any = any.or(Some(idx));
            } else if known.insert(intent) {
                let (at, n_bytes) = writer.data.text(intent);
                let begins = writer.library(Routine::Begins);
                code.get(address).get(len).number(at).number(n_bytes).call(begins).begin_if();
                // The sign before the intent and the blank behind it go as well.
                code.get(address).number(n_bytes + 2).push(Instruction::I32Add);
                code.get(len).number(n_bytes + 2).push(Instruction::I32Sub);
                code.call(writer.function(Key::Attractor(0, idx))).push(Instruction::Return).end();
            }
        }
    }
    match any {
        Some(idx) => {
            code.get(address).get(len).call(writer.function(Key::Attractor(0, idx)));
        }
        None => {
            fail(writer, &mut code, NOT_FOUND, "no attractor takes this prompt: begin it with `@INTENT `");
        }
    }
    code
}

/// Ends with a fault, and leaves no text.
pub(super) fn fail(writer: &mut Writer<'_, '_>, code: &mut Code, fault: u32, message: &str) {
    let (at, n_bytes) = writer.data.text(message);
    code.number(fault).number(at).number(n_bytes).call(writer.library(Routine::Fail));
    code.number(0).number(0);
}

/// Where an attractor keeps its list of outputs to merge, and the output of a stage.
const LIST: u32 = 2;
fn output(stage: usize) -> u32 {
    3 + 2 * stage as u32
}

/// The function of an attractor: from the question to the output of the last stage.
pub(super) fn attractor(writer: &mut Writer<'_, '_>, file: usize, idx: usize) -> Code {
    let (address, len) = (0, 1);
    let pipeline = writer.plan.attractor(file, idx);
    let mut code = Code::with_locals(vec![ValType::I32; 1 + 2 * pipeline.stages.len()]);
    // The plan has looked at the order.
    for stage in order(pipeline).unwrap_or_default() {
        match pipeline.inputs_of(stage).as_slice() {
            [] => {
                code.get(address).get(len);
            }
            [input] => {
                code.get(output(*input)).get(output(*input) + 1);
            }
            inputs => merge(writer, &mut code, file, &pipeline.stages[stage], inputs),
        }
        let at = code.position();
        code.call(writer.function(Key::Stage(file, idx, stage)));
        code.set(output(stage) + 1).set(output(stage));
        let number = writer.function(Key::Attractor(file, idx));
        let low = i64::from(!may_go(pipeline, stage));
        let gene = Gene {
            name: writer.stage_name(file, idx, stage),
            kind: GeneKind::Stage,
            place: Place::Code { function: number, range: at..at + 1 },
            bounds: Bounds::Integer { low, high: 1 },
        };
        writer.gene((file, idx, stage, 0), gene);
    }
    let last = pipeline.stages.len().saturating_sub(1);
    if pipeline.stages.is_empty() {
        code.get(address).get(len);
    } else {
        code.get(output(last)).get(output(last) + 1);
    }
    code
}

/// Whether an attractor without this stage is one that the language can describe: what takes its output could as well
/// take its input.
fn may_go(pipeline: &Attractor, stage: usize) -> bool {
    let inputs = pipeline.inputs_of(stage);
    let mut others = (0..pipeline.stages.len()).filter(|other| *other != stage);
    let is_last = stage + 1 == pipeline.stages.len();
    // Of a chain any one may be left, but where ways part, that to the answer could end up without a stage.
    let is_chain = (0..pipeline.stages.len())
        .all(|idx| pipeline.inputs_of(idx) == idx.checked_sub(1).into_iter().collect::<Vec<_>>());
    pipeline.stages.len() > 1
        && inputs.len() <= 1
        && (is_chain || !is_last)
        && others.all(|other| {
            let inputs = pipeline.inputs_of(other);
            !inputs.contains(&stage) || inputs.len() == 1
        })
}

/// Makes one text of several outputs.
fn merge(writer: &mut Writer<'_, '_>, code: &mut Code, file: usize, stage: &Stage, inputs: &[usize]) {
    code.number(8 * inputs.len() as u32).call(writer.library(Routine::Allocate)).set(LIST);
    for (at, input) in (0..).zip(inputs) {
        for part in 0..2 {
            code.get(LIST).get(output(*input) + part);
            code.push(Instruction::I32Store(word(8 * at + 4 * part)));
        }
    }
    code.get(LIST).number(inputs.len() as u32);
    let routine = match stage.merge {
        Merge::Concat => Routine::Concat,
        Merge::Vote => Routine::Vote,
        Merge::First => Routine::First,
        Merge::BestOf => {
            // Whether they answer the question is what they are judged by.
            code.get(0).get(1);
            let judge = writer.plan.judge(file).unwrap_or_default();
            code.number(writer.model(file, judge));
            Routine::BestOf
        }
    };
    code.call(writer.library(routine));
}

/// The function of a stage: from its input to its output. Its shape is always the same.
pub(super) fn stage(writer: &mut Writer<'_, '_>, file: usize, attractor: usize, idx: usize) -> Code {
    let (address, len) = (0, 1);
    let stage = &writer.plan.attractor(file, attractor).stages[idx];
    let name = writer.stage_name(file, attractor, idx);
    let number = writer.function(Key::Stage(file, attractor, idx));
    let prompt = stage.prompt_transform.as_deref().unwrap_or(PLAIN_PROMPT);
    let prompt = writer.data.slot(format!("{name}/prompt"), GeneKind::Prompt, prompt);
    let observe = stage.observe.as_deref().unwrap_or_default();
    let observe = writer.data.slot(format!("{name}/observe"), GeneKind::Prompt, observe);
    let entity = writer.plan.find(file, &stage.execute).unwrap_or_default();
    let max_tokens = max_tokens(stage.max_new_tokens);

    let mut code = Code::default();
    code.push(Instruction::GlobalGet(FAULT)).push(Instruction::If(BlockType::Empty));
    code.get(address).get(len).push(Instruction::Return).end();
    code.number(prompt).get(address).get(len).call(writer.library(Routine::Fill));
    let gene = |at: u32, kind: GeneKind, field: &str, bounds: Bounds| Gene {
        name: format!("{name}/{field}"),
        kind,
        place: Place::Code { function: number, range: at..at + 1 },
        bounds,
    };
    let bounds = Bounds::Float { low: 0.0, high: Stage::MAX_TEMPERATURE };
    let temperature = gene(code.position(), GeneKind::Temperature, "temperature", bounds);
    writer.gene((file, attractor, idx, 1), temperature);
    code.push(Instruction::F32Const((stage.temperature as f32).into()));
    let bounds = Bounds::Integer { low: 1, high: i64::from(max_tokens).max(MOST_TOKENS) };
    let tokens = gene(code.position(), GeneKind::Constant, "max-tokens", bounds);
    writer.gene((file, attractor, idx, 2), tokens);
    code.number(max_tokens).number(observe);
    code.call(writer.function(Key::Entity(file, entity)));
    code
}

/// How long mutation may make answers, in tokens, where the description does not ask for longer ones.
const MOST_TOKENS: i64 = 32_768;

/// The longest answer as the contract has it.
pub(in crate::ecosystem) fn max_tokens(written: u64) -> u32 {
    u32::try_from(written).unwrap_or(u32::MAX).min(i32::MAX as u32)
}

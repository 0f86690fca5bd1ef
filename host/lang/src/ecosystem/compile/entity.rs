//! Who answers: models, people, ensembles and other ecosystems, and who is asked when they cannot.

use wasm_encoder::{Instruction, ValType};

use super::code::{Code, word};
use super::library::Routine;
use super::module::{Key, Writer};
use super::pipeline::{ASKED, EXHAUSTED, FAULT, NOT_FOUND, fail};
use super::plan::Answerer;
use crate::ecosystem::tree::Router;

/// The parameters: a prompt, a temperature, the most tokens, and the slot of what to look at.
const PARAMS: std::ops::Range<u32> = 0..5;
/// The answer.
const ADDRESS: u32 = 5;
const LEN: u32 = 6;
/// The answers of members, and how many there are.
const LIST: u32 = 7;
const N: u32 = 8;
/// The last fault of a member that was left out.
const KEPT: u32 = 9;

/// The function of an entity: from a prompt to an answer, its own or that of its fallback.
pub(super) fn entity(writer: &mut Writer<'_, '_>, file: usize, idx: usize) -> Code {
    let asked = writer.plan.entity(file, idx);
    // The plan has looked at all of them.
    let answerer = writer.plan.answerer(file, idx).unwrap_or(Answerer::Unsupported(asked));
    let n_locals = if matches!(answerer, Answerer::Members { .. }) { 5 } else { 2 };
    let mut code = Code::with_locals(vec![ValType::I32; n_locals]);
    match answerer {
        Answerer::Model => by_model(writer, &mut code, file, idx),
        Answerer::Used { file, attractor: Some(attractor) } => {
            code.get(0).get(1).call(writer.function(Key::Attractor(file, attractor)));
        }
        Answerer::Used { attractor: None, .. } | Answerer::Unsupported(_) => {
            let message = format!("ecosystem `{}` has no attractor for any intent", asked.name);
            fail(writer, &mut code, NOT_FOUND, &message);
        }
        Answerer::Members { members, router } => {
            by_members(writer, &mut code, file, &members, router);
        }
        Answerer::Person { has_model } => by_person(writer, &mut code, file, idx, has_model),
    }
    let fallback = asked.fallback.as_deref().and_then(|name| writer.plan.find(file, name));
    if let Some(fallback) = fallback {
        keep(&mut code);
        code.call(writer.library(Routine::Recover)).begin_if();
        same_question(&mut code);
        code.call(writer.function(Key::Entity(file, fallback)));
        keep(&mut code);
        code.end().get(ADDRESS).get(LEN);
    }
    code
}

fn keep(code: &mut Code) {
    code.set(LEN).set(ADDRESS);
}

fn same_question(code: &mut Code) {
    for param in PARAMS {
        code.get(param);
    }
}

fn by_model(writer: &mut Writer<'_, '_>, code: &mut Code, file: usize, idx: usize) {
    code.number(writer.model(file, idx));
    same_question(code);
    code.call(writer.library(Routine::Ask));
}

/// A person approves the model's answer or gives another; without a model the person answers.
fn by_person(writer: &mut Writer<'_, '_>, code: &mut Code, file: usize, idx: usize, has_model: bool) {
    let most = u32::try_from(writer.plan.files[0].tree.policy.max_human_iterations).unwrap_or(u32::MAX);
    if has_model {
        by_model(writer, code, file, idx);
        keep(code);
    }
    code.push(Instruction::GlobalGet(ASKED)).number(most).push(Instruction::I32LtU).begin_if();
    if has_model {
        // Nobody is shown what is not there.
        code.push(Instruction::GlobalGet(FAULT)).push(Instruction::I32Eqz).begin_if();
    }
    code.push(Instruction::GlobalGet(ASKED)).number(1).push(Instruction::I32Add);
    code.push(Instruction::GlobalSet(ASKED));
    if has_model {
        code.get(ADDRESS)
            .get(LEN)
            .call(writer.library(Routine::Approve))
            .push(Instruction::I32Eqz)
            .begin_if();
    }
    // After a fault of `approve` there is one already.
    code.push(Instruction::GlobalGet(FAULT)).push(Instruction::I32Eqz).begin_if();
    code.get(0).get(1).call(writer.library(Routine::AskPerson));
    keep(code);
    code.end();
    if has_model {
        code.end().end();
    } else {
        code.push(Instruction::Else);
        fail(writer, code, EXHAUSTED, "people were asked as often as the policy allows");
        keep(code);
    }
    code.end().get(ADDRESS).get(LEN);
}

/// All members are asked the same; answers that are there are made one.
fn by_members(writer: &mut Writer<'_, '_>, code: &mut Code, file: usize, members: &[usize], router: Router) {
    code.number(8 * members.len() as u32).call(writer.library(Routine::Allocate)).set(LIST);
    for member in members {
        same_question(code);
        code.call(writer.function(Key::Entity(file, *member)));
        keep(code);
        code.push(Instruction::GlobalGet(FAULT)).begin_if();
        code.push(Instruction::GlobalGet(FAULT)).set(KEPT);
        code.call(writer.library(Routine::Recover)).push(Instruction::I32Eqz).begin_if();
        code.return_nothing().end();
        code.push(Instruction::Else);
        for (part, value) in [(0, ADDRESS), (4, LEN)] {
            code.get(LIST).get(N).number(3).push(Instruction::I32Shl).push(Instruction::I32Add);
            code.get(value).push(Instruction::I32Store(word(part)));
        }
        code.get(N).number(1).push(Instruction::I32Add).set(N).end();
    }
    code.get(N).push(Instruction::I32Eqz).begin_if();
    code.get(KEPT).push(Instruction::GlobalSet(FAULT)).number(0).number(0);
    keep(code);
    code.push(Instruction::Else).get(LIST).get(N);
    let routine = match router {
        Router::Vote => Routine::Vote,
        Router::Average => Routine::Average,
        Router::BestOf => {
            // One answer is the best without anybody's judgement.
            match writer.plan.judge(file).filter(|_| members.len() > 1) {
                Some(judge) => {
                    code.get(0).get(1).number(writer.model(file, judge));
                    Routine::BestOf
                }
                None => Routine::Vote,
            }
        }
    };
    code.call(writer.library(routine));
    keep(code);
    code.end().get(ADDRESS).get(LEN);
}

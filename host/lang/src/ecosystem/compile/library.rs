//! The library of a compiled ecosystem: memory, texts, calls of the host, and one answer of several.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::code::{byte, word};
use super::data::{AREA, HEAP};
use super::module::{Import, Writer};
use super::numbers;
use super::pipeline::{FAILED, FAULT, MESSAGE, MESSAGE_LEN, NOT_FOUND, UNAVAILABLE};

/// A function of the library. Texts are an address and a length; lists of texts are such pairs, and their count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Routine {
    /// So many bytes of memory, 8-aligned.
    Allocate,
    /// The text of a slot with a text in place of each `{input}`.
    Fill,
    /// Keeps a fault.
    Fail,
    /// Whether there is a fault after which somebody else may be asked; it is forgotten then.
    Recover,
    /// Has a model answer.
    Ask,
    /// A text without white space at its ends.
    Trim,
    /// Whether two texts are the same.
    Equal,
    /// Whether a text begins with `@`, another text and a blank.
    Begins,
    /// All texts of a list, an empty line between.
    Concat,
    /// The first that is not empty.
    First,
    /// The most frequent.
    Vote,
    /// The mean of the numbers in them.
    Average,
    /// The one that a judge scores best.
    BestOf,
    /// The last number in a text.
    Number,
    /// A number as text.
    Decimal,
    /// Whether a person approves a text.
    Approve,
    /// Has a person answer.
    AskPerson,
}

impl Routine {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Allocate => "allocate",
            Self::Fill => "fill",
            Self::Fail => "fail",
            Self::Recover => "recover",
            Self::Ask => "ask",
            Self::Trim => "trim",
            Self::Equal => "equal",
            Self::Begins => "begins",
            Self::Concat => "concat",
            Self::First => "first",
            Self::Vote => "vote",
            Self::Average => "average",
            Self::BestOf => "best-of",
            Self::Number => "number",
            Self::Decimal => "decimal",
            Self::Approve => "approve",
            Self::AskPerson => "ask-person",
        }
    }
}

/// The body of a routine.
pub(super) fn routine(writer: &mut Writer<'_, '_>, routine: Routine) -> Function {
    match routine {
        Routine::Allocate => allocate(),
        Routine::Fill => fill(writer),
        Routine::Fail => keep_fault(),
        Routine::Recover => recover(),
        Routine::Ask => ask(writer),
        Routine::Trim => trim(),
        Routine::Equal => equal(),
        Routine::Begins => begins(writer),
        Routine::Concat => concat(writer),
        Routine::First => first(writer),
        Routine::Vote => vote(writer),
        Routine::BestOf => best_of(writer),
        Routine::Average => numbers::average(writer),
        Routine::Number => numbers::number(),
        Routine::Decimal => numbers::decimal(writer),
        Routine::Approve => approve(writer),
        Routine::AskPerson => ask_person(writer),
    }
}

/// A function with so many locals of the type `i32`, written by `write`.
pub(super) fn function(n_locals: u32, write: impl FnOnce(&mut InstructionSink<'_>)) -> Function {
    let mut function = Function::new([(n_locals, ValType::I32)]);
    let mut code = function.instructions();
    write(&mut code);
    code.end();
    function
}

/// Repeats what is written for as long as `more` leaves a number that is not zero.
pub(super) fn repeat(
    code: &mut InstructionSink<'_>,
    more: impl FnOnce(&mut InstructionSink<'_>),
    write: impl FnOnce(&mut InstructionSink<'_>),
) {
    code.loop_(BlockType::Empty);
    more(code);
    code.if_(BlockType::Empty);
    write(code);
    code.br(1).end().end();
}

/// Adds a number to a local.
pub(super) fn add(code: &mut InstructionSink<'_>, local: u32, number: i32) {
    code.local_get(local).i32_const(number).i32_add().local_set(local);
}

/// The text of the entry of a list.
pub(super) fn entry(code: &mut InstructionSink<'_>, list: u32, idx: u32) {
    for part in [0, 4] {
        code.local_get(list).local_get(idx).i32_const(3).i32_shl().i32_add().i32_load(word(part));
    }
}

/// What every allocation goes through: the word of the heap, moved on. It never frees; a run is short.
fn allocate() -> Function {
    let (size, at, end) = (0, 1, 2);
    let heap = HEAP.cast_signed();
    function(2, |code| {
        code.i32_const(heap).i32_load(word(0)).i32_const(7).i32_add().i32_const(-8).i32_and().local_tee(at);
        code.local_get(size).i32_add().local_tee(end).local_get(at).i32_lt_u();
        code.if_(BlockType::Empty).unreachable().end();
        code.local_get(end).memory_size(0).i32_const(16).i32_shl().i32_gt_u().if_(BlockType::Empty);
        code.local_get(end).memory_size(0).i32_const(16).i32_shl().i32_sub();
        code.i32_const(0xffff).i32_add().i32_const(16).i32_shr_u().memory_grow(0);
        code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end();
        code.i32_const(heap).local_get(end).i32_store(word(0)).local_get(at);
    })
}

/// `cabi_realloc(old, old_size, align, new_size)`. Nothing here is aligned to more than eight bytes.
pub(super) fn realloc(writer: &mut Writer<'_, '_>) -> Function {
    let (old, old_size, new_size, at) = (0, 1, 3, 4);
    let allocate = writer.library(Routine::Allocate);
    function(1, |code| {
        code.local_get(new_size).call(allocate).local_set(at);
        code.local_get(old).if_(BlockType::Empty).local_get(at).local_get(old);
        code.local_get(old_size)
            .local_get(new_size)
            .local_get(old_size)
            .local_get(new_size)
            .i32_lt_u()
            .select();
        code.memory_copy(0, 0).end().local_get(at);
    })
}

/// `{input}` as its seven bytes are loaded.
const PLACE: i64 = i64::from_le_bytes(*b"{input}\0");
const PLACE_LEN: i32 = 7;
const PLACE_MASK: i64 = 0x00ff_ffff_ffff_ffff;

fn fill(writer: &mut Writer<'_, '_>) -> Function {
    let (slot, input, input_len) = (0, 1, 2);
    let (text, len, at, n, from, out, to) = (3, 4, 5, 6, 7, 8, 9);
    let allocate = writer.library(Routine::Allocate);
    // Bytes behind a slot belong to the memory too, so that eight can be looked at from its last but one.
    let is_place = |code: &mut InstructionSink<'_>| {
        code.local_get(text).local_get(at).i32_add();
        code.i64_load(wasm_encoder::MemArg { offset: 0, align: 0, memory_index: 0 });
        code.i64_const(PLACE_MASK).i64_and().i64_const(PLACE).i64_eq().if_(BlockType::Empty);
    };
    let has_more = |code: &mut InstructionSink<'_>| {
        code.local_get(at).i32_const(PLACE_LEN).i32_add().local_get(len).i32_le_u();
    };
    // What lies between two places.
    let copy = |code: &mut InstructionSink<'_>, end: u32| {
        code.local_get(to).local_get(text).local_get(from).i32_add();
        code.local_get(end).local_get(from).i32_sub().memory_copy(0, 0);
        code.local_get(to).local_get(end).i32_add().local_get(from).i32_sub().local_set(to);
    };
    function(7, |code| {
        code.local_get(slot).i32_const(4).i32_add().local_set(text);
        code.local_get(slot).i32_load(word(0)).local_set(len);
        repeat(code, has_more, |code| {
            is_place(code);
            add(code, n, 1);
            add(code, at, PLACE_LEN - 1);
            code.end();
            add(code, at, 1);
        });
        // The input itself is what most stages ask.
        code.local_get(n).local_get(len).i32_const(PLACE_LEN).i32_eq().i32_and().if_(BlockType::Empty);
        code.local_get(input).local_get(input_len).return_().end();
        code.local_get(n).i64_extend_i32_u().local_get(input_len).i64_extend_i32_u().i64_mul();
        code.local_get(len).i64_extend_i32_u().i64_add().i64_const(i64::from(i32::MAX)).i64_gt_u();
        code.if_(BlockType::Empty).unreachable().end();
        code.local_get(n).local_get(input_len).i32_mul().local_get(len).i32_add().call(allocate);
        code.local_tee(out).local_set(to).i32_const(0).local_set(at);
        repeat(code, has_more, |code| {
            is_place(code);
            copy(code, at);
            code.local_get(to).local_get(input).local_get(input_len).memory_copy(0, 0);
            code.local_get(to).local_get(input_len).i32_add().local_set(to);
            code.local_get(at).i32_const(PLACE_LEN).i32_add().local_tee(at).local_set(from);
            code.else_();
            add(code, at, 1);
            code.end();
        });
        copy(code, len);
        code.local_get(out).local_get(to).local_get(out).i32_sub();
    })
}

fn keep_fault() -> Function {
    let (fault, message, len) = (0, 1, 2);
    function(0, |code| {
        code.local_get(fault).i32_const(1).i32_add().global_set(FAULT);
        code.local_get(message).global_set(MESSAGE).local_get(len).global_set(MESSAGE_LEN);
    })
}

fn recover() -> Function {
    function(0, |code| {
        for fault in [NOT_FOUND, UNAVAILABLE, FAILED] {
            code.global_get(FAULT).i32_const(fault.cast_signed() + 1).i32_eq();
        }
        code.i32_or().i32_or().if_(BlockType::Empty);
        code.i32_const(0).global_set(FAULT).i32_const(1).return_().end().i32_const(0);
    })
}

/// Keeps the fault that the host has put into the area.
fn take_fault(code: &mut InstructionSink<'_>, fail: u32) {
    let area = AREA.cast_signed();
    code.i32_const(area).i32_load8_u(byte(4));
    code.i32_const(area).i32_load(word(8)).i32_const(area).i32_load(word(12)).call(fail);
}

/// Gives back the text that the host has put into the area, or keeps its fault.
fn take_text(code: &mut InstructionSink<'_>, fail: u32) {
    let area = AREA.cast_signed();
    code.i32_const(area).i32_load8_u(byte(0)).if_(BlockType::Empty);
    take_fault(code, fail);
    code.i32_const(0).i32_const(0).return_().end();
    code.i32_const(area).i32_load(word(4)).i32_const(area).i32_load(word(8));
}

/// The text of a slot.
fn slot_text(code: &mut InstructionSink<'_>, slot: u32) {
    code.local_get(slot).i32_const(4).i32_add().local_get(slot).i32_load(word(0));
}

fn ask(writer: &mut Writer<'_, '_>) -> Function {
    let (model, prompt, len, temperature, max_tokens, observe) = (0, 1, 2, 3, 4, 5);
    let (generate, fail) = (writer.import(Import::Generate), writer.library(Routine::Fail));
    function(0, |code| {
        slot_text(code, model);
        code.local_get(prompt).local_get(len).local_get(temperature).local_get(max_tokens);
        // Instructions that are empty are none.
        code.local_get(observe).i32_load(word(0)).i32_const(0).i32_ne();
        slot_text(code, observe);
        code.i32_const(0).i32_const(0).i32_const(AREA.cast_signed()).call(generate);
        take_text(code, fail);
    })
}

fn approve(writer: &mut Writer<'_, '_>) -> Function {
    let (approve, fail) = (writer.import(Import::Approve), writer.library(Routine::Fail));
    let area = AREA.cast_signed();
    function(0, |code| {
        code.local_get(0).local_get(1).i32_const(area).call(approve);
        code.i32_const(area).i32_load8_u(byte(0)).if_(BlockType::Empty);
        take_fault(code, fail);
        code.i32_const(0).return_().end();
        code.i32_const(area).i32_load8_u(byte(4));
    })
}

fn ask_person(writer: &mut Writer<'_, '_>) -> Function {
    let (ask, fail) = (writer.import(Import::AskPerson), writer.library(Routine::Fail));
    function(0, |code| {
        code.local_get(0).local_get(1).i32_const(AREA.cast_signed()).call(ask);
        take_text(code, fail);
    })
}

/// What is at most a blank is white space.
const BLANK: i32 = 32;

fn trim() -> Function {
    let (text, len) = (0, 1);
    let blank_at = |code: &mut InstructionSink<'_>, from_end: bool| {
        code.local_get(len).if_(BlockType::Result(ValType::I32)).local_get(text);
        if from_end {
            code.local_get(len).i32_add().i32_const(1).i32_sub();
        }
        code.i32_load8_u(byte(0)).i32_const(BLANK).i32_le_u().else_().i32_const(0).end();
    };
    function(0, |code| {
        repeat(
            code,
            |code| blank_at(code, false),
            |code| {
                add(code, text, 1);
                add(code, len, -1);
            },
        );
        repeat(code, |code| blank_at(code, true), |code| add(code, len, -1));
        code.local_get(text).local_get(len);
    })
}

fn equal() -> Function {
    let (a, a_len, b, b_len, at) = (0, 1, 2, 3, 4);
    function(1, |code| {
        code.local_get(a_len).local_get(b_len).i32_ne().if_(BlockType::Empty).i32_const(0).return_().end();
        let has_more = |code: &mut InstructionSink<'_>| {
            code.local_get(at).local_get(a_len).i32_lt_u();
        };
        repeat(code, has_more, |code| {
            for text in [a, b] {
                code.local_get(text).local_get(at).i32_add().i32_load8_u(byte(0));
            }
            code.i32_ne().if_(BlockType::Empty).i32_const(0).return_().end();
            add(code, at, 1);
        });
        code.i32_const(1);
    })
}

fn begins(writer: &mut Writer<'_, '_>) -> Function {
    let (text, len, intent, intent_len) = (0, 1, 2, 3);
    let equal = writer.library(Routine::Equal);
    function(0, |code| {
        code.local_get(len).local_get(intent_len).i32_const(2).i32_add().i32_lt_u();
        code.if_(BlockType::Empty).i32_const(0).return_().end();
        code.local_get(text).i32_load8_u(byte(0)).i32_const(i32::from(b'@')).i32_eq();
        code.local_get(text).local_get(intent_len).i32_add().i32_load8_u(byte(1));
        code.i32_const(i32::from(b' ')).i32_eq().i32_and();
        code.local_get(text).i32_const(1).i32_add().local_get(intent_len);
        code.local_get(intent).local_get(intent_len).call(equal).i32_and();
    })
}

fn concat(writer: &mut Writer<'_, '_>) -> Function {
    let (list, n, at, size, out, to, text, len) = (0, 1, 2, 3, 4, 5, 6, 7);
    let allocate = writer.library(Routine::Allocate);
    let has_more = |code: &mut InstructionSink<'_>| {
        code.local_get(at).local_get(n).i32_lt_u();
    };
    function(6, |code| {
        repeat(code, has_more, |code| {
            entry(code, list, at);
            code.local_get(size).i32_add().i32_const(2).i32_add().local_set(size).drop();
            add(code, at, 1);
        });
        code.local_get(size).call(allocate).local_tee(out).local_set(to).i32_const(0).local_set(at);
        repeat(code, has_more, |code| {
            code.local_get(at).if_(BlockType::Empty);
            code.local_get(to).i32_const(0x0a0a).i32_store16(byte(0));
            add(code, to, 2);
            code.end();
            entry(code, list, at);
            code.local_set(len).local_set(text);
            code.local_get(to).local_get(text).local_get(len).memory_copy(0, 0);
            code.local_get(to).local_get(len).i32_add().local_set(to);
            add(code, at, 1);
        });
        code.local_get(out).local_get(to).local_get(out).i32_sub();
    })
}

fn first(writer: &mut Writer<'_, '_>) -> Function {
    let (list, n, at, len) = (0, 1, 2, 3);
    let trim = writer.library(Routine::Trim);
    function(2, |code| {
        let has_more = |code: &mut InstructionSink<'_>| {
            code.local_get(at).local_get(n).i32_lt_u();
        };
        repeat(code, has_more, |code| {
            entry(code, list, at);
            code.call(trim).local_set(len).drop().local_get(len).if_(BlockType::Empty);
            entry(code, list, at);
            code.return_().end();
            add(code, at, 1);
        });
        code.i32_const(0).i32_const(0);
    })
}

fn vote(writer: &mut Writer<'_, '_>) -> Function {
    let (list, n, at, other, count, best, most) = (0, 1, 2, 3, 4, 5, 6);
    let (trim, equal) = (writer.library(Routine::Trim), writer.library(Routine::Equal));
    function(5, |code| {
        let has_more = |at: u32| {
            move |code: &mut InstructionSink<'_>| {
                code.local_get(at).local_get(n).i32_lt_u();
            }
        };
        repeat(code, has_more(at), |code| {
            code.i32_const(0).local_set(count).i32_const(0).local_set(other);
            repeat(code, has_more(other), |code| {
                for idx in [at, other] {
                    entry(code, list, idx);
                    code.call(trim);
                }
                code.call(equal).local_get(count).i32_add().local_set(count);
                add(code, other, 1);
            });
            code.local_get(count).local_get(most).i32_gt_u().if_(BlockType::Empty);
            code.local_get(at).local_set(best).local_get(count).local_set(most).end();
            add(code, at, 1);
        });
        entry(code, list, best);
    })
}

/// Below this share of its probability on allowed verdicts a judge has said nothing.
const LEAST_COVERAGE: f32 = 0.5;

fn best_of(writer: &mut Writer<'_, '_>) -> Function {
    let (list, n, question, len, judge, at, best, score, most) = (0, 1, 2, 3, 4, 5, 6, 7, 8);
    let (ask, fail) = (writer.import(Import::Score), writer.library(Routine::Fail));
    let recover = writer.library(Routine::Recover);
    let area = AREA.cast_signed();
    let mut function = Function::new([(2, ValType::I32), (2, ValType::F32)]);
    let mut code = function.instructions();
    let code = &mut code;
    // Nothing is judged after a fault.
    code.global_get(FAULT).if_(BlockType::Empty).i32_const(0).i32_const(0).return_().end();
    code.f32_const((-2.0_f32).into()).local_set(most);
    let has_more = |code: &mut InstructionSink<'_>| {
        code.local_get(at).local_get(n).i32_lt_u();
    };
    repeat(code, has_more, |code| {
        slot_text(code, judge);
        code.local_get(question).local_get(len);
        entry(code, list, at);
        code.i32_const(0).i32_const(0).i32_const(0).i32_const(area).call(ask);
        code.f32_const((-1.0_f32).into()).local_set(score);
        code.i32_const(area).i32_load8_u(byte(0)).if_(BlockType::Empty);
        take_fault(code, fail);
        code.call(recover).i32_eqz().if_(BlockType::Empty).i32_const(0).i32_const(0).return_().end();
        code.else_();
        code.i32_const(area).f32_load(word(8)).f32_const(LEAST_COVERAGE.into()).f32_ge();
        code.if_(BlockType::Empty).i32_const(area).f32_load(word(4)).local_set(score).end().end();
        code.local_get(score).local_get(most).f32_gt().if_(BlockType::Empty);
        code.local_get(at).local_set(best).local_get(score).local_set(most).end();
        add(code, at, 1);
    });
    entry(code, list, best);
    code.end();
    function
}

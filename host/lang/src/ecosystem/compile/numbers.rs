//! The mean of answers: numbers out of texts and back.

use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

use super::code::byte;
use super::library::{Routine, add, entry, repeat};
use super::module::Writer;
use super::pipeline::FAILED;

/// What is added up is not larger than this: what six places leave room for in a double.
const LARGEST: f64 = 1e12;
const PLACES: i64 = 1_000_000;
/// The longest number: a sign, thirteen digits, a point, six places.
const ROOM: i32 = 32;

/// `average(list, n) -> text`: answers without a number are left out.
pub(super) fn average(writer: &mut Writer<'_, '_>) -> Function {
    let (list, n, at, count, sum, value) = (0, 1, 2, 3, 4, 5);
    let (number, decimal) = (writer.library(Routine::Number), writer.library(Routine::Decimal));
    let fail = writer.library(Routine::Fail);
    let none = writer.data.text("no answer has a number to average");
    let large = writer.data.text("the average is too large");
    let mut function = Function::new([(2, ValType::I32), (2, ValType::F64)]);
    let mut code = function.instructions();
    let code = &mut code;
    let refuse = |code: &mut InstructionSink<'_>, (text, len): (u32, u32)| {
        code.if_(BlockType::Empty).i32_const(FAILED.cast_signed());
        code.i32_const(text.cast_signed()).i32_const(len.cast_signed()).call(fail);
        code.i32_const(0).i32_const(0).return_().end();
    };
    let has_more = |code: &mut InstructionSink<'_>| {
        code.local_get(at).local_get(n).i32_lt_u();
    };
    repeat(code, has_more, |code| {
        entry(code, list, at);
        code.call(number).local_set(value).if_(BlockType::Empty);
        code.local_get(sum).local_get(value).f64_add().local_set(sum);
        add(code, count, 1);
        code.end();
        add(code, at, 1);
    });
    code.local_get(count).i32_eqz();
    refuse(code, none);
    code.local_get(sum).local_get(count).f64_convert_i32_u().f64_div().local_tee(sum);
    code.f64_abs().f64_const(LARGEST.into()).f64_lt().i32_eqz();
    refuse(code, large);
    code.local_get(sum).call(decimal).end();
    function
}

/// `number(text) -> (whether there is one, the last)`, as [`last_number`](crate::ecosystem::mean::last_number) has it.
pub(super) fn number() -> Function {
    let (text, len, at, minus, found, after, value, scale, last) = (0, 1, 2, 3, 4, 5, 6, 7, 8);
    let mut function = Function::new([(4, ValType::I32), (3, ValType::F64)]);
    let mut code = function.instructions();
    let code = &mut code;
    let here = |code: &mut InstructionSink<'_>, sign: u8| {
        code.local_get(text).local_get(at).i32_add().i32_load8_u(byte(0)).i32_const(i32::from(sign)).i32_eq();
    };
    // The value of the digit at `at` + `ahead`; more than nine if it is none.
    let digit = |code: &mut InstructionSink<'_>, ahead: i32| {
        code.local_get(at).i32_const(ahead).i32_add().local_get(len).i32_lt_u();
        code.if_(BlockType::Result(ValType::I32)).local_get(text).local_get(at).i32_add();
        code.i32_load8_u(byte(ahead as u32)).i32_const(i32::from(b'0')).i32_sub().else_().i32_const(-1).end();
    };
    let is_digit = |code: &mut InstructionSink<'_>, ahead: i32| {
        digit(code, ahead);
        code.i32_const(10).i32_lt_u();
    };
    // Takes digits, and commas before digits; `more` is what to do after each digit.
    let digits = |code: &mut InstructionSink<'_>, more: &dyn Fn(&mut InstructionSink<'_>)| {
        let goes_on = |code: &mut InstructionSink<'_>| {
            is_digit(code, 0);
            code.if_(BlockType::Result(ValType::I32)).i32_const(1).else_();
            is_digit(code, 1);
            code.if_(BlockType::Result(ValType::I32));
            here(code, b',');
            code.else_().i32_const(0).end().end();
        };
        repeat(code, goes_on, |code| {
            is_digit(code, 0);
            code.if_(BlockType::Empty).local_get(value).f64_const(10.0.into()).f64_mul();
            digit(code, 0);
            code.f64_convert_i32_u().f64_add().local_set(value);
            more(code);
            code.end();
            add(code, at, 1);
        });
    };
    // No number ends here: no text is as long as the memory.
    code.i32_const(-1).local_set(after);
    let has_more = |code: &mut InstructionSink<'_>| {
        code.local_get(at).local_get(len).i32_lt_u();
    };
    repeat(code, has_more, |code| {
        is_digit(code, 0);
        code.if_(BlockType::Empty);
        code.f64_const(0.0.into()).local_set(value).f64_const(1.0.into()).local_set(scale);
        digits(code, &|_| {});
        // A point counts if a digit comes after it.
        is_digit(code, 1);
        code.if_(BlockType::Empty);
        here(code, b'.');
        code.if_(BlockType::Empty);
        add(code, at, 1);
        digits(code, &|code| {
            code.local_get(scale).f64_const(10.0.into()).f64_mul().local_set(scale);
        });
        code.end().end();
        code.local_get(value).local_get(scale).f64_div().local_tee(value).f64_neg();
        code.local_get(value).local_get(minus).select().local_set(last);
        code.i32_const(1).local_set(found).local_get(at).local_set(after).else_();
        here(code, b'-');
        code.local_get(at).local_get(after).i32_ne().i32_and().local_set(minus);
        add(code, at, 1);
        code.end();
    });
    code.local_get(found).local_get(last).end();
    function
}

/// `decimal(number) -> text`: six places, those that are zero at the end left out.
pub(super) fn decimal(writer: &mut Writer<'_, '_>) -> Function {
    let (number, to, end, places, left) = (0, 1, 2, 3, 4);
    let allocate = writer.library(Routine::Allocate);
    let mut function = Function::new([(3, ValType::I32), (1, ValType::I64)]);
    let mut code = function.instructions();
    let code = &mut code;
    let put = |code: &mut InstructionSink<'_>, sign: u8| {
        add(code, to, -1);
        code.local_get(to).i32_const(i32::from(sign)).i32_store8(byte(0));
    };
    let put_digit = |code: &mut InstructionSink<'_>| {
        add(code, to, -1);
        code.local_get(to).local_get(left).i64_const(10).i64_rem_u().i32_wrap_i64();
        code.i32_const(i32::from(b'0')).i32_add().i32_store8(byte(0));
        code.local_get(left).i64_const(10).i64_div_u().local_set(left);
    };
    code.i32_const(ROOM).call(allocate).i32_const(ROOM).i32_add().local_tee(end).local_set(to);
    code.local_get(number).f64_abs().f64_const((PLACES as f64).into()).f64_mul().f64_nearest();
    code.i64_trunc_sat_f64_u().local_set(left).i32_const(6).local_set(places);
    // Nothing is below zero that is rounded to it.
    code.local_get(left).i64_eqz().if_(BlockType::Empty).f64_const(0.0.into()).local_set(number).end();
    let is_zero = |code: &mut InstructionSink<'_>| {
        code.local_get(places).i32_const(0).i32_ne();
        code.local_get(left).i64_const(10).i64_rem_u().i64_eqz().i32_and();
    };
    repeat(code, is_zero, |code| {
        code.local_get(left).i64_const(10).i64_div_u().local_set(left);
        add(code, places, -1);
    });
    code.local_get(places).if_(BlockType::Empty);
    let has_places = |code: &mut InstructionSink<'_>| {
        code.local_get(places);
    };
    repeat(code, has_places, |code| {
        put_digit(code);
        add(code, places, -1);
    });
    put(code, b'.');
    code.end();
    code.loop_(BlockType::Empty);
    put_digit(code);
    code.local_get(left).i64_eqz().i32_eqz().br_if(0).end();
    code.local_get(number).f64_const(0.0.into()).f64_lt().if_(BlockType::Empty);
    put(code, b'-');
    code.end();
    code.local_get(to).local_get(end).local_get(to).i32_sub().end();
    function
}

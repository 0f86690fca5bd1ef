use super::{AdoptError, join, scalar_glue};
use crate::{Bounds, convention, text};

/// A module as a library would ship it: with a memory, a table, state, and more functions than anyone wants.
const LIBRARY: &str = r#"(module
  (memory (export "mem") 1)
  (table 1 funcref)
  (elem (i32.const 0) $double)
  (global $calls (mut i32) (i32.const 0))
  (type $unary (func (param i32) (result i32)))
  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $unused (export "unused") (result i32) (i32.const 7))
  (func (export "sum") (param $at i32) (param $n i32) (result i64) (local $sum i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (i64.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "twice") (param i32 f64) (result i32 f64)
    (call_indirect (type $unary) (local.get 0) (i32.const 0)) (f64.add (local.get 1) (local.get 1))))"#;

const GLUE: &str = r#"(module
  (import "module" "sum" (func $sum (param i32 i32) (result i64)))
  (import "module" "mem" (memory 1))
  (global $at i32 (i32.const 64))
  (func (export "run") (param i64) (result i64)
    (i64.store (global.get $at) (local.get 0))
    (call $sum (global.get $at) (i32.const 8))))"#;

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's text parses")
}

fn joined(glue: &[u8]) -> String {
    let core = join(&binary(LIBRARY), glue).expect("they can be joined");
    let component = convention::wrap(&core).expect("the joined module follows the convention");
    text::from_binary(component, &Bounds::DEFAULT).expect("it is a genome");
    wasmprinter::print_bytes(&core).expect("the joined module is valid")
}

#[test]
fn glue_reaches_the_functions_and_the_memory_of_the_other() {
    let text = joined(&binary(GLUE));
    assert!(text.contains("call 2"), "`sum` keeps its index:\n{text}");
    assert!(
        text.contains("(global (;1;) i32 i32.const 64)"),
        "the glue's global follows the other's:\n{text}"
    );
    assert!(text.contains(r#"(export "run" (func 4))"#), "{text}");
    assert!(!text.contains(r#"(export "unused""#), "{text}");
}

#[test]
fn what_nobody_reaches_any_more_traps() {
    let text = joined(&binary(GLUE));
    assert!(!text.contains("i32.const 7"), "`unused` is emptied:\n{text}");
    assert!(text.contains("i32.shl"), "what the table holds stays:\n{text}");
}

#[test]
fn glue_is_written_for_functions_of_numbers() {
    let glue = scalar_glue(&binary(LIBRARY), "twice").expect("it takes and returns numbers");
    let text = joined(&glue);
    for conversion in ["i32.wrap_i64", "f64.reinterpret_i64", "i64.extend_i32_u", "i64.reinterpret_f64"] {
        assert!(text.contains(conversion), "{conversion} is missing:\n{text}");
    }
}

#[test]
fn what_cannot_be_joined_is_named() {
    let refused = |glue: &str| join(&binary(LIBRARY), &binary(glue)).expect_err("it is refused").to_string();
    assert_eq!(
        refused(r#"(module (import "module" "product" (func)) (func (export "run")))"#),
        "the module exports no function `product`"
    );
    assert_eq!(
        refused(r#"(module (import "module" "sum" (func (param i32))) (func (export "run")))"#),
        "the glue imports `sum` as (i32) -> (), it is (i32 i32) -> (i64)"
    );
    assert_eq!(
        refused(r#"(module (import "log" "write" (func)) (func (export "run")))"#),
        "the glue cannot be used: it imports `log.write`"
    );
    assert_eq!(
        refused(r#"(module (memory 1) (func (export "run")))"#),
        "the glue cannot be used: it has a start function, a memory, a table or data of its own"
    );
    let missing = scalar_glue(&binary(LIBRARY), "half");
    assert!(matches!(missing, Err(AdoptError::Missing { kind: "function", .. })), "{missing:?}");
    assert!(matches!(join(b"no wasm", &binary(GLUE)), Err(AdoptError::Module { .. })));
}

use super::*;
use crate::text;

fn genome(text: &str) -> Genome {
    text::compile(text, &Bounds::DEFAULT).unwrap()
}

/// The notes about a function with this body, which gets a number and leaves none.
fn check(body: &str, expected: &[&str]) {
    let genome = genome(&format!(
        "(module (func $die unreachable) (func $maybe (if (i32.const 1) (then unreachable)))
            (func $work (param i32) {body})
            (func (export \"run\") (param i64) (result i64) (call $work (i32.wrap_i64 (local.get 0))) (i64.const 1)))"
    ));
    let found: Vec<String> = verify(&genome, &[]).notes.iter().map(ToString::to_string).collect();
    let expected: Vec<String> =
        expected.iter().map(|note| format!("function 2 `work`, instruction {note}")).collect();
    assert_eq!(found, expected, "{body}");
}

#[test]
fn loops_without_exit_are_noted() {
    let endless = "0: the loop has no exit";
    check("(loop (br 0))", &[endless]);
    check("(loop (local.set 0 (i32.const 1)) (br 0))", &[endless]);
    // The way on out of the inner block stays in the loop.
    check("(loop (block (br_if 0 (local.get 0)) (br 1)) (br 0))", &[endless]);
    check("(loop (if (local.get 0) (then (br 1)) (else (br 1))))", &[endless]);
    check("(loop (loop (br 1)))", &[endless]);
    check("(loop (loop (br_if 0 (local.get 0)) (br 1)))", &[endless]);
    check("(loop (call $maybe) (br 0))", &[endless]);
    check("(block (loop (br 0) (br 1)))", &["1: the loop has no exit"]);
}

#[test]
fn loops_with_an_exit_are_not() {
    for body in [
        "(loop (br_if 0 (local.get 0)))",
        "(loop)",
        "(block (loop (br_if 1 (local.get 0)) (br 0)))",
        "(loop (if (local.get 0) (then (return))) (br 0))",
        "(loop (if (local.get 0) (then (unreachable))) (br 0))",
        "(loop (if (local.get 0) (then (call $die))) (br 0))",
        "(loop (if (local.get 0) (then (return_call $maybe))) (br 0))",
        "(loop (if (local.get 0) (then (br 1))))",
        "(block (loop (br_table 0 1 (local.get 0))))",
        "(loop (loop (br_if 1 (local.get 0)) (br_if 0 (local.get 0))))",
        // Nothing comes to this one.
        "(return) (loop (br 0))",
    ] {
        check(body, &[]);
    }
}

#[test]
fn jump_tables_that_do_not_choose_are_noted() {
    check("(block (block (br_table 0 1 (local.get 0))))", &[]);
    check("(block (block (br_table 0 (local.get 0))))", &[]);
    check(
        "(block (br_table 0 0 0 (local.get 0)))",
        &["2: all targets of the jump table (2 entries and the default) are one label"],
    );
    check(
        "(block (block (br_table 0 1 0 (local.get 0))))",
        &["3: the jump table has 2 entries and a default for 2 labels"],
    );
    check("(block (return) (br_table 0 0 (local.get 0)))", &["3: no control comes to the jump table"]);
    check(
        "(block (block (br_table 0 1 (i32.const 1))))",
        &["3: the jump table has 1 entry, and its index is a constant"],
    );
}

const ASKS: &str = r#"(module (import "random" "next" (func $next (result i64)))
    (func (export "run") (result i64) (call $next)))"#;
const PLAIN: &str = r#"(module (func (export "run") (result i64) (i64.const 1)))"#;

#[test]
fn a_genome_may_ask_for_what_a_parent_asks_for() {
    let (asks, plain) = (genome(ASKS), genome(PLAIN));
    assert!(verify(&asks, &[]).passes());
    assert!(verify(&asks, &[plain.clone(), asks.clone()]).passes());
    assert!(verify(&plain, std::slice::from_ref(&asks)).passes());
    let verdict = verify(&asks, &[plain]);
    assert_eq!(verdict.faults[0].code(), "wider-capabilities");
    assert_eq!(verdict.faults[0].to_string(), "the genome asks for random, which no parent asks for");
}

#[test]
fn a_genome_stays_in_its_parents_world() {
    let program = genome(PLAIN);
    let ecosystem = genome(
        r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32)
            (local.get 0) (local.get 1)))"#,
    );
    let verdict = verify(&ecosystem, &[program]);
    assert_eq!(
        verdict.faults[0].to_string(),
        "expected a genome of its parents' world `program`, found one of world `ecosystem`"
    );
}

#[test]
fn bytes_that_are_no_genome_have_a_fault() {
    let verdict = verify_bytes(b"what", &Bounds::DEFAULT, &[]);
    assert_eq!(verdict.faults, [Fault::NotAGenome(AdmitError::NotWasm)]);
    let bytes = genome(PLAIN);
    assert!(verify_bytes(bytes.bytes(), &Bounds::DEFAULT, &[]).passes());
    let bounds = Bounds { functions: 1, ..Bounds::DEFAULT };
    assert_eq!(verify_bytes(bytes.bytes(), &bounds, &[]).faults[0].code(), "too-many-functions");
}

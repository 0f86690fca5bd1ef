use super::*;
use crate::capability::{Capability, CapabilitySet};
use crate::limits::{Bound, BoundError};
use crate::world::World;

fn genome(text: &str) -> Genome {
    compile(text, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(text: &str) -> TextError {
    compile(text, &Bounds::DEFAULT).expect_err("not a genome")
}

#[test]
fn the_scalar_form_becomes_a_program_with_one_body_module() {
    let genome = genome(
        r#"(module (func $double (export "run") (param i64) (result i64) (i64.shl (local.get 0) (i64.const 1))))"#,
    );
    let anatomy = genome.anatomy();
    assert_eq!(genome.world(), World::Program);
    assert_eq!(anatomy.modules.len(), 1);
    let body = anatomy.body().expect("a body");
    assert_eq!(body.functions[0].name.as_deref(), Some("double"));
    assert_eq!(body.functions[0].signature, "(i64) -> (i64)");
    assert_eq!(body.memories[0].initial_pages, 1);
}

#[test]
fn the_list_form_of_either_world_is_wrapped() {
    for (world, name) in [(World::Program, "run"), (World::Ecosystem, "answer")] {
        let text = format!(
            r#"(module (memory 1) (func (export "{name}") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1)))"#
        );
        assert_eq!(genome(&text).world(), world);
    }
}

#[test]
fn short_import_names_become_capabilities() {
    let genome = genome(
        r#"(module
            (import "senses" "sense" (func $sense (param i32) (result i64)))
            (import "log" "write" (func $write (param i32 i32 i32)))
            (memory 1)
            (func (export "run") (param i64) (result i64)
                (call $write (i32.const 1) (i32.const 0) (i32.const 0))
                (call $sense (i32.const 0))))"#,
    );
    let wanted: CapabilitySet = [Capability::Senses, Capability::Log].into_iter().collect();
    assert_eq!(genome.capabilities(), wanted);
    // The log takes text from the memory, so the encoder adds two small modules; the body is still found.
    let anatomy = genome.anatomy();
    let body = anatomy.body().expect("a body");
    assert!(body.exports.iter().any(|export| export.name == "run"));
}

#[test]
fn text_and_binary_of_a_component_are_the_same_genome() {
    let first = genome(
        r#"(module (func (export "run") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1))))"#,
    );
    let text = print(&first).expect("prints");
    let second = genome(&text);
    assert_eq!(second.world(), first.world());
    assert_eq!(print(&second).as_deref(), Ok(text.as_str()));
    assert_eq!(from_binary(first.bytes().to_vec(), &Bounds::DEFAULT), Ok(first));
}

#[test]
fn what_is_no_genome_is_refused_with_its_reason() {
    let cases: [(&str, &str); 9] = [
        ("(module", "syntax"),
        ("(module)", "expected the core module to export a function `run` or `answer`, found neither"),
        (
            r#"(module (func (export "run") (param f64) (result i64) (i64.const 1)))"#,
            "`run` has type (f64) -> (i64), expected (i64 ...) -> (i64 ...) or (i32 i32) -> (i32 i32)",
        ),
        (
            r#"(module (func (export "run") (result i64) (i64.const 1)) (func (export "answer") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1)))"#,
            "expected the core module to export one of `run` and `answer`, found both",
        ),
        (
            r#"(module (import "m" "memory" (memory 1)) (func (export "run") (result i64) (i64.const 1)))"#,
            "the core module imports its memory, expected it to define one",
        ),
        (
            r#"(module (memory 1 1) (global (export "__heap_base") i32 (i32.const 65536)) (func (export "run") (result i64) (i64.const 1)))"#,
            "the memory may have 1 pages at most, 2 are needed",
        ),
        (
            r#"(component (import "wasi:cli/stdout@0.2.0" (instance)))"#,
            "the component imports `wasi:cli/stdout@0.2.0`; genomes have no WASI",
        ),
        (
            r#"(component (import "clock" (func)))"#,
            "the component imports `clock`, which no host of genomes offers",
        ),
        ("(component)", "expected an export `run` or `answer`, found no export"),
    ];
    for (text, wanted) in cases {
        let error = refusal(text);
        if wanted == "syntax" {
            assert!(matches!(error, TextError::Syntax { .. }), "{error}");
        } else {
            assert_eq!(error.to_string(), wanted);
        }
    }
}

#[test]
fn a_function_of_another_type_is_told_from_a_missing_one() {
    let error = refusal(
        r#"(component
            (core module $m (func (export "run") (result i32) i32.const 1))
            (core instance $i (instantiate $m))
            (func (export "run") (result u32) (canon lift (core func $i "run"))))"#,
    );
    assert!(
        matches!(error, TextError::Admit(AdmitError::WrongSignature { world: World::Program, .. })),
        "{error}"
    );
}

/// One function whose shape is at each bound, and one past it.
#[test]
fn every_bound_holds_at_its_edge_and_not_past_it() {
    let bounds = Bounds {
        modules: 1,
        functions: 3,
        types: 3,
        body_bytes: 200,
        locals: 8,
        nesting: 4,
        operand_stack: 6,
        jump_targets: 5,
        globals: 2,
        memory_pages: 2,
        table_elements: 7,
        ..Bounds::DEFAULT
    };
    let program = |extra: &str, body: &str, locals: usize| {
        format!(
            r#"(module {extra} (func (export "run") (result i64) {} {body} (i64.const 1)))"#,
            "(local i64) ".repeat(locals)
        )
    };
    let nested = |n: usize| format!("{}{}", "(block ".repeat(n), ")".repeat(n));
    let stacked = |n: usize| format!("{}{}", "(i64.const 0) ".repeat(n), "(drop) ".repeat(n));
    let jumping = |n: usize| format!("(block (br_table {} 0 (i32.const 0)))", "0 ".repeat(n - 1));
    let sized = |n: usize| "(nop) ".repeat(n);
    let cases: Vec<(Bound, String, String)> = vec![
        (Bound::Locals, program("", "", 8), program("", "", 9)),
        (Bound::Nesting, program("", &nested(4), 0), program("", &nested(5), 0)),
        (Bound::OperandStack, program("", &stacked(6), 0), program("", &stacked(7), 0)),
        (Bound::JumpTargets, program("", &jumping(5), 0), program("", &jumping(6), 0)),
        (Bound::BodyBytes, program("", &sized(150), 0), program("", &sized(300), 0)),
        (Bound::MemoryPages, program("(memory 2)", "", 0), program("(memory 3)", "", 0)),
        (Bound::TableElements, program("(table 7 funcref)", "", 0), program("(table 8 funcref)", "", 0)),
        // The convention adds a global of its own.
        (
            Bound::Globals,
            program("(global i32 (i32.const 1))", "", 0),
            program("(global i32 (i32.const 1)) (global i32 (i32.const 1))", "", 0),
        ),
        // The convention adds two functions and two types of its own.
        (Bound::Functions, program("", "", 0), program("(func (result i64) (i64.const 0))", "", 0)),
        (Bound::Types, program("", "", 0), program("(type (func (param f32)))", "", 0)),
    ];
    for (bound, inside, outside) in cases {
        if let Err(error) = compile(&inside, &bounds) {
            panic!("{bound:?}: {error}");
        }
        match compile(&outside, &bounds) {
            Err(TextError::Admit(AdmitError::Bound(BoundError { bound: found, limit, actual, .. }))) => {
                assert_eq!(found, bound);
                assert!(actual > limit);
            }
            other => panic!("{bound:?}: {other:?}"),
        }
    }
    let loops = program("", &"(loop)".repeat(10), 8);
    let with = |compile_work| compile(&loops, &Bounds { compile_work, ..Bounds::DEFAULT });
    let Err(TextError::Admit(AdmitError::Bound(error))) = with(1000) else { panic!("no work at all") };
    assert_eq!(error.bound, Bound::CompileWork);
    let one = compile(&program("", "", 0), &Bounds::DEFAULT).expect("a genome");
    let exact = Bounds { component_bytes: one.bytes().len() as u64, ..Bounds::DEFAULT };
    assert!(Genome::admit(one.bytes(), &exact).is_ok());
    let short = Bounds { component_bytes: exact.component_bytes - 1, ..exact };
    assert!(matches!(Genome::admit(one.bytes(), &short), Err(AdmitError::Bound(_))));
}

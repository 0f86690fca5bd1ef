use flux_sandbox::Sandbox;

use super::{Compiler, Engine, Outcome, read};

/// What comes of the only vector of a file, on both engines.
fn check(text: &str, expected: [&str; 2]) {
    let vectors = read(text).expect("reads");
    let compiler = Compiler::new(Sandbox::new().expect("starts"));
    let found =
        [Engine::Interpreter, Engine::Compiled].map(|engine| match vectors[0].check(engine, &compiler) {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
            Outcome::Failed(mismatches) => {
                let first = &mismatches[0];
                format!("{}: expected {}, found {}", first.what, first.expected, first.found)
            }
        });
    assert_eq!(found, expected, "{text}");
}

#[test]
fn both_engines_are_compared() {
    let add = |sum: i64| {
        format!(
            r#"[{{"name": "add", "bytecode": [8, 0, 1, 2, 128], "initial_gp": {{"R1": 10, "R2": 20}}, "expected_gp": {{"R0": {sum}}}}}]"#
        )
    };
    check(&add(30), ["passed", "passed"]);
    check(&add(31), ["R0: expected 31, found 30"; 2]);
}

#[test]
fn the_class_of_an_error_counts_exactly() {
    let divide = |expected: &str| {
        format!(r#"{{"tests": [{{"name": "divide", "bytecode": [11, 0, 1, 2, 128], {expected}}}]}}"#)
    };
    check(&divide(r#""expected_error": "VMDivisionByZeroError""#), ["passed", "passed"]);
    check(
        &divide(r#""expected_error": "DivisionByZero""#),
        ["error: expected DivisionByZero, found VMDivisionByZeroError"; 2],
    );
    check(&divide(r#""expected_halted": true"#), ["error: expected none, found VMDivisionByZeroError"; 2]);
}

#[test]
fn an_endless_program_does_not_halt() {
    let text =
        r#"{"vectors": [{"name": "endless", "bytecode": [4, 0, 252, 255, 128], "expected_halted": false}]}"#;
    check(text, ["passed", "passed"]);
}

#[test]
fn floats_are_compared_nearly_and_whole_numbers_exactly() {
    let add = |sum: &str| {
        format!(
            r#"[{{"name": "fadd", "bytecode": [64, 0, 1, 2, 128], "initial_fp": {{"F1": 0.1, "F2": 0.2}}, "expected_fp": {{"F0": {sum}}}}}]"#
        )
    };
    check(&add("0.3"), ["passed", "passed"]);
    check(&add("0.30001"), ["F0: expected 0.30001, found 0.30000000000000004"; 2]);
}

#[test]
fn physics_and_the_largest_region_are_compiled() {
    check(
        r#"[{"name": "absorb", "bytecode": [176, 0, 1, 2, 128], "expected_fp": {"F0": 0.2}}]"#,
        ["passed"; 2],
    );
    // 16 MiB less `stack` and `heap`, made, removed, and made again under another name.
    let region = |name: u8| format!("48, 13, 0, 1, {name}, 0, 0, 254, 0, 6, 115, 121, 115, 116, 101, 109");
    let (a, b) = (region(97), region(98));
    let text = format!(r#"[{{"name": "regions", "bytecode": [{a}, 49, 1, 0, 97, {b}, 128]}}]"#);
    check(&text, ["passed"; 2]);
}

#[test]
fn what_cannot_be_compiled_is_skipped() {
    let zeros = "0, ".repeat(flux_lang::aot::MAX_INSTRUCTIONS);
    let text = format!(r#"[{{"name": "long", "bytecode": [{zeros}128]}}]"#);
    let vectors = read(&text).expect("reads");
    let compiler = Compiler::new(Sandbox::new().expect("starts"));
    assert_eq!(vectors[0].check(Engine::Interpreter, &compiler), Outcome::Passed);
    assert!(matches!(vectors[0].check(Engine::Compiled, &compiler), Outcome::Skipped(_)));
}

#[test]
fn the_stack_pointer_is_a_register_that_can_be_set() {
    let text = r#"[{"name": "pop", "bytecode": [33, 0, 128], "initial_gp": {"R11": 65532}, "expected_gp": {"R11": 65536}}]"#;
    check(text, ["passed", "passed"]);
}

#[test]
fn what_is_not_known_is_refused() {
    let message = |text: &str| read(text).map(|_| ()).expect_err("refused");
    assert!(message("{}").starts_with("expected an array"));
    assert!(message(r#"[{"name": "x"}]"#).contains("missing field `bytecode`"));
    assert_eq!(
        message(r#"[{"name": "x", "bytecode": [], "expected_vec": {}}]"#),
        "vector 1: nothing is known of `expected_vec`"
    );
    assert_eq!(
        message(r#"[{"name": "x", "bytecode": [], "expected_gp": {"R16": 1}}]"#),
        "vector 1: there is no register `R16` in the bank R"
    );
    assert!(message(r#"[{"name": "x", "bytecode": [256]}]"#).contains("256"));
}

use std::thread;

use flux_genome::{Bounds, text};

use super::*;
use crate::ending::TrapKind;

fn program(source: &str) -> Program {
    let genome = text::compile(source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
    Interpreter::new().load(&genome, 0).expect("a plain program")
}

fn attempt(program: &Program, input: &[i64]) -> Attempt {
    program.attempt(input, &Setting::default(), 0, 100_000_000)
}

#[test]
fn every_run_finds_everything_as_new() {
    // What is read first was written by the run before, if anything was left of it.
    for source in [
        r#"(module (global $g (mut i64) (i64.const 5)) (func (export "run") (param i64) (result i64)
            (global.get $g) (global.set $g (local.get 0))))"#,
        r#"(module (memory 1) (data (i32.const 24) "\05") (global (export "__heap_base") i32 (i32.const 64))
            (func (export "run") (param i64) (result i64)
            (i64.load (i32.const 24)) (i64.store (i32.const 24) (local.get 0))))"#,
        r#"(module (memory 1) (data (i32.const 24) "\05") (global (export "__heap_base") i32 (i32.const 64))
            (func (export "run") (param i64) (result i64)
            (i64.load (i32.const 24)) (i64.store (i32.wrap_i64 (i64.const 24)) (local.get 0))))"#,
        r#"(module (memory 1) (data $d "\05") (global (export "__heap_base") i32 (i32.const 64))
            (func (export "run") (param i64) (result i64)
            (memory.init $d (i32.const 24) (i32.const 0) (i32.const 1)) (data.drop $d)
            (i64.load (i32.const 24))))"#,
        r#"(module (table 1 funcref) (elem declare func 0) (func (export "run") (param i64) (result i64)
            (i64.add (i64.const 4) (i64.extend_i32_u (ref.is_null (table.get 0 (i32.const 0)))))
            (table.set 0 (i32.const 0) (ref.func 0))))"#,
        // The input lies at the heap's start, which the next run reads with an empty input.
        r#"(module (memory 1) (global (export "__heap_base") i32 (i32.const 64))
            (func (export "run") (param i32 i32) (result i32 i32)
            (if (i32.eqz (local.get 1)) (then (unreachable)))
            (i64.store (i32.const 32) (i64.add (i64.const 5) (i64.load (i32.const 4096))))
            (i32.const 32) (i32.const 1)))"#,
    ] {
        let program = program(source);
        for input in [7, 1, 9] {
            let ending = attempt(&program, &[input]).ending;
            assert_eq!(ending, Some(Ending::Numbers(vec![5])), "{source}");
        }
    }
}

#[test]
fn an_instance_is_as_new_after_a_trap_too() {
    let program = program(
        r#"(module (global $g (mut i64) (i64.const 5)) (func $deep (call $deep))
            (func (export "run") (param i64) (result i64)
            (global.get $g) (global.set $g (local.get 0))
            (if (i64.eq (local.get 0) (i64.const 1)) (then (unreachable)))
            (if (i64.eq (local.get 0) (i64.const 2)) (then (call $deep)))
            (if (i64.eq (local.get 0) (i64.const 3)) (then (loop (br 0))))))"#,
    );
    let trap = |kind| Some(Ending::Trap(Trap { kind, function: None }));
    for _ in 0..2 {
        assert_eq!(attempt(&program, &[0]).ending, Some(Ending::Numbers(vec![5])));
        assert_eq!(attempt(&program, &[1]).ending, trap(TrapKind::Unreachable));
        assert_eq!(attempt(&program, &[2]).ending, trap(TrapKind::StackOverflow));
        assert_eq!(program.attempt(&[3], &Setting::default(), 0, 1000).ending, None);
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_compiler() {
    for source in [
        r#"(module (import "log" "write" (func (param i32 i32 i32))) (memory 1)
            (func (export "run") (result i64) (i64.const 1)))"#,
        r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32) (local.get 0) (local.get 1)))"#,
        r#"(module (memory 1) (func (export "run") (result i64) (drop (memory.grow (i32.const 0))) (i64.const 1)))"#,
        r#"(module (table 10001 funcref) (func (export "run") (result i64) (i64.const 1)))"#,
    ] {
        let genome = text::compile(source, &Bounds { table_elements: 1 << 20, ..Bounds::DEFAULT });
        let genome = genome.unwrap_or_else(|error| panic!("{error}"));
        assert!(Interpreter::new().load(&genome, 0).is_none(), "{source}");
    }
}

/// Operators that take numbers of a type and give one, with the types.
const OPERATORS: &[(&str, &str, &str)] = &[
    ("i32", "i32", "clz ctz popcnt eqz extend8_s extend16_s"),
    (
        "i32 i32",
        "i32",
        "add sub mul and or xor shl shr_s shr_u rotl rotr eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u",
    ),
    ("i32 i32", "i32", "div_s div_u rem_s rem_u"),
    ("i64", "i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
    ("i64 i64", "i64", "add sub mul and or xor shl shr_s shr_u rotl rotr div_s div_u rem_s rem_u"),
    ("i64 i64", "i32", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"),
    ("f32", "f32", "abs neg ceil floor trunc nearest sqrt"),
    ("f32 f32", "f32", "add sub mul div min max copysign"),
    ("f32 f32", "i32", "eq ne lt gt le ge"),
    ("f64", "f64", "abs neg ceil floor trunc nearest sqrt"),
    ("f64 f64", "f64", "add sub mul div min max copysign"),
    ("f64 f64", "i32", "eq ne lt gt le ge"),
    ("i32", "i64", "extend_i32_s extend_i32_u"),
    ("f32", "i32", "trunc_f32_s trunc_f32_u trunc_sat_f32_s trunc_sat_f32_u reinterpret_f32"),
    ("f64", "i64", "trunc_f64_s trunc_f64_u trunc_sat_f64_s trunc_sat_f64_u reinterpret_f64"),
    ("i32", "f32", "convert_i32_s convert_i32_u reinterpret_i32"),
    ("i64", "f64", "convert_i64_s convert_i64_u reinterpret_i64"),
    ("i32", "i32", "load load8_s load8_u load16_s load16_u"),
    ("i32", "i64", "load load8_s load8_u load16_s load16_u load32_s load32_u"),
    ("i32", "f32", "load"),
    ("i32", "f64", "load"),
    ("i32 i32", "", "i32.store i32.store8 i32.store16"),
    ("i32 i64", "", "i64.store i64.store8 i64.store16 i64.store32"),
    ("i32 f32", "", "f32.store"),
    ("i32 f64", "", "f64.store"),
    (
        "v128 v128",
        "v128",
        "i8x16.add i16x8.mul i32x4.sub i64x2.eq f32x4.mul f64x2.add v128.and i8x16.swizzle",
    ),
    ("v128", "v128", "i8x16.popcnt f32x4.sqrt v128.not i32x4.abs"),
    ("i32", "v128", "i8x16.splat i32x4.splat v128.load v128.load32_zero"),
    ("i32 v128", "", "v128.store"),
];

/// Statements of other kinds.
const STATEMENTS: &[&str] = &[
    "(call $callee)",
    "(call_indirect (i32.const 0))",
    "(drop (call $next))",
    "(drop (call $tail))",
    "(global.set $g (i32.add (global.get $g) (i32.const 3)))",
    "(drop (select (i64.const 1) (local.get $n) (global.get $g)))",
    "(block (block (br_table 0 1 (global.get $g))))",
    "(if (global.get $g) (then (global.set $g (i32.const 0))) (else (global.set $g (i32.const 1))))",
    "(memory.copy (i32.const 64) (i32.const 8) (i32.const 3))",
    "(memory.fill (i32.const 64) (i32.const 8) (global.get $g))",
    "(drop (memory.size))",
    "(table.set $t (i32.const 0) (table.get $t (i32.const 0)))",
    "(drop (ref.is_null (table.get $t (global.get $g))))",
    "(drop (table.size $t))",
    "(table.fill $t (i32.const 0) (ref.func $callee) (i32.const 1))",
];

#[test]
fn no_operator_takes_native_stack_in_a_loop() {
    // Each handler of wasmi ends in a call that has to be a tail call. Twenty thousand frames do not fit here.
    const ROUNDS: i64 = 20_000;
    let loops = || {
        let constant = |ty: &str| match ty {
            "v128" => "(v128.const i64x2 3 4)".to_owned(),
            "i32" => "(i32.const 5)".to_owned(),
            ty => format!("(local.get ${ty})"),
        };
        let operators = OPERATORS.iter().flat_map(|(takes, gives, names)| {
            let operands: String = takes.split(' ').map(constant).collect();
            let is_test = *gives == "i32" && !names.starts_with("trunc");
            let ty = if is_test { takes.split(' ').next().unwrap_or(gives) } else { gives };
            names.split(' ').map(move |name| {
                let name = if name.contains('.') { name.to_owned() } else { format!("{ty}.{name}") };
                let operation = format!("({name} {operands})");
                if gives.is_empty() { operation } else { format!("(drop {operation})") }
            })
        });
        for statement in operators.chain(STATEMENTS.iter().map(|&statement| statement.to_owned())) {
            let source = format!(
                r#"(module (import "random" "next" (func $next (result i64)))
                    (memory 1) (global (export "__heap_base") i32 (i32.const 1024))
                    (global $g (mut i32) (i32.const 0)) (table $t 2 funcref) (elem $t (i32.const 0) func $callee $callee)
                    (func $callee) (func $leaf (result i64) (i64.const 1))
                    (func $tail (result i64) (return_call $leaf))
                    (func (export "run") (param $n i64) (result i64)
                        (local $i64 i64) (local $f32 f32) (local $f64 f64)
                        (local.set $i64 (i64.const 7)) (local.set $f32 (f32.const 1.5)) (local.set $f64 (f64.const 2.5))
                        (loop $next
                            {statement}
                            (local.set $n (i64.sub (local.get $n) (i64.const 1)))
                            (br_if $next (i64.ne (local.get $n) (i64.const 0))))
                        (local.get $n)))"#
            );
            let ending = attempt(&program(&source), &[ROUNDS]).ending;
            assert_eq!(ending, Some(Ending::Numbers(vec![0])), "{statement}");
        }
    };
    let thread = thread::Builder::new().stack_size(512 << 10).spawn(loops).expect("a thread");
    thread.join().expect("every loop ends");
}

#[test]
fn a_store_that_the_translator_cannot_take_is_left_to_the_compiler() {
    let load = |store: &str| {
        let source = format!(
            r#"(module (memory 2) (global (export "__heap_base") i32 (i32.const 100000))
            (func (export "run") (param i64) (result i64) (local $x i32)
            (local.set $x (i32.wrap_i64 (local.get 0))) {store} (local.get 0)))"#
        );
        let genome = text::compile(&source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
        Interpreter::new().load(&genome, 0)
    };
    let far = "(i32.store offset=65536 (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $x))";
    assert!(load(far).is_none(), "address and value are one register, and the place is far");
    for near in [
        "(i32.store offset=65535 (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $x))",
        "(i32.store offset=65536 (local.get $x) (i32.const 5))",
        "(i32.store offset=65536 (i32.const 8) (local.tee $x (i32.const 1)))",
        "(i32.store offset=65536 (i32.const 8) (local.get $x))",
    ] {
        let Some(program) = load(near) else { continue };
        assert_eq!(attempt(&program, &[3]).ending, Some(Ending::Numbers(vec![3])), "{near}");
    }
    assert!(
        load("(i32.store offset=65536 (i32.const 8) (local.get $x))").is_some(),
        "a constant address is fine"
    );
}

/// Numbers at which operators change their ways.
const EDGES: [i64; 9] = [0, 1, -1, 2, 31, 64, i64::MIN, i64::MAX, 0x1_8000_0000];

/// A random program of whole numbers without anything but locals; nothing where none comes of `bytes`.
fn plain_program(bytes: &[u8]) -> Option<Genome> {
    let form = r#"(module (func (export "run") (param i64 i64) (result i64) unreachable))"#;
    let config = wasm_smith::Config {
        exports: wat::parse_str(form).ok(),
        allow_floats: false,
        bulk_memory_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        max_funcs: 1,
        max_globals: 0,
        max_imports: 0,
        max_instructions: 120,
        max_memories: 0,
        max_tables: 0,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        ..wasm_smith::Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut arbitrary::Unstructured::new(bytes)).ok()?;
    text::from_binary(module.to_bytes(), &Bounds::DEFAULT).ok()
}

/// Holds the machine against the engine, at the edge of the budget too.
fn check_direct(program: &Program, input: &[i64], allowance: u64) {
    let short = program.direct.as_ref().expect("a direct way");
    let both = |allowance| {
        let found = program.run_direct(&short.direct, input, allowance);
        let translated = program.translated().expect("translates");
        let expected = program.run_translated(translated, input, &Setting::default(), 0, allowance);
        assert_eq!(found.ending, expected.ending, "{input:?}, {allowance} cycles");
        if expected.ending.as_ref().is_some_and(Ending::is_result) {
            assert_eq!(found.cycles, expected.cycles, "{input:?}");
        }
        assert_eq!(found.memory_peak_bytes, expected.memory_peak_bytes);
        found
    };
    let found = both(allowance);
    if found.ending.is_some_and(|ending| ending.is_result()) {
        assert!(both(found.cycles).ending.is_some());
        assert_eq!(both(found.cycles - 1).ending, None);
    }
    for allowance in [0, 1, 5, 12, 13, 30] {
        both(allowance);
    }
}

#[test]
fn the_machine_agrees_with_the_engine_on_random_programs() {
    let interpreter = Interpreter::new();
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let n: u32 = std::env::var("FLUX_DIRECT").map_or(100, |n| n.parse().expect("a number"));
    let (mut made, mut direct) = (0, 0);
    while made < n {
        let bytes: Vec<u8> = (0..600).map(|_| next() as u8).collect();
        let Some(genome) = plain_program(&bytes) else { continue };
        made += 1;
        let program = interpreter.load(&genome, 0).expect("a plain program");
        if program.direct.is_none() {
            continue;
        }
        direct += 1;
        for _ in 0..4 {
            let input = [EDGES[next() as usize % EDGES.len()], EDGES[next() as usize % EDGES.len()]];
            check_direct(&program, &input, 3000);
        }
        check_direct(&program, &[1], 3000);
        check_direct(&program, &[1, 2, 3], 3000);
    }
    assert!(direct > n / 2, "{direct} of {n} take the direct way");
}

#[test]
fn the_machine_agrees_with_the_engine_on_every_operator() {
    let interpreter = Interpreter::new();
    let whole = |types: &str| types.split(' ').all(|ty| ty == "i32" || ty == "i64");
    for (operands, result, names) in OPERATORS.iter().filter(|(a, b, _)| whole(a) && whole(b)) {
        let first = operands.split(' ').next().unwrap_or_default();
        for name in names.split(' ').filter(|name| !name.contains("load")) {
            // Conversions are named after what they make.
            let ty = if name.starts_with("extend_i32") { "i64" } else { first };
            let from = |at: usize, ty: &str| match ty {
                "i32" => format!("(i32.wrap_i64 (local.get {at}))"),
                _ => format!("(local.get {at})"),
            };
            let arguments: Vec<_> = operands.split(' ').enumerate().map(|(at, ty)| from(at, ty)).collect();
            let call = format!("({ty}.{name} {})", arguments.join(" "));
            let body = if *result == "i32" { format!("(i64.extend_i32_u {call})") } else { call };
            let source = format!(r#"(module (func (export "run") (param i64 i64) (result i64) {body}))"#);
            let genome = text::compile(&source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"));
            let program = interpreter.load(&genome, 0).expect("a plain program");
            for a in EDGES {
                for b in EDGES {
                    check_direct(&program, &[a, b], 1000);
                }
            }
        }
    }
}

#[test]
fn a_program_changes_to_the_engine_when_it_runs_for_long() {
    let source = r#"(module (func (export "run") (param $n i64) (result i64) (local $x i64)
        (loop $next
            (local.set $x (i64.add (local.get $x) (local.get $n)))
            (br_if $next (i64.ne (i64.const 0) (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))
        (local.get $x)))"#;
    let program = program(source);
    let first = attempt(&program, &[10]);
    assert!(program.translated.get().is_none());
    assert_eq!(attempt(&program, &[100_000]).ending, Some(Ending::Numbers(vec![5_000_050_000])));
    assert!(program.translated.get().is_some());
    let later = attempt(&program, &[10]);
    assert_eq!((first.ending, first.cycles), (later.ending, later.cycles));
}

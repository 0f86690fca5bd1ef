use super::*;

fn check(text: &str) -> Result<Vec<u8>, MeterError> {
    meter(&wat::parse_str(text).unwrap(), &Options::DEFAULT)
}

#[test]
fn what_is_not_a_core_module_is_refused() {
    assert!(matches!(meter(b"hello, world", &Options::DEFAULT), Err(MeterError::Malformed(_))));
    assert!(matches!(check("(component)"), Err(MeterError::Component)));
}

#[test]
fn reserved_names_are_refused_so_nothing_is_metered_twice() {
    let metered = check("(module (func))").unwrap();
    let again = meter(&metered, &Options::DEFAULT);
    assert!(matches!(again, Err(MeterError::Reserved { name: CYCLES })), "{again:?}");
}

#[test]
fn features_that_are_not_priced_are_refused() {
    for (text, expected) in [
        ("(module (memory i64 1))", "64-bit memories"),
        ("(module (table i64 1 funcref))", "64-bit tables"),
        ("(module (memory 1 1 shared))", "threads"),
        ("(module (tag))", "exceptions"),
        ("(module (type (struct)))", "garbage collection"),
        ("(module (func try_table end))", "exceptions"),
        ("(module (memory 1) (func (drop (i32.atomic.load (i32.const 0)))))", "threads"),
        (
            "(module (func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))))",
            "relaxed SIMD",
        ),
        (
            "(module (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))",
            "typed function references",
        ),
    ] {
        let refused = check(text);
        assert!(
            matches!(refused, Err(MeterError::Unsupported { feature, .. }) if feature == expected),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_function_without_room_for_more_locals_is_refused() {
    let module = |n: usize| {
        let locals = "i32 ".repeat(n);
        // The counter is needed as a local because of the loop.
        format!("(module (func (local {locals}) loop end))")
    };
    assert!(check(&module(49_999)).is_ok());
    assert!(matches!(
        check(&module(50_000)),
        Err(MeterError::TooManyLocals { function: 0, actual: 50_001, limit: 50_000 })
    ));
}

#[test]
fn sections_stay_and_new_ones_stand_where_they_belong() {
    for text in [
        "(module)",
        "(module (memory 1) (data (i32.const 0) \"x\"))",
        "(module (table 1 funcref) (func $f) (elem (i32.const 0) $f) (memory 1) (data \"x\") (@custom \"x\" \"y\"))",
        "(module (import \"a\" \"b\" (global i32)) (import \"a\" \"c\" (func $f)) (start $f) (data \"x\"))",
        "(module (@custom \"first\" (before first) \"y\") (global $g i32 (i32.const 1)) (export \"g\" (global $g)))",
    ] {
        let plain = wat::parse_str(text).unwrap();
        let metered = check(text).unwrap();
        wasmparser::validate(&metered).unwrap_or_else(|error| panic!("{text}: {error}"));
        for name in ["first", "x"] {
            let has = |bytes: &[u8]| {
                wasmparser::Parser::new(0).parse_all(bytes).any(|payload| {
                    matches!(payload.unwrap(), wasmparser::Payload::CustomSection(custom) if custom.name() == name)
                })
            };
            assert_eq!(has(&metered), has(&plain), "{text}");
        }
    }
}

#[test]
fn hints_at_bytes_are_dropped() {
    let metered = check("(module (func) (@custom \"metadata.code.branch_hint\" \"\"))").unwrap();
    assert!(!metered.windows(13).any(|bytes| bytes == b"metadata.code"));
}

#[test]
fn damaged_modules_are_errors_and_never_panics() {
    let module = wat::parse_str(
        "(module (type (func (result i32 i32))) (memory 1) (func (param i32) (result i32)
           block (br_table 0 1 0 (local.get 0) (local.get 0)) end
           (if (result i32) (local.get 0) (then (memory.grow (local.get 0))) (else (call 0 (i32.const 1)))))
           (export \"f\" (func 0)))",
    );
    let Ok(module) = module else { panic!("the text is well-formed") };
    for at in 8..module.len() {
        for flip in [1, 2, 0x10, 0x40, 0x80, 0xff] {
            let mut damaged = module.clone();
            damaged[at] ^= flip;
            let _ = meter(&damaged, &Options::DEFAULT);
        }
        let _ = meter(&module[..at], &Options::DEFAULT);
    }
}

#[test]
fn globals_that_can_change_are_exported_on_demand() {
    let module = wat::parse_str(
        r#"(module (import "host" "g" (global i32)) (global i32 (i32.const 1)) (global $g (mut i64) (i64.const 2))
            (global (mut f32) (f32.const 3)) (export "own" (global $g)))"#,
    )
    .unwrap();
    let exports = |globals| {
        let metered = meter(&module, &Options { globals, ..Options::DEFAULT }).unwrap();
        wasmparser::validate(&metered).unwrap();
        let mut names = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&metered) {
            if let wasmparser::Payload::ExportSection(section) = payload.unwrap() {
                names.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
            }
        }
        names
    };
    assert_eq!(exports(Globals::Private), ["own", CYCLES, DEPTH, STOP]);
    let (second, third) = (global_name(2), global_name(3));
    assert_eq!(exports(Globals::Exported), ["own", CYCLES, DEPTH, STOP, &second, &third]);
}

#[test]
fn calls_are_bounded_by_their_graph() {
    let nests = |text: &str, depth| nests_within(&wat::parse_str(text).unwrap(), depth).unwrap();
    let row = "(module (func $a (call $b)) (func $b (call $c)) (func $c))";
    assert!(nests(row, 3));
    assert!(!nests(row, 2));
    assert!(!nests("(module (func $a (call $a)))", 1000));
    assert!(nests("(module (func $a) (func (return_call $a)))", 1));
    assert!(!nests("(module (table 1 funcref) (func (call_indirect (i32.const 0))))", 1000));
}

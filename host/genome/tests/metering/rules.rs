//! Each rule of the cost table and of the budget on a module made for it.

use super::{Bench, Ending, From, Value, with_stack};

/// Runs the export `run` of `module` and expects a cost, and all engines to agree on it.
fn check(module: &str, args: &[i32], cycles: u64) {
    check_from(From::Call, module, args, cycles);
}

fn check_from(from: From, module: &str, args: &[i32], cycles: u64) {
    let module = wat::parse_str(module).unwrap();
    let args: Vec<_> = args.iter().copied().map(Value::I32).collect();
    with_stack(move || {
        let bench = Bench::new();
        let subject = bench.prepare(&module);
        match bench.agree_at_the_edge(&subject, "run", &args, 1 << 40, from) {
            Ending::Completed(completed) => assert_eq!(completed.cycles, cycles),
            other => panic!("expected completion, found {other:?}"),
        }
    });
}

/// Runs `run` under `budget` and expects an ending in all engines.
fn check_ending(module: &str, args: &[i32], budget: u64, ending: Ending) {
    let module = wat::parse_str(module).unwrap();
    let args: Vec<_> = args.iter().copied().map(Value::I32).collect();
    with_stack(move || {
        let bench = Bench::new();
        let subject = bench.prepare(&module);
        assert_eq!(bench.agree(&subject, "run", &args, budget, From::Call), ending);
    });
}

#[test]
fn an_empty_function_costs_its_entry() {
    check(r#"(module (func (export "run")))"#, &[], 1);
}

#[test]
fn structure_is_free_and_operators_cost_one() {
    check(
        r#"(module (func (export "run") (result i32)
            nop block nop end loop end i32.const 1 drop i32.const 2 i32.const 3 i32.add return))"#,
        &[],
        1 + 4,
    );
}

#[test]
fn only_the_taken_arm_is_charged() {
    let module = r#"(module (func (export "run") (param i32) (result i32)
        (if (result i32) (local.get 0)
          (then (i32.const 1) (i32.const 2) (i32.add) (i32.const 3) (i32.mul))
          (else (i32.const 4)))
        (i32.const 1) i32.add))"#;
    check(module, &[1], 1 + 2 + 5 + 2);
    check(module, &[0], 1 + 2 + 1 + 2);
}

#[test]
fn an_if_without_else() {
    let module = r#"(module (func (export "run") (param i32)
        (if (local.get 0) (then (drop (i32.const 1))))))"#;
    check(module, &[1], 1 + 2 + 1);
    check(module, &[0], 1 + 2);
}

#[test]
fn loops_are_charged_each_time_round() {
    let module = r#"(module (func (export "run") (param i32) (result i32)
        (loop $l
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 0)))"#;
    check(module, &[1], 1 + 5 + 1);
    check(module, &[1000], 1 + 5 * 1000 + 1);
}

#[test]
fn a_loop_with_parameters_and_several_results() {
    check(
        r#"(module (func (export "run") (param i32) (result i32 i64)
            i32.const 7 i64.const 9
            loop $l (param i32 i64) (result i32 i64)
              local.get 0 i32.const 1 i32.sub local.tee 0
              br_if $l
            end))"#,
        &[10],
        1 + 2 + 10 * 5,
    );
}

#[test]
fn jump_tables_leave_by_every_label() {
    let module = r#"(module (func (export "run") (param i32) (result i32)
        block $out (result i32)
          block $b
            block $a
              (br_table $a $b 2 (local.get 0))
            end
            i32.const 10 br $out
          end
          i32.const 20 i32.const 1 i32.add
        end))"#;
    let _ = module;
    let module = r#"(module (func (export "run") (param i32) (result i32)
        block $b
          block $a
            (br_table $a $b $a (local.get 0))
          end
          i32.const 10 return
        end
        i32.const 20 i32.const 1 i32.add))"#;
    check(module, &[0], 1 + 2 + 1);
    check(module, &[1], 1 + 2 + 3);
    check(module, &[9], 1 + 2 + 1);
}

#[test]
fn branches_to_the_end_of_the_function() {
    let module = r#"(module (func (export "run") (param i32) (result i32 i32)
        i32.const 1 i32.const 2
        (br_if 0 (local.get 0))
        block (br_table 1 0 (i32.const 1)) end
        i32.const 5 i32.add))"#;
    let _ = module;
    let module = r#"(module (func (export "run") (param i32) (result i32)
        i32.const 1
        (br_if 0 (local.get 0))
        i32.const 5 i32.add))"#;
    check(module, &[1], 1 + 3);
    check(module, &[0], 1 + 5);
    let several = r#"(module (func (export "run") (param i32) (result i32 i64)
        i32.const 1 i64.const 2
        (br_if 0 (local.get 0))
        i64.const 5 i64.add))"#;
    check(several, &[1], 1 + 4);
    check(several, &[0], 1 + 6);
}

#[test]
fn code_that_cannot_be_reached_costs_nothing() {
    check(
        r#"(module (func (export "run") (result i32)
            block $b
              br $b
              i32.const 1 drop
              block loop br 0 end end
              (if (i32.const 1) (then nop) (else nop))
            end
            i32.const 1
            return
            i32.const 2 i32.add))"#,
        &[],
        1 + 1 + 1,
    );
}

#[test]
fn a_function_whose_end_cannot_be_reached() {
    check(
        r#"(module (func (export "run") (param i32) (result i32)
            (loop $l (result i32)
              (if (i32.eqz (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))) (then (return (i32.const 7))))
              br $l)))"#,
        &[3],
        1 + 3 * 6 + 1 + 2,
    );
}

#[test]
fn calls_cost_one_and_the_entry() {
    check(
        r#"(module
            (func $f (param i32) (result i32) (local.get 0))
            (func (export "run") (result i32) (call $f (call $f (i32.const 1)))))"#,
        &[],
        1 + 1 + 2 * (1 + 2),
    );
}

#[test]
fn indirect_calls() {
    let module = r#"(module
        (type $t (func (result i32)))
        (table funcref (elem $a $b))
        (func $a (type $t) (i32.const 1))
        (func $b (type $t) (i32.add (i32.const 1) (i32.const 2)))
        (func (export "run") (param i32) (result i32) (call_indirect (type $t) (local.get 0))))"#;
    check(module, &[0], 1 + 2 + 2);
    check(module, &[1], 1 + 2 + 4);
    check_ending(module, &[2], 100, Ending::Trapped("table"));
}

#[test]
fn tail_calls_do_not_nest() {
    let module = r#"(module
        (func $f (param i32) (result i32)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 42))))
          (return_call $f (i32.sub (local.get 0) (i32.const 1))))
        (func (export "run") (param i32) (result i32) (return_call $f (local.get 0))))"#;
    check(module, &[5000], 1 + 2 + 5000 * (1 + 3 + 4) + (1 + 3 + 1));
    let indirect = r#"(module
        (type $t (func (param i32) (result i32)))
        (table funcref (elem $f))
        (func $f (type $t)
          (if (i32.eqz (local.get 0)) (then (return (i32.const 42))))
          (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
        (func (export "run") (param i32) (result i32) (call $f (local.get 0))))"#;
    check(indirect, &[5000], 1 + 2 + 5000 * (1 + 3 + 5) + (1 + 3 + 1));
}

#[test]
fn start_functions_run_under_the_budget() {
    let module = r#"(module
        (global $g (mut i32) (i32.const 0))
        (func $start (global.set $g (i32.const 7)))
        (start $start)
        (func (export "run") (result i32) (global.get $g)))"#;
    check_from(From::Instantiation, module, &[], 2 + 1 + 2 + 1 + 1);
}

#[test]
fn a_start_function_that_is_imported() {
    let module = wat::parse_str(
        r#"(module (import "host" "nothing" (func $f)) (start $f) (memory 1) (data (i32.const 0) "x"))"#,
    )
    .unwrap();
    let metered = flux_genome::meter::meter(&module, &flux_genome::meter::Options::DEFAULT).unwrap();
    wasmparser::validate(&metered).unwrap();
}

#[test]
fn bulk_memory_is_priced_by_the_byte() {
    for (name, body) in [
        ("fill", "(memory.fill (i32.const 0) (i32.const 1) (local.get 0))"),
        ("copy", "(memory.copy (i32.const 0) (i32.const 8) (local.get 0))"),
        ("init", "(memory.init 0 (i32.const 0) (i32.const 0) (local.get 0))"),
    ] {
        let module = format!(
            r#"(module (memory 1) (data "{}") (func (export "run") (param i32) {body}))"#,
            "x".repeat(1000)
        );
        for n in [0_i32, 1, 127, 128, 129, 1000] {
            check(&module, &[n], 1 + 4 + u64::from(n.cast_unsigned()));
        }
        check_ending(&module, &[70_000], 1 << 20, Ending::Trapped("memory"));
        check_ending(&module, &[70_000], 60_000, Ending::Exhausted);
        check_ending(&module, &[-1], 1 << 33, Ending::Trapped("memory"));
        check_ending(&module, &[-1], 1 << 30, Ending::Exhausted);
        let _ = name;
    }
}

#[test]
fn constant_sizes_are_charged_too() {
    for (n, past) in [(0, "memory"), (128, "memory"), (129, "exhausted"), (1000, "exhausted")] {
        let module = format!(
            r#"(module (memory 1) (func (export "run")
                (memory.fill (i32.const 0) (i32.const 1) (i32.const {n}))))"#
        );
        check(&module, &[], 1 + 4 + n);
        // Past the budget, small sizes are no checkpoint: the trap comes first.
        let trapping = format!(
            r#"(module (memory 1) (func (export "run")
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const {n}))
                (drop (i32.load (i32.const 65536)))))"#
        );
        let ending = if past == "memory" { Ending::Trapped("memory") } else { Ending::Exhausted };
        check_ending(&trapping, &[], 2, ending);
    }
}

#[test]
fn growth_is_priced_by_what_is_asked_for() {
    let module =
        r#"(module (memory 1 4) (func (export "run") (param i32) (result i32) (memory.grow (local.get 0))))"#;
    for pages in [0_i32, 1, 3, 4, 100] {
        check(module, &[pages], 1 + 2 + 255 * u64::from(pages.cast_unsigned()));
    }
    check(module, &[-1], 1 + 2 + 255 * u64::from(u32::MAX));
    let constant = r#"(module (memory 1 4) (func (export "run") (result i32) (memory.grow (i32.const -1))))"#;
    check(constant, &[], 1 + 2 + 255 * u64::from(u32::MAX));
}

#[test]
fn tables_are_priced_by_the_element() {
    let module = |body: &str| {
        format!(
            r#"(module (table $t 20 100 funcref) (table $u 20 funcref) (elem func $f $f $f $f $f $f $f $f) (func $f)
              (func (export "run") (param i32) {body}))"#
        )
    };
    for n in [0_i32, 1, 8] {
        let size = u64::from(n.cast_unsigned());
        check(&module("(table.fill $t (i32.const 0) (ref.func $f) (local.get 0))"), &[n], 1 + 4 + size);
        check(&module("(table.copy $t $u (i32.const 0) (i32.const 0) (local.get 0))"), &[n], 1 + 4 + size);
        check(&module("(table.init $t 0 (i32.const 0) (i32.const 0) (local.get 0))"), &[n], 1 + 4 + size);
        check(&module("(drop (table.grow $t (ref.null func) (local.get 0)))"), &[n], 1 + 3 + size);
    }
    check(&module("(drop (table.grow $t (ref.null func) (local.get 0)))"), &[1000], 1 + 3 + 1000);
}

#[test]
fn imports_are_not_called_past_the_budget() {
    let module = r#"(module
        (import "host" "sense" (func $sense (param i32) (result i64)))
        (import "host" "act" (func $act (param i32 i64)))
        (func (export "run") (param i32)
          (call $act (local.get 0) (i64.add (call $sense (i32.const 3)) (i64.const 1)))))"#;
    check(module, &[1], 1 + 6 + 2 * 64);
    let tail = r#"(module
        (import "host" "next" (func $next (result i64)))
        (func (export "run") (result i64) (return_call $next)))"#;
    check(tail, &[], 1 + 1 + 64);
}

#[test]
fn straight_code_past_its_budget_that_traps_has_trapped() {
    let module = r#"(module (func (export "run")
        (drop (i32.add (i32.const 1) (i32.const 2)))
        (drop (i32.div_u (i32.const 1) (i32.const 0)))))"#;
    check_ending(module, &[], 3, Ending::Trapped("division"));
    check_ending(module, &[], 0, Ending::Exhausted);
}

#[test]
fn an_unreachable_of_the_programs_own_is_no_stop() {
    check_ending(r#"(module (func (export "run") unreachable))"#, &[], 10, Ending::Trapped("unreachable"));
}

#[test]
fn recursion_stops_at_the_limit() {
    let module = r#"(module
        (func $f (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
            (else (i32.const 0))))
        (func (export "run") (param i32) (result i32) (call $f (local.get 0))))"#;
    // `run`, and `$f` for every number down to 0.
    check(module, &[998], 1 + 2 + 998 * (1 + 8) + (1 + 3));
    check_ending(module, &[999], 1 << 20, Ending::TooDeep);
}

#[test]
fn leaves_are_calls_under_way_too() {
    let module = r#"(module
        (func $leaf (result i32) (i32.const 1))
        (func $f (param i32) (result i32)
          (if (result i32) (local.get 0)
            (then (call $f (i32.sub (local.get 0) (i32.const 1))))
            (else (call $leaf))))
        (func (export "run") (param i32) (result i32) (call $f (local.get 0))))"#;
    check(module, &[997], 1 + 2 + 997 * (1 + 6) + (1 + 3) + 2);
    check_ending(module, &[998], 1 << 20, Ending::TooDeep);
}

#[test]
fn a_chain_of_calls_as_long_as_the_limit_is_not_counted_and_one_longer_is() {
    let chain = |n: usize| {
        let functions: String =
            (0..n)
                .map(|i| {
                    if i + 1 < n { format!("(func $f{i} call $f{})", i + 1) } else { format!("(func $f{i})") }
                })
                .collect();
        format!(r#"(module {functions} (export "run" (func $f0)))"#)
    };
    check(&chain(1000), &[], 1000 + 999);
    check_ending(&chain(1001), &[], 1 << 20, Ending::TooDeep);
}

#[test]
fn nans_are_the_canonical_ones() {
    // 0/0 is negative on x86; a payload goes through arithmetic.
    let module = r#"(module (func (export "run") (param i32) (result i32 i64 v128 v128)
        (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.convert_i32_s (local.get 0))))
        (i64.reinterpret_f64 (f64.add (f64.const nan:0x4000000000001) (f64.sqrt (f64.const -1))))
        (f32x4.add (v128.const f32x4 nan:0x200001 1 2 -nan:0x200001) (v128.const f32x4 1 1 1 1))
        (f64x2.promote_low_f32x4 (f32x4.sqrt (v128.const f32x4 -1 4 0 0)))))"#;
    let module = wat::parse_str(module).unwrap();
    with_stack(move || {
        let bench = Bench::new();
        let subject = bench.prepare(&module);
        let Ending::Completed(completed) = bench.agree(&subject, "run", &[Value::I32(0)], 100, From::Call)
        else {
            panic!("expected completion");
        };
        assert_eq!(completed.results[0], Value::I32(0x7fc0_0000));
        assert_eq!(completed.results[1], Value::I64(0x7ff8_0000_0000_0000));
    });
}

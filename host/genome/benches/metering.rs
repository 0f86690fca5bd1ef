//! What metering costs: the same workloads plain, under the engine's own fuel, and metered.
//!
//! The tests ask wasmi for its portable dispatch, which works without optimisation but is several times slower: without
//! the feature `portable-dispatch` the interpreter's figures are those of a release.
//!
//! `cargo bench -p flux-genome --bench metering` prints one line for each workload: nanoseconds, and ratios to the
//! plain module under the same engine. Variants take turns and the fastest of many rounds counts, so that a busy machine disturbs
//! all of them alike.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints a table, or fails")]
#![expect(clippy::disallowed_methods, reason = "it measures time, which the crate itself never does")]

use std::time::Instant;

use flux_genome::meter::{self, Floats, Options};

/// Rounds; the fastest one counts.
const ROUNDS: usize = 25;

/// Workloads: a name, a module with `run: (i32) -> i64`, and its argument.
const WORKLOADS: [(&str, &str, i32); 6] = [
    (
        "tight loop",
        r#"(module (func (export "run") (param $n i32) (result i64) (local $sum i64)
            (loop $l
              (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (i64.extend_i32_u (local.get $n))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#,
        1_000_000,
    ),
    (
        "branchy",
        r#"(module (func (export "run") (param $n i32) (result i64) (local $x i64) (local $steps i64)
            (loop $next
              (local.set $x (i64.extend_i32_u (local.get $n)))
              (block $done
                (loop $l
                  (br_if $done (i64.le_u (local.get $x) (i64.const 1)))
                  (local.set $steps (i64.add (local.get $steps) (i64.const 1)))
                  (if (i64.eqz (i64.and (local.get $x) (i64.const 1)))
                    (then (local.set $x (i64.shr_u (local.get $x) (i64.const 1))))
                    (else (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 3)) (i64.const 1)))))
                  (br $l)))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $steps)))"#,
        6_000,
    ),
    (
        "memory",
        r#"(module (memory 16) (func (export "run") (param $n i32) (result i64)
            (local $i i32) (local $j i32) (local $count i64)
            (memory.fill (i32.const 0) (i32.const 1) (local.get $n))
            (local.set $i (i32.const 2))
            (loop $outer
              (if (i32.load8_u (local.get $i)) (then
                (local.set $count (i64.add (local.get $count) (i64.const 1)))
                (local.set $j (i32.add (local.get $i) (local.get $i)))
                (block $done (loop $inner
                  (br_if $done (i32.ge_u (local.get $j) (local.get $n)))
                  (i32.store8 (local.get $j) (i32.const 0))
                  (local.set $j (i32.add (local.get $j) (local.get $i)))
                  (br $inner)))))
              (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $count)))"#,
        300_000,
    ),
    (
        "recursion",
        r#"(module (func $fib (param i32) (result i64)
            (if (result i64) (i32.lt_u (local.get 0) (i32.const 2))
              (then (i64.extend_i32_u (local.get 0)))
              (else (i64.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                             (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "run") (param i32) (result i64) (call $fib (local.get 0))))"#,
        24,
    ),
    (
        "small calls",
        r#"(module
          (func $step (param i64 i64) (result i64) (i64.add (i64.mul (local.get 0) (i64.const 3)) (local.get 1)))
          (func (export "run") (param $n i32) (result i64) (local $sum i64)
            (loop $l
              (local.set $sum (call $step (local.get $sum) (i64.extend_i32_u (local.get $n))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#,
        200_000,
    ),
    (
        "floats",
        r#"(module (func (export "run") (param $n i32) (result i64) (local $x f64) (local $sum f64)
            (local.set $x (f64.const 0.3))
            (loop $l
              (local.set $x (f64.mul (f64.mul (f64.const 3.9) (local.get $x)) (f64.sub (f64.const 1) (local.get $x))))
              (local.set $sum (f64.add (local.get $sum) (f64.sqrt (local.get $x))))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i64.reinterpret_f64 (local.get $sum))))"#,
        200_000,
    ),
];

fn main() {
    println!(
        "ns; ratios to the plain module of the same engine (wasmtime's fuel with its own canonical NaNs)"
    );
    println!(
        "{:<12} {:>10} {:>6} {:>8} {:>6} | {:>10} {:>6} {:>8} {:>6} | {:>6}",
        "", "wasmtime", "fuel", "metered", "m/f", "wasmi", "fuel", "metered", "m/f", "bytes"
    );
    for (name, text, n) in WORKLOADS {
        let plain = wat::parse_str(text).unwrap();
        let metered = meter::meter(&plain, &Options::DEFAULT).unwrap();
        let mut runs: Vec<(Box<dyn FnMut() -> i64>, f64)> = vec![
            (wasmtime_run(&plain, n, false), f64::MAX),
            (wasmtime_run(&plain, n, true), f64::MAX),
            (wasmtime_run(&metered, n, false), f64::MAX),
            (wasmi_run(&plain, n, false), f64::MAX),
            (wasmi_run(&plain, n, true), f64::MAX),
            (wasmi_run(&metered, n, false), f64::MAX),
        ];
        let expected = runs[0].0();
        for _ in 0..ROUNDS {
            for (run, best) in &mut runs {
                let start = Instant::now();
                let result = run();
                let ns = start.elapsed().as_nanos() as f64;
                assert_eq!(result, expected, "{name}");
                *best = best.min(ns);
            }
        }
        let t: Vec<f64> = runs.iter().map(|(_, best)| *best).collect();
        println!(
            "{name:<12} {:>10.0} {:>5.2}x {:>7.2}x {:>6.2} | {:>10.0} {:>5.2}x {:>7.2}x {:>6.2} | {:>5.2}x",
            t[0],
            t[1] / t[0],
            t[2] / t[0],
            t[2] / t[1],
            t[3],
            t[4] / t[3],
            t[5] / t[3],
            t[5] / t[4],
            metered.len() as f64 / plain.len() as f64,
        );
    }
    let without = Options { floats: Floats::AsTheyAre, ..Options::DEFAULT };
    for (what, options) in [("canonical NaNs", Options::DEFAULT), ("NaNs as they are", without)] {
        let modules: Vec<_> = WORKLOADS.iter().map(|(_, text, _)| wat::parse_str(text).unwrap()).collect();
        let start = Instant::now();
        let mut n = 0;
        while start.elapsed().as_millis() < 300 {
            for module in &modules {
                meter::meter(module, &options).unwrap();
                n += module.len();
            }
        }
        println!("metering, {what}: {:.1} ns a byte", start.elapsed().as_nanos() as f64 / n as f64);
    }
}

fn wasmtime_run(module: &[u8], n: i32, fuel: bool) -> Box<dyn FnMut() -> i64> {
    let mut config = wasmtime::Config::new();
    config.consume_fuel(fuel).cranelift_nan_canonicalization(fuel);
    let engine = wasmtime::Engine::new(&config).unwrap();
    let module = wasmtime::Module::new(&engine, module).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    if fuel {
        store.set_fuel(u64::MAX >> 2).unwrap();
    }
    let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
    if let Some(counter) = instance.get_global(&mut store, meter::CYCLES) {
        counter.set(&mut store, (1_i64 << 60).into()).unwrap();
    }
    let run = instance.get_typed_func::<i32, i64>(&mut store, "run").unwrap();
    Box::new(move || run.call(&mut store, n).unwrap())
}

fn wasmi_run(module: &[u8], n: i32, fuel: bool) -> Box<dyn FnMut() -> i64> {
    let mut config = wasmi::Config::default();
    config.consume_fuel(fuel);
    let engine = wasmi::Engine::new(&config);
    let module = wasmi::Module::new(&engine, module).unwrap();
    let mut store = wasmi::Store::new(&engine, ());
    if fuel {
        store.set_fuel(u64::MAX >> 2).unwrap();
    }
    let instance = wasmi::Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
    if let Some(counter) = instance.get_global(&store, meter::CYCLES) {
        counter.set(&mut store, wasmi::Val::I64(1 << 60)).unwrap();
    }
    let run = instance.get_typed_func::<i32, i64>(&store, "run").unwrap();
    Box::new(move || run.call(&mut store, n).unwrap())
}

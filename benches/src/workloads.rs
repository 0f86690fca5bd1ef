//! What the benchmarks run. Each workload says what it computes, and a test holds it to that.

use flux_genome::{Bounds, Genome, text};

/// Adds one to its parameter: as little work as a genome can do.
pub const TINY: &str =
    r#"(module (func (export "run") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1))))"#;

/// A pseudo-random walk of `n` steps: arithmetic and a branch a step, nothing that a compiler can remove.
pub const WALK: &str = r#"(module (func (export "run") (param $n i64) (result i64) (local $x i64)
    (local.set $x (i64.const 88172645463325252))
    (block $done
        (loop $next
            (br_if $done (i64.eqz (local.get $n)))
            (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
            (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
            (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
            (local.set $n (i64.sub (local.get $n) (i64.const 1)))
            (br $next)))
    (local.get $x)))"#;

/// The same walk as native code.
#[must_use]
pub fn native_walk(n: i64) -> i64 {
    let mut x = 88_172_645_463_325_252_i64;
    for _ in 0..n {
        x ^= x << 13;
        x ^= (x.cast_unsigned() >> 7).cast_signed();
        x ^= x << 17;
    }
    x
}

/// A loop of 20 operators, run `n` times from 1 up: x = 3 x + n, then x = x xor (x shr 7), with n going down.
pub const SHORT_LOOP: &str = r#"(module (func (export "run") (param $n i64) (result i64) (local $x i64)
    (loop $next
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 3)) (local.get $n)))
        (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
        (local.set $n (i64.sub (local.get $n) (i64.const 1)))
        (br_if $next (i64.ne (local.get $n) (i64.const 0))))
    (local.get $x)))"#;

/// The naive Fibonacci numbers: calls and little else.
pub const CALLS: &str = r#"(module (func $fib (export "run") (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
        (then (local.get $n))
        (else (i64.add
            (call $fib (i64.sub (local.get $n) (i64.const 1)))
            (call $fib (i64.sub (local.get $n) (i64.const 2))))))))"#;

/// A module of `n_functions` functions that call each other in a row, about 40 operators each: the size of small
/// evolved programs.
#[must_use]
pub fn chain(n_functions: usize) -> String {
    let mut source = String::from("(module\n");
    for i in 0..n_functions {
        let next = if i + 1 < n_functions {
            format!("(call $f{} (local.get $x))", i + 1)
        } else {
            "(local.get $x)".to_owned()
        };
        source.push_str(&format!("(func $f{i} (param $x i64) (result i64)\n"));
        for step in 0..6 {
            let odd = 2 * (i + step) + 3;
            source.push_str(&format!(
                "(local.set $x (i64.add (i64.mul (local.get $x) (i64.const {odd})) (i64.shr_u (local.get $x) (i64.const {}))))\n",
                step + 1
            ));
        }
        source.push_str(&format!("{next})\n"));
    }
    source.push_str(r#"(func (export "run") (param i64) (result i64) (call $f0 (local.get 0))))"#);
    source
}

/// [`chain`] called eight times over: about ten thousand cycles for 30 functions.
#[must_use]
pub fn chain_loop(n_functions: usize) -> String {
    let export = r#"(func (export "run") (param i64) (result i64) (call $f0 (local.get 0))))"#;
    let again = r#"(func (export "run") (param $x i64) (result i64) (local $n i32)
    (loop $next
        (local.set $x (call $f0 (local.get $x)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $n) (i32.const 8))))
    (local.get $x)))"#;
    chain(n_functions).replace(export, again)
}

/// A module of one function of `n_steps` steps, 8 operators and about 16 bytes each: a long body.
#[must_use]
pub fn long_body(n_steps: usize) -> String {
    let mut source =
        String::from("(module (func (export \"run\") (param $x i64) (result i64) (local $y i64)\n");
    for step in 0..n_steps {
        let (to, from) = if step % 2 == 0 { ("$y", "$x") } else { ("$x", "$y") };
        source.push_str(&format!(
            "(local.set {to} (i64.add (i64.mul (local.get {from}) (i64.const {})) (i64.shr_u (local.get {to}) (i64.const {}))))\n",
            2 * (step % 1000) + 3,
            step % 60 + 1
        ));
    }
    source.push_str("(local.get $x)))");
    source
}

/// Compiles a workload.
///
/// # Panics
/// Where a workload is not a genome, which a test holds it not to be.
#[must_use]
#[expect(clippy::panic, reason = "a workload that does not compile cannot be measured")]
pub fn genome(source: &str) -> Genome {
    text::compile(source, &Bounds::DEFAULT).unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(all(test, feature = "engines"))]
mod tests {
    use super::*;
    use flux_genome::CapabilitySet;
    use flux_sandbox::{Ending, Input, Sandbox, Setting};

    #[test]
    fn workloads_compute_what_they_say() {
        let sandbox = Sandbox::new().expect("a sandbox");
        let run = |source: &str, n: i64| {
            let loaded = sandbox.load(&genome(source), CapabilitySet::EMPTY).expect("loads");
            sandbox.run(&loaded, &Input::Numbers(vec![n]), &Setting::default()).ending
        };
        assert_eq!(run(TINY, 41), Ending::Numbers(vec![42]));
        assert_eq!(run(WALK, 1000), Ending::Numbers(vec![native_walk(1000)]));
        // 0, then 2; 6 + 1 = 7; both too small for the shift to change them.
        assert_eq!(run(SHORT_LOOP, 2), Ending::Numbers(vec![7]));
        assert_eq!(run(CALLS, 15), Ending::Numbers(vec![610]));
        assert!(matches!(run(&chain(30), 5), Ending::Numbers(_)));
        // y = 3 x + y / 2 from 0, then x = 5 y + x / 4.
        assert_eq!(run(&long_body(2), 5), Ending::Numbers(vec![5 * 15 + 1]));
    }
}

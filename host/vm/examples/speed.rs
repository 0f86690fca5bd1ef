//! How long the interpreter takes, beside native loops in the same run: `cargo run --release -p flux-vm --example speed`.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads a clock and prints"
)]

use std::hint::black_box;
use std::time::Instant;

use flux_vm::host::Alone;
use flux_vm::machine::Stop;
use flux_vm::{Machine, Program, Verified};

/// A loop that R1 counts down: its name, its code, and the same in Rust.
type Workload = (&'static str, &'static [u8], fn(i64) -> i64);

const LOOPS: [Workload; 5] = [
    // IADD R0, R0, R1; DEC R1; JNZ R1
    ("sum", &[0x08, 0, 0, 1, 0x0f, 1, 0x06, 1, 0xf6, 0xff, 0x80], |n| {
        let (mut sum, mut n) = (0_i64, n);
        while n != 0 {
            sum = black_box(sum.wrapping_add(n));
            n -= 1;
        }
        sum
    }),
    // IMUL R0, R0, R1; DEC R1; JNZ R1
    ("factorial", &[0x0a, 0, 0, 1, 0x0f, 1, 0x06, 1, 0xf6, 0xff, 0x80], |n| {
        let (mut product, mut n) = (1_i64, n);
        while n != 0 {
            product = black_box(product.wrapping_mul(n));
            n -= 1;
        }
        product
    }),
    // IADD R3, R0, R2; MOV R0, R2; MOV R2, R3; DEC R1; JNZ R1
    ("fibonacci", &[0x08, 3, 0, 2, 0x01, 0, 2, 0x01, 2, 3, 0x0f, 1, 0x06, 1, 0xf0, 0xff, 0x80], |n| {
        let (mut a, mut b, mut n) = (0_i64, 1_i64, n);
        while n != 0 {
            let c = black_box(a.wrapping_add(b));
            (a, b) = (b, c);
            n -= 1;
        }
        a
    }),
    // STORE R1, R0; LOAD R4, R0; CMP R4, R2; JL +4; IXOR R3, R3, R4; DEC R1; JNZ R1
    (
        "memory and a branch",
        &[
            0x03, 1, 0, 0x02, 4, 0, 0x2d, 4, 2, 0x36, 0, 4, 0, 0x12, 3, 3, 4, 0x0f, 1, 0x06, 1, 0xe9, 0xff,
            0x80,
        ],
        |n| {
            let (mut cell, mut bits, mut n) = (0_i32, 0_i64, n);
            while n != 0 {
                *black_box(&mut cell) = n as i32;
                let value = i64::from(*black_box(&cell));
                if value >= black_box(1) {
                    bits ^= value;
                }
                n -= 1;
            }
            bits
        },
    ),
    // CALL +7; DEC R1; JNZ R1; HALT; INC R0; RET
    ("a call", &[0x07, 0, 7, 0, 0x0f, 1, 0x06, 1, 0xf6, 0xff, 0x80, 0x0e, 0, 0x28], |n| {
        let (mut count, mut n) = (0_i64, n);
        while n != 0 {
            count = black_box(increment as fn(i64) -> i64)(count);
            n -= 1;
        }
        count
    }),
];

/// Short rounds and many of them: the best one was not interrupted.
const N: i64 = 400_000;
const ROUNDS: usize = 200;

fn increment(count: i64) -> i64 {
    count.wrapping_add(1)
}

fn best(mut measured: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| measured()).fold(f64::INFINITY, f64::min)
}

fn main() {
    // A register chain that the compiler cannot shorten: the clock against which ratios are quoted.
    let native = best(|| {
        let start = Instant::now();
        let (mut sum, mut n) = (0_i64, black_box(N));
        while n != 0 {
            sum = sum.wrapping_add(n) ^ black_box(0);
            n -= 1;
        }
        black_box(sum);
        start.elapsed().as_nanos() as f64 / N as f64
    });
    println!("native sum, opaque: {native:.2} ns an iteration");
    for (name, code, reference) in LOOPS {
        let verified = Verified::new(Program::raw(code.to_vec())).expect("it is in order");
        let interpreted = best(|| {
            let mut machine = Machine::new(&verified);
            machine.set_r(0, i64::from(name == "factorial"));
            machine.set_r(2, 1);
            machine.set_r(1, N);
            let start = Instant::now();
            assert_eq!(machine.run(u64::MAX, &mut Alone), Stop::Halted);
            black_box(machine.r(0));
            start.elapsed().as_nanos() as f64 / N as f64
        });
        let compiled = best(|| {
            let start = Instant::now();
            black_box(reference(black_box(N)));
            start.elapsed().as_nanos() as f64 / N as f64
        });
        let ratio = interpreted / compiled;
        println!("{name}: {interpreted:.2} ns an iteration; native {compiled:.2}; ratio {ratio:.1}");
    }
    let mut code: Vec<u8> = (0..38_u8).flat_map(|at| [0x08, at % 10, (at + 1) % 10, (at + 2) % 10]).collect();
    code.push(0x80);
    let verified = Verified::new(Program::raw(code)).expect("it is in order");
    let fresh = best(|| {
        let start = Instant::now();
        for _ in 0..20_000 {
            let mut machine = Machine::new(black_box(&verified));
            assert_eq!(machine.run(1_000_000, &mut Alone), Stop::Halted);
            black_box(machine.r(0));
        }
        start.elapsed().as_nanos() as f64 / 20_000.0
    });
    println!("a fresh machine and 39 instructions: {fresh:.1} ns");
}

//! Loops in FLUX bytecode, and the same loops in Rust, whose arithmetic wraps as the machine's does.

use flux_genome::{Bounds, Genome};
use flux_lang::aot::{self, Options};
use flux_lang::assembly::{self, Limits, NoIncludes};
use flux_vm::Verified;

/// A loop twice.
pub struct Loop {
    /// Its name.
    pub name: &'static str,
    /// In FLUX assembly; its input is R0, its output too.
    pub source: &'static str,
    /// In Rust.
    pub native: fn(i64) -> i64,
    /// An input for which the loop takes about a millisecond of compiled code.
    pub size: i64,
}

/// The loops that are measured.
pub const LOOPS: [Loop; 5] = [
    Loop { name: "sum", source: include_str!("../bytecode/sum.flx"), native: sum, size: 3_000_000 },
    Loop {
        name: "factorial",
        source: include_str!("../bytecode/factorial.flx"),
        native: factorial,
        size: 1_000_000,
    },
    Loop {
        name: "fibonacci",
        source: include_str!("../bytecode/fibonacci.flx"),
        native: fibonacci,
        size: 3_000_000,
    },
    Loop { name: "sieve", source: include_str!("../bytecode/sieve.flx"), native: sieve, size: 60_000 },
    Loop { name: "matrix", source: include_str!("../bytecode/matrix.flx"), native: matrix, size: 60 },
];

impl Loop {
    /// The program, verified.
    ///
    /// # Panics
    /// Where its source is not in order.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a workload that does not assemble cannot be measured")]
    pub fn verified(&self) -> Verified {
        let assembly = assembly::assemble(self.name, self.source, &NoIncludes, &Limits::DEFAULT);
        let program = assembly.program.expect("assembles");
        Verified::new(program).expect("is in order")
    }

    /// The program as a genome.
    ///
    /// # Panics
    /// Where it cannot be compiled.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a workload that does not compile cannot be measured")]
    pub fn genome(&self) -> Genome {
        let compiled = aot::compile(&self.verified(), &Options::default()).expect("compiles");
        compiled.genome(&Bounds::DEFAULT).expect("is a genome")
    }
}

/// One, which the optimiser does not know: with it no loop has a closed form.
fn one() -> i64 {
    std::hint::black_box(1)
}

fn sum(n: i64) -> i64 {
    let (mut sum, mut n, one) = (0_i64, n, one());
    while n != 0 {
        sum = sum.wrapping_add(n);
        n = n.wrapping_sub(one);
    }
    sum
}

fn factorial(n: i64) -> i64 {
    let (mut product, mut n, one) = (1_i64, n, one());
    while n != 0 {
        product = product.wrapping_mul(n);
        n = n.wrapping_sub(one);
    }
    product
}

fn fibonacci(n: i64) -> i64 {
    let (mut a, mut b, mut n, one) = (0_i64, 1_i64, n, one());
    while n != 0 {
        (a, b) = (b, a.wrapping_add(b));
        n = n.wrapping_sub(one);
    }
    a
}

#[expect(clippy::indexing_slicing, reason = "the loop is measured with the checks of Rust")]
fn sieve(n: i64) -> i64 {
    let n = usize::try_from(n).unwrap_or(0);
    let mut is_composite = vec![0_u8; 65_536];
    let mut count = 0;
    for _ in 0..10 {
        count = 0;
        let mut number = 2;
        while number < n {
            if is_composite[number] == 0 {
                count += 1;
                let mut multiple = number + number;
                while multiple < n {
                    is_composite[multiple] = 1;
                    multiple += number;
                }
            }
            number += 1;
        }
    }
    count
}

#[expect(clippy::indexing_slicing, reason = "the loop is measured with the checks of Rust")]
fn matrix(rows: i64) -> i64 {
    let rows = usize::try_from(rows).unwrap_or(0);
    let n = rows * rows;
    let mut cells = vec![0_i32; 16_384];
    for (i, value) in (0..).take(n).enumerate() {
        cells[i] = value;
        cells[n + i] = value % 7;
    }
    let mut total = 0_i64;
    for row in 0..rows {
        for column in 0..rows {
            let mut sum = 0_i64;
            for i in 0..rows {
                let (a, b) = (cells[row * rows + i], cells[n + i * rows + column]);
                sum = sum.wrapping_add(i64::from(a).wrapping_mul(i64::from(b)));
            }
            cells[2 * n + row * rows + column] = i32::try_from(sum).unwrap_or(i32::MAX);
            total = total.wrapping_add(sum);
        }
    }
    std::hint::black_box(&cells);
    total
}

#[cfg(test)]
mod tests {
    use flux_sandbox::{Ending, Input, Limits, Sandbox, Setting};
    use flux_vm::Machine;
    use flux_vm::host::Alone;
    use flux_vm::machine::Stop;

    use super::LOOPS;

    #[test]
    fn the_loops_agree() {
        let sandbox = Sandbox::new().expect("a sandbox");
        let setting =
            Setting { limits: Limits { cycles: 100_000_000, ..Limits::DEFAULT }, ..Setting::default() };
        for it in LOOPS {
            for n in [1, 2, 7, 60] {
                let expected = (it.native)(n);
                let verified = it.verified();
                let mut machine = Machine::new(&verified);
                machine.give(&[n]);
                assert_eq!(machine.run(u64::MAX, &mut Alone), Stop::Halted, "{} of {n}", it.name);
                assert_eq!(machine.r(0), expected, "{} of {n}, interpreted", it.name);
                let loaded = sandbox.load(&it.genome(), flux_genome::CapabilitySet::EMPTY).expect("loads");
                let ending = sandbox.run(&loaded, &Input::Numbers(vec![n]), &setting).ending;
                assert_eq!(ending, Ending::Numbers(vec![expected]), "{} of {n}, compiled", it.name);
            }
        }
    }
}

//! What does FLUX bytecode cost beside the same loop in Rust? Compiled ahead of time the goals are at most 1.5 times the
//! time of native code where nothing is counted, and 2.2 times where cycles are. The interpreter's goal is the time of
//! the fastest machine that gives up memory safety, 16.6 times that of the native sum (4.65 ns against 0.28); a fresh
//! machine and 39 instructions are to take less than 72 ns.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::bare::{self, Fuel};
use flux_benches::bytecode::LOOPS;
use flux_benches::ratio;
use flux_genome::CapabilitySet;
use flux_sandbox::{Input, Limits, Loading, Sandbox, Setting, Tier};
use flux_vm::host::Alone;
use flux_vm::machine::Stop;
use flux_vm::{Machine, Program, Verified};

const COMPILED: Loading = Loading { tier: Tier::Compiled, ..Loading::DEFAULT };

/// 38 additions and a halt.
fn short() -> Verified {
    let mut code: Vec<u8> = (0..38_u8).flat_map(|at| [0x08, at % 10, (at + 1) % 10, (at + 2) % 10]).collect();
    code.push(0x80);
    Verified::new(Program::raw(code)).expect("it is in order")
}

fn bytecode(criterion: &mut Criterion) {
    let sandbox = Sandbox::new().expect("a sandbox");
    let setting =
        Setting { limits: Limits { cycles: Limits::MAX_CYCLES, ..Limits::DEFAULT }, ..Setting::default() };
    let engine = bare::engine(Fuel::Off);
    for it in LOOPS {
        let verified = it.verified();
        let genome = it.genome();
        let program = bare::Program::new(&engine, Fuel::Off, genome.bytes());
        let loaded = sandbox.load_as(&genome, CapabilitySet::EMPTY, COMPILED).expect("loads");
        let input = Input::Numbers(vec![it.size]);
        let native = || {
            black_box((it.native)(black_box(it.size)));
        };
        let interpreted = || {
            let mut machine = Machine::new(black_box(&verified));
            machine.give(&[it.size]);
            assert_eq!(machine.run(u64::MAX, &mut Alone), Stop::Halted);
            black_box(machine.r(0));
        };
        ratio::measure(
            &format!("bytecode/{}, compiled without fuel against native", it.name),
            || drop(black_box(program.run(black_box(&[it.size])))),
            native,
        );
        ratio::measure(
            &format!("bytecode/{}, compiled with fuel against native", it.name),
            || drop(black_box(sandbox.run(&loaded, black_box(&input), &setting))),
            native,
        );
        ratio::measure(&format!("bytecode/{}, interpreted against native", it.name), interpreted, native);
    }
    let short = short();
    let fresh = || {
        let mut machine = Machine::new(black_box(&short));
        assert_eq!(machine.run(1_000_000, &mut Alone), Stop::Halted);
        black_box(machine.r(0));
    };
    criterion.bench_function("bytecode/a fresh machine and 39 instructions", |b| b.iter(fresh));
    let native = LOOPS[0].native;
    ratio::measure(
        "bytecode/a fresh machine and 39 instructions against 257 native additions",
        fresh,
        || {
            black_box(native(black_box(257)));
        },
    );
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = bytecode
}
criterion_main!(benches);

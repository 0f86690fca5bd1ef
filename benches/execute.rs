//! What does counting cycles cost while a genome runs? The baselines are wasmtime without fuel, and native code.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::bare::{self, Fuel};
use flux_benches::{ratio, workloads};
use flux_genome::CapabilitySet;
use flux_sandbox::{Input, Limits, Loading, Sandbox, Setting, Tier};

/// The question is about compiled code.
const COMPILED: Loading = Loading { tier: Tier::Compiled, ..Loading::DEFAULT };

fn execute(criterion: &mut Criterion) {
    let sandbox = Sandbox::new().expect("a sandbox");
    let setting =
        Setting { limits: Limits { cycles: Limits::MAX_CYCLES, ..Limits::DEFAULT }, ..Setting::default() };
    let engine = bare::engine(Fuel::Off);
    for (name, source, n) in [("walk", workloads::WALK, 1_000_000), ("calls", workloads::CALLS, 22)] {
        let genome = workloads::genome(source);
        let loaded = sandbox.load_as(&genome, CapabilitySet::EMPTY, COMPILED).expect("loads");
        let input = Input::Numbers(vec![n]);
        let program = bare::Program::new(&engine, Fuel::Off, genome.bytes());
        criterion.bench_function(&format!("execute/{name}/fuel-on"), |b| {
            b.iter(|| sandbox.run(&loaded, black_box(&input), &setting));
        });
        criterion
            .bench_function(&format!("execute/{name}/fuel-off"), |b| b.iter(|| program.run(black_box(&[n]))));
        ratio::measure(
            &format!("execute/{name}, fuel on against off"),
            || drop(black_box(sandbox.run(&loaded, black_box(&input), &setting))),
            || drop(black_box(program.run(black_box(&[n])))),
        );
        if name == "walk" {
            ratio::measure(
                "execute/walk, fuel on against native",
                || drop(black_box(sandbox.run(&loaded, black_box(&input), &setting))),
                || {
                    black_box(workloads::native_walk(black_box(n)));
                },
            );
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = execute
}
criterion_main!(benches);

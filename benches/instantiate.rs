//! What does flux add to instantiating and running a small genome? The baseline is wasmtime without flux.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::bare::{self, Fuel};
use flux_benches::{ratio, workloads};
use flux_genome::CapabilitySet;
use flux_sandbox::{Input, Loading, Sandbox, Setting, Tier};

/// The question is about compiled code.
const COMPILED: Loading = Loading { tier: Tier::Compiled, ..Loading::DEFAULT };

fn instantiate(criterion: &mut Criterion) {
    let genome = workloads::genome(workloads::TINY);
    let sandbox = Sandbox::new().expect("a sandbox");
    let loaded = sandbox.load_as(&genome, CapabilitySet::EMPTY, COMPILED).expect("loads");
    let input = Input::Numbers(vec![41]);
    let setting = Setting::default();
    let engine = bare::engine(Fuel::On);
    let program = bare::Program::new(&engine, Fuel::On, genome.bytes());

    criterion.bench_function("instantiate/tiny/flux", |b| {
        b.iter(|| sandbox.run(&loaded, black_box(&input), &setting));
    });
    criterion.bench_function("instantiate/tiny/bare", |b| b.iter(|| program.run(black_box(&[41]))));
    ratio::measure(
        "instantiate/tiny (store, limits, fuel, instance, one call)",
        || drop(black_box(sandbox.run(&loaded, black_box(&input), &setting))),
        || drop(black_box(program.run(black_box(&[41])))),
    );
}

criterion_group!(benches, instantiate);
criterion_main!(benches);

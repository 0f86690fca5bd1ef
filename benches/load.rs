//! What does loading a genome cost beside compiling its component? The baseline is wasmtime's compiler alone.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::bare::{self, Fuel};
use flux_benches::{ratio, workloads};
use flux_genome::{Bounds, CapabilitySet, Genome};
use flux_sandbox::{Loading, Sandbox, Tier};

/// The question is about compiled code.
const COMPILED: Loading = Loading { tier: Tier::Compiled, ..Loading::DEFAULT };

fn load(criterion: &mut Criterion) {
    let sandbox = Sandbox::new().expect("a sandbox");
    let engine = bare::engine(Fuel::On);
    for (name, source) in [("tiny", workloads::TINY.to_owned()), ("chain-30", workloads::chain(30))] {
        let genome = workloads::genome(&source);
        let bytes = genome.bytes().to_vec();
        let admit_and_load = || {
            let genome = Genome::admit(black_box(bytes.as_slice()), &Bounds::DEFAULT).expect("a genome");
            sandbox.load_as(&genome, CapabilitySet::EMPTY, COMPILED).expect("loads")
        };
        criterion.bench_function(&format!("load/{name}/admit"), |b| {
            b.iter(|| Genome::admit(black_box(bytes.as_slice()), &Bounds::DEFAULT).expect("a genome"));
        });
        criterion.bench_function(&format!("load/{name}/flux"), |b| b.iter(admit_and_load));
        criterion.bench_function(&format!("load/{name}/bare"), |b| {
            b.iter(|| bare::Program::new(&engine, Fuel::On, black_box(&bytes)));
        });
        ratio::measure(
            &format!("load/{name} (bounds, validation, world, compilation, linking)"),
            || drop(black_box(admit_and_load())),
            || drop(black_box(bare::Program::new(&engine, Fuel::On, black_box(&bytes)))),
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = load
}
criterion_main!(benches);

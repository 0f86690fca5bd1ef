//! What does evaluating a small program on some cases cost beside an interpreter without flux around it? A whole
//! evaluation is loading and all runs. The baseline is wasmi on the core module, its own fuel on. The goal is at least
//! 70 % of its evaluations a second, at most 1.43 times its time, where it keeps cases apart as flux does.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::interpreter::{Bare, Cases};
use flux_benches::{ratio, workloads};
use flux_genome::meter::{self, Options};
use flux_genome::{CapabilitySet, Genome};
use flux_sandbox::{Ending, Input, Loading, Sandbox, Setting, Traps};

/// Loads a genome and runs it on each input; the sum of the first numbers of its results.
fn evaluate(sandbox: &Sandbox, genome: &Genome, inputs: &[Input], setting: &Setting) -> i64 {
    let n_runs = inputs.len() as u64;
    let loading = Loading { traps: Traps::Plain, expected_runs: n_runs, ..Loading::DEFAULT };
    let loaded = sandbox.load_as(genome, CapabilitySet::EMPTY, loading).expect("loads");
    inputs.iter().fold(0, |sum, input| match sandbox.run(&loaded, input, setting).ending {
        Ending::Numbers(numbers) => sum.wrapping_add(numbers.first().copied().unwrap_or(0)),
        other => panic!("{other}"),
    })
}

fn interpret(criterion: &mut Criterion) {
    let sandbox = Sandbox::new().expect("a sandbox");
    let setting = Setting::default();
    for (name, source, cases) in [
        ("loop of 20 operators, 20 cases", workloads::SHORT_LOOP.to_owned(), vec![10; 20]),
        ("100 operators, 200 cases", workloads::long_body(12), (0..200).collect::<Vec<i64>>()),
        ("1,000 operators, 200 cases", workloads::long_body(125), (0..200).collect()),
    ] {
        let genome = workloads::genome(&source);
        let module = wat::parse_str(&source).expect("parses");
        let inputs: Vec<Input> = cases.iter().map(|case| Input::Numbers(vec![*case])).collect();
        let mut bare = Bare::new();
        let ours = || evaluate(&sandbox, black_box(&genome), &inputs, &setting);
        assert_eq!(ours(), bare.evaluate(&module, &cases, Cases::Isolated), "{name}");
        criterion.bench_function(&format!("interpret/{name}/flux"), |b| b.iter(ours));
        for (cases_are, isolation) in [("isolated", Cases::Isolated), ("shared", Cases::Shared)] {
            ratio::measure(
                &format!("interpret/{name}, bare with {cases_are} cases"),
                || {
                    black_box(ours());
                },
                || {
                    black_box(bare.evaluate(black_box(&module), &cases, isolation));
                },
            );
        }
        let body = genome.body_module().expect("a body").to_vec();
        criterion.bench_function(&format!("interpret/{name}/load"), |b| {
            let loading = Loading { traps: Traps::Plain, ..Loading::DEFAULT };
            b.iter(|| sandbox.load_as(black_box(&genome), CapabilitySet::EMPTY, loading).expect("loads"));
        });
        criterion.bench_function(&format!("interpret/{name}/meter"), |b| {
            b.iter(|| meter::meter(black_box(&body), &Options::DEFAULT).expect("is metered"));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = interpret
}
criterion_main!(benches);

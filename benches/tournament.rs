//! How many trials a second does a tournament make on one thread? The baseline runs the same genomes on the same
//! number of inputs without arena, scores or records.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::ratio;
use flux_genome::{Bounds, CapabilitySet};
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::tournament::{self, Options};
use flux_sandbox::{Input, Limits, Sandbox, Setting};

fn tournament(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../genomes/gcd");
    let sandbox = Sandbox::new().expect("a sandbox");
    let arena = Arena::load(&folder).expect("an arena");
    let rivals = Entrant::read_rivals(&arena, &Bounds::DEFAULT).expect("rivals");
    let options = Options { rounds: 10, jobs: NonZeroUsize::MIN, ..Options::default() };
    let hold = || tournament::hold(&sandbox, &arena, &rivals, &options, &|_| {}).expect("held");
    let n_trials = rivals.len() * arena.n_cases() * 10;

    let setting =
        Setting { limits: Limits { cycles: arena.budget.cycles, ..Limits::DEFAULT }, ..Setting::default() };
    let inputs: Vec<Input> = (0..arena.n_cases() as i64)
        .map(|i| Input::Numbers(vec![i * 7919 % 1_000_000, i * 104_729 % 1_000_000]))
        .collect();
    let run_all = || {
        for rival in &rivals {
            let loaded = sandbox.load(&rival.genome, CapabilitySet::EMPTY).expect("loads");
            for _ in 0..10 {
                for input in &inputs {
                    black_box(sandbox.run(&loaded, input, &setting));
                }
            }
        }
    };
    criterion.bench_function("tournament/gcd/flux", |b| b.iter(hold));
    criterion.bench_function("tournament/gcd/runs-alone", |b| b.iter(run_all));
    let found = ratio::measure(
        "tournament/gcd, ten rounds against the runs alone",
        || drop(black_box(hold())),
        || {
            black_box(&run_all)();
        },
    );
    let per_second = n_trials as f64 / found.ours.as_secs_f64();
    #[expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
    {
        println!("tournament/gcd: {n_trials} trials, {per_second:.0} a second on one thread");
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = tournament
}
criterion_main!(benches);

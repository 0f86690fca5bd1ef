//! What does a metered module cost beside wasmtime's own fuel? The baselines are the plain module in the same engine
//! counting fuel, and counting nothing. The goal is at most 1.3 times the first on the tight loop, `walk`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flux_benches::bare::{self, Fuel};
use flux_benches::{ratio, workloads};
use flux_genome::meter::{self, Floats, Options};
use wasmtime::{Engine, Instance, Module, Store, TypedFunc, Val};

/// More cycles than any measurement uses.
const BUDGET: u64 = 1 << 60;

/// One instance of a core module, called again and again.
struct Called {
    store: Store<()>,
    run: TypedFunc<i64, i64>,
}

impl Called {
    fn new(engine: &Engine, fuel: Fuel, module: &[u8]) -> Self {
        let module = Module::new(engine, module).expect("compiles");
        let mut store = Store::new(engine, ());
        if fuel == Fuel::On {
            store.set_fuel(BUDGET).expect("counts fuel");
        }
        let instance = Instance::new(&mut store, &module, &[]).expect("imports nothing");
        if let Some(cycles) = instance.get_global(&mut store, meter::CYCLES) {
            cycles.set(&mut store, Val::I64(BUDGET.cast_signed())).expect("a mutable i64");
        }
        let run = instance.get_typed_func(&mut store, "run").expect("exports `run`");
        Self { store, run }
    }

    fn run(&mut self, n: i64) -> i64 {
        self.run.call(&mut self.store, black_box(n)).expect("runs")
    }
}

fn metered_against_fuel(criterion: &mut Criterion) {
    let counting = bare::engine(Fuel::On);
    let plain = bare::engine(Fuel::Off);
    // The engine makes NaNs canonical by itself.
    let options = Options { floats: Floats::AsTheyAre, ..Options::DEFAULT };
    for (name, source, n) in [("walk", workloads::WALK, 100_000), ("calls", workloads::CALLS, 20)] {
        let module = wat::parse_str(source).expect("parses");
        let rewritten = meter::meter(&module, &options).expect("is metered");
        let mut metered = Called::new(&plain, Fuel::Off, &rewritten);
        let mut fuelled = Called::new(&counting, Fuel::On, &module);
        let mut free = Called::new(&plain, Fuel::Off, &module);
        assert_eq!(metered.run(n), fuelled.run(n), "{name}");
        criterion.bench_function(&format!("meter/{name}/metered"), |b| b.iter(|| metered.run(n)));
        criterion.bench_function(&format!("meter/{name}/fuel"), |b| b.iter(|| fuelled.run(n)));
        criterion.bench_function(&format!("meter/{name}/free"), |b| b.iter(|| free.run(n)));
        ratio::measure(
            &format!("meter/{name}, metered against fuel"),
            || {
                black_box(metered.run(n));
            },
            || {
                black_box(fuelled.run(n));
            },
        );
        ratio::measure(
            &format!("meter/{name}, metered against counting nothing"),
            || {
                black_box(metered.run(n));
            },
            || {
                black_box(free.run(n));
            },
        );
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = metered_against_fuel
}
criterion_main!(benches);

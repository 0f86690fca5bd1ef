//! wasmi without flux around it: the baseline of short evaluations.

use wasmi::{CompilationMode, Config, Engine, Instance, Module, Store, TypedFunc};

/// More fuel than any case uses.
const FUEL: u64 = 1 << 60;

/// Modules that one engine translates; it never frees them.
const MODULES_PER_ENGINE: u32 = 256;

/// How cases are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cases {
    /// A store and an instance for each.
    Isolated,
    /// All in one instance, where one could see what another left behind.
    Shared,
}

/// A bare interpreter that counts its own fuel and translates lazily.
pub struct Bare {
    engine: Engine,
    n_modules: u32,
}

impl Bare {
    /// Sets one up.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a baseline has no default")]
    pub fn new() -> Self {
        Self { engine: engine(), n_modules: 0 }
    }

    /// Evaluates a core module: validates it, and calls its function `run` with each of `cases`; the sum of the results.
    ///
    /// # Panics
    /// Where it traps, or is not of type i64 -> i64.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a workload that traps cannot be measured")]
    pub fn evaluate(&mut self, module: &[u8], cases: &[i64], isolation: Cases) -> i64 {
        self.n_modules += 1;
        if self.n_modules == MODULES_PER_ENGINE {
            *self = Self::new();
        }
        let module = Module::new(&self.engine, module).expect("translates");
        let start = || -> (Store<()>, TypedFunc<i64, i64>) {
            let mut store = Store::new(&self.engine, ());
            store.set_fuel(FUEL).expect("counts fuel");
            let instance = Instance::new(&mut store, &module, &[]).expect("imports nothing");
            let run = instance.get_typed_func(&store, "run").expect("exports `run`");
            (store, run)
        };
        let results = |(store, run): &mut (Store<()>, TypedFunc<i64, i64>), case: i64| {
            run.call(store, case).expect("runs")
        };
        let mut sum = 0i64;
        match isolation {
            Cases::Isolated => {
                for case in cases {
                    sum = sum.wrapping_add(results(&mut start(), *case));
                }
            }
            Cases::Shared => {
                let mut started = start();
                for case in cases {
                    sum = sum.wrapping_add(results(&mut started, *case));
                }
            }
        }
        sum
    }
}

fn engine() -> Engine {
    let mut config = Config::default();
    config.consume_fuel(true).compilation_mode(CompilationMode::LazyTranslation);
    Engine::new(&config)
}

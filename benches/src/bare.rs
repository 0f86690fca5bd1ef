//! wasmtime without flux around it: the baseline of the sandbox's benchmarks.

use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter, Store, StoreLimits,
    StoreLimitsBuilder,
};

/// Whether the bare engine counts fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fuel {
    /// With the engine's default costs.
    On,
    /// Not at all.
    Off,
}

/// A bare engine with the pooling allocator, as a careful embedder sets it up.
///
/// # Panics
/// Where the machine cannot run it.
#[must_use]
#[expect(clippy::expect_used, reason = "a baseline that cannot run cannot be measured")]
pub fn engine(fuel: Fuel) -> Engine {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(32)
        .total_core_instances(32)
        .total_memories(32)
        .total_tables(32)
        .max_memory_size(16 << 20)
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10);
    let mut config = Config::new();
    config
        .consume_fuel(fuel == Fuel::On)
        .cranelift_nan_canonicalization(true)
        .native_unwind_info(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).expect("the machine runs wasmtime")
}

/// A `program` component, compiled and linked to nothing.
pub struct Program {
    instance: InstancePre<StoreLimits>,
    entry: ComponentExportIndex,
    fuel: Fuel,
}

impl Program {
    /// Compiles a component.
    ///
    /// # Panics
    /// Where it is not a `program` without imports.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a workload that does not compile cannot be measured")]
    pub fn new(engine: &Engine, fuel: Fuel, component: &[u8]) -> Self {
        let component = Component::from_binary(engine, component).expect("compiles");
        let entry = component.get_export_index(None, "run").expect("exports `run`");
        let instance = Linker::new(engine).instantiate_pre(&component).expect("imports nothing");
        Self { instance, entry, fuel }
    }

    /// Instantiates and runs it under limits of fuel and memory.
    ///
    /// # Panics
    /// Where it traps.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a workload that traps cannot be measured")]
    pub fn run(&self, input: &[i64]) -> Vec<i64> {
        let limits = StoreLimitsBuilder::new().memory_size(16 << 20).table_elements(10_000).build();
        let mut store = Store::new(self.instance.engine(), limits);
        store.limiter(|limits| limits as &mut dyn ResourceLimiter);
        if self.fuel == Fuel::On {
            store.set_fuel(100_000_000_000).expect("counts fuel");
        }
        let instance = self.instance.instantiate(&mut store).expect("instantiates");
        let run =
            instance.get_typed_func::<(&[i64],), (Vec<i64>,)>(&mut store, &self.entry).expect("has the type");
        run.call(&mut store, (input,)).expect("runs").0
    }
}

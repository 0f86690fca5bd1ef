//! How wasmtime is set up: deterministic, priced by the cost table, and with room for many small instances.

use flux_genome::cost::CostTable;
use wasmtime::{
    Config, Engine, Inlining, InstanceAllocationStrategy, OperatorCost, OptLevel, PoolingAllocationConfig,
    Strategy, VariableOperatorCost,
};

use crate::limits::{CORE_INSTANCES, Limits, MEMORIES, MEMORIES_PER_MODULE};

/// Runs that may be under way at once in one process, agents counted singly. Each slot reserves address space, not
/// memory.
const SLOTS: u32 = 128;

/// Makes an engine whose guests have `stack_bytes` of native stack.
pub(crate) fn new(table: &CostTable, stack_bytes: usize) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // Compilation is sequential: wasmtime's `parallel-compilation` feature is left out. Variants are small and
        // there are many, so the cores are better used by one variant each.
        .consume_fuel(true)
        .operator_cost(operator_costs(table))
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        // The features of `flux_genome::features::FEATURES`; what is not named there is not compiled in or is off by
        // default.
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_tail_call(true)
        .wasm_multi_memory(true)
        .wasm_extended_const(true)
        .wasm_component_model(true)
        .max_wasm_stack(stack_bytes)
        // A call is a frame: the limit on calls under way rests on it.
        .compiler_inlining(Inlining::No)
        // What instantiation costs depends on this; it is fixed so that start functions cost the same everywhere.
        .memory_init_cow(true)
        .native_unwind_info(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    Engine::new(&config)
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SLOTS)
        .total_core_instances(SLOTS * 4)
        .total_memories(SLOTS)
        .total_tables(SLOTS * 2)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(MEMORIES)
        .max_memories_per_module(MEMORIES_PER_MODULE)
        .max_tables_per_module(MEMORIES_PER_MODULE)
        .max_memory_size(Limits::MAX_MEMORY_BYTES)
        .table_elements(Limits::DEFAULT.table_elements)
        .max_unused_warm_slots(SLOTS)
        // Zeroing a few pages is cheaper than returning them to the kernel after each run.
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10);
    pool
}

/// Writes the cost table in the engine's terms.
fn operator_costs(table: &CostTable) -> OperatorCost {
    let mut costs = OperatorCost::new();
    macro_rules! set_costs {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            $(costs.$op = table.operator_by_name(stringify!($op));)*
        };
    }
    wasmparser::for_each_operator!(set_costs);
    costs.variable = VariableOperatorCost {
        memory_copy_per_byte: table.memory_copy_per_byte,
        memory_fill_per_byte: table.memory_fill_per_byte,
        memory_init_per_byte: table.memory_init_per_byte,
        memory_grow_per_page: table.memory_grow_per_page,
        table_copy_per_element: table.table_copy_per_element,
        table_fill_per_element: table.table_fill_per_element,
        table_init_per_element: table.table_init_per_element,
        table_grow_per_element: table.table_grow_per_element,
        ..VariableOperatorCost::new()
    };
    costs
}

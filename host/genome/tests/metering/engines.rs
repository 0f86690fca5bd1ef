//! The engines that must agree: wasmtime with its own fuel on the module as it is, and the metered form of the
//! module under wasmtime and under wasmi.

use std::collections::BTreeMap;

use flux_genome::cost::{CYCLES_1, CostTable};
use flux_genome::meter::{self, Stop};

/// A value that goes in or comes out; floats as their bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
    /// A null reference.
    Null,
    /// Any other reference.
    Reference,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The function returned.
    Completed(Box<Completed>),
    /// It trapped by itself.
    Trapped(&'static str),
    /// It would have cost more than the budget.
    Exhausted,
    /// Calls nested too deeply.
    TooDeep,
    /// The module could not be instantiated.
    NotInstantiated,
}

/// What a completed run leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    pub results: Vec<Value>,
    pub cycles: u64,
    /// Exported globals, by name.
    pub globals: BTreeMap<String, Value>,
    /// Size and hash of exported memories, by name.
    pub memories: BTreeMap<String, (usize, u32)>,
    /// Sizes of exported tables, by name.
    pub tables: BTreeMap<String, u64>,
}

/// When the fuel of wasmtime begins to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// With the start function.
    Instantiation,
    /// With the call.
    Call,
}

/// Whether a name is one of those that metering adds.
fn is_ours(name: &str) -> bool {
    name.starts_with("flux.")
}

/// FNV-1a, which is quick to write in any language, over the kilobytes that are not all zero.
pub fn hash(bytes: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut add = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    for (i, chunk) in bytes.chunks(1024).enumerate() {
        if *chunk != [0; 1024][..chunk.len()] {
            add(i as u8);
            chunk.iter().for_each(|byte| add(*byte));
        }
    }
    hash
}

/// A host that refuses to be called past the budget.
#[derive(Debug, thiserror::Error)]
#[error("out of cycles")]
struct OutOfCycles;

impl wasmi::errors::HostError for OutOfCycles {}

/// What the host's functions return.
pub fn sense(channel: i32) -> i64 {
    i64::from(channel).wrapping_mul(31).wrapping_add(7)
}
pub const NEXT: i64 = 0x1234_5678_9abc_def0;
pub const HOST_PRICE: i64 = CYCLES_1.host_call.cast_signed();

/// wasmtime, counting by itself or running metered modules.
pub struct Wasmtime {
    engine: wasmtime::Engine,
    linker: wasmtime::Linker<()>,
    counts: Counts,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// wasmtime counts by the cost table, and makes NaNs canonical.
    Itself,
    /// The module does.
    Module,
}

impl Wasmtime {
    /// The reference: plain modules, wasmtime's fuel.
    pub fn with_fuel() -> Self {
        let mut config = Self::config();
        config
            .consume_fuel(true)
            .operator_cost(operator_costs(&CYCLES_1))
            .cranelift_nan_canonicalization(true);
        Self::new(&config, Counts::Itself)
    }

    /// For metered modules: no fuel, and NaNs as the processor makes them.
    pub fn for_metered() -> Self {
        Self::new(&Self::config(), Counts::Module)
    }

    fn config() -> wasmtime::Config {
        let mut config = wasmtime::Config::new();
        config.max_wasm_stack(2 << 20).wasm_multi_memory(true).memory_reservation(1 << 20);
        config
    }

    fn new(config: &wasmtime::Config, counts: Counts) -> Self {
        let engine = wasmtime::Engine::new(config).unwrap();
        let mut linker = wasmtime::Linker::new(&engine);
        let pay = move |caller: &mut wasmtime::Caller<'_, ()>| match counts {
            Counts::Itself => {
                // One unit more than the budget was filled in.
                let left = caller.get_fuel()?.checked_sub(HOST_PRICE.unsigned_abs()).filter(|left| *left > 0);
                caller.set_fuel(left.unwrap_or(0))?;
                left.map(|_| ()).ok_or_else(|| wasmtime::Error::new(wasmtime::Trap::OutOfFuel))
            }
            Counts::Module => {
                let global = caller.get_export(meter::CYCLES).unwrap().into_global().unwrap();
                let left = global.get(&mut *caller).unwrap_i64() - HOST_PRICE;
                global.set(&mut *caller, left.into())?;
                if left < 0 { Err(wasmtime::Error::new(wasmtime::Trap::OutOfFuel)) } else { Ok(()) }
            }
        };
        linker
            .func_wrap("host", "sense", move |mut caller: wasmtime::Caller<'_, ()>, channel: i32| {
                pay(&mut caller).map(|()| sense(channel))
            })
            .unwrap();
        linker
            .func_wrap("host", "act", move |mut caller: wasmtime::Caller<'_, ()>, _: i32, _: i64| {
                pay(&mut caller)
            })
            .unwrap();
        linker
            .func_wrap("host", "next", move |mut caller: wasmtime::Caller<'_, ()>| {
                pay(&mut caller).map(|()| NEXT)
            })
            .unwrap();
        Self { engine, linker, counts }
    }

    pub fn compile(&self, module: &[u8]) -> wasmtime::Module {
        wasmtime::Module::new(&self.engine, module).unwrap()
    }

    /// Runs `function` in a fresh instance.
    pub fn run(
        &self,
        module: &wasmtime::Module,
        function: &str,
        args: &[Value],
        budget: u64,
        from: From,
    ) -> Ending {
        let mut store = wasmtime::Store::new(&self.engine, ());
        let fuel = budget + 1;
        if self.counts == Counts::Itself {
            store.set_fuel(if from == From::Instantiation { fuel } else { u64::MAX >> 2 }).unwrap();
        }
        let instance = match self.linker.instantiate(&mut store, module) {
            Ok(instance) => instance,
            // The start function of a plain module runs under the budget; segments that do not fit end all of them.
            Err(error) if error.downcast_ref() == Some(&wasmtime::Trap::OutOfFuel) => {
                return Ending::Exhausted;
            }
            Err(_) => return Ending::NotInstantiated,
        };
        let mut stop = None;
        if self.counts == Counts::Itself {
            if from == From::Call {
                store.set_fuel(fuel).unwrap();
            }
        } else {
            let counter = instance.get_global(&mut store, meter::CYCLES).unwrap();
            counter.set(&mut store, budget.cast_signed().into()).unwrap();
            stop = instance.get_global(&mut store, meter::STOP);
            if let Some(start) = instance.get_func(&mut store, meter::START)
                && let Err(error) = start.call(&mut store, &[], &mut [])
            {
                return self.read(&mut store, stop, &error);
            }
        }
        let function = instance.get_func(&mut store, function).unwrap();
        let args: Vec<_> =
            function.ty(&store).params().zip(args).map(|(ty, arg)| to_wasmtime(&ty, arg)).collect();
        let mut results = vec![wasmtime::Val::I32(0); function.ty(&store).results().len()];
        if let Err(error) = function.call(&mut store, &args, &mut results) {
            return self.read(&mut store, stop, &error);
        }
        let cycles = match self.counts {
            Counts::Itself => Some(fuel - store.get_fuel().unwrap()).filter(|consumed| *consumed <= budget),
            Counts::Module => {
                let counter = instance.get_global(&mut store, meter::CYCLES).unwrap();
                assert_eq!(
                    instance.get_global(&mut store, meter::DEPTH).unwrap().get(&mut store).unwrap_i32(),
                    0,
                    "calls under way after the run"
                );
                meter::spent(budget, counter.get(&mut store).unwrap_i64())
            }
        };
        let Some(cycles) = cycles else { return Ending::Exhausted };
        let results = results.iter().map(from_wasmtime).collect();
        let mut completed = Completed { results, cycles, ..Completed::empty() };
        let names: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
        for name in names.into_iter().filter(|name| !is_ours(name)) {
            match instance.get_export(&mut store, &name).unwrap() {
                wasmtime::Extern::Global(global) => {
                    completed.globals.insert(name, from_wasmtime(&global.get(&mut store)));
                }
                wasmtime::Extern::Memory(memory) => {
                    let data = memory.data(&store);
                    completed.memories.insert(name, (data.len(), hash(data)));
                }
                wasmtime::Extern::Table(table) => {
                    completed.tables.insert(name, table.size(&store));
                }
                _ => {}
            }
        }
        Ending::Completed(Box::new(completed))
    }

    fn read(
        &self,
        store: &mut wasmtime::Store<()>,
        stop: Option<wasmtime::Global>,
        error: &wasmtime::Error,
    ) -> Ending {
        match stop.and_then(|stop| Stop::from_code(stop.get(store).unwrap_i32())) {
            Some(Stop::OutOfCycles) => Ending::Exhausted,
            Some(Stop::CallDepth) => Ending::TooDeep,
            None => self.ending_of(error).unwrap_or_else(|| panic!("no trap: {error:?}")),
        }
    }

    fn ending_of(&self, error: &wasmtime::Error) -> Option<Ending> {
        use wasmtime::Trap as T;
        Some(match error.downcast_ref::<T>()? {
            T::OutOfFuel => Ending::Exhausted,
            T::StackOverflow => Ending::Trapped("stack"),
            T::MemoryOutOfBounds => Ending::Trapped("memory"),
            T::TableOutOfBounds => Ending::Trapped("table"),
            T::IndirectCallToNull => Ending::Trapped("null"),
            T::BadSignature => Ending::Trapped("signature"),
            T::IntegerOverflow => Ending::Trapped("overflow"),
            T::IntegerDivisionByZero => Ending::Trapped("division"),
            T::BadConversionToInteger => Ending::Trapped("conversion"),
            T::UnreachableCodeReached => Ending::Trapped("unreachable"),
            _ => return None,
        })
    }
}

/// wasmi, running metered modules.
pub struct Wasmi {
    engine: wasmi::Engine,
    linker: wasmi::Linker<()>,
}

impl Wasmi {
    pub fn new() -> Self {
        let mut config = wasmi::Config::default();
        config.wasm_multi_memory(true).set_max_recursion_depth(1100).set_max_stack_height(STACK_BYTES);
        let engine = wasmi::Engine::new(&config);
        let mut linker = wasmi::Linker::new(&engine);
        let pay = |caller: &mut wasmi::Caller<'_, ()>| {
            let global = caller.get_export(meter::CYCLES).and_then(wasmi::Extern::into_global).unwrap();
            let left = global.get(&caller).i64().unwrap() - HOST_PRICE;
            global.set(&mut *caller, wasmi::Val::I64(left)).unwrap();
            if left < 0 { Err(wasmi::Error::host(OutOfCycles)) } else { Ok(()) }
        };
        linker
            .func_wrap("host", "sense", move |mut caller: wasmi::Caller<'_, ()>, channel: i32| {
                pay(&mut caller).map(|()| sense(channel))
            })
            .unwrap();
        linker
            .func_wrap("host", "act", move |mut caller: wasmi::Caller<'_, ()>, _: i32, _: i64| {
                pay(&mut caller)
            })
            .unwrap();
        linker
            .func_wrap("host", "next", move |mut caller: wasmi::Caller<'_, ()>| {
                pay(&mut caller).map(|()| NEXT)
            })
            .unwrap();
        Self { engine, linker }
    }

    pub fn compile(&self, module: &[u8]) -> wasmi::Module {
        wasmi::Module::new(&self.engine, module).unwrap()
    }

    /// Runs `function` in a fresh instance.
    pub fn run(&self, module: &wasmi::Module, function: &str, args: &[Value], budget: u64) -> Ending {
        let mut store = wasmi::Store::new(&self.engine, ());
        let Ok(instance) = self.linker.instantiate_and_start(&mut store, module) else {
            return Ending::NotInstantiated;
        };
        let counter = instance.get_global(&store, meter::CYCLES).unwrap();
        counter.set(&mut store, wasmi::Val::I64(budget.cast_signed())).unwrap();
        let stop = instance.get_global(&store, meter::STOP).unwrap();
        let read = |store: &wasmi::Store<()>, error: &wasmi::Error| match Stop::from_code(
            stop.get(store).i32().unwrap(),
        ) {
            Some(Stop::OutOfCycles) => Ending::Exhausted,
            Some(Stop::CallDepth) => Ending::TooDeep,
            None => Self::ending_of(error).unwrap_or_else(|| panic!("no trap: {error:?}")),
        };
        if let Some(start) = instance.get_func(&store, meter::START)
            && let Err(error) = start.call(&mut store, &[], &mut [])
        {
            return read(&store, &error);
        }
        let function = instance.get_func(&store, function).unwrap();
        let ty = function.ty(&store);
        let args: Vec<_> = ty.params().iter().zip(args).map(|(ty, arg)| to_wasmi(*ty, arg)).collect();
        let mut results: Vec<_> = ty.results().iter().map(|ty| wasmi::Val::default_for_ty(*ty)).collect();
        if let Err(error) = function.call(&mut store, &args, &mut results) {
            return read(&store, &error);
        }
        let Some(cycles) = meter::spent(budget, counter.get(&store).i64().unwrap()) else {
            return Ending::Exhausted;
        };
        let results = results.iter().map(from_wasmi).collect();
        let mut completed = Completed { results, cycles, ..Completed::empty() };
        let names: Vec<_> = module.exports().map(|export| export.name().to_owned()).collect();
        for name in names.into_iter().filter(|name| !is_ours(name)) {
            match instance.get_export(&store, &name).unwrap() {
                wasmi::Extern::Global(global) => {
                    completed.globals.insert(name, from_wasmi(&global.get(&store)));
                }
                wasmi::Extern::Memory(memory) => {
                    let data = memory.data(&store);
                    completed.memories.insert(name, (data.len(), hash(data)));
                }
                wasmi::Extern::Table(table) => {
                    completed.tables.insert(name, table.size(&store));
                }
                wasmi::Extern::Func(_) => {}
            }
        }
        Ending::Completed(Box::new(completed))
    }

    fn ending_of(error: &wasmi::Error) -> Option<Ending> {
        use wasmi::TrapCode as T;
        if error.downcast_ref::<OutOfCycles>().is_some() {
            return Some(Ending::Exhausted);
        }
        Some(match error.as_trap_code()? {
            T::StackOverflow => Ending::Trapped("stack"),
            T::MemoryOutOfBounds => Ending::Trapped("memory"),
            T::TableOutOfBounds => Ending::Trapped("table"),
            T::IndirectCallToNull => Ending::Trapped("null"),
            T::BadSignature => Ending::Trapped("signature"),
            T::IntegerOverflow => Ending::Trapped("overflow"),
            T::IntegerDivisionByZero => Ending::Trapped("division"),
            T::BadConversionToInteger => Ending::Trapped("conversion"),
            T::UnreachableCodeReached => Ending::Trapped("unreachable"),
            _ => return None,
        })
    }
}

impl Completed {
    fn empty() -> Self {
        Self {
            results: Vec::new(),
            cycles: 0,
            globals: BTreeMap::new(),
            memories: BTreeMap::new(),
            tables: BTreeMap::new(),
        }
    }
}

/// Stack for the threads that run the tests: deep recursion must meet the metered limit, not the engine's.
pub const STACK_BYTES: usize = 64 << 20;

/// The cost table in wasmtime's terms.
fn operator_costs(table: &CostTable) -> wasmtime::OperatorCost {
    let mut costs = wasmtime::OperatorCost::new();
    macro_rules! set_costs {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            $(costs.$op = table.operator_by_name(stringify!($op));)*
        };
    }
    wasmparser::for_each_operator!(set_costs);
    costs.variable = wasmtime::VariableOperatorCost {
        memory_copy_per_byte: table.memory_copy_per_byte,
        memory_fill_per_byte: table.memory_fill_per_byte,
        memory_init_per_byte: table.memory_init_per_byte,
        memory_grow_per_page: table.memory_grow_per_page,
        table_copy_per_element: table.table_copy_per_element,
        table_fill_per_element: table.table_fill_per_element,
        table_init_per_element: table.table_init_per_element,
        table_grow_per_element: table.table_grow_per_element,
        ..wasmtime::VariableOperatorCost::new()
    };
    costs
}

fn to_wasmtime(ty: &wasmtime::ValType, value: &Value) -> wasmtime::Val {
    match value {
        Value::I32(value) => wasmtime::Val::I32(*value),
        Value::I64(value) => wasmtime::Val::I64(*value),
        Value::F32(bits) => wasmtime::Val::F32(*bits),
        Value::F64(bits) => wasmtime::Val::F64(*bits),
        Value::V128(bits) => wasmtime::Val::V128((*bits).into()),
        Value::Null | Value::Reference => wasmtime::Val::null_ref(ty.unwrap_ref().heap_type()),
    }
}

fn from_wasmtime(value: &wasmtime::Val) -> Value {
    match value {
        wasmtime::Val::I32(value) => Value::I32(*value),
        wasmtime::Val::I64(value) => Value::I64(*value),
        wasmtime::Val::F32(bits) => Value::F32(*bits),
        wasmtime::Val::F64(bits) => Value::F64(*bits),
        wasmtime::Val::V128(bits) => Value::V128(bits.as_u128()),
        other if other.ref_().is_some_and(|reference| reference.is_null()) => Value::Null,
        _ => Value::Reference,
    }
}

fn to_wasmi(ty: wasmi::ValType, value: &Value) -> wasmi::Val {
    match value {
        Value::I32(value) => wasmi::Val::I32(*value),
        Value::I64(value) => wasmi::Val::I64(*value),
        Value::F32(bits) => wasmi::Val::F32(wasmi::F32::from_bits(*bits)),
        Value::F64(bits) => wasmi::Val::F64(wasmi::F64::from_bits(*bits)),
        Value::V128(bits) => wasmi::Val::V128((*bits).into()),
        Value::Null | Value::Reference => wasmi::Val::default_for_ty(ty),
    }
}

fn from_wasmi(value: &wasmi::Val) -> Value {
    match value {
        wasmi::Val::I32(value) => Value::I32(*value),
        wasmi::Val::I64(value) => Value::I64(*value),
        wasmi::Val::F32(value) => Value::F32(value.to_bits()),
        wasmi::Val::F64(value) => Value::F64(value.to_bits()),
        wasmi::Val::V128(value) => Value::V128(value.as_u128()),
        wasmi::Val::FuncRef(reference) => {
            if reference.is_null() {
                Value::Null
            } else {
                Value::Reference
            }
        }
        wasmi::Val::ExternRef(reference) => {
            if reference.is_null() {
                Value::Null
            } else {
                Value::Reference
            }
        }
    }
}

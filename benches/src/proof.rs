//! Whether two genomes of the plain kind say the same of every input: by asking both, in compiled code.
//!
//! A driver module calls the exported `run` of both, as the host would, input by input, and compares what they return.
//! Their instances live on from input to input, where a genome gets a fresh instance for each run; that is the same
//! only for code that cannot see what earlier runs left behind, so [`is_memoryless`] is asked first.

use std::error::Error;

use flux_genome::Genome;
use flux_genome::rng::Rng;
use flux_genome::view::{FunctionView, ModuleView, NONE};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, MemArg, MemorySection, MemoryType, Module, TypeSection, ValType,
};
use wasmparser::Operator;
use wasmtime::{Config, Engine, Extern, Global, Instance, Memory, Store, TypedFunc, Val};

mod inner;

/// Inputs that the driver compares in one call.
const BATCH: usize = 1 << 14;

/// Inputs on which both may trap before a proof is given up: each costs a way out of compiled code and back.
const MOST_TRAPS: u64 = 100_000;

/// Inputs of a quick test.
const QUICK: u64 = 100_000;

/// Random inputs where there are too many to try all.
const RANDOM: u64 = 100_000_000;

/// What was found about two genomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They say the same of every 32-bit number, signed or unsigned.
    Proved,
    /// They say the same of so many inputs, edges and random ones.
    Tested(u64),
    /// They differ on this input.
    Differs(Vec<i64>),
    /// Nothing can be said.
    Unknown(&'static str),
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proved => f.write_str("proved (2^32)"),
            Self::Tested(n_inputs) => write!(f, "tested on {:.1e}", *n_inputs as f64),
            Self::Differs(input) => write!(f, "differs on {input:?}"),
            Self::Unknown(reason) => write!(f, "not proved: {reason}"),
        }
    }
}

/// Compares two genomes that take `n_params` numbers, of which the low 32 bits count, and return one.
///
/// One parameter: every 32-bit number, as it is without a sign and as it is with one. More: all combinations of small
/// numbers and of edges, and `RANDOM` inputs drawn from a fixed seed.
///
/// # Errors
/// The engine's, where a module does not compile.
pub fn compare(
    left: &Genome,
    right: &Genome,
    n_params: usize,
    n_threads: u64,
) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
    let (left, right) = (core(left)?, core(right)?);
    if !is_memoryless(&left, n_params) || !is_memoryless(&right, n_params) {
        return Ok(Verdict::Unknown("a genome may see what an earlier run left"));
    }
    let engine = Engine::new(&Config::new())?;
    let driver = wasmtime::Module::new(&engine, driver(n_params))?;
    let modules = [wasmtime::Module::new(&engine, &left)?, wasmtime::Module::new(&engine, &right)?];
    let pair = || Pair::new(&engine, &modules[0], &modules[1], &driver, n_params);
    if n_params > 1 {
        return sample(pair, n_params, n_threads);
    }
    // Where what stands around the 32-bit functions is the same, it is enough that these are.
    match (inner::opened(&left), inner::opened(&right)) {
        (Some(left), Some(right)) if left.around == right.around => {
            let modules = [
                wasmtime::Module::new(&engine, left.module)?,
                wasmtime::Module::new(&engine, right.module)?,
                wasmtime::Module::new(&engine, inner::driver())?,
            ];
            spread_range(0, i64::from(u32::MAX), n_threads, |from, to| {
                inner::all(&engine, &modules, from, to)
            })
        }
        _ => exhaust(pair, n_threads),
    }
}

/// Whether the code around the function at the heart of both is the same: `run`, what it calls, and what that calls.
///
/// # Errors
/// Where a genome's code lies within a nested component.
pub fn is_same_around(left: &Genome, right: &Genome) -> Result<bool, Box<dyn Error + Send + Sync>> {
    let around = |module: &[u8]| Some(inner::heart(&ModuleView::parse(module).ok()?)?.1);
    let left = around(&core(left)?);
    Ok(left.is_some() && left == around(&core(right)?))
}

/// A founder that many genomes are held against, on fewer inputs than [`compare`] takes.
pub struct Test {
    engine: Engine,
    founder: wasmtime::Module,
    driver: wasmtime::Module,
    n_params: usize,
}

impl Test {
    /// Tests against `founder`.
    ///
    /// # Errors
    /// The engine's.
    pub fn new(founder: &Genome, n_params: usize) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let engine = Engine::new(&Config::new())?;
        let founder = wasmtime::Module::new(&engine, core(founder)?)?;
        let driver = wasmtime::Module::new(&engine, driver(n_params))?;
        Ok(Self { engine, founder, driver, n_params })
    }

    /// Holds `genome` against the founder on `QUICK` inputs, edges and random ones mixed.
    ///
    /// # Errors
    /// The engine's.
    pub fn quick(&mut self, genome: &Genome) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
        let n_params = self.n_params;
        let genome = wasmtime::Module::new(&self.engine, core(genome)?)?;
        let mut pair = Pair::new(&self.engine, &self.founder, &genome, &self.driver, n_params)?;
        let values = values();
        let mut rng = Rng::new(0, "quick");
        let mut n_left = QUICK;
        Ok(pair.all(|batch| {
            while batch.len() < BATCH * n_params && n_left > 0 {
                mix(batch, n_params, &values, &mut rng);
                n_left -= 1;
            }
        })?)
    }
}

/// Appends an input, each number of which is an edge, another number of the input, or random.
fn mix(batch: &mut Vec<i64>, n_params: usize, values: &[i64], rng: &mut Rng) {
    let first = batch.len();
    for k in 0..n_params {
        let value = match rng.below(4) {
            0 if k > 0 => batch.get(first + rng.index(k)).copied(),
            0 | 1 => rng.pick(values).copied(),
            _ => Some(i64::from(rng.bits() as u32)),
        };
        batch.push(value.unwrap_or_default());
    }
}

/// Tries every number from -2^31 to 2^32 - 1.
fn exhaust(
    pair: impl Fn() -> wasmtime::Result<Pair> + Sync,
    n_threads: u64,
) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
    spread_range(i64::from(i32::MIN), i64::from(u32::MAX), n_threads, |from, to| {
        let mut next = from;
        pair()?.all(|batch| {
            while batch.len() < BATCH && next <= to {
                batch.push(next);
                next += 1;
            }
        })
    })
}

/// Has `work` prove its share of a range, on so many threads.
fn spread_range(
    first: i64,
    last: i64,
    n_threads: u64,
    work: impl Fn(i64, i64) -> wasmtime::Result<Verdict> + Sync,
) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
    let share = (last - first) / n_threads.max(1).cast_signed() + 1;
    let found = spread(n_threads, |thread| {
        let from = first + share * thread.cast_signed();
        work(from, (from + share - 1).min(last))
    })?;
    Ok(found.into_iter().find(|verdict| !matches!(verdict, Verdict::Tested(_))).unwrap_or(Verdict::Proved))
}

/// Tries combinations of small numbers and edges, and random ones.
fn sample(
    pair: impl Fn() -> wasmtime::Result<Pair> + Sync,
    n_params: usize,
    n_threads: u64,
) -> Result<Verdict, Box<dyn Error + Send + Sync>> {
    let values = values();
    let n_edges = if n_params == 2 { (values.len() as u64).pow(2) } else { 0 };
    let found = spread(n_threads, |thread| {
        let mut rng = Rng::new(thread, "proof");
        let mut edge = thread;
        let mut n_random = RANDOM / n_threads;
        pair()?.all(|batch| {
            while batch.len() < BATCH * n_params && edge < n_edges {
                let n_values = values.len() as u64;
                batch.extend([values[(edge % n_values) as usize], values[(edge / n_values) as usize]]);
                edge += n_threads;
            }
            while batch.len() < BATCH * n_params && n_random > 0 {
                if n_params > 2 || rng.one_in(2) {
                    mix(batch, n_params, &values, &mut rng);
                } else {
                    batch.extend((0..n_params).map(|_| i64::from(rng.bits() as u32)));
                }
                n_random -= 1;
            }
        })
    })?;
    let mut n_tested = 0;
    for verdict in found {
        match verdict {
            Verdict::Tested(n) => n_tested += n,
            other => return Ok(other),
        }
    }
    Ok(Verdict::Tested(n_tested))
}

/// Does `work` on so many threads, and gives back what each found.
fn spread(
    n_threads: u64,
    work: impl Fn(u64) -> wasmtime::Result<Verdict> + Sync,
) -> Result<Vec<Verdict>, Box<dyn Error + Send + Sync>> {
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..n_threads.max(1)).map(|thread| scope.spawn(move || work(thread))).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a thread of the proof died"));
        joined.map(|verdict| Ok(verdict??)).collect()
    })
}

/// Small numbers, and numbers around powers of two and around sums and differences of two of them.
fn values() -> Vec<i64> {
    let mut values: Vec<i64> = (0..256).collect();
    for high in 0..=32_u32 {
        for low in 0..=high {
            for around in -1..=1 {
                let (high, low) = (1_i64 << high, 1_i64 << low);
                values.extend([high + low + around, high - low + around]);
            }
        }
    }
    finish(values)
}

fn finish(values: Vec<i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.into_iter().map(|value| i64::from(value as u32)).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Two instances and the driver between them.
struct Pair {
    store: Store<()>,
    sides: [Side; 2],
    inputs: Memory,
    at: Global,
    compare: TypedFunc<(i32, i32, i32, i32), i32>,
    n_params: usize,
}

struct Side {
    memory: Memory,
    run: TypedFunc<(i32, i32), i32>,
    /// Where it has its input.
    place: i32,
}

impl Pair {
    fn new(
        engine: &Engine,
        left: &wasmtime::Module,
        right: &wasmtime::Module,
        driver: &wasmtime::Module,
        n_params: usize,
    ) -> wasmtime::Result<Self> {
        let mut store = Store::new(engine, ());
        let mut side = |module: &wasmtime::Module| -> wasmtime::Result<(Side, [Extern; 2])> {
            let instance = Instance::new(&mut store, module, &[])?;
            let memory = memory_of(&mut store, &instance, "memory")?;
            let run = instance.get_typed_func::<(i32, i32), i32>(&mut store, "run")?;
            let allocate =
                instance.get_typed_func::<(i32, i32, i32, i32), i32>(&mut store, "cabi_realloc")?;
            let place = allocate.call(&mut store, (0, 0, 8, 8 * n_params as i32))?;
            let externs = [Extern::Memory(memory), Extern::Func(*run.func())];
            Ok((Side { memory, run, place }, externs))
        };
        let (left, [left_memory, left_run]) = side(left)?;
        let (right, [right_memory, right_run]) = side(right)?;
        let instance = Instance::new(&mut store, driver, &[left_memory, right_memory, left_run, right_run])?;
        let inputs = memory_of(&mut store, &instance, "inputs")?;
        let at = instance
            .get_global(&mut store, "at")
            .ok_or_else(|| wasmtime::Error::msg("the driver exports where it is"))?;
        let compare = instance.get_typed_func(&mut store, "compare")?;
        Ok(Self { store, sides: [left, right], inputs, at, compare, n_params })
    }

    /// Compares both on everything that `fill` gives, until it gives nothing.
    fn all(&mut self, mut fill: impl FnMut(&mut Vec<i64>)) -> wasmtime::Result<Verdict> {
        let mut batch = Vec::with_capacity(BATCH * self.n_params);
        let (mut n_tested, mut n_traps) = (0, 0);
        loop {
            batch.clear();
            fill(&mut batch);
            if batch.is_empty() {
                return Ok(Verdict::Tested(n_tested));
            }
            let places = self.inputs.data_mut(&mut self.store).chunks_exact_mut(8);
            for (place, value) in places.zip(&batch) {
                place.copy_from_slice(&value.to_le_bytes());
            }
            let n_inputs = batch.len() / self.n_params;
            let mut from = 0;
            while from < n_inputs {
                let places = (self.sides[0].place, self.sides[1].place);
                let ended =
                    self.compare.call(&mut self.store, (from as i32, n_inputs as i32, places.0, places.1));
                let at = match ended {
                    Ok(at) => at as usize,
                    Err(error) => {
                        if error.downcast_ref::<wasmtime::Trap>().is_none() {
                            return Err(error);
                        }
                        let Val::I32(at) = self.at.get(&mut self.store) else {
                            return Err(wasmtime::Error::msg("the driver's position is a number"));
                        };
                        n_traps += 1;
                        at as usize
                    }
                };
                if at >= n_inputs {
                    break;
                }
                // Either they differ here, or one of them traps: ask each alone.
                let input: Vec<i64> =
                    batch.iter().copied().skip(at * self.n_params).take(self.n_params).collect();
                if self.ask(0, &input)? != self.ask(1, &input)? {
                    return Ok(Verdict::Differs(input));
                }
                if n_traps > MOST_TRAPS {
                    return Ok(Verdict::Unknown("both trap on too many inputs"));
                }
                from = at + 1;
            }
            n_tested += n_inputs as u64;
        }
    }

    /// What one of them says of an input; none where it traps.
    fn ask(&mut self, side: usize, input: &[i64]) -> wasmtime::Result<Option<Vec<i64>>> {
        let Side { memory, run, place } = &self.sides[side];
        for (k, value) in input.iter().enumerate() {
            memory.write(&mut self.store, *place as u32 as usize + 8 * k, &value.to_le_bytes())?;
        }
        match run.call(&mut self.store, (*place, input.len() as i32)) {
            Ok(list) => {
                let mut word = [0; 8];
                memory.read(&self.store, list as u32 as usize, &mut word)?;
                let [a, b, c, d, e, f, g, h] = word;
                let address = u32::from_le_bytes([a, b, c, d]) as usize;
                let mut answer = Vec::new();
                for k in 0..u32::from_le_bytes([e, f, g, h]) as usize {
                    memory.read(&self.store, address + 8 * k, &mut word)?;
                    answer.push(i64::from_le_bytes(word));
                }
                Ok(Some(answer))
            }
            Err(error) if error.downcast_ref::<wasmtime::Trap>().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn memory_of(store: &mut Store<()>, instance: &Instance, name: &str) -> wasmtime::Result<Memory> {
    instance.get_memory(store, name).ok_or_else(|| wasmtime::Error::msg("a module exports its memory"))
}

/// The core module that carries the genome's code.
fn core(genome: &Genome) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let anatomy = genome.anatomy();
    let body = anatomy.body().ok_or("the genome's code lies within a nested component")?;
    Ok(genome.bytes().get(body.range.clone()).ok_or("a genome holds its own code")?.to_vec())
}

/// Whether a run of `module` cannot see what earlier ones left behind: no global is set, no memory grows, and each load
/// is of the input, or of what a store before it in the same function has written for certain.
#[must_use]
pub fn is_memoryless(module: &[u8], n_params: usize) -> bool {
    let Ok(view) = ModuleView::parse(module) else { return false };
    let entry = view.exports.iter().find(|export| export.name == "run").map(|export| export.index);
    let allocator = view.exports.iter().find(|export| export.name == "cabi_realloc").map(|e| e.index);
    view.imported_functions == 0
        && view.start.is_none()
        && view.defined().filter(|function| Some(*function) != allocator).all(|function| {
            let input_bytes = if Some(function) == entry { 8 * n_params as u64 } else { 0 };
            view.function(function).is_ok_and(|body| remembers_nothing(&body, input_bytes, allocator))
        })
}

fn remembers_nothing(view: &FunctionView<'_>, input_bytes: u64, allocator: Option<u32>) -> bool {
    // Address and count of bytes of each store that every way through the function up to here has passed.
    let mut stored: Vec<(u32, u64, u64)> = Vec::new();
    let writes = |local: u32| {
        view.instrs
            .iter()
            .enumerate()
            .filter(move |(_, instr)| match instr.op {
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    local_index == local
                }
                _ => false,
            })
            .map(|(at, _)| at)
    };
    let base_of = |at: usize, depth: usize| {
        let address = view.operand(at, depth)?;
        let Operator::LocalGet { local_index } = *view.op(address)? else { return None };
        // One value all along: written once at most, before it is used.
        let mut writes = writes(local_index);
        let settled = writes.next().is_none_or(|first| first < address) && writes.next().is_none();
        settled.then_some(local_index)
    };
    for (at, instr) in view.instrs.iter().enumerate().filter(|(_, instr)| instr.reachable) {
        use Operator as O;
        match &instr.op {
            O::GlobalSet { .. }
            | O::CallIndirect { .. }
            | O::ReturnCallIndirect { .. }
            | O::MemoryGrow { .. }
            | O::MemorySize { .. }
            | O::MemoryFill { .. }
            | O::MemoryCopy { .. }
            | O::MemoryInit { .. }
            | O::DataDrop { .. } => return false,
            O::Call { function_index } if Some(*function_index) == allocator => return false,
            O::I32Store { memarg } | O::I64Store { memarg } => {
                let bytes = if matches!(instr.op, O::I32Store { .. }) { 4 } else { 8 };
                if instr.parent == NONE
                    && let Some(base) = base_of(at, 1)
                {
                    stored.push((base, memarg.offset, bytes));
                }
            }
            O::I32Load { memarg } | O::I64Load { memarg } => {
                let bytes = if matches!(instr.op, O::I32Load { .. }) { 4 } else { 8 };
                let Some(base) = base_of(at, 0) else { return false };
                let is_input =
                    base == 0 && writes(0).next().is_none() && memarg.offset + bytes <= input_bytes;
                if !is_input && !stored.contains(&(base, memarg.offset, bytes)) {
                    return false;
                }
            }
            // Every other access of memory, and what is not known here: better no proof than a wrong one.
            op => {
                let opcode = view.bytes.get(instr.start as usize).copied().unwrap_or_default();
                let is_store = matches!(opcode, 0x3a..=0x3e);
                let is_known = is_store || !matches!(opcode, 0x25 | 0x26 | 0x2a..=0x3e | 0xc5..);
                if !is_known && !matches!(op, O::I32Extend8S | O::I32Extend16S) {
                    return false;
                }
            }
        }
    }
    true
}

/// A module that compares two others: `compare(from, to, left, right)` returns the first input from `from` on, before
/// `to`, on which they differ, else `to`; `at` is the input that is being compared.
fn driver(n_params: usize) -> Vec<u8> {
    let (left, right, inputs) = (0, 1, 2);
    let any = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    types.ty().function([ValType::I32; 4], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports
        .import("left", "memory", EntityType::Memory(any))
        .import("right", "memory", EntityType::Memory(any))
        .import("left", "run", EntityType::Function(0))
        .import("right", "run", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut memories = MemorySection::new();
    let pages = (BATCH * n_params * 8).div_ceil(65_536) as u64;
    memories.memory(MemoryType { minimum: pages, ..any });
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType { val_type: ValType::I32, mutable: true, shared: false },
        &wasm_encoder::ConstExpr::i32_const(0),
    );
    let mut exports = ExportSection::new();
    exports.export("inputs", ExportKind::Memory, inputs).export("at", ExportKind::Global, 0).export(
        "compare",
        ExportKind::Func,
        2,
    );

    let (from, to, places, here, answers) = (0, 1, [2, 3], 4, [5, 6]);
    let word = |offset: u64, memory_index: u32| MemArg { offset, align: 2, memory_index };
    let number = |offset: u64, memory_index: u32| MemArg { offset, align: 3, memory_index };
    let mut function = Function::new([(3, ValType::I32)]);
    let mut code = function.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty);
    code.local_get(from).local_get(to).i32_ge_u().br_if(1);
    code.local_get(from).global_set(0);
    code.local_get(from).i32_const((n_params * 8) as i32).i32_mul().local_set(here);
    for (place, memory) in places.into_iter().zip([left, right]) {
        for k in 0..n_params as u64 {
            code.local_get(place)
                .local_get(here)
                .i64_load(number(8 * k, inputs))
                .i64_store(number(8 * k, memory));
        }
    }
    for (side, (place, answer)) in places.into_iter().zip(answers).enumerate() {
        code.local_get(place).i32_const(n_params as i32).call(side as u32).local_set(answer);
    }
    // One number each, and the same one.
    for (answer, memory) in answers.into_iter().zip([left, right]) {
        code.local_get(answer).i32_load(word(4, memory)).i32_const(1).i32_ne().br_if(1);
    }
    for (answer, memory) in answers.into_iter().zip([left, right]) {
        code.local_get(answer).i32_load(word(0, memory)).i64_load(number(0, memory));
    }
    code.i64_ne().br_if(1);
    code.local_get(from).i32_const(1).i32_add().local_set(from).br(0);
    code.end().end().local_get(from).end();
    let mut bodies = CodeSection::new();
    bodies.function(&function);

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&bodies);
    module.finish()
}

#[cfg(test)]
mod tests {
    use flux_genome::{Bounds, text};

    use super::*;

    fn genome(function: &str) -> Genome {
        let module = format!(
            r#"(module (memory (export "memory") 1) (global $sp (mut i32) (i32.const 2048))
                (global (export "__heap_base") i32 (i32.const 2048))
                (func $f (param i32 i32) (result i32) (local i32) {function})
                (func (export "run") (param i64 i64) (result i64)
                    (i64.extend_i32_u (call $f (i32.wrap_i64 (local.get 0)) (i32.wrap_i64 (local.get 1))))))"#
        );
        text::from_binary(wat::parse_str(module).unwrap(), &Bounds::DEFAULT).unwrap()
    }

    fn verdict(left: &str, right: &str) -> Verdict {
        let (left, right) = (core(&genome(left)).unwrap(), core(&genome(right)).unwrap());
        if !is_memoryless(&left, 2) || !is_memoryless(&right, 2) {
            return Verdict::Unknown("");
        }
        let engine = Engine::default();
        let module = |bytes: &[u8]| wasmtime::Module::new(&engine, bytes).unwrap();
        let mut pair = Pair::new(&engine, &module(&left), &module(&right), &module(&driver(2)), 2).unwrap();
        let mut next = 0;
        pair.all(|batch| {
            while batch.len() < 2 * BATCH && next < 65_536 {
                batch.extend([next % 256, next / 256]);
                next += 1;
            }
        })
        .unwrap()
    }

    #[test]
    fn what_is_the_same_is_told_from_what_differs_once() {
        let sum = "local.get 0 local.get 1 i32.add";
        let carries =
            "local.get 0 local.get 1 i32.xor local.get 0 local.get 1 i32.and i32.const 1 i32.shl i32.add";
        assert_eq!(verdict(sum, carries), Verdict::Tested(65_536));
        let once = "local.get 0 local.get 1 i32.add local.get 0 i32.const 255 i32.eq local.get 1 i32.const 255 i32.eq i32.and i32.add";
        assert_eq!(verdict(sum, once), Verdict::Differs(vec![255, 255]));
    }

    #[test]
    fn traps_count_as_answers() {
        let divide = "local.get 0 local.get 1 i32.div_u";
        assert_eq!(verdict(divide, divide), Verdict::Tested(65_536));
        let guarded =
            "local.get 1 i32.eqz if (result i32) i32.const 0 else local.get 0 local.get 1 i32.div_u end";
        assert_eq!(verdict(divide, guarded), Verdict::Differs(vec![0, 0]));
    }

    #[test]
    fn what_may_remember_is_not_judged() {
        let framed = "global.get $sp i32.const 16 i32.sub local.set 2
            local.get 2 local.get 0 i32.store offset=12 local.get 2 i32.load offset=12 local.get 1 i32.add";
        assert_eq!(verdict(framed, "local.get 0 local.get 1 i32.add"), Verdict::Tested(65_536));
        let reads_first = "i32.const 64 i32.load i32.const 64 local.get 0 i32.store";
        let counts = "global.get $sp i32.const 1 i32.add global.set $sp global.get $sp";
        let wrong_place = "local.get 0 local.get 1 i32.store local.get 0 i32.load offset=4";
        for forgetful in [reads_first, counts, wrong_place] {
            assert_eq!(verdict(forgetful, forgetful), Verdict::Unknown(""), "{forgetful}");
        }
    }
}

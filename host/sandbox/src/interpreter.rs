//! The interpreter tier: the metered body of a genome under wasmi, for genomes that run shortly.
//!
//! Compiling a small module takes a millisecond, interpreting it starts within microseconds. A genome of world
//! `program` whose component is one core module behind plain glue, and which imports `senses` and `random` at most, is
//! run on that module alone. What the component adds, the canonical ABI of `run`, is done here by hand.
//!
//! What is shorter still, some hundred cycles of whole-number arithmetic, is run without metering and wasmi at first: see
//! [`direct`].
//!
//! Results, cycles, endings, acts and the memory peak are those of the compiled tier; `host/genome/CYCLES.md` says what
//! a run costs and how it ends, and the metered form is the reference for it. What the component model says about the
//! border:
//! * the input is written where `realloc(0, 0, 8, bytes)` says, which has to be 8-aligned and within the memory;
//! * the result's address is 4-aligned, the list's 8-aligned, both within the memory, and a list has 128 MiB at most;
//! * imports may not be called while the host allocates or cleans up.

mod border;
mod direct;
mod glue;
mod host;
mod instance;
mod mold;
mod scalar;
mod state;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use flux_genome::Genome;
use flux_genome::meter;
use wasmi::{CompilationMode, Config, Engine, Module};

use crate::ending::{Ending, Trap, TrapKind};
use crate::setting::{Act, Setting};

use self::direct::{Direct, Halt};
use self::instance::Instance;
use self::mold::Mold;
use self::scalar::Entering;
use self::state::{Changes, Inventory};

/// Modules that one engine translates before a new one takes its place: an engine never frees code.
const MODULES_PER_ENGINE: u32 = 256;

/// The interpreter's stack, in bytes: room for [`meter::Options::call_depth`] calls with a thousand locals each. It is
/// taken from the heap as it is needed.
const STACK_BYTES: usize = 64 << 20;

/// Molds that are kept: as many kinds of founders as are bred at once.
const MOLDS: usize = 8;

/// Makes programs. One for a sandbox; threads wait for each other only to take an engine or a mold.
pub(crate) struct Interpreter {
    engines: Arc<Engines>,
    /// What was seen last comes first.
    molds: Mutex<Vec<Arc<Mold>>>,
}

/// Engines that nobody is translating with, and how many modules each has seen.
#[derive(Default)]
struct Engines {
    idle: Mutex<Vec<(Engine, u32)>>,
}

impl Engines {
    /// Translates a metered module; nothing where the engine does not take it.
    fn translate(&self, metered: &[u8]) -> Option<Module> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = idle().pop();
        let (engine, seen) = reused.unwrap_or_else(|| (engine(), 0));
        let module = Module::new(&engine, metered);
        if seen + 1 < MODULES_PER_ENGINE {
            idle().push((engine, seen + 1));
        }
        module.ok()
    }
}

impl Interpreter {
    pub(crate) fn new() -> Self {
        Self { engines: Arc::default(), molds: Mutex::new(Vec::new()) }
    }

    /// Prepares a genome for about `expected_runs` runs; nothing where it is not one for the interpreter.
    pub(crate) fn load(&self, genome: &Genome, expected_runs: u64) -> Option<Program> {
        let len = genome.body_range().map_or(0, |range| range.len());
        let is_long = is_translated_anyway(len, expected_runs);
        if !is_long && let Some((mold, direct)) = self.cast(genome) {
            let inventory = Arc::clone(&mold.inventory);
            return Some(self.direct(genome, inventory, direct, expected_runs));
        }
        let glue = glue::read(genome)?;
        let module = genome.bytes().get(glue.module.clone())?;
        let mut inventory = state::read(module, &glue)?;
        let stripped = inventory.scalar.and_then(|scalar| scalar::strip(module, &scalar));
        if stripped.is_none() {
            inventory.scalar = None;
        }
        let inventory = Arc::new(inventory);
        if !is_long && let Some((mold, direct)) = Mold::of(genome, &glue.module, &inventory) {
            let mut molds = self.molds.lock().unwrap_or_else(PoisonError::into_inner);
            molds.truncate(MOLDS - 1);
            molds.insert(0, Arc::new(mold));
            drop(molds);
            return Some(self.direct(genome, inventory, direct, expected_runs));
        }
        // The short way needs none of these.
        let names = stripped.is_none().then(|| Names {
            entry: glue.entry.to_owned(),
            memory: glue.memory.to_owned(),
            realloc: glue.realloc.to_owned(),
            post_return: glue.post_return.map(str::to_owned),
        });
        let translated = self.engines.translate(&metered(stripped.as_deref(), module, &inventory)?)?;
        let translated = Translated::new(translated);
        Some(Program {
            genome: genome.clone(),
            range: glue.module,
            names,
            inventory,
            direct: None,
            translated: OnceLock::from(Some(translated)),
            engines: Arc::clone(&self.engines),
        })
    }

    /// The mold that a genome fits, and its function.
    fn cast(&self, genome: &Genome) -> Option<(Arc<Mold>, Direct)> {
        let range = genome.body_range()?;
        let molds = || self.molds.lock().unwrap_or_else(PoisonError::into_inner);
        // Translating is done with no lock held.
        let mut at = 0;
        loop {
            let mold = Arc::clone(molds().get(at)?);
            if let Some(direct) = mold.cast(genome, &range) {
                if at > 0 {
                    let mut molds = molds();
                    let found = molds.iter().position(|known| Arc::ptr_eq(known, &mold));
                    if let Some(found) = found {
                        molds.swap(0, found);
                    }
                }
                return Some((mold, direct));
            }
            at += 1;
        }
    }

    fn direct(
        &self,
        genome: &Genome,
        inventory: Arc<Inventory>,
        direct: Direct,
        expected_runs: u64,
    ) -> Program {
        Program {
            genome: genome.clone(),
            range: genome.body_range().unwrap_or_default(),
            names: None,
            inventory,
            direct: Some(Short {
                direct,
                expected_runs,
                n_runs: AtomicU64::new(0),
                cycles: AtomicU64::new(0),
            }),
            translated: OnceLock::new(),
            engines: Arc::clone(&self.engines),
        }
    }
}

/// The metered form of a module that is to be interpreted: of `stripped`, where its wrapper is left out.
fn metered(stripped: Option<&[u8]>, module: &[u8], inventory: &Inventory) -> Option<Vec<u8>> {
    let globals = match &inventory.changes {
        Changes::Undoable { globals, .. } if !globals.is_empty() => meter::Globals::Exported,
        _ => meter::Globals::Private,
    };
    // The wrapper that is left out is one of the calls under way.
    let call_depth = meter::Options::DEFAULT.call_depth - u32::from(stripped.is_some());
    let options = meter::Options { globals, call_depth, ..meter::Options::DEFAULT };
    meter::meter(stripped.unwrap_or(module), &options).ok()
}

fn engine() -> Engine {
    let mut config = Config::default();
    config
        // Bodies that are never called are never looked at. Admission has validated all of them.
        .compilation_mode(CompilationMode::Lazy)
        .ignore_custom_sections(true)
        .wasm_relaxed_simd(false)
        // The metered form stops before.
        .set_max_recursion_depth(meter::Options::DEFAULT.call_depth as usize + 100)
        .set_max_stack_height(STACK_BYTES);
    Engine::new(&config)
}

/// Names of the exports that a run needs.
#[derive(Debug)]
struct Names {
    entry: String,
    memory: String,
    realloc: String,
    post_return: Option<String>,
}

/// A genome that can be interpreted.
pub(crate) struct Program {
    genome: Genome,
    /// Where its module lies in the component.
    range: Range<usize>,
    names: Option<Names>,
    inventory: Arc<Inventory>,
    /// The way that is shorter for few and short runs.
    direct: Option<Short>,
    /// What the engine runs, made when it is needed; none where it cannot be made.
    translated: OnceLock<Option<Translated>>,
    engines: Arc<Engines>,
}

/// A function for the machine, and how it has been used.
struct Short {
    direct: Direct,
    /// How many runs there are expected to be; 0 where nobody knows.
    expected_runs: u64,
    n_runs: AtomicU64,
    cycles: AtomicU64,
}

/// What translating costs the engine, in cycles of the machine that take as much more time than the engine's: for a
/// module, and for each of its operators. Measured by `benches/interpret.rs`; outcomes do not depend on it.
const TRANSLATION_CYCLES: u64 = 8_000;
const TRANSLATION_CYCLES_PER_OPERATOR: u64 = 60;

/// What translating a module with `n_operators` costs, in the same cycles.
fn translation_cycles(n_operators: u64) -> u64 {
    TRANSLATION_CYCLES + TRANSLATION_CYCLES_PER_OPERATOR * n_operators
}

/// Bytes of a small module for each of its operators, its other sections included.
const BYTES_PER_OPERATOR: usize = 3;

/// Whether a module of `len` bytes is translated sooner or later, if each of its operators is executed once a run.
fn is_translated_anyway(len: usize, expected_runs: u64) -> bool {
    let n_operators = (len / BYTES_PER_OPERATOR) as u64;
    expected_runs.saturating_mul(n_operators) > translation_cycles(n_operators)
}

impl Short {
    /// How many cycles the next run may take here before the engine is the better way; 0 where it is already.
    fn allowance(&self) -> u64 {
        let translation = translation_cycles(u64::from(self.direct.n_operators()));
        let (n_runs, cycles) = (self.n_runs.load(Ordering::Relaxed), self.cycles.load(Ordering::Relaxed));
        // Without a better guess there are as many runs to come as there were.
        let to_come = self.expected_runs.saturating_sub(n_runs).max(n_runs);
        let expected = cycles.checked_div(n_runs).unwrap_or(0).saturating_mul(to_come);
        if expected > translation { 0 } else { translation }
    }
}

/// A module that the engine has.
struct Translated {
    module: Module,
    /// Instances that are as new. Boxed, because they are large and handed to and fro.
    #[expect(clippy::vec_box, reason = "moving an instance out and in costs more than a short run")]
    idle: Mutex<Vec<Box<Instance>>>,
}

impl Translated {
    fn new(module: Module) -> Self {
        Self { module, idle: Mutex::new(Vec::new()) }
    }
}

/// What came of interpreting within an allowance.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// How it ended; nothing where the allowance was used up before that.
    pub(crate) ending: Option<Ending>,
    /// Cycles that were executed: for a run that completed, its cost.
    pub(crate) cycles: u64,
    pub(crate) acts: Vec<Act>,
    pub(crate) memory_peak_bytes: usize,
}

impl Program {
    /// The module of the genome that this was made of.
    pub(crate) fn core_module(&self) -> &[u8] {
        self.genome.bytes().get(self.range.clone()).unwrap_or_default()
    }

    /// Runs the program once, for `allowance` cycles at most.
    ///
    /// An attempt that ended did so as it would have with any larger allowance.
    pub(crate) fn attempt(&self, input: &[i64], setting: &Setting, agent: u32, allowance: u64) -> Attempt {
        if let Err(memory_peak_bytes) = self.fits(setting) {
            let ending = Some(Ending::OverMemory);
            return Attempt { ending, cycles: 0, acts: Vec::new(), memory_peak_bytes };
        }
        if let Some(short) = &self.direct {
            let most = if self.translated.get().is_some() { 0 } else { short.allowance() };
            if most > 0 {
                let attempt = self.run_direct(&short.direct, input, allowance.min(most));
                short.n_runs.fetch_add(1, Ordering::Relaxed);
                short.cycles.fetch_add(attempt.cycles, Ordering::Relaxed);
                if attempt.ending.is_some() || allowance <= most {
                    return attempt;
                }
            }
        }
        let Some(translated) = self.translated() else {
            // INVARIANT: what the engine does not take was seen when the genome was loaded, but for functions that the
            // machine can run.
            return match &self.direct {
                Some(short) => self.run_direct(&short.direct, input, allowance),
                None => self.nothing(Ending::Trap(Trap { kind: TrapKind::Other, function: None })),
            };
        };
        self.run_translated(translated, input, setting, agent, allowance)
    }

    /// An attempt that did not begin.
    fn nothing(&self, ending: Ending) -> Attempt {
        let memory_peak_bytes = self.inventory.memories.iter().sum();
        Attempt { ending: Some(ending), cycles: 0, acts: Vec::new(), memory_peak_bytes }
    }

    fn run_direct(&self, direct: &Direct, input: &[i64], allowance: u64) -> Attempt {
        let budget = allowance.min(meter::MAX_BUDGET);
        // INVARIANT: there is a direct way only into a program of the scalar form.
        let Some(scalar) = &self.inventory.scalar else {
            return self.nothing(Ending::Trap(Trap { kind: TrapKind::Other, function: None }));
        };
        let trap = |kind| Some(Ending::Trap(Trap { kind, function: None }));
        let (left, ending) = match scalar.enter(input, budget.cast_signed()) {
            Err(Entering::OutOfCycles) => (0, None),
            Err(Entering::Unreachable) => (0, trap(TrapKind::Unreachable)),
            Ok(left) => match direct.run(input, left) {
                (left, Ok(numbers)) => {
                    let left = left.saturating_sub(scalar.after);
                    (left, meter::spent(budget, left).map(|_| Ending::Numbers(numbers)))
                }
                (left, Err(Halt::OutOfCycles)) => (left, None),
                (left, Err(Halt::Trap(kind))) => (left, trap(kind)),
            },
        };
        let cycles = budget.saturating_sub(left.max(0).cast_unsigned());
        let memory_peak_bytes = self.inventory.memories.iter().sum();
        Attempt { ending, cycles, acts: Vec::new(), memory_peak_bytes }
    }

    /// What the engine runs, made now if it is not there.
    fn translated(&self) -> Option<&Translated> {
        let translate = || {
            let module = self.core_module();
            let stripped = scalar::strip(module, self.inventory.scalar.as_ref()?)?;
            let metered = metered(Some(&stripped), module, &self.inventory)?;
            self.engines.translate(&metered).map(Translated::new)
        };
        self.translated.get_or_init(translate).as_ref()
    }

    fn run_translated(
        &self,
        translated: &Translated,
        input: &[i64],
        setting: &Setting,
        agent: u32,
        allowance: u64,
    ) -> Attempt {
        let idle = || translated.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = idle().pop();
        let mut instance = match reused.map_or_else(|| Instance::new(self, translated).map(Box::new), Ok) {
            Ok(instance) => instance,
            // Segments that do not fit: nothing was executed.
            Err(ending) => return self.nothing(ending),
        };
        let attempt = instance.run(input, setting, agent, allowance);
        if instance.undo() {
            idle().push(instance);
        }
        attempt
    }

    /// Whether memories and tables may be had at all; the bytes that could be had where they may not.
    fn fits(&self, setting: &Setting) -> Result<(), usize> {
        let mut total = 0usize;
        for bytes in &self.inventory.memories {
            match total.saturating_add(*bytes) {
                sum if sum > setting.limits.memory_bytes => return Err(total),
                sum => total = sum,
            }
        }
        let elements = self.inventory.tables.iter().fold(0usize, |sum, table| sum.saturating_add(*table));
        if elements > setting.limits.table_elements { Err(total) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;

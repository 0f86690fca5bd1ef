//! The interpreter tier: the metered body of a genome under wasmi, for genomes that run shortly.
//!
//! Compiling a small module takes a millisecond, interpreting it starts within microseconds. A genome of world
//! `program` whose component is one core module behind plain glue, and which imports `senses` and `random` at most, is
//! run on that module alone. What the component adds, the canonical ABI of `run`, is done here by hand.
//!
//! Results, cycles, endings, acts and the memory peak are those of the compiled tier; `host/genome/CYCLES.md` says what
//! a run costs and how it ends, and the metered form is the reference for it. What the component model says about the
//! border:
//! * the input is written where `realloc(0, 0, 8, bytes)` says, which has to be 8-aligned and within the memory;
//! * the result's address is 4-aligned, the list's 8-aligned, both within the memory, and a list has 128 MiB at most;
//! * imports may not be called while the host allocates or cleans up.

mod border;
mod glue;
mod host;
mod instance;
mod scalar;
mod state;

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use flux_genome::Genome;
use flux_genome::meter;
use wasmi::{CompilationMode, Config, Engine, Module};

use crate::ending::Ending;
use crate::setting::{Act, Setting};

use self::instance::Instance;
use self::state::{Changes, Inventory};

/// Modules that one engine translates before a new one takes its place: an engine never frees code.
const MODULES_PER_ENGINE: u32 = 256;

/// The interpreter's stack, in bytes: room for [`meter::Options::call_depth`] calls with a thousand locals each. It is
/// taken from the heap as it is needed.
const STACK_BYTES: usize = 64 << 20;

/// Makes programs. One for a sandbox; threads do not wait for each other.
pub(crate) struct Interpreter {
    /// Engines that nobody is translating with, and how many modules each has seen.
    idle: Mutex<Vec<(Engine, u32)>>,
}

impl Interpreter {
    pub(crate) fn new() -> Self {
        Self { idle: Mutex::new(Vec::new()) }
    }

    /// Prepares a genome; nothing where it is not one for the interpreter.
    pub(crate) fn load(&self, genome: &Genome) -> Option<Program> {
        let glue = glue::read(genome)?;
        let module = genome.bytes().get(glue.module.clone())?;
        let mut inventory = state::read(module, &glue)?;
        let stripped = inventory.scalar.and_then(|scalar| scalar::strip(module, &scalar));
        if stripped.is_none() {
            inventory.scalar = None;
        }
        let globals = match &inventory.changes {
            Changes::Undoable { globals, .. } if !globals.is_empty() => meter::Globals::Exported,
            _ => meter::Globals::Private,
        };
        // The wrapper that is left out is one of the calls under way.
        let call_depth = meter::Options::DEFAULT.call_depth - u32::from(stripped.is_some());
        let options = meter::Options { globals, call_depth, ..meter::Options::DEFAULT };
        let metered = meter::meter(stripped.as_deref().unwrap_or(module), &options).ok()?;
        // The short way needs none of these.
        let names = stripped.is_none().then(|| Names {
            entry: glue.entry.to_owned(),
            memory: glue.memory.to_owned(),
            realloc: glue.realloc.to_owned(),
            post_return: glue.post_return.map(str::to_owned),
        });
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let (engine, seen) = idle().pop().unwrap_or_else(|| (engine(), 0));
        let module = Module::new(&engine, &metered);
        if seen + 1 < MODULES_PER_ENGINE {
            idle().push((engine, seen + 1));
        }
        Some(Program {
            range: glue.module,
            module: module.ok()?,
            names,
            inventory,
            idle: Mutex::new(Vec::new()),
        })
    }
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
    /// Where its module lies in the component.
    range: Range<usize>,
    module: Module,
    names: Option<Names>,
    inventory: Inventory,
    /// Instances that are as new. Boxed, because they are large and handed to and fro.
    #[expect(clippy::vec_box, reason = "moving an instance out and in costs more than a short run")]
    idle: Mutex<Vec<Box<Instance>>>,
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
    /// The module of `genome`, which this was made of.
    pub(crate) fn module_of<'a>(&self, genome: &'a Genome) -> &'a [u8] {
        genome.bytes().get(self.range.clone()).unwrap_or_default()
    }

    /// Runs the program once, for `allowance` cycles at most.
    ///
    /// An attempt that ended did so as it would have with any larger allowance.
    pub(crate) fn attempt(&self, input: &[i64], setting: &Setting, agent: u32, allowance: u64) -> Attempt {
        if let Err(memory_peak_bytes) = self.fits(setting) {
            let ending = Some(Ending::OverMemory);
            return Attempt { ending, cycles: 0, acts: Vec::new(), memory_peak_bytes };
        }
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = idle().pop();
        let mut instance = match reused.map_or_else(|| Instance::new(self).map(Box::new), Ok) {
            Ok(instance) => instance,
            // Segments that do not fit: nothing was executed.
            Err(ending) => {
                let memory_peak_bytes = self.inventory.memories.iter().sum();
                return Attempt { ending: Some(ending), cycles: 0, acts: Vec::new(), memory_peak_bytes };
            }
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

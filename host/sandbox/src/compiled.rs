//! The compiled tier: components under wasmtime, counted by its fuel with our cost table.
//!
//! wasmtime bounds the bytes of the native stack, not the calls under way. A frame has 16 bytes at least, so a run that
//! fits into 16 bytes times the limit has not passed it. Where the call graph of a genome that can be interpreted too
//! does not bound its depth, it is therefore compiled for an engine with that little stack, and a run that needs more
//! is decided by the metered form; the others get [`STACK_BYTES`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use flux_genome::cost::CYCLES_1;
use flux_genome::{CapabilitySet, Genome, World};
use wasmparser::{Parser, Payload};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{Engine, Store, WasmBacktrace};

use crate::cell::{Cell, OverMemory};
use crate::deadline::TICK;
use crate::ending::{Ending, FunctionPlace, Outcome, Refusal, Trap, TrapKind};
use crate::grants::mail::Port;
use crate::grants::wire::WireFault;
use crate::grants::{self};
use crate::limits::{CALL_DEPTH, Limits, STACK_BYTES};
use crate::setting::{Input, Setting};

/// A budget of `n` is fuelled with this much more: the engine compares with its counter only at some places, so a run
/// is stopped by it only when it is past the budget for certain, and what it consumed decides afterwards.
const FUEL_SLACK: u64 = 1;

/// What one call may hand to the host, as a multiple of the memory that a run may have: four texts of all of it.
/// Arguments may overlap, so that a little memory could ask for any amount of copies.
const BORDER_FACTOR: usize = 4;

/// The smallest frame of compiled code, in bytes: a return address and a saved frame pointer.
const FRAME_BYTES: usize = 16;

/// Whether code of the genome's own runs when it is instantiated.
///
/// The engine charges its own work at that time too, which costs nothing by the definition of a cycle, so that fuel is
/// filled in afterwards where nothing else runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Idle,
    Function,
}

impl Start {
    fn of(genome: &Genome) -> Self {
        let mut payloads = Parser::new(0).parse_all(genome.bytes());
        // INVARIANT: an admitted component parses.
        match payloads.any(|payload| matches!(payload, Ok(Payload::StartSection { .. }) | Err(_))) {
            true => Self::Function,
            false => Self::Idle,
        }
    }
}

/// How much native stack a genome gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stack {
    /// As much as [`CALL_DEPTH`] of the smallest frames need.
    Narrow,
    /// [`STACK_BYTES`].
    Wide,
}

impl Stack {
    fn bytes(self) -> usize {
        match self {
            Self::Narrow => CALL_DEPTH as usize * FRAME_BYTES,
            Self::Wide => STACK_BYTES,
        }
    }
}

type Linkers = BTreeMap<(Stack, CapabilitySet), Arc<Linker<Cell>>>;

/// Compiles genomes, and keeps the time of their runs.
pub(crate) struct Compiler {
    wide: Engine,
    /// Made when it is first needed.
    narrow: Arc<OnceLock<Engine>>,
    /// One linker for each engine and set of grants that has been asked for.
    linkers: Mutex<Linkers>,
    clock: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
}

/// A genome that is compiled and linked.
pub(crate) struct Compiled {
    world: World,
    start: Start,
    instance: InstancePre<Cell>,
    entry: ComponentExportIndex,
}

impl Compiler {
    /// Sets up the first engine, and the clock.
    ///
    /// # Errors
    /// What the machine lacks.
    pub(crate) fn new() -> Result<Self, String> {
        let wide =
            crate::engine::new(&CYCLES_1, Stack::Wide.bytes()).map_err(|error| format!("{error:#}"))?;
        let narrow = Arc::new(OnceLock::<Engine>::new());
        let stopped = Arc::new(AtomicBool::new(false));
        let clock = thread::Builder::new()
            .name("flux-deadlines".to_owned())
            .spawn({
                let (wide, narrow, stopped) = (wide.clone(), Arc::clone(&narrow), Arc::clone(&stopped));
                move || {
                    while !stopped.load(Ordering::Relaxed) {
                        thread::park_timeout(TICK);
                        wide.increment_epoch();
                        if let Some(narrow) = narrow.get() {
                            narrow.increment_epoch();
                        }
                    }
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { wide, narrow, linkers: Mutex::new(BTreeMap::new()), clock: Some(clock), stopped })
    }

    /// Compiles a genome and links it to what it imports.
    ///
    /// # Errors
    /// * [`Refusal::Engine`]: the engine does not take it.
    pub(crate) fn compile(&self, genome: &Genome, stack: Stack) -> Result<Compiled, Refusal> {
        let refuse = |error: wasmtime::Error| Refusal::Engine { reason: format!("{error:#}") };
        let engine = self.engine(stack).map_err(refuse)?;
        let linker = self.linker(engine, stack, genome.capabilities()).map_err(refuse)?;
        let component = Component::from_binary(engine, genome.bytes()).map_err(refuse)?;
        let entry = component.get_export_index(None, genome.world().export()).ok_or_else(|| {
            Refusal::Engine { reason: format!("there is no export `{}`", genome.world().export()) }
        })?;
        let instance = linker.instantiate_pre(&component).map_err(refuse)?;
        Ok(Compiled { world: genome.world(), start: Start::of(genome), instance, entry })
    }

    fn engine(&self, stack: Stack) -> wasmtime::Result<&Engine> {
        match stack {
            Stack::Wide => Ok(&self.wide),
            Stack::Narrow => match self.narrow.get() {
                Some(engine) => Ok(engine),
                None => {
                    let engine = crate::engine::new(&CYCLES_1, stack.bytes())?;
                    Ok(self.narrow.get_or_init(|| engine))
                }
            },
        }
    }

    /// The linker of `engine`, which is that of `stack`, with exactly `grants`.
    fn linker(
        &self,
        engine: &Engine,
        stack: Stack,
        grants: CapabilitySet,
    ) -> wasmtime::Result<Arc<Linker<Cell>>> {
        let mut linkers = self.linkers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linker) = linkers.get(&(stack, grants)) {
            return Ok(Arc::clone(linker));
        }
        let linker = Arc::new(grants::link(engine, grants)?);
        linkers.insert((stack, grants), Arc::clone(&linker));
        Ok(linker)
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(clock) = self.clock.take() {
            clock.thread().unpark();
            // The clock's thread has nothing that can panic; if it did, there is nothing left to stop.
            let _ = clock.join();
        }
    }
}

impl Compiled {
    /// Runs once, in a fresh instance.
    pub(crate) fn run(&self, input: &Input, setting: &Setting, port: Port) -> Outcome {
        let limits = setting.limits;
        let budget = limits.cycles.min(Limits::MAX_CYCLES);
        let fuel = budget + FUEL_SLACK;
        let mut store = Store::new(self.instance.engine(), Cell::new(setting, port));
        store.limiter(|cell| cell);
        store.set_hostcall_fuel(limits.memory_bytes.saturating_mul(BORDER_FACTOR));
        let ticks = store.data().deadline.ticks();
        store.set_epoch_deadline(ticks);
        let result = store.set_fuel(fuel).and_then(|()| call(&mut store, self, input, fuel));
        let consumed = fuel - store.get_fuel().unwrap_or(0).min(fuel);
        let ending = match result {
            // Whatever it returned, it was past its budget by then.
            Ok(ending) if ending.is_result() && consumed > budget => Ending::OutOfFuel,
            Ok(ending) => ending,
            Err(error) => read_error(&error),
        };
        // What is consumed at a trap is approximate, so that a run without a result costs all it might have.
        let cycles = match &ending {
            Ending::Refused(_) => 0,
            ending if ending.is_result() => consumed,
            _ => budget,
        };
        let cell = store.into_data();
        Outcome {
            ending,
            cycles,
            acts: cell.channels.acts,
            log: cell.log.lines,
            log_dropped: cell.log.dropped,
            memory_peak_bytes: cell.memory_peak_bytes,
        }
    }
}

/// Instantiates and calls the world's function.
fn call(store: &mut Store<Cell>, compiled: &Compiled, input: &Input, fuel: u64) -> wasmtime::Result<Ending> {
    // Asked before anything runs, so that a genome is never run on half an input.
    match (compiled.world, input) {
        (World::Program, Input::Numbers(_)) | (World::Ecosystem, Input::Prompt(_)) => {}
        (world, _) => return Ok(Ending::Refused(Refusal::WrongInput { world })),
    }
    let instance = match compiled.start {
        Start::Function => compiled.instance.instantiate(&mut *store)?,
        Start::Idle => {
            store.set_fuel(Limits::MAX_CYCLES)?;
            let instance = compiled.instance.instantiate(&mut *store)?;
            store.set_fuel(fuel)?;
            instance
        }
    };
    match input {
        Input::Numbers(numbers) => {
            let run = instance.get_typed_func::<(&[i64],), (Vec<i64>,)>(&mut *store, &compiled.entry)?;
            Ok(Ending::Numbers(run.call(&mut *store, (numbers,))?.0))
        }
        Input::Prompt(prompt) => {
            let answer = instance
                .get_typed_func::<(&str,), (Result<String, WireFault>,)>(&mut *store, &compiled.entry)?;
            Ok(Ending::Answer(answer.call(&mut *store, (prompt,))?.0.map_err(Into::into)))
        }
    }
}

/// Reads why the engine stopped a run.
fn read_error(error: &wasmtime::Error) -> Ending {
    if error.downcast_ref::<OverMemory>().is_some() {
        return Ending::OverMemory;
    }
    let kind = match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::OutOfFuel) => return Ending::OutOfFuel,
        Some(wasmtime::Trap::Interrupt) => return Ending::OverDeadline,
        Some(trap) => read_trap(*trap),
        None => TrapKind::AbiViolation,
    };
    // Which call is one too many depends on the sizes of frames.
    let trace = error.downcast_ref::<WasmBacktrace>().filter(|_| kind != TrapKind::StackOverflow);
    let function = trace.and_then(|trace| {
        let frame = trace.frames().first()?;
        Some(match frame.func_name() {
            Some(name) => FunctionPlace::Named(name.to_owned()),
            None => FunctionPlace::Index(frame.func_index()),
        })
    });
    Ending::Trap(Trap { kind, function })
}

fn read_trap(trap: wasmtime::Trap) -> TrapKind {
    use wasmtime::Trap as Engine;
    match trap {
        Engine::UnreachableCodeReached => TrapKind::Unreachable,
        Engine::StackOverflow => TrapKind::StackOverflow,
        Engine::MemoryOutOfBounds => TrapKind::OutOfBoundsMemory,
        Engine::TableOutOfBounds => TrapKind::OutOfBoundsTable,
        Engine::IndirectCallToNull | Engine::NullReference => TrapKind::NullReference,
        Engine::BadSignature => TrapKind::IndirectCallMismatch,
        Engine::IntegerOverflow => TrapKind::IntegerOverflow,
        Engine::IntegerDivisionByZero => TrapKind::IntegerDivideByZero,
        Engine::BadConversionToInteger => TrapKind::BadConversion,
        Engine::InvalidChar
        | Engine::StringOutOfBounds
        | Engine::ListOutOfBounds
        | Engine::InvalidDiscriminant
        | Engine::UnalignedPointer
        | Engine::CannotEnterComponent
        | Engine::CannotLeaveComponent => TrapKind::AbiViolation,
        // The engine's enum is open; what is not a genome's own doing is told by its kind alone.
        _ => TrapKind::Other,
    }
}

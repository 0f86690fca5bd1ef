//! Loading genomes and running them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use flux_genome::cost::CYCLES_1;
use flux_genome::{CapabilitySet, Genome, GenomeId, World};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};
use wasmtime::{Engine, Store, WasmBacktrace};

use crate::cell::{Cell, OverMemory};
use crate::ending::{Ending, FunctionPlace, Outcome, Refusal, Trap, TrapKind};
use crate::grants::mail::{Port, PostOffice};
use crate::grants::wire::WireFault;
use crate::grants::{self};
use crate::limits::Limits;
use crate::setting::{Input, Setting};

/// How often the engine's epoch moves on: the grain of the deadline.
const TICK: Duration = Duration::from_millis(10);

/// A budget of `n` is fuelled with this much more: the engine compares with its counter only at some places, so a run
/// is stopped by it only when it is past the budget for certain, and what it consumed decides afterwards.
const FUEL_SLACK: u64 = 1;

/// Where genomes run. Make one for a process; it may be shared by threads.
pub struct Sandbox {
    engine: Engine,
    /// One linker for each set of grants that has been asked for.
    linkers: Mutex<BTreeMap<CapabilitySet, Arc<Linker<Cell>>>>,
    clock: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
}

/// The sandbox cannot be set up on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {reason}")]
pub struct SandboxError {
    reason: String,
}

/// A genome that is compiled and linked to what it was granted.
#[derive(Clone)]
pub struct Loaded {
    id: GenomeId,
    world: World,
    instance: InstancePre<Cell>,
    entry: ComponentExportIndex,
}

impl Loaded {
    /// The genome's identity.
    #[must_use]
    pub fn id(&self) -> GenomeId {
        self.id
    }

    /// The genome's world.
    #[must_use]
    pub fn world(&self) -> World {
        self.world
    }
}

/// One of several agents that run together.
#[derive(Clone, Copy)]
pub struct Agent<'a> {
    /// What it is.
    pub loaded: &'a Loaded,
    /// What it is called with.
    pub input: &'a Input,
    /// What else its run depends on.
    pub setting: &'a Setting,
}

impl Sandbox {
    /// Sets up the engine.
    ///
    /// # Errors
    /// [`SandboxError`]: the machine lacks what the engine needs, such as address space for its pools.
    pub fn new() -> Result<Self, SandboxError> {
        let engine =
            crate::engine::new(&CYCLES_1).map_err(|error| SandboxError { reason: format!("{error:#}") })?;
        let stopped = Arc::new(AtomicBool::new(false));
        let clock = thread::Builder::new()
            .name("flux-deadlines".to_owned())
            .spawn({
                let (engine, stopped) = (engine.clone(), Arc::clone(&stopped));
                move || {
                    while !stopped.load(Ordering::Relaxed) {
                        thread::park_timeout(TICK);
                        engine.increment_epoch();
                    }
                }
            })
            .map_err(|error| SandboxError { reason: error.to_string() })?;
        Ok(Self { engine, linkers: Mutex::new(BTreeMap::new()), clock: Some(clock), stopped })
    }

    /// Holds a genome against `grants`, compiles it and links it, once for any number of runs.
    ///
    /// # Errors
    /// * [`Refusal::NotGranted`]: it imports a capability that is not in `grants`.
    /// * [`Refusal::NotOffered`]: it imports a capability that this host does not have.
    /// * [`Refusal::Engine`]: the engine does not take it, for instance for more memories than a component may have.
    pub fn load(&self, genome: &Genome, grants: CapabilitySet) -> Result<Loaded, Refusal> {
        let wanted = genome.capabilities();
        let missing = wanted.difference(grants);
        if !missing.is_empty() {
            return Err(Refusal::NotGranted { missing });
        }
        let missing = wanted.difference(grants::offered());
        if !missing.is_empty() {
            return Err(Refusal::NotOffered { missing });
        }
        let refuse = |error: wasmtime::Error| Refusal::Engine { reason: format!("{error:#}") };
        let linker = self.linker(wanted).map_err(refuse)?;
        let component = Component::from_binary(&self.engine, genome.bytes()).map_err(refuse)?;
        let entry = component.get_export_index(None, genome.world().export()).ok_or_else(|| {
            Refusal::Engine { reason: format!("there is no export `{}`", genome.world().export()) }
        })?;
        let instance = linker.instantiate_pre(&component).map_err(refuse)?;
        Ok(Loaded { id: genome.id(), world: genome.world(), instance, entry })
    }

    /// Runs a genome once, in a fresh instance.
    #[must_use]
    pub fn run(&self, loaded: &Loaded, input: &Input, setting: &Setting) -> Outcome {
        let office = PostOffice::new(1, &setting.limits);
        self.run_agent(&Agent { loaded, input, setting }, Port::new(office, 0))
    }

    /// Runs agents that can send each other mail; `outcomes[i]` is that of `agents[i]`, who are numbered so.
    ///
    /// Limits on mail are those of the first agent.
    #[must_use]
    pub fn run_together(&self, agents: &[Agent<'_>]) -> Vec<Outcome> {
        if let [agent] = agents {
            return vec![self.run(agent.loaded, agent.input, agent.setting)];
        }
        let limits = agents.first().map_or(Limits::DEFAULT, |agent| agent.setting.limits);
        let office = PostOffice::new(agents.len(), &limits);
        thread::scope(|scope| {
            let threads: Vec<_> = agents
                .iter()
                .enumerate()
                .map(|(number, agent)| {
                    let port = Port::new(Arc::clone(&office), number);
                    scope.spawn(move || {
                        port.begin();
                        self.run_agent(agent, port)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    fn run_agent(&self, agent: &Agent<'_>, port: Port) -> Outcome {
        /// Ends the agent's part in the trial whatever happens.
        struct Leave(Port);
        impl Drop for Leave {
            fn drop(&mut self) {
                self.0.end();
            }
        }
        let leave = Leave(port.clone());
        let outcome = self.run_alone(agent, port);
        drop(leave);
        outcome
    }

    fn run_alone(&self, agent: &Agent<'_>, port: Port) -> Outcome {
        let Agent { loaded, input, setting } = *agent;
        let limits = setting.limits;
        let budget = limits.cycles.min(Limits::MAX_CYCLES);
        let fuel = budget + FUEL_SLACK;
        let mut store = Store::new(&self.engine, Cell::new(setting, port));
        store.limiter(|cell| cell);
        let ticks = limits.deadline.as_millis().div_ceil(TICK.as_millis()).min(u128::from(u64::MAX / 2));
        store.set_epoch_deadline(u64::try_from(ticks).unwrap_or(u64::MAX / 2).max(1));
        let result = store.set_fuel(fuel).and_then(|()| call(&mut store, loaded, input));
        let consumed = fuel - store.get_fuel().unwrap_or(0).min(fuel);
        let ending = if consumed > budget {
            // Whatever it returned, it was past its budget by then.
            Ending::OutOfFuel
        } else {
            result.unwrap_or_else(|error| read_error(&error))
        };
        let cycles = if ending == Ending::OutOfFuel { budget } else { consumed };
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

    /// The linker that has exactly `grants`.
    fn linker(&self, grants: CapabilitySet) -> wasmtime::Result<Arc<Linker<Cell>>> {
        let mut linkers = self.linkers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linker) = linkers.get(&grants) {
            return Ok(Arc::clone(linker));
        }
        let linker = Arc::new(grants::link(&self.engine, grants)?);
        linkers.insert(grants, Arc::clone(&linker));
        Ok(linker)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(clock) = self.clock.take() {
            clock.thread().unpark();
            // The clock's thread has nothing that can panic; if it did, there is nothing left to stop.
            let _ = clock.join();
        }
    }
}

/// Instantiates and calls the world's function.
fn call(store: &mut Store<Cell>, loaded: &Loaded, input: &Input) -> wasmtime::Result<Ending> {
    // Asked before anything runs, so that a genome is never run on half an input.
    match (loaded.world, input) {
        (World::Program, Input::Numbers(_)) | (World::Ecosystem, Input::Prompt(_)) => {}
        (world, _) => return Ok(Ending::Refused(Refusal::WrongInput { world })),
    }
    let instance = loaded.instance.instantiate(&mut *store)?;
    match input {
        Input::Numbers(numbers) => {
            let run = instance.get_typed_func::<(&[i64],), (Vec<i64>,)>(&mut *store, &loaded.entry)?;
            Ok(Ending::Numbers(run.call(&mut *store, (numbers,))?.0))
        }
        Input::Prompt(prompt) => {
            let answer = instance
                .get_typed_func::<(&str,), (Result<String, WireFault>,)>(&mut *store, &loaded.entry)?;
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
    let function = error.downcast_ref::<WasmBacktrace>().and_then(|trace| {
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

#[cfg(test)]
mod tests;

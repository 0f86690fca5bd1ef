//! Loading genomes and running them, in one of two tiers.
//!
//! The *interpreter* begins at once; the *compiled* tier runs fast. A genome that both can run is interpreted until its
//! runs have taken [`INTERPRETED_CYCLES`] together, then compiled; a run that is under way by then is begun again, which
//! nobody can see, as it depends on nothing but what it is given. Outcomes do not tell the tiers apart.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

use flux_genome::meter;
use flux_genome::{CapabilitySet, Genome, GenomeId, World};

use crate::advisor::asked_outside;
use crate::compiled::{Compiled, Compiler, Stack};
use crate::ending::{Ending, FunctionPlace, Outcome, Refusal, TrapKind};
use crate::grants::mail::{Port, PostOffice};
use crate::interpreter::{Attempt, Interpreter, Program};
use crate::limits::{CALL_DEPTH, INTERPRETED_CYCLES, Limits};
use crate::setting::{Input, Setting};

/// How many times more cycles a run may take at each new beginning where it has to be interpreted to its end.
const MORE: u64 = 4;

/// Where genomes run. Make one for a process; it may be shared by threads.
pub struct Sandbox {
    compiler: Compiler,
    interpreter: Interpreter,
}

/// The sandbox cannot be set up on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up: {reason}")]
pub struct SandboxError {
    reason: String,
}

/// Which tier runs a genome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// The one that is cheaper for what the genome does: the default.
    #[default]
    Auto,
    /// The interpreter, whatever it takes.
    Interpreted,
    /// The compiled tier from the first run on.
    Compiled,
}

/// Whether traps are placed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Traps {
    /// They name the innermost function. A genome that traps is compiled for it: the default.
    #[default]
    Placed,
    /// Their kind is enough, as for variants that come by the thousand.
    Plain,
}

/// How a genome is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// Which tier runs it. Default [`Tier::Auto`].
    pub tier: Tier,
    /// Whether traps are placed. Default [`Traps::Placed`].
    pub traps: Traps,
    /// Cycles that [`Tier::Auto`] interprets, over all runs together. Default [`INTERPRETED_CYCLES`].
    pub interpreted_cycles: u64,
    /// How many runs there are expected to be, by which the interpreter chooses how much work to do before the first
    /// one. Default 0: nobody knows. Nothing but time depends on it.
    pub expected_runs: u64,
}

impl Loading {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        tier: Tier::Auto,
        traps: Traps::Placed,
        interpreted_cycles: INTERPRETED_CYCLES,
        expected_runs: 0,
    };
}

impl Default for Loading {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A genome that has been held against its grants and can be run. Cheap to clone.
#[derive(Clone)]
pub struct Loaded(Arc<Forms>);

/// The forms that a genome is run in, made when they are needed.
struct Forms {
    genome: Genome,
    /// What its setting has to bring an advisor for.
    asks: CapabilitySet,
    loading: Loading,
    program: Option<Program>,
    compiled: OnceLock<Result<Compiled, Refusal>>,
    /// Cycles interpreted so far.
    interpreted: AtomicU64,
    /// Whether a compiled run has overflowed its stack: the next ones may as well be interpreted at once.
    overflows: AtomicBool,
}

impl Loaded {
    /// The genome's identity.
    #[must_use]
    pub fn id(&self) -> GenomeId {
        self.0.genome.id()
    }

    /// The genome's world.
    #[must_use]
    pub fn world(&self) -> World {
        self.0.genome.world()
    }

    /// Whether the interpreter can run it.
    #[must_use]
    pub fn can_be_interpreted(&self) -> bool {
        self.0.program.is_some()
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
    /// Sets up the engines.
    ///
    /// # Errors
    /// [`SandboxError`]: the machine lacks what the engine needs, such as address space for its pools.
    pub fn new() -> Result<Self, SandboxError> {
        let compiler = Compiler::new().map_err(|reason| SandboxError { reason })?;
        Ok(Self { compiler, interpreter: Interpreter::new() })
    }

    /// Holds a genome against `grants` and prepares it, once for any number of runs.
    ///
    /// # Errors
    /// * [`Refusal::NotGranted`]: it imports a capability that is not in `grants`.
    /// * [`Refusal::Engine`]: the engine does not take it, for instance for more memories than a component may have.
    pub fn load(&self, genome: &Genome, grants: CapabilitySet) -> Result<Loaded, Refusal> {
        self.load_as(genome, grants, Loading::DEFAULT)
    }

    /// Loads a genome as `loading` says.
    ///
    /// # Errors
    /// As [`Sandbox::load`]; and [`Refusal::Engine`] where a genome that cannot be interpreted has to be.
    pub fn load_as(
        &self,
        genome: &Genome,
        grants: CapabilitySet,
        loading: Loading,
    ) -> Result<Loaded, Refusal> {
        let wanted = genome.capabilities();
        let missing = wanted.difference(grants);
        if !missing.is_empty() {
            return Err(Refusal::NotGranted { missing });
        }
        let program = self.interpreter.load(genome, loading.expected_runs);
        if program.is_none() && loading.tier == Tier::Interpreted {
            return Err(Refusal::Engine { reason: "it cannot be interpreted".to_owned() });
        }
        let is_compiled_now = program.is_none() || loading.tier == Tier::Compiled;
        let forms = Forms {
            genome: genome.clone(),
            asks: asked_outside(wanted),
            loading,
            program,
            compiled: OnceLock::new(),
            interpreted: AtomicU64::new(0),
            overflows: AtomicBool::new(false),
        };
        if is_compiled_now && let Err(refusal) = self.compiled(&forms) {
            return Err(refusal.clone());
        }
        Ok(Loaded(Arc::new(forms)))
    }

    /// Runs a genome once, in a fresh instance.
    ///
    /// It is refused with [`Refusal::NotOffered`] where it imports `model`, `judge` or `human` and the setting has nobody
    /// who serves it.
    #[must_use]
    pub fn run(&self, loaded: &Loaded, input: &Input, setting: &Setting) -> Outcome {
        self.run_alone(&Agent { loaded, input, setting }, None)
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
        let outcome = self.run_alone(agent, Some(port));
        drop(leave);
        outcome
    }

    /// Runs an agent in the tier that is right for it; `port` is its own where there are several.
    fn run_alone(&self, agent: &Agent<'_>, port: Option<Port>) -> Outcome {
        let forms = &*agent.loaded.0;
        let number = port.as_ref().map_or(0, Port::number);
        // Asked before anything runs, so that a genome is never run on half an input.
        let numbers = match (forms.genome.world(), agent.input) {
            (World::Program, Input::Numbers(numbers)) => numbers.as_slice(),
            (World::Ecosystem, Input::Prompt(_)) => &[],
            (world, _) => return Outcome::refused(Refusal::WrongInput { world }),
        };
        if !forms.asks.is_empty() {
            let missing = forms.asks.difference(agent.setting.advice.serves());
            if !missing.is_empty() {
                return Outcome::refused(Refusal::NotOffered { missing });
            }
        }
        let interpreted = forms.program.as_ref().and_then(|program| match forms.loading.tier {
            Tier::Auto | Tier::Compiled if !forms.overflows.load(Ordering::Relaxed) => {
                forms.interpret(program, numbers, agent.setting, number)
            }
            Tier::Auto | Tier::Compiled | Tier::Interpreted => {
                Some(interpret_to_the_end(program, numbers, agent.setting, number))
            }
        });
        let Some(mut outcome) = interpreted else {
            let mut outcome = self.run_compiled(agent, port);
            if let (Some(program), Some(TrapKind::StackOverflow)) = (&forms.program, trap_of(&outcome)) {
                // The frames were larger than the smallest: the metered form decides.
                forms.overflows.store(true, Ordering::Relaxed);
                outcome = interpret_to_the_end(program, numbers, agent.setting, number);
            }
            if let (Ending::Trap(trap), Traps::Plain) = (&mut outcome.ending, forms.loading.traps) {
                trap.function = None;
            }
            return outcome;
        };
        if let (Ending::Trap(trap), Traps::Placed) = (&mut outcome.ending, forms.loading.traps) {
            // A program has no mail, so that it may run as often as it likes.
            trap.function = self.place(agent, port, trap.kind);
        }
        outcome
    }

    fn run_compiled(&self, agent: &Agent<'_>, port: Option<Port>) -> Outcome {
        let port = port.unwrap_or_else(|| Port::new(PostOffice::new(1, &agent.setting.limits), 0));
        match self.compiled(&agent.loaded.0) {
            Ok(compiled) => compiled.run(agent.input, agent.setting, port),
            Err(refusal) => Outcome::refused(refusal.clone()),
        }
    }

    /// Where a run trapped that the interpreter saw trap.
    fn place(&self, agent: &Agent<'_>, port: Option<Port>, kind: TrapKind) -> Option<FunctionPlace> {
        if kind == TrapKind::StackOverflow {
            return None;
        }
        match self.run_compiled(agent, port).ending {
            Ending::Trap(trap) if trap.kind == kind => trap.function,
            _ => None,
        }
    }

    /// The compiled form, made now if it is not there.
    fn compiled<'a>(&self, forms: &'a Forms) -> Result<&'a Compiled, &'a Refusal> {
        let compile = || {
            let is_bounded =
                |program: &Program| meter::nests_within(program.core_module(), CALL_DEPTH).unwrap_or(false);
            let stack = match &forms.program {
                Some(program) if !is_bounded(program) => Stack::Narrow,
                // The call graph is its limit, or nobody counts its calls.
                Some(_) | None => Stack::Wide,
            };
            self.compiler.compile(&forms.genome, stack)
        };
        forms.compiled.get_or_init(compile).as_ref()
    }
}

impl Forms {
    /// Interprets a run, if that is still cheaper than compiling; nothing if it is not, or turns out not to be.
    fn interpret(&self, program: &Program, input: &[i64], setting: &Setting, agent: u32) -> Option<Outcome> {
        if self.compiled.get().is_some() {
            return None;
        }
        let budget = setting.limits.cycles.min(Limits::MAX_CYCLES);
        let left = self.loading.interpreted_cycles.saturating_sub(self.interpreted.load(Ordering::Relaxed));
        if left == 0 {
            return None;
        }
        let attempt = program.attempt(input, setting, agent, budget.min(left));
        self.interpreted.fetch_add(attempt.cycles, Ordering::Relaxed);
        if attempt.ending.is_none() && left < budget { None } else { Some(outcome(attempt, budget)) }
    }
}

/// Interprets a run however long it is.
///
/// It is begun again with more cycles each time, so that the deadline is seen in between.
fn interpret_to_the_end(program: &Program, input: &[i64], setting: &Setting, agent: u32) -> Outcome {
    let budget = setting.limits.cycles.min(Limits::MAX_CYCLES);
    let begun = Instant::now();
    let mut allowance = INTERPRETED_CYCLES.min(budget);
    loop {
        let attempt = program.attempt(input, setting, agent, allowance);
        if attempt.ending.is_some() || allowance == budget {
            return outcome(attempt, budget);
        }
        if begun.elapsed() >= setting.limits.deadline {
            return outcome(Attempt { ending: Some(Ending::OverDeadline), ..attempt }, budget);
        }
        allowance = allowance.saturating_mul(MORE).min(budget);
    }
}

/// The outcome of an attempt within a whole `budget`, or one that ended before.
fn outcome(attempt: Attempt, budget: u64) -> Outcome {
    let ending = attempt.ending.unwrap_or(Ending::OutOfFuel);
    let cycles = if ending.is_result() { attempt.cycles } else { budget };
    Outcome {
        ending,
        cycles,
        acts: attempt.acts,
        log: Vec::new(),
        log_dropped: 0,
        memory_peak_bytes: attempt.memory_peak_bytes,
    }
}

fn trap_of(outcome: &Outcome) -> Option<TrapKind> {
    match &outcome.ending {
        Ending::Trap(trap) => Some(trap.kind),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! What the host keeps of an interpreted run, and the functions that it offers.

use flux_genome::cost::CYCLES_1;
use wasmi::{Caller, Extern, Func, Global, ResourceLimiter, Store, Val};
use wasmi_core::LimiterError;

use super::glue::HostFunction;
use crate::grants::random::Dice;
use crate::grants::senses::Channels;
use crate::limits::Limits;
use crate::setting::{Act, Setting};

/// The state of one run.
pub(super) struct Host {
    limits: Limits,
    pub(super) channels: Channels,
    /// Made with the first number that is asked for.
    dice: Option<Dice>,
    /// What the numbers depend on: the seed and the agent.
    seed: (u64, u32),
    /// Whether the module imports anything.
    pub(super) can_be_called: bool,
    /// The counter of the metered module.
    pub(super) cycles: Option<Global>,
    /// Whether imports may be called.
    pub(super) may_leave: bool,
    memory_bytes: usize,
    pub(super) memory_peak_bytes: usize,
    table_elements: usize,
    /// Whether the run wanted more memory or tables than it may have.
    pub(super) is_over_memory: bool,
}

impl Host {
    /// The host of an instance before its first run, which may grow to whatever it starts with.
    pub(super) fn new() -> Self {
        let limits = Limits { memory_bytes: usize::MAX, table_elements: usize::MAX, ..Limits::DEFAULT };
        let setting = Setting::default();
        Self {
            limits,
            channels: Channels::new(&setting.senses, limits.acts),
            dice: None,
            seed: (0, 0),
            can_be_called: true,
            cycles: None,
            may_leave: true,
            memory_bytes: 0,
            memory_peak_bytes: 0,
            table_elements: 0,
            is_over_memory: false,
        }
    }

    /// Begins a run of an instance that has `memory_bytes` and `table_elements`.
    pub(super) fn begin(
        &mut self,
        setting: &Setting,
        agent: u32,
        memory_bytes: usize,
        table_elements: usize,
    ) {
        self.limits = setting.limits;
        if self.can_be_called {
            self.channels = Channels::new(&setting.senses, setting.limits.acts);
        }
        self.dice = None;
        self.seed = (setting.seed, agent);
        self.may_leave = true;
        self.memory_bytes = memory_bytes;
        self.memory_peak_bytes = memory_bytes;
        self.table_elements = table_elements;
        self.is_over_memory = false;
    }

    pub(super) fn take_acts(&mut self) -> Vec<Act> {
        std::mem::take(&mut self.channels.acts)
    }
}

/// Why the host stopped a run within one of its functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stopped {
    #[error("out of cycles")]
    OutOfCycles,
    #[error("over memory")]
    OverMemory,
    #[error("an import was called where none may be")]
    MayNotLeave,
}

impl wasmi::errors::HostError for Stopped {}

/// Lets a module in by one of its imports: charges the call.
fn enter(caller: &mut Caller<'_, Host>) -> Result<(), wasmi::Error> {
    if !caller.data().may_leave {
        return Err(wasmi::Error::host(Stopped::MayNotLeave));
    }
    let out_of_cycles = || wasmi::Error::host(Stopped::OutOfCycles);
    // INVARIANT: the counter is known before the first run, and an exported mutable i64.
    let counter = caller.data().cycles.ok_or_else(out_of_cycles)?;
    let left = counter.get(&*caller).i64().ok_or_else(out_of_cycles)?;
    let left = left.saturating_sub_unsigned(CYCLES_1.host_call(0));
    counter.set(&mut *caller, Val::I64(left)).map_err(|_| out_of_cycles())?;
    if left < 0 { Err(out_of_cycles()) } else { Ok(()) }
}

/// Makes the function behind an import.
pub(super) fn function(store: &mut Store<Host>, function: HostFunction) -> Extern {
    Extern::Func(match function {
        HostFunction::Sense => Func::wrap(store, |mut caller: Caller<'_, Host>, channel: u32| {
            enter(&mut caller).map(|()| caller.data_mut().channels.sense(channel))
        }),
        HostFunction::Act => Func::wrap(store, |mut caller: Caller<'_, Host>, channel: u32, value: i64| {
            enter(&mut caller)?;
            let is_kept = caller.data_mut().channels.act(Act { channel, value });
            is_kept.map_err(|_| wasmi::Error::host(Stopped::OverMemory))
        }),
        HostFunction::Next => Func::wrap(store, |mut caller: Caller<'_, Host>| {
            enter(&mut caller)?;
            let host = caller.data_mut();
            let (seed, agent) = host.seed;
            Ok::<_, wasmi::Error>(host.dice.get_or_insert_with(|| Dice::new(seed, agent)).next())
        }),
    })
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory_bytes {
            self.is_over_memory = true;
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        self.memory_bytes = total;
        self.memory_peak_bytes = self.memory_peak_bytes.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: &wasmi::errors::MemoryError) -> Result<(), LimiterError> {
        if matches!(error, wasmi::errors::MemoryError::OutOfSystemMemory) {
            self.is_over_memory = true;
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool, LimiterError> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        if total > self.limits.table_elements {
            self.is_over_memory = true;
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        // The room that the compiled tier has for one table.
        if desired > Limits::DEFAULT.table_elements {
            return Ok(false);
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        usize::MAX
    }

    fn tables(&self) -> usize {
        usize::MAX
    }

    fn memories(&self) -> usize {
        usize::MAX
    }
}

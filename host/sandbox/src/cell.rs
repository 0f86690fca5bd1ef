//! What the host keeps of one run: its limits, its capabilities' state, and what it has used.

use flux_genome::cost::CYCLES_1;
use wasmtime::{ResourceLimiter, StoreContextMut};

use crate::advisor::Advice;
use crate::deadline::Deadline;
use crate::grants::files::Scratch;
use crate::grants::log::Log;
use crate::grants::mail::Port;
use crate::grants::memory::Shelf;
use crate::grants::random::Dice;
use crate::grants::senses::Channels;
use crate::limits::Limits;
use crate::setting::Setting;

/// The state of one run.
pub(crate) struct Cell {
    pub(crate) limits: Limits,
    pub(crate) channels: Channels,
    pub(crate) port: Port,
    pub(crate) shelf: Shelf,
    pub(crate) dice: Dice,
    pub(crate) log: Log,
    pub(crate) scratch: Scratch,
    pub(crate) advice: Advice,
    pub(crate) deadline: Deadline,
    memory_bytes: usize,
    pub(crate) memory_peak_bytes: usize,
    table_elements: usize,
}

impl Cell {
    pub(crate) fn new(setting: &Setting, port: Port) -> Self {
        let limits = setting.limits;
        Self {
            limits,
            channels: Channels::new(&setting.senses, limits.acts),
            dice: Dice::new(setting.seed, port.number()),
            port,
            shelf: Shelf::new(limits.store_bytes),
            log: Log::new(limits.log_lines, limits.log_line_bytes),
            scratch: Scratch::new(limits.file_bytes, limits.files),
            advice: setting.advice.clone(),
            deadline: Deadline::new(limits.deadline),
            memory_bytes: 0,
            memory_peak_bytes: 0,
            table_elements: 0,
        }
    }
}

/// A run wants more memory, tables or acts than it may have.
#[derive(Debug, thiserror::Error)]
#[error("over memory")]
pub(crate) struct OverMemory;

/// Charges a host call with `payload_bytes` crossing the border.
///
/// # Errors
/// The trap "out of fuel" where the price is more than what is left.
pub(crate) fn charge(store: &mut StoreContextMut<'_, Cell>, payload_bytes: usize) -> wasmtime::Result<()> {
    spend(store, CYCLES_1.host_call(payload_bytes as u64))
}

/// Charges only for what comes back from a host call whose call and arguments have been charged.
///
/// # Errors
/// As [`charge`].
pub(crate) fn charge_answer(
    store: &mut StoreContextMut<'_, Cell>,
    payload_bytes: usize,
) -> wasmtime::Result<()> {
    spend(store, CYCLES_1.host_call(payload_bytes as u64).saturating_sub(CYCLES_1.host_call(0)))
}

fn spend(store: &mut StoreContextMut<'_, Cell>, price: u64) -> wasmtime::Result<()> {
    // One unit more than the budget was filled in: where nothing is left, the run is past it.
    match store.get_fuel()?.checked_sub(price).filter(|rest| *rest > 0) {
        Some(rest) => store.set_fuel(rest),
        None => {
            store.set_fuel(0)?;
            Err(wasmtime::Trap::OutOfFuel.into())
        }
    }
}

impl ResourceLimiter for Cell {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Past its own maximum a genome is told so; past the run's limit it ends.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory_bytes {
            return Err(OverMemory.into());
        }
        self.memory_bytes = total;
        self.memory_peak_bytes = self.memory_peak_bytes.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // What was promised cannot be had: the process is short of memory, or a slot is smaller than the limit.
        Err(OverMemory.into())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The engine's maximum is the smaller of the table's own and of a slot's size: under the latter it is its own.
        let is_past = |maximum| desired > maximum;
        if maximum.is_some_and(|maximum| is_past(maximum) && maximum < Limits::DEFAULT.table_elements) {
            return Ok(false);
        }
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        if total > self.limits.table_elements {
            return Err(OverMemory.into());
        }
        if maximum.is_some_and(is_past) {
            return Ok(false);
        }
        self.table_elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(OverMemory.into())
    }
}

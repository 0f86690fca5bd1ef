//! The capabilities that a host can grant, one file each, and how they are linked.

pub(crate) mod advice;
pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod memory;
pub(crate) mod random;
pub(crate) mod senses;
pub(crate) mod wire;

use flux_genome::{Capability, CapabilitySet};
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::cell::Cell;

/// What this host offers by itself; the others need somebody who is asked.
pub(crate) fn offered() -> CapabilitySet {
    [
        Capability::Senses,
        Capability::Mail,
        Capability::Memory,
        Capability::Random,
        Capability::Log,
        Capability::Files,
    ]
    .into_iter()
    .collect()
}

/// Makes a linker that has exactly `grants`.
pub(crate) fn link(engine: &Engine, grants: CapabilitySet) -> wasmtime::Result<Linker<Cell>> {
    let mut linker = Linker::new(engine);
    for capability in grants.iter() {
        let mut instance = linker.instance(&capability.import())?;
        match capability {
            Capability::Senses => senses::link(&mut instance)?,
            Capability::Mail => mail::link(&mut instance)?,
            Capability::Memory => memory::link(&mut instance)?,
            Capability::Random => random::link(&mut instance)?,
            Capability::Log => log::link(&mut instance)?,
            Capability::Files => files::link(&mut instance)?,
            Capability::Model => advice::link_model(&mut instance)?,
            Capability::Judge => advice::link_judge(&mut instance)?,
            Capability::Human => advice::link_human(&mut instance)?,
        }
    }
    Ok(linker)
}

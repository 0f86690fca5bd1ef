//! The capabilities that a host can grant, one file each, and how they are linked.

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

/// What this host can offer at all; the others need a broker of models or a person at hand.
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
            // Not offered, so a genome that imports them has been refused before it comes here.
            Capability::Model | Capability::Judge | Capability::Human => {}
        }
    }
    Ok(linker)
}

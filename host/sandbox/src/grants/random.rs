//! `random`: numbers that the run's seed decides.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::cell::{Cell, charge};

/// The generator of one run: ChaCha with 8 rounds, keyed by the seed and the agent's number, little-endian.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, agent: u32) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&agent.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0.next_u64()
    }
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("next", |mut store: StoreContextMut<'_, Cell>, (): ()| {
        charge(&mut store, 0)?;
        Ok((store.data_mut().dice.next(),))
    })
}

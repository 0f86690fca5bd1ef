//! `senses`: channels that the arena feeds and watches.

use std::collections::BTreeMap;

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::cell::{Cell, OverMemory, charge};
use crate::setting::Act;

/// The channels of one run.
pub(crate) struct Channels {
    /// For each channel: its readings and the place of the next one.
    readings: BTreeMap<u32, (Vec<i64>, usize)>,
    pub(crate) acts: Vec<Act>,
    max_acts: usize,
}

impl Channels {
    pub(crate) fn new(readings: &BTreeMap<u32, Vec<i64>>, max_acts: usize) -> Self {
        let readings = readings.iter().map(|(channel, values)| (*channel, (values.clone(), 0))).collect();
        Self { readings, acts: Vec::new(), max_acts }
    }

    pub(crate) fn sense(&mut self, channel: u32) -> i64 {
        let Some((values, next)) = self.readings.get_mut(&channel) else { return 0 };
        let value = values.get(*next).or(values.last()).copied().unwrap_or(0);
        *next = (*next + 1).min(values.len());
        value
    }

    /// Keeps an act.
    ///
    /// # Errors
    /// [`OverMemory`]: there are as many as may be kept.
    pub(crate) fn act(&mut self, act: Act) -> Result<(), OverMemory> {
        if self.acts.len() >= self.max_acts {
            return Err(OverMemory);
        }
        self.acts.push(act);
        Ok(())
    }
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("sense", |mut store: StoreContextMut<'_, Cell>, (channel,): (u32,)| {
        charge(&mut store, 0)?;
        Ok((store.data_mut().channels.sense(channel),))
    })?;
    instance.func_wrap("act", |mut store: StoreContextMut<'_, Cell>, (channel, value): (u32, i64)| {
        charge(&mut store, 0)?;
        Ok(store.data_mut().channels.act(Act { channel, value })?)
    })
}

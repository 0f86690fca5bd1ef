//! `memory`: bytes under names, in the run's own scope.

use std::collections::BTreeMap;

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::cell::{Cell, charge};
use crate::ending::{Fault, FaultCode};
use crate::grants::wire::outbound;

/// What one run keeps.
pub(crate) struct Shelf {
    values: BTreeMap<String, Vec<u8>>,
    /// Bytes of names and values together.
    bytes: usize,
    max_bytes: usize,
}

impl Shelf {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { values: BTreeMap::new(), bytes: 0, max_bytes }
    }

    fn put(&mut self, key: String, value: Vec<u8>) -> Result<(), Fault> {
        let old = self.values.get(&key).map_or(0, |old| key.len() + old.len());
        let bytes = (self.bytes - old).saturating_add(key.len()).saturating_add(value.len());
        if bytes > self.max_bytes {
            return Err(Fault {
                code: FaultCode::Exhausted,
                message: format!("the scope may keep {} bytes, {bytes} are needed", self.max_bytes),
            });
        }
        self.bytes = bytes;
        self.values.insert(key, value);
        Ok(())
    }

    fn remove(&mut self, key: &str) -> bool {
        let Some(value) = self.values.remove(key) else { return false };
        self.bytes -= key.len() + value.len();
        true
    }
}

pub(crate) fn link(instance: &mut LinkerInstance<'_, Cell>) -> wasmtime::Result<()> {
    instance.func_wrap("get", |mut store: StoreContextMut<'_, Cell>, (key,): (String,)| {
        let value = store.data().shelf.values.get(&key).cloned();
        charge(&mut store, key.len() + value.as_ref().map_or(0, Vec::len))?;
        Ok((value,))
    })?;
    instance.func_wrap("put", |mut store: StoreContextMut<'_, Cell>, (key, value): (String, Vec<u8>)| {
        charge(&mut store, key.len() + value.len())?;
        let (_, result) = outbound(store.data_mut().shelf.put(key, value), |()| 0);
        Ok((result,))
    })?;
    instance.func_wrap("remove", |mut store: StoreContextMut<'_, Cell>, (key,): (String,)| {
        charge(&mut store, key.len())?;
        Ok((store.data_mut().shelf.remove(&key),))
    })
}

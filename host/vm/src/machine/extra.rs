//! The parts of a machine that many programs never use. They are made when one of them is.

use std::collections::{BTreeMap, BTreeSet};

use super::Region;
use crate::capability::Capabilities;
use crate::error::ErrorKind;
use crate::isa::{N_F, N_V};
use crate::machine::Setting;

/// A box: a number with a type tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boxed {
    /// The tag.
    pub tag: u8,
    /// The number.
    pub value: i32,
}

/// An entry of the witness log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Where in the code the instruction stands.
    pub pc: u32,
    /// The register that it names.
    pub register: u8,
    /// Its number.
    pub value: i16,
    /// The cycles executed before it.
    pub cycle: u64,
}

/// The name of the second region that a machine begins with.
pub(crate) const HEAP: &str = "heap";
/// The name of the region that addresses in registers mean.
pub(crate) const STACK: &str = "stack";

/// Floats, vectors, regions other than `stack`, boxes, capabilities, resources and logs.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub f: [f64; N_F],
    pub v: [[u8; 16]; N_V],
    pub regions: BTreeMap<String, Region>,
    /// The size of all regions together, in bytes.
    pub region_bytes: u64,
    /// The bytes that were touched in bulk.
    pub bulk_bytes: u64,
    pub boxes: Vec<Boxed>,
    pub resources: BTreeSet<u32>,
    pub capabilities: Capabilities,
    pub witnesses: Vec<Witness>,
    pub generations: i64,
}

impl Extra {
    pub(crate) fn new(setting: &Setting) -> Self {
        let memory_size = setting.memory_size();
        Self {
            f: [0.0; N_F],
            v: [[0; 16]; N_V],
            regions: BTreeMap::from([(HEAP.to_owned(), Region::new(memory_size, None))]),
            region_bytes: 2 * u64::from(memory_size),
            bulk_bytes: 0,
            boxes: Vec::new(),
            resources: BTreeSet::new(),
            capabilities: setting.capabilities.clone(),
            witnesses: Vec::new(),
            generations: 0,
        }
    }

    pub(crate) fn boxed(&self, id: i64) -> Result<Boxed, ErrorKind> {
        let found = usize::try_from(id).ok().and_then(|id| self.boxes.get(id));
        found.copied().ok_or(ErrorKind::NoBox { id, n_boxes: self.boxes.len() })
    }
}

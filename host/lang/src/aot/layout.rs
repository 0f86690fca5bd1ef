//! Where things lie in the linear memory: all places are known when the program is compiled.

use std::collections::{BTreeMap, BTreeSet};

use flux_vm::Limits;
use flux_vm::isa::{Kind, Opcode};
use flux_vm::payload::Payload;

use super::blocks::Blocks;

/// The region that addresses in registers mean.
pub(super) const STACK: &str = "stack";
/// The second region that a machine begins with.
pub(super) const HEAP: &str = "heap";

/// The most that a program's memory may take, in bytes: what a genome may have at the start.
pub(super) const MAX_BYTES: u64 = 16 << 20;

/// Where things lie, in bytes; what a program does not use has no place.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Where messages are made, and where results that are no numbers are put.
    pub mail: u32,
    /// Where the vectors are put to be read as bytes.
    pub vectors: u32,
    /// A byte for each offset of the code: 1 if it is a landing pad.
    pub pads: u32,
    /// The boxes, 8 bytes each.
    pub boxes: u32,
    /// The region `stack`.
    pub stack: u32,
    /// The size of `stack`.
    pub stack_size: u32,
    /// The other regions, in the order of their names.
    pub regions: Vec<Region>,
    /// The end of it all; 0 if there is nothing.
    pub end: u32,
}

/// What is known of a region other than `stack`.
#[derive(Debug)]
pub(super) struct Region {
    pub name: String,
    pub base: u32,
    /// The sizes that it can have, ascending.
    pub sizes: Vec<u32>,
    /// Whether the program begins with it.
    pub at_start: bool,
    /// Whether some instruction makes, removes or gives it away.
    pub changes: bool,
    /// Whether some instruction removes it.
    pub is_removed: bool,
}

impl Region {
    /// The size, if it has always the same one.
    pub(super) fn fixed_size(&self) -> Option<u32> {
        if let [size] = *self.sizes { Some(size) } else { None }
    }
}

/// What a program needs memory for.
pub(super) struct Needs {
    pub mail: bool,
    pub vectors: bool,
    pub pads: bool,
    pub boxes: bool,
    pub n_boxes: u64,
    pub stack: bool,
    pub heap: bool,
}

impl Layout {
    /// Lays things out; none if there is too much, with the bytes it would take.
    pub(super) fn of(
        blocks: &Blocks<'_>,
        code_len: usize,
        needs: &Needs,
        limits: &Limits,
    ) -> Result<Self, u64> {
        let mut layout = Self { stack_size: limits.memory_size, ..Self::default() };
        let mut end: u64 = 0;
        let mut place = |is_needed: bool, len: u64| {
            let at = end.next_multiple_of(16);
            if is_needed {
                // Something of no length still needs a memory to be in.
                end = (at + len).max(1);
            }
            // Addresses beyond the limit are never used: what they belong to is refused below.
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        layout.mail = place(needs.mail, 64);
        layout.vectors = place(needs.vectors, 256);
        layout.pads = place(needs.pads, code_len as u64);
        layout.stack = place(needs.stack, limits.memory_size.into());
        layout.regions = regions(blocks, needs.heap, limits);
        for region in &mut layout.regions {
            region.base = place(true, region.sizes.last().copied().unwrap_or_default().into());
        }
        layout.boxes = place(needs.boxes, 8 * needs.n_boxes);
        match u32::try_from(end) {
            Ok(bytes) if end <= MAX_BYTES => {
                layout.end = bytes;
                Ok(layout)
            }
            _ => Err(end),
        }
    }

    /// The number of a region other than `stack`.
    pub(super) fn region(&self, name: &str) -> Option<usize> {
        self.regions.iter().position(|region| region.name == name)
    }
}

fn regions(blocks: &Blocks<'_>, heap: bool, limits: &Limits) -> Vec<Region> {
    let mut sizes: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let (mut changed, mut removed) = (BTreeSet::new(), BTreeSet::new());
    if heap {
        sizes.entry(HEAP).or_default();
    }
    for (_, instruction) in &blocks.instructions {
        let [Kind::Payload(form)] = *instruction.opcode.spec().operands else { continue };
        match Payload::parse(form, instruction.payload()) {
            Ok(Payload::RegionCreate { name, size, .. }) => {
                let of_name = sizes.entry(name).or_default();
                changed.insert(name);
                // A size that can never be had needs no place.
                if can_be_had(size, limits) {
                    of_name.insert(size);
                }
            }
            Ok(Payload::RegionTransfer { name, .. } | Payload::Region { name }) => {
                sizes.entry(name).or_default();
                changed.insert(name);
                if instruction.opcode == Opcode::RegionDestroy {
                    removed.insert(name);
                }
            }
            Ok(
                Payload::MemoryCopy { name, .. }
                | Payload::MemorySet { name, .. }
                | Payload::MemoryCompare { name, .. },
            ) => {
                sizes.entry(name).or_default();
            }
            _ => {}
        }
    }
    sizes.remove(STACK);
    if let Some(heap) = sizes.get_mut(HEAP) {
        heap.insert(limits.memory_size);
    }
    let region = |(name, sizes): (&str, BTreeSet<u32>)| Region {
        base: 0,
        sizes: sizes.into_iter().collect(),
        at_start: name == HEAP,
        changes: changed.contains(name),
        is_removed: removed.contains(name),
        name: name.to_owned(),
    };
    sizes.into_iter().map(region).collect()
}

/// Whether a region of this size fits beside `stack`.
pub(super) fn can_be_had(size: u32, limits: &Limits) -> bool {
    u64::from(size) + u64::from(limits.memory_size) <= limits.region_bytes
}

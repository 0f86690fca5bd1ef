//! Where things lie in the linear memory: all places are known when the program is compiled.
//!
//! A genome may have 16 MiB when it starts. Regions that do not fit into that lie behind it, and the memory grows when
//! they are made: whoever makes them needs a budget for them, and nobody else does.

use std::collections::{BTreeMap, BTreeSet};

use flux_genome::Bounds;
use flux_vm::Limits;
use flux_vm::isa::{Kind, Opcode};
use flux_vm::payload::Payload;

use super::blocks::Blocks;

/// The region that addresses in registers mean.
pub(super) const STACK: &str = "stack";
/// The second region that a machine begins with.
pub(super) const HEAP: &str = "heap";

/// The memory's page, in bytes.
pub(super) const PAGE_BYTES: u64 = 65_536;

/// Where regions lie that are not there at the start, in bytes: behind what a genome may have then.
const LATE: u64 = Bounds::DEFAULT.memory_pages * PAGE_BYTES;

/// The most that a program's memory may take at the start, in bytes. The last MiB of what a genome may have is for
/// results, and for what a completed module needs.
pub(super) const START_BYTES: u64 = LATE - (1 << 20);

/// The most that a program's memory may take after all, in bytes: no run can be given more.
pub(super) const MAX_BYTES: u64 = 1 << 30;

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
    /// How many pages the memory must have before anything is done with `stack`; 0 if it has them at the start.
    pub stack_pages: u32,
    /// The other regions, in the order of their names.
    pub regions: Vec<Region>,
    /// The end of what is there at the start; 0 if there is nothing.
    pub end: u32,
}

/// What is known of a region other than `stack`.
#[derive(Debug)]
pub(super) struct Region {
    pub name: String,
    pub base: u32,
    /// How many pages the memory must have before anything is done with it; 0 if it has them at the start.
    pub pages: u32,
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
    /// How many bytes at the beginning are taken by constants and the stack of mathematics.
    pub mathematics: u64,
    pub mail: bool,
    pub vectors: bool,
    pub pads: bool,
    pub boxes: bool,
    pub n_boxes: u64,
    pub stack: bool,
    pub heap: bool,
}

/// Which places are taken.
struct Places {
    /// The end of what is there at the start.
    end: u64,
    /// The end of what comes later.
    late: u64,
}

impl Places {
    /// Takes a place that is there at the start.
    fn take(&mut self, is_needed: bool, len: u64) -> u32 {
        let at = self.end.next_multiple_of(16);
        if is_needed {
            // Something of no length still needs a memory to be in.
            self.end = (at + len).max(1);
        }
        // Addresses beyond the limit are never used: what they belong to is refused.
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Takes a place for a region, and returns how many pages it needs beyond those at the start.
    fn take_region(&mut self, is_needed: bool, len: u64) -> (u32, u32) {
        if !is_needed || self.end.next_multiple_of(16) + len <= START_BYTES {
            return (self.take(is_needed, len), 0);
        }
        let at = self.late.next_multiple_of(16);
        self.late = at + len;
        let pages = self.late.div_ceil(PAGE_BYTES);
        (u32::try_from(at).unwrap_or(u32::MAX), u32::try_from(pages).unwrap_or(u32::MAX))
    }
}

/// A program's memory is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLarge {
    pub limit: u64,
    pub actual: u64,
}

impl Layout {
    /// Lays things out, if there is not too much.
    pub(super) fn of(
        blocks: &Blocks<'_>,
        code_len: usize,
        needs: &Needs,
        limits: &Limits,
    ) -> Result<Self, TooLarge> {
        let mut layout = Self { stack_size: limits.memory_size, ..Self::default() };
        let mut places = Places { end: needs.mathematics, late: LATE };
        layout.mail = places.take(needs.mail, 64);
        layout.vectors = places.take(needs.vectors, 256);
        layout.pads = places.take(needs.pads, code_len as u64);
        layout.boxes = places.take(needs.boxes, 8 * needs.n_boxes);
        (layout.stack, layout.stack_pages) = places.take_region(needs.stack, limits.memory_size.into());
        layout.regions = regions(blocks, needs.heap, limits);
        let mut order: Vec<&mut Region> = layout.regions.iter_mut().collect();
        // What is made later, and what is large, comes last.
        order.sort_by_key(|region| (!region.at_start, region.sizes.last().copied()));
        for region in order {
            let size = region.sizes.last().copied().unwrap_or_default();
            (region.base, region.pages) = places.take_region(true, size.into());
        }
        let Places { end, late } = places;
        // Messages are put behind what is there at the start, as many as come.
        let limit = if needs.mail || end > START_BYTES { START_BYTES } else { MAX_BYTES };
        let actual = if late > LATE { late } else { end };
        match u32::try_from(end) {
            Ok(end) if actual <= limit => Ok(Self { end, ..layout }),
            _ => Err(TooLarge { limit, actual }),
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
    for (_, instruction) in blocks.instructions.iter() {
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
        pages: 0,
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

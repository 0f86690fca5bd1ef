//! Slots: texts in data with room to grow.

use super::{Bounds, Gene, GeneKind, GeneMap, Place};
use crate::view::ModuleView;

/// What lies before a slot's text: its length.
pub const HEADER_BYTES: u32 = 4;

/// A text in data that may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot<'a> {
    /// The text.
    pub text: &'a str,
    /// The most bytes that it may have.
    pub capacity: usize,
    /// Where the slot begins in the module, in bytes.
    pub start: usize,
    /// Where it begins in the memory, in bytes; none where its segment has no constant place there.
    pub address: Option<u32>,
}

impl<'a> Slot<'a> {
    /// Returns the slot of `gene`, a prompt or the name of a model or judge.
    ///
    /// Nothing for genes of other kinds, and where no slot is at its place: past the end of the segment, a length past the
    /// slot's own end, or bytes that are no text.
    pub fn of(gene: &Gene, module: &ModuleView<'a>) -> Option<Slot<'a>> {
        if !matches!(gene.kind, GeneKind::Prompt | GeneKind::Model | GeneKind::Judge) {
            return None;
        }
        let Place::Data { segment, range } = &gene.place else { return None };
        let segment = module.data.get(*segment as usize)?;
        let start = segment.contents.start.checked_add(range.start as usize)?;
        let end = segment.contents.start.checked_add(range.end as usize)?;
        if end > segment.contents.end {
            return None;
        }
        let slot = module.bytes.get(start..end)?;
        let (len, room) = slot.split_at_checked(HEADER_BYTES as usize)?;
        let len = u32::from_le_bytes(len.try_into().ok()?);
        let text = std::str::from_utf8(room.get(..len as usize)?).ok()?;
        let address = segment.address.and_then(|address| address.checked_add(range.start));
        Some(Slot { text, capacity: room.len(), start, address })
    }

    /// Returns what to write over the module to have `text` in the slot: where, and the bytes. Nothing where there is no
    /// room for it.
    pub(crate) fn with(&self, text: &str) -> Option<(usize, Vec<u8>)> {
        if text.len() > self.capacity {
            return None;
        }
        let mut bytes = (text.len() as u32).to_le_bytes().to_vec();
        bytes.extend_from_slice(text.as_bytes());
        // Nothing is left of a longer one.
        bytes.resize(bytes.len().max(HEADER_BYTES as usize + self.text.len()), 0);
        Some((self.start, bytes))
    }
}

/// The most bytes of slots that are looked at: places may overlap in a hostile map. An honest module is smaller.
const MOST_BYTES: usize = 4 << 20;

/// Returns the genes of `kinds` in `map` whose slots are there, with them. Those with the bounds `0 to 0` are left out
/// where only `changeable` ones are asked for.
pub(crate) fn slots<'g, 'a>(
    map: Option<&'g GeneMap>,
    module: &ModuleView<'a>,
    kinds: &[GeneKind],
    which: Which,
) -> Vec<(&'g Gene, Slot<'a>)> {
    let genes = map.into_iter().flat_map(|map| &map.genes);
    let mut left = MOST_BYTES;
    genes
        .filter(|gene| kinds.contains(&gene.kind) && (which == Which::All || gene.bounds != Bounds::FIXED))
        .map_while(|gene| {
            let Place::Data { range, .. } = &gene.place else { return Some(None) };
            left = left.checked_sub(range.len())?;
            Some(Slot::of(gene, module).map(|slot| (gene, slot)))
        })
        .flatten()
        .collect()
}

/// Which slots are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// All.
    All,
    /// Those that may be changed.
    Changeable,
}

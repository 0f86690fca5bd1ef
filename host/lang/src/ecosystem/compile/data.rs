//! What lies in the memory: a few words, texts that stay, and slots for texts that may change.

use flux_genome::gene::GeneKind;

use super::CompileError;

/// Where the data segment begins, in bytes.
pub(super) const BASE: u32 = 8;
/// The word that says where the allocator goes on; when a module begins, where its data ends.
pub(super) const HEAP: u32 = BASE;
/// Where hosts put what they return: 16 bytes.
pub(super) const AREA: u32 = 16;
/// Where the result of `answer` is: 16 bytes.
pub(super) const RESULT: u32 = 32;
/// Where texts begin.
const TEXTS: u32 = 48;

/// Room for a prompt to grow, in bytes: a few sentences.
const PROMPT_ROOM: usize = 256;
/// The least capacity of a name, in bytes, and the room of a longer one.
const NAME_ROOM: usize = 64;

/// The memory's page, in bytes.
pub(super) const PAGE_BYTES: usize = 65_536;
/// Room for more slots before the first page that is not there yet, in bytes.
const SPARE: usize = 4096;
/// The most bytes of texts: what the bounds of a genome leave room for.
const MOST: usize = 768 << 10;

/// A text that may change.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The name of its gene.
    pub(super) name: String,
    pub(super) kind: GeneKind,
    /// Where its length lies in the memory; the text comes after it.
    pub(super) address: u32,
    /// All of it, its length included, in bytes.
    pub(super) size: u32,
    /// Whether it is no gene.
    pub(super) stays: bool,
}

impl Slot {
    /// Its bytes within the segment.
    pub(super) fn range(&self) -> std::ops::Range<u32> {
        self.address - BASE..self.address - BASE + self.size
    }
}

/// The data segment while it grows.
#[derive(Default)]
pub(super) struct Data {
    /// What lies from [`TEXTS`] on.
    bytes: Vec<u8>,
    fixed: std::collections::BTreeMap<String, u32>,
    pub(super) slots: Vec<Slot>,
}

impl Data {
    fn end(&self) -> u32 {
        // INVARIANT: `finish` refuses more than `MOST` bytes, which is far below.
        TEXTS.saturating_add(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX))
    }

    /// Where a text that stays lies, and its length.
    pub(super) fn text(&mut self, text: &str) -> (u32, u32) {
        let len = text.len() as u32;
        if let Some(address) = self.fixed.get(text) {
            return (*address, len);
        }
        let address = self.end();
        self.bytes.extend_from_slice(text.as_bytes());
        self.fixed.insert(text.to_owned(), address);
        (address, len)
    }

    /// Lays out a slot and returns its address.
    pub(super) fn slot(&mut self, name: String, kind: GeneKind, text: &str) -> u32 {
        let capacity = match kind {
            GeneKind::Model | GeneKind::Judge => (text.len() + NAME_ROOM / 2).max(NAME_ROOM),
            _ => text.len() + PROMPT_ROOM,
        };
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let address = self.end();
        let size = 4 + capacity.next_multiple_of(4);
        self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.resize(self.bytes.len() + size - 4 - text.len(), 0);
        self.slots.push(Slot { name, kind, address, size: size as u32, stays: false });
        address
    }

    /// Has the last slot stay as it is.
    pub(super) fn keep_last(&mut self) {
        if let Some(slot) = self.slots.last_mut() {
            slot.stays = true;
        }
    }

    /// The contents of the segment, and how many pages the memory needs.
    pub(super) fn finish(mut self) -> Result<(Vec<u8>, u64), CompileError> {
        if self.bytes.len() > MOST {
            return Err(CompileError::TooMuchText { limit: MOST, actual: self.bytes.len() });
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let heap = self.end();
        let mut contents = vec![0; (TEXTS - BASE) as usize];
        contents[..4].copy_from_slice(&heap.to_le_bytes());
        contents.extend_from_slice(&self.bytes);
        Ok((contents, (heap as usize + SPARE).div_ceil(PAGE_BYTES) as u64))
    }
}

//! Limits of what is read and run: each with a unit, a default and a reason.

/// The longest code, in bytes: what the machine described by the container's authors takes.
pub const MAX_CODE_BYTES: usize = 1 << 20;

/// The longest container, in bytes: the longest code, and as much as all the rest of its fields can fill with sense.
pub const MAX_CONTAINER_BYTES: usize = 16 << 20;

/// What a machine may use up, beside cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of each of the regions `stack` and `heap`, in bytes; default 65,536, at most 2 GiB.
    pub memory_size: u32,
    /// How many regions there may be; default 256.
    pub n_regions: usize,
    /// The bytes of all regions together; default 16 MiB.
    pub region_bytes: u64,
    /// The bytes that `MEMCOPY`, `MEMSET` and `MEMCMP` touch in all; default 1 GiB. They cost a cycle each whatever
    /// they touch, so a budget alone would not stop a program that does nothing else.
    pub bulk_bytes: u64,
    /// How many boxes there may be; default 65,536.
    pub n_boxes: usize,
    /// How many entries the witness log may have; default 65,536.
    pub n_witnesses: usize,
    /// How many resources may be marked; default 65,536.
    pub n_resources: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        memory_size: 65_536,
        n_regions: 256,
        region_bytes: 16 << 20,
        bulk_bytes: 1 << 30,
        n_boxes: 65_536,
        n_witnesses: 65_536,
        n_resources: 65_536,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

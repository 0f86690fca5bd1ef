//! What a run may use up.
//!
//! Each limit has a unit, a default, a reason and an ending or fault of its own. What a genome may *look* like is
//! bounded before, by [`flux_genome::Bounds`].

use std::time::Duration;

/// What one run of one genome may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Cycles, by the cost table. A run completes if and only if it costs at most this. Default 100 million, a few
    /// hundredths of a second to half a second. Past it: [`crate::Ending::OutOfFuel`].
    pub cycles: u64,
    /// Bytes of all linear memories together. Default 16 MiB: guests of garbage-collected languages start with 3 to
    /// 12. At most [`Limits::MAX_MEMORY_BYTES`]. Past it: [`crate::Ending::OverMemory`].
    pub memory_bytes: usize,
    /// Elements of all tables together. Default 10,000; systems languages use tens. Past it:
    /// [`crate::Ending::OverMemory`].
    pub table_elements: usize,
    /// Wall-clock time. The second stop, far behind the fuel, for what fuel cannot see (a host that is too slow):
    /// default 60 s. Past it: [`crate::Ending::OverDeadline`], the one ending that is not reproducible.
    pub deadline: Duration,
    /// Lines that the log keeps. Default 1,000; more are counted and dropped.
    pub log_lines: usize,
    /// Bytes that one line of the log keeps. Default 4,096; longer ones are cut at a character.
    pub log_line_bytes: usize,
    /// Acts that are kept. Default 100,000. Past it the run ends with [`crate::Ending::OverMemory`], since an arena
    /// compares all of them.
    pub acts: usize,
    /// Bytes kept by the `memory` capability, names included. Default 1 MiB. Past it: a fault `exhausted`.
    pub store_bytes: usize,
    /// Bytes in the scratch folder. Default 1 MiB. Past it: a fault `exhausted`.
    pub file_bytes: usize,
    /// Files in the scratch folder. Default 256. Past it: a fault `exhausted`.
    pub files: usize,
    /// Messages in one mailbox. Default 1,024. Past it: a fault `exhausted`.
    pub mailbox_messages: usize,
    /// Bytes of one message. Default 64 KiB. Past it: a fault `exhausted`.
    pub message_bytes: usize,
}

impl Limits {
    /// The most that [`Limits::memory_bytes`] may be: 1 GiB a memory.
    pub const MAX_MEMORY_BYTES: usize = 1 << 30;

    /// The most that [`Limits::cycles`] may be: fuel is a signed counter.
    pub const MAX_CYCLES: u64 = 1 << 62;

    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        cycles: 100_000_000,
        memory_bytes: 16 << 20,
        table_elements: 10_000,
        deadline: Duration::from_secs(60),
        log_lines: 1000,
        log_line_bytes: 4096,
        acts: 100_000,
        store_bytes: 1 << 20,
        file_bytes: 1 << 20,
        files: 256,
        mailbox_messages: 1024,
        message_bytes: 64 << 10,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Cycles that a genome is interpreted for, over all of its runs together, before it is compiled. Compiling a small
/// module takes as long as interpreting about this many cycles.
pub const INTERPRETED_CYCLES: u64 = 3_000_000;

/// Calls that may be under way at once: the limit of the metered form, which every run of a genome that the
/// interpreter can take is held to. Past it: a trap of kind [`crate::TrapKind::StackOverflow`].
pub const CALL_DEPTH: u32 = flux_genome::meter::Options::DEFAULT.call_depth;

/// The native stack of a compiled guest, in bytes. 512 KiB is about ten thousand small frames; for a genome of several
/// modules this is what bounds its calls. Past it: a trap of kind [`crate::TrapKind::StackOverflow`].
pub(crate) const STACK_BYTES: usize = 512 << 10;

/// Core instances that one component may have; toolchains make three to five.
pub(crate) const CORE_INSTANCES: u32 = 32;

/// Memories and tables that one component may have.
pub(crate) const MEMORIES: u32 = 16;

/// Memories and tables that one module may have.
pub(crate) const MEMORIES_PER_MODULE: u32 = 4;

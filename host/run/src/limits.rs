//! Bounds on what an arena and a tournament may ask for.
//!
//! They keep a mistyped number from filling the memory, and are far above what any shipped arena needs.

/// Bytes of an arena file. Four mebibytes hold tens of thousands of cases.
pub const MAX_ARENA_BYTES: u64 = 4 << 20;

/// Bytes of a genome file, text or binary, before it is compiled; the genome's own bounds come after.
pub const MAX_GENOME_FILE_BYTES: u64 = 16 << 20;

/// Cases of an arena, written out and generated together, in one round.
pub const MAX_CASES: usize = 10_000;

/// Numbers in one list: an input, an expected output, the readings of a channel, the expected acts.
pub const MAX_NUMBERS: usize = 65_536;

/// Bytes of a prompt or an expected answer.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// Bytes of a name: of the arena or of a case.
pub const MAX_NAME_BYTES: usize = 64;

/// Agents that meet in one trial.
pub const MAX_AGENTS: usize = 16;

/// Rivals that an arena names.
pub const MAX_RIVALS: usize = 256;

/// Channels with readings in one case.
pub const MAX_CHANNELS: usize = 256;

/// Cycles for one agent in one trial: hours of work on one core.
pub const MAX_CYCLES: u64 = 1_000_000_000_000;

/// Memory for one agent in one trial, in KiB: one gibibyte.
pub const MAX_MEMORY_KIB: u64 = 1 << 20;

/// Rounds of a tournament.
pub const MAX_ROUNDS: u32 = 10_000;

/// Entrants of a tournament.
pub const MAX_ENTRANTS: usize = 4_096;

/// Trials of a tournament: rounds x cases x entrants. Each keeps a record of some two hundred bytes.
pub const MAX_TRIALS: u64 = 1_000_000;

/// Agents that run at once in a tournament: threads times agents of a trial. Half of the sandbox's slots.
pub const MAX_JOBS: usize = 64;

/// An oracle may spend this many times the arena's cycles: it is written to be right, not to be fast.
pub const ORACLE_CYCLES_FACTOR: u64 = 100;

/// What the asking in one trial may be allowed to cost at most, in the unit of the models' prices: far above what anybody
/// pays.
pub const MAX_COST_OF_TRIAL: f64 = 1e6;

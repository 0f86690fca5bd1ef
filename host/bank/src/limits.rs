//! What a bank takes in, and what is read from files that others made.

use std::time::Duration;

/// The largest genome, record, header or checkpoint, in bytes: 64 MiB, sixty-four times the largest genome that flux
/// admits unless it is told otherwise.
pub const BLOB_BYTES: u64 = 64 << 20;
/// The largest value of a score, in bytes: 64 KiB. Scores are kept by the million.
pub const SCORE_BYTES: u64 = 64 << 10;
/// The longest name of a run, in bytes: 128, so that it fits a line.
pub const NAME_BYTES: u64 = 128;
/// The longest description of how a child was made, in bytes: 4 KiB.
pub const HOW_BYTES: u64 = 4 << 10;
/// How long opening waits for another process that writes: 5 s, longer than any transaction of ours takes.
pub const WAIT: Duration = Duration::from_secs(5);

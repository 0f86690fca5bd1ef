//! What a bank takes in, and what is read from files that others made.

use std::time::Duration;

/// The largest genome, record, header, checkpoint, text or tape, in bytes: 64 MiB, sixty-four times the largest genome that flux
/// admits unless it is told otherwise.
pub const BLOB_BYTES: u64 = 64 << 20;
/// The largest value of a score, in bytes: 64 KiB. Scores are kept by the million.
pub const SCORE_BYTES: u64 = 64 << 10;
/// The largest value of a calibration, in bytes: 1 MiB, for a table of steps over a large set.
pub const CALIBRATION_BYTES: u64 = 1 << 20;
/// The longest key of a calibration, in bytes: 4 KiB, for names and a digest.
pub const KEY_BYTES: u64 = 4 << 10;
/// The longest name of a run, a document or a tape, in bytes: 128, so that it fits a line.
pub const NAME_BYTES: u64 = 128;
/// The longest description of how a child was made, in bytes: 4 KiB.
pub const HOW_BYTES: u64 = 4 << 10;
/// How long opening waits for another process that writes: 5 s, longer than any transaction of ours takes.
pub const WAIT: Duration = Duration::from_secs(5);

//! The bank: a transactional store of genomes, lineages, runs, generations and scores, and of documents, tapes and
//! calibrations, in one file.
//!
//! It holds bytes and how they relate, and no logic: what a record means is known by whoever wrote it. One [`Bank`]
//! at a time writes to a file, others read it meanwhile, in this process or another. What a transaction wrote is there
//! whole after a crash at any moment, or not at all. Everything is checked when it is read: genomes against their hash,
//! everything else against a sum. The file's format is described in FORMAT.md beside this crate.
//!
//! - [`Bank::open`] and [`Bank::open_read_only`] open a file.
//! - [`Bank::write`] runs a transaction, in which a [`Writer`] stores things.
//! - [`Bank::genome`], [`Bank::find`], [`Bank::run`], [`Bank::generations`], [`Bank::parents`] and [`Bank::score`] read.
//! - [`Bank::document`] and [`Bank::version`] read texts of which all versions are kept, [`Bank::tape`] and
//!   [`Bank::calibration`] what was recorded of models and learnt about judges.

mod bank;
mod check;
mod documents;
mod error;
mod gc;
mod hash;
pub mod limits;
mod open;
mod pack;
mod pages;
mod read;
mod rows;
mod schema;
mod tapes;
mod transfer;
mod writer;

pub use bank::Bank;
pub use check::{CheckReport, Finding};
pub use error::{BankError, EngineError, ExportError, ImportError, OpenError};
pub use gc::{CompactReport, GcReport, Mode, Scores};
pub use hash::{Hash, ParseHashError};
pub use pages::{Generations, Genomes};
pub use rows::{
    Counts, DocumentRow, EdgeRow, Found, GenerationRow, GenomeRow, KeptRow, Role, RunId, RunRow, TapeRow,
    VersionRow,
};
pub use transfer::Selection;
pub use writer::Writer;

/// The version of the file's format that this crate writes, and the latest that it reads.
pub const FORMAT: u32 = schema::VERSION;
/// The version of an export that this crate writes, and the latest that it reads.
pub const EXPORT_FORMAT: u8 = transfer::VERSION;

#[cfg(test)]
mod tests;

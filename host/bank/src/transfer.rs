//! One portable file: genomes with their lineage, runs with their generations, documents, tapes and calibrations, from
//! one bank to another.
//!
//! FORMAT.md describes the stream.

mod export;
mod import;

pub use export::Selection;

/// The first bytes of an export.
const MAGIC: [u8; 4] = *b"fxbk";
/// The version that is written, and the latest that is read.
pub(crate) const VERSION: u8 = 2;

/// What a record of the stream is. The numbers are those of FORMAT.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    End,
    Run,
    Genome,
    Generation,
    Checkpoint,
    Finish,
    Kept,
    Edge,
    Score,
    Version,
    Live,
    Tape,
    Calibration,
}

impl Tag {
    const ALL: [Self; 13] = [
        Self::End,
        Self::Run,
        Self::Genome,
        Self::Generation,
        Self::Checkpoint,
        Self::Finish,
        Self::Kept,
        Self::Edge,
        Self::Score,
        Self::Version,
        Self::Live,
        Self::Tape,
        Self::Calibration,
    ];

    fn number(self) -> u8 {
        match self {
            Self::End => 0,
            Self::Run => 1,
            Self::Genome => 2,
            Self::Generation => 3,
            Self::Checkpoint => 4,
            Self::Finish => 5,
            Self::Kept => 6,
            Self::Edge => 7,
            Self::Score => 8,
            Self::Version => 9,
            Self::Live => 10,
            Self::Tape => 11,
            Self::Calibration => 12,
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.number() == number)
    }
}

//! What comes out of a bank.

use crate::Hash;

/// A run's number within one bank. Another bank may know the same run by another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub(crate) i64);

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// Its number in this bank.
    pub id: RunId,
    /// Its name, unique in the bank.
    pub name: String,
    /// What it was begun with. The bank does not look into it.
    pub header: Vec<u8>,
    /// What it ended with; none while it has not.
    pub footer: Option<Vec<u8>>,
    /// How many generations are stored; also the index of the next one.
    pub n_generations: u64,
}

/// A generation of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationRow {
    /// Its place in the run, from 0.
    pub index: u64,
    /// What happened, the same on every machine. The bank does not look into it.
    pub record: Vec<u8>,
    /// How long it took, kept apart because it differs between machines.
    pub timings: Vec<u8>,
}

/// Why a run keeps a genome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The run began with it.
    Founder,
    /// It is in the population that the run would go on with.
    Survivor,
    /// It was the best of a generation.
    Champion,
}

impl Role {
    /// All roles, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Founder, Self::Survivor, Self::Champion];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Founder => "founder",
            Self::Survivor => "survivor",
            Self::Champion => "champion",
        }
    }

    /// Its number in the file.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Founder => 0,
            Self::Survivor => 1,
            Self::Champion => 2,
        }
    }

    pub(crate) fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.number() == number)
    }
}

/// A genome that a run keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptRow {
    /// Why.
    pub role: Role,
    /// Which.
    pub genome: Hash,
}

/// One parent of one child.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeRow {
    /// The genome that was made.
    pub child: Hash,
    /// A genome that it was made of.
    pub parent: Hash,
    /// Which of its parents, by the caller's numbers; 0 for the first.
    pub role: u8,
    /// The run that made it.
    pub run: RunId,
    /// The generation that made it.
    pub generation: u64,
    /// How it was made, for people.
    pub how: String,
}

/// A genome in a listing, without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GenomeRow {
    /// Its identity.
    pub hash: Hash,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What it takes in the file, in bytes.
    pub stored_bytes: u64,
}

/// A document: a text with all its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its name, unique among documents.
    pub name: String,
    /// The number of the version that is live.
    pub live: u64,
    /// How many versions there are; also the number of the latest.
    pub n_versions: u64,
}

/// One version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number, from 1.
    pub number: u64,
    /// The version that it was made of; none where it was made of nothing.
    pub parent: Option<u64>,
    /// The text. The bank does not look into it.
    pub text: Vec<u8>,
    /// How it came about. The bank does not look into it.
    pub record: Vec<u8>,
}

/// A tape in a listing, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapeRow {
    /// Its name, unique among tapes.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// What a name or the beginning of a hash stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing in this bank.
    Nothing,
    /// A genome, and nothing else.
    Genome(Hash),
    /// A run, by its whole name or as the only thing whose name begins so.
    Run(RunRow),
    /// Several things; some of them, runs by their names first, genomes by their hashes after.
    Several(Vec<String>),
}

/// How much there is of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Genomes.
    pub genomes: u64,
    /// Runs.
    pub runs: u64,
    /// Generations of all runs.
    pub generations: u64,
    /// Edges between children and parents.
    pub edges: u64,
    /// Scores.
    pub scores: u64,
    /// Documents.
    pub documents: u64,
    /// Versions of all documents.
    pub versions: u64,
    /// Tapes.
    pub tapes: u64,
    /// Calibrations.
    pub calibrations: u64,
}

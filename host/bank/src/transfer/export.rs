//! Writing the stream.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use rusqlite::params;

use super::{MAGIC, Tag, VERSION};
use crate::{Bank, BankError, Counts, EdgeRow, ExportError, Hash, RunId};

/// How hard the stream is compressed: Zstandard's default.
const LEVEL: i32 = 3;

/// What is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Everything: scores, documents, tapes and calibrations too.
    All,
    /// Some runs with all that they keep, some genomes, and the ancestors of both.
    ///
    /// Runs that made an ancestor and are not named come with their name and header only.
    Some {
        /// The runs.
        runs: Vec<RunId>,
        /// The genomes.
        genomes: Vec<Hash>,
    },
}

impl Bank {
    /// Writes a selection as one stream, which [`Bank::import`] takes into another bank.
    ///
    /// Returns how much was written.
    ///
    /// # Determinism
    /// The same selection of the same content gives the same bytes.
    ///
    /// # Errors
    /// * [`ExportError::Bank`] with [`BankError::UnknownRun`] or [`BankError::UnknownGenome`]: something selected is not
    ///   there.
    /// * [`ExportError::Bank`]: something cannot be read, or is damaged. What was written so far is no whole stream.
    /// * [`ExportError::Io`]: `out` cannot be written.
    pub fn export(&self, selection: &Selection, out: impl Write) -> Result<Counts, ExportError> {
        self.snapshot(|bank| {
            let chosen = Chosen::of(bank, selection)?;
            let mut stream = Stream::begin(out)?;
            let mut counts = Counts::default();
            bank.export_runs(&chosen, &mut stream, &mut counts)?;
            bank.export_genomes(&chosen, &mut stream, &mut counts)?;
            bank.export_progress(&chosen, &mut stream, &mut counts)?;
            bank.export_edges(&chosen, &mut stream, &mut counts)?;
            if *selection == Selection::All {
                bank.export_scores(&mut stream, &mut counts)?;
                bank.export_documents(&mut stream, &mut counts)?;
                bank.export_tapes(&mut stream, &mut counts)?;
            }
            stream.end()?;
            Ok(counts)
        })
    }

    fn export_runs(
        &self,
        chosen: &Chosen,
        stream: &mut Stream<impl Write>,
        counts: &mut Counts,
    ) -> Result<(), ExportError> {
        for run in chosen.ordinals.keys() {
            let row = self.run_of(*run)?.ok_or_else(|| self.unknown_run(*run))?;
            stream.record(Tag::Run, Payload::new().bytes(row.name.as_bytes()).bytes(&row.header))?;
            counts.runs += 1;
        }
        Ok(())
    }

    fn export_genomes(
        &self,
        chosen: &Chosen,
        stream: &mut Stream<impl Write>,
        counts: &mut Counts,
    ) -> Result<(), ExportError> {
        for hash in &chosen.genomes {
            let bytes = self.genome(hash)?.ok_or_else(|| self.unknown_genome(*hash))?;
            stream.record(Tag::Genome, Payload::new().bytes(&bytes))?;
            counts.genomes += 1;
        }
        Ok(())
    }

    fn export_progress(
        &self,
        chosen: &Chosen,
        stream: &mut Stream<impl Write>,
        counts: &mut Counts,
    ) -> Result<(), ExportError> {
        for (run, ordinal) in chosen.ordinals.iter().filter(|(run, _)| chosen.whole_runs.contains(run)) {
            for generation in self.generations(*run, 0) {
                let generation = generation?;
                let payload = Payload::new()
                    .number(*ordinal)
                    .number(generation.index)
                    .bytes(&generation.record)
                    .bytes(&generation.timings);
                stream.record(Tag::Generation, payload)?;
                counts.generations += 1;
            }
            if let Some(state) = self.checkpoint(*run)? {
                stream.record(Tag::Checkpoint, Payload::new().number(*ordinal).bytes(&state))?;
            }
            if let Some(footer) = self.run_of(*run)?.and_then(|row| row.footer) {
                stream.record(Tag::Finish, Payload::new().number(*ordinal).bytes(&footer))?;
            }
            for kept in self.kept(*run)? {
                let role = u64::from(kept.role.number());
                stream.record(Tag::Kept, Payload::new().number(*ordinal).number(role).hash(&kept.genome))?;
            }
        }
        Ok(())
    }

    fn export_edges(
        &self,
        chosen: &Chosen,
        stream: &mut Stream<impl Write>,
        counts: &mut Counts,
    ) -> Result<(), ExportError> {
        for hash in &chosen.genomes {
            for EdgeRow { child, parent, role, run, generation, how } in self.parents(hash)? {
                let ordinal = chosen.ordinals.get(&run).ok_or_else(|| self.unknown_run(run))?;
                let payload = Payload::new()
                    .hash(&child)
                    .hash(&parent)
                    .number(role.into())
                    .number(*ordinal)
                    .number(generation)
                    .bytes(how.as_bytes());
                stream.record(Tag::Edge, payload)?;
                counts.edges += 1;
            }
        }
        Ok(())
    }

    fn export_scores(&self, stream: &mut Stream<impl Write>, counts: &mut Counts) -> Result<(), ExportError> {
        let mut last = Vec::new();
        loop {
            let sql = "SELECT key FROM score WHERE key > ?1 ORDER BY key LIMIT 1024";
            let keys = self.all("read scores", sql, params![last], |row| row.get(0).map(Hash))?;
            for key in &keys {
                if let Some(value) = self.score(key)? {
                    stream.record(Tag::Score, Payload::new().hash(key).bytes(&value))?;
                    counts.scores += 1;
                }
            }
            match keys.last() {
                Some(key) => last = key.0.to_vec(),
                None => return Ok(()),
            }
        }
    }

    fn export_documents(
        &self,
        stream: &mut Stream<impl Write>,
        counts: &mut Counts,
    ) -> Result<(), ExportError> {
        for document in self.documents()? {
            let name = document.name.as_bytes();
            for version in self.versions(&document.name)? {
                let payload = Payload::new()
                    .bytes(name)
                    .number(version.number)
                    .number(version.parent.unwrap_or(0))
                    .bytes(&version.text)
                    .bytes(&version.record);
                stream.record(Tag::Version, payload)?;
                counts.versions += 1;
            }
            stream.record(Tag::Live, Payload::new().bytes(name).number(document.live))?;
            counts.documents += 1;
        }
        Ok(())
    }

    fn export_tapes(&self, stream: &mut Stream<impl Write>, counts: &mut Counts) -> Result<(), ExportError> {
        for tape in self.tapes()? {
            let bytes = self.tape(&tape.name)?.unwrap_or_default();
            stream.record(Tag::Tape, Payload::new().bytes(tape.name.as_bytes()).bytes(&bytes))?;
            counts.tapes += 1;
        }
        for key in self.calibrations()? {
            let value = self.calibration(&key)?.unwrap_or_default();
            stream.record(Tag::Calibration, Payload::new().bytes(&key).bytes(&value))?;
            counts.calibrations += 1;
        }
        Ok(())
    }

    fn unknown_run(&self, run: RunId) -> BankError {
        BankError::UnknownRun { path: self.path.clone(), run }
    }

    fn unknown_genome(&self, genome: Hash) -> BankError {
        BankError::UnknownGenome { path: self.path.clone(), genome }
    }
}

/// What a selection comes to.
struct Chosen {
    /// Runs in the order of the stream, each with its place there.
    ordinals: BTreeMap<RunId, u64>,
    /// Those that come with generations.
    whole_runs: BTreeSet<RunId>,
    genomes: BTreeSet<Hash>,
}

impl Chosen {
    fn of(bank: &Bank, selection: &Selection) -> Result<Self, BankError> {
        let mut genomes = BTreeSet::new();
        let mut runs = BTreeSet::new();
        let whole_runs;
        match selection {
            Selection::All => {
                runs.extend(bank.runs()?.into_iter().map(|run| run.id));
                whole_runs = runs.clone();
                for row in bank.genomes() {
                    genomes.insert(row?.hash);
                }
            }
            Selection::Some { runs: named, genomes: wanted } => {
                whole_runs = named.iter().copied().collect::<BTreeSet<_>>();
                runs.extend(&whole_runs);
                let mut to_visit = wanted.clone();
                for run in &whole_runs {
                    to_visit.extend(bank.kept(*run)?.into_iter().map(|kept| kept.genome));
                }
                while let Some(genome) = to_visit.pop() {
                    if !genomes.insert(genome) {
                        continue;
                    }
                    for edge in bank.parents(&genome)? {
                        runs.insert(edge.run);
                        to_visit.push(edge.parent);
                    }
                }
            }
        }
        let ordinals = runs.into_iter().zip(0..).collect();
        Ok(Self { ordinals, whole_runs, genomes })
    }
}

/// The fields of one record.
struct Payload(Vec<u8>);

impl Payload {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn number(mut self, number: u64) -> Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn hash(mut self, hash: &Hash) -> Self {
        self.0.extend(hash.0);
        self
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        let mut payload = self.number(bytes.len() as u64);
        payload.0.extend(bytes);
        payload
    }
}

/// A stream under way.
struct Stream<W: Write> {
    out: zstd::Encoder<'static, W>,
    hasher: blake3::Hasher,
}

impl<W: Write> Stream<W> {
    fn begin(mut out: W) -> Result<Self, ExportError> {
        out.write_all(&MAGIC).and_then(|()| out.write_all(&[VERSION])).map_err(ExportError::Io)?;
        let out = zstd::Encoder::new(out, LEVEL).map_err(ExportError::Io)?;
        Ok(Self { out, hasher: blake3::Hasher::new() })
    }

    // Taken by value: a record is written once.
    #[expect(clippy::needless_pass_by_value, reason = "a payload is made for one record")]
    fn record(&mut self, tag: Tag, payload: Payload) -> Result<(), ExportError> {
        self.put(&[tag.number()])?;
        self.put(&(payload.0.len() as u64).to_le_bytes())?;
        self.put(&payload.0)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.hasher.update(bytes);
        self.out.write_all(bytes).map_err(ExportError::Io)
    }

    /// The last record carries the hash of all that came before it.
    fn end(mut self) -> Result<(), ExportError> {
        let hash = Hash(*self.hasher.finalize().as_bytes());
        self.record(Tag::End, Payload::new().hash(&hash))?;
        self.out.finish().and_then(|mut out| out.flush()).map_err(ExportError::Io)
    }
}

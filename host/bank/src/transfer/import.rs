//! Reading the stream, all or nothing.

mod documents;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use rusqlite::params;

use self::documents::Document;
use super::{MAGIC, Tag, VERSION};
use crate::limits::BLOB_BYTES;
use crate::read::counts;
use crate::{Bank, BankError, Counts, EdgeRow, Hash, ImportError, Role, RunId, Writer};

/// The largest record: a generation whose record and timings are as large as they may be.
const RECORD_BYTES: u64 = 2 * BLOB_BYTES + 1024;
/// A stream whose compression asks for a larger window than 2^27 bytes was not written by us.
const WINDOW_LOG: u32 = 27;

impl Bank {
    /// Takes a stream of [`Bank::export`] in, in one transaction, and returns how much of it was new.
    ///
    /// What is there already stays as it is, so importing twice changes nothing. A run that is known by its name and
    /// header gets the generations that it lacks, and a document the versions that it lacks; then the live one is that of
    /// the stream.
    ///
    /// # Errors
    /// In each case the bank is as it was before.
    /// * [`ImportError::NotAnExport`], [`ImportError::Newer`]: the first bytes say so.
    /// * [`ImportError::Damaged`]: the stream is cut off or changed, or refers to what it does not bring.
    /// * [`ImportError::Conflict`]: a run of the same name has another header, record or end, a document of the same name
    ///   another version, or a tape of the same name other bytes.
    /// * [`ImportError::Io`], [`ImportError::Bank`].
    pub fn import(&mut self, mut from: impl Read) -> Result<Counts, ImportError> {
        let mut first = Vec::new();
        let length = MAGIC.len() + 1;
        from.by_ref().take(length as u64).read_to_end(&mut first).map_err(ImportError::Io)?;
        match first.strip_prefix(&MAGIC) {
            Some([1..=VERSION]) => {}
            Some([found]) if *found > VERSION => {
                return Err(ImportError::Newer { found: *found, supported: VERSION });
            }
            Some([_]) => return Err(damaged("there has never been such a format")),
            _ => return Err(ImportError::NotAnExport),
        }
        let mut decoder =
            zstd::Decoder::with_buffer(BufReader::new(from)).map_err(ImportError::Io)?.single_frame();
        decoder.window_log_max(WINDOW_LOG).map_err(ImportError::Io)?;
        self.write(|writer| {
            let of = |error| BankError::of(writer.path, "count", error);
            let before = counts(writer.connection).map_err(of)?;
            let mut import = Import {
                writer,
                stream: Stream { from: decoder, hasher: blake3::Hasher::new() },
                runs: Vec::new(),
                documents: BTreeMap::new(),
            };
            import.records()?;
            let rest = import.stream.from.finish();
            expect_end(rest)?;
            let of = |error| BankError::of(import.writer.path, "count", error);
            let after = counts(import.writer.connection).map_err(of)?;
            Ok(Counts {
                genomes: after.genomes.saturating_sub(before.genomes),
                runs: after.runs.saturating_sub(before.runs),
                generations: after.generations.saturating_sub(before.generations),
                edges: after.edges.saturating_sub(before.edges),
                scores: after.scores.saturating_sub(before.scores),
                documents: after.documents.saturating_sub(before.documents),
                versions: after.versions.saturating_sub(before.versions),
                tapes: after.tapes.saturating_sub(before.tapes),
                calibrations: after.calibrations.saturating_sub(before.calibrations),
            })
        })
    }
}

fn damaged(what: impl Into<String>) -> ImportError {
    ImportError::Damaged { what: what.into() }
}

fn expect_end(mut rest: impl BufRead) -> Result<(), ImportError> {
    match rest.fill_buf() {
        Ok([]) => Ok(()),
        Ok(_) => Err(damaged("something follows after its end")),
        Err(error) => Err(ImportError::Io(error)),
    }
}

/// A run of the stream, as the bank knows it.
struct Run {
    id: RunId,
    name: String,
    /// Generations in the bank before the import.
    n_before: u64,
    /// Generations in the stream so far.
    n_streamed: u64,
    /// Whether the survivors of an earlier generation have made room.
    is_cleared: bool,
}

struct Import<'i, 'w, R> {
    writer: &'i mut Writer<'w>,
    stream: Stream<R>,
    runs: Vec<Run>,
    documents: BTreeMap<String, Document>,
}

impl<R: Read> Import<'_, '_, R> {
    fn records(&mut self) -> Result<(), ImportError> {
        loop {
            let so_far = Hash(*self.stream.hasher.finalize().as_bytes());
            let (tag, payload) = self.stream.record()?;
            let mut fields = Fields(&payload);
            match tag {
                Tag::End => {
                    let is_whole = fields.hash()? == so_far;
                    fields.end()?;
                    let at_end = self.stream.is_over()?;
                    return if is_whole && at_end { Ok(()) } else { Err(damaged("its hash does not agree")) };
                }
                Tag::Run => self.run(&mut fields)?,
                Tag::Genome => {
                    let bytes = fields.bytes()?;
                    self.writer.put_genome(bytes).map_err(of_stream)?;
                }
                Tag::Generation => self.generation(&mut fields)?,
                Tag::Checkpoint => {
                    let run = at(&self.runs, fields.number()?)?;
                    let state = fields.bytes()?;
                    if run.n_streamed >= run.n_before {
                        self.writer.put_checkpoint(run.id, state).map_err(of_stream)?;
                    }
                }
                Tag::Finish => self.finish(&mut fields)?,
                Tag::Kept => self.kept(&mut fields)?,
                Tag::Edge => {
                    let (child, parent) = (fields.hash()?, fields.hash()?);
                    let role = u8::try_from(fields.number()?).map_err(|_| damaged("an edge has no role"))?;
                    let run = at(&self.runs, fields.number()?)?.id;
                    let generation = fields.number()?;
                    let how = fields.text()?;
                    let edge = EdgeRow { child, parent, role, run, generation, how };
                    self.writer.add_edge(&edge).map_err(of_stream)?;
                }
                Tag::Score => {
                    let key = fields.hash()?;
                    self.writer.put_score(&key, fields.bytes()?).map_err(of_stream)?;
                }
                Tag::Version => self.version(&mut fields)?,
                Tag::Live => self.live(&mut fields)?,
                Tag::Tape => self.tape(&mut fields)?,
                Tag::Calibration => self.calibration(&mut fields)?,
            }
            fields.end()?;
        }
    }

    fn run(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let name = fields.text()?;
        let header = fields.bytes()?;
        let sql = "SELECT id FROM run WHERE name = ?1";
        let (id, n_before) = match self.writer.query::<i64>("find a run", sql, params![name])? {
            None => (self.writer.create_run(&name, header).map_err(of_stream)?, 0),
            Some(id) => {
                let sql = "SELECT header FROM run WHERE id = ?1";
                if self.stored(sql, params![id])?.as_deref() != Some(header) {
                    return Err(ImportError::Conflict {
                        kind: "run",
                        name,
                        what: "it began otherwise".to_owned(),
                    });
                }
                (RunId(id), self.writer.open_run(RunId(id))?.next)
            }
        };
        self.runs.push(Run { id, name, n_before, n_streamed: 0, is_cleared: false });
        Ok(())
    }

    fn generation(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let ordinal = fields.number()?;
        let index = fields.number()?;
        let (record, timings) = (fields.bytes()?, fields.bytes()?);
        let (id, n_before) = {
            let run = at(&self.runs, ordinal)?;
            if index != run.n_streamed {
                return Err(damaged(format!("run `{}` lacks generation {}", run.name, run.n_streamed)));
            }
            (run.id, run.n_before)
        };
        if index < n_before {
            let sql = "SELECT record FROM generation WHERE run = ?1 AND idx = ?2";
            if self.stored(sql, params![id.0, index])?.as_deref() != Some(record) {
                return Err(self.conflict(ordinal, format!("generation {index} went otherwise")));
            }
        } else {
            match self.writer.append_generation(id, index, record, timings) {
                Err(BankError::RunFinished { .. }) => {
                    return Err(self.conflict(ordinal, format!("it ended before generation {index}")));
                }
                result => result.map_err(of_stream)?,
            }
        }
        if let Some(run) = usize::try_from(ordinal).ok().and_then(|at| self.runs.get_mut(at)) {
            run.n_streamed += 1;
        }
        Ok(())
    }

    fn finish(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let ordinal = fields.number()?;
        let footer = fields.bytes()?;
        let run = at(&self.runs, ordinal)?;
        let (id, is_shorter) = (run.id, run.n_streamed < run.n_before);
        let is_finished = self.writer.open_run(id)?.is_finished;
        if is_finished {
            let sql = "SELECT footer FROM run WHERE id = ?1";
            if self.stored(sql, params![id.0])?.as_deref() != Some(footer) {
                return Err(self.conflict(ordinal, "it ended otherwise".to_owned()));
            }
            return Ok(());
        }
        if is_shorter {
            return Err(self.conflict(ordinal, "it went on for longer".to_owned()));
        }
        self.writer.finish_run(id, footer).map_err(of_stream)
    }

    fn kept(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let ordinal = fields.number()?;
        let role = u8::try_from(fields.number()?).ok().and_then(Role::of_number);
        let role = role.ok_or_else(|| damaged("a genome is kept in an unknown role"))?;
        let genome = fields.hash()?;
        let run = at(&self.runs, ordinal)?;
        let (id, n_before, n_streamed, is_cleared) = (run.id, run.n_before, run.n_streamed, run.is_cleared);
        if role == Role::Survivor {
            // The survivors are those of the latest generation that the bank knows.
            if n_streamed < n_before {
                return Ok(());
            }
            if n_streamed > n_before && !is_cleared {
                self.writer.keep_only(id, &[], Role::Survivor)?;
                if let Some(run) = usize::try_from(ordinal).ok().and_then(|at| self.runs.get_mut(at)) {
                    run.is_cleared = true;
                }
            }
        }
        self.writer.keep(id, &genome, role).map_err(of_stream)
    }

    /// Unpacked bytes of the bank.
    fn stored(
        &mut self,
        sql: &str,
        parameters: &[&dyn rusqlite::ToSql],
    ) -> Result<Option<Vec<u8>>, ImportError> {
        let packed: Option<Vec<u8>> = self.writer.query("compare with the export", sql, parameters)?;
        let Some(packed) = packed else { return Ok(None) };
        let bytes = self.writer.packer.unpack(&packed).ok_or_else(|| BankError::Damaged {
            path: self.writer.path.to_owned(),
            what: "what the export is compared with cannot be unpacked".to_owned(),
        })?;
        Ok(Some(bytes))
    }

    fn conflict(&self, ordinal: u64, what: String) -> ImportError {
        match at(&self.runs, ordinal) {
            Ok(run) => ImportError::Conflict { kind: "run", name: run.name.clone(), what },
            Err(error) => error,
        }
    }
}

fn at(runs: &[Run], ordinal: u64) -> Result<&Run, ImportError> {
    let run = usize::try_from(ordinal).ok().and_then(|at| runs.get(at));
    run.ok_or_else(|| damaged("it refers to a run that it does not bring"))
}

/// What the bank refuses because of the stream is damage of the stream; what remains is trouble of the bank.
fn of_stream(error: BankError) -> ImportError {
    match error {
        BankError::UnknownGenome { genome, .. } => {
            damaged(format!("it refers to genome `{}`, which it does not bring", genome.short()))
        }
        BankError::UnknownVersion { name, number, .. } => {
            damaged(format!("it refers to version {number} of document `{name}`, which it does not bring"))
        }
        error @ (BankError::Name { .. } | BankError::TooLarge { .. } | BankError::TooMany { .. }) => {
            damaged(error.to_string())
        }
        error => ImportError::Bank(error),
    }
}

/// A stream under way.
struct Stream<R> {
    from: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Stream<R> {
    fn record(&mut self) -> Result<(Tag, Vec<u8>), ImportError> {
        let mut head = [0; 9];
        self.take(&mut head)?;
        let [tag, length @ ..] = head;
        let tag = Tag::of_number(tag).ok_or_else(|| damaged(format!("there is no record of kind {tag}")))?;
        let length = u64::from_le_bytes(length);
        if length > RECORD_BYTES {
            return Err(damaged(format!("a record has {length} bytes, the limit is {RECORD_BYTES}")));
        }
        // Room is made as bytes arrive, not as they are announced.
        let mut payload = Vec::new();
        self.from.by_ref().take(length).read_to_end(&mut payload).map_err(of_read)?;
        if payload.len() as u64 != length {
            return Err(damaged("it is cut off"));
        }
        self.hasher.update(&payload);
        Ok((tag, payload))
    }

    fn take(&mut self, bytes: &mut [u8]) -> Result<(), ImportError> {
        self.from.read_exact(bytes).map_err(of_read)?;
        self.hasher.update(bytes);
        Ok(())
    }

    /// Whether the frame ends here. This also makes the decoder read the frame's own end.
    fn is_over(&mut self) -> Result<bool, ImportError> {
        Ok(self.from.read(&mut [0]).map_err(of_read)? == 0)
    }
}

/// The decoder says of damage that it is an error of reading.
fn of_read(error: std::io::Error) -> ImportError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => damaged("it is cut off"),
        std::io::ErrorKind::Other | std::io::ErrorKind::InvalidData => damaged(error.to_string()),
        _ => ImportError::Io(error),
    }
}

/// The fields of one record, from the front.
struct Fields<'p>(&'p [u8]);

impl<'p> Fields<'p> {
    fn take(&mut self, length: u64) -> Result<&'p [u8], ImportError> {
        let at = usize::try_from(length).ok();
        let (field, rest) = at
            .and_then(|at| self.0.split_at_checked(at))
            .ok_or_else(|| damaged("a record is shorter than its fields"))?;
        self.0 = rest;
        Ok(field)
    }

    fn number(&mut self) -> Result<u64, ImportError> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn hash(&mut self) -> Result<Hash, ImportError> {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.take(32)?);
        Ok(Hash(hash))
    }

    fn bytes(&mut self) -> Result<&'p [u8], ImportError> {
        let length = self.number()?;
        self.take(length)
    }

    fn text(&mut self) -> Result<String, ImportError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| damaged("a text is not UTF-8"))?;
        Ok(text.to_owned())
    }

    fn end(&self) -> Result<(), ImportError> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("a record is longer than its fields")) }
    }
}

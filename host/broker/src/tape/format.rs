//! Tapes as bytes, to be stored, and as lines of JSON, to be read.
//!
//! Bytes: `fluxtape`, the version (1), then in LEB128 the number of calls; for each call, in the order of hash and
//! occurrence: the occurrence, what was asked as canonical JSON behind its length, the number of pieces and the length
//! of each, the text shown behind its length, and what came of the call as JSON behind its length, a generated text
//! left out of it. The BLAKE3 hash of all that is at the end.
//!
//! Lines: `{"schema":"flux.tape/1"}`, then an object for each call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Outcome, Record, Tape};

const MAGIC: &[u8; 8] = b"fluxtape";
const VERSION: u8 = 1;
const SCHEMA: &str = "flux.tape/1";
const HASH_BYTES: usize = 32;

/// A tape that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TapeError {
    /// It is none.
    #[error("expected a tape, found something else")]
    NotATape,
    /// It is from a later version.
    #[error("expected version {VERSION} of tapes, found {0}")]
    Version(String),
    /// Its bytes do not have the hash that they end with, or end too soon.
    #[error("the tape is damaged at byte {0}")]
    Damaged(usize),
    /// A line is no call.
    #[error("line {line}: expected a call, found something else: {message}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    occurrence: u32,
    asked: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<String>,
    outcome: Outcome,
}

impl Tape {
    /// It as bytes: equal tapes as equal ones.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::from(MAGIC);
        out.push(VERSION);
        put_number(&mut out, self.len() as u64);
        for (occurrence, record) in self.calls() {
            put_number(&mut out, u64::from(occurrence));
            put(&mut out, record.asked.as_bytes());
            put_number(&mut out, record.pieces.len() as u64);
            record.pieces.iter().for_each(|piece| put_number(&mut out, piece.len() as u64));
            put(&mut out, record.pieces.concat().as_bytes());
            let mut outcome = record.outcome.clone();
            if let Outcome::Generated(generated) = &mut outcome {
                generated.text.clear();
            }
            put(&mut out, to_json(&outcome).as_bytes());
        }
        let hash = blake3::hash(&out);
        out.extend_from_slice(hash.as_bytes());
        out
    }

    /// A tape from the bytes that [`Self::to_bytes`] gave.
    ///
    /// # Errors
    /// [`TapeError`]: they are no tape, or of a later version, or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TapeError> {
        if !bytes.starts_with(MAGIC) {
            return Err(TapeError::NotATape);
        }
        match bytes.get(MAGIC.len()) {
            Some(&VERSION) => {}
            Some(version) => return Err(TapeError::Version(version.to_string())),
            None => return Err(TapeError::Damaged(bytes.len())),
        }
        let Some(end) = bytes.len().checked_sub(HASH_BYTES).filter(|end| *end > MAGIC.len()) else {
            return Err(TapeError::Damaged(bytes.len()));
        };
        let (body, hash) = bytes.split_at(end);
        if blake3::hash(body).as_bytes() != hash {
            return Err(TapeError::Damaged(end));
        }
        let mut reader = Reader { body, at: MAGIC.len() + 1 };
        reader.tape().ok_or(TapeError::Damaged(reader.at))
    }

    /// It as lines of JSON.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let mut out = to_json(&Head { schema: SCHEMA.to_owned() });
        out.push('\n');
        for (occurrence, record) in self.calls() {
            let line = Line {
                occurrence,
                asked: serde_json::from_str(&record.asked).unwrap_or_default(),
                pieces: record.pieces.clone(),
                outcome: record.outcome.clone(),
            };
            out.push_str(&to_json(&line));
            out.push('\n');
        }
        out
    }

    /// A tape from the lines that [`Self::to_lines`] gave. Their order does not matter.
    ///
    /// # Errors
    /// [`TapeError`]: they are no tape, or of a later version, or one of them is no call.
    pub fn from_lines(text: &str) -> Result<Self, TapeError> {
        let mut lines = text.lines().enumerate();
        let head = lines.next().and_then(|(_, line)| serde_json::from_str::<Head>(line).ok());
        match head {
            Some(head) if head.schema == SCHEMA => {}
            Some(head) if head.schema.starts_with("flux.tape/") => {
                return Err(TapeError::Version(head.schema["flux.tape/".len()..].to_owned()));
            }
            _ => return Err(TapeError::NotATape),
        }
        let mut tape = Self::new();
        for (idx, text) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let mut line: Line = serde_json::from_str(text)
                .map_err(|error| TapeError::Line { line: idx + 1, message: error.to_string() })?;
            if let Outcome::Generated(generated) = &line.outcome
                && line.pieces.concat() != generated.text
            {
                let message = "the pieces are not the text".to_owned();
                return Err(TapeError::Line { line: idx + 1, message });
            }
            line.asked.sort_all_objects();
            let record = Record { asked: line.asked.to_string(), pieces: line.pieces, outcome: line.outcome };
            tape.insert(line.occurrence, record);
        }
        Ok(tape)
    }
}

/// JSON with its keys in a fixed order.
fn to_json(value: &impl Serialize) -> String {
    // INVARIANT: what is on a tape has no maps whose keys are no texts, the one thing that cannot become JSON.
    let mut value = serde_json::to_value(value).unwrap_or_default();
    value.sort_all_objects();
    value.to_string()
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn tape(&mut self) -> Option<Tape> {
        let mut tape = Tape::new();
        for _ in 0..self.number()? {
            let occurrence = u32::try_from(self.number()?).ok()?;
            let asked = self.text()?.to_owned();
            // Lengths are read before anything is kept for them: a count that lies runs out of bytes first.
            let lengths = (0..self.number()?).map(|_| self.number()).collect::<Option<Vec<u64>>>()?;
            let shown = self.text()?;
            let mut rest = shown;
            let mut pieces = Vec::with_capacity(lengths.len());
            for length in lengths {
                let (piece, behind) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                pieces.push(piece.to_owned());
                rest = behind;
            }
            let mut outcome = serde_json::from_str(self.text()?).ok()?;
            if let Outcome::Generated(generated) = &mut outcome {
                shown.clone_into(&mut generated.text);
            }
            if !rest.is_empty() {
                return None;
            }
            tape.insert(occurrence, Record { asked, pieces, outcome });
        }
        (self.at == self.body.len()).then_some(tape)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let bytes = self.body.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        std::str::from_utf8(bytes).ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.body.get(self.at)?;
            self.at += 1;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return None;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

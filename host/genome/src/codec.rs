//! The compact form of a genome, for storing and sending many of them.
//!
//! Encoding brings the genome into *canonical form* (`nop` instructions removed), folds its code (windows of
//! instructions that occur often go into a dictionary, runs of the same window become a count), and compresses the
//! whole with Zstandard. Where folding does not pay, it is left out. Decoding gives the canonical form back: a genome that validates, behaves the same and
//! costs the same cycles, since a `nop` costs none.
//!
//! A genome with a `flux.genes` section keeps its `nop`s, because the section counts instructions; so does one with a
//! `metadata.code.*` section, which counts bytes.
//!
//! # Format, version 1
//! Numbers are unsigned LEB128.
//!
//! | part | content |
//! | --- | --- |
//! | magic | `66 78 67 7a` (`fxgz`) |
//! | version | one byte, 1 |
//! | form | one byte: 0 plain, 1 folded |
//! | canonical length | number, bytes of the decoded genome |
//! | payload length | number, bytes of the payload before it was compressed |
//! | payload | one Zstandard frame |
//!
//! The payload is the canonical genome itself, or its folded form:
//!
//! | part | content |
//! | --- | --- |
//! | skeleton | number of bytes, then the genome's bytes without the instructions of function bodies |
//! | bodies | their number, then for each the number of skeleton bytes between it and the one before |
//! | alphabet | number of instructions, then for each its number of bytes and its bytes; they are symbols 1, 2, ... |
//! | windows | their number, then for each the two symbols that it stands for, both smaller, the first as its difference from the window before modulo 2^32; they are the next symbols |
//! | code | number of tokens, then each: symbol x 2, or symbol x 2 + 1 and the number of repetitions minus 2 |
//!
//! Symbol 0 ends a body.
//!
//! # What folding gains
//! Zstandard finds most repetitions by itself, so on modules of a few hundred kilobytes folding gains up to 8 percent and
//! on smaller ones often nothing; it pays for code in which short windows return everywhere, as evolution makes it.

mod canonical;
mod fold;

use std::io::Read;

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use wasmparser::{BinaryReader, BinaryReaderError};

use crate::limits::Bounds;

/// The first bytes of a compact genome.
pub const MAGIC: [u8; 4] = *b"fxgz";
/// The version that is written.
pub const VERSION: u8 = 1;

/// The payload is the canonical genome.
const PLAIN: u8 = 0;
/// The payload is folded.
const FOLDED: u8 = 1;

/// How much a decoder is ready to unpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest genome, in bytes. Default 1 MiB, as [`Bounds::component_bytes`].
    pub decoded_bytes: u64,
}

impl Limits {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self { decoded_bytes: Bounds::DEFAULT.component_bytes };
}

/// A genome cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It is neither a component nor a core module.
    #[error("expected a WebAssembly component or module")]
    Malformed(#[source] BinaryReaderError),
    /// Components lie within components deeper than any tool makes them.
    #[error("components are nested {actual} deep, the limit is {limit}")]
    TooDeep {
        /// How deep.
        actual: u64,
        /// How deep they may be.
        limit: u64,
    },
}

/// Bytes are not a compact genome, or too large a one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They begin with something else.
    #[error("expected a compact genome, which begins with `fxgz`")]
    NotCompact,
    /// They were written by a later version.
    #[error("expected version {VERSION} of the compact form, found {found}")]
    Version {
        /// The version found.
        found: u8,
    },
    /// The genome is larger than the decoder's limit.
    #[error("the genome has {actual} bytes, the limit is {limit}")]
    TooLarge {
        /// Its size, or that of its payload, as the header says.
        actual: u64,
        /// The limit.
        limit: u64,
    },
    /// They are damaged.
    #[error("the compact genome is damaged: {what}")]
    Damaged {
        /// What does not fit.
        what: &'static str,
    },
}

/// Returns the compact form of `genome`, a component or a core module.
///
/// # Determinism
/// A function of `genome` alone, on every platform. Encoding what was decoded gives the same bytes again.
///
/// # Errors
/// * [`EncodeError::Malformed`]: the bytes cannot be read. Not every invalid genome is noticed.
/// * [`EncodeError::TooDeep`]: components are nested more than 16 deep.
///
/// # Example
/// ```
/// use flux_genome::codec::{self, Limits};
///
/// let module = wat::parse_str("(module (func nop nop))")?;
/// let compact = codec::encode(&module)?;
/// let decoded = codec::decode(&compact, &Limits::DEFAULT)?;
/// assert_eq!(decoded, wat::parse_str("(module (func))")?);
/// assert_eq!(codec::encode(&decoded)?, compact);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn encode(genome: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let canonical = canonical::canonical(genome)?;
    let folded = fold::fold(&canonical).map_err(EncodeError::Malformed)?;
    let compact = [(PLAIN, &canonical.bytes), (FOLDED, &folded)].map(|(form, payload)| {
        let mut compact = MAGIC.to_vec();
        compact.extend([VERSION, form]);
        write(&mut compact, canonical.bytes.len());
        write(&mut compact, payload.len());
        compact.extend_from_slice(&compress_to_vec(payload.as_slice(), CompressionLevel::Fastest));
        compact
    });
    let [plain, folded] = compact;
    Ok(if folded.len() < plain.len() { folded } else { plain })
}

/// Returns the genome whose compact form is `compact`, in canonical form.
///
/// # Determinism
/// A function of its arguments alone, on every platform.
///
/// # Errors
/// * [`DecodeError::NotCompact`], [`DecodeError::Version`]: `compact` begins with something else.
/// * [`DecodeError::TooLarge`]: the genome, or the payload that it is in, is larger than `limits` allow; nothing was
///   unpacked.
/// * [`DecodeError::Damaged`]: the parts do not fit together. No more memory than the limits allow was used to find
///   out.
pub fn decode(compact: &[u8], limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let rest = compact.strip_prefix(&MAGIC).ok_or(DecodeError::NotCompact)?;
    let (version, rest) = rest.split_first().ok_or(DecodeError::NotCompact)?;
    if *version != VERSION {
        return Err(DecodeError::Version { found: *version });
    }
    let (form, rest) = rest.split_first().ok_or(DecodeError::Damaged { what: "the header ends short" })?;
    let mut reader = BinaryReader::new(rest, 0);
    let damaged = |_| DecodeError::Damaged { what: "the header ends short" };
    let canonical_len = reader.read_var_u64().map_err(damaged)?;
    let payload_len = reader.read_var_u64().map_err(damaged)?;
    // Folding never makes much more of it: a token and an alphabet entry have two or three bytes more than the
    // instruction that they stand for.
    let payload_limit = limits.decoded_bytes.saturating_mul(4).saturating_add(1024);
    for (actual, limit) in [(canonical_len, limits.decoded_bytes), (payload_len, payload_limit)] {
        if actual > limit {
            return Err(DecodeError::TooLarge { actual, limit });
        }
    }
    let payload = rest.get(reader.current_position()..).unwrap_or_default();
    let damaged =
        DecodeError::Damaged { what: "the payload is not a Zstandard frame of the length announced" };
    let mut unpacked = Vec::new();
    let Ok(frame) = StreamingDecoder::new(payload) else { return Err(damaged) };
    match frame.take(payload_len.saturating_add(1)).read_to_end(&mut unpacked) {
        Ok(n) if n as u64 == payload_len => {}
        _ => return Err(damaged),
    }
    match *form {
        PLAIN if payload_len == canonical_len => Ok(unpacked),
        PLAIN => Err(DecodeError::Damaged { what: "it is not as long as announced" }),
        FOLDED => fold::unfold(&unpacked, canonical_len),
        _ => Err(DecodeError::Damaged { what: "the payload is in an unknown form" }),
    }
}

/// How many times larger the genome is than its compact form: 2.0 means half the size.
#[must_use]
pub fn ratio(genome: &[u8], compact: &[u8]) -> f64 {
    genome.len() as f64 / compact.len().max(1) as f64
}

/// Appends an unsigned LEB128 number.
fn write(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests;

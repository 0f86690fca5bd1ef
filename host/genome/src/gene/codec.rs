//! The bytes of a gene map; `GENES.md` describes them.

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

use super::{Bounds, Gene, GeneKind, GeneMap, Place};

/// The version this crate writes, and the only one it reads.
pub const VERSION: u8 = 1;

/// The most genes in a map; more are refused, to bound what a hostile module can make us keep.
pub const MAX_GENES: u32 = 65_536;

/// Why the contents of a `flux.genes` section are no gene map.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeneMapError {
    /// Another version of the format.
    #[error("expected gene map version {VERSION}, found {0}")]
    Version(u8),
    /// More genes than allowed.
    #[error("the gene map holds {0} genes, the limit is {MAX_GENES}")]
    TooMany(u32),
    /// A number that stands for nothing, or an empty range.
    #[error("malformed gene map: {0}")]
    Malformed(&'static str),
    /// The bytes end early or hold a broken number or text.
    #[error("malformed gene map")]
    Bytes(#[from] wasmparser::Error),
}

impl GeneMap {
    /// Returns the contents of the section, without its name; nothing for an empty map.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.genes.is_empty() {
            return out;
        }
        out.push(VERSION);
        self.genes.len().encode(&mut out);
        for gene in &self.genes {
            let kind = GeneKind::ALL.iter().position(|&kind| kind == gene.kind).unwrap_or(0);
            out.push(kind as u8);
            gene.name.as_str().encode(&mut out);
            let (tag, numbers): (u8, &[u32]) = match &gene.place {
                Place::Code { function, range } => (0, &[*function, range.start, range.end - range.start]),
                Place::Data { segment, range } => (1, &[*segment, range.start, range.end - range.start]),
                Place::Function { function } => (2, &[*function]),
            };
            out.push(tag);
            for number in numbers {
                number.encode(&mut out);
            }
            match gene.bounds {
                Bounds::None => out.push(0),
                Bounds::Integer { low, high } => {
                    out.push(1);
                    low.encode(&mut out);
                    high.encode(&mut out);
                }
                Bounds::Float { low, high } => {
                    out.push(2);
                    out.extend_from_slice(&low.to_le_bytes());
                    out.extend_from_slice(&high.to_le_bytes());
                }
            }
        }
        out
    }

    /// Returns the gene map in `bytes`, the contents of a section after its name.
    ///
    /// # Errors
    /// * [`GeneMapError::Version`]: another version of the format.
    /// * [`GeneMapError::TooMany`]: more genes than 65 536.
    /// * [`GeneMapError::Malformed`], [`GeneMapError::Bytes`]: the bytes do not follow the format.
    pub fn decode(bytes: &[u8]) -> Result<GeneMap, GeneMapError> {
        let mut reader = BinaryReader::new(bytes, 0);
        let version = reader.read_u8()?;
        if version != VERSION {
            return Err(GeneMapError::Version(version));
        }
        let count = reader.read_var_u32()?;
        if count > MAX_GENES {
            return Err(GeneMapError::TooMany(count));
        }
        let mut genes = Vec::new();
        for _ in 0..count {
            let kind = reader.read_u8()?;
            let kind =
                *GeneKind::ALL.get(kind as usize).ok_or(GeneMapError::Malformed("unknown kind of gene"))?;
            let name = reader.read_string()?.to_owned();
            let place = match reader.read_u8()? {
                0 => {
                    let function = reader.read_var_u32()?;
                    Place::Code { function, range: read_range(&mut reader)? }
                }
                1 => {
                    let segment = reader.read_var_u32()?;
                    Place::Data { segment, range: read_range(&mut reader)? }
                }
                2 => Place::Function { function: reader.read_var_u32()? },
                _ => return Err(GeneMapError::Malformed("unknown kind of place")),
            };
            let bounds = match reader.read_u8()? {
                0 => Bounds::None,
                1 => Bounds::Integer { low: reader.read_var_i64()?, high: reader.read_var_i64()? },
                2 => Bounds::Float { low: read_float(&mut reader)?, high: read_float(&mut reader)? },
                _ => return Err(GeneMapError::Malformed("unknown kind of bounds")),
            };
            genes.push(Gene { name, kind, place, bounds });
        }
        if !reader.eof() {
            return Err(GeneMapError::Malformed("bytes after the last gene"));
        }
        Ok(GeneMap { genes })
    }
}

fn read_range(reader: &mut BinaryReader<'_>) -> Result<std::ops::Range<u32>, GeneMapError> {
    let start = reader.read_var_u32()?;
    let len = reader.read_var_u32()?;
    match start.checked_add(len) {
        Some(end) if len > 0 => Ok(start..end),
        _ => Err(GeneMapError::Malformed("empty or overflowing range")),
    }
}

fn read_float(reader: &mut BinaryReader<'_>) -> Result<f64, GeneMapError> {
    Ok(f64::from_bits(reader.read_f64()?.bits()))
}

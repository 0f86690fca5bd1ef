//! The custom section `flux.ecosystem`: the texts that a genome was compiled from.
//!
//! ```text
//! section ::= version:0x01  compiler:0x01  count:u32  file*count
//! file    ::= name:text  source:text  count:u32  use*count
//! use     ::= entity:text  file:text
//! text    ::= length:u32  UTF-8
//! ```
//! Numbers are unsigned LEB128. The first file is the ecosystem itself; its name is empty. `compiler` is the version of
//! the shapes that code is written in: whoever reads a genome back compiles the texts again and compares.

use std::collections::BTreeMap;

use wasm_encoder::Encode;

use super::Whole;
use crate::ecosystem::{Limits, Used, parse, print};
use crate::includes::Included;

/// The name of the section.
pub const SECTION: &str = "flux.ecosystem";

/// The version of the section's bytes.
const VERSION: u8 = 1;

/// The version of the shapes of code; another one for every change of what is compiled from the same text.
const COMPILER: u8 = 1;

/// Why a section cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionError {
    /// Another version of the bytes or of the compiler.
    #[error(
        "expected version {VERSION} of `{SECTION}` by compiler {COMPILER}, found version {version} by compiler {compiler}"
    )]
    Version {
        /// The bytes' version.
        version: u8,
        /// The compiler's.
        compiler: u8,
    },
    /// The bytes end early or hold a broken number or text.
    #[error("`{SECTION}` is malformed at byte {at}")]
    Malformed {
        /// Where, in bytes from the section's start.
        at: usize,
    },
    /// A text in it is not in order.
    #[error("the text of {} in `{SECTION}` is not in order", named(.file))]
    Text {
        /// The file; empty for the ecosystem itself.
        file: String,
    },
}

fn named(file: &str) -> String {
    if file.is_empty() { "the ecosystem".to_owned() } else { format!("`{file}`") }
}

/// The section's contents.
pub fn encode(whole: &Whole) -> Vec<u8> {
    let mut out = vec![VERSION, COMPILER];
    let file = |name: &str, ecosystem, uses: &BTreeMap<String, String>, out: &mut Vec<u8>| {
        name.encode(out);
        print(ecosystem).as_str().encode(out);
        uses.len().encode(out);
        for (entity, file) in uses {
            entity.as_str().encode(out);
            file.as_str().encode(out);
        }
    };
    (whole.used.len() + 1).encode(&mut out);
    file("", &whole.ecosystem, &whole.uses, &mut out);
    for (name, used) in &whole.used {
        file(name, &used.ecosystem, &used.uses, &mut out);
    }
    out
}

/// What the section says.
///
/// # Errors
/// [`SectionError`].
pub fn decode(bytes: &[u8]) -> Result<Whole, SectionError> {
    let mut reader = Reader { bytes, at: 0 };
    let (version, compiler) = (reader.byte()?, reader.byte()?);
    if (version, compiler) != (VERSION, COMPILER) {
        return Err(SectionError::Version { version, compiler });
    }
    let mut files: BTreeMap<String, (String, BTreeMap<String, String>)> = BTreeMap::new();
    for _ in 0..reader.number()? {
        let (name, source) = (reader.text()?, reader.text()?);
        let mut uses = BTreeMap::new();
        for _ in 0..reader.number()? {
            uses.insert(reader.text()?, reader.text()?);
        }
        files.insert(name, (source, uses));
    }
    let mut trees = BTreeMap::new();
    for (name, (source, uses)) in &files {
        // Files are read one by one: that each is there suffices.
        let stub = |_: &str, from: &str| {
            Ok(Included { name: format!("{from}+"), text: "ECOSYSTEM \"used\" {}".to_owned() })
        };
        let limits = Limits { files: usize::MAX, ..Limits::DEFAULT };
        let parsed = parse(name, source, &stub, &limits);
        let text = || SectionError::Text { file: name.clone() };
        let ecosystem = parsed.ecosystem.ok_or_else(text)?;
        trees.insert(name.clone(), Used { ecosystem, uses: uses.clone() });
    }
    let root = trees.remove("").ok_or(SectionError::Malformed { at: reader.at })?;
    Ok(Whole { ecosystem: root.ecosystem, uses: root.uses, used: trees })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn malformed(&self) -> SectionError {
        SectionError::Malformed { at: self.at }
    }

    fn byte(&mut self) -> Result<u8, SectionError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.malformed())?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u32, SectionError> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed())
    }

    fn text(&mut self) -> Result<String, SectionError> {
        let len = self.number()? as usize;
        let end = self.at.saturating_add(len);
        let bytes = self.bytes.get(self.at..end).ok_or_else(|| self.malformed())?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.malformed())?.to_owned();
        self.at = end;
        Ok(text)
    }
}

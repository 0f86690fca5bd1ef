//! Programs in files: the FLUX container, and raw code without one.
//!
//! All numbers are little-endian.
//!
//! | offset | bytes | field |
//! | --- | --- | --- |
//! | 0 | 4 | `FLUX` |
//! | 4 | 2 | version, 1 |
//! | 6 | 2 | flags, 0 |
//! | 8 | 2 | how many functions there are, n |
//! | 10 | 4 | offset of the type table, 18 |
//! | 14 | 4 | offset of the code, c |
//! | 18 | | type table: a 16-bit count, then its entries |
//! | | | the n names of the functions, each ended by a zero byte |
//! | | | the section that flux adds, below |
//! | c - 12 n | 12 n | functions: offset of the name among the names, offset in the code, length, 32 bits each |
//! | c | | code, to the end of the file |
//!
//! Readers that do not know the section find the names by walking the type table and the functions by counting back
//! from the code, so they skip it:
//!
//! | bytes | field |
//! | --- | --- |
//! | 4 | `FLX+` |
//! | 1 | version of the section, 1 |
//! | 1 | how many inputs the program takes, in R0, R1, ... |
//! | 1 | how many outputs it leaves, in R0, R1, ... |
//! | 1 | 1 if the landing table counts, 0 if every instruction is a landing pad |
//! | 4 | CRC-32 of the whole file, with zeros in place of this field |
//! | 4 | offset in the code where execution begins |
//! | 4 | how many landing pads there are, m |
//! | 4 m | their offsets in the code, ascending |
//!
//! Without the section, execution begins at the first byte of the code and every instruction is a landing pad.

use thiserror::Error;

use crate::crc32::Crc32;
use crate::limits::{MAX_CODE_BYTES, MAX_CONTAINER_BYTES};

mod read;
mod write;

/// The first bytes of a container.
pub const MAGIC: [u8; 4] = *b"FLUX";
/// The version of the container.
pub const VERSION: u16 = 1;
/// The length of the container's header, in bytes.
pub const HEADER_LEN: usize = 18;
/// The length of an entry of the function table, in bytes.
pub const FUNCTION_LEN: usize = 12;
/// The first bytes of the section that flux adds.
pub const SECTION_MAGIC: [u8; 4] = *b"FLX+";
/// The version of that section.
pub const SECTION_VERSION: u8 = 1;
/// The length of that section without its landing table, in bytes.
pub const SECTION_LEN: usize = 20;
/// Where in that section the checksum stands.
const CHECKSUM_AT: usize = 8;

/// The most inputs a program takes: R0 to R10, below the stack pointer.
pub const MAX_INPUTS: u8 = 11;
/// The most outputs a program leaves: all R registers.
pub const MAX_OUTPUTS: u8 = 16;

/// A program: code, and what is to be known to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The code.
    pub code: Vec<u8>,
    /// Where in the code execution begins; default 0.
    pub entry: u32,
    /// Where `CALL_IND` and computed returns may go; default [`Landing::Anywhere`].
    pub landing: Landing,
    /// How many inputs it takes, in R0, R1, ...; 0 to [`MAX_INPUTS`], default 0.
    pub inputs: u8,
    /// How many outputs it leaves, in R0, R1, ...; 1 to [`MAX_OUTPUTS`], default 1.
    pub outputs: u8,
    /// Named parts of the code. They have no effect on execution.
    pub functions: Vec<Function>,
    /// The entries of the type table as they stand there. They have no effect on execution.
    pub types: Vec<Vec<u8>>,
}

/// A named part of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name; no zero byte in it.
    pub name: String,
    /// Where in the code it begins.
    pub offset: u32,
    /// How long it is, in bytes.
    pub len: u32,
}

/// Where execution may come to by an address that is computed.
///
/// The beginning of the code and the entry are landing pads as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// At every instruction.
    Anywhere,
    /// At these offsets, ascending.
    Listed(Vec<u32>),
}

/// Why bytes are no program, or a program cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// There is no code.
    #[error("the program has no code")]
    Empty,
    /// The container or its code is too long.
    #[error("{what} may have {limit} bytes, this one has {actual}")]
    TooLong {
        /// Which part.
        what: &'static str,
        /// The most bytes.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
    /// The container ends inside a part of it.
    #[error("the container ends inside its {0}")]
    Truncated(&'static str),
    /// A version that this reader does not know.
    #[error("expected version {expected} of the {what}, found {found}")]
    Version {
        /// What has the version.
        what: &'static str,
        /// The version that can be read.
        expected: u16,
        /// The version found.
        found: u16,
    },
    /// The type table does not stand where it has to.
    #[error("expected the type table at offset {expected}, found it at {found}")]
    TypeTable {
        /// Where it has to be.
        expected: usize,
        /// Where the header says it is.
        found: usize,
    },
    /// The code does not begin after what stands before it.
    #[error("the code begins at offset {found}, inside the container's other parts")]
    CodeOffset {
        /// Where the header says the code is.
        found: usize,
    },
    /// A kind of type that does not exist.
    #[error("no type has the kind 0x{0:02x}")]
    TypeKind(u8),
    /// A text is not UTF-8, or a name holds a zero byte.
    #[error("a name in the {0} is not UTF-8 without zero bytes")]
    Name(&'static str),
    /// A function's name or code lies outside.
    #[error("function {0} has its name or its code outside of the container")]
    Function(usize),
    /// The checksum differs.
    #[error("expected the checksum {expected:08x}, found {found:08x}: the file is damaged")]
    Checksum {
        /// The sum of what is there.
        expected: u32,
        /// What the file says.
        found: u32,
    },
    /// A field has a value that it may not have.
    #[error("{what} is {value}, expected {expected}")]
    Field {
        /// The field.
        what: &'static str,
        /// Its value.
        value: u64,
        /// What it may be.
        expected: &'static str,
    },
}

impl Program {
    /// Returns a program of raw code: execution begins at its first byte, every instruction is a landing pad.
    pub const fn raw(code: Vec<u8>) -> Self {
        Self {
            code,
            entry: 0,
            landing: Landing::Anywhere,
            inputs: 0,
            outputs: 1,
            functions: Vec::new(),
            types: Vec::new(),
        }
    }

    /// Reads a container, or takes bytes that do not begin with `FLUX` as raw code.
    ///
    /// The code itself is not looked at; [`crate::verify`] does that.
    ///
    /// # Errors
    /// All of [`ContainerError`]: the code is empty or longer than [`MAX_CODE_BYTES`], the container is longer than
    /// [`MAX_CONTAINER_BYTES`] or is not formed as this module says, or its checksum differs.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ContainerError> {
        if bytes.len() > MAX_CONTAINER_BYTES {
            return Err(too_long("a container", MAX_CONTAINER_BYTES, bytes.len()));
        }
        let program =
            if bytes.starts_with(&MAGIC) { read::container(bytes)? } else { Self::raw(bytes.to_vec()) };
        program.check()?;
        Ok(program)
    }

    /// Returns the program as a container, with the section that flux adds.
    ///
    /// # Errors
    /// * [`ContainerError::Empty`], [`ContainerError::TooLong`]: of the code, or more functions, types or landing
    ///   pads than their counts can say.
    /// * [`ContainerError::Field`]: the entry, a landing pad, or the number of inputs or outputs is out of range.
    /// * [`ContainerError::Function`], [`ContainerError::Name`]: of a function.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ContainerError> {
        self.check()?;
        write::container(self)
    }

    /// Returns the innermost function that `offset` lies in, if there is one.
    pub fn function_at(&self, offset: u32) -> Option<&Function> {
        let holds =
            |function: &&Function| offset.checked_sub(function.offset).is_some_and(|at| at < function.len);
        self.functions.iter().filter(holds).min_by_key(|function| function.len)
    }

    /// Checks what holds for every program, however it was made.
    fn check(&self) -> Result<(), ContainerError> {
        let len = self.code.len();
        let field = |what, value: u64, expected| Err(ContainerError::Field { what, value, expected });
        if len == 0 {
            return Err(ContainerError::Empty);
        }
        if len > MAX_CODE_BYTES {
            return Err(too_long("code", MAX_CODE_BYTES, len));
        }
        if self.entry as usize >= len {
            return field("the entry", self.entry.into(), "an offset in the code");
        }
        if self.inputs > MAX_INPUTS {
            return field("the number of inputs", self.inputs.into(), "0 to 11");
        }
        if !(1..=MAX_OUTPUTS).contains(&self.outputs) {
            return field("the number of outputs", self.outputs.into(), "1 to 16");
        }
        if let Landing::Listed(pads) = &self.landing {
            if let Some(&pad) = pads.iter().find(|&&pad| pad as usize >= len) {
                return field("a landing pad", pad.into(), "an offset in the code");
            }
            if let Some(pair) = pads.windows(2).find(|pair| pair[0] >= pair[1]) {
                return field("a landing pad", pair[1].into(), "one above the pad before it");
            }
        }
        for (at, function) in self.functions.iter().enumerate() {
            if u64::from(function.offset) + u64::from(function.len) > len as u64 {
                return Err(ContainerError::Function(at));
            }
            if function.name.contains('\0') {
                return Err(ContainerError::Name("function table"));
            }
        }
        Ok(())
    }
}

const fn too_long(what: &'static str, limit: usize, actual: usize) -> ContainerError {
    ContainerError::TooLong { what, limit, actual }
}

/// The checksum of a container whose section begins at `section`.
fn checksum(bytes: &[u8], section: usize) -> u32 {
    let (before, rest) = bytes.split_at((section + CHECKSUM_AT).min(bytes.len()));
    let mut crc = Crc32::new();
    crc.update(before);
    crc.update(&[0; 4]);
    crc.update(rest.get(4..).unwrap_or_default());
    crc.finish()
}

#[cfg(test)]
mod tests;

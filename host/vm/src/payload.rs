//! What the payloads of layout G instructions hold, read and written.
//!
//! Names are UTF-8. Zero bytes at the end of a name are no part of it.

use thiserror::Error;

use crate::isa::{N_R, PayloadForm};

/// The longest name, in bytes: what a length in a byte can say, and short enough to be looked at each time.
pub const MAX_NAME_BYTES: usize = 255;
/// The byte that stands for no register.
pub const NO_REGISTER: u8 = 0xff;

/// A payload, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'a> {
    /// [`PayloadForm::Message`].
    Message {
        /// The R register with the message, or that gets it.
        message: u8,
        /// A second R register, if there is one.
        second: Option<u8>,
        /// An agent, an operation or a topic.
        name: &'a str,
    },
    /// [`PayloadForm::Capability`].
    Capability {
        /// The capability.
        id: u32,
        /// The agent that gets it; empty for the program itself.
        agent: &'a str,
    },
    /// [`PayloadForm::Resource`].
    Resource {
        /// The resource.
        id: u32,
    },
    /// [`PayloadForm::Region`].
    Region {
        /// The region.
        name: &'a str,
    },
    /// [`PayloadForm::RegionCreate`].
    RegionCreate {
        /// The region.
        name: &'a str,
        /// Its size, in bytes.
        size: u32,
        /// Whose it becomes.
        owner: &'a str,
    },
    /// [`PayloadForm::RegionTransfer`].
    RegionTransfer {
        /// The region.
        name: &'a str,
        /// Whose it becomes.
        owner: &'a str,
    },
    /// [`PayloadForm::MemoryCopy`].
    MemoryCopy {
        /// The region.
        name: &'a str,
        /// Address of the first byte that is read.
        source: u32,
        /// Address of the first byte that is written.
        destination: u32,
        /// How many bytes.
        size: u32,
    },
    /// [`PayloadForm::MemorySet`].
    MemorySet {
        /// The region.
        name: &'a str,
        /// Address of the first byte.
        address: u32,
        /// What is written.
        value: u8,
        /// How many bytes.
        size: u32,
    },
    /// [`PayloadForm::MemoryCompare`].
    MemoryCompare {
        /// The region.
        name: &'a str,
        /// Address of the first bytes.
        first: u32,
        /// Address of the second bytes.
        second: u32,
        /// How many bytes.
        size: u32,
    },
}

/// Why a payload cannot be read, or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// It ends before what its form holds.
    #[error("the payload has {0} bytes and ends too early")]
    Short(usize),
    /// It goes on after what its form holds.
    #[error("the payload has {0} bytes too many")]
    Long(usize),
    /// A name is not UTF-8.
    #[error("a name in the payload is not UTF-8")]
    Name,
    /// A register has a number that its bank does not have.
    #[error("there are {N_R} R registers, the payload names R{0}")]
    Register(u8),
    /// A name is too long.
    #[error("a name may have {MAX_NAME_BYTES} bytes, this one has {0}")]
    NameTooLong(usize),
}

impl<'a> Payload<'a> {
    /// Reads a payload of the form given.
    ///
    /// # Errors
    /// * [`PayloadError::Short`], [`PayloadError::Long`]: it has other bytes than its form.
    /// * [`PayloadError::Name`], [`PayloadError::NameTooLong`]: a name is not UTF-8, or has more than
    ///   [`MAX_NAME_BYTES`].
    /// * [`PayloadError::Register`]: a message's register is not below [`N_R`].
    pub fn parse(form: PayloadForm, bytes: &'a [u8]) -> Result<Self, PayloadError> {
        let mut reader = Reader { rest: bytes, len: bytes.len() };
        let payload = match form {
            PayloadForm::Message => {
                let message = reader.register()?;
                let second = match reader.byte()? {
                    NO_REGISTER => None,
                    number => Some(checked_register(number)?),
                };
                Self::Message { message, second, name: reader.tail()? }
            }
            PayloadForm::Capability => Self::Capability { id: reader.word()?, agent: reader.tail()? },
            PayloadForm::Resource => {
                let id = reader.word()?;
                // What follows was never looked at by the system that this form comes from.
                reader.rest = &[];
                Self::Resource { id }
            }
            PayloadForm::Region => Self::Region { name: reader.tail()? },
            PayloadForm::RegionCreate => {
                Self::RegionCreate { name: reader.name()?, size: reader.word()?, owner: reader.name()? }
            }
            PayloadForm::RegionTransfer => {
                Self::RegionTransfer { name: reader.name()?, owner: reader.name()? }
            }
            PayloadForm::MemoryCopy => Self::MemoryCopy {
                name: reader.name()?,
                source: reader.word()?,
                destination: reader.word()?,
                size: reader.word()?,
            },
            PayloadForm::MemorySet => Self::MemorySet {
                name: reader.name()?,
                address: reader.word()?,
                value: reader.byte()?,
                size: reader.word()?,
            },
            PayloadForm::MemoryCompare => Self::MemoryCompare {
                name: reader.name()?,
                first: reader.word()?,
                second: reader.word()?,
                size: reader.word()?,
            },
        };
        if reader.rest.is_empty() { Ok(payload) } else { Err(PayloadError::Long(reader.rest.len())) }
    }

    /// Returns the form of the payload.
    pub const fn form(&self) -> PayloadForm {
        match self {
            Self::Message { .. } => PayloadForm::Message,
            Self::Capability { .. } => PayloadForm::Capability,
            Self::Resource { .. } => PayloadForm::Resource,
            Self::Region { .. } => PayloadForm::Region,
            Self::RegionCreate { .. } => PayloadForm::RegionCreate,
            Self::RegionTransfer { .. } => PayloadForm::RegionTransfer,
            Self::MemoryCopy { .. } => PayloadForm::MemoryCopy,
            Self::MemorySet { .. } => PayloadForm::MemorySet,
            Self::MemoryCompare { .. } => PayloadForm::MemoryCompare,
        }
    }

    /// Returns the payload's bytes.
    ///
    /// # Errors
    /// * [`PayloadError::NameTooLong`]: a name has more than [`MAX_NAME_BYTES`].
    /// * [`PayloadError::Register`]: a register's number is not below [`N_R`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        let mut bytes = Vec::new();
        match *self {
            Self::Message { message, second, name } => {
                bytes.push(checked_register(message)?);
                bytes.push(second.map_or(Ok(NO_REGISTER), checked_register)?);
                bytes.extend(checked_name(name)?.as_bytes());
            }
            Self::Capability { id, agent } => {
                bytes.extend(id.to_le_bytes());
                bytes.extend(checked_name(agent)?.as_bytes());
            }
            Self::Resource { id } => bytes.extend(id.to_le_bytes()),
            Self::Region { name } => bytes.extend(checked_name(name)?.as_bytes()),
            Self::RegionCreate { name, size, owner } => {
                push_name(&mut bytes, name)?;
                bytes.extend(size.to_le_bytes());
                push_name(&mut bytes, owner)?;
            }
            Self::RegionTransfer { name, owner } => {
                push_name(&mut bytes, name)?;
                push_name(&mut bytes, owner)?;
            }
            Self::MemoryCopy { name, source, destination, size } => {
                push_name(&mut bytes, name)?;
                bytes.extend([source, destination, size].iter().flat_map(|word| word.to_le_bytes()));
            }
            Self::MemorySet { name, address, value, size } => {
                push_name(&mut bytes, name)?;
                bytes.extend(address.to_le_bytes());
                bytes.push(value);
                bytes.extend(size.to_le_bytes());
            }
            Self::MemoryCompare { name, first, second, size } => {
                push_name(&mut bytes, name)?;
                bytes.extend([first, second, size].iter().flat_map(|word| word.to_le_bytes()));
            }
        }
        Ok(bytes)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], PayloadError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(PayloadError::Short(self.len))?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, PayloadError> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn register(&mut self) -> Result<u8, PayloadError> {
        self.byte().and_then(checked_register)
    }

    fn word(&mut self) -> Result<u32, PayloadError> {
        self.take(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn name(&mut self) -> Result<&'a str, PayloadError> {
        let len = usize::from(self.byte()?);
        self.take(len).and_then(text)
    }

    fn tail(&mut self) -> Result<&'a str, PayloadError> {
        text(self.take(self.rest.len())?)
    }
}

fn text(bytes: &[u8]) -> Result<&str, PayloadError> {
    if bytes.len() > MAX_NAME_BYTES {
        return Err(PayloadError::NameTooLong(bytes.len()));
    }
    let name = std::str::from_utf8(bytes).map_err(|_| PayloadError::Name)?;
    Ok(name.trim_end_matches('\0'))
}

fn checked_register(number: u8) -> Result<u8, PayloadError> {
    if usize::from(number) < N_R { Ok(number) } else { Err(PayloadError::Register(number)) }
}

fn checked_name(name: &str) -> Result<&str, PayloadError> {
    if name.len() <= MAX_NAME_BYTES { Ok(name) } else { Err(PayloadError::NameTooLong(name.len())) }
}

fn push_name(bytes: &mut Vec<u8>, name: &str) -> Result<(), PayloadError> {
    // It fits into a byte.
    bytes.push(checked_name(name)?.len() as u8);
    bytes.extend(name.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests;

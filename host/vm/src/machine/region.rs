//! Memory regions: bytes with a name and an owner.

use crate::error::ErrorKind;

/// A region. Its bytes are allocated when one of them is first looked at.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    /// Empty, or of `size` bytes.
    pub bytes: Vec<u8>,
    pub size: u32,
    /// None for the program itself.
    pub owner: Option<String>,
}

impl Region {
    pub(crate) const fn new(size: u32, owner: Option<String>) -> Self {
        Self { bytes: Vec::new(), size, owner }
    }

    /// Allocates the bytes if all of those asked for exist.
    #[cold]
    pub(crate) fn touch(&mut self, address: i64, len: u64) -> Result<(), ErrorKind> {
        let size = u64::from(self.size);
        let outside = ErrorKind::OutsideRegion { address, len, size };
        let begin = u64::try_from(address).map_err(|_| outside.clone())?;
        if begin.checked_add(len).is_none_or(|end| end > size) {
            return Err(outside);
        }
        if self.bytes.is_empty() {
            self.bytes = vec![0; self.size as usize];
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn read<const N: usize>(&mut self, address: i64) -> Result<[u8; N], ErrorKind> {
        if let Some(bytes) = self.chunk(address) {
            return Ok(*bytes);
        }
        self.touch(address, N as u64)?;
        Ok(self.chunk(address).copied().unwrap_or([0; N]))
    }

    #[inline]
    pub(crate) fn write<const N: usize>(&mut self, address: i64, value: [u8; N]) -> Result<(), ErrorKind> {
        if let Some(bytes) = self.chunk_mut(address) {
            *bytes = value;
            return Ok(());
        }
        self.touch(address, N as u64)?;
        if let Some(bytes) = self.chunk_mut(address) {
            *bytes = value;
        }
        Ok(())
    }

    #[inline]
    fn chunk<const N: usize>(&self, address: i64) -> Option<&[u8; N]> {
        let begin = usize::try_from(address).ok()?;
        self.bytes.get(begin..)?.first_chunk()
    }

    #[inline]
    fn chunk_mut<const N: usize>(&mut self, address: i64) -> Option<&mut [u8; N]> {
        let begin = usize::try_from(address).ok()?;
        self.bytes.get_mut(begin..)?.first_chunk_mut()
    }

    /// Returns bytes that exist, or the error.
    pub(crate) fn range(&mut self, address: u32, len: u32) -> Result<&mut [u8], ErrorKind> {
        self.touch(address.into(), len.into())?;
        let begin = address as usize;
        Ok(self.bytes.get_mut(begin..begin + len as usize).unwrap_or_default())
    }
}

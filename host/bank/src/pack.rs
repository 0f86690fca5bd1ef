//! Packed bytes: what takes room in a bank, compressed where that makes it smaller.
//!
//! The first byte says how: 0 for the bytes themselves, 1 for one Zstandard frame that states its content's length.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

use crate::limits::BLOB_BYTES;

/// The bytes follow as they are.
const PLAIN: u8 = 0;
/// A Zstandard frame follows.
const ZSTD: u8 = 1;
/// Zstandard's default: levels above cost several times the time for a few percent on genomes.
const LEVEL: i32 = 3;
/// Shorter bytes are not worth a frame's header.
const WORTH_BYTES: usize = 32;

/// Packs and unpacks, keeping the compressor's tables between calls.
pub(crate) struct Packer {
    compressor: RefCell<Compressor<'static>>,
    decompressor: RefCell<Decompressor<'static>>,
}

impl Packer {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            compressor: RefCell::new(Compressor::new(LEVEL)?),
            decompressor: RefCell::new(Decompressor::new()?),
        })
    }

    /// Packs bytes. What cannot be compressed is kept plain.
    pub(crate) fn pack(&self, bytes: &[u8]) -> Vec<u8> {
        if bytes.len() >= WORTH_BYTES
            && let Ok(frame) = self.compressor.borrow_mut().compress(bytes)
            && frame.len() < bytes.len()
        {
            return [&[ZSTD], frame.as_slice()].concat();
        }
        [&[PLAIN], bytes].concat()
    }

    /// Unpacks bytes; none where they are damaged or longer than any blob may be.
    pub(crate) fn unpack(&self, packed: &[u8]) -> Option<Vec<u8>> {
        let (codec, content) = packed.split_first()?;
        match *codec {
            PLAIN => Some(content.to_vec()),
            ZSTD => {
                let length = zstd::zstd_safe::get_frame_content_size(content).ok()??;
                if length > BLOB_BYTES {
                    return None;
                }
                let bytes =
                    self.decompressor.borrow_mut().decompress(content, usize::try_from(length).ok()?).ok()?;
                (bytes.len() as u64 == length).then_some(bytes)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Packer, WORTH_BYTES, ZSTD};

    #[test]
    fn only_what_gets_smaller_is_compressed() {
        let packer = Packer::new().unwrap();
        assert_eq!(packer.pack(b""), [0]);
        assert_eq!(packer.pack(&[7; WORTH_BYTES - 1]).len(), WORTH_BYTES);
        assert!(packer.pack(&[7; 1000]).len() < 40);
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_room_is_made_for_it() {
        let packer = Packer::new().unwrap();
        // A frame header: magic, then a descriptor that says an 8-byte content size follows a window byte.
        let mut frame = vec![ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x00];
        frame.extend((u64::MAX / 2).to_le_bytes());
        assert_eq!(packer.unpack(&frame), None);
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(bytes in prop::collection::vec(0u8..4, 0..2000)) {
            let packer = Packer::new().unwrap();
            prop_assert_eq!(packer.unpack(&packer.pack(&bytes)), Some(bytes));
        }

        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let packer = Packer::new().unwrap();
            let _ = packer.unpack(&bytes);
            let mut frame = vec![ZSTD, 0x28, 0xb5, 0x2f, 0xfd];
            frame.extend(bytes);
            let _ = packer.unpack(&frame);
        }
    }
}

//! BLAKE3 hashes: what things in the bank are known by.

use std::fmt;
use std::str::FromStr;

/// The BLAKE3 hash of some bytes.
///
/// Written as 64 lowercase hexadecimal digits; read in either case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The first twelve hexadecimal digits, enough for people.
    #[must_use]
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(12);
        text
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A text is not a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits, found `{text}`")]
pub struct ParseHashError {
    text: String,
}

impl FromStr for Hash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        match Prefix::parse(text) {
            Some(prefix) if text.len() == 64 => Ok(prefix.first),
            _ => Err(ParseHashError { text: text.to_owned() }),
        }
    }
}

/// The hashes that begin with some hexadecimal digits: those from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    pub(crate) first: Hash,
    pub(crate) last: Hash,
}

impl Prefix {
    /// The range of a prefix of 0 to 64 digits; none for other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let mut first = [0; 32];
        let mut last = [0xff; 32];
        let bytes = first.iter_mut().zip(&mut last);
        for (digits, (low, high)) in text.as_bytes().chunks(2).zip(bytes) {
            let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
            match *digits {
                [a, b] => {
                    *low = nibble(a)? << 4 | nibble(b)?;
                    *high = *low;
                }
                [a] => {
                    *low = nibble(a)? << 4;
                    *high = *low | 0x0f;
                }
                _ => return None,
            }
        }
        Some(Self { first: Hash(first), last: Hash(last) })
    }
}

/// Eight bytes of BLAKE3 over parts of a row, so that a flipped bit is noticed when the row is read.
///
/// Each part is preceded by its length, so that moving a border between two parts changes the sum.
pub(crate) fn sum(parts: &[&[u8]]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::{Hash, Prefix, sum};

    #[test]
    fn hashes_are_read_as_they_are_written() {
        let hash = Hash::of(b"genome");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.to_string().to_uppercase().parse(), Ok(hash));
        assert!(hash.short().parse::<Hash>().is_err());
        assert!("g".repeat(64).parse::<Hash>().is_err());
    }

    #[test]
    fn prefixes_are_ranges() {
        let prefix = Prefix::parse("ab0").unwrap();
        assert!(prefix.first.to_string().starts_with("ab0000"));
        assert!(prefix.last.to_string().starts_with("ab0fff"));
        assert_eq!(Prefix::parse(""), Some(Prefix { first: Hash([0; 32]), last: Hash([255; 32]) }));
        assert_eq!(Prefix::parse("xy"), None);
        assert_eq!(Prefix::parse(&"0".repeat(65)), None);
    }

    #[test]
    fn sums_see_where_a_part_ends() {
        assert_ne!(sum(&[b"ab", b"c"]), sum(&[b"a", b"bc"]));
    }
}

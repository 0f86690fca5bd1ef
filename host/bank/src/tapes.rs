//! Tapes, known by a name, and calibrations, known by a key. Both may be replaced.

use rusqlite::params;

use crate::hash::sum;
use crate::limits::{BLOB_BYTES, CALIBRATION_BYTES, KEY_BYTES};
use crate::writer::{expect_name, limit};
use crate::{Bank, BankError, TapeRow, Writer};

impl Writer<'_> {
    /// Stores a tape, compressed, in place of the one of that name. The bank does not look into it.
    ///
    /// # Errors
    /// * [`BankError::Name`]: as for runs.
    /// * [`BankError::TooLarge`]: more than 64 MiB.
    /// * The failures of the engine.
    pub fn put_tape(&mut self, name: &str, bytes: &[u8]) -> Result<(), BankError> {
        expect_name(name)?;
        limit("tape", bytes.len(), BLOB_BYTES)?;
        let packed = self.packer.pack(bytes);
        self.execute(
            "store a tape",
            "INSERT INTO tape (name, size, packed, sum) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET size = excluded.size, packed = excluded.packed, sum = excluded.sum",
            params![name, bytes.len(), packed, tape_sum(name, &packed)],
        )
    }

    /// Stores what was learnt under a key, in place of what was there. The bank looks into neither.
    ///
    /// # Errors
    /// * [`BankError::TooLarge`]: the key has more than 4 KiB, or the value more than 1 MiB.
    /// * The failures of the engine.
    pub fn put_calibration(&mut self, key: &[u8], value: &[u8]) -> Result<(), BankError> {
        limit("key of a calibration", key.len(), KEY_BYTES)?;
        limit("calibration", value.len(), CALIBRATION_BYTES)?;
        self.execute(
            "store a calibration",
            "INSERT OR REPLACE INTO calibration (key, value, sum) VALUES (?1, ?2, ?3)",
            params![key, value, sum(&[key, value])],
        )
    }
}

impl Bank {
    /// All tapes by their names. Their bytes are not read.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn tapes(&self) -> Result<Vec<TapeRow>, BankError> {
        if !self.has_documents()? {
            return Ok(Vec::new());
        }
        self.all("list tapes", "SELECT name, size FROM tape ORDER BY name", [], |row| {
            Ok(TapeRow { name: row.get(0)?, size_bytes: row.get(1)? })
        })
    }

    /// The tape of a name; none where there is none.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: it does not agree with its sum.
    /// * The failures of the engine.
    pub fn tape(&self, name: &str) -> Result<Option<Vec<u8>>, BankError> {
        if !self.has_documents()? {
            return Ok(None);
        }
        let sql = "SELECT packed, sum FROM tape WHERE name = ?1";
        let found = self
            .one("read a tape", sql, [name], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?)))?;
        let Some((packed, expected)) = found else { return Ok(None) };
        let bytes = (tape_sum(name, &packed) == expected).then(|| self.packer.unpack(&packed)).flatten();
        bytes.map(Some).ok_or_else(|| self.damaged(format!("tape `{name}` does not agree with its sum")))
    }

    /// What was learnt under a key; none where there is nothing.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: it does not agree with its sum.
    /// * The failures of the engine.
    pub fn calibration(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BankError> {
        if !self.has_documents()? {
            return Ok(None);
        }
        let sql = "SELECT value, sum FROM calibration WHERE key = ?1";
        let found = self.one("read a calibration", sql, [key], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?))
        })?;
        match found {
            Some((value, expected)) if sum(&[key, &value]) != expected => {
                let key = String::from_utf8_lossy(key);
                Err(self.damaged(format!("calibration `{}` does not agree with its sum", key.escape_debug())))
            }
            found => Ok(found.map(|(value, _)| value)),
        }
    }

    /// All keys of calibrations, in the order of their bytes.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn calibrations(&self) -> Result<Vec<Vec<u8>>, BankError> {
        if !self.has_documents()? {
            return Ok(Vec::new());
        }
        self.all("list calibrations", "SELECT key FROM calibration ORDER BY key", [], |row| row.get(0))
    }
}

/// The sum of a tape's row, over what is stored.
pub(crate) fn tape_sum(name: &str, packed: &[u8]) -> i64 {
    sum(&[name.as_bytes(), packed])
}

//! Documents: named texts of which every version is kept, and one is live.
//!
//! Making an earlier version live again loses none: the later ones stay, with their numbers.

use rusqlite::{Row, params};

use crate::hash::sum;
use crate::limits::BLOB_BYTES;
use crate::writer::{expect_name, limit};
use crate::{Bank, BankError, DocumentRow, VersionRow, Writer};

impl Writer<'_> {
    /// Adds a version to a document, which is made where there is none, and returns its number.
    ///
    /// Versions are numbered from 1 in the order in which they are added. The first is live; a later one becomes so by
    /// [`Writer::set_live`]. `record` says how it came about; the bank looks into neither.
    ///
    /// # Errors
    /// * [`BankError::Name`]: as for runs.
    /// * [`BankError::UnknownVersion`]: the document has no version `parent`.
    /// * [`BankError::TooLarge`]: the text or the record has more than 64 MiB.
    /// * The failures of the engine.
    pub fn add_version(
        &mut self,
        name: &str,
        parent: Option<u64>,
        text: &[u8],
        record: &[u8],
    ) -> Result<u64, BankError> {
        expect_name(name)?;
        limit("text", text.len(), BLOB_BYTES)?;
        limit("record", record.len(), BLOB_BYTES)?;
        if let Some(parent) = parent {
            self.expect_version(name, parent)?;
        }
        let sql = "SELECT id FROM document WHERE name = ?1";
        let id = match self.query::<i64>("find a document", sql, params![name])? {
            Some(id) => id,
            None => {
                self.execute(
                    "make a document",
                    "INSERT INTO document (name, live, sum) VALUES (?1, 1, ?2)",
                    params![name, document_sum(name, 1)],
                )?;
                self.connection.last_insert_rowid()
            }
        };
        let sql = "SELECT coalesce(max(number), 0) + 1 FROM version WHERE document = ?1";
        let number = self.query::<u64>("count versions", sql, params![id])?.unwrap_or(1);
        let text = self.packer.pack(text);
        let record = self.packer.pack(record);
        self.execute(
            "add a version",
            "INSERT INTO version (document, number, parent, text, record, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![id, number, parent, text, record, version_sum(number, parent, &text, &record)],
        )?;
        Ok(number)
    }

    /// Makes a version of a document the live one, an earlier one too. No version is lost.
    ///
    /// # Errors
    /// * [`BankError::UnknownVersion`]: there is no such document, or it has no such version.
    /// * The failures of the engine.
    pub fn set_live(&mut self, name: &str, number: u64) -> Result<(), BankError> {
        self.expect_version(name, number)?;
        self.execute(
            "make a version live",
            "UPDATE document SET live = ?2, sum = ?3 WHERE name = ?1",
            params![name, number, document_sum(name, number)],
        )
    }

    /// How many versions a document has; 0 where there is no such document.
    ///
    /// # Errors
    /// The failures of the engine.
    pub fn n_versions(&mut self, name: &str) -> Result<u64, BankError> {
        let sql = "SELECT count(*) FROM version JOIN document ON id = document WHERE name = ?1";
        Ok(self.query::<u64>("count versions", sql, params![name])?.unwrap_or(0))
    }

    fn expect_version(&mut self, name: &str, number: u64) -> Result<(), BankError> {
        // A number that the engine cannot hold is none of a version, and neither is -1.
        let key = i64::try_from(number).unwrap_or(-1);
        let sql = "SELECT 1 FROM version JOIN document ON id = document WHERE name = ?1 AND number = ?2";
        let found = self.query::<i64>("find a version", sql, params![name, key])?;
        found.map(|_| ()).ok_or_else(|| BankError::UnknownVersion {
            path: self.path.to_owned(),
            name: name.to_owned(),
            number,
        })
    }
}

impl Bank {
    /// All documents by their names.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: a row does not agree with its sum.
    /// * The failures of the engine.
    pub fn documents(&self) -> Result<Vec<DocumentRow>, BankError> {
        self.documents_where("ORDER BY name", None)
    }

    /// The document of a name; none where there is none.
    ///
    /// # Errors
    /// As [`Bank::documents`].
    pub fn document(&self, name: &str) -> Result<Option<DocumentRow>, BankError> {
        Ok(self.documents_where("WHERE name = ?1", Some(name))?.pop())
    }

    fn documents_where(&self, which: &str, name: Option<&str>) -> Result<Vec<DocumentRow>, BankError> {
        if !self.has_documents()? {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT name, live, sum, (SELECT count(*) FROM version WHERE document = id) FROM document {which}"
        );
        let rows = self.all("read documents", &sql, rusqlite::params_from_iter(name), |row| {
            let row_of = DocumentRow { name: row.get(0)?, live: row.get(1)?, n_versions: row.get(3)? };
            Ok((row_of, row.get::<_, i64>(2)?))
        })?;
        let checked = rows.into_iter().map(|(row, expected)| {
            if document_sum(&row.name, row.live) == expected {
                Ok(row)
            } else {
                Err(self.damaged(format!("document `{}` does not agree with its sum", row.name)))
            }
        });
        checked.collect()
    }

    /// A version of a document; none where there is none.
    ///
    /// # Errors
    /// * [`BankError::Damaged`]: it does not agree with its sum.
    /// * The failures of the engine.
    pub fn version(&self, name: &str, number: u64) -> Result<Option<VersionRow>, BankError> {
        let Ok(number) = i64::try_from(number) else { return Ok(None) };
        Ok(self.versions_between(name, number, number)?.pop())
    }

    /// All versions of a document by their numbers. A document that is not there has none.
    ///
    /// # Errors
    /// As [`Bank::version`].
    pub fn versions(&self, name: &str) -> Result<Vec<VersionRow>, BankError> {
        self.versions_between(name, 0, i64::MAX)
    }

    fn versions_between(&self, name: &str, first: i64, last: i64) -> Result<Vec<VersionRow>, BankError> {
        if !self.has_documents()? {
            return Ok(Vec::new());
        }
        let sql =
            "SELECT number, parent, text, record, v.sum FROM version AS v JOIN document ON id = document
            WHERE name = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number";
        let rows = self.all("read versions", sql, params![name, first, last], StoredVersion::of)?;
        let unpacked = rows.into_iter().map(|row| {
            let number = row.number;
            self.unpack_version(row).ok_or_else(|| {
                self.damaged(format!("version {number} of document `{name}` does not agree with its sum"))
            })
        });
        unpacked.collect()
    }

    /// The version, where it agrees with its sum.
    pub(crate) fn unpack_version(&self, stored: StoredVersion) -> Option<VersionRow> {
        let StoredVersion { number, parent, text, record, sum } = stored;
        if version_sum(number, parent, &text, &record) != sum {
            return None;
        }
        let (text, record) = (self.packer.unpack(&text)?, self.packer.unpack(&record)?);
        Some(VersionRow { number, parent, text, record })
    }
}

/// A version as it is stored.
pub(crate) struct StoredVersion {
    pub(crate) number: u64,
    parent: Option<u64>,
    text: Vec<u8>,
    record: Vec<u8>,
    sum: i64,
}

impl StoredVersion {
    /// Of the columns number, parent, text, record and sum.
    pub(crate) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            parent: row.get(1)?,
            text: row.get(2)?,
            record: row.get(3)?,
            sum: row.get(4)?,
        })
    }
}

/// The sum of a document's row.
pub(crate) fn document_sum(name: &str, live: u64) -> i64 {
    sum(&[name.as_bytes(), &live.to_le_bytes()])
}

/// The sum of a version's row, over what is stored. No version has number 0, which stands for no parent.
fn version_sum(number: u64, parent: Option<u64>, text: &[u8], record: &[u8]) -> i64 {
    sum(&[&number.to_le_bytes(), &parent.unwrap_or(0).to_le_bytes(), text, record])
}

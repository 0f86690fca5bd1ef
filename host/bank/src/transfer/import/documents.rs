//! Documents, tapes and calibrations of a stream.

use std::io::Read;

use rusqlite::params;

use super::{Fields, Import, damaged, of_stream};
use crate::ImportError;

/// A document of the stream, as the bank knows it.
pub(super) struct Document {
    /// Versions in the bank before the import.
    n_before: u64,
    /// Versions in the stream so far.
    n_streamed: u64,
}

impl<R: Read> Import<'_, '_, R> {
    pub(super) fn version(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let name = fields.text()?;
        let (number, parent) = (fields.number()?, fields.number()?);
        let (text, record) = (fields.bytes()?, fields.bytes()?);
        let (n_before, n_streamed) = match self.documents.get(&name) {
            Some(document) => (document.n_before, document.n_streamed),
            None => (self.writer.n_versions(&name)?, 0),
        };
        if number != n_streamed.saturating_add(1) {
            return Err(damaged(format!("document `{name}` lacks version {}", n_streamed.saturating_add(1))));
        }
        if number <= n_before {
            let row = "FROM version JOIN document ON id = document WHERE name = ?1 AND number = ?2";
            let select = |column: &str| format!("SELECT {column} {row}");
            let stored_parent: Option<u64> = self.writer.query(
                "compare with the export",
                &select("coalesce(parent, 0)"),
                params![name, number],
            )?;
            let is_same = stored_parent == Some(parent)
                && self.stored(&select("text"), params![name, number])?.as_deref() == Some(text)
                && self.stored(&select("record"), params![name, number])?.as_deref() == Some(record);
            if !is_same {
                let what = format!("version {number} is another one");
                return Err(ImportError::Conflict { kind: "document", name, what });
            }
        } else {
            let parent = (parent != 0).then_some(parent);
            self.writer.add_version(&name, parent, text, record).map_err(of_stream)?;
        }
        self.documents.insert(name, Document { n_before, n_streamed: number });
        Ok(())
    }

    pub(super) fn live(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let name = fields.text()?;
        let number = fields.number()?;
        match self.documents.get(&name) {
            None => Err(damaged(format!("it brings no version of document `{name}`"))),
            // The bank knows at least as much, and its choice stays.
            Some(document) if document.n_streamed <= document.n_before => Ok(()),
            Some(_) => self.writer.set_live(&name, number).map_err(of_stream),
        }
    }

    pub(super) fn tape(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let name = fields.text()?;
        let bytes = fields.bytes()?;
        match self.stored("SELECT packed FROM tape WHERE name = ?1", params![name])? {
            None => self.writer.put_tape(&name, bytes).map_err(of_stream),
            Some(stored) if stored == bytes => Ok(()),
            Some(_) => {
                let what = "it recorded something else".to_owned();
                Err(ImportError::Conflict { kind: "tape", name, what })
            }
        }
    }

    /// A calibration that is there already stays.
    pub(super) fn calibration(&mut self, fields: &mut Fields<'_>) -> Result<(), ImportError> {
        let (key, value) = (fields.bytes()?, fields.bytes()?);
        let sql = "SELECT 1 FROM calibration WHERE key = ?1";
        match self.writer.query::<i64>("find a calibration", sql, params![key])? {
            Some(_) => Ok(()),
            None => self.writer.put_calibration(key, value).map_err(of_stream),
        }
    }
}

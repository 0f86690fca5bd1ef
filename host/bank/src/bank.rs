//! The bank itself: an open file, and transactions on it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::open::WriterLock;
use crate::pack::Packer;
use crate::{BankError, Writer};

/// An open bank.
///
/// It can be sent to another thread, and not be used by two at once: open it a second time for reading.
///
/// # Example
/// ```
/// use flux_bank::{Bank, BankError, Hash};
///
/// let folder = tempfile::tempdir()?;
/// let mut bank = Bank::open(&folder.path().join("flux.bank"))?;
/// let genome = bank.write(|writer| writer.put_genome(b"\0asm"))?;
/// assert_eq!(genome, Hash::of(b"\0asm"));
/// assert_eq!(bank.genome(&genome)?.as_deref(), Some(b"\0asm".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Bank {
    // Fields are dropped in this order: the file is closed before the lock is let go.
    pub(crate) connection: Connection,
    pub(crate) packer: Packer,
    pub(crate) path: PathBuf,
    /// None where the bank is open for reading only.
    pub(crate) lock: Option<WriterLock>,
}

impl Bank {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `f` in one transaction: all of what it writes is applied, durably, or nothing.
    ///
    /// When this returns `Ok`, the transaction has reached the disk. Where `f` returns an error, or panics, nothing of
    /// it is seen by anybody.
    ///
    /// # Errors
    /// * What `f` returns.
    /// * [`BankError::ReadOnly`]: the bank is open for reading only.
    /// * [`BankError::Full`], [`BankError::Engine`]: the transaction could not be made durable.
    /// * [`BankError::Undone`]: `f` returned `Ok` although the engine failed in one of its operations.
    pub fn write<T, E: From<BankError>>(
        &mut self,
        f: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Self { connection, packer, path, lock } = self;
        if lock.is_none() {
            return Err(BankError::ReadOnly { path: path.clone() }.into());
        }
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| BankError::of(path, "begin a transaction", error))?;
        let mut writer = Writer { connection: &transaction, packer, path, is_spoiled: false };
        // A transaction that is dropped is rolled back.
        let value = f(&mut writer)?;
        if writer.is_spoiled {
            return Err(BankError::Undone { path: path.clone() }.into());
        }
        transaction.commit().map_err(|error| BankError::of(path, "commit a transaction", error))?;
        Ok(value)
    }

    /// Lets `f` read one state of the bank, whatever another process writes meanwhile.
    ///
    /// Many small reads are faster within than without. Snapshots may be nested; the outermost counts. A long one keeps
    /// the write-ahead log from being cut back.
    ///
    /// # Errors
    /// * What `f` returns.
    /// * [`BankError`]: the bank cannot be read.
    pub fn snapshot<T, E: From<BankError>>(&self, f: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        if !self.connection.is_autocommit() {
            return f(self);
        }
        let of = |error| BankError::of(&self.path, "begin to read", error);
        let transaction = self.connection.unchecked_transaction().map_err(of)?;
        let value = f(self)?;
        transaction.finish().map_err(of)?;
        Ok(value)
    }
}

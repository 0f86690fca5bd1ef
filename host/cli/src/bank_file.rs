//! The bank that a command works with, and how its failures are told.

use std::path::Path;

use flux_bank::{Bank, BankError, OpenError};
use miette::Report;

use crate::mistakes;

/// Opens a bank for writing; makes it where there is none.
pub(crate) fn open(path: &Path) -> miette::Result<Bank> {
    Bank::open(path).map_err(|error| refused(&error))
}

/// Opens a bank for reading, also while another process writes to it.
pub(crate) fn open_read_only(path: &Path) -> miette::Result<Bank> {
    Bank::open_read_only(path).map_err(|error| refused(&error))
}

/// Gives what a bank was asked for, or a report of why it did not.
pub(crate) fn asked<T>(answer: Result<T, BankError>) -> miette::Result<T> {
    answer.map_err(|error| mistakes::failed_for("read the bank", &error, error.hint()))
}

fn refused(error: &OpenError) -> Report {
    mistakes::failed_for("open the bank", error, error.hint())
}

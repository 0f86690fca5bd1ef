//! Listings that read a page at a time, so that a million rows do not lie in memory at once.

use std::vec;

use crate::{Bank, BankError, GenerationRow, GenomeRow, Hash, RunId};

/// Genomes read at a time.
const GENOMES: usize = 1024;
/// Generations read at a time; their records may be large.
const GENERATIONS: usize = 16;

/// All genomes of a bank by their hashes.
///
/// Outside [`Bank::snapshot`], what another process stores meanwhile may or may not be among them. After an error
/// there is nothing more.
pub struct Genomes<'b> {
    bank: &'b Bank,
    last: Option<Hash>,
    page: vec::IntoIter<GenomeRow>,
    is_over: bool,
}

impl<'b> Genomes<'b> {
    pub(crate) fn new(bank: &'b Bank) -> Self {
        Self { bank, last: None, page: Vec::new().into_iter(), is_over: false }
    }
}

impl Iterator for Genomes<'_> {
    type Item = Result<GenomeRow, BankError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.as_slice().is_empty() && !self.is_over {
            match self.bank.genomes_after(self.last, GENOMES) {
                Ok(page) => {
                    self.is_over = page.len() < GENOMES;
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
        let row = self.page.next()?;
        self.last = Some(row.hash);
        Some(Ok(row))
    }
}

/// Generations of a run in order. After an error there is nothing more.
pub struct Generations<'b> {
    bank: &'b Bank,
    run: RunId,
    next: u64,
    page: vec::IntoIter<GenerationRow>,
    is_over: bool,
}

impl<'b> Generations<'b> {
    pub(crate) fn new(bank: &'b Bank, run: RunId, from: u64) -> Self {
        Self { bank, run, next: from, page: Vec::new().into_iter(), is_over: false }
    }
}

impl Iterator for Generations<'_> {
    type Item = Result<GenerationRow, BankError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.as_slice().is_empty() && !self.is_over {
            match self.bank.generations_from(self.run, self.next, GENERATIONS) {
                Ok(page) => {
                    self.is_over = page.len() < GENERATIONS;
                    self.page = page.into_iter();
                }
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
        let row = self.page.next()?;
        self.next = row.index.saturating_add(1);
        Some(Ok(row))
    }
}

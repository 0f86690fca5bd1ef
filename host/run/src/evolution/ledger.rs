//! What is known of genomes that were measured already, so that none is measured twice.

use std::collections::HashMap;

use flux_genome::GenomeId;

use super::examiner::Facts;

/// Entries of each half of the ledger.
const HALF: usize = 1 << 16;

/// A bounded memory of facts: when the newer half is full, the older one is forgotten.
///
/// What is known changes how fast a run is, never what comes of it, so forgetting is harmless.
#[derive(Default)]
pub(super) struct Ledger {
    newer: HashMap<GenomeId, Facts>,
    older: HashMap<GenomeId, Facts>,
}

impl Ledger {
    /// What is known of a genome that is enough to say whether it has `bar` credit, and how it did if so.
    pub(super) fn get(&self, id: &GenomeId, bar: u64) -> Option<&Facts> {
        let facts = self.newer.get(id).or_else(|| self.older.get(id))?;
        match facts {
            Facts::Whole(_) => Some(facts),
            Facts::Below(least) => (*least <= bar).then_some(facts),
        }
    }

    pub(super) fn put(&mut self, id: GenomeId, facts: Facts) {
        if self.newer.len() >= HALF {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(id, facts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_below_one_bar_says_nothing_below_a_lower_one() {
        let mut ledger = Ledger::default();
        let id = GenomeId::of(b"one");
        ledger.put(id, Facts::Below(10));
        assert!(ledger.get(&id, 9).is_none());
        assert_eq!(ledger.get(&id, 10), Some(&Facts::Below(10)));
        assert_eq!(ledger.get(&id, 11), Some(&Facts::Below(10)));
    }

    #[test]
    fn a_full_ledger_forgets_the_oldest() {
        let mut ledger = Ledger::default();
        let id = |n: usize| GenomeId::of(&n.to_le_bytes());
        for n in 0..=2 * HALF {
            ledger.put(id(n), Facts::Below(0));
        }
        assert!(ledger.get(&id(0), 0).is_none());
        assert!(ledger.get(&id(2 * HALF), 0).is_some());
        assert!(ledger.newer.len() + ledger.older.len() <= 2 * HALF);
    }
}

//! What was seen of the variant in a trial, and how its conduct is judged.

use flux_evolve::trial::{Conduct, Trial};
use flux_sandbox::{Ending, Outcome, Refusal};

use crate::arena::Case;
use crate::verdict::Verdict;

use super::TrialReport;

/// What was seen of the variant in a trial.
pub(super) struct Seen {
    verdict: Verdict,
    pub(super) conduct: Conduct,
    cycles: u64,
    ending: String,
    note: Option<String>,
    memory_peak_bytes: u64,
    /// What asking cost, where there are models.
    pub(super) spent_billionths: Option<u64>,
}

impl Seen {
    pub(super) fn refused(refusal: &Refusal) -> Self {
        Self {
            verdict: Verdict::Wrong(String::new()),
            conduct: Conduct::Refused,
            cycles: 0,
            ending: Ending::Refused(refusal.clone()).code(),
            note: Some(refusal.to_string()),
            memory_peak_bytes: 0,
            spent_billionths: None,
        }
    }

    /// `outcomes` are those of the variant's own agents, of which there is at least one.
    pub(super) fn of(outcomes: &[&Outcome], verdict: Verdict) -> Self {
        // The gravest conduct speaks for the trial; of equally grave ones the first agent's.
        let worst = outcomes.iter().rev().max_by_key(|outcome| conduct(&outcome.ending));
        let conduct = worst.map_or(Conduct::Refused, |outcome| conduct(&outcome.ending));
        let note = match (&verdict, conduct) {
            (_, Conduct::Trapped | Conduct::Exhausted | Conduct::Refused | Conduct::Unequal) => {
                worst.map(|outcome| outcome.ending.to_string())
            }
            (Verdict::Wrong(why), Conduct::Clean) => Some(why.clone()),
            (Verdict::Right, Conduct::Clean) => None,
        };
        Self {
            verdict,
            conduct,
            cycles: outcomes.iter().fold(0, |sum, outcome| sum.saturating_add(outcome.cycles)),
            ending: worst.map_or_else(String::new, |outcome| outcome.ending.code()),
            note,
            memory_peak_bytes: outcomes
                .iter()
                .map(|outcome| outcome.memory_peak_bytes as u64)
                .max()
                .unwrap_or(0),
            spent_billionths: None,
        }
    }

    /// Holds a second run of the same trial against the first.
    pub(super) fn compare(&mut self, first: &[&Outcome], again: &[&Outcome]) {
        if first != again {
            self.conduct = Conduct::Unequal;
            self.note = Some("a second run of the same trial was not equal to the first".to_owned());
        }
    }

    pub(super) fn report(self, case: &Case, round: u32, case_idx: usize) -> TrialReport {
        let correct = self.verdict == Verdict::Right && self.conduct == Conduct::Clean;
        TrialReport {
            round,
            case_idx,
            case: case.name.clone(),
            trial: Trial {
                weight: case.weight,
                correct,
                side: case.side,
                cycles: self.cycles,
                conduct: self.conduct,
            },
            ending: self.ending,
            note: self.note,
            memory_peak_bytes: self.memory_peak_bytes,
            spent_billionths: self.spent_billionths,
        }
    }
}

/// How a genome that ended so has behaved.
pub(super) fn conduct(ending: &Ending) -> Conduct {
    match ending {
        Ending::Numbers(_) | Ending::Answer(_) => Conduct::Clean,
        Ending::Trap(_) => Conduct::Trapped,
        Ending::OutOfFuel | Ending::OverDeadline | Ending::OverMemory => Conduct::Exhausted,
        Ending::Refused(_) => Conduct::Refused,
    }
}

/// What runs did, but for their cost, told apart by a hash.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    hasher: blake3::Hasher,
    /// What is not hashed yet: runs leave a few words each.
    recent: Vec<u8>,
}

/// How much is gathered before it is hashed, in bytes.
const RECENT_BYTES: usize = 4096;

impl Trace {
    /// Adds what a run did.
    pub(super) fn outcome(&mut self, outcome: &Outcome) {
        match &outcome.ending {
            Ending::Numbers(numbers) => {
                self.put(&(numbers.len() as u64).to_le_bytes());
                for number in numbers {
                    self.put(&number.to_le_bytes());
                }
            }
            Ending::Answer(Ok(answer)) => {
                self.put(&(answer.len() as u64).to_le_bytes());
                self.put(answer.as_bytes());
            }
            // No length is so large, so an ending without a result is like no list and no answer.
            Ending::Answer(Err(_))
            | Ending::Trap(_)
            | Ending::OutOfFuel
            | Ending::OverDeadline
            | Ending::OverMemory
            | Ending::Refused(_) => {
                self.put(&u64::MAX.to_le_bytes());
                self.put(outcome.ending.code().as_bytes());
            }
        }
        self.put(&(outcome.acts.len() as u64).to_le_bytes());
        for act in &outcome.acts {
            self.put(&act.channel.to_le_bytes());
            self.put(&act.value.to_le_bytes());
        }
    }

    /// Adds that a genome was not run.
    pub(super) fn refusal(&mut self, refusal: &Refusal) {
        self.put(refusal.code().as_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        self.recent.extend_from_slice(bytes);
        if self.recent.len() >= RECENT_BYTES {
            self.hasher.update(&self.recent);
            self.recent.clear();
        }
    }

    /// The first 64 bits of the hash, little-endian.
    #[must_use]
    pub fn finish(mut self) -> u64 {
        self.hasher.update(&self.recent);
        let hash = self.hasher.finalize();
        hash.as_bytes().first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

//! How far one agent trusts another: a formula over what it has seen of it.
//!
//! `trust = clamp(decay * (0.30 H + 0.25 C + 0.20 L + 0.15 K + 0.05 D + 0.05 A))`, and 0.5 before anything was seen:
//!
//! | part | over the last | value |
//! | --- | --- | --- |
//! | H, history | all | from 0.5 on, a tenth of each success (1) or failure (0) and nine tenths of what was before |
//! | C, capability | 50 | mean match |
//! | L, latency | 50 | 1 up to a mean of 10 ms, 0 from 1000 ms on, straight between them |
//! | K, consistency | 20 | 1 less the deviation of latencies by their mean; 0.5 of one alone |
//! | D, determinism | 20 | the same of signatures |
//! | A, audit | | 1 once anything was seen |
//! | decay | | 1 less a hundredth for each hour since the last record |
//!
//! An agent whose trust was revoked is trusted with 0 until its host restores it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use thiserror::Error;

/// Trust below this refuses a message.
pub const THRESHOLD: f64 = 0.3;

/// How many records of a pair are kept; of those before them the moving average is.
const RECENT: usize = 50;
const LAST: usize = 20;

/// An agent, by its number.
pub type AgentIndex = usize;

/// What one agent has seen of another, once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// When, in seconds.
    pub seconds: f64,
    /// Whether it went well.
    pub success: bool,
    /// How long it took, in milliseconds.
    pub latency_ms: f64,
    /// How well the other could do what was asked, 0 to 1; 1 where nobody says.
    pub capability_match: f64,
    /// A number that stands for how the other behaved; 0 where nobody says.
    pub signature: f64,
}

impl Record {
    /// Returns a record with a full match and no signature.
    pub const fn new(seconds: f64, success: bool, latency_ms: f64) -> Self {
        Self { seconds, success, latency_ms, capability_match: 1.0, signature: 0.0 }
    }
}

/// A record, or a threshold, is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the {0} is not a number")]
pub struct TrustError(&'static str);

/// What one agent has seen of another.
#[derive(Clone, Debug)]
struct History {
    /// The moving average of successes.
    past: f64,
    /// The newest records, the oldest first.
    recent: VecDeque<Record>,
}

/// Records of all pairs: who judges, and who is judged.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    records: BTreeMap<(AgentIndex, AgentIndex), History>,
    revoked: BTreeSet<(AgentIndex, AgentIndex)>,
}

impl Trust {
    /// Returns an empty book: everybody trusts everybody with 0.5.
    pub const fn new() -> Self {
        Self { records: BTreeMap::new(), revoked: BTreeSet::new() }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`TrustError`]: latency, match or signature is not a number.
    pub fn record(
        &mut self,
        judge: AgentIndex,
        judged: AgentIndex,
        record: Record,
    ) -> Result<(), TrustError> {
        for (value, what) in [
            (record.latency_ms, "latency"),
            (record.capability_match, "capability match"),
            (record.signature, "signature"),
            (record.seconds, "time"),
        ] {
            if value.is_nan() {
                return Err(TrustError(what));
            }
        }
        let empty = || History { past: 0.5, recent: VecDeque::new() };
        let history = self.records.entry((judge, judged)).or_insert_with(empty);
        history.past = 0.1 * f64::from(u8::from(record.success)) + 0.9 * history.past;
        if history.recent.len() >= RECENT {
            history.recent.pop_front();
        }
        history
            .recent
            .push_back(Record { capability_match: record.capability_match.clamp(0.0, 1.0), ..record });
        Ok(())
    }

    /// Returns how far `judge` trusts `judged` at a time in seconds: 0 to 1.
    pub fn level(&self, judge: AgentIndex, judged: AgentIndex, now_seconds: f64) -> f64 {
        if self.is_revoked(judge, judged) {
            return 0.0;
        }
        match self.records.get(&(judge, judged)) {
            Some(history) => level(history, now_seconds),
            None => 0.5,
        }
    }

    /// Says whether `judge` trusts `judged` with `threshold` at least, which is brought to 0 to 1.
    ///
    /// # Errors
    /// [`TrustError`]: the threshold is not a number.
    pub fn check(
        &self,
        judge: AgentIndex,
        judged: AgentIndex,
        threshold: f64,
        now_seconds: f64,
    ) -> Result<bool, TrustError> {
        if threshold.is_nan() {
            return Err(TrustError("threshold"));
        }
        Ok(self.level(judge, judged, now_seconds) >= threshold.clamp(0.0, 1.0))
    }

    /// Trusts with nothing from now on, and forgets the records.
    pub fn revoke(&mut self, judge: AgentIndex, judged: AgentIndex) {
        self.records.remove(&(judge, judged));
        self.revoked.insert((judge, judged));
    }

    /// Takes a revocation back: trust begins again at 0.5. What was recorded since counts.
    pub fn restore(&mut self, judge: AgentIndex, judged: AgentIndex) {
        self.revoked.remove(&(judge, judged));
    }

    /// Says whether trust was revoked.
    pub fn is_revoked(&self, judge: AgentIndex, judged: AgentIndex) -> bool {
        self.revoked.contains(&(judge, judged))
    }
}

fn level(History { past, recent }: &History, now_seconds: f64) -> f64 {
    let Some(newest) = recent.back() else { return 0.5 };
    let last = || recent.iter().skip(recent.len().saturating_sub(LAST));
    let capability = mean(recent.iter().map(|record| record.capability_match));
    let latency = mean(recent.iter().map(|record| record.latency_ms));
    let latency = if latency <= 10.0 {
        1.0
    } else if latency >= 1000.0 {
        0.0
    } else {
        1.0 - (latency - 10.0) / 990.0
    };
    let consistency = steadiness(last().map(|record| record.latency_ms));
    let determinism = steadiness(last().map(|record| record.signature));
    let sum =
        0.30 * past + 0.25 * capability + 0.20 * latency + 0.15 * consistency + 0.05 * determinism + 0.05;
    let elapsed = now_seconds - newest.seconds;
    let decay = if elapsed <= 0.0 { 1.0 } else { (1.0 - 0.01 * elapsed / 3600.0).clamp(0.0, 1.0) };
    (sum * decay).clamp(0.0, 1.0)
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (n_values, sum) = values.fold((0_u32, 0.0), |(n_values, sum), value| (n_values + 1, sum + value));
    if n_values == 0 { 0.0 } else { sum / f64::from(n_values) }
}

/// 1 less the deviation by the mean, 0 at least.
fn steadiness(values: impl Iterator<Item = f64> + Clone) -> f64 {
    if values.clone().nth(1).is_none() {
        return 0.5;
    }
    let mean_value = mean(values.clone());
    if mean_value == 0.0 {
        return 1.0;
    }
    let variance = mean(values.map(|value| (value - mean_value) * (value - mean_value)));
    (1.0 - variance.sqrt() / mean_value.abs()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::{RECENT, Record, Trust};

    /// The values are known to a few units of the last place: the order of sums is not.
    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-14, "expected {expected}, found {found}");
    }

    #[test]
    fn the_known_values() {
        let mut trust = Trust::new();
        assert_eq!(trust.level(0, 1, 0.0), 0.5);
        for (success, latency_ms, expected) in [
            (true, 0.1, 0.765),
            (true, 20.0, 0.729_982_436_303_332),
            (false, 100.0, 0.704_582_659_932_660_1),
            (true, 505.0, 0.695_034_494_949_495_1),
            (true, 2000.0, 0.633_082_055_555_555_6),
        ] {
            trust.record(0, 1, Record::new(0.0, success, latency_ms)).expect("numbers");
            near(trust.level(0, 1, 0.0), expected);
        }
        near(trust.level(0, 1, 3600.0), 0.626_751_235);
        near(trust.level(0, 1, 363_600.0), 0.0);
        // Nobody else is judged by that.
        assert_eq!(trust.level(1, 0, 0.0), 0.5);
    }

    #[test]
    fn other_known_values() {
        let mut trust = Trust::new();
        for signature in 1..=10 {
            let record = Record {
                capability_match: 0.8,
                signature: f64::from(signature),
                ..Record::new(0.0, true, 10.0)
            };
            trust.record(0, 1, record).expect("numbers");
        }
        near(trust.level(0, 1, 0.0), 0.871_586_585_591_645_4);
        let mut trust = Trust::new();
        for _ in 0..30 {
            let record = Record { capability_match: 0.0, ..Record::new(0.0, false, 1500.0) };
            trust.record(0, 1, record).expect("numbers");
        }
        near(trust.level(0, 1, 0.0), 0.256_358_673_741_282_4);
    }

    #[test]
    fn revoked_is_zero_until_it_is_restored() {
        let mut trust = Trust::new();
        trust.revoke(0, 1);
        assert_eq!(trust.level(0, 1, 0.0), 0.0);
        trust.record(0, 1, Record::new(0.0, true, 0.1)).expect("numbers");
        assert_eq!(trust.level(0, 1, 0.0), 0.0);
        assert_eq!(trust.check(0, 1, 0.1, 0.0), Ok(false));
        trust.restore(0, 1);
        near(trust.level(0, 1, 0.0), 0.765);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let mut trust = Trust::new();
        assert!(trust.record(0, 1, Record::new(0.0, true, f64::NAN)).is_err());
        assert!(trust.check(0, 1, f64::NAN, 0.0).is_err());
        assert_eq!(trust.check(0, 1, 7.0, 0.0), Ok(false));
        assert_eq!(trust.level(0, 1, 0.0), 0.5);
    }

    #[test]
    fn old_records_count_less_and_less() {
        let mut trust = Trust::new();
        for at in 0..100 {
            trust
                .record(0, 1, Record::new(0.0, at >= 50, if at >= 50 { 1.0 } else { 5000.0 }))
                .expect("numbers");
        }
        // What is left of the failures is in the moving average alone.
        near(trust.level(0, 1, 0.0), 1.0 - 0.3 * 0.9_f64.powi(50) * (1.0 - 0.5 * 0.9_f64.powi(50)));
        assert_eq!(trust.records[&(0, 1)].recent.len(), RECENT);
    }
}

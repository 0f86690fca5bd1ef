//! Measures genomes for evolution: the cheap cases first, and no further than needed.

use std::sync::Arc;

use flux_broker::questions::{Check, Question};
use flux_evolve::measure::{FULL_CREDIT, Measure};
use flux_evolve::score::Score;
use flux_evolve::tally::Share;
use flux_evolve::trial::Side;
use flux_evolve::trust::TrustPolicy;
use flux_genome::cost::CYCLES_1;
use flux_genome::{Genome, GenomeId};

use crate::arena::{Arena, Case, Player, Task};
use crate::referee::{Prepared, Referee, RefereeError, Round, Trace};

/// Whether the credit of every case is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// The sums do.
    Sums,
    /// Every case, for selection by cases.
    Cases,
}

/// Measures genomes on one round of an arena. May be shared by threads.
pub(super) struct Examiner<'a> {
    referee: Referee<'a>,
    prepared: Prepared,
    /// Positions of the cases that selection may see, the cheap ones first.
    selection: Vec<usize>,
    /// Positions of the held-out cases.
    held_out: Vec<usize>,
    detail: Detail,
    context: blake3::Hash,
}

/// What is known of a genome on the cases that selection may see, whoever asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Facts {
    /// All of it.
    Whole(Whole),
    /// Only that its credit is less than this.
    Below(u64),
}

/// A measurement that went to the end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Whole {
    pub(super) share: Share,
    pub(super) credit: u64,
    pub(super) behaviour: u64,
    pub(super) credits: Arc<[u32]>,
}

/// The first byte of a measurement that is kept.
const WHOLE_1: u8 = 1;

impl Whole {
    /// The measurement in bytes: a version, twelve 64-bit words (trials, correct, weight, passed weight, cycles, the five
    /// conducts, credit, behaviour), and 32 bits for the credit of each case; all of them little-endian.
    pub(super) fn write(&self) -> Vec<u8> {
        let share = &self.share;
        let sums = [share.n_trials, share.n_correct, share.weight, share.passed_weight, share.cycles];
        let words = sums.iter().chain(&share.n_by_conduct).chain([&self.credit, &self.behaviour]);
        let mut bytes = Vec::with_capacity(1 + 12 * 8 + 4 * self.credits.len());
        bytes.push(WHOLE_1);
        words.for_each(|word| bytes.extend(word.to_le_bytes()));
        self.credits.iter().for_each(|credit| bytes.extend(credit.to_le_bytes()));
        bytes
    }

    /// Reads a measurement back; none where it is of another version.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&version, rest) = bytes.split_first()?;
        let (words, credits) = rest.split_at_checked(12 * 8)?;
        if version != WHOLE_1 || credits.len() % 4 != 0 {
            return None;
        }
        let mut words = words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        let mut next = || words.next();
        let share = Share {
            n_trials: next()?,
            n_correct: next()?,
            weight: next()?,
            passed_weight: next()?,
            cycles: next()?,
            n_by_conduct: [next()?, next()?, next()?, next()?, next()?],
        };
        let (credit, behaviour) = (next()?, next()?);
        let credits = credits.as_chunks::<4>().0.iter().map(|credit| u32::from_le_bytes(*credit));
        Some(Self { share, credit, behaviour, credits: credits.collect() })
    }

    pub(super) fn measure(&self, len_bytes: u64, trust: &TrustPolicy) -> Measure {
        Measure {
            score: Score::of(&self.share, trust),
            credit: self.credit,
            cycles: self.share.cycles,
            len_bytes,
            behaviour: self.behaviour,
            credits: Arc::clone(&self.credits),
        }
    }
}

impl<'a> Examiner<'a> {
    /// An examiner whose cases come in the order of what they cost `founder`.
    pub(super) fn new(referee: Referee<'a>, founder: &Genome, detail: Detail) -> Result<Self, RefereeError> {
        let round = referee.round(0)?;
        let on = |side| {
            let cases = round.cases.iter().enumerate();
            cases.filter(move |(_, case)| case.side == side).map(|(at, _)| at)
        };
        let contestant = referee.admit(founder);
        let prepared = referee.prepare(round.clone());
        let cost = |at: usize| {
            let glimpse = referee.glimpse(&contestant, &prepared, at, &mut Trace::default());
            glimpse.map_or(0, |glimpse| glimpse.trial.cycles)
        };
        let mut selection: Vec<usize> = on(Side::Selection).collect();
        selection.sort_by_cached_key(|&at| (cost(at), at));
        let held_out = on(Side::HeldOut).collect();
        let context = context(&referee, &round, &selection, detail);
        Ok(Self { selection, held_out, detail, context, prepared, referee })
    }

    pub(super) fn referee(&self) -> &Referee<'a> {
        &self.referee
    }

    /// What a measurement depends on besides the genome.
    pub(super) fn context(&self) -> blake3::Hash {
        self.context
    }

    /// What stands for a genome and everything else that a measurement depends on.
    pub(super) fn key(&self, id: &GenomeId) -> blake3::Hash {
        let mut digest = blake3::Hasher::new();
        digest.update(self.context.as_bytes()).update(id.as_bytes());
        digest.finalize()
    }

    /// How many cases selection may see.
    pub(super) fn n_selection(&self) -> usize {
        self.selection.len()
    }

    /// Measures a genome, as long as it can still have `bar` credit.
    pub(super) fn examine(&self, genome: &Genome, bar: u64) -> Facts {
        let contestant = self.referee.admit_variant(genome, self.selection.len());
        let cases = &self.prepared.round().cases;
        let credit_of = |at: usize, credit: u32| {
            let weight = cases.get(at).map_or(0, |case| case.weight.thousandths());
            u64::from(weight) * u64::from(credit)
        };
        let mut possible: u64 = self.selection.iter().map(|&at| credit_of(at, FULL_CREDIT)).sum();
        let mut whole = Whole { share: Share::default(), credit: 0, behaviour: 0, credits: Arc::new([]) };
        let mut credits = Vec::new();
        let mut trace = Trace::default();
        for &at in &self.selection {
            let Some(glimpse) = self.referee.glimpse(&contestant, &self.prepared, at, &mut trace) else {
                continue;
            };
            whole.share.push(&glimpse.trial);
            let earned = credit_of(at, glimpse.credit);
            whole.credit += earned;
            possible -= credit_of(at, FULL_CREDIT) - earned;
            if possible < bar {
                return Facts::Below(bar);
            }
            if self.detail == Detail::Cases {
                credits.push(glimpse.credit);
            }
        }
        whole.behaviour = trace.finish();
        whole.credits = credits.into();
        Facts::Whole(whole)
    }

    /// Tries a genome on the held-out cases; none when there are none.
    pub(super) fn confirm(&self, genome: &Genome) -> Option<Share> {
        (!self.held_out.is_empty())
            .then(|| self.share(genome, self.prepared.round(), self.held_out.iter().copied()))
    }

    /// Tries a genome on the cases that are drawn anew in round `number`, none of which selection has seen.
    pub(super) fn fresh(&self, genome: &Genome, round: &Round) -> Share {
        self.share(genome, round, self.referee.arena().cases.len()..round.cases.len())
    }

    fn share(&self, genome: &Genome, round: &Round, cases: impl Iterator<Item = usize>) -> Share {
        let contestant = self.referee.admit_variant(genome, 0);
        let mut share = Share::default();
        for at in cases {
            if let Some(report) = self.referee.try_case(&contestant, round, at) {
                share.push(&report.trial);
            }
        }
        share
    }
}

/// A digest of everything that a measurement depends on besides the genome: cases in their order, budget, grants,
/// models, who else plays, the seed, and the cost table.
fn context(referee: &Referee<'_>, round: &Round, selection: &[usize], detail: Detail) -> blake3::Hash {
    let mut digest = blake3::Hasher::new();
    let mut put = |bytes: &[u8]| {
        digest.update(&(bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    let Arena { world, capabilities, budget, players, models, .. } = referee.arena();
    put(b"flux facts 1");
    put(CYCLES_1.name.as_bytes());
    put(world.export().as_bytes());
    put(capabilities.to_string().as_bytes());
    put(&budget.cycles.to_le_bytes());
    put(&budget.memory_kib.to_le_bytes());
    put(&referee.seed().to_le_bytes());
    put(&[u8::from(detail == Detail::Cases)]);
    put(&(players.len() as u64).to_le_bytes());
    // Arenas without models have the contexts that they always had.
    if let Some(models) = models {
        put(b"models");
        put(models.digest.as_bytes());
        put(&models.max_cost.unwrap_or(f64::INFINITY).to_bits().to_le_bytes());
    }
    for (seat, player) in players.iter().enumerate() {
        match (player, referee.partner(seat)) {
            (Player::Partner(_), Some(id)) => put(id.as_bytes()),
            (Player::Variant | Player::Partner(_), _) => put(b""),
        }
    }
    for &at in selection {
        if let Some(case) = round.cases.get(at) {
            put(&(at as u64).to_le_bytes());
            put_case(case, &mut put);
        }
    }
    digest.finalize()
}

fn put_case(case: &Case, put: &mut impl FnMut(&[u8])) {
    fn numbers(list: &[i64]) -> Vec<u8> {
        list.iter().flat_map(|number| number.to_le_bytes()).collect()
    }
    put(&case.weight.thousandths().to_le_bytes());
    put(&(case.senses.len() as u64).to_le_bytes());
    for (channel, readings) in &case.senses {
        put(&channel.to_le_bytes());
        put(&numbers(readings));
    }
    match &case.task {
        Task::Numbers { seats, tolerance, acts } => {
            put(b"numbers");
            put(&tolerance.to_le_bytes());
            put(&(seats.len() as u64).to_le_bytes());
            for seat in seats {
                put(&numbers(&seat.input));
                put(&[u8::from(seat.expected.is_some())]);
                put(&numbers(seat.expected.as_deref().unwrap_or_default()));
            }
            put(&[u8::from(acts.is_some())]);
            for (channel, value) in acts.iter().flatten() {
                put(&channel.to_le_bytes());
                put(&value.to_le_bytes());
            }
        }
        Task::Text { prompt, answer } => {
            put(b"text");
            put(prompt.as_bytes());
            put(answer.as_bytes());
        }
        Task::Question(Question { subject, ask, answer, wrong, accept, check }) => {
            put(b"question");
            put(subject.as_bytes());
            put(ask.as_bytes());
            put(answer.as_bytes());
            for list in [wrong, accept] {
                put(&(list.len() as u64).to_le_bytes());
                list.iter().for_each(|text| put(text.as_bytes()));
            }
            put(match check {
                Check::Contains => b"contains",
                Check::Exact => b"exact",
                Check::Number => b"number",
            });
        }
    }
}

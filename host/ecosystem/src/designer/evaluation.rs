//! Act, first half: a candidate is held against the present ecosystem on past questions.
//!
//! Both answer the same questions with the same seeds, in copies. The referee is fixed and is never of the candidate's
//! choosing: known questions are checked; others are scored by the referee's model, unless that model answers in one of
//! the two or judges in the candidate, and left out where it abstains. An answer that fails scores 0.
//!
//! A candidate is accepted at a look (see [`super::statistics`]) if the paired test's probability is at most what the
//! look may spend, and the mean score rises by at least the threshold. The error rate is that of one evaluation: of
//! twenty candidates that are no better, one is accepted on average at most. Questions are drawn anew for every
//! evaluation, by subject in turn, so that no candidate can be made for them.
//!
//! Questions that the present ecosystem was not asked yet come first: where it was found weak by bad luck, the same
//! questions would favour whoever comes next. Where there are too few of those, the others are used; then the error
//! rate holds for weaknesses that are real, and is higher for those that were bad luck.

use std::collections::{BTreeMap, BTreeSet};

use flux_lang::ecosystem::Ecosystem;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};

use super::guard::{answering_models, judging_model};
use super::memory::{Memory, Remembered};
use super::simulation::{Outcome, Simulation};
use super::statistics::{Look, Paired, paired};

/// How two ecosystems did on the same questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What the seeds of the questions are drawn from.
    pub seed: u64,
    /// Questions whose answers were checked.
    pub checked: usize,
    /// Questions whose answers the referee scored.
    pub refereed: usize,
    /// Questions that nobody could score.
    pub left_out: usize,
    /// Answers of the old one and the new one that failed.
    pub failed: (usize, usize),
    /// What an answer of the old one and the new one costs on average.
    pub cost: (f64, f64),
    /// The test at each look, and what it might spend.
    pub looks: Vec<(Paired, f64)>,
    /// Whether the new one is better.
    pub accepted: bool,
    /// The finding, as a sentence.
    pub why: String,
}

/// The questions that an evaluation may ask.
#[derive(Clone, Debug, Default)]
pub struct Past<'m> {
    /// All of them.
    pub questions: Vec<&'m Remembered>,
    /// The texts of those that the present ecosystem was asked already: asked last.
    pub seen: BTreeSet<&'m str>,
}

impl<'m> Past<'m> {
    /// All questions of a memory.
    #[must_use]
    pub fn of(memory: &'m Memory) -> Self {
        Self {
            questions: memory.questions().collect(),
            seen: memory.answers().map(|answer| answer.ask.as_str()).collect(),
        }
    }
}

/// What an evaluation goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// When to look. Default [`super::statistics::LOOKS`].
    pub looks: Vec<Look>,
    /// The least rise of the mean score. Default 0.05.
    pub threshold: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { looks: super::statistics::LOOKS.to_vec(), threshold: 0.05 }
    }
}

/// Holds `new` against `old`.
///
/// # Determinism
/// A function of its arguments and of what the simulation answers.
pub async fn evaluate(
    simulation: &dyn Simulation,
    old: &Ecosystem,
    new: &Ecosystem,
    past: &Past<'_>,
    plan: &Plan,
    seed: u64,
) -> Evaluation {
    let may_referee = simulation.referee().is_some_and(|referee| {
        let answers = |tree: &Ecosystem| answering_models(tree).contains(referee);
        !answers(old) && !answers(new) && judging_model(new) != Some(referee)
    });
    let questions = draw(past, may_referee, seed);
    let looks = looks_within(&plan.looks, questions.len());
    let mut found = Evaluation {
        seed,
        checked: 0,
        refereed: 0,
        left_out: 0,
        failed: (0, 0),
        cost: (0.0, 0.0),
        looks: Vec::new(),
        accepted: false,
        why: "there are no past questions that could be scored".to_owned(),
    };
    let mut scores: (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut asked = 0_usize;
    let mut next = questions.into_iter();
    for (at, look) in looks.iter().enumerate() {
        for (idx, question) in next.by_ref().take(look.questions - asked).enumerate() {
            let seed = mix(seed, (asked + idx) as u64);
            let outcomes =
                (simulation.ask(old, question, seed).await, simulation.ask(new, question, seed).await);
            found.failed.0 += usize::from(outcomes.0.answer.is_err());
            found.failed.1 += usize::from(outcomes.1.answer.is_err());
            found.cost.0 += outcomes.0.cost;
            found.cost.1 += outcomes.1.cost;
            let pair = (
                score(simulation, question, &outcomes.0, may_referee).await,
                score(simulation, question, &outcomes.1, may_referee).await,
            );
            let (Some(old), Some(new)) = pair else {
                found.left_out += 1;
                continue;
            };
            if question.known.is_some() {
                found.checked += 1;
            } else {
                found.refereed += 1;
            }
            scores.0.push(old);
            scores.1.push(new);
        }
        asked = look.questions;
        let test = paired(&scores.0, &scores.1, mix(seed, u64::MAX));
        let is_better = test.p <= look.alpha && test.improvement() >= plan.threshold;
        found.why = say(&test, look.alpha, plan.threshold, is_better);
        // Who is no better after half of the questions is not asked the rest: that only makes the test stricter.
        let is_hopeless = at > 0 && test.improvement() <= 0.0;
        found.looks.push((test, look.alpha));
        found.accepted = is_better;
        if is_better || is_hopeless {
            break;
        }
    }
    let n = asked.max(1) as f64;
    found.cost = (found.cost.0 / n, found.cost.1 / n);
    found
}

fn say(test: &Paired, alpha: f64, threshold: f64, is_better: bool) -> String {
    let verdict = if is_better {
        "better"
    } else if test.improvement() <= 0.0 {
        "no better"
    } else if test.improvement() < threshold {
        "hardly better"
    } else {
        "not surely better"
    };
    let relation = if test.p <= alpha { "<=" } else { ">" };
    format!(
        "{verdict}: {:.2} instead of {:.2} on {} questions, {} won, {} lost; {}, p = {:.4} {relation} {alpha}",
        test.new,
        test.old,
        test.questions,
        test.wins,
        test.losses,
        test.method.name(),
        test.p
    )
}

async fn score(
    simulation: &dyn Simulation,
    question: &Remembered,
    outcome: &Outcome,
    may_referee: bool,
) -> Option<f64> {
    let answer = match &outcome.answer {
        Ok(answer) => answer,
        // Whoever scores it: no answer is not right.
        Err(_) => return (question.known.is_some() || may_referee).then_some(0.0),
    };
    match question.is_right(answer) {
        Some(right) => Some(f64::from(u8::from(right))),
        None if may_referee => simulation.score(question, answer).await.map(|score| score.clamp(0.0, 1.0)),
        None => None,
    }
}

/// Whether a question cannot be checked, and whether it was seen: what is false comes first.
type Rank = (bool, bool);

/// Questions, each with a number that is drawn for it.
type Lots<'m> = Vec<(u64, &'m Remembered)>;

/// Questions in the order in which they are asked: those that can be checked first, of these the unseen ones first,
/// subjects in turn.
fn draw<'m>(past: &Past<'m>, may_referee: bool, seed: u64) -> Vec<&'m Remembered> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut subjects: BTreeMap<(Rank, &str), Lots<'m>> = BTreeMap::new();
    for question in past.questions.iter().filter(|question| question.known.is_some() || may_referee) {
        let rank = (question.known.is_none(), past.seen.contains(question.ask.as_str()));
        subjects.entry((rank, question.subject())).or_default().push((rng.next_u64(), question));
    }
    let mut drawn: Vec<(Rank, usize, &'m Remembered)> = Vec::new();
    for ((rank, _), mut questions) in subjects {
        questions.sort_by_key(|(lot, _)| *lot);
        drawn.extend(questions.into_iter().enumerate().map(|(turn, (_, question))| (rank, turn, question)));
    }
    // Stable: within a turn subjects stay in the order of their names.
    drawn.sort_by_key(|(rank, turn, _)| (*rank, *turn));
    drawn.into_iter().map(|(_, _, question)| question).collect()
}

/// The looks that `n` questions allow; what the others might have spent, the last may.
fn looks_within(looks: &[Look], n: usize) -> Vec<Look> {
    let mut within: Vec<Look> = looks.iter().copied().filter(|look| look.questions <= n).collect();
    let rest: f64 = looks.iter().filter(|look| look.questions > n).map(|look| look.alpha).sum();
    if rest > 0.0 && n > 0 {
        match within.last_mut().filter(|last| last.questions == n) {
            Some(last) => last.alpha += rest,
            None => within.push(Look { questions: n, alpha: rest }),
        }
    }
    within
}

/// A seed of its own for each number (SplitMix64).
pub(crate) fn mix(seed: u64, n: u64) -> u64 {
    crate::seed::finish(seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

#[cfg(test)]
mod tests;

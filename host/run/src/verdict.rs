//! Whether what came out of a trial is right, and if not, why.

use flux_evolve::measure::{self, FULL_CREDIT, NEAR_CREDIT};
use flux_sandbox::{Ending, Outcome};

use crate::arena::{Seat, Task};

/// Whether a trial's results are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything expected came out.
    Right,
    /// Something else came out: what, in words.
    Wrong(String),
}

/// Numbers of a list, and characters of a text, that a message shows.
const N_SHOWN: usize = 12;

/// Judges the outcomes of all agents; `outcomes[i]` belongs to seat i.
pub(crate) fn judge(task: &Task, outcomes: &[Outcome]) -> Verdict {
    if is_right(task, outcomes) {
        return Verdict::Right;
    }
    let wrong = match task {
        Task::Numbers { seats, tolerance, acts } => {
            seats.iter().zip(outcomes).enumerate().find_map(|(at, (seat, outcome))| {
                let wrong = find_wrong_numbers(seat, *tolerance, outcome)
                    .or_else(|| acts.as_ref().and_then(|acts| find_wrong_acts(acts, outcome)))?;
                Some(if seats.len() > 1 { format!("agent {}: {wrong}", at + 1) } else { wrong })
            })
        }
        Task::Text { answer, .. } => outcomes.first().and_then(|outcome| match &outcome.ending {
            Ending::Answer(Ok(found)) if found == answer => None,
            Ending::Answer(Ok(found)) => Some(format!("expected `{}`, found `{}`", cut(answer), cut(found))),
            ending => Some(format!("expected `{}`, found {ending}", cut(answer))),
        }),
        Task::Question(question) => outcomes.first().map(|outcome| {
            let answer = cut(&question.answer);
            match &outcome.ending {
                Ending::Answer(Ok(found)) => format!("expected `{answer}`, found `{}`", cut(found)),
                ending => format!("expected `{answer}`, found {ending}"),
            }
        }),
    };
    Verdict::Wrong(wrong.unwrap_or_default())
}

/// Whether everything expected came out, without a word about it: variants are judged by the million.
fn is_right(task: &Task, outcomes: &[Outcome]) -> bool {
    match task {
        Task::Numbers { seats, tolerance, acts } => seats.iter().zip(outcomes).all(|(seat, outcome)| {
            are_numbers_right(seat, *tolerance, outcome)
                && acts.as_ref().is_none_or(|acts| are_acts_right(acts, outcome))
        }),
        Task::Text { answer, .. } => outcomes
            .first()
            .is_none_or(|outcome| matches!(&outcome.ending, Ending::Answer(Ok(found)) if found == answer)),
        Task::Question(question) => outcomes.first().is_none_or(
            |outcome| matches!(&outcome.ending, Ending::Answer(Ok(found)) if question.is_right(found)),
        ),
    }
}

fn are_numbers_right(seat: &Seat, tolerance: u64, outcome: &Outcome) -> bool {
    let Ending::Numbers(found) = &outcome.ending else { return false };
    let near = |(a, b): (&i64, &i64)| a.abs_diff(*b) <= tolerance;
    seat.expected
        .as_ref()
        .is_none_or(|expected| expected.len() == found.len() && expected.iter().zip(found).all(near))
}

fn are_acts_right(expected: &[(u32, i64)], outcome: &Outcome) -> bool {
    outcome.acts.iter().map(|act| (act.channel, act.value)).eq(expected.iter().copied())
}

/// How near the outcomes of all agents come to what is expected, in millionths: [`FULL_CREDIT`] where they are right,
/// at most [`NEAR_CREDIT`] elsewhere.
///
/// The mean over all lists that are looked at, of numbers and of acts. A text is right or earns nothing.
pub(crate) fn credit(task: &Task, outcomes: &[Outcome]) -> u32 {
    if is_right(task, outcomes) {
        return FULL_CREDIT;
    }
    let Task::Numbers { seats, acts, .. } = task else { return 0 };
    let (mut sum, mut n_lists) = (0, 0);
    for (seat, outcome) in seats.iter().zip(outcomes) {
        if let Some(expected) = &seat.expected {
            n_lists += 1;
            if let Ending::Numbers(found) = &outcome.ending {
                sum += u64::from(measure::nearness(expected, found));
            }
        }
        if let Some(expected) = acts {
            n_lists += 1;
            let found: Vec<i64> = outcome.acts.iter().map(|act| act.value).collect();
            let expected: Vec<i64> = expected.iter().map(|(_, value)| *value).collect();
            sum += u64::from(measure::nearness(&expected, &found));
        }
    }
    let mean = sum.checked_div(n_lists).unwrap_or(0);
    u32::try_from(mean).unwrap_or(NEAR_CREDIT).min(NEAR_CREDIT)
}

fn find_wrong_numbers(seat: &Seat, tolerance: u64, outcome: &Outcome) -> Option<String> {
    if are_numbers_right(seat, tolerance, outcome) {
        return None;
    }
    let Ending::Numbers(found) = &outcome.ending else {
        return Some(format!("expected a result, found {}", outcome.ending));
    };
    let expected = list(seat.expected.as_deref().unwrap_or_default());
    Some(match tolerance {
        0 => format!("expected {expected}, found {}", list(found)),
        _ => format!("expected {expected} give or take {tolerance}, found {}", list(found)),
    })
}

fn find_wrong_acts(expected: &[(u32, i64)], outcome: &Outcome) -> Option<String> {
    if are_acts_right(expected, outcome) {
        return None;
    }
    let found: Vec<(u32, i64)> = outcome.acts.iter().map(|act| (act.channel, act.value)).collect();
    Some(format!("expected acts {}, found {}", pairs(expected), pairs(&found)))
}

/// A list of numbers as people write it, its end left out when it is long.
pub(crate) fn list(numbers: &[i64]) -> String {
    shorten(numbers, ToString::to_string)
}

fn pairs(acts: &[(u32, i64)]) -> String {
    shorten(acts, |(channel, value)| format!("[{channel}, {value}]"))
}

fn shorten<T>(entries: &[T], show: impl Fn(&T) -> String) -> String {
    let mut text = entries.iter().take(N_SHOWN).map(show).collect::<Vec<_>>().join(", ");
    if entries.len() > N_SHOWN {
        text.push_str(&format!(", ... ({} in all)", entries.len()));
    }
    format!("[{text}]")
}

fn cut(text: &str) -> String {
    /// Characters of a text that a message shows.
    const N_CHARS: usize = 60;
    let mut short: String = text.chars().take(N_CHARS).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use flux_broker::questions::{Check, Question};
    use flux_sandbox::Act;

    use super::*;

    fn outcome(ending: Ending, acts: &[(u32, i64)]) -> Outcome {
        let acts = acts.iter().map(|&(channel, value)| Act { channel, value }).collect();
        Outcome { ending, cycles: 1, acts, log: Vec::new(), log_dropped: 0, memory_peak_bytes: 0 }
    }

    fn numbers(expected: &[i64], tolerance: u64) -> Task {
        let seat = Seat { input: Vec::new(), expected: Some(expected.to_vec()) };
        Task::Numbers { seats: vec![seat], tolerance, acts: None }
    }

    fn check(task: &Task, found: Ending, expect: Result<(), &str>) {
        let expect = expect.map_or_else(|why| Verdict::Wrong(why.to_owned()), |()| Verdict::Right);
        assert_eq!(judge(task, &[outcome(found, &[])]), expect);
    }

    #[test]
    fn numbers_must_be_equal_up_to_the_tolerance() {
        check(&numbers(&[1, 2], 0), Ending::Numbers(vec![1, 2]), Ok(()));
        check(&numbers(&[1, 2], 0), Ending::Numbers(vec![1, 3]), Err("expected [1, 2], found [1, 3]"));
        check(&numbers(&[1], 0), Ending::Numbers(vec![1, 1]), Err("expected [1], found [1, 1]"));
        check(&numbers(&[5], 2), Ending::Numbers(vec![3]), Ok(()));
        check(&numbers(&[5], 2), Ending::Numbers(vec![8]), Err("expected [5] give or take 2, found [8]"));
        check(&numbers(&[i64::MIN], u64::MAX), Ending::Numbers(vec![i64::MAX]), Ok(()));
        check(&numbers(&[], 0), Ending::OutOfFuel, Err("expected a result, found out of fuel"));
    }

    #[test]
    fn long_lists_are_cut_in_messages() {
        let many: Vec<i64> = (0..100).collect();
        let why = "expected [1], found [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ... (100 in all)]";
        check(&numbers(&[1], 0), Ending::Numbers(many), Err(why));
    }

    #[test]
    fn acts_count_only_when_they_are_expected() {
        let task = |acts| Task::Numbers {
            seats: vec![Seat { input: Vec::new(), expected: None }],
            tolerance: 0,
            acts,
        };
        let done = [outcome(Ending::Numbers(vec![7]), &[(1, 1)])];
        assert_eq!(judge(&task(None), &done), Verdict::Right);
        assert_eq!(judge(&task(Some(vec![(1, 1)])), &done), Verdict::Right);
        let why = "expected acts [[1, 1], [1, 0]], found [[1, 1]]";
        assert_eq!(judge(&task(Some(vec![(1, 1), (1, 0)])), &done), Verdict::Wrong(why.to_owned()));
    }

    #[test]
    fn every_agent_has_to_be_right() {
        let seat = |n| Seat { input: Vec::new(), expected: Some(vec![n]) };
        let task = Task::Numbers { seats: vec![seat(1), seat(2)], tolerance: 0, acts: None };
        let found = [outcome(Ending::Numbers(vec![1]), &[]), outcome(Ending::Numbers(vec![1]), &[])];
        assert_eq!(judge(&task, &found), Verdict::Wrong("agent 2: expected [2], found [1]".to_owned()));
    }

    #[test]
    fn what_is_nearer_earns_more_and_less_than_what_is_right() {
        let earns = |found: Ending| credit(&numbers(&[100, 7], 0), &[outcome(found, &[])]);
        assert_eq!(earns(Ending::Numbers(vec![100, 7])), FULL_CREDIT);
        let ladder = [vec![100, 8], vec![100, 20], vec![90, 20], vec![100], vec![]];
        let ladder = ladder.map(|found| earns(Ending::Numbers(found)));
        assert!(ladder.windows(2).all(|pair| pair[0] > pair[1]), "{ladder:?}");
        assert!(ladder[0] < NEAR_CREDIT);
        assert_eq!(earns(Ending::OutOfFuel), 0);
    }

    #[test]
    fn questions_say_themselves_what_is_right() {
        let question = Question {
            subject: "geography".to_owned(),
            ask: "capital of France?".to_owned(),
            answer: "Paris".to_owned(),
            wrong: vec!["Lyon".to_owned()],
            accept: Vec::new(),
            check: Check::Contains,
        };
        let task = Task::Question(question);
        check(&task, Ending::Answer(Ok("It is PARIS.".to_owned())), Ok(()));
        let why = "expected `Paris`, found `Paris or Lyon`";
        check(&task, Ending::Answer(Ok("Paris or Lyon".to_owned())), Err(why));
        check(&task, Ending::OutOfFuel, Err("expected `Paris`, found out of fuel"));
    }

    #[test]
    fn answers_must_be_equal_to_the_letter() {
        let task = Task::Text { prompt: String::new(), answer: "yes".to_owned() };
        check(&task, Ending::Answer(Ok("yes".to_owned())), Ok(()));
        check(&task, Ending::Answer(Ok("Yes".to_owned())), Err("expected `yes`, found `Yes`"));
        check(&task, Ending::OverMemory, Err("expected `yes`, found over memory"));
    }
}

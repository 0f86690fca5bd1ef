//! One answer of several.

use std::collections::{BTreeMap, BTreeSet};

/// The place of the answer that most give; of equally frequent ones the first. Case, white space and a final period
/// do not count; nor do empty answers, as long as there are others.
///
/// Where no two are the same, which is usual for whole sentences, it is the one that is most like the others.
pub(crate) fn vote(answers: &[&str]) -> usize {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (idx, answer) in answers.iter().enumerate() {
        let words: Vec<&str> = answer.split_whitespace().collect();
        let key = words.join(" ").to_lowercase().trim_end_matches('.').to_owned();
        let count = counts.entry(key).or_insert((0, idx));
        count.0 += 1;
    }
    if counts.len() > 1 {
        counts.remove("");
    }
    let are_different = counts.len() > 2 && counts.values().all(|(count, _)| *count == 1);
    if are_different {
        return most_alike(answers);
    }
    let best = counts.into_values().max_by_key(|(count, first)| (*count, std::cmp::Reverse(*first)));
    best.map_or(0, |(_, first)| first)
}

/// The place of the answer that is most like the others; of equal ones the first.
fn most_alike(answers: &[&str]) -> usize {
    let words: Vec<BTreeSet<String>> = answers.iter().map(|answer| words(answer)).collect();
    let support = |own: &BTreeSet<String>| words.iter().map(|other| likeness(own, other)).sum::<f64>();
    let supports: Vec<Option<f64>> = words.iter().map(|own| Some(support(own))).collect();
    best(&supports)
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// How much of two texts is the same words, 0 to 1. A word weighs as much as it is long, because the words that every
/// sentence has are short in all languages (Zipf's law of abbreviation); a number weighs as much as a long word.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    /// What a word with a digit in it weighs at least, in letters.
    const NUMBER: usize = 8;
    let weight = |word: &String| {
        let n_chars = word.chars().count();
        if word.chars().any(|c| c.is_ascii_digit()) { n_chars.max(NUMBER) } else { n_chars }
    };
    let shared: usize = one.intersection(other).map(weight).sum();
    let all: usize = one.iter().chain(other).map(weight).sum();
    if all == 0 { 0.0 } else { 2.0 * shared as f64 / all as f64 }
}

/// The place of the highest score; of equal ones the first, and the first of all where there is no score.
pub(crate) fn best(scores: &[Option<f64>]) -> usize {
    let mut best: Option<(usize, f64)> = None;
    for (idx, score) in scores.iter().enumerate() {
        if let Some(score) = *score
            && best.is_none_or(|(_, highest)| score > highest)
        {
            best = Some((idx, score));
        }
    }
    best.map_or(0, |(idx, _)| idx)
}

/// The place of the first answer that is not empty, else of the first.
pub(crate) fn first(answers: &[&str]) -> usize {
    answers.iter().position(|answer| !answer.trim().is_empty()).unwrap_or(0)
}

/// The answers one after the other, with an empty line between; empty ones are left out.
pub(crate) fn concat(answers: &[&str]) -> String {
    let kept: Vec<&str> = answers.iter().copied().filter(|answer| !answer.trim().is_empty()).collect();
    kept.join("\n\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{best, concat, first, vote};

    #[test]
    fn answers_are_counted_by_what_they_say() {
        assert_eq!(vote(&["Lyon", "Paris.", "  paris"]), 1);
        assert_eq!(vote(&["Lyon", "Paris"]), 0);
        assert_eq!(vote(&["", "", "Paris"]), 2);
        assert_eq!(vote(&[]), 0);
        // No two are the same, but two say the same.
        assert_eq!(vote(&["It is Sydney.", "It is Canberra.", "The answer is Canberra."]), 1);
        assert_eq!(vote(&["It is 418.", "The answer is 408.", "408"]), 1);
        assert_eq!(vote(&["It is 418.", "It is 408.", "It is 428."]), 0);
    }

    #[test]
    fn other_ways_to_make_one_of_several() {
        assert_eq!(best(&[None, Some(0.4), Some(0.9), Some(0.9)]), 2);
        assert_eq!(best(&[None, None]), 0);
        assert_eq!(first(&[" ", "b", "c"]), 1);
        assert_eq!(concat(&["a", "", "b"]), "a\n\nb");
    }

    proptest! {
        #[test]
        fn a_vote_goes_to_an_answer_that_no_other_outnumbers(answers in proptest::collection::vec("[ab]", 1..9)) {
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            let count = |answer: &str| answers.iter().filter(|other| **other == answer).count();
            let won = answers[vote(&answers)];
            prop_assert!(answers.iter().all(|other| count(other) <= count(won)));
        }
    }
}

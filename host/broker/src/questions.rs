//! Questions whose answers are known: what simulated models know, what judges are calibrated on, and what ecosystems
//! are tried on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A set of questions, as a TOML file says it.
///
/// ```toml
/// title = "Capitals"
/// [[question]]
/// subject = "geography"
/// ask = "What is the capital of France?"
/// answer = "Paris"
/// wrong = ["Lyon", "Marseille"]
/// accept = ["paris, france"]
/// check = "contains"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    /// What it is, for people.
    pub title: String,
    /// The questions, in the order in which they are asked.
    #[serde(rename = "question", default)]
    pub questions: Vec<Question>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What it is about: one word, the unit of a simulated model's competence.
    pub subject: String,
    /// The question.
    pub ask: String,
    /// The right answer.
    pub answer: String,
    /// Answers that are wrong, likely ones first; at least one.
    pub wrong: Vec<String>,
    /// Other right answers.
    #[serde(default)]
    pub accept: Vec<String>,
    /// How an answer is held against the right ones. Default `contains`.
    #[serde(default)]
    pub check: Check,
}

/// How an answer is held against the right ones. Upper and lower case, white space and a final period never count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// It has a right answer in it, as whole words, and none of the wrong ones.
    #[default]
    Contains,
    /// It is a right answer.
    Exact,
    /// The last number in it is the number of a right answer, to within one part in a million.
    Number,
}

/// A set of questions that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionsError {
    /// The text is no TOML of this shape.
    #[error("failed to read the questions: {0}")]
    Toml(String),
    /// A question has an empty text, or no wrong answer.
    #[error("question {index} (`{ask}`): {what}")]
    Question {
        /// Its place, from 1.
        index: usize,
        /// Its text.
        ask: String,
        /// What is wrong with it: a lowercase fragment.
        what: &'static str,
    },
    /// Two questions have the same text.
    #[error("question {index} (`{ask}`) was asked before")]
    Twice {
        /// The place of the second, from 1.
        index: usize,
        /// Its text.
        ask: String,
    },
}

impl QuestionSet {
    /// Reads a set of questions and checks it.
    ///
    /// # Errors
    /// [`QuestionsError`] names the first question that cannot be used.
    pub fn parse(text: &str) -> Result<Self, QuestionsError> {
        let set: Self = toml::from_str(text).map_err(|error| QuestionsError::Toml(error.to_string()))?;
        let mut seen = BTreeSet::new();
        for (idx, question) in set.questions.iter().enumerate() {
            let (index, ask) = (idx + 1, question.ask.clone());
            let what = if question.ask.trim().is_empty() {
                "expected a question"
            } else if question.answer.trim().is_empty() {
                "expected an answer"
            } else if question.subject.trim().is_empty() {
                "expected a subject"
            } else if question.wrong.is_empty() {
                "expected a wrong answer beside the right one"
            } else if question.wrong.iter().any(|wrong| question.is_right(wrong)) {
                "a wrong answer passes as right"
            } else if !question.is_right(&question.answer) {
                "the right answer does not pass its own check"
            } else if !seen.insert(normalised(&question.ask)) {
                return Err(QuestionsError::Twice { index, ask });
            } else {
                continue;
            };
            return Err(QuestionsError::Question { index, ask, what });
        }
        Ok(set)
    }

    /// The subjects, in the order of their names.
    #[must_use]
    pub fn subjects(&self) -> Vec<&str> {
        let subjects: BTreeSet<&str> =
            self.questions.iter().map(|question| question.subject.as_str()).collect();
        subjects.into_iter().collect()
    }
}

impl Question {
    /// Whether `text` answers it rightly: a check that was executed, and so outranks every judge.
    #[must_use]
    pub fn is_right(&self, text: &str) -> bool {
        let given = normalised(text);
        let mut right = std::iter::once(&self.answer).chain(&self.accept);
        match self.check {
            Check::Exact => right.any(|answer| normalised(answer) == given),
            Check::Contains => {
                let has = |answer: &String| has_words(&given, &normalised(answer));
                // A wrong answer that lies inside a right one ("york" in "new york") is no sign of being wrong.
                let is_wrong = |wrong: &String| {
                    has(wrong)
                        && !right.clone().any(|answer| has_words(&normalised(answer), &normalised(wrong)))
                };
                !self.wrong.iter().any(is_wrong) && right.clone().any(has)
            }
            Check::Number => {
                let Some(given) = last_number(&given) else { return false };
                right
                    .filter_map(|answer| last_number(&normalised(answer)))
                    .any(|answer| (answer - given).abs() <= 1e-6 * answer.abs().max(1.0))
            }
        }
    }
}

/// Lower case, one space between words, no period at the end.
pub(crate) fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

/// Whether `words` stand in `text` with no letter or digit right before or behind.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + words.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    })
}

/// The last number in a text; commas between digits are left out.
fn last_number(text: &str) -> Option<f64> {
    let text = text.replace(',', "");
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    text.split(|c| !is_part(c))
        .filter_map(|part| part.trim_end_matches('.').trim_end_matches('-').parse::<f64>().ok())
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::{Check, Question, QuestionSet, QuestionsError};

    fn question(check: Check, answer: &str, wrong: &[&str]) -> Question {
        Question {
            subject: "any".into(),
            ask: "?".into(),
            answer: answer.into(),
            wrong: wrong.iter().map(|&wrong| wrong.to_owned()).collect(),
            accept: Vec::new(),
            check,
        }
    }

    #[test]
    fn answers_are_held_against_what_is_right() {
        let capital = question(Check::Contains, "Paris", &["Lyon"]);
        assert!(capital.is_right("The capital of France is  PARIS."));
        assert!(!capital.is_right("Paris or Lyon"));
        assert!(!capital.is_right("comparison"));
        let city = question(Check::Contains, "New York", &["York"]);
        assert!(city.is_right("New York"));
        let sum = question(Check::Number, "1200", &["1201"]);
        assert!(sum.is_right("700 + 500 = 1,200."));
        assert!(!sum.is_right("1200 or 1201"));
        assert!(!sum.is_right("many"));
        assert!(question(Check::Exact, "yes", &["no"]).is_right(" Yes. "));
    }

    #[test]
    fn a_set_that_cannot_be_used_is_refused_with_its_place() {
        let text = "title = 't'\n[[question]]\nsubject = 's'\nask = 'a'\nanswer = 'b'\nwrong = ['b']\n";
        let error = QuestionSet::parse(text).expect_err("a wrong answer is right");
        assert!(matches!(error, QuestionsError::Question { index: 1, .. }), "{error}");
        let twice = "[[question]]\nsubject = 's'\nask = 'a'\nanswer = 'b'\nwrong = ['c']\n".repeat(2);
        let error = QuestionSet::parse(&format!("title = 't'\n{twice}")).expect_err("asked twice");
        assert!(matches!(error, QuestionsError::Twice { index: 2, .. }), "{error}");
    }
}

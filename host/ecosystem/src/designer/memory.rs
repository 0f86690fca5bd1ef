//! What was asked and how it went: what the designer looks back on.

use std::collections::VecDeque;

use flux_broker::judge::{Unscored, Verdict};
use flux_broker::questions::Question;
use serde::{Deserialize, Serialize};

use crate::error::AskError;
use crate::kernel::Answer;

/// How many questions are remembered; of more, the oldest are forgotten.
pub const QUESTIONS: usize = 1_000;

/// How many answers are remembered since the last change; of more, the oldest are forgotten.
pub const ANSWERS: usize = 200;

/// A question that was asked, so that it can be asked again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// The question.
    pub ask: String,
    /// Its intent, if it had one.
    pub intent: Option<String>,
    /// A reference answer that came with it.
    pub reference: Option<String>,
    /// The known question that it is: then answers can be checked.
    pub known: Option<Question>,
}

impl Remembered {
    /// A question whose answer is known.
    #[must_use]
    pub fn known(question: &Question) -> Self {
        Self {
            ask: question.ask.clone(),
            intent: None,
            reference: Some(question.answer.clone()),
            known: Some(question.clone()),
        }
    }

    /// Whether `text` answers it rightly, if that can be checked.
    #[must_use]
    pub fn is_right(&self, text: &str) -> Option<bool> {
        self.known.as_ref().map(|question| question.is_right(text))
    }

    /// What it is about: `unlabelled` where nobody said.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.known.as_ref().map_or("unlabelled", |question| &question.subject)
    }
}

/// An answer of the ecosystem as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experience {
    /// The question.
    pub ask: String,
    /// What it is about.
    pub subject: String,
    /// The pipeline that answered.
    pub attractor: String,
    /// The stage whose output was the answer.
    pub stage: String,
    /// The entity that answered there.
    pub entity: String,
    /// Whether the check says that it is right; nothing where there is no check.
    pub right: Option<bool>,
    /// Whether an earlier stage had it right, where there is a check and there was one.
    pub right_before: Option<bool>,
    /// The judge's score, 0 to 1; nothing if it abstained, was not asked, or a check stood in for it.
    pub score: Option<f64>,
    /// Whether the judge was asked.
    pub judged: bool,
    /// What it cost.
    pub cost: f64,
    /// Why there is no answer, if there is none.
    pub failed: Option<String>,
}

impl Experience {
    /// What came of asking the kernel a question.
    #[must_use]
    pub fn of(question: &Remembered, result: &Result<Answer, AskError>) -> Self {
        let mut experience = Self {
            ask: question.ask.clone(),
            subject: question.subject().to_owned(),
            attractor: String::new(),
            stage: String::new(),
            entity: String::new(),
            right: None,
            right_before: None,
            score: None,
            judged: false,
            cost: 0.0,
            failed: None,
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(error) => {
                experience.failed = Some(error.to_string());
                return experience;
            }
        };
        experience.attractor.clone_from(&answer.attractor);
        experience.cost = answer.cost;
        experience.right = question.is_right(&answer.text);
        if let Some((last, before)) = answer.stages.split_last() {
            experience.stage.clone_from(&last.stage);
            experience.entity.clone_from(&last.entity);
            let right_before = before.iter().any(|stage| question.is_right(&stage.text) == Some(true));
            experience.right_before =
                (experience.right.is_some() && !before.is_empty()).then_some(right_before);
        }
        // Without a known answer the confidence is the judge's, else it is that of the check.
        let verdict = answer.judged.as_ref().or((question.known.is_none()).then_some(&answer.confidence));
        experience.judged =
            verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Unscored { why: Unscored::NoJudge }));
        experience.score = verdict.and_then(Verdict::score);
        experience
    }
}

/// What is remembered: questions, and how the present ecosystem answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    questions: VecDeque<Remembered>,
    answers: VecDeque<Experience>,
}

impl Memory {
    /// Takes note of a question and its answer. A question that was asked before is remembered once.
    pub fn remember(&mut self, question: Remembered, answer: Experience) {
        if !self.questions.iter().any(|known| known.ask == question.ask) {
            if self.questions.len() == QUESTIONS {
                self.questions.pop_front();
            }
            self.questions.push_back(question);
        }
        if self.answers.len() == ANSWERS {
            self.answers.pop_front();
        }
        self.answers.push_back(answer);
    }

    /// Forgets how questions were answered, but not the questions: what answers was changed.
    pub fn changed(&mut self) {
        self.answers.clear();
    }

    /// The questions, oldest first.
    pub fn questions(&self) -> impl ExactSizeIterator<Item = &Remembered> {
        self.questions.iter()
    }

    /// How the present ecosystem answered, oldest first.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = &Experience> {
        self.answers.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, Experience, Memory, QUESTIONS, Remembered};

    fn asked(memory: &mut Memory, n: usize) {
        let ask = format!("question {n}");
        let question = Remembered { ask: ask.clone(), intent: None, reference: None, known: None };
        let answer = Experience {
            ask,
            subject: "unlabelled".to_owned(),
            attractor: "qa".to_owned(),
            stage: "s".to_owned(),
            entity: "e".to_owned(),
            right: None,
            right_before: None,
            score: Some(0.5),
            judged: true,
            cost: 0.0,
            failed: None,
        };
        memory.remember(question, answer);
    }

    #[test]
    fn a_thousand_questions_are_remembered_and_the_oldest_forgotten() {
        let mut memory = Memory::default();
        for n in 0..QUESTIONS {
            asked(&mut memory, n);
            asked(&mut memory, n);
        }
        assert_eq!((memory.questions().len(), memory.answers().len()), (QUESTIONS, ANSWERS));
        assert_eq!(memory.questions().next().map(|question| question.ask.as_str()), Some("question 0"));
        asked(&mut memory, QUESTIONS);
        assert_eq!(memory.questions().len(), QUESTIONS);
        assert_eq!(memory.questions().next().map(|question| question.ask.as_str()), Some("question 1"));
        memory.changed();
        assert_eq!((memory.questions().len(), memory.answers().len()), (QUESTIONS, 0));
    }
}

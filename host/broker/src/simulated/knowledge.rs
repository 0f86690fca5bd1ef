//! What there is to know.

use crate::{
    questions::{Question, QuestionSet, normalised},
    simulated::dice,
};

/// Questions that simulated models may know the answers to; whether one does is a matter of its competence.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Longest first, each with its normalised text.
    questions: Vec<(String, Question)>,
    digest: String,
}

impl From<&QuestionSet> for Knowledge {
    fn from(set: &QuestionSet) -> Self {
        Self::new(std::slice::from_ref(set))
    }
}

impl Knowledge {
    /// All questions of these sets; of those with the same text, the first.
    #[must_use]
    pub fn new(sets: &[QuestionSet]) -> Self {
        let all = sets.iter().flat_map(|set| &set.questions);
        let mut questions: Vec<(String, Question)> =
            all.map(|question| (normalised(&question.ask), question.clone())).collect();
        questions.retain(|(ask, _)| !ask.is_empty());
        questions.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        questions.dedup_by(|(later, _), (earlier, _)| later == earlier);
        let text = format!("{questions:?}");
        let digest = dice::digest(&[b"knowledge", text.as_bytes()]);
        Self { questions, digest }
    }

    /// The questions, longest first.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().map(|(_, question)| question)
    }

    /// The longest known question that is in `text`; upper and lower case and white space do not count.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Question> {
        let text = normalised(text);
        self.questions.iter().find(|(ask, _)| text.contains(ask.as_str())).map(|(_, question)| question)
    }

    pub(super) fn digest(&self) -> &[u8] {
        self.digest.as_bytes()
    }
}

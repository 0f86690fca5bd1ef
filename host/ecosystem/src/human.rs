//! People in the loop.

use async_trait::async_trait;

/// Somebody who looks at answers before they are given: at a terminal, in a browser, in a test.
#[async_trait]
pub trait Human: Send + Sync {
    /// What a person makes of a draft. Dropping the future takes the question back.
    async fn review(&self, draft: &Draft<'_>) -> Review;
}

/// What a person is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draft<'d> {
    /// What was asked.
    pub prompt: &'d str,
    /// What the answer would be.
    pub text: &'d str,
    /// The stage that it is for.
    pub stage: &'d str,
    /// The entity that the person stands for.
    pub entity: &'d str,
    /// What the entity is said to be.
    pub nature: Option<&'d str>,
    /// What the judge thinks of it, if it was asked.
    pub confidence: Option<f64>,
    /// How often a person can be asked again for this answer.
    pub left: u64,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Review {
    /// It may be given.
    Approve,
    /// This is the answer.
    Correct(String),
    /// It has to be made once more, with this in mind.
    Again(String),
    /// Nobody is there.
    Absent,
}

//! What a kernel is asked, and what it answers.

use std::time::Duration;

use flux_broker::judge::Verdict;
use flux_broker::questions::Question;

use crate::event::Route;
use crate::growth::Mode;
use crate::run::StageRecord;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The question.
    pub question: &'a str,
    /// What kind of question it is, if that is known.
    pub intent: Option<&'a str>,
    /// An answer that is known to be right, for the judge.
    pub reference: Option<&'a str>,
    /// The question as one whose answer can be checked; its check outranks every judge.
    pub known: Option<&'a Question>,
    /// Who asks, and pays.
    pub tenant: &'a str,
    /// The number that seeds are mixed with. Default: how many were asked before.
    pub number: Option<u64>,
}

impl<'a> Ask<'a> {
    /// A question of [`Self::TENANT`].
    #[must_use]
    pub fn new(question: &'a str) -> Self {
        Self { question, intent: None, reference: None, known: None, tenant: Self::TENANT, number: None }
    }

    /// A question whose answer is known.
    #[must_use]
    pub fn known(question: &'a Question) -> Self {
        Self { known: Some(question), ..Self::new(&question.ask) }
    }

    /// Who asks where nobody is named.
    pub const TENANT: &'static str = "default";
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The text: that of the last stage.
    pub text: String,
    /// The number of the ask, from 0.
    pub number: u64,
    /// The attractor that answered.
    pub attractor: String,
    /// How it was found.
    pub route: Route,
    /// How sure the answer is. Only what has a score moves the averages.
    pub confidence: Verdict,
    /// What the judge thinks, where it was asked: also of an answer that was checked, if [`super::Judging::Always`] is set.
    pub judged: Option<Verdict>,
    /// Whether the POLICY requires a judge and no score was found: the answer may not be relied on.
    pub lacks_verdict: bool,
    /// The attractor's moving average, this answer counted; nothing before the first score.
    pub average: Option<f64>,
    /// What the temperatures of the stages were multiplied with.
    pub temperature_factor: f64,
    /// What it cost, judges included.
    pub cost: f64,
    /// How long it took by the clock.
    pub took: Duration,
    /// The version of the ecosystem that answered, from 1.
    pub version: u64,
    /// The mode after it.
    pub mode: Mode,
    /// What came of each stage, in the order of the text.
    pub stages: Vec<StageRecord>,
}

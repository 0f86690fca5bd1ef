//! The simulation of a kernel's ecosystem: fresh kernels on copies, with the same models.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use flux_broker::calibration::Calibration;
use flux_broker::judge::{self, Judge, calibrate, compare_judges};
use flux_broker::questions::{Question, QuestionSet};
use flux_broker::{Account, Bounded, Broker, Model as _, Request, Terms};
use flux_lang::ecosystem::Ecosystem;

use super::memory::Remembered;
use super::observation::Agreement;
use super::proposal::Offer;
use super::simulation::{JudgeTrial, Outcome, Simulation};
use crate::composition::Composition;
use crate::event::Unwatched;
use crate::growth::Mode;
use crate::kernel::{Ask, Kernel, Mutation, Settings};
use crate::metrics::Metrics;

/// Who pays for what is tried out, where nobody else is named.
pub const TENANT: &str = "designer";

/// Copies of an ecosystem, away from everybody who asks.
pub struct Rehearsal {
    composition: Arc<Composition>,
    broker: Broker,
    model: Bounded,
    referee: Option<Judge>,
    calibrations: BTreeMap<String, Vec<Calibration>>,
    /// Not those of the kernel that runs: nobody asked.
    metrics: Metrics,
}

impl Rehearsal {
    /// Copies of `composition` over the models of `broker`; `account` pays for all of it, judges and architect included.
    ///
    /// # Errors
    /// Metrics cannot be counted.
    pub fn new(
        composition: Arc<Composition>,
        broker: Broker,
        account: Account,
    ) -> Result<Self, prometheus::Error> {
        let model = broker.bound(Terms { account, deadline: None });
        let (referee, calibrations) = (None, BTreeMap::new());
        Ok(Self { composition, broker, model, referee, calibrations, metrics: Metrics::new()? })
    }

    /// The same with a referee for answers that cannot be checked: always the same, whatever the candidate.
    #[must_use]
    pub fn with_referee(self, referee: Judge) -> Self {
        Self { referee: Some(referee), ..self }
    }

    /// The same with what was measured of judges, by the keys of their models: for stages that take the best answer.
    #[must_use]
    pub fn with_calibrations(self, calibrations: BTreeMap<String, Vec<Calibration>>) -> Self {
        Self { calibrations, ..self }
    }

    /// The models that the broker has, for the architect to choose from.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let offer = |key: &str| Offer {
            key: key.to_owned(),
            nature: self.broker.nature(key).map(str::to_owned),
            cost_per_token: self.broker.price(key),
        };
        self.broker.keys().map(offer).collect()
    }

    /// What was spent.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.model.terms().account.spent()
    }
}

fn set(labelled: &[Question]) -> QuestionSet {
    QuestionSet { title: "labelled answers".to_owned(), questions: labelled.to_vec() }
}

#[async_trait]
impl Simulation for Rehearsal {
    /// A kernel that was never asked anything, so that nothing of one question is left in the next.
    async fn ask(&self, ecosystem: &Ecosystem, question: &Remembered, seed: u64) -> Outcome {
        let account = &self.model.terms().account;
        if account.limit().is_some_and(|limit| account.spent() >= limit) {
            let why = format!("{} has spent what it may", account.name());
            return Outcome { answer: Err(why), cost: 0.0 };
        }
        let settings = Settings {
            mode: Mode::Simulation,
            mutation: Mutation::Nothing,
            metrics: Some(self.metrics.clone()),
            calibrations: self.calibrations.clone(),
            ..Settings::default()
        };
        let composition = Arc::new(self.composition.with_root(ecosystem.clone()));
        let kernel = match Kernel::new(composition, self.broker.clone(), settings) {
            Ok(kernel) => kernel,
            Err(error) => return Outcome { answer: Err(error.to_string()), cost: 0.0 },
        };
        let ask = Ask {
            question: &question.ask,
            intent: question.intent.as_deref(),
            reference: question.reference.as_deref(),
            known: question.known.as_ref(),
            tenant: TENANT,
            number: Some(seed),
        };
        let answer = kernel.ask(&ask, &mut Unwatched).await;
        let cost = kernel.spent(TENANT);
        if let Ok(reservation) = account.try_reserve(cost) {
            reservation.book(cost);
        }
        Outcome { answer: answer.map(|answer| answer.text).map_err(|error| error.in_full()), cost }
    }

    fn referee(&self) -> Option<&str> {
        self.referee.as_ref().map(|referee| referee.model.as_str())
    }

    async fn score(&self, question: &Remembered, answer: &str) -> Option<f64> {
        let ask = judge::Ask {
            question: question.ask.clone(),
            answer: answer.to_owned(),
            reference: question.reference.clone(),
        };
        let verdict = self.referee.as_ref()?.score(&self.model, &ask).await;
        verdict.ok()?.score()
    }

    async fn measure(&self, judge: &str, labelled: &[Question], seed: u64) -> Result<Agreement, String> {
        let found = calibrate(judge, &self.model, &set(labelled), seed).await;
        let found = found.map_err(|error| error.to_string())?;
        Ok(Agreement {
            questions: found.questions,
            auc: found.auc,
            auc_low: found.auc_low,
            auc_high: found.auc_high,
            brier: found.brier,
            calibration_error: found.ece,
        })
    }

    async fn compare(
        &self,
        old: &str,
        new: &str,
        labelled: &[Question],
        seed: u64,
    ) -> Result<JudgeTrial, String> {
        let found = compare_judges(old, new, &self.model, &set(labelled), seed).await;
        let found = found.map_err(|error| error.to_string())?;
        Ok(JudgeTrial {
            old: old.to_owned(),
            new: new.to_owned(),
            old_area: found.old.value,
            new_area: found.new.value,
            difference: (found.difference.low, found.difference.high),
            questions: found.questions,
            is_better: found.is_better(),
        })
    }

    async fn propose(&self, request: &Request) -> Result<String, String> {
        let found = self.model.generate(request, &mut |_| {}).await;
        found.map(|generated| generated.text).map_err(|error| error.to_string())
    }
}

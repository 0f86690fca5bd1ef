//! The kernel: one ecosystem that answers, remembers how well, and may be another one the next moment.

mod asking;
mod settings;
mod settling;
mod trial;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use flux_broker::judge::{self, Unscored, Verdict};
use flux_broker::{Account, Broker};
use flux_lang::ecosystem::tree::Attractor;
use tokio::time::Instant;
use tracing::Instrument;

pub use asking::{Answer, Ask};
pub use settings::{Judging, Mutation, Settings};

use self::trial::Trial;

use crate::composition::{Composition, CompositionError};
use crate::confidence::{Bench, Exhibit};
use crate::error::AskError;
use crate::event::{Event, Teller, Watch};
use crate::growth::{Mode, Supervisor};
use crate::history::History;
use crate::metrics::Metrics;
use crate::routing::Router;
use crate::run::{Run, Shared, StageRecord};
use crate::supply::Supply;

/// Scored answers of an attractor between two mutations of its temperatures: as many as the trend is of, so that what a
/// mutation did is seen before the next one.
pub const REST: u64 = crate::history::TREND as u64;

/// An ecosystem that answers.
///
/// # Determinism
/// With models that are functions of their requests, and asks that come one after another, answers are a function of
/// composition, settings and asks, but for [`Answer::took`]. What runs at once is told to watchers in any order.
pub struct Kernel {
    broker: Broker,
    settings: Settings,
    metrics: Metrics,
    bench: Bench,
    router: Router,
    n_asked: AtomicU64,
    /// INVARIANT: locked only while `state` is, if both are.
    live: RwLock<Live>,
    state: Mutex<State>,
}

/// What runs now.
#[derive(Clone)]
struct Live {
    composition: Arc<Composition>,
    version: u64,
}

struct State {
    histories: BTreeMap<String, History>,
    supervisor: Supervisor,
    tenants: BTreeMap<String, Account>,
    /// What the last mutations of temperatures did, by attractor.
    trials: BTreeMap<String, Trial>,
}

/// A kernel that cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// The ecosystem cannot be run.
    #[error(transparent)]
    Composition(#[from] CompositionError),
    /// Metrics cannot be counted.
    #[error("failed to set up metrics")]
    Metrics(#[from] prometheus::Error),
}

impl Kernel {
    /// A kernel that has not been asked anything.
    ///
    /// # Errors
    /// [`KernelError::Composition`]: somebody who can be asked could not answer.
    pub fn new(
        composition: Arc<Composition>,
        broker: Broker,
        mut settings: Settings,
    ) -> Result<Self, KernelError> {
        composition.check()?;
        let metrics = match settings.metrics.take() {
            Some(metrics) => metrics,
            None => Metrics::new()?,
        };
        let supervisor = Supervisor::new(settings.mode, settings.thresholds.clone());
        Ok(Self {
            broker,
            metrics,
            bench: Bench::new(std::mem::take(&mut settings.calibrations)),
            router: Router::new(settings.likeness.take()),
            n_asked: AtomicU64::new(0),
            live: RwLock::new(Live { composition, version: 1 }),
            state: Mutex::new(State {
                histories: std::mem::take(&mut settings.histories),
                supervisor,
                tenants: BTreeMap::new(),
                trials: BTreeMap::new(),
            }),
            settings,
        })
    }

    /// Answers a question with the ecosystem that is live now, even if it is replaced meanwhile.
    ///
    /// # Errors
    /// [`AskError`]; what was spent until then stays spent, averages stay as they were.
    pub async fn ask(&self, ask: &Ask<'_>, watch: &mut dyn Watch) -> Result<Answer, AskError> {
        let number = ask.number.unwrap_or_else(|| self.n_asked.fetch_add(1, Ordering::Relaxed));
        let teller = Teller::new(watch);
        let span = tracing::info_span!("ask", number, tenant = ask.tenant);
        self.ask_numbered(ask, number, teller).instrument(span).await
    }

    async fn ask_numbered(&self, ask: &Ask<'_>, number: u64, teller: Teller<'_>) -> Result<Answer, AskError> {
        let started = Instant::now();
        let Live { composition, version } = self.live();
        let view = composition.view();
        let policy = &view.ecosystem().policy;
        let tenant = self.tenant(ask.tenant);
        let supply = Supply::new(&self.broker, &tenant, policy);
        let shared = Shared {
            teller: &teller,
            human: self.settings.human.as_deref(),
            reviews: AtomicU64::new(policy.max_human_iterations),
            bench: &self.bench,
            metrics: &self.metrics,
            tenant: ask.tenant,
        };
        let route = self.router.route(view.ecosystem(), ask.intent, ask.question, supply.model());
        let limit_ms = policy.max_latency_ms;
        let routed = in_time(supply.deadline(), limit_ms, route).await;
        let (attractor, route) = match routed {
            Ok(found) => found,
            Err(error) => return Err(self.failed(ask, number, "", &supply, &teller, error)),
        };
        let (factor, average) = self.factor(&attractor.name);
        let name = || attractor.name.clone();
        teller.event(&Event::AttractorStart {
            ask: number,
            tenant: ask.tenant.to_owned(),
            attractor: name(),
            route: route.clone(),
            version,
        });
        if let Some(average) = average {
            teller.event(&Event::AdaptiveTemperature { attractor: name(), average, factor });
        }
        let run = Run {
            view,
            supply: &supply,
            shared: &shared,
            intent: ask.intent,
            reference: ask.reference,
            factor,
            seed: self.settings.seed,
            number,
            is_answer: true,
        };
        let stages = match in_time(supply.deadline(), limit_ms, run.pipeline(attractor, ask.question)).await {
            Ok(stages) => stages,
            Err(error) => return Err(self.failed(ask, number, &attractor.name, &supply, &teller, error)),
        };
        let (confidence, judged) = self.confidence(ask, attractor, &stages, &run).await;
        let told = self.settle(ask, attractor, &confidence, &supply, version, &teller);
        let took = started.elapsed();
        self.metrics.answered(ask.tenant, &attractor.name, confidence.score(), took.as_secs_f64());
        self.metrics.cost(ask.tenant, supply.account().spent());
        Ok(Answer {
            text: stages.last().map(|stage| stage.text.clone()).unwrap_or_default(),
            number,
            attractor: name(),
            route,
            lacks_verdict: policy.require_judge && confidence.score().is_none(),
            confidence,
            judged,
            average: told.average,
            temperature_factor: factor,
            cost: supply.account().spent(),
            took,
            version,
            mode: told.mode,
            stages,
        })
    }

    /// Replaces the ecosystem, at once and as a whole. Asks under way are answered by the one before; histories are
    /// kept by the names of attractors. Gives the version of the new one.
    ///
    /// # Errors
    /// As [`Self::new`]; the one before stays.
    pub fn swap(&self, composition: Arc<Composition>) -> Result<u64, CompositionError> {
        composition.check()?;
        let mut state = self.state();
        state.supervisor.changed();
        state.trials.clear();
        state.histories.values_mut().for_each(History::changed);
        Ok(self.replace(composition))
    }

    fn replace(&self, composition: Arc<Composition>) -> u64 {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        *live = Live { composition, version: live.version + 1 };
        live.version
    }

    /// The ecosystem that answers now.
    #[must_use]
    pub fn composition(&self) -> Arc<Composition> {
        self.live().composition
    }

    /// The version of the ecosystem that answers now: 1, and one more for each that replaced another.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.live().version
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.state().supervisor.mode()
    }

    /// The history of an attractor's confidence.
    #[must_use]
    pub fn history(&self, attractor: &str) -> Option<History> {
        self.state().histories.get(attractor).cloned()
    }

    /// All histories, by the names of the attractors.
    #[must_use]
    pub fn histories(&self) -> BTreeMap<String, History> {
        self.state().histories.clone()
    }

    /// What a tenant has spent.
    #[must_use]
    pub fn spent(&self, tenant: &str) -> f64 {
        self.tenant(tenant).spent()
    }

    /// A tenant's account, with the limit of the settings.
    #[must_use]
    pub fn tenant(&self, tenant: &str) -> Account {
        let mut state = self.state();
        if let Some(account) = state.tenants.get(tenant) {
            return account.clone();
        }
        let limit = self.settings.tenants.get(tenant).copied().or(self.settings.tenant_limit);
        let account = Account::named(format!("tenant `{tenant}`"), limit);
        state.tenants.insert(tenant.to_owned(), account.clone());
        account
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The models that answer.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    fn live(&self) -> Live {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn factor(&self, attractor: &str) -> (f64, Option<f64>) {
        let state = self.state();
        let history = state.histories.get(attractor);
        (history.map_or(1.0, History::temperature_factor), history.and_then(History::moving_average))
    }

    /// A check that was executed outranks the judge; the judge is asked where there is none.
    async fn confidence(
        &self,
        ask: &Ask<'_>,
        attractor: &Attractor,
        stages: &[StageRecord],
        run: &Run<'_, '_>,
    ) -> (Verdict, Option<Verdict>) {
        let unscored = || Verdict::Unscored { why: Unscored::NoJudge };
        let Some(last) = stages.last() else { return (unscored(), None) };
        let checked = ask.known.map(|question| judge::check(question, &last.text));
        if checked.is_some() && self.settings.judging == Judging::WhereNeeded {
            return (checked.unwrap_or_else(unscored), None);
        }
        let truth = attractor.stages.last().and_then(|stage| stage.ground_truth.as_deref());
        let exhibit = Exhibit {
            question: ask.question,
            text: &last.text,
            reference: truth.or(ask.reference),
            models: &last.models,
        };
        let judged = self.bench.judge(run.view, run.supply, run.shared.teller, exhibit).await;
        (checked.unwrap_or_else(|| judged.clone()), Some(judged))
    }
}

/// What `work` gives, if it does by the deadline.
async fn in_time<T>(
    deadline: Option<Instant>,
    limit_ms: u64,
    work: impl Future<Output = Result<T, AskError>>,
) -> Result<T, AskError> {
    match deadline {
        None => work.await,
        Some(deadline) => {
            let result = tokio::time::timeout_at(deadline, work).await;
            result.unwrap_or(Err(AskError::OverLatency { limit_ms }))
        }
    }
}

#[cfg(test)]
mod tests;

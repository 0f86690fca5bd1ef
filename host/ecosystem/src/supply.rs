//! What an ecosystem answers with: models, and money for them.

use std::time::Duration;

use flux_broker::{Account, Bounded, Broker, BudgetError, Model, Terms};
use flux_lang::ecosystem::tree::Policy;
use tokio::time::Instant;

/// Models under the limits of a request; an ecosystem inside another has those of both.
#[derive(Clone)]
pub(crate) struct Supply {
    broker: Broker,
    terms: Terms,
    bounded: Bounded,
}

impl Supply {
    /// What `policy` lets be spent, of `account`.
    pub(crate) fn new(broker: &Broker, account: &Account, policy: &Policy) -> Self {
        let account = account.under_named("the request", policy.max_cost_per_request);
        Self::with(broker, Terms { account, deadline: Some(deadline(policy)) })
    }

    fn with(broker: &Broker, terms: Terms) -> Self {
        Self { broker: broker.clone(), bounded: broker.bound(terms.clone()), terms }
    }

    /// The same with the limits of an inner ecosystem as well.
    pub(crate) fn within(&self, policy: &Policy) -> Self {
        let account = self.terms.account.under_named("the inner request", policy.max_cost_per_request);
        let inner = deadline(policy);
        let deadline = self.terms.deadline.map_or(inner, |outer| outer.min(inner));
        Self::with(&self.broker, Terms { account, deadline: Some(deadline) })
    }

    pub(crate) fn model(&self) -> &dyn Model {
        &self.bounded
    }

    /// How long a prompt and its answer may be together, in tokens.
    pub(crate) fn context(&self, key: &str) -> u64 {
        self.broker.context(key)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.terms.account
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.terms.deadline
    }

    /// Pays what a call of an entity costs besides its tokens. It is paid before the call: nobody waits for money
    /// while holding some back.
    pub(crate) async fn pay(&self, cost: f64) -> Result<(), BudgetError> {
        if cost > 0.0 {
            self.terms.account.reserve(cost).await?.book(cost);
        }
        Ok(())
    }
}

fn deadline(policy: &Policy) -> Instant {
    let now = Instant::now();
    // What does not fit into the clock is as good as no limit; thirty years do.
    let most = Duration::from_millis(policy.max_latency_ms).min(Duration::from_secs(1_000_000_000));
    now.checked_add(most).unwrap_or(now)
}

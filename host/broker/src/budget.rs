//! Money: what may be spent, what is promised, what is gone.
//!
//! An [`Account`] may stand under another, as a request's stands under its tenant's. Before a call the dearest that it
//! can be is set aside in every account of the line at once, afterwards what it was is booked and the rest is free
//! again. So no limit is ever exceeded, whoever asks at the same time.
//!
//! Sums are kept as whole numbers of one million-millionth, so that they are exact and do not depend on the order in
//! which calls end.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// How many parts a unit of money has.
const PARTS: f64 = 1e12;

/// Where money comes from. Clones are the same account.
#[derive(Clone, Debug)]
pub struct Account {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    limit: Option<u128>,
    above: Option<Account>,
    sums: Mutex<Sums>,
    /// Told when something that was set aside is free again.
    freed: Notify,
}

/// INVARIANT: `spent + promised <= limit`.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    spent: u128,
    promised: u128,
}

/// What does not fit into an account.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("it may cost {asked}, and of the {limit} of {account} {spent} are spent")]
pub struct BudgetError {
    /// The account that is short, by its name.
    pub account: String,
    /// What was to be set aside.
    pub asked: f64,
    /// What the account may spend.
    pub limit: f64,
    /// What it has spent.
    pub spent: f64,
}

impl Account {
    /// An account that may spend `limit`, or whatever it takes.
    #[must_use]
    pub fn new(limit: Option<f64>) -> Self {
        Self::named("the account", limit)
    }

    /// As [`Self::new`], with a name for messages, such as ``tenant `acme` ``.
    #[must_use]
    pub fn named(name: impl Into<String>, limit: Option<f64>) -> Self {
        Self::make(name.into(), limit, None)
    }

    /// An account under this one: what it spends, both spend, within the limits of both.
    #[must_use]
    pub fn under(&self, limit: Option<f64>) -> Self {
        self.under_named("the request", limit)
    }

    /// As [`Self::under`], with a name for messages.
    #[must_use]
    pub fn under_named(&self, name: impl Into<String>, limit: Option<f64>) -> Self {
        Self::make(name.into(), limit, Some(self.clone()))
    }

    fn make(name: String, limit: Option<f64>, above: Option<Self>) -> Self {
        let limit = limit.map(parts_below);
        Self { inner: Arc::new(Inner { name, limit, above, sums: Mutex::default(), freed: Notify::new() }) }
    }

    /// What is gone, in units of money.
    #[must_use]
    pub fn spent(&self) -> f64 {
        units(self.sums().spent)
    }

    /// What is set aside for calls under way.
    #[must_use]
    pub fn promised(&self) -> f64 {
        units(self.sums().promised)
    }

    /// What may be spent; none if there is no limit.
    #[must_use]
    pub fn limit(&self) -> Option<f64> {
        self.inner.limit.map(units)
    }

    /// The name that messages call it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Sets `most` aside in this account and all above it, or in none.
    ///
    /// # Errors
    /// [`BudgetError`] names the first account, from this one up, that has not so much left now.
    pub fn try_reserve(&self, most: f64) -> Result<Reservation, BudgetError> {
        let amount = parts_above(most);
        self.set_aside(amount).map_err(|short| short.account.too_little(amount))?;
        Ok(Reservation { account: self.clone(), amount })
    }

    /// As [`Self::try_reserve`], but waits while calls under way might leave enough.
    ///
    /// # Errors
    /// [`BudgetError`]: an account has spent so much that it can never fit.
    pub async fn reserve(&self, most: f64) -> Result<Reservation, BudgetError> {
        let amount = parts_above(most);
        loop {
            let short = match self.set_aside(amount) {
                Ok(()) => return Ok(Reservation { account: self.clone(), amount }),
                Err(short) if short.is_final => return Err(short.account.too_little(amount)),
                Err(short) => short.account,
            };
            let freed = short.inner.freed.notified();
            tokio::pin!(freed);
            // Enabled before looking again: what is freed in between is not missed.
            freed.as_mut().enable();
            match self.set_aside(amount) {
                Ok(()) => return Ok(Reservation { account: self.clone(), amount }),
                Err(short) if short.is_final => return Err(short.account.too_little(amount)),
                Err(now) if Arc::ptr_eq(&now.account.inner, &short.inner) => freed.await,
                Err(_) => {}
            }
        }
    }

    /// This account and those above it, from here up.
    fn line(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |account| account.inner.above.as_ref())
    }

    fn set_aside(&self, amount: u128) -> Result<(), Short> {
        // Locked from here up, always: two lines that share accounts lock these in the same order.
        let mut locked: Vec<(&Self, MutexGuard<'_, Sums>)> =
            self.line().map(|account| (account, account.sums())).collect();
        for (account, sums) in &locked {
            let Some(limit) = account.inner.limit else { continue };
            if sums.spent.saturating_add(sums.promised).saturating_add(amount) > limit {
                let is_final = sums.spent.saturating_add(amount) > limit;
                return Err(Short { account: (*account).clone(), is_final });
            }
        }
        for (_, sums) in &mut locked {
            sums.promised = sums.promised.saturating_add(amount);
        }
        Ok(())
    }

    fn settle(&self, amount: u128, cost: u128) {
        let mut locked: Vec<(&Self, MutexGuard<'_, Sums>)> =
            self.line().map(|account| (account, account.sums())).collect();
        for (_, sums) in &mut locked {
            sums.promised = sums.promised.saturating_sub(amount);
            sums.spent = sums.spent.saturating_add(cost);
        }
        drop(locked);
        self.line().for_each(|account| account.inner.freed.notify_waiters());
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.inner.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn too_little(&self, asked: u128) -> BudgetError {
        BudgetError {
            account: self.inner.name.clone(),
            asked: units(asked),
            limit: self.limit().unwrap_or(f64::INFINITY),
            spent: self.spent(),
        }
    }
}

/// An account that has not enough left.
struct Short {
    account: Account,
    /// Whether what calls under way leave cannot be enough either.
    is_final: bool,
}

/// Money that is set aside. Dropped without having been booked, it is free again.
#[derive(Debug)]
#[must_use = "dropping it frees the money"]
pub struct Reservation {
    account: Account,
    amount: u128,
}

impl Reservation {
    /// What is set aside.
    #[must_use]
    pub fn amount(&self) -> f64 {
        units(self.amount)
    }

    /// Spends `cost` of it and frees the rest; gives what was spent. More than was set aside is never spent.
    pub fn book(mut self, cost: f64) -> f64 {
        let cost = parts_nearest(cost).min(self.amount);
        let amount = std::mem::take(&mut self.amount);
        self.account.settle(amount, cost);
        units(cost)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.account.settle(self.amount, 0);
        }
    }
}

fn units(parts: u128) -> f64 {
    parts as f64 / PARTS
}

/// Amounts that are set aside are rounded up; what is no number counts as nothing.
fn parts_above(units: f64) -> u128 {
    (units * PARTS).ceil() as u128
}

fn parts_below(units: f64) -> u128 {
    parts_nearest(units)
}

fn parts_nearest(units: f64) -> u128 {
    (units * PARTS).round() as u128
}

//! Who is in memory, who is busy, and who has to go: decisions without waiting.

use super::PATIENCE;

/// The models in memory and the calls that wait for others.
#[derive(Debug, Default)]
pub(super) struct Residents {
    /// Least recently used first.
    loaded: Vec<Resident>,
    /// Calls that have not entered yet, in the order in which they came, with how often they were passed.
    waiting: Vec<Waiter>,
    next_ticket: u64,
}

#[derive(Debug)]
struct Resident {
    model: String,
    bytes: u64,
    /// Calls under way.
    calls: usize,
    /// On its way out: nobody may enter.
    is_leaving: bool,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    passed: u32,
}

/// What to do so that a model has its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is in.
    Enter,
    /// This one has to be unloaded first.
    Unload(String),
    /// Whoever could go answers calls.
    Wait,
}

impl Residents {
    /// A call comes.
    pub(super) fn queue(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.push(Waiter { ticket, passed: 0 });
        ticket
    }

    /// A call does not wait any more, because it entered or was given up.
    pub(super) fn give_up(&mut self, ticket: u64) {
        self.waiting.retain(|waiter| waiter.ticket != ticket);
    }

    /// Lets a call in if its model is in memory and nobody before it has been passed too often.
    pub(super) fn enter_if_loaded(&mut self, model: &str, ticket: u64) -> bool {
        let Some(idx) = self.loaded.iter().position(|one| one.model == model && !one.is_leaving) else {
            return false;
        };
        if self.before(ticket).any(|waiter| waiter.passed >= PATIENCE) {
            return false;
        }
        for waiter in self.waiting.iter_mut().filter(|waiter| waiter.ticket < ticket) {
            waiter.passed += 1;
        }
        self.use_at(idx);
        true
    }

    /// Whether it is this call's turn to have models loaded: nobody before it waits.
    pub(super) fn may_change(&self, ticket: u64) -> bool {
        self.before(ticket).next().is_none()
    }

    /// What the server says is in memory. It unloads by itself what was not asked for some time.
    pub(super) fn refresh(&mut self, loaded: &[(String, u64)]) {
        self.loaded.retain(|one| one.calls > 0 || loaded.iter().any(|(model, _)| *model == one.model));
        let mut n_strangers = 0;
        for (model, bytes) in loaded {
            match self.loaded.iter_mut().find(|one| one.model == *model) {
                Some(one) => {
                    one.bytes = *bytes;
                    // Whoever was unloading it was dropped before the server had done so.
                    one.is_leaving = false;
                }
                // Others had it loaded: it goes before whatever was asked here.
                None => {
                    let stranger =
                        Resident { model: model.clone(), bytes: *bytes, calls: 0, is_leaving: false };
                    self.loaded.insert(n_strangers, stranger);
                    n_strangers += 1;
                }
            }
        }
    }

    /// What the call needs next so that `model`, which takes `needed` bytes, is in memory within `limit`.
    pub(super) fn next(&mut self, model: &str, needed: u64, limit: u64, ticket: u64) -> Next {
        if let Some(idx) = self.loaded.iter().position(|one| one.model == model && !one.is_leaving) {
            self.use_at(idx);
            self.give_up(ticket);
            return Next::Enter;
        }
        let taken = self.loaded.iter().fold(0u64, |sum, one| sum.saturating_add(one.bytes));
        if taken.saturating_add(needed) <= limit {
            let resident = Resident { model: model.to_owned(), bytes: needed, calls: 1, is_leaving: false };
            self.loaded.push(resident);
            self.give_up(ticket);
            return Next::Enter;
        }
        match self.loaded.iter_mut().find(|one| one.calls == 0) {
            Some(idle) => {
                idle.is_leaving = true;
                Next::Unload(idle.model.clone())
            }
            None => Next::Wait,
        }
    }

    /// A model is out of memory.
    pub(super) fn unloaded(&mut self, model: &str) {
        self.loaded.retain(|one| one.model != model);
    }

    /// A call ended.
    pub(super) fn leave(&mut self, model: &str) {
        if let Some(one) = self.loaded.iter_mut().find(|one| one.model == model) {
            one.calls = one.calls.saturating_sub(1);
        }
    }

    /// A call for the model begins: it was used last.
    fn use_at(&mut self, idx: usize) {
        let mut resident = self.loaded.remove(idx);
        resident.calls += 1;
        self.loaded.push(resident);
    }

    fn before(&self, ticket: u64) -> impl Iterator<Item = &Waiter> {
        self.waiting.iter().filter(move |waiter| waiter.ticket < ticket)
    }
}

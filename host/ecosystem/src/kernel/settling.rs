//! What follows of an answer, or of none: history, mode, mutation, events, counts.

use std::sync::Arc;

use flux_broker::Account;
use flux_broker::judge::Verdict;
use flux_lang::ecosystem::tree::Attractor;

use super::settings::Mutation;
use super::{Ask, Kernel, REST, State, trial};
use crate::error::AskError;
use crate::event::{Event, Teller};
use crate::growth::{Mode, Transition};
use crate::history::History;
use crate::supply::Supply;

/// What an answer changed.
pub(super) struct Told {
    /// The moving average after it.
    pub(super) average: Option<f64>,
    /// The mode after it.
    pub(super) mode: Mode,
}

impl Kernel {
    /// Takes note of an answer: history, mode, and mutation where the history calls for it.
    pub(super) fn settle(
        &self,
        ask: &Ask<'_>,
        attractor: &Attractor,
        confidence: &Verdict,
        supply: &Supply,
        version: u64,
        teller: &Teller<'_>,
    ) -> Told {
        let score = confidence.score();
        let mut state = self.state();
        let history = state.histories.entry(attractor.name.clone()).or_default();
        history.record(score);
        let told = Told { average: history.moving_average(), mode: state.supervisor.mode() };
        let trend = state.histories.get(&attractor.name).and_then(History::trend);
        let transition = state.supervisor.record(score, supply.account().spent());
        let mode = state.supervisor.mode();
        let mutations = match (score, mode, self.settings.mutation) {
            (Some(_), Mode::Growth, Mutation::Temperatures) => {
                self.mutate(&mut state, &attractor.name, version)
            }
            _ => Vec::new(),
        };
        drop(state);
        let by = match confidence {
            Verdict::Scored { means, .. } => format!("{means:?}"),
            Verdict::Unscored { why } => why.to_string(),
        };
        tracing::info!(tenant = ask.tenant, attractor = attractor.name, score, by, "confidence");
        let Told { average, .. } = told;
        teller.event(&Event::ConfidenceEvaluation {
            attractor: attractor.name.clone(),
            score,
            by,
            average,
            trend,
        });
        if let Some(Transition { to, evidence, .. }) = transition {
            tracing::info!(%to, %evidence, "transition");
            match to {
                Mode::Production => teller.event(&Event::TransitionToProduction { evidence }),
                Mode::Growth | Mode::Simulation => teller.event(&Event::TransitionToGrowth { evidence }),
            }
        }
        mutations.iter().for_each(|event| teller.event(event));
        Told { mode, ..told }
    }

    /// After a rest, says whether the last mutation of an attractor was worth it, undoes it if not, and mutates again
    /// where the history calls for it.
    fn mutate(&self, state: &mut State, attractor: &str, version: u64) -> Vec<Event> {
        let State { histories, supervisor, trials, .. } = state;
        let Some(history) = histories.get_mut(attractor) else { return Vec::new() };
        let live = self.live();
        // Scores of an ecosystem that is gone say nothing about the one that is here.
        if history.since_change() < REST || live.version != version {
            return Vec::new();
        }
        let (mut events, plan) = trial::look(trials, attractor, history, live.composition.ecosystem());
        if !events.is_empty() {
            // Even if nothing can change any more, the next look is after the next rest.
            history.changed();
        }
        if let Some(tree) = plan {
            supervisor.changed();
            let version = self.replace(Arc::new(live.composition.with_root(tree)));
            events.push(Event::EcosystemReplaced { version });
        }
        events
    }

    /// Takes note of a question without an answer.
    pub(super) fn failed(
        &self,
        ask: &Ask<'_>,
        number: u64,
        attractor: &str,
        supply: &Supply,
        teller: &Teller<'_>,
        error: AskError,
    ) -> AskError {
        self.metrics.failed(ask.tenant, attractor, error.stage().unwrap_or_default(), error.name());
        self.metrics.cost(ask.tenant, supply.account().spent());
        let message = error.in_full();
        tracing::warn!(tenant = ask.tenant, attractor, error = message, "no answer");
        if error.is_over_budget() {
            let tenant = ask.tenant.to_owned();
            let left =
                |account: &Account| account.limit().map_or(f64::INFINITY, |limit| limit - account.spent());
            teller.event(&if left(&self.tenant(ask.tenant)) < left(supply.account()) {
                Event::TenantBudgetExceeded { tenant, message: message.clone() }
            } else {
                Event::BudgetExceededPerRequest { message: message.clone() }
            });
        }
        teller.event(&Event::AskFailed { ask: number, error: message });
        error
    }
}

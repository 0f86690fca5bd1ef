//! Several machines in one process that talk to each other.
//!
//! Agents have numbers from 0 and names. They take turns in the order of their numbers; a turn ends when the agent
//! waits, yields, ends, or has executed [`SLICE`] cycles. So everything that happens is a function of the programs and
//! their settings.
//!
//! The clock of the colony, which trust goes by, is the number of cycles that all agents have executed together: a cycle
//! stands for a millisecond.
//!
//! An agent that waits for something that can never come goes on with a refusal: when nobody can go on, the first that
//! waits for a message or an answer is refused; when all that is waited for are barriers and reductions that do
//! not fit together, all of them are, with R0 = 0.
//!
//! # Example
//! ```
//! use flux_vm::colony::{Colony, Member};
//! use flux_vm::{Program, Verified};
//!
//! // MOVI R1, 42; TELL R1 to `b`; HALT, and RECEIVE R1; HALT
//! let a = Verified::new(Program::raw(b"\x2b\x01\x2a\x00\x60\x03\x00\x01\xffb\x80".to_vec()))?;
//! let b = Verified::new(Program::raw(b"\x6d\x02\x00\x01\x02\x80".to_vec()))?;
//! let mut colony = Colony::new([Member::new("a", &a), Member::new("b", &b)])?;
//! colony.run(1_000);
//! assert_eq!(colony.machine(1).map(|machine| machine.r(1)), Some(42));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use thiserror::Error;

use crate::capability::Passing;
use crate::machine::{Machine, Setting, Stop};
use crate::trust::{AgentIndex, Trust};
use crate::verify::Verified;

mod desk;
mod environment;
mod exchange;

pub use environment::{Environment, Nothing};
pub use exchange::{Event, Policy};

use desk::Desk;
use exchange::Exchange;

/// The longest turn, in cycles.
pub const SLICE: u64 = 10_000;
/// The most agents: everybody may know everybody.
pub const MAX_AGENTS: usize = 64;
/// How many messages may wait for an agent; more are refused.
pub const MAILBOX_LEN: usize = 256;
/// How many events are kept; later ones are counted only.
pub const MAX_EVENTS: usize = 65_536;

/// Who takes part in a colony.
#[derive(Clone, Copy, Debug)]
pub struct Member<'p> {
    name: &'p str,
    program: &'p Verified,
    setting: Option<&'p Setting>,
}

impl<'p> Member<'p> {
    /// Returns a member with the default setting.
    pub const fn new(name: &'p str, program: &'p Verified) -> Self {
        Self { name, program, setting: None }
    }

    /// Returns the member with another setting.
    pub const fn with_setting(self, setting: &'p Setting) -> Self {
        Self { setting: Some(setting), ..self }
    }
}

/// Why members are no colony.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ColonyError {
    /// There are too many.
    #[error("a colony may have {MAX_AGENTS} agents, this one has {0}")]
    TooMany(usize),
    /// Two have the same name.
    #[error("two agents have the name `{0}`")]
    SameName(String),
    /// A name is a number, or nothing.
    #[error("`{0}` is no name: numbers stand for agents by their order")]
    Name(String),
}

/// Machines that talk to each other.
#[derive(Clone, Debug)]
pub struct Colony<'p> {
    machines: Vec<Machine<'p>>,
    exchange: Exchange,
}

impl<'p> Colony<'p> {
    /// Makes a colony of new machines, in which nobody has been granted more than their settings say.
    ///
    /// # Errors
    /// * [`ColonyError::TooMany`]: there are more than [`MAX_AGENTS`].
    /// * [`ColonyError::SameName`], [`ColonyError::Name`]: of a name that does not tell agents apart.
    pub fn new(members: impl IntoIterator<Item = Member<'p>>) -> Result<Self, ColonyError> {
        let mut machines = Vec::new();
        let mut numbers = BTreeMap::new();
        for (number, member) in members.into_iter().enumerate() {
            if member.name.is_empty() || member.name.parse::<AgentIndex>().is_ok() {
                return Err(ColonyError::Name(member.name.to_owned()));
            }
            if numbers.insert(member.name.to_owned(), number).is_some() {
                return Err(ColonyError::SameName(member.name.to_owned()));
            }
            machines.push(match member.setting {
                Some(setting) => Machine::with(member.program, setting),
                None => Machine::new(member.program),
            });
        }
        if machines.len() > MAX_AGENTS {
            return Err(ColonyError::TooMany(machines.len()));
        }
        let exchange = Exchange::new(numbers);
        Ok(Self { machines, exchange })
    }

    /// Decides what `CAP_REQUEST` grants; nothing, where nobody decides.
    pub fn set_policy(&mut self, policy: Policy) {
        self.exchange.policy = policy;
    }

    /// Runs until every agent has ended, and returns how, in the order of their numbers.
    ///
    /// Each agent has `budget` cycles; one that has used them up has ended with [`Stop::OutOfCycles`]. All channels are
    /// refused: see [`Colony::run_in`].
    pub fn run(&mut self, budget: u64) -> Vec<Stop> {
        self.run_in(budget, &mut Nothing)
    }

    /// Runs as [`Colony::run`] does, with what `SENSE` and `ACT` of the agents lead to.
    pub fn run_in(&mut self, budget: u64, environment: &mut dyn Environment) -> Vec<Stop> {
        let mut spent = vec![0; self.machines.len()];
        loop {
            let mut moved = false;
            for (me, used) in spent.iter_mut().enumerate() {
                if self.exchange.ending(me).is_none() {
                    moved |= self.turn(me, budget, used, environment);
                }
            }
            if self.exchange.all_ended() {
                break;
            }
            if !moved && !self.exchange.break_deadlock() {
                break;
            }
        }
        (0..self.machines.len()).map(|me| self.exchange.ending(me).unwrap_or(Stop::Waiting)).collect()
    }

    /// Has one agent go on, and says whether anything happened.
    fn turn(
        &mut self,
        me: AgentIndex,
        budget: u64,
        used: &mut u64,
        environment: &mut dyn Environment,
    ) -> bool {
        let Some(machine) = self.machines.get_mut(me) else { return false };
        let before = machine.cycles();
        let allowed = SLICE.min(budget - *used);
        let mut desk = Desk::new(&mut self.exchange, environment, me, before);
        let stop = machine.run(allowed, &mut desk);
        let executed = machine.cycles() - before;
        *used += executed;
        self.exchange.tick = self.exchange.tick.saturating_add(executed);
        let ended = match &stop {
            Stop::Halted | Stop::Failed(_) => true,
            Stop::OutOfCycles | Stop::Yielded => *used >= budget,
            Stop::Waiting => false,
        };
        if ended {
            let stop = if stop == Stop::Yielded { Stop::OutOfCycles } else { stop };
            self.exchange.end(me, stop);
        }
        for (agent, id) in std::mem::take(&mut self.exchange.passed) {
            let machine = self.machines.get_mut(agent).filter(|machine| !machine.capabilities().holds(id));
            if let Some(machine) = machine {
                machine.capabilities_mut().grant(id, Passing::Kept);
            }
        }
        executed > 0 || ended
    }

    /// Returns an agent's machine.
    pub fn machine(&self, agent: AgentIndex) -> Option<&Machine<'p>> {
        self.machines.get(agent)
    }

    /// Returns an agent's machine, to give it something before it runs.
    pub fn machine_mut(&mut self, agent: AgentIndex) -> Option<&mut Machine<'p>> {
        self.machines.get_mut(agent)
    }

    /// Returns the number of the agent with this name.
    pub fn agent(&self, name: &str) -> Option<AgentIndex> {
        self.exchange.agent(name)
    }

    /// Returns the cycles that all agents have executed.
    pub const fn tick(&self) -> u64 {
        self.exchange.tick
    }

    /// Returns who trusts whom.
    pub const fn trust(&self) -> &Trust {
        &self.exchange.trust
    }

    /// Returns who trusts whom, for the host to restore what was revoked.
    pub const fn trust_mut(&mut self) -> &mut Trust {
        &mut self.exchange.trust
    }

    /// Returns what happened, in order: messages, answers and what agents told the host.
    pub fn events(&self) -> &[Event] {
        &self.exchange.events
    }

    /// Returns how many events came after [`MAX_EVENTS`] and were not kept.
    pub const fn n_events_dropped(&self) -> u64 {
        self.exchange.n_events_dropped
    }

    /// Returns how an agent ended, if it did.
    pub fn ending(&self, agent: AgentIndex) -> Option<Stop> {
        self.exchange.ending(agent)
    }
}

#[cfg(test)]
mod tests;

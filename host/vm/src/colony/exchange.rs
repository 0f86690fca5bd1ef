//! What lies between the agents of a colony: mailboxes, questions, meetings, trust and the log.

use std::collections::{BTreeMap, VecDeque};

use crate::capability::Passing;
use crate::host::{Reduction, Reply};
use crate::isa::Opcode;
use crate::machine::Stop;
use crate::trust::{AgentIndex, Trust};

/// Decides about `CAP_REQUEST` of an agent.
pub type Policy = fn(AgentIndex, u32) -> Option<Passing>;

/// Something that happened between agents, or that an agent told the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The cycles of all agents before it.
    pub tick: u64,
    /// Who did it.
    pub agent: AgentIndex,
    /// By which instruction.
    pub opcode: Opcode,
    /// What the message register held.
    pub value: i64,
    /// The name in the payload.
    pub name: String,
    /// What R0 became; none of an instruction that began to wait.
    pub status: Option<i64>,
}

/// A message that has not been taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub(super) sender: AgentIndex,
    pub(super) value: i64,
    pub(super) question: Option<Question>,
}

/// A question: who asked what, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) id: u64,
    pub(super) asker: AgentIndex,
    pub(super) value: i64,
}

/// What an agent waits for.
#[derive(Clone, Debug)]
pub(super) enum Wait {
    Nothing,
    Answer {
        id: u64,
    },
    Letter,
    Barrier,
    Reduction {
        name: String,
        value: i64,
    },
    /// What it waited for has come: the instruction is executed again and gets this.
    Over(Reply),
}

#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub(super) mailbox: VecDeque<Letter>,
    pub(super) in_hand: Option<Question>,
    pub(super) wait: Wait,
    pub(super) ending: Option<Stop>,
}

/// What lies between the agents.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) agents: Vec<Agent>,
    numbers: BTreeMap<String, AgentIndex>,
    pub(super) n_questions: u64,
    pub(super) policy: Policy,
    pub(super) tick: u64,
    pub(super) trust: Trust,
    pub(super) events: Vec<Event>,
    pub(super) n_events_dropped: u64,
    /// Capabilities that were passed on in this turn.
    pub(super) passed: Vec<(AgentIndex, u32)>,
}

impl Exchange {
    pub(super) fn new(numbers: BTreeMap<String, AgentIndex>) -> Self {
        let agent = Agent { mailbox: VecDeque::new(), in_hand: None, wait: Wait::Nothing, ending: None };
        Self {
            agents: vec![agent; numbers.len()],
            numbers,
            n_questions: 0,
            policy: |_, _| None,
            tick: 0,
            trust: Trust::new(),
            events: Vec::new(),
            n_events_dropped: 0,
            passed: Vec::new(),
        }
    }

    pub(super) fn agent(&self, name: &str) -> Option<AgentIndex> {
        let numbered = || name.parse().ok().filter(|number| *number < self.agents.len());
        self.numbers.get(name).copied().or_else(numbered)
    }

    pub(super) fn ending(&self, agent: AgentIndex) -> Option<Stop> {
        self.agents.get(agent)?.ending.clone()
    }

    pub(super) fn all_ended(&self) -> bool {
        self.agents.iter().all(|agent| agent.ending.is_some())
    }

    /// An agent has ended: what it was asked will not be answered.
    pub(super) fn end(&mut self, me: AgentIndex, stop: Stop) {
        let agent = &mut self.agents[me];
        agent.ending = Some(stop);
        agent.wait = Wait::Nothing;
        let unanswered: Vec<Question> = agent
            .in_hand
            .take()
            .into_iter()
            .chain(agent.mailbox.drain(..).filter_map(|letter| letter.question))
            .collect();
        for question in unanswered {
            self.settle(question, Reply::status(1));
        }
        self.hold_meetings();
    }

    /// Nobody can go on: somebody is refused. False if nobody waits.
    pub(super) fn break_deadlock(&mut self) -> bool {
        let waits = |agent: &&mut Agent| matches!(agent.wait, Wait::Answer { .. } | Wait::Letter);
        if let Some(agent) = self.agents.iter_mut().find(waits) {
            agent.wait = Wait::Over(Reply::status(1));
            return true;
        }
        let mut any = false;
        for agent in &mut self.agents {
            if matches!(agent.wait, Wait::Barrier | Wait::Reduction { .. }) {
                agent.wait = Wait::Over(Reply::status(0));
                any = true;
            }
        }
        any
    }

    /// Whoever asked the question stops waiting for its answer.
    pub(super) fn settle(&mut self, question: Question, reply: Reply) -> bool {
        let Some(asker) = self.agents.get_mut(question.asker) else { return false };
        let waits = matches!(asker.wait, Wait::Answer { id } if id == question.id);
        if waits {
            asker.wait = Wait::Over(reply);
        }
        waits
    }

    /// Lets agents go on if all that have not ended are in the same place.
    pub(super) fn hold_meetings(&mut self) {
        let here = || self.agents.iter().filter(|agent| agent.ending.is_none());
        let n_agents = here().count() as i64;
        if n_agents == 0 {
            return;
        }
        if here().all(|agent| matches!(agent.wait, Wait::Barrier)) {
            self.release(Reply::status(n_agents));
            return;
        }
        let mut values = Vec::new();
        let mut met: Option<&str> = None;
        for agent in here() {
            match &agent.wait {
                Wait::Reduction { name, value } if met.is_none_or(|met| met == name) => {
                    met = Some(name);
                    values.push(*value);
                }
                _ => return,
            }
        }
        if let Some(reduction) = met.and_then(Reduction::named) {
            let message = Some(reduction.of(&values));
            self.release(Reply { status: n_agents, message, second: None });
        }
    }

    fn release(&mut self, reply: Reply) {
        for agent in self.agents.iter_mut().filter(|agent| agent.ending.is_none()) {
            agent.wait = Wait::Over(reply);
        }
    }
}

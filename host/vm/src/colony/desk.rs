//! The colony, as one agent meets it in its turn.

use super::environment::Environment;
use super::exchange::{Agent, Event, Exchange, Letter, Question, Wait};
use super::{MAILBOX_LEN, MAX_EVENTS};
use crate::capability::Passing;
use crate::host::{Answer, Host, Reduction, Reply, Request};
use crate::isa::Opcode;
use crate::trust::{AgentIndex, Record, THRESHOLD};

/// A message that arrives takes this long in the books.
const DELIVERY_MS: f64 = 0.1;
/// Trust as a program sees it.
const MILLION: f64 = 1_000_000.0;

/// What an agent asks in its turn is asked of its desk.
pub(super) struct Desk<'a> {
    exchange: &'a mut Exchange,
    environment: &'a mut dyn Environment,
    me: AgentIndex,
    /// The agent's cycles when its turn began.
    begin: u64,
}

impl<'a> Desk<'a> {
    pub(super) const fn new(
        exchange: &'a mut Exchange,
        environment: &'a mut dyn Environment,
        me: AgentIndex,
        begin: u64,
    ) -> Self {
        Self { exchange, environment, me, begin }
    }

    fn tick(&self, cycles: u64) -> u64 {
        self.exchange.tick.saturating_add(cycles.saturating_sub(self.begin))
    }

    fn agent(&mut self) -> &mut Agent {
        // INVARIANT: a desk is made for an agent of the exchange.
        &mut self.exchange.agents[self.me]
    }

    /// Says whether a message from this agent to another would be taken.
    fn may_reach(&self, other: AgentIndex, now: f64) -> bool {
        let exchange = &self.exchange;
        let agent = &exchange.agents[other];
        agent.ending.is_none()
            && agent.mailbox.len() < MAILBOX_LEN
            && exchange.trust.level(self.me, other, now) >= THRESHOLD
            && !exchange.trust.is_revoked(other, self.me)
    }

    fn deliver(&mut self, other: AgentIndex, letter: Letter, now: f64) -> bool {
        if !self.may_reach(other, now) {
            return false;
        }
        self.exchange.agents[other].mailbox.push_back(letter);
        if other != self.me {
            // The numbers are none that could be refused.
            let _ = self.exchange.trust.record(self.me, other, Record::new(now, true, DELIVERY_MS));
        }
        true
    }

    fn ask(&mut self, other: Option<AgentIndex>, value: i64, now: f64) -> Option<Reply> {
        // Nobody answers a question of their own.
        let other = other.filter(|other| *other != self.me);
        let id = self.exchange.n_questions;
        let question = Question { id, asker: self.me, value };
        let letter = Letter { sender: self.me, value, question: Some(question) };
        if !other.is_some_and(|other| self.deliver(other, letter, now)) {
            return Some(Reply::status(1));
        }
        self.exchange.n_questions += 1;
        self.agent().wait = Wait::Answer { id };
        None
    }

    fn take_letter(&mut self) -> Option<Reply> {
        let letter = self.agent().mailbox.pop_front()?;
        if let Some(question) = letter.question {
            // A question that was in hand is laid down for the new one.
            if let Some(dropped) = self.agent().in_hand.replace(question) {
                self.exchange.settle(dropped, Reply::status(1));
            }
        }
        Some(Reply { status: 0, message: Some(letter.value), second: Some(letter.sender as i64) })
    }

    fn delegate(&mut self, other: Option<AgentIndex>, now: f64) -> bool {
        let Some(question) = self.agent().in_hand else { return false };
        let letter = Letter { sender: question.asker, value: question.value, question: Some(question) };
        let other = other.filter(|other| *other != self.me && *other != question.asker);
        let handed = other.is_some_and(|other| self.deliver(other, letter, now));
        if handed {
            self.agent().in_hand = None;
        }
        handed
    }

    fn broadcast(&mut self, value: i64, now: f64) -> i64 {
        let mut n_reached = 0;
        let me = self.me;
        for other in (0..self.exchange.agents.len()).filter(|other| *other != me) {
            let letter = Letter { sender: me, value, question: None };
            n_reached += i64::from(self.deliver(other, letter, now));
        }
        n_reached
    }

    fn trust(&mut self, request: &Request<'_>, other: Option<AgentIndex>, now: f64) -> Reply {
        let Some(other) = other else {
            return Reply::status(i64::from(request.opcode != Opcode::TrustCheck));
        };
        let me = self.me;
        let trust = &mut self.exchange.trust;
        match request.opcode {
            Opcode::TrustCheck => {
                let enough = trust.level(me, other, now) * MILLION >= request.message as f64;
                Reply::status(i64::from(enough))
            }
            Opcode::TrustQuery => {
                // To the nearest, so that a level shows as it is written.
                let millionths = (trust.level(me, other, now) * MILLION).round() as i64;
                Reply { status: 0, message: Some(millionths), second: None }
            }
            Opcode::TrustUpdate => {
                let latency_ms = request.second.unwrap_or_default() as f64;
                // The numbers are none that could be refused.
                let _ = trust.record(me, other, Record::new(now, request.message != 0, latency_ms));
                Reply::status(0)
            }
            _ => {
                trust.revoke(me, other);
                Reply::status(0)
            }
        }
    }

    /// Answers a request that is made for the first time; none begins to wait.
    fn answer(&mut self, request: &Request<'_>) -> Option<Reply> {
        let tick = self.tick(request.cycles);
        // A cycle stands for a millisecond.
        let now = tick as f64 / 1000.0;
        let other = self.exchange.agent(request.name);
        let value = request.message;
        let refused_unless = |done: bool| Some(Reply::status(i64::from(!done)));
        match request.opcode {
            Opcode::Tell => {
                let letter = Letter { sender: self.me, value, question: None };
                let told = other.is_some_and(|other| self.deliver(other, letter, now));
                refused_unless(told)
            }
            Opcode::Ask => self.ask(other, value, now),
            Opcode::Receive => {
                let taken = self.take_letter();
                if taken.is_none() {
                    self.agent().wait = Wait::Letter;
                }
                taken
            }
            Opcode::Poll => Some(self.take_letter().unwrap_or(Reply::status(1))),
            Opcode::Delegate => {
                let handed = self.delegate(other, now);
                refused_unless(handed)
            }
            Opcode::DelegateResult => {
                let question = self.agent().in_hand.take();
                let reply = Reply { status: 0, message: Some(value), second: None };
                let answered = question.is_some_and(|question| self.exchange.settle(question, reply));
                refused_unless(answered)
            }
            Opcode::Broadcast => Some(Reply::status(self.broadcast(value, now))),
            Opcode::Barrier => self.meet(Wait::Barrier),
            Opcode::Reduce => match Reduction::named(request.name) {
                Some(_) => self.meet(Wait::Reduction { name: request.name.to_owned(), value }),
                None => Some(Reply::status(0)),
            },
            Opcode::TrustCheck | Opcode::TrustUpdate | Opcode::TrustQuery | Opcode::RevokeTrust => {
                Some(self.trust(request, other, now))
            }
            Opcode::SyncClock => Some(Reply { status: 0, message: Some(tick as i64), second: None }),
            // The rest is told to the host, which writes it down.
            _ => Some(Reply::status(0)),
        }
    }

    fn meet(&mut self, wait: Wait) -> Option<Reply> {
        self.agent().wait = wait;
        self.exchange.hold_meetings();
        self.come_back()
    }

    /// What was waited for, if it has come.
    fn come_back(&mut self) -> Option<Reply> {
        let Wait::Over(reply) = self.agent().wait else { return None };
        self.agent().wait = Wait::Nothing;
        Some(reply)
    }

    fn note(&mut self, request: &Request<'_>, status: Option<i64>) {
        if self.exchange.events.len() >= MAX_EVENTS {
            self.exchange.n_events_dropped += 1;
            return;
        }
        let tick = self.tick(request.cycles);
        let (agent, opcode, value) = (self.me, request.opcode, request.message);
        self.exchange.events.push(Event {
            tick,
            agent,
            opcode,
            value,
            name: request.name.to_owned(),
            status,
        });
    }
}

impl Host for Desk<'_> {
    fn message(&mut self, request: &Request<'_>) -> Answer {
        let reply = match &self.agent().wait {
            Wait::Nothing => {
                let reply = self.answer(request);
                self.note(request, reply.map(|reply| reply.status));
                reply
            }
            Wait::Letter => {
                let letter = self.take_letter();
                if letter.is_some() {
                    self.agent().wait = Wait::Nothing;
                }
                letter
            }
            Wait::Over(_) => self.come_back(),
            Wait::Answer { .. } | Wait::Barrier | Wait::Reduction { .. } => None,
        };
        reply.map_or(Answer::Wait, Answer::Done)
    }

    fn request_capability(&mut self, id: u32) -> Option<Passing> {
        (self.exchange.policy)(self.me, id)
    }

    fn pass_capability(&mut self, id: u32, agent: &str) -> bool {
        let other = self.exchange.agent(agent);
        let other = other.filter(|other| self.exchange.agents[*other].ending.is_none());
        self.exchange.passed.extend(other.map(|other| (other, id)));
        other.is_some()
    }

    fn sense(&mut self, channel: u32) -> Option<i64> {
        self.environment.sense(self.me, channel)
    }

    fn act(&mut self, channel: u32, value: i64) -> bool {
        self.environment.act(self.me, channel, value)
    }

    fn stopped(&mut self, cycles: u64) {
        let request = Request { opcode: Opcode::EmergencyStop, message: 0, second: None, name: "", cycles };
        self.note(&request, None);
    }

    fn takes_turns(&self) -> bool {
        true
    }
}

//! Surroundings that answer the same to both engines.

use flux_vm::capability::Passing;
use flux_vm::host::{Answer, Host, Reply, Request};
use flux_vm::isa::Opcode;

/// What the others of a trial do, as a function of what was asked of them before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    /// Everything that was asked.
    pub log: Vec<(&'static str, i64, i64)>,
    /// The question in hand, where the world has to know it.
    question: Option<u64>,
}

impl World {
    fn note(&mut self, what: &'static str, a: i64, b: i64) -> u64 {
        self.log.push((what, a, b));
        let n = self.log.len() as u64;
        (n ^ (a as u64).rotate_left(7) ^ (b as u64)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
    }

    pub(super) fn sense(&mut self, channel: u32) -> i64 {
        self.note("sense", channel.into(), 0) as i64 % 300 - 100
    }

    pub(super) fn act(&mut self, channel: u32, value: i64) {
        self.note("act", channel.into(), value);
    }

    pub(super) fn tell(&mut self, to: u32, value: i64) -> bool {
        !self.note("tell", to.into(), value).is_multiple_of(3)
    }

    pub(super) fn ask(&mut self, to: u32, value: i64) -> Option<i64> {
        let dice = self.note("ask", to.into(), value);
        (!dice.is_multiple_of(3)).then_some((dice as i64).wrapping_mul(12_345_678_901))
    }

    pub(super) fn reply(&mut self, question: u64, value: i64) -> bool {
        !self.note("reply", question as i64, value).is_multiple_of(3)
    }

    pub(super) fn delegate(&mut self, question: u64, to: u32) -> bool {
        !self.note("delegate", question as i64, to.into()).is_multiple_of(3)
    }

    pub(super) fn broadcast(&mut self, value: i64) -> u32 {
        self.note("broadcast", value, 0) as u32 % 4
    }

    /// Number, sender, kind and value of a message, if one comes.
    pub(super) fn receive(&mut self, waits: bool) -> Option<(u64, u32, u8, i64)> {
        let dice = self.note("receive", waits.into(), 0);
        let kind = (dice >> 3) as u8 % 4;
        (!dice.is_multiple_of(4)).then_some((
            dice >> 5,
            (dice >> 4) as u32 % 5,
            kind,
            dice as i64 - 1_000_000,
        ))
    }
}

fn status(is_fine: bool) -> Reply {
    Reply::status(i64::from(!is_fine))
}

/// The agents that have names, with their numbers.
pub(super) const AGENTS: [(&str, u32); 4] = [("friend", 7), ("sum", 8), ("count", 9), ("xor", 10)];

fn agent(name: &str) -> u32 {
    let named = AGENTS.into_iter().find(|(known, _)| *known == name).map(|(_, number)| number);
    named.or_else(|| name.parse().ok()).unwrap_or(u32::MAX)
}

impl Host for World {
    fn message(&mut self, request: &Request<'_>) -> Answer {
        let to = agent(request.name);
        let reply = match request.opcode {
            Opcode::Tell => status(self.tell(to, request.message)),
            Opcode::Ask => {
                let answer = self.ask(to, request.message);
                Reply { message: answer, ..status(answer.is_some()) }
            }
            Opcode::Broadcast => Reply::status(self.broadcast(request.message).into()),
            Opcode::Receive | Opcode::Poll => match self.receive(request.opcode == Opcode::Receive) {
                Some((id, sender, kind, value)) => {
                    if (1..=2).contains(&kind) {
                        self.question = Some(id);
                    }
                    Reply { status: 0, message: Some(value), second: Some(sender.into()) }
                }
                None => Reply::status(1),
            },
            Opcode::Delegate => {
                let done = self.question.is_some_and(|question| self.delegate(question, to));
                self.question = self.question.filter(|_| !done);
                status(done)
            }
            Opcode::DelegateResult => {
                let question = self.question.take();
                status(question.is_some_and(|question| self.reply(question, request.message)))
            }
            other => unreachable!("{other} is not compiled"),
        };
        Answer::Done(reply)
    }

    fn request_capability(&mut self, _id: u32) -> Option<Passing> {
        None
    }

    fn pass_capability(&mut self, _id: u32, _agent: &str) -> bool {
        false
    }

    fn sense(&mut self, channel: u32) -> Option<i64> {
        Some(Self::sense(self, channel))
    }

    fn act(&mut self, channel: u32, value: i64) -> bool {
        Self::act(self, channel, value);
        true
    }

    fn stopped(&mut self, _cycles: u64) {}

    fn takes_turns(&self) -> bool {
        false
    }
}

//! What a machine asks of whoever runs it: other agents, trust, capabilities, readings and acts.

use crate::capability::Passing;
use crate::isa::Opcode;

/// A request of a program to its host, by one of the instructions with a message payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Which instruction.
    pub opcode: Opcode,
    /// What the message register holds.
    pub message: i64,
    /// What the second register holds, if one is named.
    pub second: Option<i64>,
    /// An agent, an operation or a topic.
    pub name: &'a str,
    /// The cycles that the machine has executed before.
    pub cycles: u64,
}

/// What a host answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet: the instruction is executed again, from its beginning, when the machine goes on.
    Wait,
    /// What becomes of the registers.
    Done(Reply),
}

/// What becomes of the registers. R0 is written first, so a message register that is R0 holds the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For R0.
    pub status: i64,
    /// For the message register, if it changes.
    pub message: Option<i64>,
    /// For the second register, if one is named and it changes.
    pub second: Option<i64>,
}

impl Reply {
    /// Returns a reply that changes R0 alone.
    pub const fn status(status: i64) -> Self {
        Self { status, message: None, second: None }
    }
}

/// Whoever runs a machine.
///
/// A program is as reproducible as the answers of its host.
pub trait Host {
    /// Answers one of the instructions with a message payload.
    fn message(&mut self, request: &Request<'_>) -> Answer;

    /// Decides about `CAP_REQUEST`: none refuses the capability.
    fn request_capability(&mut self, id: u32) -> Option<Passing>;

    /// Gives a capability that the program may pass on to the agent named; false refuses.
    fn pass_capability(&mut self, id: u32, agent: &str) -> bool;

    /// Returns the next reading of a channel; none refuses the channel.
    fn sense(&mut self, channel: u32) -> Option<i64>;

    /// Takes an act; false refuses the channel.
    fn act(&mut self, channel: u32, value: i64) -> bool;

    /// Learns of `EMERGENCY_STOP`, and of the cycles that the machine has executed before.
    fn stopped(&mut self, cycles: u64);

    /// Says whether `YIELD` ends the turn.
    fn takes_turns(&self) -> bool;
}

/// The host of a program that runs alone: nobody hears it, and nothing is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alone;

impl Host for Alone {
    fn message(&mut self, request: &Request<'_>) -> Answer {
        let reply = match request.opcode {
            // Nobody else is there to be reached.
            Opcode::Broadcast => Reply::status(0),
            // The program is all agents that have not ended.
            Opcode::Barrier => Reply::status(1),
            Opcode::Reduce => match Reduction::named(request.name) {
                Some(reduction) => {
                    Reply { status: 1, message: Some(reduction.of(&[request.message])), second: None }
                }
                None => Reply::status(0),
            },
            Opcode::SyncClock => Reply { status: 0, message: Some(request.cycles as i64), second: None },
            Opcode::TrustCheck => Reply::status(0),
            _ => Reply::status(1),
        };
        Answer::Done(reply)
    }

    fn request_capability(&mut self, _id: u32) -> Option<Passing> {
        None
    }

    fn pass_capability(&mut self, _id: u32, _agent: &str) -> bool {
        false
    }

    fn sense(&mut self, _channel: u32) -> Option<i64> {
        None
    }

    fn act(&mut self, _channel: u32, _value: i64) -> bool {
        false
    }

    fn stopped(&mut self, _cycles: u64) {}

    fn takes_turns(&self) -> bool {
        false
    }
}

/// What `REDUCE` makes of the numbers of all agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reduction {
    /// Their sum, wrapping.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Bits that all have.
    And,
    /// Bits that one has.
    Or,
    /// Bits that an odd number have.
    Xor,
    /// How many there are.
    Count,
}

impl Reduction {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Sum, Self::Min, Self::Max, Self::And, Self::Or, Self::Xor, Self::Count];

    /// Returns the reduction of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reduction| reduction.name() == name)
    }

    /// Returns the name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::And => "and",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::Count => "count",
        }
    }

    /// Returns what it makes of `values`; 0 of none.
    pub fn of(self, values: &[i64]) -> i64 {
        let values = values.iter().copied();
        let reduced = match self {
            Self::Sum => values.reduce(i64::wrapping_add),
            Self::Min => values.min(),
            Self::Max => values.max(),
            Self::And => values.reduce(|a, b| a & b),
            Self::Or => values.reduce(|a, b| a | b),
            Self::Xor => values.reduce(|a, b| a ^ b),
            Self::Count => Some(values.count() as i64),
        };
        reduced.unwrap_or_default()
    }
}

//! What lies around a colony.

use crate::trust::AgentIndex;

/// What lies around a colony: where the channels of its agents lead to.
///
/// A colony is as reproducible as the answers of its environment.
pub trait Environment {
    /// Returns the next reading of a channel of an agent; none refuses the channel.
    fn sense(&mut self, agent: AgentIndex, channel: u32) -> Option<i64>;

    /// Takes an act of an agent; false refuses the channel.
    fn act(&mut self, agent: AgentIndex, channel: u32, value: i64) -> bool;
}

/// The environment of agents that have nothing but each other: every channel is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl Environment for Nothing {
    fn sense(&mut self, _agent: AgentIndex, _channel: u32) -> Option<i64> {
        None
    }

    fn act(&mut self, _agent: AgentIndex, _channel: u32, _value: i64) -> bool {
        false
    }
}

//! What a genome asks to be able to do: the interfaces that it imports.

use std::fmt;
use std::str::FromStr;

use crate::world::{PACKAGE, PACKAGE_VERSION};

/// An interface of the contract that a host may grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Capability {
    /// Sense from and act on the arena's channels.
    Senses,
    /// Exchange messages with the other agents of a trial.
    Mail,
    /// Keep bytes under names.
    Memory,
    /// Draw random numbers seeded by the run.
    Random,
    /// Write lines for people.
    Log,
    /// Use a scratch folder.
    Files,
    /// Ask language models.
    Model,
    /// Have answers judged.
    Judge,
    /// Ask people.
    Human,
}

impl Capability {
    /// Every capability, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Senses,
        Self::Mail,
        Self::Memory,
        Self::Random,
        Self::Log,
        Self::Files,
        Self::Model,
        Self::Judge,
        Self::Human,
    ];

    /// The interface's name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Senses => "senses",
            Self::Mail => "mail",
            Self::Memory => "memory",
            Self::Random => "random",
            Self::Log => "log",
            Self::Files => "files",
            Self::Model => "model",
            Self::Judge => "judge",
            Self::Human => "human",
        }
    }

    /// The name under which a component imports the interface.
    #[must_use]
    pub fn import(self) -> String {
        format!("{PACKAGE}/{}@{PACKAGE_VERSION}", self.name())
    }

    fn bit(self) -> u16 {
        1 << (self as u8)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a capability ({}), found `{found}`", CapabilitySet::ALL)]
pub struct ParseCapabilityError {
    /// What stood there.
    pub found: String,
}

impl FromStr for Capability {
    type Err = ParseCapabilityError;

    fn from_str(text: &str) -> Result<Self, ParseCapabilityError> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.name() == text)
            .ok_or_else(|| ParseCapabilityError { found: text.to_owned() })
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapabilitySet(u16);

impl CapabilitySet {
    /// No capability.
    pub const EMPTY: Self = Self(0);

    /// Every capability of the contract.
    pub const ALL: Self = Self((1 << Capability::ALL.len()) - 1);

    /// Whether there is none in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `capability` is in it.
    #[must_use]
    pub fn contains(self, capability: Capability) -> bool {
        self.0 & capability.bit() != 0
    }

    /// Whether everything in it is in `other` too.
    #[must_use]
    pub fn is_subset(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Adds `capability`.
    pub fn insert(&mut self, capability: Capability) {
        self.0 |= capability.bit();
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in it, in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.contains(*capability))
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<T: IntoIterator<Item = Capability>>(capabilities: T) -> Self {
        let mut set = Self::EMPTY;
        for capability in capabilities {
            set.insert(capability);
        }
        set
    }
}

impl fmt::Display for CapabilitySet {
    /// Comma-separated names; `nothing` when empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (i, capability) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(capability.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for capability in Capability::ALL {
            assert_eq!(capability.name().parse(), Ok(capability));
        }
        assert!("clock".parse::<Capability>().is_err());
    }

    #[test]
    fn sets_follow_the_laws_of_sets() {
        let some: CapabilitySet = [Capability::Mail, Capability::Log].into_iter().collect();
        assert!(some.is_subset(CapabilitySet::ALL));
        assert!(!CapabilitySet::ALL.is_subset(some));
        assert_eq!(CapabilitySet::ALL.iter().count(), Capability::ALL.len());
        assert_eq!(some.difference(some), CapabilitySet::EMPTY);
        assert_eq!(some.to_string(), "mail, log");
        assert_eq!(CapabilitySet::EMPTY.to_string(), "nothing");
    }
}

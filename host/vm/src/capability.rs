//! What a program is allowed: numbered capabilities, granted by the host alone.

use std::collections::BTreeMap;

/// Whether a capability may be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passing {
    /// It stays where it is.
    Kept,
    /// `CAP_GRANT` gives it to other agents, who keep it.
    Delegable,
}

/// The capabilities that a program holds.
///
/// A program can give up what it holds, and pass on what is delegable; it cannot give itself anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeMap<u32, Passing>);

impl Capabilities {
    /// Returns the empty set.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a capability, or changes whether it may be passed on.
    pub fn grant(&mut self, id: u32, passing: Passing) {
        self.0.insert(id, passing);
    }

    /// Removes a capability and says whether it was held.
    pub fn revoke(&mut self, id: u32) -> bool {
        self.0.remove(&id).is_some()
    }

    /// Says whether a capability is held.
    pub fn holds(&self, id: u32) -> bool {
        self.0.contains_key(&id)
    }

    /// Says whether a capability is held and may be passed on.
    pub fn may_pass(&self, id: u32) -> bool {
        self.0.get(&id) == Some(&Passing::Delegable)
    }

    /// Returns the capabilities in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Passing)> {
        self.0.iter().map(|(id, passing)| (*id, *passing))
    }
}

impl FromIterator<(u32, Passing)> for Capabilities {
    fn from_iter<T: IntoIterator<Item = (u32, Passing)>>(granted: T) -> Self {
        Self(granted.into_iter().collect())
    }
}

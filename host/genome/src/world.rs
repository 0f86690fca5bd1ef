//! The worlds a genome may be of, and the WIT package that defines them.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use wit_parser::{Resolve, WorldId};

/// The text of the contract, `wit/genome.wit`.
pub const WIT: &str = include_str!("../../../wit/genome.wit");

/// The name of the contract's package, without its version.
pub const PACKAGE: &str = "flux:genome";

/// The version of the contract's package.
pub const PACKAGE_VERSION: &str = "0.1.0";

/// A WIT world: what a genome exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum World {
    /// `run: func(input: list<s64>) -> list<s64>`.
    Program,
    /// `answer: func(prompt: string) -> result<string, fault>`.
    Ecosystem,
}

impl World {
    /// Every world, in the order of the contract.
    pub const ALL: [Self; 2] = [Self::Program, Self::Ecosystem];

    /// The world's name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Ecosystem => "ecosystem",
        }
    }

    /// The name of the one function that the world exports.
    #[must_use]
    pub fn export(self) -> &'static str {
        match self {
            Self::Program => "run",
            Self::Ecosystem => "answer",
        }
    }

    /// The contract and this world in it, as wit-component wants them.
    pub(crate) fn resolve(self) -> (&'static Resolve, WorldId) {
        let contract = contract();
        match self {
            Self::Program => (&contract.resolve, contract.program),
            Self::Ecosystem => (&contract.resolve, contract.ecosystem),
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `program` or `ecosystem`, found `{found}`")]
pub struct ParseWorldError {
    /// What stood there.
    pub found: String,
}

impl FromStr for World {
    type Err = ParseWorldError;

    fn from_str(text: &str) -> Result<Self, ParseWorldError> {
        Self::ALL
            .into_iter()
            .find(|world| world.name() == text)
            .ok_or_else(|| ParseWorldError { found: text.to_owned() })
    }
}

struct Contract {
    resolve: Resolve,
    program: WorldId,
    ecosystem: WorldId,
}

/// INVARIANT: the contract is a constant of this crate, and a test parses it; the three `expect`s below cannot
/// fail in a build that passed its tests.
#[expect(clippy::expect_used, reason = "the parsed text is a constant that a test parses")]
fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("genome.wit", WIT).expect("the contract parses");
        let program = resolve.select_world(&[package], Some("program")).expect("the contract has `program`");
        let ecosystem =
            resolve.select_world(&[package], Some("ecosystem")).expect("the contract has `ecosystem`");
        Contract { resolve, program, ecosystem }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_parses_and_has_both_worlds() {
        for world in World::ALL {
            let (resolve, id) = world.resolve();
            let found = &resolve.worlds[id];
            assert_eq!(found.name, world.name());
            let exports: Vec<String> = found.exports.keys().map(|key| resolve.name_world_key(key)).collect();
            assert_eq!(exports, [world.export()]);
        }
    }

    #[test]
    fn the_package_is_named_as_the_constants_say() {
        let (resolve, id) = World::Program.resolve();
        let package = resolve.worlds[id].package.map(|package| resolve.packages[package].name.to_string());
        assert_eq!(package.as_deref(), Some(format!("{PACKAGE}@{PACKAGE_VERSION}").as_str()));
    }

    #[test]
    fn every_item_of_the_contract_is_documented() {
        let (resolve, _) = World::Program.resolve();
        for (_, interface) in resolve.interfaces.iter() {
            let name = interface.name.clone().unwrap_or_default();
            assert!(interface.docs.contents.is_some(), "interface `{name}` has no doc comment");
            for (function, item) in &interface.functions {
                assert!(item.docs.contents.is_some(), "`{name}.{function}` has no doc comment");
            }
        }
        for (_, world) in resolve.worlds.iter() {
            assert!(world.docs.contents.is_some(), "world `{}` has no doc comment", world.name);
        }
    }
}

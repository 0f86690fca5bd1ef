//! Arenas and genomes for this crate's tests.

use std::fs;

use flux_genome::{Bounds, text};
use flux_sandbox::Sandbox;

use crate::arena::Arena;
use crate::entrant::Entrant;

/// Doubles its input.
pub(crate) const DOUBLE: &str =
    r#"(module (func (export "run") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))"#;

/// Doubles its input in a roundabout way: right, and dearer.
pub(crate) const DOUBLE_SLOWLY: &str = r#"(module (func (export "run") (param $n i64) (result i64) (local $i i32)
    (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 50))))
    (i64.add (local.get $n) (local.get $n))))"#;

/// A doubling arena with four written cases, one of which 4 passes by, and three drawn ones in a round.
pub(crate) const DOUBLING: &str = r#"
name = "doubling"
world = "program"
[budget]
cycles = 10_000
[[case]]
input = [2]
expected = [4]
[[case]]
input = [3]
expected = [6]
[[case]]
input = [-1]
expected = [-2]
[[case]]
name = "weighty"
input = [0]
expected = [0]
weight = 2
[generate]
count = 3
oracle = "double.wat"
input = [{ min = -1_000_000, max = 1_000_000 }]
"#;

/// Reads an arena whose folder holds `genomes` as (file name, text).
pub(crate) fn arena(text: &str, genomes: &[(&str, &str)]) -> (tempfile::TempDir, Arena) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in genomes {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let arena = Arena::parse("arena.toml", text, folder.path()).unwrap();
    (folder, arena)
}

/// The doubling arena.
pub(crate) fn doubling() -> (tempfile::TempDir, Arena) {
    arena(DOUBLING, &[("double.wat", DOUBLE)])
}

/// A genome of text under a name.
pub(crate) fn entrant(name: &str, text: &str) -> Entrant {
    Entrant { name: name.to_owned(), genome: text::compile(text, &Bounds::DEFAULT).unwrap() }
}

/// The sandbox of this process.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: std::sync::LazyLock<Sandbox> = std::sync::LazyLock::new(|| Sandbox::new().unwrap());
    &SANDBOX
}

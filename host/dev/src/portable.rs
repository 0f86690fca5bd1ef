//! `cargo dev portable`: the crates below the portable line compile for wasm32.

use crate::failure::{Ending, Failure};
use crate::wasm;
use crate::workspace::Workspace;

/// The crates that run in a browser as well: no file system, clock, threads, environment or network.
pub const CRATES: &[&str] = &["flux-genome", "flux-vm", "flux-lang", "flux-evolve"];

/// Checks the library of every portable crate for wasm32-unknown-unknown, warnings included.
///
/// The result goes to a folder of its own, because another compiler may do it than the one of the main build.
pub fn run(workspace: &Workspace) -> Result<Ending, Failure> {
    let target = workspace.target.join("portable");
    let mut args = vec!["check".to_owned(), "--lib".to_owned(), "--locked".to_owned()];
    args.push(format!("--target-dir={}", target.display()));
    for name in CRATES {
        args.push(format!("--package={name}"));
    }
    let ending = wasm::run(workspace, &args)?;
    if ending == Ending::Fine {
        println!("portable: {} compile for {}", CRATES.join(", "), wasm::TARGET);
    }
    Ok(ending)
}

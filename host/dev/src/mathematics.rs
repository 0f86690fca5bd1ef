//! `cargo dev mathematics`: the functions that compiled bytecode calls for exponentials and sines.
//!
//! They are committed, because a build of flux needs no compiler for wasm32. A test in flux-lang holds them against
//! the library that they are made of; `host/lang/mathematics/README.md` says more.

use std::fs;

use crate::failure::{Ending, Failure};
use crate::wasm::{self, TARGET};
use crate::workspace::Workspace;

/// The folder of the crate, relative to the root.
const FOLDER: &str = "host/lang/mathematics";

/// Builds the functions and puts them where the compiler of bytecode takes them from.
pub fn run(workspace: &Workspace) -> Result<Ending, Failure> {
    let folder = workspace.root.join(FOLDER);
    let (manifest, target) = (folder.join("Cargo.toml"), workspace.target.join("mathematics"));
    let args = ["build", "--locked", "--profile", "wasm", "--manifest-path"];
    let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    args.extend([manifest.display().to_string(), "--target-dir".to_owned(), target.display().to_string()]);
    if let ending @ Ending::Found = wasm::run(workspace, &args)? {
        return Ok(ending);
    }
    let (from, to) =
        (target.join(TARGET).join("wasm/flux_mathematics.wasm"), folder.join("mathematics.wasm"));
    let bytes = fs::read(&from).map_err(|error| Failure::io("read", &from, error))?;
    fs::write(&to, bytes).map_err(|error| Failure::io("write", &to, error))?;
    Ok(Ending::Fine)
}

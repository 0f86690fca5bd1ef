//! `cargo dev bindings`: the bindings of guest-sdk/rust, generated from `wit/`.
//!
//! They are committed, because generating them in every guest's build would cost a hundred times what the guest
//! itself costs. Each file says which contract it belongs to, and `cargo dev tidy` compares.

use std::fs;
use std::process::Command;

use crate::contract;
use crate::failure::{Ending, Failure, output, status};
use crate::workspace::{Workspace, clean};

/// The folder of the generated files, relative to the root.
pub const FOLDER: &str = "guest-sdk/rust/src/bindings";

/// The generated files and the world of each. The worlds import the same interfaces: the first file holds them,
/// and the others use its types.
pub const FILES: &[(&str, &str)] = &[("program.rs", "program"), ("ecosystem.rs", "ecosystem")];

/// The version of `wit-bindgen` that the SDK depends on; its runtime and its bindings go together.
const VERSION: &str = "0.63.0";

/// The interfaces that worlds share.
const INTERFACES: &[&str] =
    &["types", "senses", "mail", "memory", "random", "log", "files", "model", "judge", "human"];

/// Writes the bindings of every world.
pub fn run(workspace: &Workspace) -> Result<Ending, Failure> {
    check_version()?;
    let checksum = contract::checksum(&workspace.root)?;
    let folder = workspace.root.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, error))?;
    for (at, (file, world)) in FILES.iter().enumerate() {
        let mut command = Command::new("wit-bindgen");
        clean(&mut command);
        command
            .args(["rust", "--world", world, "--format", "--pub-export-macro"])
            .args(["--export-macro-name", &format!("export_{world}")])
            .args(["--default-bindings-module", &format!("flux_guest::bindings::{world}")])
            .arg("--out-dir")
            .arg(&folder);
        if at > 0 {
            for name in INTERFACES {
                let (wit, rust) =
                    (format!("flux:genome/{name}@0.1.0"), "crate::bindings::program::flux::genome");
                command.args(["--with", &format!("{wit}={rust}::{name}")]);
            }
        } else {
            command.arg("--generate-unused-types");
        }
        command.arg(workspace.root.join("wit"));
        if !status(&mut command)?.success() {
            return Ok(Ending::Found);
        }
        let path = folder.join(file);
        let text = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, error))?;
        // The first file says what the interfaces are. A second word on it would add what that world uses of them
        // to genomes of the first one; what a world exports is said where its macro is used.
        let text = if at > 0 { without_imports(&text)? } else { text };
        let marked = format!("{}{checksum}\n{text}", contract::MARK);
        fs::write(&path, marked).map_err(|error| Failure::io("write", &path, error))?;
    }
    Ok(Ending::Fine)
}

/// The bindings without the custom section that describes the world's imports.
fn without_imports(text: &str) -> Result<String, Failure> {
    const START: &str =
        "#[rustfmt::skip]\n#[cfg(target_arch = \"wasm32\")]\n#[unsafe(\n    link_section = \"component-type:";
    const END: &str = "\";\n";
    let unexpected =
        || Failure::new("wit-bindgen's output has no description of the imports where it was expected");
    let (before, rest) = text.split_once(START).ok_or_else(unexpected)?;
    let (section, after) = rest.split_once(END).ok_or_else(unexpected)?;
    if !section.contains(":encoded world\"") || after.contains(START) {
        return Err(unexpected());
    }
    Ok(format!("{before}{after}"))
}

fn check_version() -> Result<(), Failure> {
    let advice = format!("cargo install wit-bindgen-cli --version {VERSION} --locked");
    let asked =
        output(Command::new("wit-bindgen").arg("--version")).map_err(|failure| failure.hint(&advice))?;
    let said = String::from_utf8_lossy(&asked.stdout);
    if said.split_whitespace().nth(1) == Some(VERSION) {
        return Ok(());
    }
    Err(Failure::new(format!("expected wit-bindgen {VERSION}, found `{}`", said.trim())).hint(advice))
}

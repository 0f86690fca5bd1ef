//! The workspace as cargo describes it, and cargo itself.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::{Failure, output};

/// The workspace that this program was run in.
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: PathBuf,
    /// The folder that builds go to.
    pub target: PathBuf,
    /// The member crates, in cargo's order.
    pub members: Vec<Member>,
}

/// A crate of the workspace.
pub struct Member {
    /// The package name.
    pub name: String,
    /// The manifest, relative to the root, with `/` between names.
    pub manifest: String,
    /// What it depends on, in the manifest's order.
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
pub struct Dependency {
    /// The package name (not the name it is imported under).
    pub name: String,
    /// Which table the line stands in.
    pub kind: Kind,
    /// The features asked for beyond the default ones.
    pub features: Vec<String>,
}

/// Which table of a manifest a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `dependencies`.
    Normal,
    /// `build-dependencies`.
    Build,
    /// `dev-dependencies`: tests and examples only.
    Dev,
}

impl Workspace {
    /// Asks cargo about the workspace of the current folder.
    pub fn load() -> Result<Self, Failure> {
        let found = output(cargo().args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
        if !found.status.success() {
            let said = String::from_utf8_lossy(&found.stderr);
            return Err(Failure::new(format!("cargo metadata failed: {}", said.trim())));
        }
        let metadata: Value = serde_json::from_slice(&found.stdout)
            .map_err(|error| Failure::new(format!("cargo metadata is not JSON: {error}")))?;
        Self::from_metadata(&metadata).ok_or_else(|| Failure::new("cargo metadata lacks a field we rely on"))
    }

    /// Reads version 1 of cargo's metadata.
    pub fn from_metadata(metadata: &Value) -> Option<Self> {
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        let packages = metadata["packages"].as_array()?;
        let members = packages.iter().map(|package| member(&root, package)).collect::<Option<_>>()?;
        Some(Workspace { root, target, members })
    }

    /// The member crate `name`.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

fn member(root: &Path, package: &Value) -> Option<Member> {
    let manifest = Path::new(package["manifest_path"].as_str()?);
    let manifest = manifest.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    let dependencies = package["dependencies"].as_array()?.iter().map(dependency).collect::<Option<_>>()?;
    Some(Member { name: package["name"].as_str()?.to_owned(), manifest, dependencies })
}

fn dependency(line: &Value) -> Option<Dependency> {
    let kind = match line["kind"].as_str() {
        None => Kind::Normal,
        Some("build") => Kind::Build,
        Some("dev") => Kind::Dev,
        Some(_) => return None,
    };
    let features = line["features"].as_array()?;
    let features = features.iter().map(|name| Some(name.as_str()?.to_owned())).collect::<Option<_>>()?;
    Some(Dependency { name: line["name"].as_str()?.to_owned(), kind, features })
}

/// Cargo, without what `cargo run` told this process about its own package.
///
/// Build scripts may watch those variables; left in place they would make every nested build start over.
pub fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    clean(&mut command);
    command
}

/// Removes from the environment of `command` what `cargo run` told this process about its own package.
pub fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let ours = text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || matches!(text, "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR");
        if ours {
            command.env_remove(&name);
        }
    }
}

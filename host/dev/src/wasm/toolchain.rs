//! Which compiler of this machine has a standard library for wasm32.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{TARGET, sysroot};
use crate::failure::{Failure, output};
use crate::workspace::Workspace;

/// The linker variable of cargo for [`TARGET`].
const LINKER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

/// Where Debian's packages put their compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The oldest compiler that the workspace is written for, as (major, minor): `rust-version` of the root manifest.
const OLDEST: (u32, u32) = (1, 95);

/// A way to compile for [`TARGET`].
#[derive(Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The compiler that cargo would take anyway.
    Own,
    /// Debian's compiler behind a wrapper that names a sysroot of ours.
    Debian {
        /// The wrapper.
        rustc: PathBuf,
        /// The linker, where it is not the one the compiler would look for.
        linker: Option<PathBuf>,
    },
}

impl Toolchain {
    /// Has `command`, a call of cargo, use this toolchain.
    pub fn apply(&self, command: &mut Command) {
        if let Toolchain::Debian { rustc, linker } = self {
            command.env("RUSTC", rustc);
            if let Some(linker) = linker {
                command.env(LINKER_VARIABLE, linker);
            }
        }
    }
}

/// A compiler as it describes itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Compiler {
    /// The program.
    pub path: PathBuf,
    /// The triple of this machine.
    pub host: String,
    /// Version as (major, minor).
    pub version: (u32, u32),
    /// The commit it was built from, or its whole version where it does not say.
    pub commit: String,
    /// Where its libraries are.
    pub sysroot: PathBuf,
}

/// Finds a toolchain, building Debian's standard library on the way if that has not been done yet.
///
/// # Errors
/// Neither way is open; the hint has the install line of each.
pub fn find(workspace: &Workspace) -> Result<Toolchain, Failure> {
    let own = env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
    if has_std(&own) {
        return Ok(Toolchain::Own);
    }
    let debian = Compiler::ask(Path::new(DEBIAN_RUSTC)).filter(|compiler| compiler.version >= OLDEST);
    let debian = debian.and_then(|compiler| sysroot::Source::of(&compiler).map(|source| (compiler, source)));
    let Some((compiler, source)) = debian else { return Err(nothing_found()) };
    let linker = linker(&own)?;
    let rustc = sysroot::ensure(&compiler, &source, &workspace.target)?;
    Ok(Toolchain::Debian { rustc, linker })
}

fn nothing_found() -> Failure {
    let (major, minor) = OLDEST;
    Failure::new(format!(
        "no Rust {major}.{minor} or later on this machine has a standard library for {TARGET}"
    ))
    .hint(format!(
        "with rustup:  rustup target add {TARGET}\n      \
             on Debian:    apt-get install --no-install-recommends rustc-web rust-web-src lld-22"
    ))
}

/// Whether `rustc` finds a standard library for [`TARGET`].
pub fn has_std(rustc: &Path) -> bool {
    let Some(folder) = ask(rustc, &["--print", "target-libdir", "--target", TARGET]) else { return false };
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

impl Compiler {
    /// Asks the compiler at `path` about itself; nothing when there is none.
    pub fn ask(path: &Path) -> Option<Self> {
        let described = ask(path, &["-vV"])?;
        let sysroot = PathBuf::from(ask(path, &["--print", "sysroot"])?);
        Self::parse(path, &described, sysroot)
    }

    fn parse(path: &Path, described: &str, sysroot: PathBuf) -> Option<Self> {
        let field = |name| described.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let release = field("release:")?;
        let mut numbers = release.split(['.', '-']).map(str::parse);
        let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let commit = field("commit-hash:").filter(|hash| *hash != "unknown").unwrap_or(release);
        let (host, commit) = (field("host:")?.to_owned(), commit.to_owned());
        Some(Compiler { path: path.to_owned(), host, version, commit, sysroot })
    }
}

/// The linker to name to cargo: none when the user named one or the one that rustc looks for is on PATH.
///
/// Debian keeps `rust-lld` in a package that is large and not needed for anything else; the linker of lld-22 and
/// the one inside a rustup toolchain do the same.
fn linker(own: &Path) -> Result<Option<PathBuf>, Failure> {
    if env::var_os(LINKER_VARIABLE).is_some() || on_path("rust-lld").is_some() {
        return Ok(None);
    }
    let versions = (15..=30).rev().map(|version| format!("wasm-ld-{version}"));
    let names = std::iter::once("wasm-ld".to_owned()).chain(versions);
    let found = names.into_iter().find_map(|name| on_path(&name)).or_else(|| inside_toolchain(own));
    match found {
        Some(linker) => Ok(Some(linker)),
        None => {
            Err(Failure::new(format!("no linker for {TARGET}: neither `wasm-ld` nor `rust-lld` was found"))
                .hint("on Debian: apt-get install --no-install-recommends lld-22"))
        }
    }
}

fn inside_toolchain(rustc: &Path) -> Option<PathBuf> {
    let compiler = Compiler::ask(rustc)?;
    let linker = compiler.sysroot.join("lib/rustlib").join(compiler.host).join("bin/rust-lld");
    linker.is_file().then_some(linker)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What `program` prints when it is called with `args`; nothing when it fails or is not there.
fn ask(program: &Path, args: &[&str]) -> Option<String> {
    let found = output(Command::new(program).args(args)).ok()?;
    found.status.success().then(|| String::from_utf8_lossy(&found.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{Compiler, OLDEST};

    #[test]
    fn a_compiler_describes_itself() {
        let described = "rustc 1.96.0 (ac68 2026-05-25) (built from a source tarball)\nbinary: rustc\n\
                         commit-hash: ac68\nhost: x86_64-unknown-linux-gnu\nrelease: 1.96.0\n";
        let compiler = Compiler::parse(Path::new("r"), described, PathBuf::from("usr")).unwrap();
        assert_eq!(compiler.version, (1, 96));
        assert_eq!(compiler.commit, "ac68");
        let unknown = described.replace("ac68\nhost", "unknown\nhost");
        assert_eq!(Compiler::parse(Path::new("r"), &unknown, PathBuf::new()).unwrap().commit, "1.96.0");
        assert_eq!(Compiler::parse(Path::new("r"), "", PathBuf::new()), None);
    }

    #[test]
    fn the_oldest_compiler_is_the_one_of_the_manifest() {
        let manifest = include_str!("../../../../Cargo.toml");
        assert!(manifest.contains(&format!("rust-version = \"{}.{}\"", OLDEST.0, OLDEST.1)));
    }
}

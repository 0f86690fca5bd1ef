//! The standard library for wasm32, built once from Debian's source into a folder of ours.
//!
//! The folder looks like a toolchain's: `lib/rustlib/<target>/lib` with the target's libraries, a link to the
//! host's, and `bin/rustc`, a wrapper that names the folder to the real compiler. With that wrapper as `RUSTC`
//! everything afterwards is plain stable cargo. The build uses the crates that the source package brings along,
//! so it needs no network.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::TARGET;
use super::toolchain::{Compiler, has_std};
use crate::failure::{Failure, status};
use crate::workspace::cargo;

/// Bumped when the recipe below changes, so that older folders are left alone.
const RECIPE: u32 = 1;

/// The source of a compiler's standard library.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Its root.
    root: PathBuf,
    /// The third-party crates it needs, one folder each.
    vendor: PathBuf,
}

impl Source {
    /// The source that belongs to `compiler`, if its package is installed.
    pub fn of(compiler: &Compiler) -> Option<Self> {
        let root = compiler.sysroot.join("lib/rustlib/src/rust");
        let vendor = root.join("library/vendor");
        (root.join("library/Cargo.lock").is_file() && vendor.is_dir()).then_some(Source { root, vendor })
    }
}

/// Returns the wrapper of the sysroot for `compiler`, building the sysroot when it is not there.
///
/// Two processes that ask at the same time build it once: the second waits. A build that was interrupted leaves
/// nothing that looks finished, because the folder gets its name last.
pub fn ensure(compiler: &Compiler, source: &Source, target: &Path) -> Result<PathBuf, Failure> {
    let home = target.join("wasm-sysroot");
    create(&home)?;
    let lock = home.join("lock");
    let lock_file = File::create(&lock).map_err(|error| Failure::io("create", &lock, error))?;
    lock_file.lock().map_err(|error| Failure::io("lock", &lock, error))?;

    let done = home.join(format!("{}-{RECIPE}", compiler.commit));
    let wrapper = done.join("bin/rustc");
    if has_std(&wrapper) {
        return Ok(wrapper);
    }
    let started = Instant::now();
    eprintln!("wasm: building the standard library for {TARGET} with `{}`, once", compiler.path.display());
    let work = home.join("work");
    for folder in [&work, &done] {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| Failure::io("remove", folder, error))?;
        }
    }
    let libraries = build_std(compiler, source, &work)?;
    let tree = work.join("sysroot");
    fill(compiler, &libraries, &tree)?;
    fs::rename(&tree, &done).map_err(|error| Failure::io("rename", &tree, error))?;
    fs::remove_dir_all(&work).map_err(|error| Failure::io("remove", &work, error))?;
    if !has_std(&wrapper) {
        return Err(Failure::new(format!(
            "the sysroot `{}` is not one that `rustc` accepts",
            done.display()
        )));
    }
    eprintln!("wasm: built in {} s", started.elapsed().as_secs());
    Ok(wrapper)
}

/// Compiles std for an empty crate and returns the folder with the libraries.
fn build_std(compiler: &Compiler, source: &Source, work: &Path) -> Result<PathBuf, Failure> {
    let package = work.join("package");
    write(&package.join("Cargo.toml"), EMPTY_MANIFEST)?;
    write(&package.join("src/lib.rs"), "#![no_std]\n")?;
    let out = work.join("out");
    let mut command = cargo();
    command
        .current_dir(&package)
        .args(["build", "--quiet", "--offline", "--release", "--target", TARGET])
        .args(["-Zbuild-std=std,panic_abort", "--config", "source.crates-io.replace-with='std'"])
        .args(["--config", &format!("source.std.directory='{}'", source.vendor.display())])
        .env("RUSTC", &compiler.path)
        // Stable cargo and rustc take -Z options only with this; it ends here: what is built with the sysroot
        // is built without it.
        .env("RUSTC_BOOTSTRAP", "1")
        // Bitcode lets guests optimise across the border with std (lto). The source is named as in rustup's
        // library, so that what a guest says about a panic does not depend on the machine.
        .env("RUSTFLAGS", format!("-Cembed-bitcode=yes --remap-path-prefix={}=/rustc", source.root.display()))
        .env("CARGO_TARGET_DIR", &out)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    if !status(&mut command)?.success() {
        return Err(Failure::new(format!("the standard library for {TARGET} did not build")));
    }
    Ok(out.join(TARGET).join("release/deps"))
}

const EMPTY_MANIFEST: &str = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                              [profile.release]\npanic = \"abort\"\n\n[workspace]\n";

/// Lays the sysroot out in `tree`. The wrapper finds it from its own place, so the folder may be moved.
fn fill(compiler: &Compiler, libraries: &Path, tree: &Path) -> Result<(), Failure> {
    let folder = tree.join("lib/rustlib").join(TARGET).join("lib");
    create(&folder)?;
    let entries = fs::read_dir(libraries).map_err(|error| Failure::io("list", libraries, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("list", libraries, error))?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libempty-") {
            fs::copy(entry.path(), folder.join(&name))
                .map_err(|error| Failure::io("copy", &entry.path(), error))?;
        }
    }
    let host = Path::new("lib/rustlib").join(&compiler.host);
    link(&compiler.sysroot.join(&host), &tree.join(&host))?;
    let script = format!("#!/bin/sh\nexec '{}' --sysroot \"${{0%/*}}/..\" \"$@\"\n", compiler.path.display());
    let wrapper = tree.join("bin/rustc");
    write(&wrapper, &script)?;
    make_executable(&wrapper)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        create(folder)?;
    }
    fs::write(path, text).map_err(|error| Failure::io("write", path, error))
}

fn create(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, error))
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<(), Failure> {
    std::os::unix::fs::symlink(from, to).map_err(|error| Failure::io("link", to, error))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(path, mode).map_err(|error| Failure::io("make executable", path, error))
}

// Debian's packages do not exist elsewhere; rustup's library is the way there.
#[cfg(not(unix))]
fn link(_: &Path, to: &Path) -> Result<(), Failure> {
    Err(Failure::io("link", to, "only done on Unix"))
}

#[cfg(not(unix))]
fn make_executable(path: &Path) -> Result<(), Failure> {
    Err(Failure::io("make executable", path, "only done on Unix"))
}

//! `cargo dev wasm`: cargo for wasm32-unknown-unknown, one command on every machine.
//!
//! A machine has the target's standard library in one of two ways, and a cargo configuration cannot choose
//! between compilers, so this program does. It adds nothing to a toolchain and downloads nothing: where neither
//! way is open it prints what to install.

mod sysroot;
mod toolchain;

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Ending, Failure, status};
use crate::workspace::{Workspace, cargo};

/// The only target that genomes and the portable crates are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Runs cargo for [`TARGET`] with `args`: a cargo command (`build` when the first argument is an option or there
/// is none), then its arguments.
///
/// With `--manifest-path` cargo runs in that manifest's folder, because cargo reads its configuration (the stack
/// size of guests stands there) from the folder it runs in.
pub fn run(workspace: &Workspace, args: &[String]) -> Result<Ending, Failure> {
    let Call { verb, rest, folder } = Call::parse(args)?;
    let mut command = cargo();
    command.arg(verb).args(["--target", TARGET]).args(rest);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    toolchain::find(workspace)?.apply(&mut command);
    Ok(status(&mut command)?.into())
}

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    verb: &'a str,
    /// The arguments, without `--manifest-path`.
    rest: Vec<&'a str>,
    /// The folder to run in; the current one when there is none.
    folder: Option<PathBuf>,
}

impl<'a> Call<'a> {
    fn parse(args: &'a [String]) -> Result<Self, Failure> {
        let mut words = args.iter().map(String::as_str).peekable();
        let verb = words.next_if(|word| !word.starts_with('-')).unwrap_or("build");
        let mut rest = Vec::new();
        let mut manifest = None;
        while let Some(word) = words.next() {
            if word == "--manifest-path" {
                let missing = || Failure::new("`--manifest-path` needs a file after it");
                manifest = Some(words.next().ok_or_else(missing)?);
            } else if let Some(path) = word.strip_prefix("--manifest-path=") {
                manifest = Some(path);
            } else {
                rest.push(word);
            }
        }
        let folder = manifest.map(|path| folder_of(Path::new(path))).transpose()?;
        Ok(Call { verb, rest, folder })
    }
}

fn folder_of(manifest: &Path) -> Result<PathBuf, Failure> {
    if !manifest.ends_with("Cargo.toml") {
        return Err(Failure::new(format!("`--manifest-path` is `{}`, not a Cargo.toml", manifest.display())));
    }
    let here = env::current_dir().map_err(|error| Failure::io("find", Path::new("."), error))?;
    let manifest = here.join(manifest);
    let folder = manifest.parent().unwrap_or(&here);
    folder.canonicalize().map_err(|error| Failure::io("find", folder, error))
}

#[cfg(test)]
mod tests {
    use super::Call;

    fn parse(line: &str) -> (String, String, bool) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let call = Call::parse(&args).unwrap();
        (call.verb.to_owned(), call.rest.join(" "), call.folder.is_some())
    }

    #[test]
    fn the_cargo_command_may_be_left_out() {
        assert_eq!(parse(""), ("build".into(), String::new(), false));
        assert_eq!(parse("--release -v"), ("build".into(), "--release -v".into(), false));
        assert_eq!(parse("check -p a"), ("check".into(), "-p a".into(), false));
    }

    #[test]
    fn a_manifest_path_becomes_the_folder() {
        assert_eq!(parse("--manifest-path Cargo.toml -v"), ("build".into(), "-v".into(), true));
        assert_eq!(parse("check --manifest-path=Cargo.toml"), ("check".into(), String::new(), true));
        assert!(Call::parse(&["--manifest-path".into()]).is_err());
        assert!(Call::parse(&["--manifest-path=src".into()]).is_err());
    }
}

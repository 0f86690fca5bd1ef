//! The programs of `genomes/flux` with the cases in their heads: one trial for each case and engine.
//!
//! `genomes/flux/README.md` says how to add one.

#![expect(clippy::disallowed_methods, reason = "a test harness reads files; the library does not")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use flux_lang::assembly::{self, Included, Limits, NoIncludes};
use flux_vm::{Program, Verified};
use libtest_mimic::{Arguments, Failed, Trial};

mod case;
mod colony;
mod compiled;
mod interpreter;
mod vectors;

use case::Case;

/// An engine: its name, which cases it can run, and how it runs one.
///
/// What a case expects is compared with what the engine hands back, so engines know nothing of expectations.
struct Engine {
    name: &'static str,
    can_run: fn(&Verified, &Case) -> bool,
    run: fn(&Verified, &Case) -> Result<case::Observed, String>,
}

/// All engines.
const ENGINES: &[Engine] = &[
    Engine { name: "interpreted", can_run: |_, _| true, run: interpreter::run_interpreted },
    Engine { name: "compiled", can_run: compiled::can_run, run: compiled::run_compiled },
];

/// How many programs there are at least: fewer mean that they were not found.
const MIN_PROGRAMS: usize = 28;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match collect() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "a test harness speaks on standard error")]
fn fail(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genomes/flux")
}

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(root().join(name)).map_err(|error| format!("{name}: {error}"))
}

/// Returns the names in a folder below the root, sorted; those of folders end with a slash.
fn names(folder: &str) -> Result<BTreeSet<String>, String> {
    let path = root().join(folder);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))? {
        let entry = entry.map_err(|error| error.to_string())?;
        let slash = if entry.path().is_dir() { "/" } else { "" };
        names.insert(format!("{folder}{}{slash}", entry.file_name().to_string_lossy()));
    }
    Ok(names)
}

fn collect() -> Result<Vec<Trial>, String> {
    let mut trials = vectors::trials()?;
    let mut n_programs = 0;
    for name in names("")? {
        if let Some(title) = name.strip_suffix(".flx") {
            n_programs += 1;
            trials.extend(program(title, &name)?);
        } else if name.ends_with('/') && names(&name)?.contains(&format!("{name}colony.toml")) {
            n_programs += 1;
            trials.push(Trial::test(format!("{name}colony"), move || {
                colony::check(&name).map_err(Failed::from)
            }));
        }
    }
    if n_programs < MIN_PROGRAMS {
        return Err(format!("{n_programs} programs were found in {}", root().display()));
    }
    Ok(trials)
}

/// The trials of a program.
fn program(title: &str, name: &str) -> Result<Vec<Trial>, String> {
    let verified = Arc::new(assemble(name)?);
    let cases = case::parse(&read(name)?).map_err(|error| format!("{name}: {error}"))?;
    if cases.is_empty() {
        return Err(format!("{name} has no cases"));
    }
    let whole = Arc::clone(&verified);
    let mut trials = vec![Trial::test(format!("{title}/forms"), move || forms(&whole).map_err(Failed::from))];
    for case in cases {
        for engine in ENGINES.iter().filter(|engine| (engine.can_run)(&verified, &case)) {
            let (verified, case) = (Arc::clone(&verified), case.clone());
            trials.push(Trial::test(format!("{title}/{}/{}", case.name, engine.name), move || {
                let observed = (engine.run)(&verified, &case)?;
                case::compare(&case, &observed).map_err(Failed::from)
            }));
        }
    }
    Ok(trials)
}

/// A program comes back from its listing and from its container as it was.
fn forms(verified: &Verified) -> Result<(), String> {
    let program = verified.program();
    let listing = assembly::print(program);
    let again = assembly::assemble("listing", &listing, &NoIncludes, &Limits::DEFAULT);
    if again.program.as_ref() != Some(program) {
        return Err(format!("the listing assembles to something else\n{listing}{}", again.render()));
    }
    let bytes = program.to_bytes().map_err(|error| error.to_string())?;
    match Program::from_bytes(&bytes) {
        Ok(read) if read == *program => Ok(()),
        Ok(_) => Err("the container holds something else".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Assembles and verifies; neither may have anything to say.
fn assemble(name: &str) -> Result<Verified, String> {
    let assembly = assembly::assemble(name, &read(name)?, &include, &Limits::DEFAULT);
    let said = assembly.render();
    let Some(program) = assembly.program else { return Err(said) };
    if !said.is_empty() {
        return Err(said);
    }
    let verified = Verified::new(program).map_err(|error| format!("{name}: {error}"))?;
    match verified.warnings() {
        [] => Ok(verified),
        [first, ..] => Err(format!("{name}: {first}")),
    }
}

/// Finds an included file beside the including one.
fn include(name: &str, from: &str) -> Result<Included, String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    let name = parts.join("/");
    match read(&name) {
        Ok(text) => Ok(Included { name, text }),
        Err(_) => Err("no such file".to_owned()),
    }
}

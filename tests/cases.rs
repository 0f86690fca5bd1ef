//! Data-driven cases: a file is a case. `tests/README.md` says how to add one.

use std::path::PathBuf;
use std::process::ExitCode;

use flux_tests::{Verdict, arenas, cli, colonies, files, fuzz, has_extension, hostile, name_of, root};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // Cases name files relative to the root.
    if let Err(error) = std::env::set_current_dir(root()) {
        return fail(&format!("{}: {error}", root().display()));
    }
    let collected = collect();
    match collected {
        Ok(trials) if trials.is_empty() => fail("no case was found"),
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "a test harness speaks on standard error")]
fn fail(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::FAILURE
}

fn collect() -> Result<Vec<Trial>, String> {
    let is_case = |path: &std::path::Path| !has_extension(path, "stdout") && !has_extension(path, "stderr");
    let mut trials = Vec::new();
    for path in files(&root().join("tests/cli"), &is_case)? {
        trials.push(trial(path, cli::check));
    }
    for path in files(&root().join("tests/hostile"), &|path| has_extension(path, "wat"))? {
        trials.push(trial(path, hostile::check));
    }
    for path in files(&root().join("tests/cheats"), &|path| has_extension(path, "wat"))? {
        trials.push(trial(path, arenas::check_cheat));
    }
    for path in files(&root().join("genomes"), &|path| path.ends_with("arena.toml"))? {
        trials.push(trial(path, arenas::check_order));
    }
    for path in files(&root().join("genomes/flux"), &|path| path.ends_with("colony.toml"))? {
        if colonies::are_genomes(&path)? {
            trials.push(trial(path, colonies::check));
        }
    }
    for (target, run) in fuzz::TARGETS {
        for kind in ["seeds", "regressions"] {
            let folder = root().join("tests/fuzz").join(kind).join(target);
            // A target that never failed has no regressions.
            let inputs = if folder.is_dir() { files(&folder, &|_| true)? } else { Vec::new() };
            for path in inputs {
                trials.push(Trial::test(name_of(&path), move || {
                    run(&std::fs::read(&path)?);
                    Ok(())
                }));
            }
        }
    }
    Ok(trials)
}

fn trial(path: PathBuf, check: fn(&std::path::Path) -> Verdict) -> Trial {
    Trial::test(name_of(&path), move || check(&path).map_err(Failed::from))
}

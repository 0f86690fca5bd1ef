//! The problems with known answers, run with fixed seeds under a budget, beside the published figures.
//!
//! `cargo run --release -p flux-benches --bin problems -- [FAMILY]... [OPTIONS]`; families are `hackers-delight`,
//! `sorting-networks`, `nguyen` and `psb`, all of them by default, and `foreign`, whose modules `.ci/real-modules` fetches. Options:
//!
//! * `--seeds N`: runs of each problem, from seed 1 on; default 1.
//! * `--seconds S`: CPU-seconds of a run, of all its threads together; default 60.
//! * `--variants N`: proposals of a run; default no limit. With this and enough seconds the figures repeat exactly.
//! * `--jobs N`: threads of a run and of a proof; default 1.
//! * `--only NAME`: this problem only; may come several times.
//! * `--baselines`: random search and hill climbing under the same budget.
//! * `--no-proofs`: leave out the proofs of Hacker's Delight.
//! * `--policy FILE`: in place of the family's own policy in `benches/problems`.
//! * `--output FOLDER`: write the champions there.
//! * `--json`: one JSON object a family.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is a table, its progress lines")]

use std::env;
use std::error::Error;
use std::num::NonZeroUsize;

use flux_benches::contest::Contest;
use flux_benches::problems::{foreign, formulas, hackers_delight, sorting_networks};
use flux_sandbox::Sandbox;

/// Families that run by default, and after them those that need something fetched.
const FAMILIES: [&str; 5] = ["hackers-delight", "sorting-networks", "nguyen", "psb", "foreign"];
const N_DEFAULT: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    let mut contest = Contest {
        sandbox: Sandbox::new()?,
        n_seeds: 1,
        seconds: 60.0,
        variants: 0,
        jobs: NonZeroUsize::MIN,
        baselines: false,
        proofs: true,
        only: Vec::new(),
        output: None,
        policy: None,
    };
    let mut families = Vec::new();
    let mut is_json = false;
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("expected a value after `{argument}`"));
        match argument.as_str() {
            "--seeds" => contest.n_seeds = value()?.parse()?,
            "--seconds" => contest.seconds = value()?.parse()?,
            "--variants" => contest.variants = value()?.parse()?,
            "--jobs" => contest.jobs = value()?.parse()?,
            "--only" => contest.only.push(value()?),
            "--policy" => contest.policy = Some(value()?.into()),
            "--output" => contest.output = Some(value()?.into()),
            "--baselines" => contest.baselines = true,
            "--no-proofs" => contest.proofs = false,
            "--json" => is_json = true,
            family if FAMILIES.contains(&family) => families.push(argument),
            other => return Err(format!("`{other}` is neither an option nor one of {FAMILIES:?}").into()),
        }
    }
    if families.is_empty() {
        families = FAMILIES.into_iter().take(N_DEFAULT).map(str::to_owned).collect();
    }
    let mut tell = |line: &str| eprintln!("{line}");
    for family in families {
        let table = match family.as_str() {
            "hackers-delight" => hackers_delight::run(&contest, &mut tell)?,
            "sorting-networks" => sorting_networks::run(&contest, &mut tell)?,
            "foreign" => foreign::run(&contest, &mut tell)?,
            name => formulas::run(&contest, name, &mut tell)?,
        };
        if is_json {
            println!("{}", table.json());
        } else {
            println!("{}", table.text());
        }
    }
    Ok(())
}

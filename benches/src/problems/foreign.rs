//! Modules that packages ship, made cheaper with their own results as the measure of what is right.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use flux_evolve::policy::Strategy;
use flux_genome::{Bounds, Genome, adopt, text};
use flux_run::arena::Arena;

use crate::contest::Contest;
use crate::table::{Table, median, spread};

/// A problem: its folder in `benches/problems/foreign`, and the file of `.ci/real-modules` that it is about.
const PROBLEMS: [(&str, &str); 3] =
    [("crc32", "crc32.wasm"), ("xxh32", "xxhash.wasm"), ("divide", "long.wasm")];

/// Runs the family: each module, joined with its glue, from itself, until the budget is spent.
///
/// A champion counts where it gives its founder's results on the held-out cases and on ten rounds of fresh inputs.
///
/// # Errors
/// A run's, and where a module has not been fetched.
pub fn run(contest: &Contest, tell: &mut dyn FnMut(&str)) -> Result<Table, Box<dyn Error>> {
    let policy = contest.policy("foreign/policy")?;
    let mut rows = Vec::new();
    for (name, file) in PROBLEMS.into_iter().filter(|(name, _)| contest.wants(name)) {
        let folder = settle(name, file)?;
        let arena = Arena::load(folder.path())?;
        let founder = folder.path().join("founder.wasm");
        for strategy in contest.strategies(&policy) {
            let mut policy = policy.clone();
            policy.strategy = strategy;
            let mut attempts = Vec::new();
            for seed in 1..=contest.n_seeds {
                let attempt = contest.attempt(&arena, &founder, &policy, seed, &|_, _| false)?;
                contest.keep(&format!("{name}-{}-{seed}", strategy.name()), &attempt.finish.genome)?;
                attempts.push(attempt);
            }
            let row = row(name, strategy, &attempts);
            tell(&row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            rows.push(row);
        }
    }
    Ok(Table {
        title: format!(
            "modules of packages, their results kept; {} seeds, {} CPU-seconds a run",
            contest.n_seeds, contest.seconds
        ),
        columns: vec![
            "module",
            "strategy",
            "cycles of the founder",
            "of the champion",
            "founder : champion",
            "kept on fresh inputs",
            "inputs a seed",
            "evaluations",
            "CPU s",
        ],
        rows,
    })
}

/// What came of the runs with one strategy.
fn row(name: &str, strategy: Strategy, attempts: &[crate::contest::Attempt]) -> Vec<serde_json::Value> {
    let finishes = || attempts.iter().map(|attempt| &attempt.finish);
    let kept = finishes().filter(|finish| finish.fresh.is_some_and(|score| score.confidence >= 1.0)).count();
    let cycles = |score: &flux_evolve::score::Score| score.cycles_per_result.unwrap_or(f64::NAN);
    let before: Vec<f64> = finishes().map(|finish| cycles(&finish.founder.selection)).collect();
    let after: Vec<f64> = finishes().map(|finish| cycles(&finish.champion.variant.measure.score)).collect();
    let ratios: Vec<f64> = finishes().map(|finish| finish.speedup.unwrap_or(f64::NAN)).collect();
    let evaluations: Vec<f64> = attempts.iter().map(|attempt| attempt.spent.n_evaluations as f64).collect();
    let seconds: Vec<f64> = attempts.iter().map(|attempt| attempt.spent.seconds).collect();
    vec![
        name.into(),
        strategy.name().into(),
        spread(&before).into(),
        spread(&after).into(),
        median(&ratios).map(|ratio| format!("{ratio:.3}")).into(),
        format!("{kept} of {}", attempts.len()).into(),
        finishes().map(|finish| finish.n_fresh).max().into(),
        median(&evaluations).into(),
        spread(&seconds).into(),
    ]
}

/// Makes an arena with the module as its founder, in a folder of its own.
fn settle(name: &str, file: &str) -> Result<tempfile::TempDir, Box<dyn Error>> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetched = benches.join("../target/real-modules").join(file);
    let module = fs::read(&fetched).map_err(|error| {
        format!("failed to read `{}`: {error}; `.ci/real-modules` fetches it", fetched.display())
    })?;
    let problem: PathBuf = benches.join("problems/foreign").join(name);
    let glue = wat::parse_file(problem.join("glue.wat"))?;
    let founder: Genome = text::from_binary(adopt::join(&module, &glue)?, &Bounds::DEFAULT)?;
    let folder = tempfile::tempdir()?;
    fs::copy(problem.join("arena.toml"), folder.path().join("arena.toml"))?;
    fs::write(folder.path().join("founder.wasm"), founder.bytes())?;
    Ok(folder)
}

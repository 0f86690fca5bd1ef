//! Nguyen's formulas and the problems of the program synthesis suites: how many runs find an answer that holds on cases
//! that nobody has seen.

use std::error::Error;
use std::fs;

use serde::Deserialize;
use serde_json::Value;

use flux_evolve::engine::Champion;
use flux_genome::Genome;
use flux_run::arena::Arena;

use crate::contest::{Contest, family};
use crate::table::{Table, median, spread};

#[derive(Deserialize)]
struct Problems {
    problem: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    name: String,
    formula: Option<String>,
    title: Option<String>,
    pushgp: Option<u32>,
}

/// Runs the family `name`, each problem from its `founder.wat`.
///
/// A run is over when its champion passes every case of selection and of those held out; it counts where that champion
/// passes the cases of ten rounds more, too.
///
/// # Errors
/// A run's.
pub fn run(contest: &Contest, name: &str, tell: &mut dyn FnMut(&str)) -> Result<Table, Box<dyn Error>> {
    let folder = family(name);
    let problems: Problems = toml::from_str(&fs::read_to_string(folder.join("table.toml"))?)?;
    let policy = contest.policy(name)?;
    let mut rows = Vec::new();
    for problem in problems.problem.iter().filter(|problem| contest.wants(&problem.name)) {
        let arena = Arena::load(&folder.join(&problem.name))?;
        let founder = folder.join(&problem.name).join("founder.wat");
        for strategy in contest.strategies(&policy) {
            let mut policy = policy.clone();
            policy.strategy = strategy;
            let solved = |champion: &Champion, _: &Genome| {
                arena.gate.is_met(&champion.variant.measure.score)
                    && champion.held_out.is_none_or(|score| arena.gate.is_met(&score))
            };
            let (mut evaluations, mut seconds) = (vec![], vec![]);
            let (mut n_found, mut n_solved) = (0, 0);
            for seed in 1..=contest.n_seeds {
                let attempt = contest.attempt(&arena, &founder, &policy, seed, &solved)?;
                let holds =
                    attempt.is_solved && attempt.finish.fresh.is_none_or(|score| arena.gate.is_met(&score));
                n_found += u64::from(attempt.is_solved);
                n_solved += u64::from(holds);
                tell(&format!(
                    "{} {} seed {seed}: {:.4} right, {} evaluations, {:.1} CPU s{}",
                    problem.name,
                    strategy.name(),
                    attempt.finish.champion.variant.measure.score.confidence,
                    attempt.spent.n_evaluations,
                    attempt.spent.seconds,
                    if holds { ", solved" } else { "" }
                ));
                contest
                    .keep(&format!("{}-{}-{seed}", problem.name, strategy.name()), &attempt.finish.genome)?;
                evaluations.push(attempt.spent.n_evaluations as f64);
                seconds.push(attempt.spent.seconds);
            }
            rows.push(vec![
                problem.name.clone().into(),
                problem.formula.clone().or_else(|| problem.title.clone()).into(),
                strategy.name().into(),
                format!("{n_solved} of {}", contest.n_seeds).into(),
                n_found.into(),
                median(&evaluations).into(),
                spread(&seconds).into(),
                problem.pushgp.map_or(Value::Null, Value::from),
            ]);
        }
    }
    Ok(Table {
        title: format!(
            "{name}: answers that hold on ten rounds of unseen cases; {} seeds, at most {} CPU-seconds a run",
            contest.n_seeds, contest.seconds
        ),
        columns: vec![
            "problem",
            "task",
            "strategy",
            "solved",
            "right before the unseen cases",
            "evaluations",
            "CPU s",
            "PushGP, of 100",
        ],
        rows,
    })
}

//! Hacker's Delight, p01 to p25: code as a compiler leaves it without optimising, made cheaper, and proved.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use flux_evolve::engine::Champion;
use flux_evolve::policy::EvolutionPolicy;
use flux_evolve::trial::Side;
use flux_genome::Genome;
use flux_run::arena::{Arena, Case, Task};
use flux_run::entrant::Entrant;

use crate::contest::{Contest, Next, Spent, entrant, family};
use crate::proof::{self, Verdict};
use crate::table::{Table, median, spread};

#[derive(Deserialize)]
struct Problems {
    problem: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    name: String,
    parameters: usize,
    llvm_o0: u32,
    wasm_opt_o4: u32,
    llvm_o3: u32,
    by_hand: u32,
    naive: u32,
    best: u32,
}

/// What came of one run.
struct Shortened {
    genome: Arc<Genome>,
    operators: f64,
    spent: Spent,
}

/// Runs the family: each function from its founder, its meaning kept, until it is as short as `best.wat` or the budget
/// is spent.
///
/// Each champion is held against its founder on many inputs in compiled code, at the budget's expense; an input on which
/// they differ becomes a case, and the run begins again with the best that stood this test.
///
/// Operators of a champion are counted as its cycles less those that every genome of the function spends around it. So a
/// champion that has changed what stands around, by doing without the call, does not count, and the run begins again.
///
/// # Errors
/// A run's, or the engine's.
pub fn run(contest: &Contest, tell: &mut dyn FnMut(&str)) -> Result<Table, Box<dyn Error>> {
    let folder = family("hackers-delight");
    let problems: Problems = toml::from_str(&fs::read_to_string(folder.join("table.toml"))?)?;
    let policy = contest.policy("hackers-delight")?;
    let mut rows = Vec::new();
    let mut sums = [0.0; 6];
    for problem in problems.problem.iter().filter(|problem| contest.wants(&problem.name)) {
        let naive = folder.join(&problem.name).join("naive.wat");
        let arena = arena_of(&folder.join(&problem.name))?;
        // The best are straight lines, so that every run of them takes as many cycles as they have operators.
        let best = folder.join(&problem.name).join("best.wat");
        let around = contest.cycles(&arena, &best)? - f64::from(problem.best);
        let naive = entrant(&naive)?;
        for strategy in contest.strategies(&policy) {
            let mut policy = policy.clone();
            let is_baseline = strategy != policy.strategy;
            policy.strategy = strategy;
            let (mut operators, mut evaluations, mut seconds, mut to_best) = (vec![], vec![], vec![], vec![]);
            let mut shortest = None;
            for seed in 1..=contest.n_seeds {
                let found = shorten(contest, &policy, &arena, &naive, problem, around, seed)?;
                operators.push(found.operators);
                evaluations.push(found.spent.n_evaluations as f64);
                seconds.push(found.spent.seconds);
                to_best.push(found.spent.seconds_to_best);
                if shortest.as_ref().is_none_or(|(least, _)| found.operators < *least) {
                    shortest = Some((found.operators, found.genome));
                }
            }
            let Some((least, genome)) = shortest else { continue };
            contest.keep(&format!("{}-{}", problem.name, strategy.name()), &genome)?;
            let verdict = if contest.proofs && !is_baseline {
                let threads = contest.jobs.get() as u64;
                let verdict = proof::compare(&naive.genome, &genome, problem.parameters, threads);
                verdict.map_err(|error| error.to_string())?.to_string().into()
            } else {
                Value::Null
            };
            if !is_baseline {
                let published =
                    [problem.llvm_o0, problem.wasm_opt_o4, problem.llvm_o3, problem.by_hand].map(f64::from);
                let ours = [median(&operators).unwrap_or(f64::NAN), least];
                for (sum, value) in sums.iter_mut().zip(published.into_iter().chain(ours)) {
                    *sum += value;
                }
            }
            let row = vec![
                problem.name.clone().into(),
                strategy.name().into(),
                problem.llvm_o0.into(),
                problem.wasm_opt_o4.into(),
                problem.llvm_o3.into(),
                problem.by_hand.into(),
                spread(&operators).into(),
                least.into(),
                (around + least).into(),
                median(&evaluations).into(),
                median(&seconds).into(),
                median(&to_best).into(),
                verdict,
            ];
            tell(&row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            rows.push(row);
        }
    }
    let [o0, o4, o3, by_hand, middle, least] = sums;
    let mut sum: Vec<Value> = vec!["sum".into(), policy.strategy.name().into()];
    sum.extend([o0, o4, o3, by_hand].map(Value::from));
    sum.extend([format!("{middle:.1}").into(), least.into()]);
    sum.resize(13, Value::Null);
    rows.push(sum);
    Ok(Table {
        title: format!(
            "Hacker's Delight from -O0 code: operators; {} seeds, {} CPU-seconds a run",
            contest.n_seeds, contest.seconds
        ),
        columns: vec![
            "function",
            "strategy",
            "LLVM -O0",
            "wasm-opt -O4",
            "LLVM -O3",
            "by hand",
            "median",
            "least",
            "cycles",
            "evaluations",
            "CPU s",
            "CPU s to best",
            "proof of the least",
        ],
        rows,
    })
}

/// The arena with every case where selection sees it: what is held out here are the inputs of the compiled test.
fn arena_of(folder: &Path) -> Result<Arena, Box<dyn Error>> {
    let mut arena = Arena::load(folder)?;
    arena.held_out = 0.0;
    for case in &mut arena.cases {
        case.side = Side::Selection;
    }
    Ok(arena)
}

/// One attempt at one function.
fn shorten(
    contest: &Contest,
    policy: &EvolutionPolicy,
    arena: &Arena,
    naive: &Entrant,
    problem: &Problem,
    around: f64,
    seed: u64,
) -> Result<Shortened, Box<dyn Error>> {
    let target = around + f64::from(problem.best);
    let mut arena = arena.clone();
    let mut spent = Spent::begin();
    let mut best = (f64::from(problem.naive) + around, Arc::new(naive.genome.clone()));
    let mut test = proof::Test::new(&naive.genome, problem.parameters).map_err(|error| error.to_string())?;
    let mut is_over = false;
    let mut n_runs = 0;
    while !is_over && !contest.is_over(&spent) {
        let mut founders = vec![naive.clone()];
        if n_runs > 0 {
            founders.push(Entrant { name: "best".to_owned(), genome: (*best.1).clone() });
        }
        let mut differing = None;
        let mut failed = None;
        let mut is_inlined = false;
        let mut look = |champion: &Champion, genome: &Arc<Genome>| {
            let Some(cycles) = champion.variant.measure.score.cycles_per_result else { return Next::GoOn };
            match test.quick(genome) {
                Ok(Verdict::Differs(input)) => {
                    differing = Some(input);
                    return Next::Again;
                }
                Ok(_) => {}
                Err(error) => failed = Some(error.to_string()),
            }
            match proof::is_same_around(&naive.genome, genome) {
                Ok(true) => {}
                Ok(false) => {
                    is_inlined = true;
                    return Next::Again;
                }
                Err(error) => failed = Some(error.to_string()),
            }
            if cycles < best.0 {
                best = (cycles, Arc::clone(genome));
            }
            is_over = cycles <= target;
            if is_over { Next::Stop } else { Next::GoOn }
        };
        // Another seed for each run, and no two seeds with one in common.
        let run_seed = seed + (n_runs << 32);
        contest.pursue(&arena, &founders, policy, run_seed, &mut spent, &mut look)?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        n_runs += 1;
        match (differing, arena.cases.first()) {
            (Some(input), Some(like)) => arena.cases.push(case(like, arena.cases.len(), &input)),
            _ => is_over |= !is_inlined,
        }
    }
    Ok(Shortened { genome: best.1, operators: best.0 - around, spent })
}

/// A case for `input`; what is right is what the founder says.
fn case(like: &Case, number: usize, input: &[i64]) -> Case {
    let mut case = like.clone();
    case.name = format!("differs-{number}");
    if let Task::Numbers { seats, .. } = &mut case.task {
        for seat in seats {
            input.clone_into(&mut seat.input);
        }
    }
    case
}

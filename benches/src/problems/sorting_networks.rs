//! Sorting networks: comparators left out one by one, and each champion's network judged apart from its genome.

use std::error::Error;
use std::fs;

use serde::Deserialize;

use flux_evolve::engine::Champion;
use flux_genome::Genome;
use flux_genome::view::ModuleView;
use flux_run::arena::Arena;
use wasmparser::Operator;

use crate::contest::{Contest, family};
use crate::table::{Table, median, spread};

#[derive(Deserialize)]
struct Problems {
    problem: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    name: String,
    n: u32,
    best: usize,
    sorterhunter_s: String,
}

/// Runs the family from each `random.wat`.
///
/// A run is over when its champion is a network of the best known size: the comparators are read out of the genome and
/// judged by the 0/1 principle, so that it does not matter what became of the function that compares.
///
/// # Errors
/// A run's.
pub fn run(contest: &Contest, tell: &mut dyn FnMut(&str)) -> Result<Table, Box<dyn Error>> {
    let folder = family("sorting-networks");
    let problems: Problems = toml::from_str(&fs::read_to_string(folder.join("table.toml"))?)?;
    let policy = contest.policy("sorting-networks")?;
    let mut rows = Vec::new();
    for problem in problems.problem.iter().filter(|problem| contest.wants(&problem.name)) {
        let arena = Arena::load(&folder.join(&problem.name))?;
        let founder = folder.join(&problem.name).join("random.wat");
        for strategy in contest.strategies(&policy) {
            let mut policy = policy.clone();
            policy.strategy = strategy;
            let size = |genome: &Genome| {
                network(genome).filter(|network| sorts(network, problem.n)).map(|network| network.len())
            };
            let solved =
                |_: &Champion, genome: &Genome| size(genome).is_some_and(|size| size <= problem.best);
            let (mut sizes, mut evaluations, mut seconds) = (vec![], vec![], vec![]);
            let mut n_solved = 0;
            for seed in 1..=contest.n_seeds {
                let attempt = contest.attempt(&arena, &founder, &policy, seed, &solved)?;
                n_solved += u64::from(attempt.is_solved);
                // A champion that is no network any more counts as nothing reached.
                let found = size(&attempt.finish.genome).map_or(f64::NAN, |size| size as f64);
                tell(&format!(
                    "{} {} seed {seed}: {found} comparators, {} evaluations, {:.1} CPU s",
                    problem.name,
                    strategy.name(),
                    attempt.spent.n_evaluations,
                    attempt.spent.seconds
                ));
                contest
                    .keep(&format!("{}-{}-{seed}", problem.name, strategy.name()), &attempt.finish.genome)?;
                sizes.push(found);
                evaluations.push(attempt.spent.n_evaluations as f64);
                seconds.push(attempt.spent.seconds);
            }
            rows.push(vec![
                problem.n.into(),
                strategy.name().into(),
                problem.best.into(),
                format!("{n_solved} of {}", contest.n_seeds).into(),
                spread(&sizes).into(),
                median(&evaluations).into(),
                spread(&seconds).into(),
                problem.sorterhunter_s.clone().into(),
            ]);
        }
    }
    Ok(Table {
        title: format!(
            "Sorting networks from `random.wat`: comparators; {} seeds, at most {} CPU-seconds a run",
            contest.n_seeds, contest.seconds
        ),
        columns: vec![
            "n",
            "strategy",
            "best known",
            "at best known size",
            "size",
            "evaluations",
            "CPU s",
            "SorterHunter, CPU s",
        ],
        rows,
    })
}

/// The comparators that a genome's calls amount to; none where there is any other call than of two constants.
fn network(genome: &Genome) -> Option<Vec<(u32, u32)>> {
    let anatomy = genome.anatomy();
    let view = ModuleView::parse(genome.bytes().get(anatomy.body()?.range.clone())?).ok()?;
    let mut found = None;
    for function in view.defined() {
        let body = view.function(function).ok()?;
        let mut comparators = Vec::new();
        for (at, instr) in body.instrs.iter().enumerate() {
            let Operator::Call { function_index } = instr.op else { continue };
            if view.type_of(function_index)?.results().len() != 0 {
                continue;
            }
            match (body.op(at.checked_sub(2)?)?, body.op(at - 1)?) {
                (&Operator::I32Const { value: i }, &Operator::I32Const { value: j }) => {
                    comparators.push((u32::try_from(i).ok()?, u32::try_from(j).ok()?));
                }
                _ => return None,
            }
        }
        if !comparators.is_empty() && found.replace(comparators).is_some() {
            return None;
        }
    }
    found
}

/// Whether the comparators put every vector of `n` zeros and ones in order.
fn sorts(network: &[(u32, u32)], n: u32) -> bool {
    let in_range = network.iter().all(|&(i, j)| i < n && j < n && i != j);
    in_range
        && (0..1_u32 << n).all(|vector| {
            let mut bits = vector;
            for &(i, j) in network {
                let (a, b) = (bits >> i & 1, bits >> j & 1);
                bits = bits & !(1 << i) & !(1 << j) | (a & b) << i | (a | b) << j;
            }
            let n_ones = vector.count_ones();
            bits == ((1_u32 << n_ones) - 1) << (n - n_ones)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::entrant;

    #[test]
    fn the_shipped_networks_are_read_and_sort() {
        for (name, n, size) in [("n008", 8, 19), ("n011", 11, 35)] {
            let genome = entrant(&family("sorting-networks").join(name).join("best.wat")).unwrap().genome;
            let mut network = network(&genome).unwrap();
            assert_eq!(network.len(), size);
            assert!(sorts(&network, n));
            network.remove(size / 2);
            assert!(!sorts(&network, n));
        }
    }
}

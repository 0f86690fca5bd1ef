//! Sorting networks: comparators left out one by one, and each champion's network judged apart from its genome.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use flux_evolve::engine::Champion;
use flux_evolve::policy::EvolutionPolicy;
use flux_genome::gene::{self, Gene, GeneKind, GeneMap, Place};
use flux_genome::view::{Instr, ModuleView};
use flux_genome::{Bounds, Genome, text};
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use wasm_encoder::{CustomSection, Section};
use wasmparser::Operator;

use crate::contest::{Contest, Next, Spent, family};
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

/// Runs the family from each `random.wat`, to which a gene map is added: so operators that change genes change whole
/// comparators.
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
            let (mut sizes, mut evaluations, mut seconds) = (vec![], vec![], vec![]);
            let mut n_solved = 0;
            for seed in 1..=contest.n_seeds {
                let (found, genome, spent) =
                    shrink(contest, &policy, &arena, &founder, problem.best, seed, &size)?;
                n_solved += u64::from(found <= problem.best);
                tell(&format!(
                    "{} {} seed {seed}: {found} comparators, {} evaluations, {:.1} CPU s",
                    problem.name,
                    strategy.name(),
                    spent.n_evaluations,
                    spent.seconds
                ));
                contest.keep(&format!("{}-{}-{seed}", problem.name, strategy.name()), &genome)?;
                sizes.push(found as f64);
                evaluations.push(spent.n_evaluations as f64);
                seconds.push(spent.seconds);
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

/// One attempt: the size of the smallest network that was found, its genome, and what that took.
///
/// A champion that sorts and is no network any more does not count: the run begins again with the last one that is.
/// A run that has lost its patience begins again with the founder.
fn shrink(
    contest: &Contest,
    policy: &EvolutionPolicy,
    arena: &Arena,
    founder: &Path,
    target: usize,
    seed: u64,
    size: &dyn Fn(&Genome) -> Option<usize>,
) -> Result<(usize, Arc<Genome>, Spent), Box<dyn Error>> {
    let mut spent = Spent::begin();
    let founder = mapped(founder)?;
    let n_first = size(&founder.genome).ok_or("the founder is a network")?;
    let mut best = (n_first, Arc::new(founder.genome.clone()));
    let mut last = Arc::clone(&best.1);
    let mut n_runs = 0;
    while best.0 > target && !contest.is_over(&spent) {
        let founders = [Entrant { name: founder.name.clone(), genome: (*last).clone() }];
        let mut look = |_: &Champion, genome: &Arc<Genome>| match size(genome) {
            None => Next::Again,
            Some(found) => {
                last = Arc::clone(genome);
                if found <= best.0 {
                    best = (found, Arc::clone(genome));
                }
                if found <= target { Next::Stop } else { Next::GoOn }
            }
        };
        let run = contest.pursue(arena, &founders, policy, seed + (n_runs << 32), &mut spent, &mut look)?;
        if run.stop().is_some() {
            last = Arc::new(founder.genome.clone());
        }
        n_runs += 1;
    }
    Ok((best.0, best.1, spent))
}

/// A founder with a gene map: each comparator is a gene, and each of its two numbers, which may be any that there are.
fn mapped(path: &Path) -> Result<Entrant, Box<dyn Error>> {
    let module = wat::parse_bytes(&fs::read(path)?)?.into_owned();
    let view = ModuleView::parse(&module)?;
    let run =
        view.exports.iter().find(|export| export.name == "run").ok_or("the founder exports `run`")?.index;
    let body = view.function(run)?;
    let mut genes = Vec::new();
    let mut greatest = 0;
    for (at, instr) in body.instrs.iter().enumerate() {
        let Operator::Call { .. } = instr.op else { continue };
        let first = (at as u32).checked_sub(2).ok_or("a comparator has two numbers")?;
        let place = |range| Place::Code { function: run, range };
        let number = genes.len() / 3;
        genes.push(Gene {
            name: format!("comparator {number}"),
            kind: GeneKind::Window,
            place: place(first..first + 3),
            bounds: gene::Bounds::None,
        });
        for (side, at) in [('i', first), ('j', first + 1)] {
            let Some(&Operator::I32Const { value }) = body.op(at as usize) else {
                return Err("a comparator has two numbers".into());
            };
            greatest = greatest.max(i64::from(value));
            genes.push(Gene {
                name: format!("{side} {number}"),
                kind: GeneKind::Constant,
                place: place(at..at + 1),
                bounds: gene::Bounds::None,
            });
        }
    }
    for gene in genes.iter_mut().filter(|gene| gene.kind == GeneKind::Constant) {
        gene.bounds = gene::Bounds::Integer { low: 0, high: greatest };
    }
    let map = GeneMap { genes }.encode();
    let section = CustomSection { name: gene::SECTION.into(), data: map.into() };
    let mut module = module.clone();
    section.append_to(&mut module);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Entrant { name, genome: text::from_binary(module, &Bounds::DEFAULT)? })
}

/// The comparators that a genome's calls amount to; none where they are not plain: some call's numbers are not constants,
/// or there is other code than constants, locals and calls beside them.
fn network(genome: &Genome) -> Option<Vec<(u32, u32)>> {
    let anatomy = genome.anatomy();
    let view = ModuleView::parse(genome.bytes().get(anatomy.body()?.range.clone())?).ok()?;
    let is_comparator = |function: u32| {
        view.type_of(function).is_some_and(|ty| ty.results().is_empty() && ty.params().len() == 2)
    };
    let mut found = None;
    for function in view.defined() {
        let body = view.function(function).ok()?;
        let calls = |instr: &Instr<'_>| matches!(instr.op, Operator::Call { function_index } if is_comparator(function_index));
        if !body.instrs.iter().any(calls) {
            continue;
        }
        // What is known of the values on the stack and in the locals.
        let mut stack: Vec<Option<i32>> = Vec::new();
        let mut locals: Vec<Option<i32>> = vec![Some(0); body.locals.len()];
        locals.iter_mut().take(body.params as usize).for_each(|param| *param = None);
        let mut comparators = Vec::new();
        for instr in &body.instrs {
            match instr.op {
                Operator::I32Const { value } => stack.push(Some(value)),
                Operator::LocalGet { local_index } => stack.push(*locals.get(local_index as usize)?),
                Operator::LocalSet { local_index } => *locals.get_mut(local_index as usize)? = stack.pop()?,
                Operator::LocalTee { local_index } => {
                    *locals.get_mut(local_index as usize)? = *stack.last()?;
                }
                Operator::Drop | Operator::GlobalSet { .. } => {
                    stack.pop()?;
                }
                Operator::GlobalGet { .. } => stack.push(None),
                Operator::Call { function_index } if is_comparator(function_index) => {
                    let (j, i) = (stack.pop()??, stack.pop()??);
                    let (i, j) = (place(i), place(j));
                    comparators.push((i.min(j), i.max(j)));
                }
                Operator::Nop | Operator::Return | Operator::End => {}
                _ => return None,
            }
        }
        if found.replace(comparators).is_some() {
            return None;
        }
    }
    found
}

/// Which number a comparator's constant means: it is shifted by three bits for the address, and what falls out at the
/// top does not count.
fn place(constant: i32) -> u32 {
    constant.cast_unsigned() << 3 >> 3
}

/// Whether the comparators put every vector of `n` zeros and ones in order.
fn sorts(network: &[(u32, u32)], n: u32) -> bool {
    let in_range = network.iter().all(|&(i, j)| i < n && j < n);
    in_range
        && (0..1_u32 << n).all(|vector| {
            let mut bits = vector;
            for &(i, j) in network.iter().filter(|(i, j)| i != j) {
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

//! What do single mutations do? For some shipped arenas and every operator, the share of mutations of the best rival
//! that find no site, that change behaviour, and that keep it with fewer, as many or more cycles.
//!
//! `cargo run --release -p flux-benches --bin effect [SEEDS] [ARENA]...`; the defaults are 300 seeds and the arenas
//! `gcd`, `sort8` and `crc8`. An operator that never does anything useful is a finding.
//!
//! Behaviour is judged on the cases of two rounds: a child keeps it if it ends as its parent does on each of them and
//! is as right. It is therefore an upper bound: a difference that no case shows is not seen.

#![expect(clippy::print_stdout, reason = "its output is a table")]

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use flux_genome::mutate::{MutateError, OperatorKind, mutate};
use flux_genome::{Bounds, text};
use flux_run::arena::Arena;
use flux_run::referee::{Evaluation, Referee, Round};
use flux_sandbox::Sandbox;

/// Mutations of each operator and arena.
const SEEDS: u64 = 300;

/// The arenas that are looked at.
const ARENAS: [&str; 3] = ["gcd", "sort8", "crc8"];

/// How many rounds of cases a child is tried on.
const ROUNDS: u32 = 2;

/// What one mutation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effect {
    /// The operator found no site.
    Inapplicable,
    /// The child is no genome.
    Refused,
    /// The child does something else.
    Changed,
    /// It does the same with fewer cycles.
    Faster,
    /// It does the same with as many cycles.
    Neutral,
    /// It does the same with more cycles.
    Slower,
}

impl Effect {
    const ALL: [Self; 6] =
        [Self::Inapplicable, Self::Refused, Self::Changed, Self::Faster, Self::Neutral, Self::Slower];

    fn name(self) -> &'static str {
        match self {
            Self::Inapplicable => "no site",
            Self::Refused => "refused",
            Self::Changed => "changed",
            Self::Faster => "faster",
            Self::Neutral => "neutral",
            Self::Slower => "slower",
        }
    }
}

/// How often each effect was seen.
type Counts = BTreeMap<Effect, u64>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).peekable();
    let n_seeds = match arguments.peek().and_then(|argument| argument.parse().ok()) {
        Some(n_seeds) => {
            arguments.next();
            n_seeds
        }
        None => SEEDS,
    };
    let mut arenas: Vec<String> = arguments.collect();
    if arenas.is_empty() {
        arenas = ARENAS.map(str::to_owned).into();
    }
    let sandbox = Sandbox::new()?;
    let mut all: BTreeMap<OperatorKind, Counts> = BTreeMap::new();
    for name in &arenas {
        let found = look_at(&sandbox, name, n_seeds)?;
        for (operator, counts) in found {
            for (effect, n) in counts {
                *all.entry(operator).or_default().entry(effect).or_default() += n;
            }
        }
    }
    print("all arenas", &all);
    for (operator, counts) in &all {
        let useful = n_of(counts, Effect::Changed) + n_of(counts, Effect::Faster);
        if useful == 0 {
            println!("finding: `{operator}` neither changes behaviour nor saves cycles in these arenas");
        }
    }
    Ok(())
}

/// Mutates the best rival of an arena with every operator and prints what came of it.
fn look_at(
    sandbox: &Sandbox,
    name: &str,
    n_seeds: u64,
) -> Result<BTreeMap<OperatorKind, Counts>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../genomes").join(name);
    let arena = Arena::load(&folder)?;
    let referee = Referee::new(sandbox, &arena, arena.seed)?;
    let rounds: Vec<Round> = (0..ROUNDS).map(|number| referee.round(number)).collect::<Result<_, _>>()?;
    // The best rival comes first, and gives code to nobody; the second is the donor.
    let mut rivals = arena.rivals.iter();
    let mut module = || -> Result<Vec<u8>, Box<dyn Error>> {
        let rival = rivals.next().ok_or("expected two rivals in the arena")?;
        Ok(wat::parse_bytes(&fs::read(&rival.path)?)?.into_owned())
    };
    let (parent, donor) = (module()?, module()?);
    let before = referee.evaluate(&text::from_binary(parent.clone(), &Bounds::DEFAULT)?, &rounds);
    let mut found: BTreeMap<OperatorKind, Counts> = BTreeMap::new();
    for operator in OperatorKind::GENERAL {
        let counts = found.entry(operator).or_default();
        for seed in 0..n_seeds {
            let effect = match mutate(&parent, operator, Some(&donor), seed) {
                Err(MutateError::Inapplicable { .. }) => Effect::Inapplicable,
                Err(error) => return Err(error.into()),
                Ok(child) => match text::from_binary(child.module, &Bounds::DEFAULT) {
                    Ok(child) => compare(&before, &referee.evaluate(&child, &rounds)),
                    Err(_) => Effect::Refused,
                },
            };
            *counts.entry(effect).or_default() += 1;
        }
    }
    let title =
        format!("{name}: {} bytes, {} trials a child, {n_seeds} seeds", parent.len(), before.trials.len());
    print(&title, &found);
    Ok(found)
}

/// Holds a child's trials against its parent's.
fn compare(before: &Evaluation, after: &Evaluation) -> Effect {
    let same = before.trials.len() == after.trials.len()
        && before.trials.iter().zip(&after.trials).all(|(before, after)| {
            before.ending == after.ending && before.trial.correct == after.trial.correct
        });
    if !same {
        return Effect::Changed;
    }
    let cycles = |evaluation: &Evaluation| evaluation.trials.iter().map(|report| report.trial.cycles).sum();
    let (before, after): (u64, u64) = (cycles(before), cycles(after));
    match after.cmp(&before) {
        std::cmp::Ordering::Less => Effect::Faster,
        std::cmp::Ordering::Equal => Effect::Neutral,
        std::cmp::Ordering::Greater => Effect::Slower,
    }
}

fn n_of(counts: &Counts, effect: Effect) -> u64 {
    counts.get(&effect).copied().unwrap_or_default()
}

/// Prints shares in per cent of all mutations tried.
fn print(title: &str, found: &BTreeMap<OperatorKind, Counts>) {
    println!("{title}");
    print!("{:<20}", "operator");
    for effect in Effect::ALL {
        print!("{:>9}", effect.name());
    }
    println!();
    for (operator, counts) in found {
        let n_all: u64 = counts.values().sum();
        print!("{operator:<20}");
        for effect in Effect::ALL {
            match n_of(counts, effect) {
                0 => print!("{:>9}", "-"),
                n => print!("{:>8.1}%", n as f64 * 100.0 / n_all as f64),
            }
        }
        println!();
    }
    println!();
}

use std::path::Path;

use flux_bank::Bank;
use flux_evolve::policy::{StopPolicy, Strategy};
use flux_genome::text;

use crate::testing::sandbox;

use super::*;

/// Four of the number, the long way round.
const FOUNDER: &str = r#"(module (func (export "run") (param i64) (result i64)
    (i64.add (i64.add (local.get 0) (i64.add (local.get 0) (i64.const 0)))
             (i64.mul (i64.add (local.get 0) (local.get 0)) (i64.const 1)))))"#;

const ARENA: &str = r#"
name = "fourfold"
world = "program"
held_out = 0.3
[budget]
cycles = 1000
[[case]]
input = [1]
expected = [4]
[[case]]
input = [0]
expected = [0]
[[case]]
input = [-3]
expected = [-12]
[[case]]
input = [1000000007]
expected = [4000000028]
[[case]]
input = [25]
expected = [100]
"#;

fn arena() -> Arena {
    Arena::parse("arena.toml", ARENA, Path::new(".")).unwrap()
}

fn founders() -> Vec<Entrant> {
    let genome = text::compile(FOUNDER, &Bounds::DEFAULT).unwrap();
    vec![Entrant { name: "long".to_owned(), genome }]
}

fn options(strategy: Strategy, jobs: usize) -> Options {
    let policy = EvolutionPolicy {
        strategy,
        population: 12,
        children: 24,
        islands: 2,
        migrate_every: 3,
        stop: StopPolicy { generations: 12, ..StopPolicy::default() },
        ..EvolutionPolicy::default()
    };
    Options { policy, jobs: NonZeroUsize::new(jobs).unwrap(), ..Options::default() }
}

fn roots(run: &mut Evolution<'_>) -> Vec<String> {
    let mut roots = Vec::new();
    while run.stop().is_none() {
        roots.push(run.step(&|_| None).unwrap().root);
    }
    roots
}

#[test]
fn every_strategy_finds_something_cheaper_whatever_the_threads() {
    let arena = arena();
    for strategy in Strategy::ALL {
        let mut one = Evolution::begin(sandbox(), &arena, &founders(), &options(strategy, 1)).unwrap();
        let mut two = Evolution::begin(sandbox(), &arena, &founders(), &options(strategy, 2)).unwrap();
        assert_eq!(roots(&mut one), roots(&mut two), "{strategy:?}");
        let (ours, theirs) = (one.finish(2).unwrap(), two.finish(2).unwrap());
        assert_eq!(ours, theirs);
        assert!(ours.is_better, "{strategy:?}");
        assert!(ours.speedup.unwrap() > 1.0);
        assert_eq!(ours.genome.id(), ours.champion.variant.genome);
    }
}

#[test]
fn a_run_that_is_taken_up_again_ends_as_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut bank = Bank::open(&folder.path().join("test.bank")).unwrap();
    let arena = arena();
    let options = options(Strategy::Islands, 2);
    let begin = || Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();

    let whole = roots(&mut begin());
    for stop_at in [1, 2, 7] {
        let name = format!("stops-{stop_at}");
        let mut run = begin();
        let id = archive::begin(&mut bank, &name, &run, ".").unwrap();
        for _ in 0..stop_at {
            let step = run.step(&|_| None).unwrap();
            archive::keep(&mut bank, id, &run, &step).unwrap();
        }
        drop(run);

        let archived = archive::find(&bank, &name).unwrap();
        let founders = archived.founders(&bank, &Bounds::DEFAULT).unwrap();
        let mut run = Evolution::begin(sandbox(), &arena, &founders, &options).unwrap();
        let mut n_seen = 0;
        archived.restore(&bank, &mut run, &Bounds::DEFAULT, |_| n_seen += 1).unwrap();
        assert_eq!(n_seen, stop_at);
        let remembered = |key: &blake3::Hash| bank.score(&flux_bank::Hash(*key.as_bytes())).unwrap();
        let mut rest = Vec::new();
        while run.stop().is_none() {
            rest.push(run.step(&remembered).unwrap().root);
        }
        assert_eq!(rest, whole[stop_at..]);
        assert_eq!(run.finish(1).unwrap(), {
            let mut unbroken = begin();
            roots(&mut unbroken);
            unbroken.finish(1).unwrap()
        });
    }
    assert!(bank.check().unwrap().is_sound());
}

#[test]
fn what_was_kept_is_not_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut bank = Bank::open(&folder.path().join("test.bank")).unwrap();
    let arena = arena();
    let options = options(Strategy::Tournament, 1);
    let mut first = Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();
    let id = archive::begin(&mut bank, "first", &first, ".").unwrap();
    let mut n_kept = 0;
    while first.stop().is_none() {
        let step = first.step(&|_| None).unwrap();
        n_kept += step.facts.len() as u64;
        archive::keep(&mut bank, id, &first, &step).unwrap();
    }
    let mut second = Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();
    let remembered = |key: &blake3::Hash| bank.score(&flux_bank::Hash(*key.as_bytes())).unwrap();
    while second.stop().is_none() {
        second.step(&remembered).unwrap();
    }
    assert_eq!(first.root(), second.root());
    // Who was dropped below the bar was not measured to the end, and is no fact to keep.
    assert!(n_kept > 20, "{n_kept}");
    assert_eq!(second.counts().measured, first.counts().measured - n_kept);
}

#[test]
fn a_record_of_another_run_is_told_apart() {
    let arena = arena();
    let options = options(Strategy::Tournament, 1);
    let mut run = Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();
    let first = run.step(&|_| None).unwrap();
    let second = run.step(&|_| None).unwrap();
    let begin = || Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();
    assert!(matches!(begin().retell(&second.record), Err(EvolutionError::Record { generation: 0, .. })));
    let mut damaged = first.record.clone();
    damaged.truncate(damaged.len() / 2);
    assert!(matches!(begin().retell(&damaged), Err(EvolutionError::Record { generation: 0, .. })));
    let mut again = begin();
    assert_eq!(again.retell(&first.record).unwrap().root, first.root);
    assert_eq!(again.retell(&second.record).unwrap().root, second.root);
}

#[test]
fn preserving_goes_by_the_founder_and_not_by_the_arena() {
    // The arena expects nonsense; the founder's own answers count.
    let text =
        ARENA.replace("expected = [4]", "expected = [5]").replace("expected = [100]", "expected = [1]");
    let arena = Arena::parse("arena.toml", &text, Path::new(".")).unwrap();
    let mut options = options(Strategy::Tournament, 1);
    options.policy.preserve = true;
    options.policy.stop.generations = 20;
    let mut run = Evolution::begin(sandbox(), &arena, &founders(), &options).unwrap();
    roots(&mut run);
    let finish = run.finish(1).unwrap();
    assert!(finish.is_better);
    assert_eq!(finish.champion.variant.measure.score.confidence, 1.0);
    assert_eq!(finish.founder.selection.confidence, 1.0);
}

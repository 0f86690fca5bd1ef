use std::sync::Mutex;

use super::*;
use crate::record::TournamentRecordV1;
use crate::testing::{DOUBLE, DOUBLE_SLOWLY, doubling, entrant, sandbox};

/// Always right but for the sign of what it is given, and cheap.
const CONSTANT: &str = r#"(module (func (export "run") (param i64) (result i64) (i64.const 4)))"#;
const TRAP: &str = r#"(module (func (export "run") (param i64) (result i64) (unreachable)))"#;

fn held(entrants: &[Entrant], options: &Options) -> Tournament {
    let (_folder, arena) = doubling();
    hold(sandbox(), &arena, entrants, options, &|_| {}).unwrap()
}

fn names(tournament: &Tournament) -> Vec<&str> {
    tournament.standings.iter().map(|standing| standing.name.as_str()).collect()
}

#[test]
fn the_cheaper_of_two_right_genomes_wins_and_a_wrong_one_never_does() {
    let entrants = [
        entrant("constant", CONSTANT),
        entrant("slow", DOUBLE_SLOWLY),
        entrant("trap", TRAP),
        entrant("double", DOUBLE),
    ];
    let tournament = held(&entrants, &Options::default());
    assert_eq!(names(&tournament), ["double", "slow", "constant", "trap"]);
    let gates: Vec<bool> = tournament.standings.iter().map(|standing| standing.meets_gate).collect();
    assert_eq!(gates, [true, true, false, false]);
    let [first, second, ..] = &tournament.standings[..] else { panic!("four entrants") };
    assert!(first.score.cycles_per_result < second.score.cycles_per_result);
    assert_eq!((tournament.seed, tournament.rounds, tournament.cost_table), (1, 1, "cycles/1"));
}

#[test]
fn cheats_never_stand_above_an_honest_genome() {
    let cheats = [
        ("trap at once", TRAP),
        ("return early", CONSTANT),
        (
            "spin on free operators",
            r#"(module (func (export "run") (param i64) (result i64) (loop (nop) (block (nop)) (br 0)) (unreachable)))"#,
        ),
        (
            "grow memory",
            r#"(module (memory 0) (func (export "run") (param i64) (result i64)
                (drop (memory.grow (i32.const 1000))) (i64.mul (local.get 0) (i64.const 2))))"#,
        ),
        (
            "fill for free",
            r#"(module (memory 1) (func (export "run") (param i64) (result i64)
                (memory.fill (i32.const 0) (i32.const 2) (i32.const 9000)) (i64.mul (local.get 0) (i64.const 2))))"#,
        ),
        (
            "claim confidence",
            r#"(module (func (export "run") (param i64) (result i64 i64) (i64.const 4) (i64.const 100)))"#,
        ),
        (
            "not a number",
            r#"(module (func (export "run") (param i64) (result i64) (i64.reinterpret_f64 (f64.div (f64.const 0) (f64.const 0)))))"#,
        ),
        (
            "ask for more",
            r#"(module (import "log" "write" (func $write (param i32 i32 i32))) (memory 1)
                (func (export "run") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))"#,
        ),
    ];
    let mut entrants: Vec<Entrant> = cheats.iter().map(|(name, text)| entrant(name, text)).collect();
    entrants.push(entrant("honest", DOUBLE_SLOWLY));
    let tournament = held(&entrants, &Options::default());
    assert_eq!(names(&tournament)[0], "honest");
}

#[test]
fn the_record_is_the_same_with_any_number_of_threads() {
    let entrants = [entrant("slow", DOUBLE_SLOWLY), entrant("trap", TRAP), entrant("double", DOUBLE)];
    let json = |jobs| {
        let options = Options { rounds: 3, jobs: NonZeroUsize::new(jobs).unwrap(), ..Options::default() };
        serde_json::to_string(&TournamentRecordV1::from(&held(&entrants, &options))).unwrap()
    };
    let alone = json(1);
    for jobs in [1, 2, 7] {
        assert_eq!(alone, json(jobs));
    }
}

#[test]
fn records_have_sorted_keys_and_round_trip() {
    let entrants = [entrant("double", DOUBLE), entrant("trap", TRAP)];
    let record = TournamentRecordV1::from(&held(&entrants, &Options::default()));
    let json = serde_json::to_string(&record).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json, serde_json::to_string(&value).unwrap());
    assert_eq!(record, serde_json::from_str(&json).unwrap());
    let keys =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    insta::assert_snapshot!(keys(&value), @"arena cases cost_table gate rounds schema seed standings title trust_policy");
    insta::assert_snapshot!(keys(&value["standings"][0]), @"genome held_out len_bytes meets_gate name place score selection trials");
    insta::assert_snapshot!(keys(&value["standings"][0]["score"]), @"confidence cycles_per_result fitness trust");
    insta::assert_snapshot!(keys(&value["standings"][0]["trials"][0]), @"case conduct correct cycles ending held_out memory_peak_bytes note round weight_thousandths");
}

#[test]
fn seeds_change_what_is_drawn_and_nothing_else() {
    let entrants = [entrant("double", DOUBLE)];
    let seeded = |seed| held(&entrants, &Options { seed, ..Options::default() });
    assert_eq!(seeded(None), seeded(Some(1)));
    let other = seeded(Some(2));
    assert_eq!(other.seed, 2);
    let sides = |tournament: &Tournament| -> Vec<_> {
        let trials = &tournament.standings[0].evaluation.trials;
        trials.iter().map(|report| (report.case.clone(), report.trial.side)).collect()
    };
    assert_eq!(sides(&other), sides(&seeded(None)));
}

#[test]
fn the_same_genome_entered_twice_shares_a_place() {
    let entrants = [entrant("b", DOUBLE), entrant("slow", DOUBLE_SLOWLY), entrant("a", DOUBLE)];
    let tournament = held(&entrants, &Options::default());
    let places: Vec<(usize, &str)> =
        tournament.standings.iter().map(|standing| (standing.place, standing.name.as_str())).collect();
    assert_eq!(places, [(1, "b"), (1, "a"), (3, "slow")]);
}

#[test]
fn progress_counts_every_trial_once() {
    let (_folder, arena) = doubling();
    let seen = Mutex::new(Vec::new());
    let options = Options { rounds: 2, jobs: NonZeroUsize::new(2).unwrap(), ..Options::default() };
    let note = |progress: Progress| seen.lock().unwrap().push(progress);
    hold(sandbox(), &arena, &[entrant("double", DOUBLE)], &options, &note).unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.sort_by_key(|progress| progress.done);
    let expect: Vec<Progress> = (1..=14).map(|done| Progress { done, total: 14 }).collect();
    assert_eq!(seen, expect);
}

#[test]
fn limits_are_told_with_their_figures() {
    let (_folder, arena) = doubling();
    let error = |entrants: &[Entrant], rounds| {
        let options = Options { rounds, ..Options::default() };
        hold(sandbox(), &arena, entrants, &options, &|_| {}).unwrap_err().to_string()
    };
    let double = entrant("double", DOUBLE);
    assert_eq!(error(std::slice::from_ref(&double), 0), "expected at least one round, found none");
    assert_eq!(error(&[], 1), "expected at least one genome, found none");
    assert_eq!(
        error(std::slice::from_ref(&double), MAX_ROUNDS + 1),
        "the tournament has 10001 rounds, the limit is 10000"
    );
    let many = vec![double; MAX_ENTRANTS + 1];
    assert_eq!(error(&many, 1), "the tournament has 4097 entrants, the limit is 4096");
    let trials = "the tournament has 286720000 trials (entrants x rounds x cases), the limit is 1000000";
    assert_eq!(error(&many[1..], MAX_ROUNDS), trials);
}

use flux_evolve::trial::Conduct;
use flux_sandbox::{Trap, TrapKind};

use super::*;
use crate::testing::{DOUBLE, arena, doubling, entrant, sandbox};
use crate::verdict::Verdict;

/// Evaluates a genome of text on one round of an arena.
fn evaluate(arena: &Arena, text: &str) -> Evaluation {
    let referee = Referee::new(sandbox(), arena, arena.seed).unwrap();
    let round = referee.round(0).unwrap();
    referee.evaluate(&entrant("it", text).genome, &[round])
}

/// Conduct, correctness, ending and note of each trial, one a line.
fn summary(evaluation: &Evaluation) -> String {
    let line = |report: &TrialReport| {
        let passed = if report.trial.correct { "right" } else { "wrong" };
        let note = report.note.as_deref().unwrap_or("-");
        format!("{}: {}, {passed}, {}, {note}\n", report.case, report.trial.conduct, report.ending)
    };
    evaluation.trials.iter().map(line).collect()
}

#[test]
fn a_right_genome_passes_every_case() {
    let (_folder, arena) = doubling();
    let evaluation = evaluate(&arena, DOUBLE);
    let all = evaluation.tally.all();
    assert_eq!((all.n_trials, all.n_correct, all.weight, all.passed_weight), (7, 7, 8000, 8000));
    assert_eq!(evaluation.tally.held_out.n_trials, 2);
    assert_eq!(evaluation.score(&TrustPolicy::default()).confidence, 1.0);
    assert!(evaluation.trials.iter().all(|report| report.note.is_none() && report.trial.cycles > 0));
}

#[test]
fn every_way_to_fail_is_told_apart() {
    let (_folder, arena) = doubling();
    let only_twos = r#"(module (func (export "run") (param i64) (result i64) (i64.const 4)))"#;
    insta::assert_snapshot!(summary(&evaluate(&arena, only_twos)), @r#"
    case-1: clean, right, result, -
    case-2: clean, wrong, result, expected [6], found [4]
    case-3: clean, wrong, result, expected [-2], found [4]
    weighty: clean, wrong, result, expected [0], found [4]
    random-1: clean, wrong, result, expected [-1848778], found [4]
    random-2: clean, wrong, result, expected [139066], found [4]
    random-3: clean, wrong, result, expected [141870], found [4]
    "#);
    let first = |text| summary(&evaluate(&arena, text)).lines().next().unwrap_or_default().to_owned();
    let fails = [
        r#"(module (func $dig (export "run") (param i64) (result i64) (unreachable)))"#,
        r#"(module (func (export "run") (param i64) (result i64) (loop (br 0)) (unreachable)))"#,
        r#"(module (memory 100) (func (export "run") (param i64) (result i64) (local.get 0)))"#,
        r#"(module (import "random" "next" (func $next (result i64)))
            (func (export "run") (param i64) (result i64) (call $next)))"#,
        r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32) (i32.const 0) (i32.const 0)))"#,
    ];
    insta::assert_snapshot!(fails.map(first).join("\n"), @r#"
    case-1: trapped, wrong, trap:unreachable, trap: `unreachable` was reached in `dig`
    case-1: exhausted, wrong, out-of-fuel, out of fuel
    case-1: exhausted, wrong, over-memory, over memory
    case-1: refused, wrong, refused:not-granted, the genome imports what is not granted: random
    case-1: refused, wrong, refused:wrong-input, the genome is of world `ecosystem` and was given an input for another
    "#);
}

#[test]
fn evaluation_does_not_depend_on_what_was_evaluated_before() {
    let (_folder, arena) = doubling();
    let referee = Referee::new(sandbox(), &arena, 5).unwrap();
    let rounds = [referee.round(0).unwrap(), referee.round(1).unwrap()];
    let genome = entrant("double", DOUBLE).genome;
    let first = referee.evaluate(&genome, &rounds);
    let _ = referee.evaluate(
        &entrant("trap", r#"(module (func (export "run") (result i64) (unreachable)))"#).genome,
        &rounds,
    );
    assert_eq!(first, referee.evaluate(&genome, &rounds));
}

#[test]
fn rounds_keep_the_written_cases_and_draw_the_others_anew() {
    let (_folder, arena) = doubling();
    let referee = Referee::new(sandbox(), &arena, 5).unwrap();
    let (first, second) = (referee.round(0).unwrap(), referee.round(1).unwrap());
    assert_eq!(first.cases[..4], second.cases[..4]);
    assert_eq!(first.cases.len(), 7);
    for (a, b) in first.cases[4..].iter().zip(&second.cases[4..]) {
        assert!(a.task != b.task && a.side == b.side && a.name == b.name);
    }
    assert_eq!(first, referee.round(0).unwrap());
    assert_ne!(first.cases, Referee::new(sandbox(), &arena, 6).unwrap().round(0).unwrap().cases);
}

#[test]
fn an_oracle_without_an_answer_is_the_arenas_mistake() {
    let text = crate::testing::DOUBLING;
    let (_folder, arena) = arena(
        text,
        &[("double.wat", r#"(module (func (export "run") (param i64) (result i64) (unreachable)))"#)],
    );
    let error = Referee::new(sandbox(), &arena, 1).unwrap().round(0).unwrap_err().to_string();
    let start = "the oracle of arena `doubling` has no answer for case `random-1` of round 1, input [";
    assert!(
        error.starts_with(start) && error.ends_with("trap: `unreachable` was reached in function 0"),
        "{error}"
    );
}

#[test]
fn an_oracle_may_spend_more_than_a_variant() {
    let slow = r#"(module (func (export "run") (param $n i64) (result i64) (local $i i32)
        (loop $again
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $i) (i32.const 10000))))
        (i64.mul (local.get $n) (i64.const 2))))"#;
    let (_folder, arena) = arena(crate::testing::DOUBLING, &[("double.wat", slow)]);
    assert_eq!(evaluate(&arena, DOUBLE).tally.all().n_correct, 7);
    assert_eq!(evaluate(&arena, slow).tally.all().n_of(Conduct::Exhausted), 7);
}

#[test]
fn house_genomes_must_fit_the_arena() {
    let answer = r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32) (i32.const 0) (i32.const 0)))"#;
    let log = r#"(module (import "random" "next" (func $next (result i64)))
        (func (export "run") (param i64) (result i64) (call $next)))"#;
    let error = |oracle: &str| {
        let (_folder, arena) = arena(crate::testing::DOUBLING, &[("double.wat", oracle)]);
        Referee::new(sandbox(), &arena, 1).err().map(|error| error.to_string()).unwrap_or_default()
    };
    insta::assert_snapshot!(error(answer), @"genome `double.wat` of the arena: expected world `program`, found `ecosystem`");
    insta::assert_snapshot!(error(log), @"genome `double.wat` of the arena is refused");
    assert!(error("(module").starts_with("failed to make a genome of"));
}

#[test]
fn senses_and_acts_are_judged() {
    let text = r#"
name = "echo"
world = "program"
capabilities = ["senses"]
held_out = 0
[budget]
cycles = 10_000
[[case]]
input = [2]
senses = { 3 = [7, 8] }
acts = [[3, 7], [3, 8]]
[generate]
count = 2
oracle = "echo.wat"
input = [{ min = 1, max = 3 }]
senses = { 3 = { min = 1, max = 9, repeat = 4 } }
"#;
    let echo = r#"(module
        (import "senses" "sense" (func $sense (param i32) (result i64)))
        (import "senses" "act" (func $act (param i32 i64)))
        (func (export "run") (param $n i64) (result i64)
            (loop $again
                (call $act (i32.const 3) (call $sense (i32.const 3)))
                (local.set $n (i64.sub (local.get $n) (i64.const 1)))
                (br_if $again (i64.ne (local.get $n) (i64.const 0))))
            (i64.const 0)))"#;
    let (_folder, arena) = arena(text, &[("echo.wat", echo)]);
    assert_eq!(evaluate(&arena, echo).tally.all().n_correct, 3);
    let still = r#"(module (func (export "run") (param i64) (result i64) (i64.const 0)))"#;
    let wrong = evaluate(&arena, still);
    assert_eq!(wrong.tally.all().n_correct, 0);
    assert_eq!(wrong.trials[0].note.as_deref(), Some("expected acts [[3, 7], [3, 8]], found []"));
}

#[test]
fn of_several_agents_only_the_variants_conduct_and_cycles_count() {
    let text = |agents: &str| {
        format!(
            "name = \"two\"\nworld = \"program\"\nagents = {agents}\n[budget]\ncycles = 1_000\n\
             [[case]]\ninputs = [[1], [2]]\noutputs = [[2], [4]]\n"
        )
    };
    let trap = r#"(module (func (export "run") (param i64) (result i64) (unreachable)))"#;
    let files = [("double.wat", DOUBLE), ("trap.wat", trap)];

    let (_folder, with_partner) = arena(&text(r#"["variant", "double.wat"]"#), &files);
    let one = evaluate(&with_partner, DOUBLE);
    let (_folder, with_twin) = arena(&text(r#"["variant", "variant"]"#), &files);
    let two = evaluate(&with_twin, DOUBLE);
    assert!(one.trials[0].trial.correct && two.trials[0].trial.correct);
    assert_eq!(one.trials[0].trial.cycles * 2, two.trials[0].trial.cycles);

    let (_folder, with_bad_partner) = arena(&text(r#"["variant", "trap.wat"]"#), &files);
    insta::assert_snapshot!(summary(&evaluate(&with_bad_partner, DOUBLE)), @"case-1: clean, wrong, result, agent 2: expected a result, found trap: `unreachable` was reached in function 0");
    insta::assert_snapshot!(summary(&evaluate(&with_partner, trap)), @"case-1: trapped, wrong, trap:unreachable, trap: `unreachable` was reached in function 0");
}

#[test]
fn ecosystems_are_judged_by_their_answer() {
    let text = "name = \"parrot\"\nworld = \"ecosystem\"\n[budget]\ncycles = 1_000\n\
                [[case]]\nprompt = \"hello\"\nanswer = \"hello\"\n[[case]]\nprompt = \"hello\"\nanswer = \"world\"\nheld_out = true\n";
    let parrot = r#"(module (memory 1) (func (export "answer") (param i32 i32) (result i32 i32)
        (local.get 0) (local.get 1)))"#;
    let (_folder, arena) = arena(text, &[]);
    insta::assert_snapshot!(summary(&evaluate(&arena, parrot)), @r#"
    case-1: clean, right, result, -
    case-2: clean, wrong, result, expected `world`, found `hello`
    "#);
}

#[test]
fn an_unequal_rerun_is_the_gravest_conduct() {
    let outcome = |ending, cycles| Outcome {
        ending,
        cycles,
        acts: Vec::new(),
        log: Vec::new(),
        log_dropped: 0,
        memory_peak_bytes: 0,
    };
    let first = [outcome(Ending::Numbers(vec![1]), 10)];
    let check = |again: Outcome, expect: Conduct| {
        let mut seen = Seen::of(&[&first[0]], Verdict::Right);
        seen.compare(&[&first[0]], &[&again]);
        assert_eq!(seen.conduct, expect);
    };
    check(first[0].clone(), Conduct::Clean);
    check(outcome(Ending::Numbers(vec![1]), 11), Conduct::Unequal);
    check(outcome(Ending::Numbers(vec![2]), 10), Conduct::Unequal);
    let trap = Trap { kind: TrapKind::Unreachable, function: None };
    check(outcome(Ending::Trap(trap), 10), Conduct::Unequal);
}

use proptest::prelude::*;

use super::*;
use crate::tally::{Share, Tally};
use crate::trial::{Conduct, Side, Trial, Weight};
use crate::trust::TrustPolicy;

fn conduct() -> impl Strategy<Value = Conduct> {
    prop_oneof![4 => Just(Conduct::Clean), 1 => proptest::sample::select(&Conduct::ALL[..])]
}

fn side() -> impl Strategy<Value = Side> {
    proptest::sample::select(&[Side::Selection, Side::HeldOut][..])
}

/// Few distinct values, so that ties happen and every clause of the rule is reached.
fn trial() -> impl Strategy<Value = Trial> {
    (1_u32..4, any::<bool>(), side(), prop_oneof![0_u64..4, Just(u64::MAX)], conduct()).prop_map(
        |(weight, correct, side, cycles, conduct)| Trial {
            weight: Weight::from_thousandths(weight * 500).unwrap(),
            correct,
            side,
            cycles,
            conduct,
        },
    )
}

fn trials() -> impl Strategy<Value = Vec<Trial>> {
    proptest::collection::vec(trial(), 0..5)
}

fn contender() -> impl Strategy<Value = Contender> {
    (trials(), 1_u64..3, 0_u8..3).prop_map(|(trials, len_bytes, id)| Contender {
        score: score(trials),
        len_bytes,
        id: [id; 32],
    })
}

fn gate() -> impl Strategy<Value = Gate> {
    proptest::sample::select(&[0.0, 0.25, 0.5, 0.75, 1.0][..]).prop_map(|at| Gate::new(at).unwrap())
}

fn score(trials: impl IntoIterator<Item = Trial>) -> Score {
    Score::of(&trials.into_iter().collect::<Tally>().all(), &TrustPolicy::default())
}

fn clean(correct: bool, cycles: u64) -> Trial {
    Trial { weight: Weight::ONE, correct, side: Side::Selection, cycles, conduct: Conduct::Clean }
}

fn contend(score: Score) -> Contender {
    Contender { score, len_bytes: 1, id: [0; 32] }
}

proptest! {
    #[test]
    fn the_order_is_total(gate in gate(), a in contender(), b in contender(), c in contender()) {
        let ab = compare(gate, &a, &b);
        prop_assert_eq!(ab, compare(gate, &b, &a).reverse());
        prop_assert_eq!(compare(gate, &a, &a), Ordering::Equal);
        if ab == Ordering::Equal {
            prop_assert_eq!(a, b);
            prop_assert_eq!(compare(gate, &a, &c), compare(gate, &b, &c));
        }
        if ab == compare(gate, &b, &c) {
            prop_assert_eq!(ab, compare(gate, &a, &c));
        }
    }

    #[test]
    fn ranking_does_not_depend_on_the_order_of_entry(
        gate in gate(),
        contenders in proptest::collection::vec(contender(), 0..8),
    ) {
        let ranked: Vec<Contender> = rank(gate, &contenders).into_iter().map(|at| contenders[at]).collect();
        let reversed: Vec<Contender> = contenders.iter().rev().copied().collect();
        let again: Vec<Contender> = rank(gate, &reversed).into_iter().map(|at| reversed[at]).collect();
        prop_assert_eq!(ranked, again);
    }

    #[test]
    fn below_the_gate_more_correctness_never_loses_to_speed(a in contender(), b in contender()) {
        let gate = Gate::ALL_CASES;
        if !gate.is_met(&a.score) && !gate.is_met(&b.score) && a.score.confidence > b.score.confidence {
            prop_assert_eq!(compare(gate, &a, &b), Ordering::Less);
        }
    }

    #[test]
    fn whoever_meets_the_gate_stands_before_whoever_does_not(gate in gate(), a in contender(), b in contender()) {
        if gate.is_met(&a.score) && !gate.is_met(&b.score) {
            prop_assert_eq!(compare(gate, &a, &b), Ordering::Less);
        }
    }

    #[test]
    fn factors_are_finite_and_in_range(trials in trials()) {
        let score = score(trials);
        prop_assert!((0.0..=1.0).contains(&score.confidence));
        prop_assert!(score.trust > 0.0 && score.trust < 1.0);
        prop_assert!((0.0..=1.0).contains(&score.fitness));
        prop_assert!(score.cycles_per_result.is_none_or(|cycles| cycles.is_finite() && cycles >= 1.0));
        prop_assert_eq!(score.fitness > 0.0, score.cycles_per_result.is_some());
    }

    #[test]
    fn tallies_add_up_however_they_are_split(a in trials(), b in trials(), c in trials()) {
        let (x, y, z): (Tally, Tally, Tally) =
            (a.iter().copied().collect(), b.iter().copied().collect(), c.iter().copied().collect());
        prop_assert_eq!(x.plus(&y).plus(&z), x.plus(&y.plus(&z)));
        prop_assert_eq!(x.plus(&y), y.plus(&x));
        prop_assert_eq!(x.plus(&Tally::default()), x);
        let together: Tally = a.into_iter().chain(b).chain(c).collect();
        prop_assert_eq!(x.plus(&y).plus(&z), together);
    }

    #[test]
    fn a_fault_never_raises_trust_and_a_clean_trial_never_lowers_it(trials in trials(), fault in trial()) {
        let policy = TrustPolicy::default();
        let before: Share = trials.into_iter().collect::<Tally>().all();
        let mut after = before;
        after.push(&fault);
        if fault.conduct == Conduct::Clean {
            prop_assert!(policy.trust(&after) > policy.trust(&before));
        } else {
            prop_assert!(policy.trust(&after) < policy.trust(&before));
        }
    }
}

#[test]
fn trust_starts_at_the_prior_and_moves_by_the_weights() {
    let policy = TrustPolicy::default();
    let after = |conduct| {
        let mut share = Share::default();
        share.push(&Trial { conduct, ..clean(true, 1) });
        policy.trust(&share)
    };
    assert_eq!(policy.trust(&Share::default()), 0.5);
    assert_eq!(after(Conduct::Clean), 9.0 / 17.0);
    assert_eq!(after(Conduct::Trapped), 8.0 / 20.0);
    assert_eq!(after(Conduct::Exhausted), 8.0 / 20.0);
    assert_eq!(after(Conduct::Refused), 8.0 / 32.0);
    assert_eq!(after(Conduct::Unequal), 8.0 / 80.0);
}

#[test]
fn a_fast_wrong_variant_stands_behind_a_slow_right_one() {
    let right = contend(score([clean(true, 1_000_000), clean(true, 1_000_000)]));
    let wrong = contend(score([clean(true, 1), clean(false, 1)]));
    assert!(wrong.score.fitness > right.score.fitness);
    assert_eq!(rank(Gate::ALL_CASES, &[wrong, right]), [1, 0]);
}

#[test]
fn no_correct_result_means_no_fitness_and_no_gate() {
    let silent = score([clean(false, 1)]);
    assert_eq!((silent.fitness, silent.cycles_per_result), (0.0, None));
    assert!(!Gate::new(0.0).unwrap().is_met(&silent));
}

#[test]
fn a_result_by_unclean_conduct_is_none() {
    let cheat = score([Trial { conduct: Conduct::Unequal, ..clean(true, 1) }]);
    assert_eq!((cheat.fitness, cheat.confidence), (0.0, 0.0));
}

#[test]
fn ties_go_to_the_smaller_component_then_to_the_smaller_identity() {
    let score = score([clean(true, 10)]);
    let big = Contender { score, len_bytes: 2, id: [0; 32] };
    let small = Contender { score, len_bytes: 1, id: [1; 32] };
    let twin = Contender { id: [0; 32], ..small };
    assert_eq!(rank(Gate::ALL_CASES, &[big, small, twin]), [2, 1, 0]);
}

#[test]
fn gates_lie_between_0_and_1() {
    assert!(Gate::new(1.0).is_some() && Gate::new(0.0).is_some());
    for not_a_gate in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!(Gate::new(not_a_gate), None);
    }
}

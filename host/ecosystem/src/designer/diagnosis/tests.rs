use std::collections::BTreeMap;

use super::{Targets, Weak, orient};
use crate::designer::memory::{Experience, Memory, Remembered};
use crate::designer::observation::{Agreement, observe};
use crate::designer::tests::{questions, small};

/// An answer to the question at `at`: right or not, and what the judge says.
fn answered(
    memory: &mut Memory,
    at: usize,
    right: Option<bool>,
    score: Option<f64>,
    right_before: Option<bool>,
) {
    let question = &questions(at + 1)[at];
    let experience = Experience {
        ask: question.ask.clone(),
        subject: question.subject.clone(),
        attractor: "qa".to_owned(),
        stage: "Answer".to_owned(),
        entity: "fast".to_owned(),
        right,
        right_before,
        score,
        // Where there is a check the judge may not have been asked.
        judged: score.is_some() || right.is_none(),
        cost: 0.0,
        failed: None,
    };
    memory.remember(Remembered::known(question), experience);
}

fn found(memory: &Memory, measured: Option<Agreement>) -> Option<(Weak, String)> {
    let seen = observe(&small(), memory, measured);
    let diagnosis = orient(&small(), &seen, &Targets::default(), &BTreeMap::new());
    assert_eq!(diagnosis.chosen.is_none(), diagnosis.why_not.is_some());
    diagnosis.chosen.map(|suspect| (suspect.weak, suspect.name))
}

fn weak(weak: Weak, name: &str) -> Option<(Weak, String)> {
    Some((weak, name.to_owned()))
}

#[test]
fn wrong_answers_are_the_entity_s() {
    let mut memory = Memory::default();
    for at in 0..9 {
        answered(&mut memory, at, Some(false), None, None);
    }
    assert_eq!(found(&memory, None), None, "nine answers are too few");
    answered(&mut memory, 9, Some(false), None, None);
    assert_eq!(found(&memory, None), weak(Weak::Answer, "fast"));
    let mut memory = Memory::default();
    for at in 0..20 {
        answered(&mut memory, at, Some(at > 3), None, None);
    }
    assert_eq!(found(&memory, None), None, "16 of 20 may be 85 of 100");
}

#[test]
fn low_scores_are_the_entity_s_where_nothing_can_be_checked() {
    let mut memory = Memory::default();
    for at in 0..10 {
        answered(&mut memory, at, None, Some(0.6), None);
    }
    assert_eq!(found(&memory, None), weak(Weak::Answer, "fast"));
    let mut memory = Memory::default();
    for at in 0..10 {
        answered(&mut memory, at, None, Some(0.63), None);
    }
    assert_eq!(found(&memory, None), None);
}

#[test]
fn a_judge_that_abstains_errs_or_guesses_is_weak() {
    let judge = || weak(Weak::Judge, "judge");
    let mut memory = Memory::default();
    for at in 0..11 {
        answered(&mut memory, at, None, (at < 5).then_some(0.9), None);
    }
    assert_eq!(found(&memory, None), judge());
    let mut memory = Memory::default();
    for at in 0..20 {
        answered(&mut memory, at, Some(true), Some(if at < 8 { 0.2 } else { 0.9 }), None);
    }
    assert_eq!(found(&memory, None), judge(), "it disagrees with 8 of 20 checks");
    let measured = |auc: f64, calibration_error: f64| Agreement {
        questions: 60,
        auc,
        auc_low: auc - 0.08,
        auc_high: auc + 0.08,
        brier: 0.1,
        calibration_error,
    };
    let empty = Memory::default();
    assert_eq!(found(&empty, Some(measured(0.75, 0.05))), judge());
    assert_eq!(found(&empty, Some(measured(0.85, 0.05))), None, "it may be good enough");
    assert_eq!(found(&empty, Some(measured(0.95, 0.3))), judge());
}

#[test]
fn a_stage_that_spoils_right_answers_comes_first() {
    let mut memory = Memory::default();
    for at in 0..20 {
        answered(&mut memory, at, Some(at > 11), None, Some(at > 5));
    }
    assert_eq!(found(&memory, None), weak(Weak::Stage, "qa"));
}

#[test]
fn answers_that_change_are_a_matter_of_temperature() {
    let mut memory = Memory::default();
    for at in 0..20 {
        answered(&mut memory, at % 10, Some(at > 2), None, None);
    }
    assert_eq!(
        found(&memory, None),
        weak(Weak::Temperature, "qa"),
        "3 of 10 came out both ways, 17 of 20 are right"
    );
}

#[test]
fn what_was_refused_gives_way_to_the_next_suspect() {
    let mut memory = Memory::default();
    for at in 0..20 {
        answered(&mut memory, at, Some(at > 11), Some(0.9), None);
    }
    let seen = observe(&small(), &memory, None);
    let chosen = |refused: &[((Weak, &str), u32)]| {
        let refused = refused.iter().map(|((weak, name), n)| ((*weak, (*name).to_owned()), *n)).collect();
        orient(&small(), &seen, &Targets::default(), &refused).chosen.map(|suspect| suspect.weak)
    };
    assert_eq!(chosen(&[]), Some(Weak::Answer));
    assert_eq!(chosen(&[((Weak::Answer, "fast"), 1)]), Some(Weak::Judge));
    assert_eq!(chosen(&[((Weak::Answer, "fast"), 1), ((Weak::Judge, "judge"), 1)]), Some(Weak::Answer));
}

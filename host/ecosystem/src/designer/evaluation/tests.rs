use super::{Past, Plan, draw, evaluate, looks_within};
use crate::designer::memory::Remembered;
use crate::designer::statistics::{LOOKS, Look, Method};
use crate::designer::tests::{Nature, Table, questions, small};

fn table(old: f64, new: f64) -> Table {
    let nature = |right| Nature { right, judging: 0.5, kind: 0.0 };
    let models =
        [("weak", nature(old)), ("new", nature(new)), ("fair", nature(0.5)), ("referee", nature(0.5))];
    Table {
        models: models.into_iter().map(|(key, nature)| (key.to_owned(), nature)).collect(),
        referee: Some("referee".to_owned()),
        ..Table::default()
    }
}

fn with(key: &str) -> flux_lang::ecosystem::Ecosystem {
    let mut tree = small();
    tree.entities[0].model_key = Some(key.to_owned());
    tree
}

fn known(n: usize) -> Vec<Remembered> {
    questions(n).iter().map(Remembered::known).collect()
}

fn past(questions: &[Remembered]) -> Past<'_> {
    Past { questions: questions.iter().collect(), ..Past::default() }
}

fn unknown(n: usize) -> Vec<Remembered> {
    let forget = |question: Remembered| Remembered { known: None, reference: None, ..question };
    known(n).into_iter().map(forget).collect()
}

#[tokio::test]
async fn what_is_plainly_better_is_accepted_early() {
    let (table, plan) = (table(0.1, 1.0), Plan::default());
    let found = evaluate(&table, &small(), &with("new"), &past(&known(60)), &plan, 1).await;
    assert!(found.accepted && found.looks.len() == 1 && found.checked == 10, "{}", found.why);
    let found = evaluate(&table, &with("new"), &small(), &past(&known(60)), &plan, 1).await;
    assert!(
        !found.accepted && found.checked == 20,
        "no better after half: the rest is not asked: {}",
        found.why
    );
    let same = evaluate(&table, &small(), &small(), &past(&known(60)), &plan, 1).await;
    assert!(!same.accepted && same.looks[0].0.wins + same.looks[0].0.losses == 0, "the same seeds");
}

#[tokio::test]
async fn a_failed_answer_is_a_wrong_one() {
    let found =
        evaluate(&table(0.2, -1.0), &small(), &with("new"), &past(&known(20)), &Plan::default(), 1).await;
    assert!(!found.accepted);
    assert_eq!((found.failed, found.looks[0].0.new), ((0, 20), 0.0));
}

#[tokio::test]
async fn the_referee_scores_what_cannot_be_checked_but_not_its_own() {
    let (table, plan) = (table(0.1, 1.0), Plan::default());
    let found = evaluate(&table, &small(), &with("new"), &past(&unknown(40)), &plan, 1).await;
    assert!(found.accepted && found.refereed >= 10 && found.checked == 0, "{}", found.why);
    assert_eq!(found.looks[0].0.method, Method::SignFlip);
    // The referee's model answers in the candidate, or judges there: nobody scores.
    let found = evaluate(&table, &small(), &with("referee"), &past(&unknown(40)), &plan, 1).await;
    assert_eq!((found.accepted, found.refereed), (false, 0), "{}", found.why);
    let mut judged = with("new");
    judged.entities[1].model_key = Some("referee".to_owned());
    let found = evaluate(&table, &small(), &judged, &past(&unknown(40)), &plan, 1).await;
    assert_eq!((found.accepted, found.refereed), (false, 0), "{}", found.why);
    assert_eq!(found.why, "there are no past questions that could be scored");
}

#[tokio::test]
async fn a_small_rise_is_not_enough_however_sure() {
    let (table, seed) = (table(0.1, 1.0), 1);
    let plan = Plan { threshold: 1.01, ..Plan::default() };
    let found = evaluate(&table, &small(), &with("new"), &past(&known(60)), &plan, seed).await;
    assert!(!found.accepted && found.looks.iter().all(|(test, alpha)| test.p <= *alpha), "{}", found.why);
    assert!(found.why.starts_with("hardly better"), "{}", found.why);
}

#[test]
fn looks_keep_the_error_rate_with_few_questions() {
    for n in 1..60 {
        let looks = looks_within(&LOOKS, n);
        let sum: f64 = looks.iter().map(|look| look.alpha).sum();
        assert!((sum - 0.05).abs() < 1e-12, "{n}: {looks:?}");
        assert!(looks.iter().all(|look| look.questions <= n));
    }
    assert_eq!(looks_within(&LOOKS, 40), LOOKS);
    assert_eq!(looks_within(&LOOKS, 25).last(), Some(&Look { questions: 25, alpha: 0.025 }));
    assert!(looks_within(&LOOKS, 0).is_empty());
}

#[test]
fn questions_are_drawn_by_subject_in_turn() {
    let (questions, rest) = (known(20), unknown(4));
    let all: Vec<Remembered> = rest.into_iter().chain(questions.clone()).collect();
    let drawn = draw(&past(&all), true, 3);
    assert_eq!(drawn.len(), 24);
    let subjects: Vec<&str> = drawn.iter().take(20).map(|question| question.subject()).collect();
    assert!(subjects.chunks(2).all(|pair| pair == ["history", "sums"]), "{subjects:?}");
    assert!(drawn[20..].iter().all(|question| question.known.is_none()));
    assert_eq!(draw(&past(&all), false, 3).len(), 20);
    assert_ne!(draw(&past(&all), true, 4), drawn);
    // What was asked since the last change comes after what was not.
    let seen = questions[..12].iter().map(|question| question.ask.as_str()).collect();
    let drawn = draw(&Past { seen, ..past(&all) }, false, 3);
    assert!(drawn[..8].iter().all(|question| questions[12..].contains(question)));
}

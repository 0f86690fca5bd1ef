//! The questions that come with flux can be used.

use std::collections::BTreeMap;

use flux_broker::questions::QuestionSet;

#[test]
fn the_shipped_questions_are_many_and_of_three_subjects() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/ecosystems/questions.toml");
    let text = std::fs::read_to_string(path).expect("the file is there");
    let set = QuestionSet::parse(&text).expect("the questions can be used");
    let mut n_by_subject = BTreeMap::new();
    for question in &set.questions {
        *n_by_subject.entry(question.subject.as_str()).or_insert(0) += 1;
        assert!((1..=3).contains(&question.wrong.len()), "{}", question.ask);
        // Models answer in sentences.
        let sentence = format!("I think the answer is {}.", question.answer);
        assert!(question.is_right(&sentence), "{sentence}");
        for wrong in &question.wrong {
            let sentence = format!("I think the answer is {wrong}.");
            assert!(!question.is_right(&sentence), "{}: {sentence}", question.ask);
        }
    }
    assert_eq!(n_by_subject, BTreeMap::from([("arithmetic", 24), ("geography", 24), ("science", 24)]));
}

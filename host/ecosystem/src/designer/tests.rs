use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use flux_broker::Request;
use flux_broker::questions::{Check, Question};
use flux_lang::ecosystem::{Ecosystem, json};

use super::evaluation::mix;
use super::mutation::tests::read;
use super::simulation::{JudgeTrial, Outcome, Simulation};
use super::statistics::{area_under_curve, calibration_error, paired};
use super::{
    Agreement, Conclusion, Cycle, Designer, Experience, Memory, Offer, Remembered, Settings, Terms, Version,
};

/// What a model is like: how often it is right, how well it judges, and how kind it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    pub(crate) right: f64,
    pub(crate) judging: f64,
    pub(crate) kind: f64,
}

/// Models by a table; what they say is a function of the table and the seeds.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) models: BTreeMap<String, Nature>,
    pub(crate) referee: Option<String>,
    /// What the architect says, last first.
    pub(crate) says: Mutex<Vec<Result<String, String>>>,
    /// What the architect was asked.
    pub(crate) asked: Mutex<Vec<Request>>,
}

/// A number from 0 to 1 that belongs to these.
fn chance(model: &str, text: &str, seed: u64) -> f64 {
    let hash =
        model.bytes().chain(*b"/").chain(text.bytes()).fold(seed, |hash, byte| mix(hash, u64::from(byte)));
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

impl Table {
    pub(crate) fn nature(&self, model: &str) -> Nature {
        self.models.get(model).copied().unwrap_or(Nature { right: 0.0, judging: 0.5, kind: 0.0 })
    }

    /// Surer of right answers the better it judges; kinder to all by its kindness.
    fn verdict(&self, model: &str, question: &Question, answer: &str) -> f64 {
        let nature = self.nature(model);
        let is_sure = chance(model, &format!("{}{answer}", question.ask), 5) < nature.judging;
        let sees_right = question.is_right(answer) == is_sure;
        (if sees_right { 0.8 } else { 0.2 } + nature.kind).min(1.0)
    }

    fn labelled(&self, model: &str, labelled: &[Question]) -> Vec<(f64, bool)> {
        let both = |question: &Question| {
            [(&question.answer, true), (&question.wrong[0], false)]
                .map(|(answer, right)| (self.verdict(model, question, answer), right))
        };
        labelled.iter().flat_map(both).collect()
    }
}

#[async_trait]
impl Simulation for Table {
    async fn ask(&self, ecosystem: &Ecosystem, question: &Remembered, seed: u64) -> Outcome {
        let stage = ecosystem.attractors[0].stages.last().expect("a stage");
        let model = ecosystem.entity(&stage.execute).and_then(|entity| entity.model_key.clone());
        let model = model.expect("a model");
        let known = question.known.as_ref();
        let right = self.nature(&model).right;
        let answer = if chance(&model, &question.ask, seed) < right { "Right" } else { "Wrong" };
        let answer =
            known.map_or(answer, |known| if answer == "Right" { &known.answer } else { &known.wrong[0] });
        if right < 0.0 {
            return Outcome { answer: Err("nobody answers".to_owned()), cost: 0.0 };
        }
        Outcome { answer: Ok(answer.to_owned()), cost: 0.001 }
    }

    fn referee(&self) -> Option<&str> {
        self.referee.as_deref()
    }

    async fn score(&self, _: &Remembered, answer: &str) -> Option<f64> {
        Some(if answer == "Right" { 0.9 } else { 0.2 })
    }

    async fn measure(&self, judge: &str, labelled: &[Question], _: u64) -> Result<Agreement, String> {
        let scored = self.labelled(judge, labelled);
        let auc = area_under_curve(&scored).ok_or("no labels")?;
        let error = calibration_error(&scored).ok_or("no labels")?;
        let width = 1.0 / (labelled.len() as f64).sqrt();
        Ok(Agreement {
            questions: labelled.len(),
            auc,
            auc_low: auc - width,
            auc_high: auc + width,
            brier: 0.0,
            calibration_error: error,
        })
    }

    async fn compare(
        &self,
        old: &str,
        new: &str,
        labelled: &[Question],
        seed: u64,
    ) -> Result<JudgeTrial, String> {
        let agreed = |model: &str| -> Vec<f64> {
            let scored = self.labelled(model, labelled);
            scored.iter().map(|(score, right)| f64::from(u8::from((*score >= 0.5) == *right))).collect()
        };
        let test = paired(&agreed(old), &agreed(new), seed);
        let is_better = test.p <= 0.05 && test.improvement() > 0.0;
        Ok(JudgeTrial {
            old: old.to_owned(),
            new: new.to_owned(),
            old_area: test.old,
            new_area: test.new,
            difference: (test.improvement() - 0.1, test.improvement() + 0.1),
            questions: labelled.len(),
            is_better,
        })
    }

    async fn propose(&self, request: &Request) -> Result<String, String> {
        self.asked.lock().expect("a lock").push(request.clone());
        let said = self.says.lock().expect("a lock").pop();
        said.unwrap_or_else(|| Err("the architect is silent".to_owned()))
    }
}

pub(crate) fn questions(n: usize) -> Vec<Question> {
    let question = |at: usize| Question {
        subject: ["history", "sums"][at % 2].to_owned(),
        ask: format!("What is thing number {at}?"),
        answer: format!("answer {at} it is"),
        wrong: vec!["something else".to_owned()],
        accept: Vec::new(),
        check: Check::Contains,
    };
    (0..n).map(question).collect()
}

pub(crate) fn small() -> Ecosystem {
    read(
        r#"ECOSYSTEM "small" {
        ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "weak" }
        ENTITY "judge" { TYPE: Model.Transformer MODEL_KEY: "fair" }
        ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" } }
        POLICY { JUDGE_ENTITY: "judge" }
    }"#,
    )
}

fn table(names: &[&str]) -> Table {
    let of = |name: &str| match name {
        "weak" => Nature { right: 0.4, judging: 0.6, kind: 0.0 },
        "strong" => Nature { right: 0.95, judging: 0.6, kind: 0.0 },
        "fair" => Nature { right: 0.5, judging: 0.75, kind: 0.0 },
        "keen" => Nature { right: 0.5, judging: 0.98, kind: 0.0 },
        "flatterer" => Nature { right: 0.5, judging: 0.75, kind: 0.6 },
        other => panic!("no nature for `{other}`"),
    };
    Table { models: names.iter().map(|name| ((*name).to_owned(), of(name))).collect(), ..Table::default() }
}

fn settings(table: &Table, architect: Option<&str>) -> Settings {
    let offer = |key: &String| Offer { key: key.clone(), nature: None, cost_per_token: 0.000_001 };
    let offers = table.models.keys().map(offer).collect();
    Settings::new(1, Terms::new(architect.map(str::to_owned), offers))
}

/// What the ecosystem answers to 40 of its questions.
async fn answer(table: &Table, tree: &Ecosystem, memory: &mut Memory, seed: u64) {
    let judge = super::guard::judging_model(tree).expect("a judge").to_owned();
    for question in &questions(60)[..40] {
        let remembered = Remembered::known(question);
        let outcome = table.ask(tree, &remembered, mix(seed, 77)).await;
        let text = outcome.answer.expect("an answer");
        let stage = &tree.attractors[0].stages[0];
        let experience = Experience {
            ask: question.ask.clone(),
            subject: question.subject.clone(),
            attractor: "qa".to_owned(),
            stage: stage.name.clone(),
            entity: stage.execute.clone(),
            right: Some(question.is_right(&text)),
            right_before: None,
            score: Some(table.verdict(&judge, question, &text)),
            judged: true,
            cost: outcome.cost,
            failed: None,
        };
        memory.remember(remembered, experience);
    }
}

/// Turns round until the designer stops or finds nothing to do.
async fn grow(table: &Table, settings: Settings) -> (Ecosystem, Vec<Cycle>, String) {
    let mut tree = small();
    let mut designer = Designer::new(settings, Version::first(&tree), 1);
    let (mut memory, mut cycles) = (Memory::default(), Vec::new());
    for question in questions(60) {
        let forgotten = Experience {
            ask: question.ask.clone(),
            subject: question.subject.clone(),
            attractor: "qa".to_owned(),
            stage: "Answer".to_owned(),
            entity: "fast".to_owned(),
            right: None,
            right_before: None,
            score: None,
            judged: false,
            cost: 0.0,
            failed: None,
        };
        memory.remember(Remembered::known(&question), forgotten);
    }
    memory.changed();
    let mut last = String::new();
    loop {
        if let Err(why) = designer.may_continue() {
            last = why;
            break;
        }
        if memory.answers().len() == 0 {
            answer(table, &tree, &mut memory, cycles.len() as u64).await;
        }
        let (cycle, accepted) = designer.cycle(&tree, &memory, table).await;
        let conclusion = cycle.conclusion;
        cycles.push(cycle);
        if let Some(new) = accepted {
            tree = new;
            memory.changed();
        }
        if conclusion == Conclusion::Nothing {
            break;
        }
    }
    (tree, cycles, last)
}

fn log(cycles: &[Cycle]) -> String {
    cycles.iter().flat_map(Cycle::lines).collect::<Vec<_>>().join("\n")
}

fn model_of(tree: &Ecosystem, entity: &str) -> String {
    tree.entity(entity).and_then(|entity| entity.model_key.clone()).unwrap_or_default()
}

#[tokio::test]
async fn the_answering_model_is_replaced_and_then_the_judge() {
    let table = table(&["weak", "strong", "fair", "keen"]);
    let (tree, cycles, _) = grow(&table, settings(&table, None)).await;
    let log = log(&cycles);
    assert_eq!(
        (model_of(&tree, "fast"), model_of(&tree, "judge")),
        ("strong".into(), "keen".into()),
        "{log}"
    );
    let accepted: Vec<&Version> = cycles.iter().filter_map(Cycle::version).collect();
    assert_eq!(accepted[0].changed, ["entities.fast.model_key: \"weak\" -> \"strong\""], "{log}");
    assert_eq!(
        accepted.last().map(|version| version.changed[0].as_str()),
        Some("entities.judge.model_key: \"fair\" -> \"keen\"")
    );
    assert!(
        log.contains("orient: answer `fast` is weak") && log.contains("orient: judge `judge` is weak"),
        "{log}"
    );
    assert!(log.contains("exact McNemar test"), "{log}");
    assert_eq!(cycles.last().map(|cycle| cycle.conclusion), Some(Conclusion::Nothing), "{log}");
    // The same seed tells the same story; records survive being stored.
    let again = grow(&table, settings(&table, None)).await.1;
    assert_eq!(again, cycles);
    let stored = serde_json::to_string(&cycles).expect("records");
    let read: Vec<Cycle> = serde_json::from_str(&stored).expect("records");
    assert_eq!(read.iter().flat_map(Cycle::lines).collect::<Vec<_>>().join("\n"), log);
}

#[tokio::test]
async fn a_flattering_judge_is_refused() {
    let mut table = table(&["weak", "strong", "fair", "flatterer"]);
    // It answers well already: only the judge is weak, and the only other judge is kind.
    table.models.insert("weak".to_owned(), Nature { right: 0.97, judging: 0.6, kind: 0.0 });
    table.models.remove("strong");
    let (tree, cycles, last) = grow(&table, settings(&table, None)).await;
    let log = log(&cycles);
    assert_eq!(model_of(&tree, "judge"), "fair", "{log}");
    assert!(log.contains("act: refused: judge `flatterer` agrees no better"), "{log}");
    assert!(cycles.iter().all(|cycle| cycle.conclusion.is_failure()), "{log}");
    assert_eq!((cycles.len(), last.as_str()), (5, "5 cycles in a row have failed"), "{log}");
    // It was tried once, not again and again.
    assert_eq!(cycles.iter().filter(|cycle| cycle.conclusion == Conclusion::Refused).count(), 1);
}

#[tokio::test]
async fn what_is_no_better_is_refused_with_the_evidence() {
    let mut table = table(&["weak", "fair"]);
    table.models.insert("same".to_owned(), Nature { right: 0.4, judging: 0.6, kind: 0.0 });
    let (tree, cycles, last) = grow(&table, settings(&table, None)).await;
    let log = log(&cycles);
    assert_eq!(model_of(&tree, "fast"), "weak", "{log}");
    assert!(log.contains("no better: ") || log.contains("not surely better: "), "{log}");
    assert_eq!(last, "5 cycles in a row have failed");
}

/// How many of `n` first cycles, each with a seed of its own, accept the only other model.
async fn n_accepted(other: f64, n: u64) -> usize {
    let mut table = table(&["weak", "fair"]);
    table.models.insert("other".to_owned(), Nature { right: other, judging: 0.6, kind: 0.0 });
    let mut n_accepted = 0;
    for seed in 0..n {
        let settings = Settings { seed, cycles: 1, ..settings(&table, None) };
        let (_, cycles, _) = grow(&table, settings).await;
        assert_eq!(cycles[0].suspect().map(|suspect| suspect.name.as_str()), Some("fast"));
        n_accepted += usize::from(cycles[0].version().is_some());
    }
    n_accepted
}

#[tokio::test]
async fn one_in_twenty_is_accepted_wrongly_at_most_and_what_is_better_almost_always() {
    let wrongly = n_accepted(0.4, 200).await;
    assert!(wrongly <= 10, "{wrongly} of 200 that are no better were accepted");
    let rightly = n_accepted(0.9, 40).await;
    assert!(rightly >= 36, "{rightly} of 40 that are better were accepted");
}

#[tokio::test]
async fn an_architect_is_shown_what_is_wrong_twice_and_then_an_operator_proposes() {
    let table = table(&["weak", "strong", "fair"]);
    let with = |key: &str| {
        let mut value = json::to_json(&small());
        value["entities"][0]["model_key"] = key.into();
        value
    };
    let mut looser = with("strong");
    looser["policy"]["max_latency_ms"] = 999_999.into();
    let mut nobody = with("strong");
    nobody["attractors"][0]["stages"][0]["execute"] = "fats".into();
    *table.says.lock().expect("a lock") =
        vec![Ok("not JSON".to_owned()), Ok(nobody.to_string()), Ok(looser.to_string())];
    let (_, cycles, _) = grow(&table, Settings { cycles: 1, ..settings(&table, Some("arch")) }).await;
    let line = &cycles[0].lines()[2];
    assert!(line.starts_with("cycle 1 decide: operator reassign-model proposes"), "{line}");
    let asked = table.asked.lock().expect("a lock");
    assert_eq!(asked.len(), 3);
    assert!(asked[0].prompt.contains("FACTS: {\"diagnosis\":{\"entity\":\"fast\""));
    assert!(!asked[0].prompt.contains("cannot be taken"));
    assert!(asked[1].prompt.contains("- `max_latency_ms` has to stay as it is\n"), "{}", asked[1].prompt);
    assert!(
        asked[2].prompt.contains("there is no ENTITY `fats`; did you mean `fast`?"),
        "{}",
        asked[2].prompt
    );
    let keys = asked[0].schema.as_ref().expect("a schema");
    let keys = &keys["properties"]["entities"]["items"]["properties"]["model_key"]["enum"];
    assert_eq!(*keys, serde_json::json!(["fair", "strong", "weak"]));
}

#[tokio::test]
async fn an_architect_that_is_right_is_taken_at_its_word_and_tested() {
    let table = table(&["weak", "strong", "fair"]);
    let mut value = json::to_json(&small());
    value["entities"][0]["model_key"] = "strong".into();
    *table.says.lock().expect("a lock") = vec![Ok(value.to_string())];
    let (tree, cycles, _) = grow(&table, Settings { cycles: 1, ..settings(&table, Some("arch")) }).await;
    assert_eq!(model_of(&tree, "fast"), "strong", "{}", log(&cycles));
    let version = cycles[0].version().expect("a version");
    assert_eq!((version.number, version.parent), (2, Some(1)));
    assert!(version.evidence.starts_with("better: "), "{}", version.evidence);
}

#[tokio::test]
async fn a_change_of_answers_and_judge_has_to_pass_both_tests() {
    let table = table(&["weak", "strong", "fair", "flatterer"]);
    let mut value = json::to_json(&small());
    value["entities"][0]["model_key"] = "strong".into();
    value["entities"][1]["model_key"] = "flatterer".into();
    *table.says.lock().expect("a lock") = vec![Ok(value.to_string())];
    let (tree, cycles, _) = grow(&table, Settings { cycles: 1, ..settings(&table, Some("arch")) }).await;
    assert_eq!(model_of(&tree, "fast"), "weak", "{}", log(&cycles));
    assert_eq!(cycles[0].conclusion, Conclusion::Refused);
}

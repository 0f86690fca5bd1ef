//! The ecosystems that come with flux, over the simulated models that come with them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flux_broker::config::ModelsConfig;
use flux_broker::judge::{Means, Unscored, Verdict, calibrate};
use flux_broker::questions::QuestionSet;
use flux_broker::simulated::Knowledge;
use flux_broker::{Broker, Parts, Terms};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::Included;

use crate::composition::Composition;
use crate::event::{Event, Unwatched};
use crate::growth::Mode;
use crate::kernel::{Answer, Ask, Kernel, Settings};

fn read(name: &str) -> Result<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/ecosystems");
    std::fs::read_to_string(Path::new(folder).join(name)).map_err(|error| format!("{name}: {error}"))
}

fn shipped(name: &str, with: impl FnOnce(&mut String)) -> Arc<Composition> {
    let includes = |name: &str, _from: &str| read(name).map(|text| Included { name: name.to_owned(), text });
    let mut text = read(name).expect("it is there");
    with(&mut text);
    let parsed = ecosystem::parse(name, &text, &includes, &Limits::DEFAULT);
    Arc::new(Composition::from_parsed(&parsed).unwrap_or_else(|| panic!("{}", parsed.render())))
}

fn questions() -> QuestionSet {
    QuestionSet::parse(&read("questions.toml").expect("it is there")).expect("it makes sense")
}

fn broker() -> Broker {
    let config = ModelsConfig::parse(&read("models.toml").expect("it is there")).expect("it makes sense");
    let parts = Parts { knowledge: Knowledge::new(&[questions()]), ..Parts::default() };
    Broker::new(&config, &parts).expect("all models are simulated")
}

fn kernel(composition: Arc<Composition>, settings: Settings) -> Kernel {
    Kernel::new(composition, broker(), settings).expect("it can be run")
}

#[tokio::test]
async fn the_demonstration_starts_weak_and_tells_the_same_story_again() {
    let story = async |seed: u64| {
        let kernel = kernel(shipped("demo.flux", |_| {}), Settings { seed, ..Settings::default() });
        let (mut answers, mut events) = (Vec::<Answer>::new(), Vec::<Event>::new());
        for question in &questions().questions {
            let answer = kernel.ask(&Ask::known(question), &mut events).await.expect("an answer");
            answers.push(Answer { took: Duration::ZERO, ..answer });
        }
        (answers, events)
    };
    let (answers, events) = story(1).await;
    let last = answers.last().expect("questions");
    assert!(last.average.expect("checked") < 1.0 / crate::history::PHI);
    assert!(last.version > 1, "temperatures were changed");
    assert_eq!(last.mode, Mode::Growth);
    assert_eq!(story(1).await, (answers.clone(), events));
    let texts = |answers: &[Answer]| answers.iter().map(|answer| answer.text.clone()).collect::<Vec<_>>();
    assert_ne!(texts(&story(2).await.0), texts(&answers));
}

#[tokio::test]
async fn a_judge_that_may_be_guessing_is_refused_with_its_figures() {
    let flattered = |text: &mut String| *text = text.replace("\"judge-plain\"", "\"judge-flatterer\"");
    let composition = shipped("demo.flux", flattered);
    let ask = Ask { reference: Some("Canberra"), ..Ask::new("What is the capital of Australia?") };
    // Believed, it praises.
    let naive = kernel(Arc::clone(&composition), Settings::default());
    let answer = naive.ask(&ask, &mut Unwatched).await.expect("an answer");
    assert!(answer.confidence.score().expect("a judge") > 0.9, "{:?}", answer.confidence);
    // Measured, it is refused.
    let models = broker().bound(Terms::unlimited());
    let measured = calibrate("judge-flatterer", &models, &questions(), 1).await.expect("figures");
    let mut settings = Settings::default();
    settings.calibrations.insert("judge-flatterer".into(), vec![measured.clone()]);
    let answer = kernel(composition, settings).ask(&ask, &mut Unwatched).await.expect("an answer");
    let (auc, low, high) = (measured.auc, measured.auc_low, measured.auc_high);
    assert_eq!(answer.confidence, Verdict::Unscored { why: Unscored::NotUsable { auc, low, high } });
    assert!(answer.lacks_verdict);
}

#[tokio::test]
async fn a_judge_that_was_measured_tells_right_from_wrong() {
    let careful = |text: &mut String| *text = text.replace("\"judge-plain\"", "\"judge-careful\"");
    let models = broker().bound(Terms::unlimited());
    let measured = calibrate("judge-careful", &models, &questions(), 1).await.expect("figures");
    let mut settings = Settings::default();
    settings.calibrations.insert("judge-careful".into(), vec![measured]);
    let kernel = kernel(shipped("demo.flux", careful), settings);
    let mut agreed = 0;
    for question in &questions().questions {
        let ask = Ask { reference: Some(&question.answer), ..Ask::new(&question.ask) };
        let answer = kernel.ask(&ask, &mut Unwatched).await.expect("an answer");
        let Verdict::Scored { score, means, .. } = answer.confidence else {
            panic!("{:?}", answer.confidence)
        };
        assert_eq!(means, Means::LogProbabilities);
        agreed += usize::from((score >= 0.5) == question.is_right(&answer.text));
    }
    assert!(agreed * 10 >= questions().questions.len() * 9, "{agreed}");
}

#[tokio::test]
async fn panels_and_libraries_answer_in_all_their_ways() {
    let panel =
        kernel(shipped("panel.flux", |_| {}), Settings { mode: Mode::Simulation, ..Settings::default() });
    let mut right = 0;
    for question in &questions().questions {
        let answer = panel.ask(&Ask::known(question), &mut Unwatched).await.expect("an answer");
        assert_eq!(answer.stages[0].models.len(), 3);
        right += usize::from(answer.confidence.score() == Some(1.0));
    }
    // At the temperatures of the text: raised ones make these models worse.
    assert!(right * 2 > questions().questions.len(), "{right}");
    let ask = Ask { intent: Some("draft"), ..Ask::new("What is the capital of Australia?") };
    let mut events: Vec<Event> = Vec::new();
    let answer = panel.ask(&ask, &mut events).await.expect("an answer");
    assert_eq!((answer.attractor.as_str(), answer.stages.len()), ("drafts", 3));
    let judged = events.iter().filter(|event| matches!(event, Event::JudgeEvaluation { .. })).count();
    assert_eq!(judged, 3, "two drafts and the answer");

    let library = kernel(shipped("library.flux", |_| {}), Settings::default());
    for (intent, attractor) in [("publish", "publishing"), ("anything", "asking")] {
        let ask = Ask { intent: Some(intent), ..Ask::new("What is the capital of Australia?") };
        let answer = library.ask(&ask, &mut Unwatched).await.expect("an answer");
        assert_eq!(answer.attractor, attractor);
        assert!(!answer.text.is_empty());
    }
    let long = "Rivers and lakes. ".repeat(2_000);
    let question = format!("{long}\n\nWhat is the capital of Australia?");
    let answer = library.ask(&Ask { intent: Some("read"), ..Ask::new(&question) }, &mut Unwatched).await;
    let answer = answer.expect("it is read in parts");
    let models: Vec<&str> = answer.stages[0].models.iter().map(String::as_str).collect();
    assert_eq!(models, ["small", "well-read"]);
}

//! The demonstration that comes with flux grows, over the simulated models that come with it.

use std::path::Path;
use std::sync::Arc;

use flux_broker::config::ModelsConfig;
use flux_broker::questions::QuestionSet;
use flux_broker::simulated::Knowledge;
use flux_broker::{Account, Broker, Parts};
use flux_lang::ecosystem::{self, Limits};
use flux_lang::includes::NoIncludes;

use super::{Growing, Told};
use crate::composition::Composition;
use crate::designer::{Designer, Memory, Rehearsal, Remembered, Settings, Terms, Version};
use crate::event::Unwatched;
use crate::growth::Mode;
use crate::kernel::{self, Kernel, Mutation};

fn shipped(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/ecosystems");
    std::fs::read_to_string(Path::new(folder).join(name)).expect("it comes with flux")
}

/// What came of growing.
struct Grown {
    log: Vec<String>,
    models: (String, String),
    mode: Mode,
    versions: Vec<Version>,
}

/// Grows the demonstration with some of its models, over twice its questions.
async fn grown(
    architect: Option<&str>,
    without: &[&str],
    every: usize,
    change: impl Fn(String) -> String,
) -> Grown {
    let set = QuestionSet::parse(&shipped("questions.toml")).expect("questions");
    let mut config = ModelsConfig::parse(&shipped("models.toml")).expect("models");
    config.models.retain(|key, _| !without.contains(&key.as_str()));
    let parts = Parts { knowledge: Knowledge::new(std::slice::from_ref(&set)), ..Parts::default() };
    let broker = Broker::new(&config, &parts).expect("simulated models");
    let parsed = ecosystem::parse("demo.flux", &change(shipped("demo.flux")), &NoIncludes, &Limits::DEFAULT);
    let composition = Arc::new(Composition::from_parsed(&parsed).expect("an ecosystem"));
    let settings = kernel::Settings { mutation: Mutation::Nothing, ..kernel::Settings::default() };
    let kernel = Kernel::new(Arc::clone(&composition), broker.clone(), settings).expect("a kernel");
    let rehearsal =
        Rehearsal::new(Arc::clone(&composition), broker, Account::new(None)).expect("a rehearsal");
    let terms = Terms::new(architect.map(str::to_owned), rehearsal.offers());
    // The set labels judges from the beginning; what was asked is known when it was.
    let settings = Settings { labelled: set.questions.clone(), ..Settings::new(1, terms) };
    let designer = Designer::new(settings, Version::first(composition.ecosystem()), 1);
    let mut growing = Growing::new(&kernel, designer, Memory::default()).every(every);
    let (mut log, mut versions) = (Vec::new(), Vec::new());
    for question in set.questions.iter().chain(&set.questions).chain(&set.questions) {
        let mut tell = |told: Told<'_>| match told {
            Told::Asked(_, result) => assert!(result.is_ok(), "{result:?}"),
            Told::Turned(cycle) => log.extend(cycle.lines()),
            Told::Replaced(version) => versions.push(version.clone()),
            Told::Stopped(why) => log.push(why.to_owned()),
        };
        growing.ask(&Remembered::known(question), &rehearsal, &mut Unwatched, &mut tell).await;
    }
    let composition = kernel.composition();
    let key = |name: &str| composition.ecosystem().entity(name).and_then(|entity| entity.model_key.clone());
    let models = (key("answerer").expect("a model"), key("judge").expect("a model"));
    Grown { log, models, mode: kernel.mode(), versions }
}

#[tokio::test]
async fn the_demonstration_replaces_its_model_and_its_judge_and_passes_to_production() {
    let found = grown(Some("architect"), &[], 40, |text| text).await;
    let log = found.log.join("\n");
    assert_eq!(found.models, ("strong".to_owned(), "judge-careful".to_owned()), "{log}");
    assert_eq!(found.mode, Mode::Production, "{log}");
    let changed: Vec<&str> =
        found.versions.iter().flat_map(|version| &version.changed).map(String::as_str).collect();
    assert_eq!(
        changed,
        [
            "entities.answerer.model_key: \"weak\" -> \"strong\"",
            "entities.judge.model_key: \"judge-plain\" -> \"judge-careful\"",
        ],
        "{log}"
    );
    assert!(log.contains("orient: answer `answerer` is weak"), "{log}");
    assert!(log.contains("decide: architect `architect` proposes"), "{log}");
    assert!(log.contains("agrees better with labelled answers"), "{log}");
    let again = grown(Some("architect"), &[], 40, |text| text).await;
    assert_eq!(
        (again.log, again.versions),
        (found.log, found.versions),
        "the same seed tells the same story"
    );
}

#[tokio::test]
async fn without_an_architect_operators_find_the_way() {
    let found = grown(None, &[], 40, |text| text).await;
    let log = found.log.join("\n");
    assert_ne!(found.models.0, "weak", "{log}");
    assert_eq!(found.models.1, "judge-careful", "{log}");
    assert!(log.contains("act: refused: judge `judge-flatterer` agrees no better"), "{log}");
    assert!(log.contains("decide: operator replace-judge proposes"), "{log}");
}

#[tokio::test]
async fn the_flatterer_is_refused_where_it_is_the_only_other_judge() {
    let others = ["judge-careful", "small", "well-read", "weak", "architect"];
    let found = grown(None, &others, 10, |text| {
        text.replace("MODEL_KEY: \"weak\"", "MODEL_KEY: \"strong\"")
            .replace("MODEL_KEY: \"architect\"", "MODEL_KEY: \"strong\"")
    })
    .await;
    let log = found.log.join("\n");
    assert_eq!(found.models.1, "judge-plain", "{log}");
    assert!(
        log.contains("act: refused: judge `judge-flatterer` agrees no better with labelled answers"),
        "{log}"
    );
    assert!(log.ends_with("decide: nothing is left to propose"), "tried once: {log}");
    assert!(found.versions.is_empty(), "{log}");
}

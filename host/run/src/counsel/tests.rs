use std::num::NonZeroUsize;

use async_trait::async_trait;
use flux_broker::tape::Recorder;
use flux_broker::{Embedded, Generated, Listed, Model, OnText, Shown};
use flux_genome::Bounds;

use super::*;
use crate::arena::{ARENA_FILE, Arena};
use crate::entrant::Entrant;
use crate::evolution::{Evolution, EvolutionError};
use crate::record::TournamentRecordV1;
use crate::referee::RefereeError;
use crate::testing::{entrant, sandbox};
use crate::tournament::{self, Options, TournamentError};

const QUESTIONS: &str = r#"
title = "Capitals"
[[question]]
subject = "geography"
ask = "capital of France?"
answer = "Paris"
wrong = ["Lyon"]
[[question]]
subject = "geography"
ask = "capital of Italy?"
answer = "Rome"
wrong = ["Milan"]
[[question]]
subject = "geography"
ask = "capital of Spain?"
answer = "Madrid"
wrong = ["Seville"]
"#;

const SIMULATED: &str = r#"
[simulated]
questions = "questions.toml"
[model.fast]
simulated = { competence = { geography = 1.0 }, cost_per_token = 0.0001 }
[model.slow]
simulated = { otherwise = 0.0, judging = 1.0 }
"#;

const ARENA: &str = r#"
name = "capitals"
world = "ecosystem"
capabilities = ["model", "judge"]
questions = "questions.toml"
held_out = 0.0
[models]
config = "models.toml"
[budget]
cycles = 10_000
"#;

/// Asks `MODEL` what it is asked.
const ASKER: &str = r#"(module
    (import "model" "generate" (func $generate (param i32 i32 i32 i32 f32 i32 i32 i32 i32 i32 i32 i32)))
    (memory (export "memory") 1)
    (global (export "__heap_base") i32 (i32.const 64))
    (data (i32.const 0) "MODEL")
    (func (export "answer") (param $at i32) (param $length i32) (result i32 i32)
        (call $generate (i32.const 0) (i32.const 4) (local.get 0) (local.get 1) (f32.const 0) (i32.const 16)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32))
        ;; The message of a fault lies behind its code.
        (if (result i32 i32) (i32.load8_u (i32.const 32))
            (then (i32.load (i32.const 40)) (i32.load (i32.const 44)))
            (else (i32.load (i32.const 36)) (i32.load (i32.const 40))))))"#;

fn asker(model: &str) -> Entrant {
    entrant(model, &ASKER.replace("MODEL", model))
}

/// The arena with these models, in a folder of its own.
fn arena(text: &str, models: &str) -> (tempfile::TempDir, Arena) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [(ARENA_FILE, text), ("models.toml", models), ("questions.toml", QUESTIONS)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let arena = Arena::load(folder.path()).unwrap_or_else(|error| panic!("{error:?}"));
    (folder, arena)
}

fn models(arena: &Arena) -> Models {
    Models::open(arena.models.as_ref().unwrap()).unwrap()
}

fn generation(model: &str, prompt: &str) -> Generation {
    Generation {
        model: model.to_owned(),
        prompt: prompt.to_owned(),
        temperature: 0.7,
        max_tokens: 16,
        system: None,
        stop: Vec::new(),
    }
}

fn hold(arena: &Arena, entrants: &[Entrant], jobs: usize) -> Result<tournament::Tournament, TournamentError> {
    let options = Options { jobs: NonZeroUsize::new(jobs).unwrap(), ..Options::default() };
    tournament::hold(sandbox(), arena, entrants, &options, &|_| {})
}

#[test]
fn who_asks_the_better_model_wins_and_everybody_pays() {
    let (_folder, arena) = arena(ARENA, SIMULATED);
    let entrants = [asker("slow"), asker("fast")];
    let held = hold(&arena, &entrants, 1).unwrap();
    let places: Vec<(&str, f64)> =
        held.standings.iter().map(|standing| (standing.name.as_str(), standing.score.confidence)).collect();
    assert_eq!(places, [("fast", 1.0), ("slow", 0.0)]);
    let used = held.models.unwrap();
    assert!(used.is_repeatable);
    assert_eq!(used.digest, arena.models.as_ref().unwrap().digest);
    for standing in &held.standings {
        assert!(standing.evaluation.trials.iter().all(|trial| trial.spent_billionths > Some(0)));
    }
    // The prices are far apart.
    let paid = |at: usize| held.standings[at].evaluation.trials[0].spent_billionths;
    assert!(paid(0) > paid(1).map(|paid| 20 * paid));
    // The same again, byte for byte, whatever the number of threads.
    let record = |held: &_| serde_json::to_string(&TournamentRecordV1::from(held)).unwrap();
    assert_eq!(record(&held), record(&hold(&arena, &entrants, 4).unwrap()));
    assert!(record(&held).contains(r#""repeatable":true"#));
}

#[test]
fn a_trial_pays_no_more_than_it_may() {
    let text = ARENA.replace("[budget]", "max_cost = 0.0001\n[budget]");
    let (_folder, arena) = arena(&text, SIMULATED);
    let models = models(&arena);
    let counsel = models.counsel(1);
    let fault = counsel.generate(&generation("fast", "capital of France?")).unwrap_err();
    assert_eq!((fault.code, fault.message.as_str()), (FaultCode::Exhausted, "over-budget for `fast`"));
    assert_eq!((counsel.spent_billionths(), models.spent()), (0, 0.0));
    // The limit of a genome is no trouble of the arena's.
    assert_eq!(models.trouble(), None);
}

#[test]
fn faults_say_which_model_and_what_kind() {
    let (_folder, arena) = arena(ARENA, SIMULATED);
    let counsel = models(&arena);
    let counsel = counsel.counsel(1);
    let told = counsel.generate(&generation("fats", "?")).unwrap_err();
    assert_eq!((told.code, told.message.as_str()), (FaultCode::NotFound, "no-model for `fats`"));
    let vector = counsel.embed("fast", "a few words").unwrap();
    let length: f32 = vector.iter().map(|number| number * number).sum();
    assert!((length - 1.0).abs() < 1e-3, "{length}");
    assert_eq!(counsel.approve("anything").unwrap_err().code, FaultCode::Unavailable);
    assert!(!counsel.serves().contains(Capability::Human));
    for kind in ErrorKind::ALL {
        let error = ModelError {
            kind,
            model: "fast".to_owned(),
            server: "http://127.0.0.1:1".to_owned(),
            message: "at 12:01".to_owned(),
            help: None,
        };
        let told = fault(&error);
        assert!(!told.message.contains("127") && !told.message.contains("12:01"));
        let unavailable = matches!(told.code, FaultCode::Unavailable | FaultCode::Failed | FaultCode::Denied);
        assert_eq!(is_trouble(kind), unavailable, "{kind}");
    }
}

#[test]
fn seeds_differ_by_trial_and_question_and_are_the_same_again() {
    let (_folder, arena) = arena(ARENA, SIMULATED);
    let models = models(&arena);
    let draw = |seed| {
        let counsel = models.counsel(seed);
        [counsel.next_seed(), counsel.next_seed()]
    };
    assert_eq!(draw(1), draw(1));
    let ([a, b], [c, d]) = (draw(1), draw(2));
    assert!(a != b && a != c && b != d && [a, b, c, d].iter().all(|seed| *seed < 1 << 31));
    assert_eq!((decimal(0.7), decimal(0.1), decimal(2.0)), (0.7, 0.1, 2.0));
}

#[test]
fn what_could_not_be_repeated_does_not_evolve() {
    let live = "[server.here]\nkind = \"ollama\"\nurl = \"http://127.0.0.1:9\"\n";
    let (_folder, arena) = arena(ARENA, live);
    assert!(!arena.models.as_ref().unwrap().is_repeatable());
    let founders = [asker("fast")];
    let evolution = Evolution::begin(sandbox(), &arena, &founders, &crate::evolution::Options::default());
    assert!(matches!(evolution.err(), Some(EvolutionError::NotRepeatable { .. })));
}

/// A server that sends nonsense, and counts how often.
struct Nonsense(AtomicU64);

impl Nonsense {
    fn error(&self, model: &str) -> ModelError {
        self.0.fetch_add(1, Ordering::Relaxed);
        ModelError {
            kind: ErrorKind::Malformed,
            model: model.to_owned(),
            server: "nowhere".to_owned(),
            message: "no JSON".to_owned(),
            help: None,
        }
    }
}

#[async_trait]
impl Model for Nonsense {
    async fn generate(&self, request: &Request, _: OnText<'_>) -> Result<Generated, ModelError> {
        Err(self.error(&request.model))
    }

    async fn embed(&self, model: &str, _: &[String]) -> Result<Embedded, ModelError> {
        Err(self.error(model))
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        Err(self.error("any"))
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        Err(self.error(model))
    }
}

#[test]
fn a_server_that_fails_is_trouble_and_is_not_asked_again() {
    let nonsense = Arc::new(Nonsense(AtomicU64::new(0)));
    let broker = Broker::over(Arc::<Nonsense>::clone(&nonsense), 1, Recorder::live());
    let models = Models::of(broker, None, true).unwrap();
    for _ in 0..3 {
        let told = models.counsel(1).generate(&generation("fast", "?")).unwrap_err();
        assert_eq!((told.code, told.message.as_str()), (FaultCode::Failed, "malformed for `fast`"));
    }
    assert_eq!(models.trouble().map(|error| error.kind), Some(ErrorKind::Malformed));
    assert_eq!(nonsense.0.load(Ordering::Relaxed), 1);
}

#[test]
fn servers_need_their_keys_and_keys_are_not_shown() {
    let live = "[server.far]\nkind = \"openai\"\nurl = \"http://127.0.0.1:9\"\nkey_env = \"FAR_KEY\"\n";
    let (_folder, mut arena) = arena(ARENA, live);
    let error = hold(&arena, &[asker("fast")], 1).expect_err("there is no key");
    let TournamentError::Referee(RefereeError::Models { hint, .. }) = error else { panic!("{error:?}") };
    assert_eq!(hint.as_deref(), Some("set the environment variable `FAR_KEY`, or leave `key_env` out"));
    let offer = arena.models.as_mut().unwrap();
    assert_eq!(offer.key_names().collect::<Vec<_>>(), ["FAR_KEY"]);
    offer.keys = [("FAR_KEY".to_owned(), "secret".to_owned())].into_iter().collect();
    assert!(Models::open(offer).is_ok());
    assert!(!format!("{offer:?}").contains("secret"));
}

#[test]
fn the_shipped_quiz_has_models_that_need_no_server() {
    let quiz = concat!(env!("CARGO_MANIFEST_DIR"), "/../../genomes/quiz");
    let arena = Arena::load(quiz.as_ref()).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(arena.models.as_ref().unwrap().is_repeatable());
    assert!(!Entrant::read_rivals(&arena, &Bounds::DEFAULT).unwrap().is_empty());
}

#[test]
fn nobody_judges_what_it_made_itself() {
    let (_folder, arena) = arena(ARENA, SIMULATED);
    let models = models(&arena);
    let counsel = models.counsel(1);
    let made = counsel.generate(&generation("fast", "capital of France?")).unwrap();
    let judgement = |judge: &str, answer: &str| Judgement {
        judge: judge.to_owned(),
        question: "capital of France?".to_owned(),
        answer: answer.to_owned(),
        reference: None,
    };
    let told = counsel.score(&judgement("fast", &format!(" {made} "))).unwrap_err();
    assert_eq!(told.message, "`fast` made the answer and does not judge it");
    let right = counsel.score(&judgement("slow", &made)).unwrap();
    let wrong = counsel.score(&judgement("slow", "Lyon")).unwrap();
    assert!(right.score > wrong.score && right.coverage > 0.5, "{right:?} {wrong:?}");
    // Another trial knows nothing of this one.
    assert!(models.counsel(1).score(&judgement("fast", &made)).is_ok());
}

#[test]
fn ecosystems_evolve_and_the_models_are_part_of_what_a_run_is() {
    let policy = flux_evolve::policy::EvolutionPolicy {
        population: 4,
        children: 6,
        ..flux_evolve::policy::EvolutionPolicy::default()
    };
    let evolve = |models: &str, jobs: usize| {
        let (_folder, arena) = arena(ARENA, models);
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let options = crate::evolution::Options { policy: policy.clone(), jobs, ..Default::default() };
        let mut run = Evolution::begin(sandbox(), &arena, &[asker("slow"), asker("fast")], &options).unwrap();
        for _ in 0..3 {
            run.step(&|_| None).unwrap();
        }
        let (champion, _) = run.champion().unwrap();
        assert!(champion.variant.measure.score.confidence > 0.9, "{champion:?}");
        (run.header("").context, run.root())
    };
    let first = evolve(SIMULATED, 1);
    assert_eq!(first, evolve(SIMULATED, 3));
    // A comment is enough: whoever changes the file may have changed the answers.
    assert_ne!(first, evolve(&format!("# Changed.\n{SIMULATED}"), 1));
}

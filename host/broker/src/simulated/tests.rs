use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use super::{Knowledge, SERVER, Settings, Simulated};
use crate::{
    ErrorKind, Finish, Generated, Model as _, Request,
    judge::prompt::{self, Form},
    questions::{Check, Question, QuestionSet},
};

fn set(n: usize) -> QuestionSet {
    let question = |index: usize| Question {
        subject: if index.is_multiple_of(2) { "even" } else { "odd" }.into(),
        ask: format!("What is the word of number {index}?"),
        answer: format!("right{index}"),
        wrong: vec![format!("wrong{index}"), format!("worse{index}")],
        accept: Vec::new(),
        check: Check::Contains,
    };
    QuestionSet { title: "words".into(), questions: (0..n).map(question).collect() }
}

fn models(n: usize, settings: &[(&str, Settings)]) -> Simulated {
    let models = settings.iter().map(|(name, settings)| ((*name).to_owned(), settings.clone())).collect();
    Simulated::new(models, Knowledge::from(&set(n)), 7).expect("settings that make sense")
}

async fn ask(models: &Simulated, request: &Request) -> Generated {
    let mut streamed = String::new();
    let generated = models.generate(request, &mut |text| streamed.push_str(text)).await.expect("an answer");
    assert_eq!(streamed, generated.text);
    generated
}

fn at(temperature: f64, ask: &str) -> Request {
    Request { temperature, ..Request::new("m", ask) }
}

#[tokio::test]
async fn it_knows_as_much_as_is_stated() {
    let competence = BTreeMap::from([("even".to_owned(), 0.9)]);
    let settings = Settings { competence, otherwise: 0.3, noise: 0.5, ..Settings::default() };
    let models = models(1_000, &[("m", settings)]);
    for (temperature, even, odd) in [(0.0, 0.9, 0.3), (0.4, 0.7, 0.1), (1.0, 0.4, 0.0)] {
        let mut right = [0, 0];
        for (index, question) in set(1_000).questions.iter().enumerate() {
            let answer = ask(&models, &at(temperature, &format!("Pray, {}", question.ask))).await;
            right[index % 2] += usize::from(question.is_right(&answer.text));
        }
        for (n, expected) in right.into_iter().zip([even, odd]) {
            // Four standard deviations of 500 throws are 0.09 at most.
            assert!(
                (n as f64 / 500.0 - expected).abs() < 0.09,
                "{temperature}: {n} of 500, expected {expected}"
            );
        }
    }
}

#[tokio::test]
async fn chance_comes_from_seed_and_temperature_alone() {
    let models = models(200, &[("m", Settings { noise: 0.3, ..Settings::default() })]);
    let (mut by_seed, mut cold) = (0, 0);
    for question in &set(200).questions {
        let hot = at(1.0, &question.ask);
        let other = Request { seed: Some(1), ..hot.clone() };
        assert_eq!(ask(&models, &hot).await, ask(&models, &hot).await);
        by_seed += usize::from(ask(&models, &hot).await.text != ask(&models, &other).await.text);
        let (one, other) = (at(0.0, &question.ask), Request { seed: Some(1), ..at(0.0, &question.ask) });
        cold += usize::from(ask(&models, &one).await.text != ask(&models, &other).await.text);
    }
    assert!(by_seed > 50, "{by_seed}");
    assert_eq!(cold, 0);
}

#[tokio::test]
async fn an_answer_keeps_to_the_request() {
    let models = models(20, &[("m", Settings { otherwise: 1.0, context: 12, ..Settings::default() })]);
    let long = ask(&models, &at(0.0, "What is the word of number 12?")).await;
    assert!(long.text.contains("right12") && !long.text.contains("right1."), "the longest question counts");
    assert_eq!((long.finish, long.tokens.len(), long.took), (Finish::Stop, 0, Duration::from_millis(40)));
    let asked = Request { stop: vec!["right".into()], ..at(0.0, "What is the word of number 12?") };
    assert!(!ask(&models, &asked).await.text.contains("right"));
    let nothing = ask(&models, &Request { max_tokens: 2, ..at(0.0, "Who are you?") }).await;
    assert_eq!((nothing.text.as_str(), nothing.finish), ("I do ", Finish::Length));
    let error = models.generate(&at(0.0, &"word ".repeat(13)), &mut |_| {}).await.expect_err("too long");
    assert_eq!((error.kind, error.server.as_str()), (ErrorKind::Refused, SERVER));
    let error = models.generate(&Request::new("n", ""), &mut |_| {}).await.expect_err("no such model");
    assert_eq!(
        (error.kind, error.help.as_deref()),
        (ErrorKind::NoModel, Some("the simulated models are: m"))
    );
    assert_eq!(models.list().await.unwrap()[0].server, SERVER);
}

#[tokio::test(start_paused = true)]
async fn it_takes_its_time_only_if_told_to() {
    let settings = Settings { sleeps: true, latency_ms: 2_500.0, ..Settings::default() };
    let models = models(1, &[("m", settings), ("quick", Settings::default())]);
    let start = tokio::time::Instant::now();
    ask(&models, &Request::new("quick", "")).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    ask(&models, &at(0.0, "")).await;
    assert_eq!(start.elapsed(), Duration::from_millis(2_500));
}

#[tokio::test]
async fn texts_with_the_same_words_are_close() {
    let models = models(1, &[("m", Settings::default())]);
    let texts = ["the capital of France", "of france, the Capital!", "integrals of rational functions", ""];
    let vectors = models.embed("m", &texts.map(str::to_owned)).await.unwrap().vectors;
    let near = |one: usize, other: usize| -> f32 {
        vectors[one].iter().zip(&vectors[other]).map(|(one, other)| one * other).sum()
    };
    assert!((near(0, 1) - 1.0).abs() < 1e-5);
    assert!(near(0, 2) < 0.6);
    assert!((near(3, 3) - 1.0).abs() < 1e-5);
}

#[tokio::test]
async fn what_it_is_identifies_it() {
    let one = models(2, &[("m", Settings::default())]);
    let shown = one.show("m").await.unwrap();
    assert!(shown.capabilities.contains(&SERVER.to_owned()));
    assert_eq!(shown, models(2, &[("m", Settings::default())]).show("m").await.unwrap());
    for other in [
        models(2, &[("m", Settings { judging: 0.8, ..Settings::default() })]),
        models(3, &[("m", Settings::default())]),
    ] {
        assert_ne!(shown.digest, other.show("m").await.unwrap().digest);
    }
}

#[tokio::test]
async fn a_judge_is_as_good_as_is_stated() {
    let settings = |judging, bias| Settings { judging, bias, ..Settings::default() };
    let models = models(
        1_000,
        &[("fair", settings(0.85, 0.0)), ("guessing", settings(0.5, 0.0)), ("kind", settings(0.85, 3.0))],
    );
    for (name, expected) in [("fair", 0.85), ("guessing", 0.5), ("kind", 0.85)] {
        let mut above = 0;
        let mut yes_to_wrong = 0;
        for question in &set(1_000).questions {
            let mut logits = Vec::new();
            for answer in [&question.answer, &question.wrong[0]] {
                let request = Request {
                    top_logprobs: 20,
                    max_tokens: 1,
                    temperature: 0.0,
                    ..Request::new(name, prompt::scoring(&question.ask, None, answer, Form::Word))
                };
                let reading = ask(&models, &request).await.tokens.remove(0);
                let mass = |word: &str| -> f64 {
                    let tokens = reading.top.iter().filter(|choice| choice.token.to_lowercase() == word);
                    tokens.map(|choice| choice.logprob.exp()).sum()
                };
                assert!((mass("yes") + mass("no") - 0.98).abs() < 1e-9);
                logits.push((mass("yes") / mass("no")).ln());
            }
            above += usize::from(logits[0] > logits[1]);
            yes_to_wrong += usize::from(logits[1] > 0.0);
        }
        assert!((f64::from(above as u32) / 1_000.0 - expected).abs() < 0.06, "{name}: {above}");
        assert_eq!(yes_to_wrong > 700, name == "kind", "{name}: {yes_to_wrong}");
    }
}

#[tokio::test]
async fn an_architect_names_the_best_model_as_often_as_is_stated() {
    let settings = |otherwise, judging, bias, architect| Settings {
        otherwise,
        judging,
        bias,
        architect,
        ..Settings::default()
    };
    let models = models(
        10,
        &[
            ("m", settings(0.1, 0.5, 0.0, 0.8)),
            ("knows", settings(0.9, 0.6, 0.0, 0.0)),
            ("judges", settings(0.5, 0.9, 0.0, 0.0)),
            ("flatters", settings(0.5, 0.92, 4.0, 0.0)),
        ],
    );
    let mut named = BTreeMap::new();
    for (weak, entity) in [("answer", "a"), ("judge", "j"), ("none", "")] {
        for seed in 0..200 {
            let ecosystem = json!({"entities": [
                {"name": "a", "model_key": "m"}, {"name": "j", "model_key": "m"}, {"name": "other"}]});
            let facts = json!({"ecosystem": ecosystem, "diagnosis": {"weak": weak, "entity": entity},
                "models": ["m", "knows", "judges", "flatters"]});
            let prompt = format!("Make it better.\nFACTS: {facts}\nReply as JSON.");
            let answer = ask(&models, &Request { seed: Some(seed), ..Request::new("m", prompt) }).await;
            let value: serde_json::Value = serde_json::from_str(&answer.text).expect("JSON");
            let keys = [&value["entities"][0]["model_key"], &value["entities"][1]["model_key"]];
            assert!(value["entities"][2]["model_key"].is_null());
            assert!(keys[0] == "m" || weak == "answer");
            assert!(keys[1] == "m" || weak == "judge");
            let key = if weak == "judge" { keys[1] } else { keys[0] };
            *named.entry((weak, key.as_str().unwrap().to_owned())).or_insert(0) += 1;
        }
    }
    let times = |weak: &'static str, key: &str| named.get(&(weak, key.to_owned())).copied().unwrap_or(0);
    assert!((130..=185).contains(&times("answer", "knows")), "{named:?}");
    assert!((130..=185).contains(&times("judge", "judges")), "{named:?}");
    assert_eq!(times("none", "m"), 200);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let new = |settings| {
        Simulated::new(BTreeMap::from([("m".to_owned(), settings)]), Knowledge::default(), 0).map(drop)
    };
    assert_eq!(new(Settings::default()), Ok(()));
    for settings in [
        Settings { otherwise: 1.1, ..Settings::default() },
        Settings { judging: f64::NAN, ..Settings::default() },
        Settings { noise: -0.1, ..Settings::default() },
        Settings { latency_ms: f64::INFINITY, ..Settings::default() },
        Settings { bias: f64::NAN, ..Settings::default() },
        Settings { context: 0, ..Settings::default() },
    ] {
        assert!(new(settings.clone()).is_err(), "{settings:?}");
    }
    let text = "family = 'alpha'\ncompetence = { geography = 0.4 }\notherwise = 0.5\nnoise = 0.2\njudging = 0.85\n\
        bias = 0.0\narchitect = 0.9\ncost_per_token = 0.000001\nlatency_ms = 40.0\ncontext = 4096\n";
    let settings: Settings = toml::from_str(text).expect("as it is described");
    assert_eq!((settings.competence_in("geography"), settings.competence_in("sums")), (0.4, 0.5));
    assert!(toml::from_str::<Settings>("judgment = 1.0").is_err());
}

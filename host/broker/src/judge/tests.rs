use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;

use super::{
    Ask, CalibrateError, Identity, Judge, JudgeRefused, MIN_QUESTIONS, Means, Panel, PanelError, Preference,
    Unscored, Verdict, Winner, calibrate, calibrate_blind, check, compare_judges, prompt,
};
use crate::{
    Embedded, ErrorKind, Finish, Generated, Listed, Model, ModelError, OnText, Request, Shown, TokenChoice,
    TokenReading,
    calibration::Method,
    questions::{Check, Question, QuestionSet},
    simulated::{Knowledge, Settings, Simulated},
};

fn set(n: usize) -> QuestionSet {
    let question = |index: usize| Question {
        subject: "words".into(),
        ask: format!("What is the word of number {index}?"),
        answer: format!("right{index}"),
        wrong: vec![format!("wrong{index}")],
        accept: Vec::new(),
        check: if index.is_multiple_of(3) { Check::Exact } else { Check::Contains },
    };
    QuestionSet { title: "words".into(), questions: (0..n).map(question).collect() }
}

fn judging(family: &str, judging: f64, bias: f64) -> Settings {
    Settings { family: family.into(), judging, bias, ..Settings::default() }
}

fn simulated(seed: u64, models: &[(&str, Settings)]) -> Simulated {
    let models = models.iter().map(|(name, settings)| ((*name).to_owned(), settings.clone())).collect();
    Simulated::new(models, Knowledge::from(&set(200)), seed).expect("settings that make sense")
}

fn the_judges(seed: u64) -> Simulated {
    simulated(
        seed,
        &[
            ("good", judging("alpha", 0.95, 0.0)),
            ("other", judging("beta", 0.9, 0.0)),
            ("guessing", judging("gamma", 0.5, 0.0)),
            ("flatterer", judging("delta", 0.6, 4.0)),
            ("leaning", Settings { position: 6.0, ..judging("epsilon", 0.95, 0.0) }),
        ],
    )
}

fn ask(index: usize, answer: &str) -> Ask {
    let question = &set(200).questions[index];
    Ask { question: question.ask.clone(), answer: answer.into(), reference: Some(question.answer.clone()) }
}

async fn calibrated(model: &dyn Model, judge: &str, questions: usize) -> Result<Judge, JudgeRefused> {
    let calibration = calibrate(judge, model, &set(questions), 1).await.expect("measured");
    let digest = model.show(judge).await.expect("there").digest;
    Judge::new(judge).with(calibration, digest.as_deref())
}

/// How often the judge is on the right side of one half, over right and wrong answers to new questions.
async fn agreement(model: &dyn Model, judge: &Judge) -> f64 {
    let mut agreed = 0;
    for index in 100..200 {
        for (answer, is_right) in [(format!("right{index}"), true), (format!("wrong{index}"), false)] {
            let score = judge.score(model, &ask(index, &answer)).await.unwrap().score().expect("a score");
            agreed += usize::from((score >= 0.5) == is_right);
        }
    }
    agreed as f64 / 200.0
}

#[tokio::test]
async fn a_good_judge_calibrates_and_is_usable() {
    let models = the_judges(1);
    let judge = calibrated(&models, "good", 60).await.expect("usable");
    let calibration = judge.calibration.clone().expect("calibrated");
    assert!(
        calibration.auc > 0.9 && calibration.auc_low > 0.85 && calibration.auc_high <= 1.0,
        "{calibration:?}"
    );
    assert!(calibration.brier < 0.13 && calibration.ece < 0.15, "{calibration:?}");
    assert_eq!((calibration.questions, calibration.n, calibration.abstained), (60, 120, 0));
    assert_eq!((calibration.means, calibration.references), (Means::LogProbabilities, true));
    assert!(matches!(calibration.method, Method::Platt { a, .. } if a > 0.3));
    assert!(
        calibration.key().starts_with("good@simulated:")
            && calibration.key().ends_with("/prompt-1/reference")
    );
    assert!(agreement(&models, &judge).await > 0.8);
    let text = serde_json::to_string(&calibration).unwrap();
    assert_eq!(serde_json::from_str::<super::Calibration>(&text).unwrap(), calibration);
    let again = calibrate("good", &models, &set(60), 1).await.unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    let many = calibrate("good", &models, &set(100), 1).await.unwrap();
    assert!(matches!(many.method, Method::Isotonic { .. }));
    let rate = calibration.corrected_rate(60, 100).expect("better than chance");
    assert!(rate.low < rate.rate && rate.rate < rate.high);
}

#[tokio::test]
async fn a_guessing_judge_is_refused_with_its_figures() {
    let models = the_judges(1);
    let calibration = calibrate("guessing", &models, &set(60), 1).await.unwrap();
    assert!(!calibration.is_usable());
    let error = calibrated(&models, "guessing", 60).await.expect_err("it guesses");
    assert!(matches!(error, JudgeRefused::NotUsable { low, questions: 60, .. } if low <= 0.5), "{error}");
    assert!(error.to_string().contains("reaches 0.5"), "{error}");
    // And if it is forced upon a judge, there are no scores.
    let judge = Judge { calibration: Some(calibration), ..Judge::new("guessing") };
    let verdict = judge.score(&models, &ask(1, "right1")).await.unwrap();
    assert!(matches!(verdict, Verdict::Unscored { why: Unscored::NotUsable { .. } }), "{verdict:?}");
}

#[tokio::test]
async fn a_calibration_holds_for_what_was_measured_alone() {
    let models = the_judges(1);
    let calibration = calibrate("good", &models, &set(20), 1).await.unwrap();
    let digest = calibration.digest.clone();
    let refused = |error: Result<Judge, JudgeRefused>, expected: &str| {
        assert!(matches!(error, Err(JudgeRefused::Other { what, .. }) if what == expected), "{error:?}");
    };
    refused(Judge::new("other").with(calibration.clone(), digest.as_deref()), "model");
    refused(Judge::new("good").with(calibration.clone(), Some("changed")), "digest");
    let old = super::Calibration { prompt_version: 0, ..calibration.clone() };
    refused(Judge::new("good").with(old.clone(), digest.as_deref()), "version of the prompt");
    let judge = Judge { calibration: Some(old), ..Judge::new("good") };
    let verdict = judge.score(&models, &ask(1, "right1")).await.unwrap();
    assert!(matches!(verdict, Verdict::Unscored { why: Unscored::Stale { .. } }), "{verdict:?}");
    // What was measured with references says nothing of answers without one.
    let judge = Judge::new("good").with(calibration, digest.as_deref()).unwrap();
    assert_eq!(judge.blind, None);
    let blind = calibrate_blind("good", &models, &set(20), 1).await.unwrap();
    assert!(judge.with(blind, digest.as_deref()).unwrap().blind.is_some());
}

#[tokio::test]
async fn a_flatterer_agrees_less_than_a_fair_judge_and_never_replaces_it() {
    let mut fairer = 0;
    for seed in 0..3 {
        let models = the_judges(seed);
        let fair = calibrated(&models, "good", 60).await.expect("usable");
        let kind = Judge::new("flatterer");
        assert!(agreement(&models, &fair).await > agreement(&models, &kind).await + 0.15);
        let fair_says = fair.score(&models, &ask(150, "wrong150")).await.unwrap().score();
        let kind_says = kind.score(&models, &ask(150, "wrong150")).await.unwrap().score();
        fairer += usize::from(kind_says > fair_says);
        let comparison = compare_judges("good", "flatterer", &models, &set(60), 1).await.unwrap();
        assert!(!comparison.is_better() && comparison.difference.high < 0.0, "{comparison:?}");
        let back = compare_judges("flatterer", "good", &models, &set(60), 1).await.unwrap();
        assert!(back.is_better() && back.questions == 60, "{back:?}");
        // With an area of 0.6 on 60 questions, the figures decide whether it is refused; here they are asked to agree.
        let calibration = calibrate("flatterer", &models, &set(60), 1).await.unwrap();
        assert_eq!(calibrated(&models, "flatterer", 60).await.is_err(), calibration.auc_low <= 0.5);
    }
    // It is kinder to what is wrong.
    assert!(fairer >= 2, "{fairer}");
}

#[tokio::test]
async fn kindness_alone_changes_no_figure_of_agreement() {
    let area = |bias| async move {
        let models = simulated(3, &[("m", judging("alpha", 0.8, bias))]);
        let calibration = calibrate("m", &models, &set(60), 1).await.unwrap();
        (calibration.auc, calibration.auc_low, calibration.brier)
    };
    let (fair, kind) = (area(0.0).await, area(5.0).await);
    assert_eq!((fair.0, fair.1), (kind.0, kind.1));
    assert!((fair.2 - kind.2).abs() < 1e-6, "the calibration takes it away");
}

#[tokio::test]
async fn a_leaning_to_one_place_cancels() {
    let models = the_judges(1);
    for name in ["good", "leaning"] {
        let (mut right, mut wrong, mut ties) = (0, 0, 0);
        for index in 0..100 {
            let (good, bad) = (format!("right{index}"), format!("wrong{index}"));
            let question = ask(index, "").question;
            let judge = Judge::new(name);
            let one = judge.prefer(&models, &question, &good, &bad, None).await.unwrap();
            let other = judge.prefer(&models, &question, &bad, &good, None).await.unwrap();
            let (Preference::Compared { winner, margin, .. }, Preference::Compared { margin: back, .. }) =
                (&one, &other)
            else {
                panic!("{one:?}, {other:?}")
            };
            assert!((margin + back).abs() < 1e-9, "the order does not matter");
            match winner {
                Winner::First => right += 1,
                Winner::Second => wrong += 1,
                Winner::Tie => ties += 1,
            }
        }
        assert!(right > 5 * wrong && right >= 30, "{name}: {right} {wrong} {ties}");
        assert_eq!(ties > 10, name == "leaning", "{name}: {ties} flip with the order");
    }
}

#[tokio::test]
async fn checks_and_silence_need_no_judge() {
    let question = &set(2).questions[1];
    let scored = |score| Verdict::Scored { score, coverage: 1.0, means: Means::Check };
    assert_eq!(check(question, "It is right1."), scored(1.0));
    assert_eq!(check(question, "It is wrong1."), scored(0.0));
    let nobody = Fixed::new(|_| Err(ErrorKind::Unreachable));
    let judge = Judge::new("m");
    for silence in ["", " \n", "I do not know.", "i do not  know"] {
        assert_eq!(judge.score(&nobody, &ask(1, silence)).await, Ok(scored(0.0)));
    }
    let unknowable = Ask { reference: Some(prompt::NULL_ANSWER.into()), ..ask(1, "I do not know.") };
    assert_eq!(judge.score(&nobody, &unknowable).await, Ok(scored(1.0)));
    assert!(judge.score(&nobody, &ask(1, "right1")).await.is_err());
}

/// A server whose replies a test decides.
struct Fixed<F> {
    reply: F,
    asked: Mutex<Vec<Request>>,
}

impl<F: Fn(&Request) -> Result<Generated, ErrorKind> + Send + Sync> Fixed<F> {
    fn new(reply: F) -> Self {
        Self { reply, asked: Mutex::default() }
    }
}

fn failure(kind: ErrorKind) -> ModelError {
    ModelError { kind, model: "m".into(), server: "test".into(), message: "no".into(), help: None }
}

#[async_trait]
impl<F: Fn(&Request) -> Result<Generated, ErrorKind> + Send + Sync> Model for Fixed<F> {
    async fn generate(&self, request: &Request, _: OnText<'_>) -> Result<Generated, ModelError> {
        self.asked.lock().unwrap().push(request.clone());
        (self.reply)(request).map_err(failure)
    }

    async fn embed(&self, _: &str, _: &[String]) -> Result<Embedded, ModelError> {
        Err(failure(ErrorKind::Unsupported))
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        Ok(Vec::new())
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let (name, digest, family) = (model.to_owned(), Some(format!("digest of {model}")), None);
        Ok(Shown { name, digest, family, context: None, capabilities: Vec::new() })
    }
}

fn says(text: &str, top: &[(&str, f64)]) -> Result<Generated, ErrorKind> {
    let choice = |&(token, probability): &(&str, f64)| TokenChoice {
        token: token.into(),
        logprob: f64::ln(probability),
    };
    let tokens = top
        .first()
        .map(|first| TokenReading { chosen: choice(first), top: top.iter().map(choice).collect() });
    Ok(Generated {
        text: text.into(),
        finish: Finish::Length,
        prompt_tokens: 0,
        completion_tokens: 1,
        tokens: tokens.into_iter().collect(),
        took: std::time::Duration::ZERO,
    })
}

#[tokio::test]
async fn one_token_is_read_and_nothing_else() {
    let model = Fixed::new(|_| says("Yes", &[("Yes", 0.6), ("No", 0.2), ("The", 0.2)]));
    let verdict = Judge::new("m").score(&model, &ask(1, "right1")).await.unwrap();
    let Verdict::Scored { score, coverage, means } = verdict else { panic!("{verdict:?}") };
    assert!((score - 0.75).abs() < 1e-12 && (coverage - 0.8).abs() < 1e-12);
    assert_eq!(means, Means::LogProbabilities);
    let asked = model.asked.lock().unwrap();
    let [request] = asked.as_slice() else { panic!("one call") };
    assert_eq!((request.max_tokens, request.top_logprobs, request.temperature), (1, 20, 0.0));
    assert_eq!((request.system.as_deref(), &request.schema), (Some(prompt::SYSTEM), &None));
}

#[tokio::test]
async fn a_judge_whose_first_token_is_no_verdict_abstains() {
    let model = Fixed::new(|_| says("The", &[("The", 0.6), ("Yes", 0.3), ("No", 0.1)]));
    let judge = Judge::new("m");
    let verdict = judge.score(&model, &ask(1, "right1")).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Unscored { why: Unscored::LowCoverage { coverage } } if (coverage - 0.4).abs() < 1e-9),
        "{verdict:?}"
    );
    let preference = judge.prefer(&model, "?", "one", "two", None).await.unwrap();
    assert!(
        matches!(preference, Preference::Unscored { why: Unscored::LowCoverage { .. } }),
        "{preference:?}"
    );
    let calibration = calibrate("m", &model, &set(MIN_QUESTIONS), 1).await.unwrap();
    assert_eq!((calibration.abstained, calibration.auc), (2 * MIN_QUESTIONS, 0.5));
    assert!(!calibration.is_usable());
    let few = calibrate("m", &model, &set(MIN_QUESTIONS - 1), 1).await;
    assert_eq!(few, Err(CalibrateError::TooFew { questions: MIN_QUESTIONS - 1 }));
}

#[tokio::test]
async fn without_probabilities_a_score_is_written_and_marked_as_the_weaker_kind() {
    type Reply = fn(&Request) -> Result<Generated, ErrorKind>;
    let silent: Reply =
        |request| if request.schema.is_some() { says("{\"score\": 7}", &[]) } else { says("Yes", &[]) };
    let refusing: Reply = |request| {
        if request.top_logprobs > 0 { Err(ErrorKind::Unsupported) } else { says(" {\"score\":7}\n", &[]) }
    };
    for reply in [silent, refusing] {
        let model = Fixed::new(reply);
        let verdict = Judge::new("m").score(&model, &ask(1, "right1")).await.unwrap();
        assert_eq!(verdict, Verdict::Scored { score: 0.7, coverage: 1.0, means: Means::Schema });
        assert!(Means::Schema < Means::LogProbabilities);
    }
    for text in ["I give 9/10", "{\"score\": 11}", "{\"score\": \"9\"}", "9", ""] {
        let model = Fixed::new(move |_: &Request| says(text, &[]));
        let verdict = Judge::new("m").score(&model, &ask(1, "right1")).await.unwrap();
        let expected = Unscored::Unreadable { reply: text.into() };
        assert_eq!(verdict, Verdict::Unscored { why: expected });
    }
    let votes = Fixed::new(|request| {
        let which = if request.prompt.contains("Answer A:\n> one") { "A" } else { "B" };
        says(&format!("{{\"better\": \"{which}\"}}"), &[])
    });
    let preference = Judge::new("m").prefer(&votes, "?", "one", "two", None).await.unwrap();
    let expected =
        Preference::Compared { winner: Winner::First, margin: 1.0, coverage: 1.0, means: Means::Schema };
    assert_eq!(preference, expected);
}

#[tokio::test]
async fn the_weaker_kind_is_calibrated_as_itself() {
    let written = Fixed::new(|request| {
        let is_right = request.prompt.contains("> It is right") || request.prompt.contains("check:\n> right");
        let score = if is_right { 8 } else { 7 };
        says(&format!("{{\"score\": {score}}}"), &[])
    });
    let calibration = calibrate("m", &written, &set(20), 1).await.unwrap();
    assert_eq!((calibration.means, calibration.auc), (Means::Schema, 1.0));
    let digest = calibration.digest.clone();
    let judge = Judge::new("m").with(calibration, digest.as_deref()).expect("it tells them apart");
    let right = judge.score(&written, &ask(1, "right1")).await.unwrap().score().unwrap();
    let wrong = judge.score(&written, &ask(1, "wrong1")).await.unwrap().score().unwrap();
    assert!(right > 0.9 && wrong < 0.1, "{right} {wrong}");
    let probable = Fixed::new(|_| says("Yes", &[("Yes", 0.9), ("No", 0.1)]));
    let verdict = judge.score(&probable, &ask(1, "right1")).await.unwrap();
    assert!(matches!(verdict, Verdict::Unscored { why: Unscored::Stale { .. } }), "{verdict:?}");
}

async fn panel(models: &Simulated, judges: &[&str]) -> Result<Panel, PanelError> {
    let mut members = Vec::new();
    for judge in judges {
        members.push(calibrated(models, judge, 60).await.expect("usable"));
    }
    Panel::gather(models, members).await
}

#[tokio::test]
async fn a_panel_averages_families_and_says_how_far_they_disagree() {
    let models = the_judges(1);
    let both = panel(&models, &["good", "other"]).await.expect("two families");
    let (mut agreed, mut most) = (0, 0.0_f64);
    for index in 100..200 {
        for (answer, is_right) in [(format!("right{index}"), true), (format!("wrong{index}"), false)] {
            let said = both.score(&models, &ask(index, &answer), &[]).await.unwrap();
            let score = said.verdict.score().expect("a score");
            let scores: Vec<f64> =
                said.opinions.iter().filter_map(|opinion| opinion.verdict.score()).collect();
            assert!(scores.iter().copied().fold(1.0, f64::min) <= score);
            assert!(scores.iter().copied().fold(0.0, f64::max) >= score);
            let disagreement = said.disagreement.expect("of two");
            assert!((disagreement - (scores[0] - scores[1]).abs()).abs() < 1e-12);
            most = most.max(disagreement);
            agreed += usize::from((score >= 0.5) == is_right);
        }
    }
    assert!(agreed >= 165, "{agreed} of 200");
    assert!(most > 0.3, "{most}");
}

#[tokio::test]
async fn nobody_judges_its_own_answer() {
    let models = the_judges(1);
    let both = panel(&models, &["good", "other"]).await.expect("two families");
    let good = Identity::of(&models, "good").await.unwrap();
    let renamed = Identity { model: "alias".into(), ..good.clone() };
    for maker in [good, renamed] {
        let said = both.score(&models, &ask(1, "right1"), std::slice::from_ref(&maker)).await.unwrap();
        assert!(
            matches!(&said.opinions[0].verdict, Verdict::Unscored { why: Unscored::OwnAnswer { .. } }),
            "{said:?}"
        );
        assert_eq!(said.verdict.score(), said.opinions[1].verdict.score());
        assert_eq!(said.disagreement, None);
        let alone = panel(&models, &["good"]).await.unwrap();
        let said = alone.score(&models, &ask(1, "right1"), &[maker]).await.unwrap();
        assert!(matches!(said.verdict, Verdict::Unscored { why: Unscored::OwnAnswer { .. } }), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_no_panel_is_refused() {
    assert_eq!(Panel::new(Vec::new()), Err(PanelError::Empty));
    let member = |name: &str, family: Option<&str>| {
        let family = family.map(str::to_owned);
        (Judge::new(name), Identity { model: name.into(), digest: None, family })
    };
    let twins = Panel::new(vec![member("a", Some("qwen2")), member("b", None), member("c", Some("qwen2"))]);
    assert!(
        matches!(twins, Err(PanelError::SameFamily { ref one, ref other, .. }) if one == "a" && other == "c")
    );
    assert!(Panel::new(vec![member("a", None), member("b", None)]).is_ok());
    assert!(Panel::new(vec![member("a", None), member("a", None)]).is_err());
}

#[tokio::test]
async fn a_panel_goes_on_without_a_judge_that_fails_but_keeps_to_limits() {
    let two = || {
        let member = |name: &str| (Judge::new(name), Identity::named(name));
        Panel::new(vec![member("a"), member("b")]).expect("two")
    };
    let failing = |kind: ErrorKind, who: &'static str| {
        Fixed::new(move |request: &Request| {
            if who.contains(&request.model) { Err(kind) } else { says("Yes", &[("Yes", 0.9), ("No", 0.1)]) }
        })
    };
    let asked = ask(1, "right1");
    let said = two().score(&failing(ErrorKind::Unreachable, "a"), &asked, &[]).await.unwrap();
    assert!((said.verdict.score().unwrap() - 0.9).abs() < 1e-9);
    assert!(matches!(said.opinions[0].verdict, Verdict::Unscored { why: Unscored::Failed { .. } }));
    let error = two().score(&failing(ErrorKind::Unreachable, "ab"), &asked, &[]).await.expect_err("nobody");
    assert_eq!(error.kind, ErrorKind::Unreachable);
    let error = two().score(&failing(ErrorKind::OverBudget, "b"), &asked, &[]).await.expect_err("a limit");
    assert_eq!(error.kind, ErrorKind::OverBudget);
}

#[test]
fn verdicts_are_written_and_read() {
    let verdicts = BTreeMap::from([
        (1, Verdict::Scored { score: 0.25, coverage: 0.75, means: Means::Schema }),
        (2, Verdict::Unscored { why: Unscored::LowCoverage { coverage: 0.25 } }),
        (3, Verdict::Unscored { why: Unscored::NoJudge }),
    ]);
    let text = serde_json::to_string(&verdicts).unwrap();
    assert_eq!(serde_json::from_str::<BTreeMap<i32, Verdict>>(&text).unwrap(), verdicts);
    assert!(text.contains("\"means\":\"schema\""), "{text}");
}

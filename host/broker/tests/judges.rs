//! The simulated judges that come with flux are what their descriptions say, by the questions that come with it.

use std::path::Path;

use flux_broker::{
    Account, Bounded, Broker, Model as _, Parts, Terms,
    config::ModelsConfig,
    judge::{Judge, JudgeRefused, calibrate, calibrate_blind, compare_judges},
    questions::QuestionSet,
    simulated::Knowledge,
};

fn shipped(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../genomes/ecosystems");
    std::fs::read_to_string(folder.join(name)).expect("the file is there")
}

fn models() -> (Bounded, QuestionSet) {
    let set = QuestionSet::parse(&shipped("questions.toml")).expect("questions");
    let config = ModelsConfig::parse(&shipped("models.toml")).expect("models");
    let parts = Parts { knowledge: Knowledge::from(&set), ..Parts::default() };
    let broker = Broker::new(&config, &parts).expect("a broker");
    (broker.bound(Terms { account: Account::new(None), deadline: None }), set)
}

async fn measured(models: &Bounded, set: &QuestionSet, judge: &str) -> Result<Judge, JudgeRefused> {
    let digest = models.show(judge).await.expect("there").digest;
    let mut found = Judge::new(judge);
    for calibration in [
        calibrate(judge, models, set, 1).await.expect("measured"),
        calibrate_blind(judge, models, set, 1).await.expect("measured"),
    ] {
        found = found.with(calibration, digest.as_deref())?;
    }
    Ok(found)
}

#[tokio::test]
async fn the_careful_judge_can_be_used_and_the_flatterer_cannot() {
    let (models, set) = models();
    let judge = measured(&models, &set, "judge-careful").await.expect("usable");
    assert!(judge.calibration.is_some_and(|it| it.auc > 0.93 && it.questions == 72));
    let refused = measured(&models, &set, "judge-flatterer").await.expect_err("it guesses");
    assert!(matches!(refused, JudgeRefused::NotUsable { .. }), "{refused}");
}

#[tokio::test]
async fn the_careful_judge_replaces_the_plain_one_and_the_flatterer_nobody() {
    let (models, set) = models();
    for (old, new, expected) in [
        ("judge-plain", "judge-careful", true),
        ("judge-careful", "judge-plain", false),
        ("judge-plain", "judge-flatterer", false),
        ("judge-careful", "judge-flatterer", false),
        ("judge-careful", "judge-careful", false),
    ] {
        let comparison = compare_judges(old, new, &models, &set, 1).await.expect("compared");
        assert_eq!(comparison.is_better(), expected, "{old}, {new}: {comparison:?}");
    }
}

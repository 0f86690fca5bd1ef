//! Measures judges on answers known to be right and wrong.

use crate::{
    calibration::{Calibration, Comparison, Fit, Labelled, compare, fit},
    error::ModelError,
    judge::{
        Ask, Means, prompt,
        reading::{self, Reading},
    },
    model::Model,
    questions::{Question, QuestionSet},
};

/// The fewest questions that a judge is measured on: with fewer, an interval by resampling means nothing.
pub const MIN_QUESTIONS: usize = 10;

/// A judge that cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// The set is too small.
    #[error("the set has {questions} questions, at least {MIN_QUESTIONS} are needed")]
    TooFew {
        /// How many there are.
        questions: usize,
    },
    /// The server gave probabilities at one time and not at another.
    #[error("the server of `{model}` gave probabilities for some answers only")]
    Mixed {
        /// The judge.
        model: String,
    },
    /// The judge could not be asked.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// Measures the judge `judge` with reference answers: of each question it is shown the right answer and the first wrong
/// one, in the same sentence, and an answer that says nothing. Three calls of one token a question.
///
/// Half of what it is shown is right: a calibrated score is the probability that an answer is right if half of all
/// answers are.
///
/// # Determinism
/// A function of the model's replies, the set and the seed.
///
/// # Errors
/// [`CalibrateError`]. A judge that may be guessing is no error here: the figures say so
/// ([`Calibration::is_usable`]), and [`crate::judge::Judge::with`] refuses it.
pub async fn calibrate(
    judge: &str,
    model: &dyn Model,
    set: &QuestionSet,
    seed: u64,
) -> Result<Calibration, CalibrateError> {
    measure(judge, model, set, seed, true).await
}

/// The same without reference answers, for judging where there are none.
///
/// # Errors
/// As [`calibrate`].
pub async fn calibrate_blind(
    judge: &str,
    model: &dyn Model,
    set: &QuestionSet,
    seed: u64,
) -> Result<Calibration, CalibrateError> {
    measure(judge, model, set, seed, false).await
}

/// Compares two judges by how well they agree with answers known to be right and wrong, both on the same questions with
/// reference answers. What decides, and its error rate, is with [`Comparison`].
///
/// # Errors
/// As [`calibrate`].
pub async fn compare_judges(
    old: &str,
    new: &str,
    model: &dyn Model,
    set: &QuestionSet,
    seed: u64,
) -> Result<Comparison, CalibrateError> {
    let (old, _) = labelled(old, model, set, true).await?;
    let (new, _) = labelled(new, model, set, true).await?;
    Ok(compare(&old, &new, seed))
}

async fn measure(
    judge: &str,
    model: &dyn Model,
    set: &QuestionSet,
    seed: u64,
    references: bool,
) -> Result<Calibration, CalibrateError> {
    let digest = model.show(judge).await?.digest;
    let (items, means) = labelled(judge, model, set, references).await?;
    let Fit { method, auc, brier, ece, sensitivity, specificity, abstained } = fit(&items, seed);
    Ok(Calibration {
        model: judge.to_owned(),
        digest,
        prompt_version: prompt::VERSION,
        references,
        means,
        seed,
        questions: items.len() / 2,
        n: items.len(),
        abstained,
        method,
        auc: auc.value,
        auc_low: auc.low,
        auc_high: auc.high,
        brier,
        ece,
        sensitivity,
        specificity,
    })
}

/// What the judge makes of a right and a wrong answer to each question, and how that was read.
async fn labelled(
    judge: &str,
    model: &dyn Model,
    set: &QuestionSet,
    references: bool,
) -> Result<(Vec<Labelled>, Means), CalibrateError> {
    let questions = usable(set);
    if questions.len() < MIN_QUESTIONS {
        return Err(CalibrateError::TooFew { questions: questions.len() });
    }
    let (mut items, mut means) = (Vec::new(), None);
    for (idx, question) in questions.into_iter().enumerate() {
        let reference = references.then(|| question.answer.clone());
        let mut leaning: Option<Option<Reading>> = None;
        for is_right in [true, false] {
            let answer = shown(question, is_right);
            let ask = Ask { question: question.ask.clone(), answer, reference: reference.clone() };
            let mut reading = reading::plain(model, judge, &ask).await?.ok();
            if let Some(found) = reading {
                if *means.get_or_insert(found.means) != found.means {
                    return Err(CalibrateError::Mixed { model: judge.to_owned() });
                }
                if found.means == Means::LogProbabilities {
                    let null = match leaning {
                        Some(null) => null,
                        None => reading::null(model, judge, &ask.question, reference.as_deref()).await?.ok(),
                    };
                    leaning = Some(null);
                    reading = null.map(|null| found.minus(&null));
                }
            }
            items.push(Labelled { question: idx, is_right, logit: reading.map(|reading| reading.logit) });
        }
    }
    Ok((items, means.unwrap_or(Means::LogProbabilities)))
}

/// The questions that have an answer of each kind.
fn usable(set: &QuestionSet) -> Vec<&Question> {
    set.questions.iter().filter(|question| !question.wrong.is_empty()).collect()
}

/// The right answer or the first wrong one, in a sentence where that keeps it what it is: otherwise the right one would
/// be the reference word for word.
fn shown(question: &Question, is_right: bool) -> String {
    let answer = if is_right { &question.answer } else { question.wrong.first().unwrap_or(&question.answer) };
    let sentence = format!("It is {answer}.");
    if question.is_right(&sentence) == is_right { sentence } else { answer.clone() }
}

//! Reads a verdict: from the probabilities of the first token, else from a number in a schema.

use serde::Deserialize;
use serde_json::json;

use crate::{
    calibration::logit,
    error::{ErrorKind, ModelError},
    judge::{
        Ask, MIN_COVERAGE, Means, Unscored,
        prompt::{self, Form},
    },
    model::{Generated, Model, Request, TokenReading},
};

/// The highest number of alternatives that servers report.
const MOST_ALTERNATIVES: u8 = 20;

/// The least probability that a word has for us which is not among the alternatives.
const FLOOR: f64 = 1e-9;

/// Tokens for a number in a schema.
const SCHEMA_TOKENS: u64 = 32;

/// How much of an unreadable reply is kept, in characters.
const REPLY_SHOWN: usize = 80;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// The logit of yes.
    pub(super) logit: f64,
    /// The mass of yes and no.
    pub(super) coverage: f64,
    /// How it was read.
    pub(super) means: Means,
    /// The score that was written, where one was.
    pub(super) written: Option<f64>,
}

/// What the judge makes of the answer.
pub(super) async fn plain(
    model: &dyn Model,
    judge: &str,
    ask: &Ask,
) -> Result<Result<Reading, Unscored>, ModelError> {
    let reference = ask.reference.as_deref();
    let asked = |form| prompt::scoring(&ask.question, reference, &ask.answer, form);
    match word(model, judge, asked(Form::Word), ["yes", "no"]).await? {
        Some(read) => Ok(read),
        None => written(model, judge, asked(Form::Json)).await,
    }
}

/// The same, minus what it makes of an answer that says nothing. A written score stays as it is.
pub(super) async fn against_null(
    model: &dyn Model,
    judge: &str,
    ask: &Ask,
) -> Result<Result<Reading, Unscored>, ModelError> {
    let reading = match plain(model, judge, ask).await? {
        Ok(reading) if reading.means == Means::LogProbabilities => reading,
        other => return Ok(other),
    };
    Ok(null(model, judge, &ask.question, ask.reference.as_deref()).await?.map(|null| reading.minus(&null)))
}

/// What the judge makes of an answer that says nothing.
pub(super) async fn null(
    model: &dyn Model,
    judge: &str,
    question: &str,
    reference: Option<&str>,
) -> Result<Result<Reading, Unscored>, ModelError> {
    let asked = prompt::scoring(question, reference, prompt::NULL_ANSWER, Form::Word);
    let read = word(model, judge, asked, ["yes", "no"]).await?;
    let why = || Unscored::Stale {
        what: "the server gives probabilities of one answer and not of the next".into(),
    };
    Ok(read.unwrap_or_else(|| Err(why())))
}

impl Reading {
    /// The reading with the leaning in the question taken away.
    pub(super) fn minus(self, null: &Self) -> Self {
        let coverage = self.coverage.min(null.coverage);
        Self { logit: self.logit - null.logit, coverage, ..self }
    }
}

/// The logit of one word against another as the first token; nothing where the server gives no probabilities.
pub(super) async fn word(
    model: &dyn Model,
    judge: &str,
    asked: String,
    words: [&str; 2],
) -> Result<Option<Result<Reading, Unscored>>, ModelError> {
    let request = Request { max_tokens: 1, top_logprobs: MOST_ALTERNATIVES, ..request(judge, asked) };
    let generated = match model.generate(&request, &mut |_| {}).await {
        Ok(generated) => generated,
        // Some servers do not know the parameter, others say that they cannot.
        Err(error) if matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Refused) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(first) = generated.tokens.first() else { return Ok(None) };
    Ok(Some(of_token(first, words)))
}

/// The logit of one word against another by the probabilities of a token, of which all variants in case, white space
/// and punctuation count.
fn of_token(token: &TokenReading, words: [&str; 2]) -> Result<Reading, Unscored> {
    let mut mass = [0.0; 2];
    let (mut listed, mut smallest) = (0.0, 1.0_f64);
    let chosen =
        (!token.top.iter().any(|choice| choice.token == token.chosen.token)).then_some(&token.chosen);
    for choice in token.top.iter().chain(chosen) {
        // Rounding may take a logarithm a little above 0; what is no number counts for nothing.
        let probability = libm::exp(choice.logprob.min(0.0));
        if !probability.is_finite() || choice.logprob.is_nan() {
            continue;
        }
        (listed, smallest) = (listed + probability, smallest.min(probability));
        let text = choice.token.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        for (mass, word) in mass.iter_mut().zip(words) {
            if text == word {
                *mass += probability;
            }
        }
    }
    let coverage = (mass[0] + mass[1]).min(1.0);
    if coverage < MIN_COVERAGE {
        return Err(Unscored::LowCoverage { coverage });
    }
    // A word that is not listed is no likelier than the least likely one that is, nor than all that is left.
    let unlisted = smallest.min(1.0 - listed).max(FLOOR);
    let [yes, no] = mass.map(|mass| if mass > 0.0 { mass } else { unlisted });
    let logit = libm::log(yes) - libm::log(no);
    Ok(Reading { logit, coverage, means: Means::LogProbabilities, written: None })
}

/// A score from 0 to 10 in a schema.
async fn written(
    model: &dyn Model,
    judge: &str,
    asked: String,
) -> Result<Result<Reading, Unscored>, ModelError> {
    #[derive(Deserialize)]
    struct Score {
        score: f64,
    }
    let schema = json!({
        "type": "object",
        "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 10}},
        "required": ["score"],
        "additionalProperties": false,
    });
    let generated = constrained(model, judge, asked, schema).await?;
    Ok(match serde_json::from_str::<Score>(generated.text.trim()) {
        Ok(Score { score }) if (0.0..=10.0).contains(&score) => Ok(Reading {
            // Half a point is kept from both ends, where logits are infinite.
            logit: logit((score + 0.5) / 11.0),
            coverage: 1.0,
            means: Means::Schema,
            written: Some(score / 10.0),
        }),
        _ => Err(unreadable(&generated.text)),
    })
}

/// A reply of a few tokens after a schema.
pub(super) async fn constrained(
    model: &dyn Model,
    judge: &str,
    asked: String,
    schema: serde_json::Value,
) -> Result<Generated, ModelError> {
    let request = Request { max_tokens: SCHEMA_TOKENS, schema: Some(schema), ..request(judge, asked) };
    model.generate(&request, &mut |_| {}).await
}

pub(super) fn unreadable(reply: &str) -> Unscored {
    Unscored::Unreadable { reply: reply.chars().take(REPLY_SHOWN).collect() }
}

fn request(judge: &str, asked: String) -> Request {
    Request {
        system: Some(prompt::SYSTEM.into()),
        temperature: 0.0,
        seed: Some(0),
        ..Request::new(judge, asked)
    }
}

#[cfg(test)]
mod tests {
    use super::of_token;
    use crate::{
        judge::Unscored,
        model::{TokenChoice, TokenReading},
    };

    fn token(top: &[(&str, f64)]) -> TokenReading {
        let choice = |&(token, probability): &(&str, f64)| TokenChoice {
            token: token.into(),
            logprob: f64::ln(probability),
        };
        TokenReading { chosen: choice(&top[0]), top: top.iter().map(choice).collect() }
    }

    #[test]
    fn variants_are_summed() {
        let token = token(&[
            ("Yes", 0.4),
            (" yes", 0.1),
            ("No", 0.15),
            ("**no", 0.05),
            ("YES", 0.1),
            ("yesterday", 0.1),
        ]);
        let reading = of_token(&token, ["yes", "no"]).expect("a verdict");
        assert!((reading.coverage - 0.8).abs() < 1e-12);
        assert!((reading.logit - f64::ln(0.6 / 0.2)).abs() < 1e-12);
    }

    #[test]
    fn below_one_half_there_is_no_verdict() {
        let low = of_token(&token(&[("The", 0.52), ("Yes", 0.47)]), ["yes", "no"]);
        assert!(matches!(low, Err(Unscored::LowCoverage { coverage }) if (coverage - 0.47).abs() < 1e-12));
        assert!(of_token(&token(&[("Yes", 0.51), ("The", 0.4)]), ["yes", "no"]).is_ok());
    }

    #[test]
    fn a_word_that_is_not_listed_is_rare_but_possible() {
        let reading = of_token(&token(&[("yes", 0.9), ("It", 0.04)]), ["yes", "no"]).unwrap();
        assert!((reading.logit - f64::ln(0.9 / 0.04)).abs() < 1e-9);
        let reading = of_token(&token(&[("yes", 1.0)]), ["yes", "no"]).unwrap();
        assert!((reading.logit - f64::ln(1e9)).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_number_counts_for_nothing() {
        let mut token = token(&[("yes", 0.8), ("no", 0.1)]);
        token.top[1].logprob = f64::NAN;
        token.top.push(TokenChoice { token: "no".into(), logprob: f64::NEG_INFINITY });
        let reading = of_token(&token, ["yes", "no"]).unwrap();
        assert!(reading.logit.is_finite() && reading.logit > 0.0, "{reading:?}");
    }
}

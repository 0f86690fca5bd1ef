//! Which of two answers is the better one.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::ModelError,
    judge::{
        Means, Unscored,
        prompt::{self, Form},
        reading,
    },
    model::Model,
};

/// What a judge says of two answers, asked in both orders.
///
/// The logits of both orders are averaged, so that a leaning to one place cancels. Where the order decides who wins, it
/// is a tie. It is for telling apart what [`crate::judge::Judge::score`] does not: comparing makes judges more
/// partial to long and confident answers.
///
/// # Source
/// L. Zheng et al., arXiv 2306.05685, section 3.4 (both orders, a flip is a tie); H. Jeong et al., The Comparative Trap,
/// arXiv 2406.12319 (the caution).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    /// There is a verdict.
    Compared {
        /// Who wins.
        winner: Winner,
        /// The average logit of the first against the second; in the weaker kind 0, or a vote of 1 or -1.
        margin: f64,
        /// The mass of the tokens that are a verdict, in the order where it is less.
        coverage: f64,
        /// Where it comes from.
        means: Means,
    },
    /// There is none.
    Unscored {
        /// Why not.
        why: Unscored,
    },
}

/// Who wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Winner {
    /// The first answer.
    First,
    /// The second answer.
    Second,
    /// Neither.
    Tie,
}

pub(super) async fn prefer(
    model: &dyn Model,
    judge: &str,
    question: &str,
    [first, second]: [&str; 2],
    reference: Option<&str>,
) -> Result<Preference, ModelError> {
    let (mut logits, mut coverage, mut means) = ([0.0; 2], 1.0_f64, Means::LogProbabilities);
    for (logit, (a, b, sign)) in logits.iter_mut().zip([(first, second, 1.0), (second, first, -1.0)]) {
        let asked = |form| prompt::comparing(question, reference, a, b, form);
        let read = match means {
            Means::LogProbabilities => reading::word(model, judge, asked(Form::Word), ["a", "b"]).await?,
            Means::Schema | Means::Check => None,
        };
        match read {
            Some(Ok(reading)) => {
                *logit = sign * reading.logit;
                coverage = coverage.min(reading.coverage);
            }
            Some(Err(why)) => return Ok(Preference::Unscored { why }),
            None => match vote(model, judge, asked(Form::Json)).await? {
                Ok(vote) => (*logit, means) = (sign * vote, Means::Schema),
                Err(why) => return Ok(Preference::Unscored { why }),
            },
        }
    }
    let winner = if logits.iter().all(|logit| *logit > 0.0) {
        Winner::First
    } else if logits.iter().all(|logit| *logit < 0.0) {
        Winner::Second
    } else {
        Winner::Tie
    };
    Ok(Preference::Compared { winner, margin: (logits[0] + logits[1]) / 2.0, coverage, means })
}

/// Which is better by a schema: 1 for A, -1 for B.
async fn vote(model: &dyn Model, judge: &str, asked: String) -> Result<Result<f64, Unscored>, ModelError> {
    #[derive(Deserialize)]
    struct Vote {
        better: Letter,
    }
    #[derive(Deserialize)]
    enum Letter {
        A,
        B,
    }
    let schema = json!({
        "type": "object",
        "properties": {"better": {"enum": ["A", "B"]}},
        "required": ["better"],
        "additionalProperties": false,
    });
    let generated = reading::constrained(model, judge, asked, schema).await?;
    Ok(match serde_json::from_str::<Vote>(generated.text.trim()) {
        Ok(Vote { better: Letter::A }) => Ok(1.0),
        Ok(Vote { better: Letter::B }) => Ok(-1.0),
        Err(_) => Err(reading::unreadable(&generated.text)),
    })
}

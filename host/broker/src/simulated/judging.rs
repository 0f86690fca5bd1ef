//! A simulated model that judges.
//!
//! What it makes of an answer is a number x from a normal distribution with deviation 1, around d/2 if the answer is
//! right and -d/2 if it is wrong. The area under its ROC curve is then Phi(d / sqrt 2) (Green and Swets, Signal
//! Detection Theory and Psychophysics, 1966), which is set to its skill. Its logit is d x: the logarithm of the odds
//! that x really means, so an unbiased judge is calibrated by nature; below d = 1 it is x, so a poor judge is surer than
//! it may be, as poor judges are. To that come a leaning by question, which a null answer shows too, and its bias.

use super::{Ctx, Saying, reading};
use crate::calibration::sigmoid;
use crate::{
    judge::prompt::{Answers, Content, NULL_ANSWER},
    model::Request,
    normal,
    questions::normalised,
};

/// The deviation of the leaning by question, as a logit.
const LEANING: f64 = 1.0;

/// The probability of the tokens that are a verdict.
const COVERAGE: f64 = 0.98;

/// Judges the answer, or the two answers, of a prompt.
pub(super) fn judge(ctx: &Ctx<'_>, request: &Request, content: &Content) -> Saying {
    match &content.answers {
        Answers::One(answer) => {
            let logit = leaning(ctx, content) + opinion(ctx, content, answer);
            let yes = sigmoid(logit);
            if request.schema.is_some() {
                let score = libm::round(yes * 10.0) as u8;
                return Saying { text: format!("{{\"score\": {score}}}"), first: None };
            }
            verdict(("Yes", "yes"), ("No", "no"), logit)
        }
        Answers::Two(first, second) => {
            let logit = opinion(ctx, content, first) - opinion(ctx, content, second) + ctx.settings.position;
            if request.schema.is_some() {
                let better = if logit >= 0.0 { "A" } else { "B" };
                return Saying { text: format!("{{\"better\": \"{better}\"}}"), first: None };
            }
            verdict(("A", " A"), ("B", " B"), logit)
        }
    }
}

/// How it leans in a question, whatever the answer.
fn leaning(ctx: &Ctx<'_>, content: &Content) -> f64 {
    LEANING * ctx.dice("leaning", &[normalised(&content.question).as_bytes()]).normal()
}

/// What it makes of an answer, as a logit. An answer that says nothing is neither right nor wrong to it.
fn opinion(ctx: &Ctx<'_>, content: &Content, answer: &str) -> f64 {
    let (ask, answer) = (normalised(&content.question), answer.trim());
    if normalised(answer) == normalised(NULL_ANSWER) {
        return 0.0;
    }
    let side = match is_right(ctx, content, answer) {
        Some(true) => 0.5,
        Some(false) => -0.5,
        None => 0.0,
    };
    let skill = ctx.settings.judging.clamp(0.0001, 0.9999);
    let distance = std::f64::consts::SQRT_2 * normal::quantile(skill);
    let x = side * distance + ctx.dice("opinion", &[ask.as_bytes(), answer.as_bytes()]).normal();
    distance.abs().max(1.0) * x + ctx.settings.bias
}

/// Whether an answer is right: by the known question, else by the reference, else nobody knows.
fn is_right(ctx: &Ctx<'_>, content: &Content, answer: &str) -> Option<bool> {
    if let Some(question) = ctx.all.knowledge.find(&content.question) {
        return Some(question.is_right(answer));
    }
    let reference = normalised(content.reference.as_deref()?);
    Some(!reference.is_empty() && normalised(answer).contains(&reference))
}

fn verdict(one: (&str, &str), other: (&str, &str), logit: f64) -> Saying {
    let (yes, no) = (COVERAGE * sigmoid(logit), COVERAGE * sigmoid(-logit));
    // Tokens come in variants, so that whoever reads them has to add these up.
    let first = reading(vec![
        (one.0, 0.8 * yes),
        (one.1, 0.2 * yes),
        (other.0, 0.8 * no),
        (other.1, 0.2 * no),
        ("The", 0.6 * (1.0 - COVERAGE)),
        ("It", 0.4 * (1.0 - COVERAGE)),
    ]);
    Saying { text: (if logit >= 0.0 { one.0 } else { other.0 }).to_owned(), first }
}

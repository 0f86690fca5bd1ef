//! A simulated model that answers, and what it takes texts to be about.

use super::Ctx;
use crate::{
    judge::prompt::NULL_ANSWER,
    model::Request,
    questions::{Question, normalised},
};

/// How many numbers an embedding has.
const DIMENSIONS: usize = 64;

/// Answers the known question in a prompt: rightly with probability competence - noise x temperature, else with one of
/// its wrong answers, the first ones more often. Without a known question the model does not know.
pub(super) fn answer(ctx: &Ctx<'_>, request: &Request) -> String {
    let Some(question) = ctx.all.knowledge.find(&request.prompt) else { return NULL_ANSWER.to_owned() };
    let temperature = if request.temperature > 0.0 { request.temperature } else { 0.0 };
    // At temperature 0 nothing is sampled, so the seed of the sampling has no say.
    let seed = if temperature > 0.0 { request.seed.unwrap_or(0) } else { 0 };
    let ask = normalised(&question.ask);
    let parts: [&[u8]; 3] = [ask.as_bytes(), &seed.to_le_bytes(), &temperature.to_bits().to_le_bytes()];
    let mut dice = ctx.dice("answer", &parts);
    let competence = ctx.settings.competence_in(&question.subject);
    let knows = dice.uniform() < competence - ctx.settings.noise * temperature;
    let mut said = question.answer.as_str();
    if !knows {
        // Each is half as likely as the one before, and the last as likely as that.
        let skipped = dice.word().trailing_ones() as usize;
        said = question.wrong.get(skipped).or(question.wrong.last()).map_or(NULL_ANSWER, String::as_str);
    }
    sentence(question, said, dice.below(4), knows)
}

/// A short sentence with the answer in it, or the answer alone where a sentence would change what it is.
fn sentence(question: &Question, said: &str, form: usize, is_right: bool) -> String {
    let sentence = match form {
        0 => format!("{said}."),
        1 => format!("It is {said}."),
        2 => format!("The answer is {said}."),
        _ => format!("That would be {said}."),
    };
    if question.is_right(&sentence) == is_right { sentence } else { said.to_owned() }
}

/// The sum of a random vector for each word, at unit length: texts with the same words are close.
pub(super) fn embedding(ctx: &Ctx<'_>, text: &str) -> Vec<f32> {
    let mut sum = [0_i32; DIMENSIONS];
    for word in normalised(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let coins = ctx.dice("word", &[word.as_bytes()]).word();
        for (place, number) in sum.iter_mut().enumerate() {
            *number += if coins >> place & 1 == 1 { 1 } else { -1 };
        }
    }
    let square: f64 = sum.iter().map(|&number| f64::from(number) * f64::from(number)).sum();
    if square == 0.0 {
        sum[0] = 1;
    }
    let length = libm::sqrt(square.max(1.0));
    sum.iter().map(|&number| (f64::from(number) / length) as f32).collect()
}

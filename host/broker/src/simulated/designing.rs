//! A simulated model that is asked for a better ecosystem: it gives the one named in the diagnosis another model.

use serde::Deserialize;
use serde_json::Value;

use super::{Ctx, Settings};
use crate::model::Request;

/// What the line with the facts begins with.
const FACTS: &str = "FACTS: ";

/// How much a logit of bias counts against a judge's skill when the best judge is sought.
const PRICE_OF_BIAS: f64 = 0.05;

/// What the architect is told.
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    ecosystem: Value,
    diagnosis: Diagnosis,
    models: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Diagnosis {
    weak: Weak,
    #[serde(default)]
    entity: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weak {
    Answer,
    Judge,
    None,
}

/// The facts in a prompt: the last line that has any.
pub(super) fn facts(prompt: &str) -> Option<Facts> {
    prompt
        .lines()
        .rev()
        .filter_map(|line| line.strip_prefix(FACTS))
        .find_map(|facts| serde_json::from_str(facts).ok())
}

/// The ecosystem with another model for the entity of the diagnosis: the best one there is for its work, if the
/// architect knows it (probability `architect`), else any other.
pub(super) fn design(ctx: &Ctx<'_>, request: &Request, facts: Facts) -> String {
    let Facts { mut ecosystem, diagnosis, models } = facts;
    if let Some(model) = choose(ctx, request, &ecosystem, &diagnosis, &models) {
        let entities = ecosystem.get_mut("entities").and_then(Value::as_array_mut);
        for entity in entities.into_iter().flatten() {
            let is_named = entity.get("name").and_then(Value::as_str) == Some(diagnosis.entity.as_str());
            if let (true, Some(fields)) = (is_named, entity.as_object_mut()) {
                fields.insert("model_key".into(), Value::String(model.clone()));
            }
        }
    }
    ecosystem.to_string()
}

fn choose(
    ctx: &Ctx<'_>,
    request: &Request,
    ecosystem: &Value,
    diagnosis: &Diagnosis,
    models: &[String],
) -> Option<String> {
    let merit = |model: &String| -> Option<f64> {
        let settings = ctx.all.models.get(model)?;
        match diagnosis.weak {
            Weak::Answer => Some(answering_merit(ctx, settings)),
            Weak::Judge => Some(settings.judging - PRICE_OF_BIAS * settings.bias.abs()),
            Weak::None => None,
        }
    };
    let (mut best, mut most) = (None, f64::NEG_INFINITY);
    for model in models {
        if let Some(merit) = merit(model).filter(|merit| *merit > most) {
            (best, most) = (Some(model), merit);
        }
    }
    let best = best?;
    let seed = request.seed.unwrap_or(0).to_le_bytes();
    let mut dice =
        ctx.dice("design", &[ecosystem.to_string().as_bytes(), diagnosis.entity.as_bytes(), &seed]);
    if dice.uniform() < ctx.settings.architect {
        return Some(best.clone());
    }
    let others: Vec<&String> = models.iter().filter(|model| *model != best).collect();
    others.get(dice.below(others.len())).map(|model| (*model).clone())
}

/// The share of the known questions that it is to be expected to answer.
fn answering_merit(ctx: &Ctx<'_>, settings: &Settings) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for question in ctx.all.knowledge.questions() {
        sum += settings.competence_in(&question.subject);
        n += 1.0;
    }
    if n == 0.0 { settings.otherwise } else { sum / n }
}

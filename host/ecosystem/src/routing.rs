//! Which attractor a question goes to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use flux_broker::{Model, ModelError};
use flux_lang::ecosystem::tree::{ANY_INTENT, Attractor, Ecosystem};

use crate::error::AskError;
use crate::event::Route;

/// How questions without an intent find one: by likeness of meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness {
    /// The key of the model that embeds questions and intents.
    pub model: String,
    /// The least cosine that counts, -1 to 1. Default 0.5.
    pub least: f64,
}

impl Likeness {
    /// The default of [`Self::least`].
    pub const LEAST: f64 = 0.5;
}

/// Finds attractors, and remembers the embeddings of intents.
pub(crate) struct Router {
    likeness: Option<Likeness>,
    intents: Mutex<BTreeMap<String, Vec<f32>>>,
}

impl Router {
    pub(crate) fn new(likeness: Option<Likeness>) -> Self {
        Self { likeness, intents: Mutex::default() }
    }

    /// An intent goes to the first attractor in the text that has it or takes any. A question without one goes to
    /// the attractor whose intent it is like, if there is a model to say so; else to the first that takes any, else to
    /// the only one there is.
    pub(crate) async fn route<'e>(
        &self,
        tree: &'e Ecosystem,
        intent: Option<&str>,
        question: &str,
        model: &dyn Model,
    ) -> Result<(&'e Attractor, Route), AskError> {
        let has =
            |attractor: &Attractor, wanted: &str| attractor.intents.iter().any(|intent| intent == wanted);
        if let Some(intent) = intent.filter(|intent| *intent != ANY_INTENT) {
            if let Some(attractor) = tree.attractor_for(intent) {
                let is_named = has(attractor, intent);
                return Ok((attractor, if is_named { Route::Intent(intent.to_owned()) } else { Route::Any }));
            }
        } else if let Some(near) = self.nearest(tree, question, model).await? {
            return Ok(near);
        } else if let Some(attractor) = tree.attractors.iter().find(|attractor| has(attractor, ANY_INTENT)) {
            return Ok((attractor, Route::Any));
        } else if let [only] = tree.attractors.as_slice() {
            return Ok((only, Route::Any));
        }
        let intents = tree.attractors.iter().flat_map(|attractor| attractor.intents.clone()).collect();
        Err(AskError::NoAttractor { intent: intent.map(str::to_owned), intents })
    }

    async fn nearest<'e>(
        &self,
        tree: &'e Ecosystem,
        question: &str,
        model: &dyn Model,
    ) -> Result<Option<(&'e Attractor, Route)>, AskError> {
        let Some(likeness) = &self.likeness else { return Ok(None) };
        let pairs: Vec<(&Attractor, &String)> = tree
            .attractors
            .iter()
            .flat_map(|attractor| attractor.intents.iter().map(move |intent| (attractor, intent)))
            .filter(|(_, intent)| *intent != ANY_INTENT)
            .collect();
        if pairs.is_empty() {
            return Ok(None);
        }
        let intents: Vec<&String> = pairs.iter().map(|(_, intent)| *intent).collect();
        let (question, intents) =
            self.embed(likeness, question, &intents, model).await.map_err(|source| AskError::Model {
                stage: "the choice of an attractor".to_owned(),
                entity: likeness.model.clone(),
                source: Box::new(source),
            })?;
        let mut best: Option<(usize, f64)> = None;
        for (idx, intent) in intents.iter().enumerate() {
            let similarity = cosine(&question, intent);
            if similarity >= likeness.least && best.is_none_or(|(_, highest)| similarity > highest) {
                best = Some((idx, similarity));
            }
        }
        Ok(best.map(|(idx, similarity)| {
            let (attractor, intent) = pairs[idx];
            (attractor, Route::Near { intent: intent.clone(), similarity })
        }))
    }

    /// The embeddings of a question and of intents; those of intents are asked for once.
    async fn embed(
        &self,
        likeness: &Likeness,
        question: &str,
        intents: &[&String],
        model: &dyn Model,
    ) -> Result<(Vec<f32>, Vec<Vec<f32>>), ModelError> {
        let known = || self.intents.lock().unwrap_or_else(PoisonError::into_inner);
        let mut texts = vec![question.to_owned()];
        {
            let known = known();
            texts.extend(
                intents.iter().filter(|intent| !known.contains_key(**intent)).map(|intent| (*intent).clone()),
            );
        }
        let mut vectors = model.embed(&likeness.model, &texts).await?.vectors.into_iter();
        let question = vectors.next().unwrap_or_default();
        let mut known = known();
        known.extend(texts.into_iter().skip(1).zip(vectors));
        let intents = intents.iter().map(|intent| known.get(*intent).cloned().unwrap_or_default()).collect();
        Ok((question, intents))
    }
}

/// The cosine of the angle between two vectors; 0 where one has no length.
fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let product =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let length = (product(one, one) * product(other, other)).sqrt();
    if length > 0.0 { product(one, other) / length } else { 0.0 }
}

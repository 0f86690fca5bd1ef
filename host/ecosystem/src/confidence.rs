//! How sure an answer is: a check that was executed, else judges, else nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use flux_broker::calibration::Calibration;
use flux_broker::judge::{self, Identity, Judge, JudgeRefused, Panel, Unscored, Verdict};
use flux_broker::{ErrorKind, ModelError};
use flux_lang::ecosystem::tree::{Entity, EntityType};

use crate::composition::{View, model_key};
use crate::event::{Event, Teller};
use crate::supply::Supply;

/// Who judges, and what was measured of them.
pub(crate) struct Bench {
    calibrations: BTreeMap<String, Vec<Calibration>>,
    /// Who the models are, by key, as far as they were looked up.
    known: Mutex<BTreeMap<String, Identity>>,
}

/// What is to be judged.
#[derive(Clone, Copy)]
pub(crate) struct Exhibit<'e> {
    pub(crate) question: &'e str,
    pub(crate) text: &'e str,
    pub(crate) reference: Option<&'e str>,
    /// The keys of the models that made it.
    pub(crate) models: &'e BTreeSet<String>,
}

impl Bench {
    pub(crate) fn new(calibrations: BTreeMap<String, Vec<Calibration>>) -> Self {
        Self { calibrations, known: Mutex::default() }
    }

    /// Who a model is. It is looked up once, which also tells the broker how much the model can read.
    ///
    /// # Errors
    /// Those of the server that say that asking the model would fail as well.
    pub(crate) async fn identity(&self, supply: &Supply, key: &str) -> Result<Identity, ModelError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = known().get(key) {
            return Ok(identity.clone());
        }
        let identity = match Identity::of(supply.model(), key).await {
            Ok(identity) => identity,
            Err(error) if error.kind == ErrorKind::NoModel || error.kind.is_transient() => return Err(error),
            // A server that does not tell may answer all the same.
            Err(_) => Identity::named(key),
        };
        known().insert(key.to_owned(), identity.clone());
        Ok(identity)
    }

    /// What the ecosystem's judge thinks of a text. A judge that does not come to a verdict leaves it unscored.
    pub(crate) async fn judge(
        &self,
        view: View<'_>,
        supply: &Supply,
        teller: &Teller<'_>,
        exhibit: Exhibit<'_>,
    ) -> Verdict {
        let judge = view.ecosystem().policy.judge_entity.as_deref().map(|name| view.entity(name));
        let Some(Ok(entity)) = judge else { return Verdict::Unscored { why: Unscored::NoJudge } };
        let verdict = match self.panel(view, supply, entity, exhibit).await {
            Ok(verdict) => verdict,
            Err(why) => Verdict::Unscored { why },
        };
        let why = match &verdict {
            Verdict::Scored { .. } => None,
            Verdict::Unscored { why } => Some(why.to_string()),
        };
        teller.event(&Event::JudgeEvaluation { judge: entity.name.clone(), score: verdict.score(), why });
        verdict
    }

    async fn panel(
        &self,
        view: View<'_>,
        supply: &Supply,
        entity: &Entity,
        exhibit: Exhibit<'_>,
    ) -> Result<Verdict, Unscored> {
        let mut keys = BTreeSet::new();
        judges(view, entity, &mut keys);
        let mut members = Vec::new();
        let mut refused = None;
        for key in keys {
            let identity = self.identity(supply, key).await.map_err(|error| failed(&error))?;
            match self.seated(key, &identity, exhibit.reference.is_some()) {
                Ok(judge) => members.push((judge, identity)),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        if members.is_empty() {
            return Err(refused.unwrap_or(Unscored::NoJudge));
        }
        let mut makers = Vec::new();
        for key in exhibit.models {
            makers.push(self.identity(supply, key).await.unwrap_or_else(|_| Identity::named(key)));
        }
        let panel = Panel::new(members).map_err(|error| Unscored::Failed { error: error.to_string() })?;
        supply.pay(entity.cost).await.map_err(|error| Unscored::Failed { error: error.to_string() })?;
        let ask = judge::Ask {
            question: exhibit.question.to_owned(),
            answer: exhibit.text.to_owned(),
            reference: exhibit.reference.map(str::to_owned),
        };
        let verdict = panel.score(supply.model(), &ask, &makers).await.map_err(|error| failed(&error))?;
        Ok(verdict.verdict)
    }

    /// A judge with what was measured of it. One of whom nothing was measured is heard; one that was found to be
    /// guessing is not.
    fn seated(&self, key: &str, identity: &Identity, has_reference: bool) -> Result<Judge, Unscored> {
        let measured = self.calibrations.get(key).into_iter().flatten();
        // What was measured with references says nothing of judging without.
        let measured = measured.filter(|calibration| calibration.references == has_reference);
        measured.cloned().try_fold(Judge::new(key), |judge, calibration| {
            judge.with(calibration, identity.digest.as_deref()).map_err(|refused| match refused {
                JudgeRefused::NotUsable { auc, low, high, .. } => Unscored::NotUsable { auc, low, high },
                other => Unscored::Stale { what: other.to_string() },
            })
        })
    }
}

/// The keys of the models that an entity judges by: its own, or those of its members.
fn judges<'e>(view: View<'e>, entity: &'e Entity, keys: &mut BTreeSet<&'e str>) {
    if entity.entity_type == EntityType::Ensemble && !entity.members.is_empty() {
        let members = entity.members.iter().filter_map(|name| view.entity(name).ok());
        members.for_each(|member| judges(view, member, keys));
    } else if matches!(entity.entity_type, EntityType::Transformer | EntityType::Ensemble) {
        keys.insert(model_key(entity));
    }
}

fn failed(error: &ModelError) -> Unscored {
    Unscored::Failed { error: error.to_string() }
}

//! How a kernel works, besides what its ecosystem says.

use std::collections::BTreeMap;
use std::sync::Arc;

use flux_broker::calibration::Calibration;

use crate::growth::{Mode, Thresholds};
use crate::history::History;
use crate::human::Human;
use crate::metrics::Metrics;
use crate::routing::Likeness;

/// The settings of a kernel.
#[derive(Clone, Default)]
pub struct Settings {
    /// The seed where neither stage nor ecosystem has one. Default 0.
    pub seed: u64,
    /// The mode in which it begins. Default GROWTH.
    pub mode: Mode,
    /// What production asks for.
    pub thresholds: Thresholds,
    /// What it changes by itself while it grows. Default temperatures.
    pub mutation: Mutation,
    /// When the judge is asked. Default where needed.
    pub judging: Judging,
    /// What was measured of judges, by the keys of their models; nothing of a judge, and its plain probabilities count.
    pub calibrations: BTreeMap<String, Vec<Calibration>>,
    /// What tenants may spend, in units of money, by their names.
    pub tenants: BTreeMap<String, f64>,
    /// What any other tenant may spend. Default: no limit.
    pub tenant_limit: Option<f64>,
    /// How questions without an intent find one. Default: not at all.
    pub likeness: Option<Likeness>,
    /// Who looks at answers. Default: nobody.
    pub human: Option<Arc<dyn Human>>,
    /// What is counted on. Default: metrics of its own.
    pub metrics: Option<Metrics>,
    /// What is known of attractors already, by their names.
    pub histories: BTreeMap<String, History>,
}

/// What a kernel changes by itself while it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mutation {
    /// The temperatures of attractors whose confidence calls for it, after [`super::REST`] scores each time. What made
    /// the next scores worse is taken back, and not tried again until the ecosystem is replaced.
    #[default]
    Temperatures,
    /// Nothing: somebody else does.
    Nothing,
}

/// When the judge is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Judging {
    /// Where an answer cannot be checked.
    #[default]
    WhereNeeded,
    /// Always, so that judge and check can be compared.
    Always,
}

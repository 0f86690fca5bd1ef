//! `retune-temperature`: a stage of an ecosystem answers with more or less chance.

use super::constants::change_gene;
use super::{Edit, Inapplicable, MutateContext, has_gene};
use crate::gene::GeneKind;
use crate::rng::Rng;

/// The golden ratio: how far exploring goes, and consolidating comes back.
const PHI: f64 = 1.618_033_988_749_895;
/// Temperatures are written with two places.
const PLACES: f64 = 100.0;
/// What a temperature of zero is raised from.
const LEAST: f64 = 0.1;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let reason = "no gene is a temperature";
    if !has_gene(ctx, GeneKind::Temperature) {
        return Err(Inapplicable(reason));
    }
    change_gene(ctx, rng, &[GeneKind::Temperature], reason, |_, _, old, rng| {
        let factor = match rng.below(4) {
            0 => PHI,
            1 => 1.0 / PHI,
            2 => 1.1,
            _ => 1.0 / 1.1,
        };
        let turned = |value: f64| (value.max(LEAST) * factor * PLACES).round() / PLACES;
        Some(old.map(|value| turned(value as f64) as i64, turned))
    })
}

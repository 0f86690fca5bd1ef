//! `tune-threshold`: moves a constant that is compared with.

use super::constants::{change_gene, step};
use super::{Edit, Inapplicable, MutateContext};
use crate::gene::GeneKind;
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    change_gene(ctx, rng, &[GeneKind::Threshold], "no constant is compared with", |_, _, old, rng| {
        let eighths = rng.between(1, 4) as f64 / 8.0;
        let up = rng.one_in(2);
        let by = step(old.integer(), rng);
        Some(old.map(
            |value| value.wrapping_add(by),
            |value| {
                let by = if value == 0.0 { eighths } else { value.abs() * eighths };
                if up { value + by } else { value - by }
            },
        ))
    })
}

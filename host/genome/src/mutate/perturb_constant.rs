//! `perturb-constant`: changes any constant.

use super::constants::{Number, change_gene, step};
use super::{Edit, Inapplicable, MutateContext};
use crate::gene::{GeneKind, constants_of};
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let kinds = [GeneKind::Constant, GeneKind::Threshold, GeneKind::Decay, GeneKind::Temperature];
    change_gene(ctx, rng, &kinds, "there is no constant", |view, at, old, rng| {
        if rng.one_in(6) {
            // Another constant of the function: what it already computes with is likelier to mean something.
            let others: Vec<Number> = constants_of(view)
                .filter(|&(other, _)| other != at)
                .filter_map(|(other, _)| Number::of(view.op(other)?))
                .filter(|other| other.same_type(old) && *other != old)
                .collect();
            if let Some(&other) = rng.pick(&others) {
                return Some(other);
            }
        }
        Some(perturb(old, rng))
    })
}

fn perturb(old: Number, rng: &mut Rng) -> Number {
    let kind = rng.below(8);
    let by = step(old.integer(), rng);
    let bit = rng.below(16);
    let small = rng.between(-1, 2);
    old.map(
        |value| match kind {
            0..=2 => value.wrapping_add(by),
            3 => value ^ (1 << bit),
            4 => value.wrapping_neg(),
            5 => value.wrapping_mul(2),
            6 => value >> 1,
            _ => small,
        },
        |value| match kind {
            0..=2 => value + by as f64,
            3 => value * (1.0 + by as f64 / 64.0),
            4 => -value,
            5 => value * 2.0,
            6 => value / 2.0,
            _ => small as f64,
        },
    )
}

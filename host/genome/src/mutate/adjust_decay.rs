//! `adjust-decay`: scales a constant that scales.

use super::constants::{Number, change_gene, step};
use super::{Edit, Inapplicable, MutateContext};
use crate::gene::GeneKind;
use crate::rng::Rng;
use crate::view::{FunctionView, NONE};
use wasmparser::Operator;

/// The factors, in sixteenths: half to double.
const SIXTEENTHS: [i64; 8] = [8, 12, 14, 15, 17, 18, 20, 32];

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let kinds = [GeneKind::Decay, GeneKind::Temperature];
    change_gene(ctx, rng, &kinds, "no constant scales anything", |view, at, old, rng| {
        Some(if shifts(view, at) {
            old.map(|v| v.wrapping_add(step(0, rng).signum()), |v| v)
        } else {
            scale(old, rng)
        })
    })
}

/// Scales `old` by one of the factors; whole numbers move by one at least.
fn scale(old: Number, rng: &mut Rng) -> Number {
    let sixteenths = SIXTEENTHS[rng.index(SIXTEENTHS.len())];
    old.map(
        |value| {
            let scaled = (i128::from(value) * i128::from(sixteenths)).div_euclid(16);
            let scaled = scaled.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
            if scaled == value { value.wrapping_add((sixteenths - 16).signum()) } else { scaled }
        },
        |value| value * sixteenths as f64 / 16.0,
    )
}

fn shifts(view: &FunctionView<'_>, at: usize) -> bool {
    let user = view.consumer(at).unwrap_or(NONE as usize);
    matches!(
        view.op(user),
        Some(
            Operator::I32Shl
                | Operator::I32ShrS
                | Operator::I32ShrU
                | Operator::I32Rotl
                | Operator::I32Rotr
                | Operator::I64Shl
                | Operator::I64ShrS
                | Operator::I64ShrU
                | Operator::I64Rotl
                | Operator::I64Rotr
        )
    )
}

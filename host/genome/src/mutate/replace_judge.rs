//! `replace-judge`: another model judges in an ecosystem, one that it names already.

use super::reassign_model::rename;
use super::{Edit, Inapplicable, MutateContext};
use crate::gene::GeneKind;
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    rename(ctx, rng, GeneKind::Judge, "no gene is a judge that a model could take the place of")
}

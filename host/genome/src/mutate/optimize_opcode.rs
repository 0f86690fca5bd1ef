//! x
use super::{Edit, Inapplicable, MutateContext};
use crate::rng::Rng;
pub(super) mod rules {}
pub(super) fn apply(_ctx: &MutateContext<'_, '_>, _rng: &mut Rng) -> Result<Edit, Inapplicable> {
    Err(Inapplicable("no"))
}

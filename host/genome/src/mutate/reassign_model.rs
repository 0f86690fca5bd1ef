//! `reassign-model`: an entity of an ecosystem answers by another model, one that the ecosystem names already.

use super::{Edit, Inapplicable, MutateContext, Patch};
use crate::gene::GeneKind;
use crate::gene::slot::{Slot, Which, slots};
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    rename(ctx, rng, GeneKind::Model, "no gene is a model that another one could take the place of")
}

/// Puts another model's name into a slot of `kind`.
pub(super) fn rename(
    ctx: &MutateContext<'_, '_, '_>,
    rng: &mut Rng,
    kind: GeneKind,
    reason: &'static str,
) -> Result<Edit, Inapplicable> {
    let both = [GeneKind::Model, GeneKind::Judge];
    let names: Vec<&str> =
        slots(ctx.genes, ctx.module, &both, Which::All).iter().map(|(_, slot)| slot.text).collect();
    let others = |slot: &Slot<'_>| -> Vec<&str> {
        let mut others: Vec<&str> =
            names.iter().copied().filter(|name| *name != slot.text && name.len() <= slot.capacity).collect();
        others.sort_unstable();
        others.dedup();
        others
    };
    let sites: Vec<_> = slots(ctx.genes, ctx.module, &[kind], Which::Changeable)
        .into_iter()
        .map(|(gene, slot)| (gene, slot, others(&slot)))
        .filter(|(.., others)| !others.is_empty())
        .collect();
    let change = rng.pick(&sites).and_then(|(gene, slot, others)| {
        let name = rng.pick(others)?;
        let description = format!("{kind} `{}` becomes `{name}` (gene `{}`)", slot.text, gene.name);
        Some((slot.with(name)?, description))
    });
    let (data, description) = change.ok_or(Inapplicable(reason))?;
    Ok(Edit { patch: Patch { data: vec![data], ..Patch::default() }, function: None, description })
}

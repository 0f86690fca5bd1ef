//! `reassign-model`: an entity of an ecosystem answers by another model, one that the ecosystem names already.

use std::collections::BTreeSet;

use super::{Edit, Inapplicable, MutateContext, Patch};
use crate::gene::GeneKind;
use crate::gene::slot::{Which, slots};
use crate::rng::Rng;

/// How many slots are tried.
const TRIES: usize = 16;

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
    let known = slots(ctx.genes, ctx.module, &both, Which::All);
    let names: BTreeSet<&str> = known.iter().map(|(_, slot)| slot.text).collect();
    let sites = slots(ctx.genes, ctx.module, &[kind], Which::Changeable);
    let change = (0..TRIES).find_map(|_| {
        let (gene, slot) = rng.pick(&sites)?;
        let fits = |name: &&str| *name != slot.text && name.len() <= slot.capacity;
        let others: Vec<&str> = names.iter().copied().filter(fits).collect();
        let name = rng.pick(&others)?;
        let description = format!("{kind} `{}` becomes `{name}` (gene `{}`)", slot.text, gene.name);
        Some((slot.with(name)?, description))
    });
    let (data, description) = change.ok_or(Inapplicable(reason))?;
    Ok(Edit { patch: Patch { data: vec![data], ..Patch::default() }, function: None, description })
}

//! `drop-stage`: a pipeline of an ecosystem without one of its stages, whose input goes to the next.

use std::collections::BTreeSet;

use super::stages::{belongings, n_calls, stages};
use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::gene::{Gene, GeneMap};
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let reason = Inapplicable("no gene is a stage that a pipeline could do without");
    let all = stages(ctx);
    let n_stages = |pipeline: u32| all.iter().filter(|stage| stage.pipeline == pipeline).count();
    let sites: Vec<_> = all.iter().filter(|stage| stage.may_go() && n_stages(stage.pipeline) > 1).collect();
    let stage = *rng.pick(&sites).ok_or(reason)?;
    let view = ctx.module.look(stage.pipeline).ok_or(reason)?;
    let description = format!("stage `{}` goes", stage.gene.name);
    let mut edit = Edit::of(&view, vec![Splice::remove(stage.at..stage.at + 1)], description);
    // What nobody calls any more has nothing to turn.
    let mut gone = vec![stage.gene];
    if n_calls(&all, stage.function) == 1
        && let Some(view) = ctx.module.look(stage.function)
    {
        let belongings = belongings(ctx, &view);
        gone.extend(belongings.constants);
        gone.extend(belongings.texts.iter().map(|(gene, ..)| *gene));
    }
    let gone: BTreeSet<*const Gene> = gone.into_iter().map(std::ptr::from_ref).collect();
    let genes = ctx.genes.into_iter().flat_map(|map| &map.genes);
    let left = genes.filter(|gene| !gone.contains(&std::ptr::from_ref(*gene))).cloned().collect();
    edit.patch.genes = Some(GeneMap { genes: left }.carried(&edit.patch.bodies).encode());
    Ok(edit)
}

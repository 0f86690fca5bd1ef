//! What the operators on stages share: calls that take a text and leave one, and the genes that belong to what they
//! call.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{Operator, ValType};

use super::MutateContext;
use crate::gene::slot::{Slot, Which, slots};
use crate::gene::{Bounds, Gene, GeneKind, Place};
use crate::view::{FunctionView, ModuleView};

/// A stage of a pipeline.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage<'g> {
    pub(super) gene: &'g Gene,
    /// The function that it is a call in.
    pub(super) pipeline: u32,
    /// The position of the call there.
    pub(super) at: usize,
    /// The function that is called.
    pub(super) function: u32,
}

impl Stage<'_> {
    /// Whether the pipeline still is one without it.
    pub(super) fn may_go(&self) -> bool {
        matches!(self.gene.bounds, Bounds::Integer { low, .. } if low <= 0)
    }
}

/// The most stages that are looked at; a hostile map may name more.
const MOST_STAGES: usize = 1024;

/// The stages that the map names and that are there: calls of functions that give back what they take.
pub(super) fn stages<'g>(ctx: &MutateContext<'g, '_, '_>) -> Vec<Stage<'g>> {
    let genes = ctx.genes.into_iter().flat_map(|map| &map.genes);
    let of_kind = genes.filter(|gene| gene.kind == GeneKind::Stage).take(MOST_STAGES);
    let mut views = BTreeMap::new();
    of_kind
        .filter_map(|gene| {
            let Place::Code { function: pipeline, range } = &gene.place else { return None };
            let view = views.entry(*pipeline).or_insert_with(|| ctx.module.look(*pipeline));
            let at = range.start as usize;
            let Operator::Call { function_index: function } = *view.as_ref()?.op(at)? else { return None };
            let ty = ctx.module.type_of(function)?;
            let pair = [ValType::I32, ValType::I32];
            let is_stage = range.len() == 1
                && ty.params() == pair
                && ty.results() == pair
                && ctx.module.defined().contains(&function);
            is_stage.then_some(Stage { gene, pipeline: *pipeline, at, function })
        })
        .collect()
}

/// The genes that belong to the function of a stage.
pub(super) struct Belongings<'g, 'a> {
    /// Constants in it.
    pub(super) constants: Vec<&'g Gene>,
    /// Texts whose addresses are in it, with the positions of the addresses.
    pub(super) texts: Vec<(&'g Gene, Slot<'a>, Vec<usize>)>,
}

/// What belongs to `view`, the function of a stage.
pub(super) fn belongings<'g, 'a>(
    ctx: &MutateContext<'g, 'a, '_>,
    view: &FunctionView<'_>,
) -> Belongings<'g, 'a> {
    let genes = || ctx.genes.into_iter().flat_map(|map| &map.genes);
    let is_inside =
        |gene: &&Gene| matches!(&gene.place, Place::Code { function, .. } if *function == view.function);
    let constants: Vec<&Gene> = genes().filter(is_inside).collect();
    // A constant that is a gene may happen to be an address as well, but it is not used as one.
    let starts: BTreeSet<u32> = constants
        .iter()
        .filter_map(|gene| match &gene.place {
            Place::Code { range, .. } => Some(range.start),
            Place::Data { .. } | Place::Function { .. } => None,
        })
        .collect();
    let is_gene = |at: usize| starts.contains(&(at as u32));
    let mut numbers: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for at in (0..view.len()).filter(|at| !is_gene(*at)) {
        if let Some(Operator::I32Const { value }) = view.op(at) {
            numbers.entry(value.cast_unsigned()).or_default().push(at);
        }
    }
    let known = slots(ctx.genes, ctx.module, &[GeneKind::Prompt], Which::All).into_iter();
    let texts = known.filter_map(|(gene, slot)| {
        // Of several genes with one address the first counts.
        let uses = numbers.remove(&slot.address?)?;
        Some((gene, slot, uses))
    });
    let texts = texts.collect();
    Belongings { texts, constants }
}

/// How many stages of the map are calls of `function`.
pub(super) fn n_calls(stages: &[Stage<'_>], function: u32) -> usize {
    stages.iter().filter(|stage| stage.function == function).count()
}

/// Where the data of a segment ends in the memory, if its first word says it: then the module has been made so that it
/// can grow.
pub(super) fn growing_end(module: &ModuleView<'_>, segment: u32) -> Option<u32> {
    let data = module.data.get(segment as usize)?;
    let word = module.bytes.get(data.contents.clone())?.first_chunk()?;
    let end = u32::from_le_bytes(*word);
    let actual = u32::try_from(data.contents.len()).ok()?.checked_add(data.address?)?;
    (actual == end && end.is_multiple_of(8)).then_some(end)
}

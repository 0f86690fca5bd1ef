//! `add-stage`: a pipeline of an ecosystem with one more stage, which does what another stage of it does.
//!
//! The new stage has a function and texts of its own, so that it can be turned by itself from then on.

use std::collections::BTreeSet;

use wasm_encoder::Instruction;
use wasmparser::MemoryType;

use super::assemble::NewFunction;
use super::stages::{Stage, belongings, growing_end, stages};
use super::{Code, Edit, Inapplicable, MutateContext, Splice, rewrite};
use crate::gene::{Bounds, Gene, GeneKind, GeneMap, Place};
use crate::rng::Rng;

/// A page of memory, in bytes.
const PAGE_BYTES: u64 = 65_536;
/// The most bytes of texts that a stage is given; those of an honest one are far fewer.
const MOST_BYTES: usize = 256 << 10;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    let none = Inapplicable("no gene is a stage that another one could come after");
    let all = stages(ctx);
    let after = *rng.pick(&all).ok_or(none)?;
    let fellows: Vec<&Stage<'_>> = all.iter().filter(|stage| stage.pipeline == after.pipeline).collect();
    let model = **rng.pick(&fellows).ok_or(none)?;
    let (Some(pipeline), Some(view)) = (ctx.module.look(after.pipeline), ctx.module.look(model.function))
    else {
        return Err(none);
    };
    let genes = ctx.genes.ok_or(none)?;
    let belongings = belongings(ctx, &view);
    let function = ctx.module.functions.len() as u32;
    let name = fresh_name(&model.gene.name, genes);
    let renamed = |old: &str| match old.strip_prefix(&model.gene.name) {
        Some(rest) => format!("{name}{rest}"),
        None => format!("{name}/{old}"),
    };

    // Copies of the texts, behind all others.
    let mut new_genes: Vec<Gene> = Vec::new();
    let mut splices = Vec::new();
    let mut grown: Option<(u32, Vec<u8>)> = None;
    for (gene, slot, uses) in &belongings.texts {
        let Place::Data { segment, range } = &gene.place else { continue };
        let no_room = Inapplicable("the texts of another stage have no room");
        let (whole, more) = grown.get_or_insert_with(|| (*segment, Vec::new()));
        if whole != segment {
            return Err(no_room);
        }
        let end = growing_end(ctx.module, *segment).ok_or(no_room)?;
        let data = &ctx.module.data[*segment as usize];
        let from = (data.contents.len() + more.len()) as u32;
        let len = range.end - range.start;
        more.extend_from_slice(ctx.module.bytes.get(slot.start..slot.start + len as usize).ok_or(no_room)?);
        more.resize(more.len().next_multiple_of(8), 0);
        let address = end.checked_add(from - data.contents.len() as u32).ok_or(no_room)?;
        if more.len() > MOST_BYTES {
            return Err(no_room);
        }
        for at in uses {
            let mut code = Code::new();
            code.change(*at, &Instruction::I32Const(address.cast_signed()));
            splices.push(Splice { range: *at..*at + 1, code });
        }
        new_genes.push(Gene {
            name: renamed(&gene.name),
            place: Place::Data { segment: *segment, range: from..from + len },
            ..(*gene).clone()
        });
    }
    let body = rewrite(&view, splices, &[]);
    let type_index = ctx.module.functions.get(model.function as usize).ok_or(none)?.type_index;
    let mut call = Code::new();
    call.push(&Instruction::Call(function));
    let place = after.at + 1;
    let description = format!("stage `{name}` comes after `{}`", after.gene.name);
    let mut edit = Edit::of(&pipeline, vec![Splice { range: place..place, code: call }], description);
    edit.patch.functions = vec![NewFunction { type_index, body: body.bytes }];
    if let Some((segment, more)) = grown {
        let no_room = Inapplicable("the memory has no room for the texts of another stage");
        let end = growing_end(ctx.module, segment).ok_or(no_room)?;
        let end = u64::from(end) + more.len() as u64;
        let holds = |memory: &MemoryType| end <= memory.initial.saturating_mul(PAGE_BYTES);
        if !ctx.module.memories.first().is_some_and(holds) {
            return Err(no_room);
        }
        let start = ctx.module.data[segment as usize].contents.start;
        edit.patch.data = vec![(start, (end as u32).to_le_bytes().to_vec())];
        edit.patch.grown = vec![(segment, more)];
    }

    let mut map = genes.carried(&edit.patch.bodies);
    let stage = Gene {
        name: name.clone(),
        kind: GeneKind::Stage,
        place: Place::Code { function: after.pipeline, range: place as u32..place as u32 + 1 },
        bounds: Bounds::Integer { low: 0, high: 1 },
    };
    let behind = map.genes.iter().position(|gene| gene.name == after.gene.name).map_or(0, |at| at + 1);
    map.genes.insert(behind, stage);
    for gene in &belongings.constants {
        let Place::Code { range, .. } = &gene.place else { continue };
        let place = Place::Code { function, range: range.clone() };
        map.genes.push(Gene { name: renamed(&gene.name), place, ..(*gene).clone() });
    }
    map.genes.extend(new_genes);
    edit.patch.genes = Some(map.encode());
    Ok(edit)
}

/// The name of another stage like the one called `name`: with a number that no stage has.
fn fresh_name(name: &str, genes: &GeneMap) -> String {
    let base =
        name.rsplit_once(' ').filter(|(_, tail)| tail.parse::<u32>().is_ok()).map_or(name, |(base, _)| base);
    let taken: BTreeSet<&str> = genes.genes.iter().map(|gene| gene.name.as_str()).collect();
    // One of so many is free.
    let mut numbers = 2..=genes.genes.len() + 2;
    let is_free = |number: &usize| !taken.contains(format!("{base} {number}").as_str());
    let fresh = numbers.find(is_free).unwrap_or_default();
    format!("{base} {fresh}")
}

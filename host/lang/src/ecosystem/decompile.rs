//! From genomes back to ecosystems, after mutation too.
//!
//! A genome that was [compiled](super::compile()) holds the texts that it was compiled from. They are compiled once more, and
//! the genome is held against what comes of it, function by function: constants, slots, and the stages that an attractor
//! calls may differ, and what they are now is what the description says now. `nop`s do not count. Where anything else
//! differs, mutation has torn the shape, and [`DecompileError::Torn`] says where.
//!
//! | in the genome | in the description |
//! | --- | --- |
//! | a constant or slot of a stage | `TEMPERATURE`, `MAX_NEW_TOKENS`, `PROMPT_TRANSFORM`, `OBSERVE` |
//! | the entity that a stage calls | `EXECUTE` |
//! | the slot of a model or judge | `MODEL_KEY` |
//! | a stage that is not called any more | no such `STAGE`; those after it take what it took |
//! | a call of a function that was added | a `STAGE` of its own, named as its gene is |
//!
//! A value that is as it was compiled keeps its spelling: a temperature is not rounded to the precision of the genome.
//! Comments are not kept.
//!
//! # Example
//! ```
//! use flux_genome::offspring::{Choice, mutate};
//! use flux_genome::{Bounds, mutate::OperatorKind};
//! use flux_lang::ecosystem::{self, Limits, Whole};
//! use flux_lang::includes::NoIncludes;
//!
//! let text = r#"ECOSYSTEM "small" {
//!     ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "tiny" }
//!     ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" TEMPERATURE: 0.5 } }
//!     POLICY { REQUIRE_JUDGE: false }
//! }"#;
//! let parsed = ecosystem::parse("small.flux", text, &NoIncludes, &Limits::DEFAULT);
//! let whole = Whole::of(&parsed).ok_or("no ecosystem")?;
//! let genome = ecosystem::compile(&whole)?.genome(&Bounds::DEFAULT)?;
//! assert_eq!(ecosystem::decompile(&genome)?, whole);
//!
//! let child = mutate(&genome, Choice::Operator(OperatorKind::RetuneTemperature), None, 1, &Bounds::DEFAULT)?;
//! let other = ecosystem::decompile(&child.genome)?.ecosystem;
//! assert_ne!(other.attractors[0].stages[0].temperature, 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use flux_genome::Genome;
use flux_genome::view::{ModuleView, ViewError};

use super::compile::section::{self, SECTION};
use super::compile::{CompileError, Compiled, PLAIN_PROMPT, Piece, Plan, Whole, compile};
use super::tree::Ecosystem;

mod pipeline;
mod shape;

pub use super::compile::section::SectionError;
use shape::{Shape, slot_at};

/// Why a genome is not made a description again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecompileError {
    /// The body of the genome lies within a nested component.
    #[error("the body of the genome lies within a nested component")]
    NoBody,
    /// The body cannot be viewed.
    #[error("failed to view the body")]
    View(#[from] ViewError),
    /// It was not compiled from a description.
    #[error(
        "the genome has no section `{SECTION}`, so it was not compiled from a description of an ecosystem"
    )]
    NotCompiled,
    /// What it was compiled from cannot be read.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// What it says that it was compiled from cannot be compiled.
    #[error("the description in `{SECTION}` cannot be compiled")]
    Compile(#[from] CompileError),
    /// Mutation has made something of it that no description says.
    #[error("{place} is not what is compiled from a description any more: {why}")]
    Torn {
        /// The function, slot or stage.
        place: String,
        /// What stands against it.
        why: &'static str,
    },
}

impl DecompileError {
    fn torn(place: impl Into<String>, why: &'static str) -> Self {
        Self::Torn { place: place.into(), why }
    }
}

/// Returns the ecosystem that `genome` is.
///
/// # Determinism
/// A function of the genome alone.
///
/// # Errors
/// See [`DecompileError`].
pub fn decompile(genome: &Genome) -> Result<Whole, DecompileError> {
    let module = ModuleView::parse(genome.body_module().ok_or(DecompileError::NoBody)?)?;
    let texts = custom(&module, SECTION).ok_or(DecompileError::NotCompiled)?;
    let mut whole = section::decode(texts)?;
    let compiled = compile(&whole)?;
    let before = ModuleView::parse(&compiled.module)?;
    let described = whole.clone();
    let plan = Plan::of(&described)?;
    let shape = Shape { now: &module, before: &before, pieces: &compiled.pieces, genes: &compiled.genes };
    shape.hold()?;

    for (number, piece) in &compiled.pieces {
        if let Piece::Attractor(file, attractor) = *piece {
            let stages = pipeline::read(&shape, &plan, *number, file, attractor)?;
            if let Some(attractor) = tree(&mut whole, &plan, file).attractors.get_mut(attractor) {
                attractor.stages = stages;
            }
        }
    }
    models(&mut whole, &plan, &compiled, &module)?;
    Ok(whole)
}

/// Takes the names of models out of their slots.
fn models(
    whole: &mut Whole,
    plan: &Plan<'_>,
    compiled: &Compiled,
    module: &ModuleView<'_>,
) -> Result<(), DecompileError> {
    for ((file, entity), address) in &compiled.models {
        let name = slot_at(module, *address)?;
        if let Some(entity) = tree(whole, plan, *file).entities.get_mut(*entity)
            && entity.model_key.as_ref().unwrap_or(&entity.name) != name
        {
            entity.model_key = Some(name.to_owned());
        }
    }
    Ok(())
}

/// The description of a file of the plan.
fn tree<'w>(whole: &'w mut Whole, plan: &Plan<'_>, file: usize) -> &'w mut Ecosystem {
    let name = plan.files.get(file).and_then(|file| file.name);
    match name.and_then(|name| whole.used.get_mut(name)) {
        Some(used) => &mut used.ecosystem,
        None => &mut whole.ecosystem,
    }
}

/// The contents of a custom section.
fn custom<'a>(module: &ModuleView<'a>, wanted: &str) -> Option<&'a [u8]> {
    module.sections.iter().filter(|section| section.id == 0).find_map(|section| {
        let mut reader =
            wasmparser::BinaryReader::new(module.bytes.get(section.payload.clone())?, section.payload.start);
        let name = reader.read_string().ok()?;
        (name == wanted).then(|| reader.read_bytes(reader.bytes_remaining()).ok()).flatten()
    })
}

#[cfg(test)]
mod tests;

//! From ecosystems to genomes: a tree becomes a component of the world `ecosystem`.
//!
//! The pipeline is code and what can be tuned is data beside it, so that an operator of [`flux_genome::mutate`] turns
//! one without touching the other. Every place that may be turned is a gene:
//!
//! | gene | kind | where it is |
//! | --- | --- | --- |
//! | `ATTRACTOR/STAGE` | stage | the call of the stage in the function of its attractor; bounds `0 to 1` where it may be left out |
//! | `ATTRACTOR/STAGE/temperature` | temperature | a constant of the function of the stage, 0 to 2 |
//! | `ATTRACTOR/STAGE/max-tokens` | constant | the same, at least 1 |
//! | `ATTRACTOR/STAGE/prompt` | prompt | a slot of the data: `PROMPT_TRANSFORM`, or `{input}` where there is none |
//! | `ATTRACTOR/STAGE/observe` | prompt | a slot: `OBSERVE`, which the model gets as its instructions; empty where there is none |
//! | `ENTITY/model` | model, judge | a slot: `MODEL_KEY`, or the name of the entity where there is none; bounds `0 to 0` where nobody asks it |
//!
//! Genes of a file that is used begin with its name and a colon. A *slot* is a length of four bytes, little-endian, the
//! text, and room for it to grow (`GENES.md` of flux-genome).
//!
//! **Functions.** One for each attractor, stage and entity that can be asked, and a small library of what they need. An
//! attractor hands the output of one stage to the next, so that a stage is one instruction there: a call that takes a
//! text and leaves one. A fault is kept in a global, and stages after it do nothing.
//!
//! **Meaning**, where the description leaves it open:
//! - A prompt that begins with `@NAME ` goes, without that, to the attractor with the intent `NAME`; any other, to the
//!   first with `*`. Without one the fault is `not-found`. An ecosystem that is used is asked without an intent.
//! - A `FALLBACK` is asked after a fault that is `unavailable`, `failed` or `not-found`. Members of an ensemble with
//!   such a fault are left out; others end the run.
//! - `vote` counts texts that are the same but for white space at their ends; such space alone is empty. `average` takes the first number of
//!   each answer and rounds to six places. `best-of` asks the judge by its model for each answer, without a reference: what is
//!   right is for those who score the run to know. An answer without a verdict is worth less than one with any.
//! - A person approves what a model answered, or answers; without a model a person answers. After as many questions as
//!   the policy allows, the model's answer stands.
//!
//! **What a genome cannot do** is said by [`CompileError`]: an entity of the type `Recursive.Ensemble` needs to know how
//! many tokens a text has. What the host decides is not in the code: parallel stages run one after the other, seeds,
//! costs, time limits and the judgement of the answer are the host's, and a person is asked whatever the confidence.
//!
//! # Determinism
//! A function of the trees alone. `flux.ecosystem`, a custom section with a version of its own, keeps their texts, so
//! that [`super::decompile()`] has them back.
//!
//! # Example
//! ```
//! use flux_lang::ecosystem::{self, Limits, compile::Whole};
//! use flux_lang::includes::NoIncludes;
//!
//! let text = r#"ECOSYSTEM "small" {
//!     ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "tiny" }
//!     ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fast" OBSERVE: "Answer briefly." } }
//!     POLICY { REQUIRE_JUDGE: false }
//! }"#;
//! let parsed = ecosystem::parse("small.flux", text, &NoIncludes, &Limits::DEFAULT);
//! let whole = Whole::of(&parsed).ok_or("no ecosystem")?;
//! let genome = ecosystem::compile(&whole)?.genome(&flux_genome::Bounds::DEFAULT)?;
//! assert_eq!(genome.world(), flux_genome::World::Ecosystem);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;

use flux_genome::gene::GeneMap;
use flux_genome::text::{self, TextError};
use flux_genome::{Bounds, Genome};

use super::tree::Ecosystem;
use super::{Parsed, Used};

mod code;
mod data;
mod entity;
mod library;
mod module;
mod numbers;
mod pipeline;
mod plan;
pub(super) mod section;

pub(super) use module::Piece;
pub(super) use pipeline::max_tokens;
pub(super) use plan::{Plan, order};

/// What is asked where a stage has no `PROMPT_TRANSFORM`: its input.
pub(super) const PLAIN_PROMPT: &str = "{input}";

/// An ecosystem with all that it uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The full names of the files that its entities use, by the names of the entities.
    pub uses: BTreeMap<String, String>,
    /// The files that are used, also by each other, by their full names.
    pub used: BTreeMap<String, Used>,
}

impl Whole {
    /// What was read, if it makes sense.
    #[must_use]
    pub fn of(parsed: &Parsed) -> Option<Self> {
        let ecosystem = parsed.ecosystem.clone()?;
        Some(Self { ecosystem, uses: parsed.uses.clone(), used: parsed.used.clone() })
    }
}

/// An ecosystem that was compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// A core module in the canonical form of the plain core convention.
    pub module: Vec<u8>,
    /// Its genes; they stand in the module too.
    pub genes: GeneMap,
    /// What its functions are, by their indices.
    pub(super) pieces: Vec<(u32, Piece)>,
    /// Where the names of models are, by file and entity.
    pub(super) models: BTreeMap<(usize, usize), u32>,
}

impl Compiled {
    /// Returns the genome.
    ///
    /// # Errors
    /// [`TextError`]: the module passes one of `bounds`.
    pub fn genome(&self, bounds: &Bounds) -> Result<Genome, TextError> {
        text::from_binary(self.module.clone(), bounds)
    }
}

/// Why an ecosystem cannot be compiled. `file` is the full name of a file that is used; none for the ecosystem itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// There is nobody to answer.
    #[error("the ecosystem has no ATTRACTOR, so it has no answer to anything")]
    NoAttractor,
    /// An entity needs what a genome does not have.
    #[error("entity `{entity}` is a `{}`, which cannot be compiled: {why}", .entity_type)]
    Unsupported {
        /// The file that it is in.
        file: Option<String>,
        /// Its name.
        entity: String,
        /// Its type.
        entity_type: &'static str,
        /// What stands against it.
        why: &'static str,
    },
    /// Somebody is asked who is not there.
    #[error("`{by}` asks `{name}`, but there is no such entity or file")]
    Unknown {
        /// Who asks.
        by: String,
        /// Who is asked.
        name: String,
    },
    /// The answers of several are to be judged by nobody.
    #[error("`{by}` takes the best of several answers, but no `JUDGE_ENTITY` says who judges")]
    NoJudge {
        /// The stage or entity that needs a judge.
        by: String,
    },
    /// Entities or stages wait for each other.
    #[error("`{name}` would wait for itself")]
    Circle {
        /// One of them.
        name: String,
    },
    /// Entities ask entities that ask entities.
    #[error("`{name}` is asked at depth {actual}, the limit is {limit}")]
    TooDeep {
        /// The entity that is too deep.
        name: String,
        /// The limit.
        limit: usize,
        /// How deep it is.
        actual: usize,
    },
    /// The texts take more than a memory holds.
    #[error("the texts take {actual} bytes, the limit is {limit}")]
    TooMuchText {
        /// The limit.
        limit: usize,
        /// How many there are.
        actual: usize,
    },
}

impl CompileError {
    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsupported { .. } => Some("run it with `flux ask`, or name an entity of another type"),
            Self::NoJudge { .. } => Some("name one: `POLICY { JUDGE_ENTITY: \"entity\" }`"),
            Self::NoAttractor => Some("write `ATTRACTOR \"name\" { ON_INTENT: [\"*\"] STAGE ... }`"),
            Self::Circle { .. } | Self::TooDeep { .. } => {
                Some("follow FALLBACK, MEMBERS, USES and AFTER from there on")
            }
            Self::Unknown { .. } | Self::TooMuchText { .. } => None,
        }
    }
}

/// Compiles an ecosystem.
///
/// # Determinism
/// A function of `whole` alone.
///
/// # Errors
/// See [`CompileError`]. Trees that were read without an error can still be refused with
/// [`CompileError::NoAttractor`], [`CompileError::Unsupported`], [`CompileError::Circle`] (in which fallbacks and members
/// alternate), [`CompileError::TooDeep`] and [`CompileError::TooMuchText`].
pub fn compile(whole: &Whole) -> Result<Compiled, CompileError> {
    let plan = Plan::of(whole)?;
    module::build(&plan)
}

#[cfg(test)]
pub(super) mod tests;

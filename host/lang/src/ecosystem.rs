//! The language of ecosystems: `.flux` text to a tree and back.
//!
//! A file is one `ECOSYSTEM "name" { ... }`. White space is free, comments run from `//` or `#` to the end of the
//! line, texts stand in `"` on one line with the escapes `\n \r \t \0 \\ \" \' \/ \u{e9}`. Items stand in any order;
//! of a repeated key the last counts, and a warning says so. `ecosystem/grammar.pest` is all of the grammar.
//!
//! | in | items |
//! | --- | --- |
//! | `ECOSYSTEM "n"` | `ENTITY`, `ATTRACTOR`, `POLICY`, `DEFAULT_POLICY: "t"`, `OSSERVABILITA: "t"` (also with its accent), `VERSION: "t"`*, `SEED: 42`* |
//! | `ENTITY "n"` | `TYPE: type`, `NATURE: "t"`, `QUANTUM_STATE: "4bit"`, `COSTO: 0.001`, `FALLBACK: "entity"`, `MODEL_KEY: "key"`, `RECURSIVE_CONFIG`, `HUMAN_CONFIG`, `USES: "other.flux"`*, `ROUTER: vote`*, `MEMBERS: ["entity"]`* |
//! | types | `Model.Ensemble`, `Model.Transformer`, `Human.In.The.Loop`, `ECOSYSTEM`, `Recursive.Ensemble` |
//! | `RECURSIVE_CONFIG` | `MAX_CHUNK_TOKENS: 40000`, `CHUNK_OVERLAP: 200`, `MAX_WORKERS: 4`, `SUB_MODEL_KEY: "key"`, `ROOT_MODEL_KEY: "key"` |
//! | `HUMAN_CONFIG` | `TIMEOUT_SEC: 60`, `ESCALATION: "t"`, `CONFIDENCE_THRESHOLD: 0.8` |
//! | `ATTRACTOR "n"` | `ON_INTENT: ["a", "*"]`, then `STAGE` once or more |
//! | `STAGE "n"` | `EXECUTE: "entity"`, `TEMPERATURE: 0.7`, `MAX_NEW_TOKENS: 1024`, `PROMPT_TRANSFORM: "... {input}"`, `OBSERVE: "t"`, `GROUND_TRUTH: "t"`, `AFTER: ["stage"]`*, `MERGE: concat`*, `SEED: 42`* |
//! | `POLICY` | `MAX_COST_PER_REQUEST: 0.05`, `MAX_LATENCY_MS: 60000`, `MAX_HUMAN_ITERATIONS: 3`, `JUDGE_ENTITY: "entity"`, `REQUIRE_JUDGE: true` |
//!
//! **Extensions** are marked `*`; peers do not know them.
//! - `AFTER` names the stages whose outputs a stage takes; without it that is the stage before it in the text, and
//!   with `[]` it takes the question. Stages that are not after each other run in parallel; the answer is that of the
//!   last stage in the text.
//! - `MERGE` makes one input of several outputs: `concat` (in the order of `AFTER`, an empty line between; the
//!   default), `vote` (the most frequent), `best-of` (the one the judge scores best), `first` (the first that is not
//!   empty).
//! - `ROUTER` makes one answer of those of the `MEMBERS` of a `Model.Ensemble`: `vote`, `best-of`, or `average` of
//!   the last numbers in them ([`mean`]).
//! - `USES` has an entity of the type `ECOSYSTEM` be what another file describes. The caller finds files; none may use
//!   itself, and at most eight may use each other in a row.
//! - `SEED` is a whole number from 0 on; a stage's goes before that of the ecosystem. `VERSION` is for people.
//!
//! **Meaning.** [`tree`] says what each value is, with units and defaults. Entities and stages that are named have to
//! be there, fallbacks have to end after five entities, intents that can never be reached are warned about: intents
//! are tried in the order of the text. A judge is required unless the POLICY says `REQUIRE_JUDGE: false`.
//!
//! # Determinism
//! Everything here is a function of the texts and the limits alone.
//!
//! # Example
//! ```
//! use flux_lang::ecosystem::{self, Limits};
//! use flux_lang::includes::NoIncludes;
//!
//! let text = r#"ECOSYSTEM "small" {
//!     ENTITY "fast" { TYPE: Model.Transformer MODEL_KEY: "fast" } // answers
//!     ATTRACTOR "qa" { ON_INTENT: ["*"] STAGE "Answer" { EXECUTE: "fats" } }
//!     POLICY { REQUIRE_JUDGE: false }
//! }"#;
//! let parsed = ecosystem::parse("small.flux", text, &NoIncludes, &Limits::DEFAULT);
//! assert_eq!(parsed.diagnostics[0].message(), "there is no ENTITY `fats`");
//! assert_eq!(parsed.diagnostics[0].hints(), ["did you mean `fast`?"]);
//!
//! let text = text.replace("fats", "fast");
//! let parsed = ecosystem::parse("small.flux", &text, &NoIncludes, &Limits::DEFAULT);
//! let small = parsed.ecosystem.ok_or("no ecosystem")?;
//! assert_eq!(small.attractors[0].stages[0].temperature, 0.7);
//! assert!(ecosystem::print(&small).contains("EXECUTE: \"fast\"\n"));
//! # Ok::<(), &str>(())
//! ```

use std::collections::BTreeMap;

pub mod compile;
pub mod decompile;
pub mod diagnostics;
pub mod json;
pub mod limits;
pub mod mean;
pub mod tree;
pub mod tunables;

mod build;
mod check;
mod formatter;
mod fuzz;
mod keys;
mod layout;
mod printer;
mod read;
mod syntax;
mod text;
mod uses;

pub use compile::{CompileError, Compiled, Whole, compile};
pub use decompile::{DecompileError, decompile};
pub use diagnostics::{Diagnostic, Severity};
pub use formatter::{NotFormatted, format};
pub use fuzz::fuzz_ecosystem;
pub use limits::Limits;
pub use printer::print;
pub use tree::Ecosystem;
pub use tunables::{StageName, Tunable, Tuned};

use crate::includes::Includes;
use crate::render::render;
use crate::source::Sources;
use diagnostics::Reporter;

/// What comes of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The ecosystem; nothing if a diagnostic is an error, be it in a file that is used.
    pub ecosystem: Option<Ecosystem>,
    /// The full names of the files that its entities use, by the names of the entities.
    pub uses: BTreeMap<String, String>,
    /// The files that are used, also by each other, by their full names.
    pub used: BTreeMap<String, Used>,
    /// Where the root says what mutation may change, in the order of the text; also when there is no ecosystem.
    pub tunables: Vec<Tunable>,
    /// What is wrong, in the order of the text, files in the order in which they were read.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read, which all places are in.
    pub sources: Sources,
}

/// A file that is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// What it describes.
    pub ecosystem: Ecosystem,
    /// The full names of the files that its entities use, by the names of the entities.
    pub uses: BTreeMap<String, String>,
}

impl Parsed {
    /// All diagnostics as text, in their order.
    #[must_use]
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| render(&self.sources, diagnostic)).collect()
    }
}

/// Reads a text and all that it uses, and checks that they make sense; `name` is what diagnostics call it.
///
/// A mistake ends an item and nothing else, so all of them are found at once.
#[must_use]
pub fn parse(name: &str, text: &str, includes: &dyn Includes, limits: &Limits) -> Parsed {
    let mut sources = Sources::default();
    let mut reporter = Reporter::new(limits);
    let mut files = uses::load(name, text, includes, limits, &mut sources, &mut reporter);
    let is_right = reporter.n_errors() == 0;
    let root = files.remove(name);
    let by_entity = |uses: Vec<uses::Use>| uses.into_iter().map(|link| (link.entity, link.file)).collect();
    let used = files.into_iter().map(|(name, file)| {
        let uses::File { ecosystem, uses, .. } = file;
        (name, Used { ecosystem, uses: by_entity(uses) })
    });
    let used = if is_right { used.collect() } else { BTreeMap::new() };
    let (ecosystem, uses, tunables) = match root {
        Some(file) => (Some(file.ecosystem), by_entity(file.uses), tunables::tunables(&file.node)),
        None => (None, BTreeMap::new(), Vec::new()),
    };
    let ecosystem = ecosystem.filter(|_| is_right);
    Parsed { ecosystem, uses, used, tunables, diagnostics: reporter.finish(), sources }
}

#[cfg(test)]
mod tests;

//! Ecosystems as JSON: for models that propose them, and for other programs.
//!
//! The names are those of the language in lower case (`MODEL_KEY:` is `model_key`), in English where the language is
//! not (`cost`, `observability`); blocks of which there may be several are lists (`entities`, `attractors`, `stages`),
//! and each has its `name` inside. [`schema()`] says all of it; it is made of the table of keys that holds the grammar
//! and its diagnostics together, so a value that it allows is always read. What no schema can say (names that have to
//! stand for something, chains that have to end) is checked by the same code as a text, and named by its path.
//!
//! Where something has no value, the key is left out; `null` means the same. Files that are used stay in their files:
//! [`read`] takes `uses` as it is.
//!
//! # Determinism
//! Functions of their arguments alone; keys are in the order of the alphabet.
//!
//! # Example
//! ```
//! use flux_lang::ecosystem::{Limits, json};
//!
//! let text = r#"{"name": "small", "policy": {"require_judge": false},
//!     "entities": [{"name": "fast", "type": "Model.Transformer", "model_key": "fast"}],
//!     "attractors": [{"name": "qa", "on_intent": ["*"], "stages": [{"name": "Answer", "execute": "fats"}]}]}"#;
//! let read = json::read_text(text, &Limits::DEFAULT);
//! let expected = "error at `$.attractors[0].stages[0].execute`: there is no ENTITY `fats`; did you mean `fast`?";
//! assert_eq!(read.diagnostics[0].to_string(), expected);
//!
//! let small = json::read_text(&text.replace("fats", "fast"), &Limits::DEFAULT).ecosystem.ok_or("no ecosystem")?;
//! assert_eq!(json::to_json(&small)["attractors"][0]["stages"][0]["temperature"], 0.7);
//! # Ok::<(), &str>(())
//! ```

mod reader;
mod schema;
mod writer;

pub use reader::{JsonDiagnostic, Reading, read, read_text};
pub use schema::{Choices, schema};
pub use writer::to_json;

#[cfg(test)]
mod tests;

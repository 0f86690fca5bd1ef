//! The kernel that runs ecosystems: routes a question, runs the stages of its pipeline, has the answer judged, keeps
//! the history of confidence, and changes the ecosystem where that is really better.

pub mod composition;
pub mod designer;
pub mod growth;
pub mod history;

pub use composition::{Composition, CompositionError};

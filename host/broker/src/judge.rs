//! Judges: models that say how likely an answer is right.

pub mod prompt;

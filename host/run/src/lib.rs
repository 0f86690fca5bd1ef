//! flux-run

pub mod arena;
pub mod diagnostics;
pub mod limits;
mod nearest;

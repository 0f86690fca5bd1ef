//! flux-genome
#![allow(missing_docs)]

pub mod gene;
pub mod mutate;
pub mod rng;
pub mod view;
pub mod window;

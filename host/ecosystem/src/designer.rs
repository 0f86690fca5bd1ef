//! The designer.

pub mod statistics;

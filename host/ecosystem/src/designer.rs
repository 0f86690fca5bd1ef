//! The designer.

pub mod diagnosis;
pub mod guard;
pub mod memory;
pub mod mutation;
pub mod observation;
pub mod statistics;

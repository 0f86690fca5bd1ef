//! Workloads and the paired measurement that the benchmarks share.

pub mod bare;
pub mod ratio;
pub mod workloads;

//! Workloads and the paired measurement that the benchmarks share.

#[cfg(feature = "engines")]
pub mod bare;
pub mod ratio;
pub mod workloads;

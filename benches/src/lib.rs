//! Workloads and the paired measurement that the benchmarks share.

#[cfg(feature = "engines")]
pub mod bare;
#[cfg(feature = "engines")]
pub mod interpreter;
pub mod ratio;
pub mod workloads;

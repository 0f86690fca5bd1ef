//! Workloads and the paired measurement that the benchmarks share.

#[cfg(feature = "engines")]
pub mod bare;
#[cfg(feature = "engines")]
pub mod bytecode;
#[cfg(feature = "engines")]
pub mod contest;
#[cfg(feature = "engines")]
pub mod interpreter;
#[cfg(feature = "engines")]
pub mod problems;
#[cfg(feature = "engines")]
pub mod proof;
pub mod ratio;
#[cfg(feature = "engines")]
pub mod table;
pub mod workloads;

//! Families of problems with known answers, each run under a budget and put beside what is published.

pub mod foreign;
pub mod formulas;
pub mod hackers_delight;
pub mod sorting_networks;

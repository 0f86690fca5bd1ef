//! Memory does not grow from run to run.

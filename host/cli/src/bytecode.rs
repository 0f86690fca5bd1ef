//! FLUX bytecode on the command line: reading it, saying what is wrong with it, and showing a machine that runs it.
//!
//! Suggested reading order: [`mod@file`], [`genome`], [`names`], [`machine`], [`ending`], [`state`], [`expression`],
//! [`debugger`], [`repl`], [`vectors`].

pub(crate) mod debugger;
pub(crate) mod ending;
pub(crate) mod expression;
pub(crate) mod file;
pub(crate) mod genome;
pub(crate) mod listing;
pub(crate) mod machine;
pub(crate) mod names;
pub(crate) mod repl;

pub(crate) mod state;
pub(crate) mod vectors;

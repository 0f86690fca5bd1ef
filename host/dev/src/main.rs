//! Tasks for people who work on flux.

fn main() {}

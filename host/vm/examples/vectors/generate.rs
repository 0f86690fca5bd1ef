//! The conformance vectors: short programs with what has to become of them.
//!
//! No expectation comes from the machine of this crate. It is written by hand, computed here in wider integers, or, for
//! exponentials and sines, a constant from elsewhere. Encodings are written from the description of the instruction
//! set, not by this crate's encoder, so a fault of its table shows.

mod agents;
mod comparison;
mod control;
mod floats;
mod integers;
mod memory;
pub mod ops;
mod physics;
mod regions;
mod simd;
mod stack;
mod system;
mod types;
mod vector;

pub use vector::Vector;

/// Returns all vectors in the order of the file.
pub fn all() -> Vec<Vector> {
    [
        integers::vectors(),
        comparison::vectors(),
        control::vectors(),
        stack::vectors(),
        memory::vectors(),
        regions::vectors(),
        types::vectors(),
        floats::vectors(),
        simd::vectors(),
        agents::vectors(),
        system::vectors(),
        physics::vectors(),
    ]
    .concat()
}

/// Returns the text of the file: a JSON array with a vector on each line.
pub fn file() -> String {
    let lines: Vec<String> = all().iter().map(Vector::to_json).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

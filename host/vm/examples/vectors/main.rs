//! Prints the conformance vectors of the instruction set, one on a line:
//! `cargo run -p flux-vm --example vectors > tests/vectors/isa/vectors.json`.
#![expect(clippy::print_stdout, reason = "what is printed is what the file holds")]

// The path makes it the same module here and in the test that holds the file to it.
#[path = "generate.rs"]
mod generate;

fn main() {
    print!("{}", generate::file());
}

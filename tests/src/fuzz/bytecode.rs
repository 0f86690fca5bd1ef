//! Targets about FLUX bytecode.

use flux_genome::features::FEATURES;
use flux_lang::aot::{self, Observe, Options, Surroundings};
use flux_vm::disasm::Disassembly;
use flux_vm::host::Alone;
use flux_vm::machine::Stop;
use flux_vm::{Machine, Program, Verified, instruction};

use super::validate;

/// What a fuzzed program may take.
const CYCLES: u64 = 5_000;

/// Bytes of any kind are instructions or not, at every offset; what is one is the same again when it is encoded; and a
/// listing shows every byte once.
///
/// # Panics
/// Where it is not so.
pub fn decode(data: &[u8]) {
    for offset in 0..data.len() {
        let Ok(decoded) = instruction::decode(data, offset) else { continue };
        let bytes = decoded.to_bytes();
        let read = data.get(offset..offset + decoded.len());
        assert_eq!(read, Some(bytes.as_slice()), "`{decoded:?}` at {offset} is encoded otherwise");
    }
    let listing = Disassembly::of(data);
    let shown: Vec<u8> = listing.lines.iter().flat_map(|line| line.bytes.iter().copied()).collect();
    assert_eq!(shown, data, "a listing leaves bytes out, or shows them twice");
}

/// Bytes of any kind are a program or not; what is one is the same again by way of its container.
///
/// # Panics
/// Where it is not.
pub fn container(data: &[u8]) {
    let Ok(program) = Program::from_bytes(data) else { return };
    let Ok(bytes) = program.to_bytes() else { return };
    assert_eq!(Program::from_bytes(&bytes), Ok(program), "a container reads back as something else");
}

/// A program is refused or runs, as raw code and out of a container: to the same end in one go and step by step; and
/// what the compiler makes of it is a valid module.
///
/// # Panics
/// Where it is not so.
pub fn verify(data: &[u8]) {
    run(Program::raw(data.to_vec()));
    if let Ok(program) = Program::from_bytes(data) {
        run(program);
    }
}

fn run(program: Program) {
    let Ok(verified) = Verified::new(program) else { return };
    let mut whole = Machine::new(&verified);
    let ending = whole.run(CYCLES, &mut Alone);
    let mut stepped = Machine::new(&verified);
    let mut last = None;
    while stepped.cycles() < CYCLES && last.is_none() {
        last = stepped.step(&mut Alone).filter(|stop| *stop != Stop::Yielded);
    }
    if ending == Stop::Yielded {
        return;
    }
    assert_eq!(last.unwrap_or(Stop::OutOfCycles), ending, "step by step it ends otherwise");
    assert_eq!(stepped.observe(), whole.observe(), "step by step it leaves something else");
    let options =
        Options { observe: Observe::State, surroundings: Surroundings::Alone, ..Options::default() };
    if let Ok(compiled) = aot::compile(&verified, &options) {
        let valid = validate(FEATURES, &compiled.module);
        assert!(valid.is_ok(), "the compiled form is not valid: {valid:?}");
    }
}

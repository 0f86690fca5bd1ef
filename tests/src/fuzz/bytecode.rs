//! Targets about FLUX bytecode.

use flux_genome::features::FEATURES;
use flux_lang::aot::{self, Observe, Options, Surroundings};
use flux_vm::disasm::Disassembly;
use flux_vm::host::Alone;
use flux_vm::machine::{Setting, Stop};
use flux_vm::{Limits, Machine, Program, Verified, instruction};
use wasmi::{Config, Engine, Linker, Module, Store, TrapCode, Val};

use super::validate;

/// What a fuzzed program may take.
const CYCLES: u64 = 5_000;
/// The bytes of `stack`, and of `heap`, of a program that both engines execute.
const MEMORY_SIZE: u32 = 512;
/// The bytes of all its regions: a digest is made of every one.
const REGION_BYTES: u64 = 4 << 10;
/// The bytes that it may copy, set and compare.
const BULK_BYTES: u64 = 1 << 20;
/// How much fuel a cycle may cost compiled code.
const FUEL_PER_CYCLE: u64 = 100;
/// What else may cost compiled code fuel: memory that is cleared, copied, or made a digest of.
const FUEL: u64 = 10_000_000;

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

/// A program is refused, or runs on both engines, as raw code and out of a container; and where the interpreter comes
/// to an end, compiled code comes to the same one, in the same state.
///
/// # Panics
/// Where it is not so.
pub fn execute(data: &[u8]) {
    execute_both(Program::raw(data.to_vec()));
    if let Ok(program) = Program::from_bytes(data) {
        execute_both(program);
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
    if let Ok(compiled) = aot::compile(&verified, &all_to_be_seen()) {
        let valid = validate(FEATURES, &compiled.module);
        assert!(valid.is_ok(), "the compiled form is not valid: {valid:?}");
    }
}

/// A genome that shows its whole state, and whose host answers as nobody does.
fn all_to_be_seen() -> Options {
    Options { observe: Observe::State, surroundings: Surroundings::Alone, ..Options::default() }
}

fn execute_both(program: Program) {
    let Ok(verified) = Verified::new(program) else { return };
    let inputs: Vec<i64> = (1..=verified.program().inputs.into()).collect();
    let limits = Limits {
        memory_size: MEMORY_SIZE,
        region_bytes: REGION_BYTES,
        bulk_bytes: BULK_BYTES,
        ..Limits::DEFAULT
    };
    let options = Options { setting: Setting { limits, ..Setting::DEFAULT }, ..all_to_be_seen() };
    let mut machine = Machine::with(&verified, &options.setting);
    machine.give(&inputs);
    let ending = machine.run(CYCLES, &mut Alone);
    let Ok(compiled) = aot::compile(&verified, &options) else { return };
    let ends = ending != Stop::OutOfCycles;
    let fuel = if ends { FUEL + CYCLES * FUEL_PER_CYCLE } else { CYCLES };
    match execute_compiled(&compiled.module, &inputs, fuel) {
        Some(state) if ends => {
            assert_eq!(state, machine.observe().to_words(), "compiled, it leaves something else");
        }
        None => assert!(!ends, "compiled, it does not come to an end, but interpreted to {ending:?}"),
        // It needs less fuel than instructions, and has not been held against anything.
        Some(_) => {}
    }
}

/// Runs a compiled program; none where the fuel does not suffice.
fn execute_compiled(module: &[u8], inputs: &[i64], fuel: u64) -> Option<Vec<i64>> {
    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, module).unwrap_or_else(|error| panic!("it is no module: {error}"));
    let mut store = Store::new(&engine, ());
    store.set_fuel(fuel).unwrap_or_else(|error| panic!("it takes no fuel: {error}"));
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &module)
        .unwrap_or_else(|error| panic!("it cannot be instantiated: {error}"));
    let function = instance.get_func(&store, "run").unwrap_or_else(|| panic!("it exports no `run`"));
    let inputs: Vec<Val> = inputs.iter().map(|input| Val::I64(*input)).collect();
    let mut results = vec![Val::I64(0); function.ty(&store).results().len()];
    match function.call(&mut store, &inputs, &mut results) {
        Ok(()) => Some(results.iter().filter_map(Val::i64).collect()),
        Err(error) if error.as_trap_code() == Some(TrapCode::OutOfFuel) => None,
        Err(error) => panic!("it traps: {error}"),
    }
}

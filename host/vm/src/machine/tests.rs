use std::collections::BTreeSet;

use super::{Machine, Setting, Stop};
use crate::container::Program;
use crate::disasm::Disassembly;
use crate::host::Alone;
use crate::isa::Opcode;
use crate::limits::Limits;
use crate::verify::Verified;

mod cases;
mod random;

fn verified(code: &[u8]) -> Verified {
    Verified::new(Program::raw(code.to_vec())).expect("it is in order")
}

fn run(verified: &Verified, budget: u64) -> (Machine<'_>, Stop) {
    let mut machine = Machine::new(verified);
    let stop = machine.run(budget, &mut Alone);
    (machine, stop)
}

fn class(stop: &Stop) -> &'static str {
    if let Stop::Failed(error) = stop { error.class() } else { "" }
}

#[test]
fn every_instruction_has_a_case() {
    let mut met = BTreeSet::new();
    for case in cases::all() {
        met.extend(Disassembly::of(&case.code).lines.iter().filter_map(crate::disasm::Line::opcode));
    }
    let missing: Vec<&Opcode> = Opcode::ALL.iter().filter(|opcode| !met.contains(opcode)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_error_names_the_instruction_and_its_place() {
    let program = verified(&[0x00, 0x0b, 0, 1, 2, 0x80]);
    let (_, stop) = run(&program, 10);
    let Stop::Failed(error) = stop else { panic!("it divides by zero") };
    assert_eq!(error.to_string(), "division by zero | opcode=0x0B | pc=1");
}

#[test]
fn a_machine_that_ended_stays_as_it_is() {
    let program = verified(&[0x0e, 0, 0x80]);
    let (mut machine, stop) = run(&program, 2);
    assert_eq!(stop, Stop::Halted);
    assert_eq!(machine.run(10, &mut Alone), Stop::Halted);
    assert_eq!(machine.step(&mut Alone), Some(Stop::Halted));
    assert_eq!((machine.r(0), machine.cycles()), (1, 2));
    machine.reset();
    assert_eq!(machine.run(1, &mut Alone), Stop::OutOfCycles);
    assert_eq!(machine.run(1, &mut Alone), Stop::Halted);
    assert_eq!(machine.r(0), 1);
}

#[test]
fn long_straight_code_is_counted_exactly() {
    // The last of 1000 instructions fails.
    let mut code = [0x0e, 0].repeat(999);
    code.extend([0x0b, 1, 0, 2, 0x80]);
    let program = verified(&code);
    for budget in [0, 1, 254, 255, 256, 509, 510, 511, 998, 999] {
        let (machine, stop) = run(&program, budget);
        assert_eq!(stop, Stop::OutOfCycles);
        assert_eq!((machine.cycles(), machine.r(0)), (budget, budget as i64));
    }
    let (machine, stop) = run(&program, 1000);
    assert_eq!((class(&stop), machine.cycles()), ("VMDivisionByZeroError", 999));
    // A loop around as much.
    let mut code = [0x0e, 0].repeat(600);
    code.extend([0x04, 0, 0x4c, 0xfb]);
    let program = verified(&code);
    let (machine, stop) = run(&program, 100_000);
    assert_eq!((stop, machine.cycles()), (Stop::OutOfCycles, 100_000));
    assert_eq!(machine.r(0), 100_000 - 100_000 / 601);
}

#[test]
fn limits_hold_at_their_edges() {
    let limited = |limits: Limits, code: &[u8]| {
        let setting = Setting { limits, ..Setting::DEFAULT };
        let program = verified(code);
        class(&Machine::with(&program, &setting).run(100, &mut Alone))
    };
    let two_boxes = [0x39, 0, 0, 0, 0, 0, 0, 0x39, 0, 0, 0, 0, 0, 0, 0x80];
    assert_eq!(limited(Limits { n_boxes: 2, ..Limits::DEFAULT }, &two_boxes), "");
    assert_eq!(limited(Limits { n_boxes: 1, ..Limits::DEFAULT }, &two_boxes), "VMResourceError");
    let two_witnesses = [0x7e, 0, 0, 0, 0x7e, 0, 0, 0, 0x80];
    assert_eq!(limited(Limits { n_witnesses: 2, ..Limits::DEFAULT }, &two_witnesses), "");
    assert_eq!(limited(Limits { n_witnesses: 1, ..Limits::DEFAULT }, &two_witnesses), "VMResourceError");
    let two_resources = [0x82, 4, 0, 1, 0, 0, 0, 0x82, 4, 0, 2, 0, 0, 0, 0x82, 4, 0, 1, 0, 0, 0, 0x80];
    assert_eq!(limited(Limits { n_resources: 2, ..Limits::DEFAULT }, &two_resources), "");
    assert_eq!(limited(Limits { n_resources: 1, ..Limits::DEFAULT }, &two_resources), "VMResourceError");
    // A region of 256 bytes beside the two of 1024.
    let region = [0x30, 7, 0, 1, b'a', 0, 1, 0, 0, 0, 0x80];
    let small = Limits { memory_size: 1024, ..Limits::DEFAULT };
    assert_eq!(limited(Limits { n_regions: 3, ..small }, &region), "");
    assert_eq!(limited(Limits { n_regions: 2, ..small }, &region), "VMResourceError");
    assert_eq!(limited(Limits { region_bytes: 2304, ..small }, &region), "");
    assert_eq!(limited(Limits { region_bytes: 2303, ..small }, &region), "VMResourceError");
    // Four bytes twice.
    let set = [0x34, 15, 0, 5, b's', b't', b'a', b'c', b'k', 0, 0, 0, 0, 7, 4, 0, 0, 0];
    let twice = [set.as_slice(), &set, &[0x80]].concat();
    assert_eq!(limited(Limits { bulk_bytes: 8, ..Limits::DEFAULT }, &twice), "");
    assert_eq!(limited(Limits { bulk_bytes: 7, ..Limits::DEFAULT }, &twice), "VMResourceError");
    // The stack is as large as it is said to be.
    let store = [0x2b, 1, 0xfc, 3, 0x03, 0, 1, 0x80];
    assert_eq!(limited(small, &store), "");
    assert_eq!(limited(Limits { memory_size: 1023, ..small }, &store), "VMMemoryError");
}

#[test]
fn calls_are_known_while_stepping() {
    // 0: CALL 5; 4: HALT; 5: CALL 10; 9: RET; 10: RET.
    let program = verified(&[0x07, 0, 1, 0, 0x80, 0x07, 0, 1, 0, 0x28, 0x28]);
    let mut machine = Machine::new(&program);
    let mut depths = Vec::new();
    while machine.step(&mut Alone).is_none() {
        depths.push(machine.frames().len());
    }
    assert_eq!(depths, [1, 2, 1, 0]);
    machine.reset();
    machine.step(&mut Alone);
    machine.step(&mut Alone);
    let frames: Vec<(u32, u32, u32)> =
        machine.frames().iter().map(|frame| (frame.call, frame.target, frame.back)).collect();
    assert_eq!(frames, [(0, 5, 4), (5, 10, 9)]);
}

#[test]
fn changes_are_listed() {
    let program = verified(&[0x0e, 3, 0x80]);
    let mut machine = Machine::new(&program);
    machine.set_r(3, -1);
    let before = machine.registers();
    machine.step(&mut Alone);
    let changes = before.changes(&machine.registers());
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0], super::Change::R { number: 3, old: -1, new: 0 });
}

#[test]
fn untouched_memory_has_the_digest_of_zeros() {
    let program = verified(&[0x80]);
    let mut machine = Machine::new(&program);
    let untouched = machine.observe();
    assert!(machine.write_memory("heap", 0, &[0]));
    assert!(machine.write_memory("stack", 65_535, &[0]));
    assert_eq!(machine.observe(), untouched);
    assert!(machine.write_memory("stack", 65_535, &[1]));
    assert_ne!(machine.observe().memory, untouched.memory);
    assert!(!machine.write_memory("stack", 65_535, &[1, 2]));
    assert!(!machine.write_memory("attic", 0, &[1]));
    assert_eq!(machine.read_memory("stack", 65_534, 2), Some(vec![0, 1]));
    assert_eq!(machine.read_memory("stack", 65_535, 2), None);
}

#[test]
fn what_is_carried_goes_on_in_another_program() {
    // MOVI R1, 7; PUSH R1; HALT, then POP R2; HALT
    let first = verified(&[0x2b, 1, 7, 0, 0x20, 1, 0x80]);
    let second = verified(&[0x21, 2, 0x80]);
    let (machine, stop) = run(&first, 10);
    assert_eq!(stop, Stop::Halted);
    let setting = Setting::default();
    let mut machine = Machine::resume(&second, &setting, machine.carry());
    assert_eq!((machine.ended(), machine.pc()), (None, 0));
    assert_eq!(machine.run(10, &mut Alone), Stop::Halted);
    assert_eq!((machine.r(1), machine.r(2), machine.cycles()), (7, 7, 5));
}

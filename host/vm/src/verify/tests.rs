use super::{FindingKind, Verified};
use crate::container::{Landing, Program};
use crate::isa::{Bank, Opcode};
use crate::limits::MAX_CODE_BYTES;

/// The kinds of what is found in raw code with their offsets, warnings included.
fn findings(code: &[u8]) -> Vec<(usize, FindingKind)> {
    let findings = match Verified::new(Program::raw(code.to_vec())) {
        Ok(verified) => verified.warnings().to_vec(),
        Err(error) => error.findings,
    };
    findings.into_iter().map(|finding| (finding.offset, finding.kind)).collect()
}

fn check(code: &[u8], expected: &[(usize, FindingKind)]) {
    assert_eq!(findings(code), expected);
}

fn verified(code: &[u8]) -> Verified {
    Verified::new(Program::raw(code.to_vec())).expect("it is in order")
}

#[test]
fn a_program_in_order_has_no_findings() {
    check(&[0x2b, 1, 10, 0, 0x0f, 1, 0x06, 1, 0xfa, 0xff, 0x80], &[]);
}

#[test]
fn what_can_be_reached_has_to_be_code() {
    check(&[0x6f], &[(0, FindingKind::Undefined(0x6f))]);
    check(&[0x05, 0, 1, 0, 0x80, 0xff], &[(5, FindingKind::Undefined(0xff))]);
    let truncated = FindingKind::Truncated { opcode: Opcode::Movi, expected: 4, actual: 3 };
    check(&[0x2b, 1, 0], &[(0, truncated)]);
    let payload = FindingKind::Truncated { opcode: Opcode::Tell, expected: 10, actual: 4 };
    check(&[0x60, 7, 0, 0], &[(0, payload)]);
    // What cannot be reached may be anything.
    check(&[0x04, 0, 1, 0, 0x6f, 0x80], &[]);
    check(&[0x80, 0x6f], &[]);
}

#[test]
fn registers_exist() {
    check(&[0x0e, 16, 0x80], &[(0, FindingKind::Register { bank: Bank::R, number: 16 })]);
    check(&[0x44, 32, 0, 0x80], &[(0, FindingKind::Register { bank: Bank::F, number: 32 })]);
    check(&[0x50, 16, 0, 0x80], &[(0, FindingKind::Register { bank: Bank::V, number: 16 })]);
}

#[test]
fn jumps_go_to_instructions() {
    check(&[0x04, 0, 0xfb, 0xff], &[(0, FindingKind::Outside { target: -1, len: 4 })]);
    check(&[0x05, 0, 1, 0, 0x80], &[(0, FindingKind::Outside { target: 5, len: 5 })]);
    // Into the operand of the MOVI that stands before it.
    check(&[0x2b, 1, 0x80, 0x80, 0x05, 0, 0xfa, 0xff, 0x80], &[(2, FindingKind::Overlap { other: 0 })]);
}

#[test]
fn doubtful_ways_are_warnings() {
    check(&[0x04, 0, 0xfc, 0xff], &[(0, FindingKind::Endless)]);
    check(&[0x05, 0, 1, 0, 0x80, 0x00], &[(5, FindingKind::RunsOff)]);
    check(&[0x21, 0, 0x80], &[(0, FindingKind::Underflow { needed: 1, depth: 0 })]);
    check(&[0x20, 0, 0x23, 0x80], &[(2, FindingKind::Underflow { needed: 2, depth: 1 })]);
}

#[test]
fn code_has_a_length() {
    check(&[], &[(0, FindingKind::Empty)]);
    let mut longest = vec![0; MAX_CODE_BYTES];
    longest[MAX_CODE_BYTES - 1] = 0x80;
    check(&longest, &[]);
    check(&vec![0; MAX_CODE_BYTES + 1], &[(0, FindingKind::TooLong(MAX_CODE_BYTES + 1))]);
    let program = Program { entry: 1, ..Program::raw(vec![0x80]) };
    assert_eq!(
        Verified::new(program).map_err(|error| error.findings[0].kind.clone()).err(),
        Some(FindingKind::Entry(1))
    );
}

#[test]
fn the_class_and_the_text_name_the_place() {
    let error = Verified::new(Program::raw(vec![0x00, 0x6f])).expect_err("it is undefined");
    assert_eq!(error.to_string(), "the program is refused: no instruction has the opcode 0x6f | offset=1");
    assert_eq!(error.findings[0].class(), "VMInvalidOpcodeError");
}

#[test]
fn instructions_are_known_by_their_offsets() {
    let verified = verified(&[0x07, 0, 1, 0, 0x80, 0x0e, 1, 0x28]);
    assert_eq!(verified.starts(), [0, 4, 5, 7]);
    assert_eq!(verified.index_of(5), Some(2));
    assert_eq!(verified.index_of(6), None);
    assert_eq!(verified.index_of(8), None);
    assert_eq!(verified.instruction_at(7).map(|it| it.opcode), Some(Opcode::Ret));
    assert_eq!(verified.instructions().count(), 4);
    assert!(verified.is_return_point(4));
}

#[test]
fn listed_pads_are_where_addresses_lead_to() {
    // 0: CALL_IND R1, 3: HALT, 4: INC R2, 6: RET, 7: data.
    let code = vec![0x29, 0, 1, 0x80, 0x0e, 2, 0x28, 0xff];
    let landing = Landing::Listed(vec![4, 7]);
    let verified = Verified::new(Program { landing, ..Program::raw(code) }).expect("it is in order");
    assert_eq!(verified.starts(), [0, 3, 4, 6]);
    let pads: Vec<u32> = (0..9).filter(|offset| verified.is_pad(*offset)).collect();
    assert_eq!(pads, [0, 4]);
    let places: Vec<u32> = (0..9).filter(|offset| verified.is_return_point(*offset)).collect();
    assert_eq!(places, [0, 3, 4]);
    assert_eq!(verified.warnings()[0].kind, FindingKind::Pad);
}

#[test]
fn raw_code_lands_anywhere() {
    // 0: CALL_IND R1, 3: HALT, 4: data, 5: INC R2, 7: RET.
    let verified = verified(&[0x29, 0, 1, 0x80, 0xff, 0x0e, 2, 0x28]);
    let pads: Vec<u32> = (0..9).filter(|offset| verified.is_pad(*offset)).collect();
    assert_eq!(pads, [0, 3, 5, 7]);
    // A pad that comes to data is none.
    let verified = self::verified(&[0x29, 0, 1, 0x80, 0x0e, 2, 0xff]);
    assert_eq!(verified.starts(), [0, 3]);
}

#[test]
fn the_depth_of_the_stack_is_measured() {
    let check = |code: &[u8], expected| assert_eq!(verified(code).stack_cells(), expected);
    check(&[0x80], Some(0));
    check(&[0x20, 0, 0x20, 0, 0x21, 1, 0x80], Some(2));
    // CALL, HALT; the callee enters a frame of 3 cells and leaves it.
    check(&[0x07, 0, 1, 0, 0x80, 0x25, 3, 0x26, 0, 0x28], Some(5));
    // It calls itself.
    check(&[0x07, 0, 1, 0, 0x80, 0x07, 0, 0xfc, 0xff, 0x28], None);
    // The stack pointer moves.
    check(&[0x0e, 11, 0x80], None);
    check(&[0x6d, 2, 0, 11, 255, 0x80], None);
    // A loop that pushes.
    check(&[0x20, 0, 0x06, 0, 0xfa, 0xff, 0x80], None);
    // Two calls of one procedure, one below another.
    check(&[0x20, 0, 0x07, 0, 5, 0, 0x07, 0, 1, 0, 0x80, 0x28], Some(2));
}

#[test]
fn code_made_to_take_long_does_not() {
    // Every byte pair looks like the beginning of a long payload, and a call by address makes all of it a pad.
    let mut code = vec![0x29, 0, 1, 0x80];
    code.extend([0x60].repeat(MAX_CODE_BYTES / 4));
    let verified = verified(&code);
    assert!(verified.starts().len() >= 2);
    // Each byte of long payloads is a pad.
    let mut code = [0x60, 0xf0, 0xff].to_vec();
    code.resize(3 + 0xfff0, 0x0e);
    code = code.repeat(15);
    code.push(0x80);
    let landing = Landing::Listed((0..code.len() as u32).collect());
    let verified = Verified::new(Program { landing, ..Program::raw(code) }).expect("it is in order");
    assert_eq!(verified.starts().len(), 16);
    // Branches into the middle of each other.
    let mut code: Vec<u8> = (0..MAX_CODE_BYTES / 4).flat_map(|_| [0x05, 0, 0xfd, 0x7f]).collect();
    code.truncate(MAX_CODE_BYTES);
    assert!(!findings(&code).is_empty());
}

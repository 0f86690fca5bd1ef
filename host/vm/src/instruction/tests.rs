use super::{DecodeError, EncodeError, Fields, Instruction, MAX_PAYLOAD_BYTES, Operand, decode};
use crate::isa::{Bank, Kind, Layout, Opcode};

/// An instruction of each kind with different bytes in all its fields.
fn samples() -> Vec<Instruction<'static>> {
    let sample = |opcode: &Opcode| {
        let fields = match opcode.spec().layout {
            Layout::A => Fields::A,
            Layout::B => Fields::B(3),
            Layout::C => Fields::C(4, 5),
            Layout::D => Fields::D(6, -2),
            Layout::E => Fields::E(7, 8, 9),
            Layout::X => Fields::X(10, 11, -123_456),
            Layout::G => Fields::G(b"\x01\x00\x00\x00payload"),
        };
        Instruction { opcode: *opcode, fields }
    };
    Opcode::ALL.iter().map(sample).collect()
}

#[test]
fn what_is_encoded_decodes_to_the_same() {
    let mut code = Vec::new();
    let mut offsets = Vec::new();
    for instruction in samples() {
        offsets.push(code.len());
        instruction.encode(&mut code);
    }
    for (instruction, offset) in samples().iter().zip(offsets) {
        let decoded = decode(&code, offset).expect("it was encoded");
        assert_eq!(decoded, *instruction);
        assert_eq!(decoded.len(), instruction.to_bytes().len());
        let again = Instruction::new(decoded.opcode, &decoded.operands()).expect("its own operands fit");
        assert_eq!(again, decoded);
    }
}

#[test]
fn a_byte_less_is_truncated() {
    for instruction in samples() {
        let bytes = instruction.to_bytes();
        assert!(decode(&bytes, 0).is_ok());
        let short = &bytes[..bytes.len() - 1];
        let expected = match short.len() {
            0 => DecodeError::Outside { offset: 0, len: 0 },
            actual => {
                let known = actual >= instruction.opcode.spec().layout.base_len();
                let expected = if known { bytes.len() } else { instruction.opcode.spec().layout.base_len() };
                DecodeError::Truncated { opcode: instruction.opcode, expected, actual }
            }
        };
        assert_eq!(decode(short, 0), Err(expected));
    }
}

#[test]
fn undefined_bytes_and_offsets_outside_are_errors() {
    assert_eq!(decode(&[0x6f], 0), Err(DecodeError::Undefined(0x6f)));
    assert_eq!(decode(&[0x80], 1), Err(DecodeError::Outside { offset: 1, len: 1 }));
    assert_eq!(decode(&[0x80], usize::MAX), Err(DecodeError::Outside { offset: usize::MAX, len: 1 }));
}

#[test]
fn targets_count_from_the_end_of_the_instruction() {
    let jump = Instruction { opcode: Opcode::Jmp, fields: Fields::D(0, -8) };
    assert_eq!(jump.target(12), Some(8));
    assert_eq!(jump.target(0), Some(-4));
    let evolve = Instruction { opcode: Opcode::Evolve, fields: Fields::D(0, 4) };
    assert_eq!(evolve.target(0), None);
}

#[test]
fn registers_are_numbered_within_their_banks() {
    let check = |code: &[u8], expected| {
        assert_eq!(decode(code, 0).expect("it is well formed").wrong_register(), expected);
    };
    check(&[0x01, 15, 15], None);
    check(&[0x01, 15, 16], Some((Bank::R, 16)));
    check(&[0x40, 31, 31, 31], None);
    check(&[0x40, 31, 32, 31], Some((Bank::F, 32)));
    check(&[0x48, 15, 31], None);
    check(&[0x48, 16, 31], Some((Bank::R, 16)));
    check(&[0x52, 16, 0], Some((Bank::V, 16)));
    // Bytes without effect may be anything.
    check(&[0x04, 255, 0, 0], None);
    check(&[0x29, 255, 0], None);
    check(&[0x25, 255], None);
}

#[test]
fn operands_of_another_kind_are_refused() {
    let check = |opcode, operands: &[Operand<'_>]| {
        assert_eq!(Instruction::new(opcode, operands), Err(EncodeError::Operands { opcode }));
    };
    check(Opcode::Halt, &[Operand::R(0)]);
    check(Opcode::Mov, &[Operand::R(0)]);
    check(Opcode::Mov, &[Operand::R(0), Operand::F(0)]);
    check(Opcode::Movi, &[Operand::R(0), Operand::Jump(0)]);
    check(Opcode::Tell, &[Operand::Word(0)]);
}

#[test]
fn a_payload_has_a_longest_length() {
    let longest = vec![7; MAX_PAYLOAD_BYTES];
    let tell = Instruction::new(Opcode::Tell, &[Operand::Payload(&longest)]).expect("it just fits");
    assert_eq!(decode(&tell.to_bytes(), 0), Ok(tell));
    let longer = vec![7; MAX_PAYLOAD_BYTES + 1];
    let error = EncodeError::PayloadTooLong { limit: MAX_PAYLOAD_BYTES, actual: MAX_PAYLOAD_BYTES + 1 };
    assert_eq!(Instruction::new(Opcode::Tell, &[Operand::Payload(&longer)]), Err(error));
}

#[test]
fn only_jumps_have_distances() {
    for opcode in Opcode::ALL {
        let has = opcode.spec().operands.contains(&Kind::Jump);
        let static_target = matches!(
            opcode.spec().flow,
            crate::isa::Flow::Jump | crate::isa::Flow::Branch | crate::isa::Flow::Call
        );
        assert_eq!(has, static_target, "{opcode}");
    }
}

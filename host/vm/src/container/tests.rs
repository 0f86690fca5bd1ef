use super::{ContainerError, Function, HEADER_LEN, Landing, Program};
use crate::limits::{MAX_CODE_BYTES, MAX_CONTAINER_BYTES};

const CODE: [u8; 13] = [0x2b, 1, 10, 0, 0x2b, 2, 20, 0, 0x08, 0, 1, 2, 0x80];

fn program() -> Program {
    let function = |name: &str, offset, len| Function { name: name.to_owned(), offset, len };
    Program {
        entry: 4,
        landing: Landing::Listed(vec![0, 8]),
        inputs: 2,
        outputs: 3,
        functions: vec![function("main", 0, 13), function("tail", 8, 5)],
        types: vec![vec![0x01, 64, 1], vec![0x0a, 1, 0, b's', 1, 0, 1, 0, b'f', 2, 0]],
        ..Program::raw(CODE.to_vec())
    }
}

/// A container as a writer makes it that does not know our section.
fn foreign(types: &[u8], names: &[u8], functions: &[[u32; 3]], code: &[u8]) -> Vec<u8> {
    let mut bytes = b"FLUX\x01\0\0\0".to_vec();
    bytes.extend((functions.len() as u16).to_le_bytes());
    bytes.extend((HEADER_LEN as u32).to_le_bytes());
    let code_at = HEADER_LEN + types.len() + names.len() + functions.len() * 12;
    bytes.extend((code_at as u32).to_le_bytes());
    bytes.extend(types);
    bytes.extend(names);
    bytes.extend(functions.iter().flatten().flat_map(|word| word.to_le_bytes()));
    bytes.extend(code);
    bytes
}

#[test]
fn what_is_written_reads_back_to_the_same() {
    for program in [program(), Program::raw(CODE.to_vec())] {
        let bytes = program.to_bytes().expect("it can be written");
        assert_eq!(Program::from_bytes(&bytes), Ok(program));
    }
}

#[test]
fn old_readers_find_names_functions_and_code() {
    let bytes = program().to_bytes().expect("it can be written");
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let code_at = word(14) as usize;
    assert_eq!(&bytes[code_at..], CODE);
    let types_end = HEADER_LEN + 2 + 3 + 11;
    assert_eq!(&bytes[types_end..types_end + 10], b"main\0tail\0");
    assert_eq!([word(code_at - 24), word(code_at - 20), word(code_at - 16)], [0, 0, 13]);
    assert_eq!([word(code_at - 12), word(code_at - 8), word(code_at - 4)], [5, 8, 5]);
}

#[test]
fn a_foreign_container_begins_at_its_first_byte() {
    let bytes = foreign(b"\x01\0\x05", b"main\0", &[[0, 0, 13]], &CODE);
    let read = Program::from_bytes(&bytes).expect("it is well formed");
    assert_eq!(read.code, CODE);
    assert_eq!((read.entry, read.landing, read.inputs, read.outputs), (0, Landing::Anywhere, 0, 1));
    assert_eq!(read.functions, [Function { name: "main".to_owned(), offset: 0, len: 13 }]);
}

#[test]
fn raw_code_is_taken_as_it_is() {
    assert_eq!(Program::from_bytes(&CODE), Ok(Program::raw(CODE.to_vec())));
}

#[test]
fn every_damaged_byte_is_noticed() {
    let whole = program();
    let bytes = whole.to_bytes().expect("it can be written");
    for at in 4..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        // The magic of the section is what says that there is a checksum: without it the rest is skipped.
        let read = Program::from_bytes(&damaged);
        assert_ne!(read.as_ref(), Ok(&whole), "byte {at}");
    }
    for len in 0..bytes.len() {
        assert_ne!(Program::from_bytes(&bytes[..len]), Ok(whole.clone()), "cut at {len}");
    }
}

#[test]
fn what_is_not_formed_well_is_refused() {
    let check = |bytes: &[u8], expected: ContainerError| {
        assert_eq!(Program::from_bytes(bytes), Err(expected));
    };
    check(b"", ContainerError::Empty);
    check(b"FLUX\x01\0", ContainerError::Truncated("header"));
    check(&foreign(b"\0\0", b"", &[], b""), ContainerError::Empty);
    check(&foreign(b"\x01\0", b"", &[], &CODE), ContainerError::Truncated("type table"));
    check(&foreign(b"\x01\0\x77", b"", &[], &CODE), ContainerError::TypeKind(0x77));
    check(&foreign(b"\0\0", b"main", &[[0, 0, 1]], &CODE), ContainerError::Truncated("function names"));
    check(&foreign(b"\0\0", b"main\0", &[[9, 0, 1]], &CODE), ContainerError::Function(0));
    check(&foreign(b"\0\0", b"main\0", &[[0, 1, 13]], &CODE), ContainerError::Function(0));
    check(&foreign(b"\0\0", b"ma\xffn\0", &[[0, 0, 1]], &CODE), ContainerError::Name("function table"));
    let mut other = foreign(b"\0\0", b"", &[], &CODE);
    other[4] = 2;
    check(&other, ContainerError::Version { what: "container", expected: 1, found: 2 });
    let mut other = foreign(b"\0\0", b"", &[], &CODE);
    other[14] = 17;
    check(&other, ContainerError::CodeOffset { found: 17 });
    other[14] = 200;
    check(&other, ContainerError::Truncated("code"));
    let mut other = foreign(b"\0\0", b"", &[], &CODE);
    other[10] = 20;
    check(&other, ContainerError::TypeTable { expected: 18, found: 20 });
}

#[test]
fn fields_stay_within_their_ranges() {
    let check = |change: fn(&mut Program)| {
        let mut program = program();
        change(&mut program);
        assert!(matches!(program.to_bytes(), Err(ContainerError::Field { .. })), "{program:?}");
    };
    check(|program| program.entry = 13);
    check(|program| program.inputs = 12);
    check(|program| program.outputs = 0);
    check(|program| program.outputs = 17);
    check(|program| program.landing = Landing::Listed(vec![13]));
    check(|program| program.landing = Landing::Listed(vec![4, 4]));
    check(|program| program.functions = vec![Function { name: String::new(), offset: 0, len: 0 }; 65_536]);
}

#[test]
fn code_and_container_have_longest_lengths() {
    assert!(Program::raw(vec![0; MAX_CODE_BYTES]).to_bytes().is_ok());
    let error = |what, limit: usize| ContainerError::TooLong { what, limit, actual: limit + 1 };
    let code = Program::raw(vec![0; MAX_CODE_BYTES + 1]).to_bytes();
    assert_eq!(code, Err(error("code", MAX_CODE_BYTES)));
    let container = Program::from_bytes(&vec![0; MAX_CONTAINER_BYTES + 1]);
    assert_eq!(container, Err(error("a container", MAX_CONTAINER_BYTES)));
}

#[test]
fn the_innermost_function_is_found() {
    let program = program();
    let name = |offset| program.function_at(offset).map(|function| function.name.as_str());
    assert_eq!(name(4), Some("main"));
    assert_eq!(name(8), Some("tail"));
    assert_eq!(name(13), None);
}

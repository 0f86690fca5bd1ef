use super::{Payload, PayloadError};
use crate::isa::PayloadForm;

fn check(payload: Payload<'_>, bytes: &[u8]) {
    assert_eq!(payload.to_bytes().expect("it can be written"), bytes);
    assert_eq!(Payload::parse(payload.form(), bytes), Ok(payload));
    let mut long = bytes.to_vec();
    long.push(b'x');
    for cut in 0..bytes.len() {
        // Names to the end may be shorter; everything else may not panic.
        let _ = Payload::parse(payload.form(), &bytes[..cut]);
    }
    let _ = Payload::parse(payload.form(), &long);
}

#[test]
fn every_form_is_read_as_it_is_written() {
    check(Payload::Message { message: 3, second: None, name: "bob" }, b"\x03\xffbob");
    check(Payload::Message { message: 15, second: Some(0), name: "" }, b"\x0f\x00");
    check(Payload::Capability { id: 258, agent: "bob" }, b"\x02\x01\0\0bob");
    check(Payload::Resource { id: 7 }, b"\x07\0\0\0");
    check(Payload::Region { name: "heap" }, b"heap");
    check(Payload::RegionCreate { name: "test", size: 1024, owner: "gen" }, b"\x04test\x00\x04\0\0\x03gen");
    check(Payload::RegionTransfer { name: "a", owner: "b" }, b"\x01a\x01b");
    check(
        Payload::MemoryCopy { name: "a", source: 1, destination: 2, size: 3 },
        b"\x01a\x01\0\0\0\x02\0\0\0\x03\0\0\0",
    );
    check(Payload::MemorySet { name: "a", address: 1, value: 9, size: 3 }, b"\x01a\x01\0\0\0\x09\x03\0\0\0");
    check(
        Payload::MemoryCompare { name: "a", first: 1, second: 2, size: 3 },
        b"\x01a\x01\0\0\0\x02\0\0\0\x03\0\0\0",
    );
}

#[test]
fn what_is_not_of_the_form_is_refused() {
    let check = |form, bytes: &[u8], expected| assert_eq!(Payload::parse(form, bytes), Err(expected));
    check(PayloadForm::Message, b"\x01", PayloadError::Short(1));
    check(PayloadForm::Message, b"\x10\xff", PayloadError::Register(16));
    check(PayloadForm::Message, b"\x00\xfe", PayloadError::Register(254));
    check(PayloadForm::Message, b"\x00\xff\xff", PayloadError::Name);
    check(PayloadForm::Capability, b"\x01\0\0", PayloadError::Short(3));
    check(PayloadForm::RegionTransfer, b"\x01a\x01bc", PayloadError::Long(1));
    check(PayloadForm::RegionTransfer, b"\x01a\x02b", PayloadError::Short(4));
    check(PayloadForm::RegionTransfer, b"\x01a\x01\xff", PayloadError::Name);
}

#[test]
fn zero_bytes_at_the_end_are_no_part_of_a_name() {
    assert_eq!(Payload::parse(PayloadForm::Region, b"heap\0\0"), Ok(Payload::Region { name: "heap" }));
}

#[test]
fn a_name_has_a_longest_length() {
    let name = "n".repeat(255);
    assert!(Payload::RegionTransfer { name: &name, owner: "" }.to_bytes().is_ok());
    let name = "n".repeat(256);
    let error = Payload::RegionTransfer { name: &name, owner: "" }.to_bytes();
    assert_eq!(error, Err(PayloadError::NameTooLong(256)));
    assert!(Payload::parse(PayloadForm::Region, &name.as_bytes()[1..]).is_ok());
    assert_eq!(Payload::parse(PayloadForm::Region, name.as_bytes()), Err(PayloadError::NameTooLong(256)));
    assert_eq!(Payload::Region { name: &name }.to_bytes(), Err(PayloadError::NameTooLong(256)));
}

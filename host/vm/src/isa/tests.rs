use super::{Bank, Kind, Layout, Opcode, Spec, page};

#[test]
fn every_row_fills_its_layout() {
    for opcode in Opcode::ALL {
        let Spec { layout, operands, mnemonic, .. } = opcode.spec();
        let len: usize = 1 + operands.iter().map(|kind| kind.width()).sum::<usize>();
        assert_eq!(len, layout.base_len(), "{mnemonic}");
        let payload = operands.iter().any(|kind| matches!(kind, Kind::Payload(_)));
        assert_eq!(payload, *layout == Layout::G, "{mnemonic}");
    }
}

#[test]
fn bytes_ascend_and_names_differ() {
    assert_eq!(Opcode::ALL.len(), 135);
    assert!(Opcode::ALL.windows(2).all(|pair| pair[0].byte() < pair[1].byte()));
    for opcode in Opcode::ALL {
        assert_eq!(Opcode::from_byte(opcode.byte()), Some(*opcode));
        assert_eq!(Opcode::from_mnemonic(&opcode.spec().mnemonic.to_lowercase()), Some(*opcode));
    }
    assert_eq!(Opcode::from_byte(0x6f), None);
    assert_eq!(Opcode::from_byte(0x87), None);
}

#[test]
fn there_are_64_registers() {
    assert_eq!([Bank::R, Bank::F, Bank::V].iter().map(|bank| bank.size()).sum::<usize>(), 64);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the page is a file of the repository, written when it is blessed"
)]
fn the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ISA.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, page()).expect("the page can be written");
    }
    let found = std::fs::read_to_string(path).expect("the page is there");
    assert_eq!(found, page(), "run `cargo dev bless`, or the test with `BLESS=1`");
}

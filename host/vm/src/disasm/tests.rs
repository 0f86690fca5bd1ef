use super::{Content, Disassembly};

fn check(code: &[u8], expected: &[&str]) {
    let listing = Disassembly::of(code);
    let lines: Vec<String> = listing.lines.iter().map(ToString::to_string).collect();
    assert_eq!(lines, expected);
}

#[test]
fn each_layout_has_its_operands() {
    check(&[0x80], &["0000:  80                HALT                 "]);
    check(&[0x0e, 3], &["0000:  0e03              INC                  R3"]);
    check(&[0x01, 3, 4], &["0000:  010304            MOV                  R3, R4"]);
    check(&[0x2b, 1, 0xf6, 0xff], &["0000:  2b01f6ff          MOVI                 R1, -10"]);
    check(&[0x06, 1, 0xfc, 0xff], &["0000:  0601fcff          JNZ                  R1, -4 (offset=0x0000)"]);
    check(&[0x04, 0, 4, 0], &["0000:  04000400          JMP                  R0, +4 (offset=0x0008)"]);
    check(&[0x40, 1, 2, 31], &["0000:  4001021f          FADD                 F1, F2, F31"]);
    check(&[0x18, 6, 1, 2], &["0000:  18060102          ICMP                 6, R1, R2"]);
    check(&[0x39, 1, 2, 255, 255, 255, 255], &["0000:  390102ffffffff    BOX                  R1, 2, -1"]);
    check(
        b"\x60\x05\x00\x01\xffbob",
        &["0000:  60050001ff626f62  TELL                 5, [01ff626f62] \"..bob\""],
    );
    check(
        b"\x60\x09\x00123456789",
        &["0000:  600900313233343536373839  TELL                 [3132333435363738...] (9 bytes)"],
    );
}

#[test]
fn what_is_no_instruction_takes_a_byte() {
    check(
        &[0x6f, 0x0e, 1, 0x2b, 0x80],
        &[
            "0000:  6f                UNKNOWN_0x6f         ",
            "0001:  0e01              INC                  R1",
            "0003:  2b                MOVI                 ???",
            "0004:  80                HALT                 ",
        ],
    );
}

#[test]
fn the_title_counts_the_code() {
    assert_eq!(
        Disassembly::of(&[]).to_string(),
        format!("FLUX Bytecode Disassembly (0 bytes)\n{}\n", "=".repeat(80))
    );
}

#[test]
fn what_is_not_reached_is_data() {
    let code = [0x04, 0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x80, 0xff];
    let listing = Disassembly::of_reached(&code, &[0, 13]);
    let lines: Vec<(usize, usize, bool)> = listing
        .lines
        .iter()
        .map(|line| (line.offset, line.bytes.len(), line.content == Content::Data))
        .collect();
    assert_eq!(lines, [(0, 4, false), (4, 8, true), (12, 1, true), (13, 1, false), (14, 1, true)]);
    assert_eq!(listing.lines[2].operands(), "0x09");
}

//! What texts assemble to, and what is said of those that do not.

use std::collections::BTreeMap;

use flux_vm::container::Landing;

use super::output::hex;
use super::{Assembly, Diagnostic, Limits, NoIncludes, Severity, assemble, print};

mod limits;
mod round_trip;

fn assembled(text: &str) -> Assembly {
    assemble("test.flx", text, &NoIncludes, &Limits::DEFAULT)
}

/// The code of `text` is `expected`, in hexadecimal digits.
fn check(text: &str, expected: &str) {
    let assembly = assembled(text);
    let found = assembly.program.as_ref().map_or_else(|| assembly.render(), |program| hex(&program.code));
    assert_eq!(found, expected, "{text}");
}

/// `text` is refused, or warned of, with these messages.
fn check_messages(text: &str, expected: &[&str]) {
    let assembly = assembled(text);
    let found: Vec<String> = assembly
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.place(&assembly.sources);
            let hint = diagnostic.hints().first().map_or_else(String::new, |hint| format!(" ({hint})"));
            format!("{}:{}: {}{hint}", place.line, place.column, diagnostic.message())
        })
        .collect();
    assert_eq!(found, expected, "{text}");
    let has_errors = assembly.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    assert_eq!(assembly.program.is_none(), has_errors);
}

/// Two ways to write the same.
fn check_same(text: &str, other: &str) {
    let code = |text: &str| {
        let assembly = assembled(text);
        assembly.program.as_ref().map_or_else(|| assembly.render(), |program| hex(&program.code))
    };
    assert_eq!(code(text), code(other), "{text}\n{other}");
}

#[test]
fn every_layout_has_its_bytes() {
    check("HALT", "80");
    check("push r3", "20 03");
    check("MOV R1, R2", "01 01 02");
    check("MOVI R1, -2", "2b 01 fe ff");
    check("IADD R1 R2 R3", "08 01 02 03");
    check("ICMP lt, R1, R2", "18 02 01 02");
    check("ICMP 2 R1 R2", "18 02 01 02");
    check("SETCC R1, nz", "1f 01 01");
    check("CAST R1, R2, 2", "38 01 02 02");
    check("BOX R1, 7, -1", "39 01 07 ff ff ff ff");
    check("ENTER 3\nLEAVE\nLEAVE 4", "25 03 26 00 26 04");
    check("FADD F1, F2, F31", "40 01 02 1f");
    check("FEQ F3, F4\nFEQ R3, F4", "48 03 04 48 03 04");
    check("VADD V1, V15", "52 01 0f");
    check("VLOAD V2, R3", "50 02 03");
    check("PHY_ATTEN F0, F1, F2", "b5 00 01 02");
    check("SENSE R1, R2\nACT R2, R1", "85 01 02 86 02 01");
    check("CALL_IND R2\nCALL_IND 1, R2", "29 00 02 29 01 02");
    check("CONF 5\nWITNESS R1, 2", "3d 00 05 00 7e 01 02 00");
}

#[test]
fn jumps_take_one_operand_or_two() {
    check("x: JMP x", "04 00 fc ff");
    check("x: JMP R0, x", "04 00 fc ff");
    check("x: JL x", "36 00 fc ff");
    check("x: JE 3, x", "2e 03 fc ff");
    check("x: JZ R3, x", "05 03 fc ff");
    check("CALL f\nHALT\nf: RET", "07 00 01 00 80 28");
    check("x: TAILCALL x", "2a 00 fc ff");
    check("JMP -4", "04 00 fc ff");
    check("JMP x + 1\nx: NOP\nHALT", "04 00 01 00 00 80");
    check("JMP x - 4\nx: HALT", "04 00 fc ff 80");
    check("@x JMP @x", "04 00 fc ff");
    check("JMP (y - x)\nx: HALT\ny: HALT", "04 00 01 00 80 80");
}

#[test]
fn labels_may_stand_before_instructions_and_each_other() {
    check("a: b: HALT", "80");
    check("a:\n@b\n@c: MOVI R0, c", "2b 00 00 00");
    check("NOP\nhere: MOVI R0, here + 2", "00 2b 00 03 00");
    check("MOVI R0, end - start\nstart: NOP\nNOP\nend: HALT", "2b 00 02 00 00 00 80");
}

#[test]
fn other_names_mean_the_same() {
    check_same("ADD R0, R1, R2", "IADD R0, R1, R2");
    check_same("xor R0, R1, R2", "IXOR R0, R1, R2");
    check_same("NEG R0, R1", "INEG R0, R1");
    check_same("CMP_EQ R0, R1", "IEQ R0, R1");
    check_same("CMP_NE R0, R1", "ICMP ne, R0, R1");
    check_same("x: BGE x", "x: JGE x");
    check_same("MOV SP, fp", "MOV R11, R14");
    check_same("MOVI 0 -5", "MOVI R0, -5");
    check_same("MOV 1 2", "MOV R1, R2");
}

#[test]
fn numbers_are_written_in_many_ways() {
    check_same("MOVI R0, 0x2A", "MOVI R0, 42");
    check_same("MOVI R0, 0b101010", "MOVI R0, 42");
    check_same("MOVI R0, '*'", "MOVI R0, 42");
    check_same("MOVI R0, 2 + 4 * 10", "MOVI R0, 42");
    check_same("MOVI R0, ( 2 + 5 ) * 6", "MOVI R0, 42");
    check_same("MOVI R0, -0x10", "MOVI R0, -16");
    check_same("MOVI R0, 1_000", "MOVI R0, 1000");
}

#[test]
fn payloads_are_written_readably() {
    check("TELL R1, \"ab\"", "60 04 00 01 ff 61 62");
    check("TELL R1, R2, \"ab\"", "60 04 00 01 02 61 62");
    check("TELL R1, 3", "60 03 00 01 ff 33");
    check("RECEIVE R1, R2", "6d 02 00 01 02");
    check("BARRIER", "78 02 00 00 ff");
    check("REDUCE R4, \"sum\"", "67 05 00 04 ff 73 75 6d");
    check("TELL [1, 0xFF, \"ab\"]", "60 04 00 01 ff 61 62");
    check("TELL []", "60 00 00");
    check("CAP_REQUIRE 7", "74 04 00 07 00 00 00");
    check("CAP_GRANT 7, \"b\"", "76 05 00 07 00 00 00 62");
    check("RESOURCE_ACQUIRE 0x102", "82 04 00 02 01 00 00");
    check("REGION_CREATE \"b\", 256, \"me\"", "30 09 00 01 62 00 01 00 00 02 6d 65");
    check("REGION_DESTROY \"b\"", "31 01 00 62");
    check("REGION_TRANSFER \"b\", \"c\"", "32 04 00 01 62 01 63");
    check("MEMCOPY \"h\", 0, 16, 8", "33 0e 00 01 68 00 00 00 00 10 00 00 00 08 00 00 00");
    check("MEMSET \"h\", 1, -1, 2", "34 0b 00 01 68 01 00 00 00 ff 02 00 00 00");
}

#[test]
fn data_has_its_sizes() {
    check(".byte 1, -1, 0xFF, 'a'", "01 ff ff 61");
    check(".word 0x102, -2", "02 01 fe ff");
    check(".dword 0x1020304, -1", "04 03 02 01 ff ff ff ff");
    check(".ascii \"a\\n\\\"\"", "61 0a 22");
    check(".asciz \"a\", \"b\"", "61 00 62 00");
    check(".fill 3\n.fill 2, 7", "00 00 00 07 07");
    check("NOP\n.align 4, 9\nHALT", "00 09 09 09 80");
    check("NOP\n.org 3\nx: MOVI R0, x", "00 00 00 2b 00 03 00");
    check(".asciz \"a\\n\"\nx: .byte x", "61 0a 00 03");
    check(".fill 0\n.byte 1\n.align 1\n.byte 2", "01 02");
}

#[test]
fn macros_are_replaced_as_whole_words() {
    check_same("#define N 5\nMOVI R0, N + N\nHALT", "MOVI R0, 10\nHALT");
    check_same("#define load(r, v) MOVI r, v\nload(R1, (2 + 3))\nload (r2, 6)", "MOVI R1, 5\nMOVI R2, 6");
    check_same("#define a 1\n#define ab 2\nMOVI R0, ab", "MOVI R0, 2");
    check_same("#define twice(x) x * 2\n#define quad(x) twice(twice(x))\nMOVI R0, quad(3)", "MOVI R0, 12");
    check_same("#define f(x) x\n#define g f\nMOVI R0, g(4)", "MOVI R0, 4");
    check_same("#define x y\n#define y x\nx: JMP x", "x: JMP x");
    check_same("#define two() 2\nMOVI R0, two()", "MOVI R0, 2");
    check_same("#define counter R3\nINC counter", "INC R3");
    check_same("#define X 1\n#undef X\n#ifdef X\nNOP\n#endif\nHALT", "HALT");
}

#[test]
fn constants_have_values_and_registers_other_names() {
    check_same(".set N 2\nMOVI R0, N * 3 + N", "MOVI R0, 8");
    check_same(".set N, 2\n.set N, N + 1\nMOVI R0, N", "MOVI R0, 3");
    check_same(".set counter R3\nINC counter", "INC R3");
    check_same(".set size end - start\nMOVI R0, size\nstart: NOP\nend: HALT", "MOVI R0, 1\nNOP\nHALT");
    check_same(".set n 2\n#ifdef n\n.fill n\n#endif\nHALT", ".fill 2\nHALT");
}

#[test]
fn conditionals_choose_lines() {
    let text = "#define A\n#ifdef A\n#ifndef B\nNOP\n#else\nHALT\n#endif\n#else\n#define C\n#endif\n#ifdef C\nYIELD\n#endif\nHALT";
    check(text, "00 80");
}

#[test]
fn comments_are_skipped() {
    check("\u{feff}#define A 1\r\nHALT\r\nHALT\r\n", "80 80");
    check("; a\n// b\n# c\n#! d\n\n  HALT ; e\n", "80");
}

#[test]
fn included_files_are_really_there() {
    let files: BTreeMap<String, String> = [
        ("macros.flx".to_owned(), "#define N 5\n.set M 6\n".to_owned()),
        ("double.flx".to_owned(), "#include \"macros.flx\"\ndouble: ADD R0, R0, R0\nRET\n".to_owned()),
        ("self.flx".to_owned(), ".include \"self.flx\"\n".to_owned()),
        ("bad.flx".to_owned(), "MOVE R0, R1\n".to_owned()),
    ]
    .into();
    let assembled = |text: &str| assemble("main.flx", text, &files, &Limits::DEFAULT);
    let assembly = assembled("MOVI R0, 3\nCALL double\nHALT\n.include \"double.flx\"\n.byte N, M");
    assert_eq!(assembly.render(), "");
    let program = assembly.program.unwrap();
    assert_eq!(hex(&program.code), "2b 00 03 00 07 00 01 00 80 08 00 00 00 28 05 06");
    let place = assembly.source_map.find(9).map(|entry| (assembly.sources.name(entry.span.file), entry.line));
    assert_eq!(place, Some(("double.flx", 2)));
    let again = assembled(".include \"bad.flx\"\n.include \"self.flx\"\n.include \"none.flx\"");
    let messages: Vec<&str> = again.diagnostics.iter().map(Diagnostic::message).collect();
    let expected =
        ["failed to include `none.flx`: no such file", "unknown opcode `MOVE`", "`self.flx` includes itself"];
    assert_eq!(messages, expected);
    assert_eq!(again.diagnostics[1].place(&again.sources).file, "bad.flx");
}

#[test]
fn directives_fill_the_container() {
    let text = ".inputs 2\n.outputs 3\n.entry main\nf: RET\nmain: MOVI R1, f\nCALL_IND R1\nMOVI R2, data\nHALT\n\
                data: .byte 1\n.function \"f\", f, main - f";
    let program = assembled(text).program.unwrap();
    assert_eq!((program.inputs, program.outputs, program.entry), (2, 3, 1));
    assert_eq!(program.landing, Landing::Listed(vec![0]), "data is no landing pad");
    assert_eq!(program.functions.len(), 1);
    assert_eq!((program.functions[0].offset, program.functions[0].len), (0, 1));
    let program = assembled("HALT\nx: HALT\n.landing x").program.unwrap();
    assert_eq!(program.landing, Landing::Listed(vec![1]));
    assert_eq!(assembled(".landing *\nHALT").program.unwrap().landing, Landing::Anywhere);
}

#[test]
fn symbols_and_source_map_are_told() {
    let assembly = assembled("start: NOP\n.set N 4\n  MOVI R0, N ; x\n\nHALT");
    let symbols: Vec<(&str, i64)> =
        assembly.symbols.iter().map(|(name, symbol)| (name.as_str(), symbol.value)).collect();
    assert_eq!(symbols, [("N", 4), ("start", 0)]);
    let lines: Vec<_> =
        assembly.source_map.entries().iter().map(|entry| (entry.offset, entry.len, entry.line)).collect();
    assert_eq!(lines, [(0, 1, 1), (1, 4, 3), (5, 1, 5)]);
    assert_eq!(assembly.source_map.find(4).map(|entry| entry.line), Some(3));
    assert_eq!(assembly.source_map.find(6), None);
}

#[test]
fn several_mistakes_are_told_at_once() {
    check_messages(
        "MOVE R0, R1\nMOVI R16, 1\nMOVI R0, 40000\nJMP nowhere\nstart: HALT\nJMP strat",
        &[
            "1:1: unknown opcode `MOVE` (did you mean `MOV` or `MOVI`?)",
            "2:6: there is no register `R16` (there are `R0` to `R15`)",
            "3:10: a 16-bit operand must be within -32768 and 32767, found 40000 (the same 16 bits with a sign are -25536)",
            "4:5: `nowhere` is not defined",
            "6:5: `strat` is not defined (did you mean `start`?)",
        ],
    );
}

#[test]
fn operands_are_checked_against_the_table() {
    check_messages("MOVI R0", &["1:8: `MOVI` lacks a number (write `MOVI Ra, number`)"]);
    check_messages("IADD R0, R1", &["1:12: `IADD` lacks an R register (write `IADD Ra, Rb, Rc`)"]);
    check_messages("HALT 3", &["1:6: `HALT` takes fewer operands (write `HALT`)"]);
    check_messages("MOV R0, R1, R2", &["1:11: `MOV` takes fewer operands (write `MOV Ra, Rb`)"]);
    check_messages("MOV R0, 'x' + 1", &["1:9: there is no register `R120` (there are `R0` to `R15`)"]);
    check_messages(
        "MOV R0, F1",
        &["1:9: expected a register `R0` to `R15`, found `F1` (write `MOV Ra, Rb`)"],
    );
    check_messages(
        "FADD F0, R1, F32",
        &[
            "1:10: expected `F1`, found `R1`; the number counts (write `F1`)",
            "1:14: there is no register `F32` (there are `F0` to `F31`)",
        ],
    );
    check_messages(
        "FEQ F16, F1",
        &[
            "1:5: the result of comparing `F16` has no R register to go to (the result goes to the R register of the same number: there are `F0` to `F15` for it)",
        ],
    );
    check_messages("JMP R1", &["1:5: expected a number or a label, found the register `R1`"]);
    check_messages("ENTER R4", &["1:7: expected a number or a label, found the register `R4`"]);
    check_messages(
        "MOVI R0,, 5",
        &["1:9: expected a number or a label, found `,` (write `MOVI Ra, number`)"],
    );
    check_messages("SETCC R0, 256", &["1:11: a test of the flags must be within 0 and 255, found 256"]);
    check_messages(".byte 256", &["1:7: a byte must be within -128 and 255, found 256"]);
    check_messages(".byte 1,", &["1:9: expected a number or a label"]);
    check_messages("TELL R1,", &["1:9: `TELL` lacks an operand (write `TELL Ra, Rb, \"name\"`)"]);
    check_messages("TELL R16", &["1:6: there is no register `R16` (there are `R0` to `R15`)"]);
    check_messages(
        "REGION_CREATE \"a\", -1, \"b\"",
        &["1:20: a 32-bit number without a sign must be within 0 and 4294967295, found -1"],
    );
    check_messages(
        "x: .fill 40000\nJMP x",
        &[
            "2:5: the target is -40004 bytes away, a jump reaches -32768 to 32767 (jump to a `JMP` on the way, or take the address in a register and use `CALL_IND`)",
        ],
    );
    check_messages(
        "x: JMP x * 2",
        &[
            "1:8: expected an address or a distance, found neither (an address plus or minus a number is an address, the difference of two is a number)",
        ],
    );
    check_messages("JMP 10", &["1:5: the target 14 is outside of the code, which has 4 bytes"]);
}

#[test]
fn names_are_defined_once() {
    check_messages("a: NOP\na: HALT", &["2:1: `a` is defined twice"]);
    check_messages("R1: HALT", &["1:1: `R1` is a register and cannot name anything else"]);
    check_messages(".entry a\n.entry a\na: HALT", &["2:1: a second `.entry`"]);
    check_messages("MOVI R0, N\n.set N 1", &["1:10: `N` has no value yet (move the `.set` before its use)"]);
    check_messages(
        ".fill n\nn: HALT",
        &[
            "1:7: the address of `n` is not known here (what moves the following code may only depend on labels before it)",
        ],
    );
    check_messages("NOP\nNOP\n.org 1", &["3:6: `.org 1` goes back: the code has 2 bytes already"]);
}

#[test]
fn mistakes_of_the_preprocessor_are_told() {
    check_messages("#ifdef A\nHALT", &["1:1: `#ifdef` has no `#endif` in this file"]);
    check_messages("#endif\nHALT", &["1:1: `#endif` without `#ifdef` or `#ifndef` before it"]);
    check_messages("#ifdef A\n#else\nHALT\n#else\n#endif\nHALT", &["4:1: a second `#else` in one block"]);
    check_messages(
        "#defin A 1\nHALT",
        &["1:1: this line is a comment: `#defin` is no directive (did you mean `#define`?)"],
    );
    check_messages(
        "#if A\nHALT",
        &["1:1: this line is a comment: `#if` is no directive (did you mean `#ifdef`?)"],
    );
    check_messages(
        "#define A 1\n#define A 2\nHALT",
        &["2:9: `A` is defined again, with another value (write `#undef A` before it)"],
    );
    check_messages("#define f(x) x\nMOVI R0, f(1, 2)", &["2:10: expected 1 argument of `f`, found 2"]);
    check_messages("#define f(x) x\nMOVI R0, f(1", &["2:10: expected `)` after the arguments of `f`"]);
    check_messages("#define f(x, x) x\nHALT", &["1:14: two parameters have the name `x`"]);
    check_messages("#undef A\nHALT", &["1:8: `A` is not defined"]);
    check_messages("", &["1:1: there is nothing to assemble (the shortest program is `HALT`)"]);
}

#[test]
fn a_diagnostic_shows_its_line() {
    let rendered = assembled("start: HALT\n\tMOVI R0, strat").render();
    let expected = "test.flx:2:11: error[asm::undefined-label]: `strat` is not defined\n \
                    2 | \tMOVI R0, strat\n   | \t         ^^^^^\nhint: did you mean `start`?\n";
    assert_eq!(rendered, expected);
}

#[test]
fn of_a_long_line_a_part_is_shown() {
    let text = format!("HALT{}oops{} ; the end", " ".repeat(1000), " ".repeat(1000));
    let rendered = assembled(&text).render();
    let expected = format!(
        "test.flx:1:1005: error[asm::too-many-operands]: `HALT` takes fewer operands\n \
         1 | ...{0}oops{1}\n   |    {0}^^^^\nhint: write `HALT`\n",
        " ".repeat(40),
        " ".repeat(116),
    );
    assert_eq!(rendered, expected);
}

#[test]
fn a_listing_names_what_is_referred_to() {
    let text = ".entry main\n.inputs 1\ntext: .ascii \"hello, world and more\"\nmain: CALL f\nCALL_IND R2\nHALT\nf: JZ R0, out\nTELL R1, \"b\\\\c\"\nDEC R0\nJMP f\nout: RET";
    let program = assembled(text).program.unwrap();
    let expected = "\
.inputs 1
.entry L0
    .byte 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x2c, 0x20, 0x77, 0x6f, 0x72, 0x6c, 0x64, 0x20, 0x61, 0x6e, 0x64
    .byte 0x20, 0x6d, 0x6f, 0x72, 0x65
L0:
    CALL L1
    CALL_IND R2
    HALT
L1:
    JZ R0, L2
    TELL R1, \"b\\\\c\"
    DEC R0
    JMP L1
L2:
    RET
";
    assert_eq!(print(&program), expected);
}

//! A listing assembles to the program that it lists.

use flux_vm::container::{Function, Landing};
use flux_vm::instruction::{Fields, Instruction};
use flux_vm::isa::Layout;
use flux_vm::{Opcode, Program};
use proptest::prelude::*;

use super::super::{Limits, NoIncludes, assemble, fuzz_assemble, print};

/// Operand bytes of any kind, more often small.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![4 => 0_u8..16, 1 => any::<u8>()]
}

fn half() -> impl Strategy<Value = i16> {
    prop_oneof![4 => -60_i16..60, 1 => any::<i16>()]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        // Messages, capabilities and regions as they should be, and anything.
        (0_u8..16, prop_oneof![Just(0xff_u8), 0_u8..16], "[a-z\"\\\\\u{e9}]{0,6}")
            .prop_map(|(message, second, name)| [&[message, second], name.as_bytes()].concat()),
        (any::<u32>(), "[a-z]{0,4}").prop_map(|(id, name)| [&id.to_le_bytes(), name.as_bytes()].concat()),
        ("[a-z]{0,6}", prop::collection::vec(any::<u8>(), 12..14)).prop_map(|(name, numbers)| {
            [&[name.len() as u8], name.as_bytes(), numbers.as_slice()].concat()
        }),
        prop::collection::vec(any::<u8>(), 0..24),
    ]
}

fn instruction() -> impl Strategy<Value = Vec<u8>> {
    let operands = (byte(), byte(), byte(), half(), any::<i32>(), payload());
    (prop::sample::select(Opcode::ALL), operands).prop_map(|(opcode, (a, b, c, half, word, payload))| {
        let fields = match opcode.spec().layout {
            Layout::A => Fields::A,
            Layout::B => Fields::B(a),
            Layout::C => Fields::C(a, b),
            Layout::D => Fields::D(a, half),
            Layout::E => Fields::E(a, b, c),
            Layout::X => Fields::X(a, b, word),
            Layout::G => Fields::G(&payload),
        };
        Instruction { opcode, fields }.to_bytes()
    })
}

fn code() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![6 => instruction(), 1 => prop::collection::vec(any::<u8>(), 1..20)];
    prop::collection::vec(part, 1..40).prop_map(|parts| parts.concat())
}

prop_compose! {
    fn program()(code in code())(
        entry in 0..code.len() as u32,
        pads in prop::option::of(prop::collection::btree_set(0..code.len() as u32, 0..6)),
        starts in prop::collection::vec((0..code.len() as u32, "[a-z \"\\\\\u{e9}]{0,8}"), 0..3),
        inputs in 0_u8..=11,
        outputs in 1_u8..=16,
        code in Just(code),
    ) -> Program {
        let mut program = Program::raw(code);
        program.entry = if entry % 2 == 0 { 0 } else { entry };
        program.inputs = inputs;
        program.outputs = outputs;
        program.landing = pads.map_or(Landing::Anywhere, |pads| Landing::Listed(pads.into_iter().collect()));
        let end = program.code.len() as u32;
        program.functions = starts
            .into_iter()
            .map(|(offset, name)| Function { name, offset, len: (end - offset) / 2 })
            .collect();
        program
    }
}

/// The listing of `program` assembles to it.
fn check(program: &Program) {
    let listing = print(program);
    let assembly = assemble("listing.flx", &listing, &NoIncludes, &Limits::DEFAULT);
    let warnings = assembly.render();
    assert_eq!(assembly.program.as_ref(), Some(program), "{listing}\n{warnings}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_listing_assembles_to_its_program(program in program()) {
        check(&program);
    }

    #[test]
    fn any_bytes_have_a_listing(code in prop::collection::vec(any::<u8>(), 1..200)) {
        check(&Program::raw(code));
    }

    #[test]
    fn any_text_is_assembled_or_refused(text in "\\PC{0,80}") {
        fuzz_assemble(text.as_bytes());
    }

    #[test]
    fn any_row_of_words_is_assembled_or_refused(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        fuzz_assemble(words.concat().as_bytes());
    }
}

/// What a text is made of.
const WORDS: &[&str] = &[
    "MOVI ",
    "IADD ",
    "JMP ",
    "CALL ",
    "TELL ",
    "ICMP ",
    "HALT",
    "\n",
    "\n",
    "\n",
    "R0",
    "R1 ",
    ", ",
    " ",
    "a",
    "b",
    "a:",
    "b: ",
    "@a ",
    "1",
    "-",
    "+",
    "*",
    "(",
    ")",
    "[",
    "]",
    "\"x\"",
    "0x10",
    "'c'",
    ".byte ",
    ".fill ",
    ".org ",
    ".align ",
    ".set a ",
    ".entry ",
    ".landing ",
    "#define a ",
    "#define f(x) ",
    "f(",
    "x",
    "#ifdef a\n",
    "#else\n",
    "#endif\n",
    "#undef a\n",
    ".include \"f\"\n",
    "65535",
    "<<",
    "MEMCOPY \"heap\", 0, 1, 2",
    ".function \"f\", ",
];

#[test]
fn every_instruction_has_a_listing() {
    for opcode in Opcode::ALL {
        let payload = [3, 0xff, b'a'];
        let fields = match opcode.spec().layout {
            Layout::A => Fields::A,
            Layout::B => Fields::B(3),
            Layout::C => Fields::C(3, 4),
            Layout::D => Fields::D(3, -4),
            Layout::E => Fields::E(3, 4, 5),
            Layout::X => Fields::X(3, 4, -5),
            Layout::G => Fields::G(&payload),
        };
        let program = Program::raw(Instruction { opcode: *opcode, fields }.to_bytes());
        check(&program);
        let mnemonic = opcode.spec().mnemonic;
        assert!(print(&program).contains(mnemonic), "`{mnemonic}` is written as itself");
    }
}

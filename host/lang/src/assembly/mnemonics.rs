//! Names of instructions: those of the table, and other names for some of them.

use flux_vm::Opcode;
use flux_vm::isa::{Bank, Condition, Kind, PayloadForm, Spec};

/// An instruction as it was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mnemonic {
    pub(crate) opcode: Opcode,
    /// The comparison that the name brings along: it is not written as an operand then.
    pub(crate) condition: Option<Condition>,
}

/// Other names, and what they stand for.
const ALIASES: [(&str, Opcode, Option<Condition>); 24] = [
    ("ADD", Opcode::Iadd, None),
    ("AND", Opcode::Iand, None),
    ("BEQ", Opcode::Je, None),
    ("BGE", Opcode::Jge, None),
    ("BGT", Opcode::Jg, None),
    ("BLE", Opcode::Jle, None),
    ("BLT", Opcode::Jl, None),
    ("BNE", Opcode::Jne, None),
    ("CMP_EQ", Opcode::Ieq, None),
    ("CMP_GE", Opcode::Ige, None),
    ("CMP_GT", Opcode::Igt, None),
    ("CMP_LE", Opcode::Ile, None),
    ("CMP_LT", Opcode::Ilt, None),
    ("CMP_NE", Opcode::Icmp, Some(Condition::Ne)),
    ("DIV", Opcode::Idiv, None),
    ("MOD", Opcode::Imod, None),
    ("MUL", Opcode::Imul, None),
    ("NEG", Opcode::Ineg, None),
    ("NOT", Opcode::Inot, None),
    ("OR", Opcode::Ior, None),
    ("SHL", Opcode::Ishl, None),
    ("SHR", Opcode::Ishr, None),
    ("SUB", Opcode::Isub, None),
    ("XOR", Opcode::Ixor, None),
];

/// The instruction of this name, in any case.
pub(crate) fn find(name: &str) -> Option<Mnemonic> {
    if let Some(opcode) = Opcode::from_mnemonic(name) {
        return Some(Mnemonic { opcode, condition: None });
    }
    let found = ALIASES.into_iter().find(|(alias, ..)| alias.eq_ignore_ascii_case(name));
    found.map(|(_, opcode, condition)| Mnemonic { opcode, condition })
}

/// All names that [`find`] knows.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    Opcode::ALL
        .iter()
        .map(|opcode| opcode.spec().mnemonic)
        .chain(ALIASES.into_iter().map(|(alias, ..)| alias))
}

/// How the instruction is written, such as `IADD Ra, Rb, Rc`: for hints.
pub(crate) fn form(name: &str, mnemonic: Mnemonic) -> String {
    let spec = mnemonic.opcode.spec();
    let skip = usize::from(mnemonic.condition.is_some());
    let operands: Vec<String> = spec
        .operands
        .iter()
        .skip(skip)
        .filter(|kind| **kind != Kind::Unused)
        .zip(["a", "b", "c"])
        .map(|(kind, letter)| match kind {
            Kind::Register(bank, _) => format!("{}{letter}", bank.letter()),
            Kind::CompareF => format!("{}{letter}", Bank::F.letter()),
            Kind::Unused => String::new(),
            Kind::Immediate | Kind::Word | Kind::Count => "number".to_owned(),
            Kind::Jump => "label".to_owned(),
            Kind::Condition => "lt".to_owned(),
            Kind::FlagTest => "nz".to_owned(),
            Kind::Tag => "tag".to_owned(),
            Kind::Payload(form) => payload_form(*form).to_owned(),
        })
        .collect();
    format!("{} {}", name.to_ascii_uppercase(), operands.join(", ")).trim_end().to_owned()
}

fn payload_form(form: PayloadForm) -> &'static str {
    match form {
        PayloadForm::Message => "Ra, Rb, \"name\"",
        PayloadForm::Capability => "number, \"agent\"",
        PayloadForm::Resource => "number",
        PayloadForm::Region => "\"region\"",
        PayloadForm::RegionCreate => "\"region\", size, \"owner\"",
        PayloadForm::RegionTransfer => "\"region\", \"owner\"",
        PayloadForm::MemoryCopy => "\"region\", source, destination, size",
        PayloadForm::MemorySet => "\"region\", address, byte, size",
        PayloadForm::MemoryCompare => "\"region\", first, second, size",
    }
}

/// What an operand of this kind is called when it is missing.
pub(crate) fn what(spec: &Spec, idx: usize) -> &'static str {
    match spec.operands.get(idx) {
        Some(Kind::Register(Bank::R, _)) => "an R register",
        Some(Kind::Register(Bank::F, _) | Kind::CompareF) => "an F register",
        Some(Kind::Register(Bank::V, _)) => "a V register",
        Some(Kind::Jump) => "a label",
        Some(Kind::Condition) => "a comparison",
        Some(Kind::FlagTest) => "a test of the flags",
        Some(Kind::Tag) => "a type tag",
        Some(Kind::Payload(_)) => "its operands",
        _ => "a number",
    }
}

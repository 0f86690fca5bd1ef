//! The instruction set as a page, `host/vm/ISA.md`.

use std::fmt::Write;

use super::{Access, Condition, FlagRule, FlagTest, Kind, Layout, Opcode, PayloadForm, Spec};

/// Returns the page as Markdown, from the table alone.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    // Writing to a string cannot fail.
    let _ = writeln!(page, "\n{} instructions.\n", Opcode::ALL.len());
    page.push_str("| byte | mnemonic | layout | bytes | operands | flags | category | cycles | effect |\n");
    page.push_str("| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for opcode in Opcode::ALL {
        page.push_str(&row(opcode.spec()));
    }
    page.push_str("\n## Comparisons of `ICMP`\n\n| number | name |\n| --- | --- |\n");
    for condition in Condition::ALL {
        let _ = writeln!(page, "| {} | {} |", condition as u8, condition.name());
    }
    page.push_str("\n## Tests of `SETCC`\n\n| number | name |\n| --- | --- |\n");
    for test in FlagTest::ALL {
        let _ = writeln!(page, "| {} | {} |", test as u8, test.name());
    }
    page
}

const HEAD: &str = "\
# The FLUX instruction set

Made from the table in `host/vm/src/isa/table.rs`; a test keeps it up to date, and `BLESS=1` writes it.

Operands are named a, b, c in the order of their bytes; in effects they stand for what a register holds.
There are 16 R registers (signed 64-bit numbers that wrap; R11 is the stack pointer, R14 the frame pointer), 32 F registers (doubles) and 16 V registers (16 bytes).
Numbers in code are little-endian. A jump's distance is counted from the end of the instruction.
Flags: *alu* sets Z if the result is 0, S and C if it is negative, and clears V; *cmp* sets Z if a = b, S and C if a < b, V if a - b does not fit into 64 bits.

| layout | bytes | after the opcode |
| --- | --- | --- |
| A | 1 | nothing |
| B | 2 | one byte |
| C | 3 | two bytes |
| D | 4 | a byte and a signed 16-bit number |
| E | 4 | three bytes |
| X | 7 | two bytes and a signed 32-bit number |
| G | 3 + n | n as an unsigned 16-bit number, n bytes of payload |
";

fn row(spec: &Spec) -> String {
    let operands: Vec<String> = spec.operands.iter().map(|kind| describe(*kind)).collect();
    let operands = if operands.is_empty() { "-".to_owned() } else { operands.join(", ") };
    let len = match spec.layout {
        Layout::G => "3 + n".to_owned(),
        layout => layout.base_len().to_string(),
    };
    let flags = match spec.flags {
        FlagRule::Keep => "-",
        FlagRule::Alu => "alu",
        FlagRule::Cmp => "cmp",
    };
    format!(
        "| {:02X} | {} | {} | {len} | {operands} | {flags} | {} | {} | {} |\n",
        spec.opcode.byte(),
        spec.mnemonic,
        spec.layout.letter(),
        spec.category.name(),
        spec.cost,
        spec.effect,
    )
}

fn describe(kind: Kind) -> String {
    match kind {
        Kind::Register(bank, access) => {
            let access = match access {
                Access::Read => "read",
                Access::Write => "written",
                Access::ReadWrite => "read and written",
            };
            format!("{} {access}", bank.letter())
        }
        Kind::CompareF => "F read, R written".to_owned(),
        Kind::Unused => "unused".to_owned(),
        Kind::Immediate => "number".to_owned(),
        Kind::Jump => "distance".to_owned(),
        Kind::Condition => "comparison".to_owned(),
        Kind::FlagTest => "test".to_owned(),
        Kind::Tag => "tag".to_owned(),
        Kind::Count => "cells".to_owned(),
        Kind::Word => "32-bit number".to_owned(),
        Kind::Payload(form) => payload(form).to_owned(),
    }
}

const fn payload(form: PayloadForm) -> &'static str {
    match form {
        PayloadForm::Message => "R, R or FF, name",
        PayloadForm::Capability => "u32 capability, name",
        PayloadForm::Resource => "u32 resource",
        PayloadForm::Region => "name",
        PayloadForm::RegionCreate => "name*, u32 size, owner*",
        PayloadForm::RegionTransfer => "name*, owner*",
        PayloadForm::MemoryCopy => "name*, u32 source, u32 destination, u32 size",
        PayloadForm::MemorySet => "name*, u32 address, u8 value, u32 size",
        PayloadForm::MemoryCompare => "name*, u32 first, u32 second, u32 size",
    }
}

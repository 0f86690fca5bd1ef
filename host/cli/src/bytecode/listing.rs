//! Listings of code: their lines with colour, and as records.

use flux_vm::disasm::{Content, Disassembly, Line};
use flux_vm::isa::Category;
use flux_vm::{Program, Verified};
use serde::Serialize;

/// The listing of a program: by what execution comes to where the program is sound, else byte after byte.
pub(crate) fn of(program: &Program) -> Disassembly<'_> {
    match Verified::new(program.clone()) {
        Ok(verified) => Disassembly::of_reached(&program.code, verified.starts()),
        Err(_) => Disassembly::of(&program.code),
    }
}

/// The listing as text; colour is added to whole columns, so that they stay in line.
pub(crate) fn text(listing: &Disassembly<'_>, has_color: bool) -> String {
    if !has_color {
        return listing.to_string();
    }
    let whole = listing.to_string();
    let title_len: usize = whole.split_inclusive('\n').take(2).map(str::len).sum();
    let mut text = whole[..title_len].to_owned();
    for line in &listing.lines {
        text.push_str(&colored(line));
        text.push('\n');
    }
    text
}

fn colored(line: &Line<'_>) -> String {
    let plain = line.to_string();
    let mnemonic = format!("{:<20}", line.mnemonic());
    match (color(line), plain.split_once(&mnemonic)) {
        (Some(color), Some((before, after))) => format!("{before}\u{1b}[{color}m{mnemonic}\u{1b}[0m{after}"),
        _ => plain,
    }
}

/// The colour of a line's category, as the parameters of an escape sequence.
fn color(line: &Line<'_>) -> Option<&'static str> {
    Some(match line.opcode()?.spec().category {
        Category::Arithmetic | Category::Logic => "92",
        Category::Control => "93",
        Category::Memory | Category::MemoryMgmt => "96",
        Category::A2a => "95",
        Category::System => "91",
        Category::Stack => "94",
        Category::Comparison => "97",
        Category::Type => "38;5;208",
        Category::Simd => "38;5;214",
        Category::Data
        | Category::Float
        | Category::Evolution
        | Category::Meta
        | Category::Physics
        | Category::Sensing => return None,
    })
}

/// A listing in JSON, with the names that its readers know.
#[derive(Debug, Serialize)]
pub(crate) struct DisassemblyV1 {
    instructions: Vec<InstructionV1>,
    total_bytes: usize,
    instruction_count: usize,
    /// What is wrong with the code, if something is.
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct InstructionV1 {
    offset: usize,
    opcode: String,
    opcode_name: String,
    operands: String,
    bytes: String,
    size: usize,
}

impl DisassemblyV1 {
    pub(crate) fn of(listing: &Disassembly<'_>) -> Self {
        let record = |line: &Line<'_>| InstructionV1 {
            offset: line.offset,
            opcode: format!("{:#x}", line.bytes.first().copied().unwrap_or_default()),
            opcode_name: line.mnemonic(),
            operands: line.operands(),
            bytes: line.bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            size: line.bytes.len(),
        };
        Self {
            instructions: listing.lines.iter().map(record).collect(),
            total_bytes: listing.len,
            instruction_count: listing.lines.len(),
            error: listing.lines.iter().find_map(mistake),
        }
    }
}

fn mistake(line: &Line<'_>) -> Option<String> {
    match line.content {
        Content::Truncated(opcode) => Some(format!("the code ends inside of `{opcode}` at {}", line.offset)),
        Content::Undefined(byte) => {
            Some(format!("no instruction has the opcode 0x{byte:02x} at {}", line.offset))
        }
        Content::Instruction(_) | Content::Data => None,
    }
}

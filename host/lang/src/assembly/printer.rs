//! Programs as text that assembles to the same program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flux_vm::Program;
use flux_vm::container::Landing;
use flux_vm::instruction::{self, Instruction, Operand};
use flux_vm::isa::{Condition, FlagTest, Flow, Kind, PayloadForm};
use flux_vm::payload::Payload;

/// How many bytes of data stand on a line.
const BYTES_PER_LINE: usize = 16;

/// Returns a text that [`super::assemble`] makes the same code, entry, landing pads, inputs, outputs and functions of.
///
/// Instructions that can be reached from the beginning, the entry or a landing pad are written as such, with labels
/// `L0`, `L1`, ... in the order of the code; all other bytes are data. Where every instruction is a landing pad, only
/// the beginning and the entry count as reached. The entries of the type table, which mean nothing, are left out.
///
/// A program that a container could not hold, such as one whose entry is outside of its code, has a text all the same,
/// which does not assemble.
#[must_use]
pub fn print(program: &Program) -> String {
    let reached = reach(program);
    let labels = labels(program, &reached);
    let mut text = String::new();
    head(&mut text, program, &labels);
    let mut at = 0;
    while at < program.code.len() {
        if let Some(label) = labels.get(&at) {
            put(&mut text, format_args!("{label}:\n"));
        }
        if let Some(instruction) = reached.get(&at) {
            put(&mut text, format_args!("    {}\n", line(instruction, at, &labels, &program.code)));
            at += instruction.len();
            continue;
        }
        // Data goes on to what has a label or is an instruction.
        let mut end = at + 1;
        while end < program.code.len()
            && end - at < BYTES_PER_LINE
            && !labels.contains_key(&end)
            && !reached.contains_key(&end)
        {
            end += 1;
        }
        put(&mut text, format_args!("    .byte {}\n", bytes(&program.code[at..end])));
        at = end;
    }
    text
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // INVARIANT: writing to a string does not fail.
    let _ = text.write_fmt(arguments);
}

fn head(text: &mut String, program: &Program, labels: &BTreeMap<usize, String>) {
    let name = |address: u32| match labels.get(&(address as usize)) {
        Some(label) => label.clone(),
        None => address.to_string(),
    };
    if program.inputs != 0 {
        put(text, format_args!(".inputs {}\n", program.inputs));
    }
    if program.outputs != 1 {
        put(text, format_args!(".outputs {}\n", program.outputs));
    }
    if program.entry != 0 {
        put(text, format_args!(".entry {}\n", name(program.entry)));
    }
    match &program.landing {
        Landing::Anywhere => text.push_str(".landing *\n"),
        Landing::Listed(pads) => {
            for pad in pads {
                put(text, format_args!(".landing {}\n", name(*pad)));
            }
        }
    }
    for function in &program.functions {
        let start = name(function.offset);
        put(
            text,
            format_args!(".function {}, {start}, {}\n", quoted(function.name.as_bytes()), function.len),
        );
    }
}

/// The instructions that are reached, by their offsets. They do not overlap: of two that would, the one that is found
/// first stays.
fn reach(program: &Program) -> BTreeMap<usize, Instruction<'_>> {
    let mut found: BTreeMap<usize, Instruction<'_>> = BTreeMap::new();
    let mut open: Vec<usize> = Vec::new();
    if let Landing::Listed(pads) = &program.landing {
        open.extend(pads.iter().rev().map(|pad| *pad as usize));
    }
    open.extend([program.entry as usize, 0]);
    while let Some(at) = open.pop() {
        let Ok(instruction) = instruction::decode(&program.code, at) else { continue };
        let end = at + instruction.len();
        let before = found.range(..end).next_back();
        if before.is_some_and(|(start, other)| start + other.len() > at) {
            continue;
        }
        found.insert(at, instruction);
        let flow = instruction.opcode.spec().flow;
        if matches!(flow, Flow::Jump | Flow::Branch | Flow::Call)
            && let Some(target) = instruction.target(at).and_then(|target| usize::try_from(target).ok())
        {
            open.push(target);
        }
        if matches!(flow, Flow::Next | Flow::Branch | Flow::Call | Flow::IndirectCall) {
            open.push(end);
        }
    }
    found
}

/// Names for the places that something refers to, as far as a statement begins there.
fn labels(program: &Program, reached: &BTreeMap<usize, Instruction<'_>>) -> BTreeMap<usize, String> {
    let mut places: BTreeSet<usize> = BTreeSet::new();
    for (at, instruction) in reached {
        places.extend(instruction.target(*at).and_then(|target| usize::try_from(target).ok()));
    }
    if program.entry != 0 {
        places.insert(program.entry as usize);
    }
    if let Landing::Listed(pads) = &program.landing {
        places.extend(pads.iter().map(|pad| *pad as usize));
    }
    places.extend(program.functions.iter().map(|function| function.offset as usize));
    let inside = |place: &usize| {
        let before = reached.range(..*place).next_back();
        before.is_some_and(|(start, instruction)| start + instruction.len() > *place)
    };
    let places = places.into_iter().filter(|place| *place < program.code.len() && !inside(place));
    places.enumerate().map(|(idx, place)| (place, format!("L{idx}"))).collect()
}

/// An instruction as it is written, or its bytes where there is no way to write it.
fn line(instruction: &Instruction<'_>, at: usize, labels: &BTreeMap<usize, String>, code: &[u8]) -> String {
    let end = at + instruction.len();
    if instruction.wrong_register().is_some() {
        return format!(".byte {}", bytes(&code[at..end]));
    }
    let spec = instruction.opcode.spec();
    let mut operands = Vec::new();
    for (operand, kind) in instruction.operands().iter().zip(spec.operands) {
        operands.push(match *operand {
            Operand::R(number) => format!("R{number}"),
            Operand::F(number) | Operand::CompareF(number) => format!("F{number}"),
            Operand::V(number) => format!("V{number}"),
            Operand::Unused(0) => continue,
            Operand::Unused(byte) | Operand::Tag(byte) | Operand::Count(byte) => byte.to_string(),
            Operand::Immediate(number) => number.to_string(),
            Operand::Word(number) => number.to_string(),
            Operand::Jump(distance) => {
                let target = instruction.target(at).and_then(|target| usize::try_from(target).ok());
                match target.and_then(|target| labels.get(&target)) {
                    Some(label) => label.clone(),
                    None => distance.to_string(),
                }
            }
            Operand::Condition(number) => Condition::from_byte(number)
                .map_or_else(|| number.to_string(), |known| known.name().to_owned()),
            Operand::FlagTest(number) => FlagTest::from_byte(number)
                .map_or_else(|| number.to_string(), |known| known.name().to_owned()),
            Operand::Payload(payload) => match kind {
                Kind::Payload(form) => payload_text(*form, payload),
                _ => raw(payload),
            },
        });
    }
    format!("{} {}", spec.mnemonic, operands.join(", ")).trim_end().to_owned()
}

/// A payload by its form if that says all there is, else byte by byte.
fn payload_text(form: PayloadForm, bytes: &[u8]) -> String {
    let Ok(payload) = Payload::parse(form, bytes) else { return raw(bytes) };
    if payload.to_bytes().as_deref() != Ok(bytes) {
        return raw(bytes);
    }
    let text = |name: &str| quoted(name.as_bytes());
    match payload {
        Payload::Message { message, second, name } => {
            let mut parts = vec![format!("R{message}")];
            parts.extend(second.map(|second| format!("R{second}")));
            parts.extend((!name.is_empty()).then(|| text(name)));
            parts.join(", ")
        }
        Payload::Capability { id, agent: "" } | Payload::Resource { id } => id.to_string(),
        Payload::Capability { id, agent } => format!("{id}, {}", text(agent)),
        Payload::Region { name } => text(name),
        Payload::RegionCreate { name, size, owner } => format!("{}, {size}, {}", text(name), text(owner)),
        Payload::RegionTransfer { name, owner } => format!("{}, {}", text(name), text(owner)),
        Payload::MemoryCopy { name, source, destination, size } => {
            format!("{}, {source}, {destination}, {size}", text(name))
        }
        Payload::MemorySet { name, address, value, size } => {
            format!("{}, {address}, {value}, {size}", text(name))
        }
        Payload::MemoryCompare { name, first, second, size } => {
            format!("{}, {first}, {second}, {size}", text(name))
        }
    }
}

fn raw(payload: &[u8]) -> String {
    format!("[{}]", bytes(payload))
}

fn bytes(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    numbers.join(", ")
}

/// A text in quotes; what is not printable ASCII is escaped.
fn quoted(bytes: &[u8]) -> String {
    let mut text = "\"".to_owned();
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => put(&mut text, format_args!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

//! The registers, flags and memory of a machine, as text and in JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flux_vm::Machine;
use flux_vm::isa::{FP, LR, N_F, N_R, N_V, SP};
use flux_vm::machine::{Change, Flags};
use serde::Serialize;

/// How wide a register's value is set in a table.
const VALUE_WIDTH: usize = 12;
/// The region that addresses in registers mean.
const STACK: &str = "stack";
/// The most bytes that are shown at once.
const MOST_BYTES: i64 = 65_536;
/// How many registers stand in a row.
const PER_ROW: usize = 4;

/// The first `n` registers: `R0=3, R1=0`.
pub(crate) fn first(machine: &Machine<'_>, n: usize) -> String {
    let shown = (0..n.min(N_R)).map(|number| format!("R{number}={}", machine.r(number as u8)));
    shown.collect::<Vec<_>>().join(", ")
}

/// The registers that a program leaves its outputs in.
pub(crate) fn outputs(machine: &Machine<'_>) -> String {
    first(machine, machine.outputs().len())
}

/// All R registers in rows of four, the flags, and the other registers that are not zero.
pub(crate) fn registers(machine: &Machine<'_>) -> String {
    let mut text = "Registers:\n".to_owned();
    for row in 0..N_R / PER_ROW {
        for column in 0..PER_ROW {
            let number = row * PER_ROW + column;
            let name = format!("R{number}=");
            let tag = tag(number as u8);
            let value = thousands(machine.r(number as u8));
            let _ = write!(text, "  {name:<4}{value:>VALUE_WIDTH$}{tag}");
        }
        text.push('\n');
    }
    let _ = writeln!(text, "Flags: {}", flags(machine.flags()));
    for number in 0..N_F as u8 {
        if machine.f(number).to_bits() != 0 {
            let _ = writeln!(text, "  F{number}={}", machine.f(number));
        }
    }
    for number in 0..N_V as u8 {
        if machine.v(number) != [0; 16] {
            let _ = writeln!(text, "  V{number}={}", vector(machine.v(number)));
        }
    }
    text
}

fn tag(number: u8) -> &'static str {
    match number {
        SP => " (SP)",
        FP => " (FP)",
        LR => " (LR)",
        _ => "",
    }
}

/// The names of the flags that are set.
pub(crate) fn flags(flags: Flags) -> String {
    let named = [(flags.z, "Z"), (flags.s, "S"), (flags.c, "C"), (flags.v, "V")];
    let set: Vec<&str> = named.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect();
    if set.is_empty() { "(none)".to_owned() } else { set.join(" ") }
}

/// A vector as the hexadecimal digits of its lanes.
pub(crate) fn vector(lanes: [u8; 16]) -> String {
    let pairs: Vec<String> = lanes.iter().map(|lane| format!("{lane:02x}")).collect();
    pairs.join(" ")
}

/// A number with its thousands apart: `-12,345`.
fn thousands(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", crate::table::count(number.unsigned_abs()))
}

/// A change as `R3: 4 -> 5`.
pub(crate) fn change(change: &Change) -> String {
    match *change {
        Change::R { number, old, new } => format!("R{number}: {old} -> {new}"),
        Change::F { number, old, new } => format!("F{number}: {old} -> {new}"),
        Change::V { number, old, new } => format!("V{number}: {} -> {}", vector(old), vector(new)),
        Change::Flags { old, new } => format!("flags: {} -> {}", flags(old), flags(new)),
    }
}

/// Up to `n` cells from the stack pointer on; `(empty)` where the stack is empty.
pub(crate) fn stack(machine: &Machine<'_>, n: usize) -> String {
    let mut text = "Stack:\n".to_owned();
    let cells = (0..n as i64).map_while(|at| {
        let address = u32::try_from(machine.r(SP).checked_add(4 * at)?).ok()?;
        let bytes: [u8; 4] = machine.read_memory(STACK, address, 4)?.try_into().ok()?;
        Some((address, i32::from_le_bytes(bytes)))
    });
    let mut is_empty = true;
    for (address, cell) in cells {
        is_empty = false;
        let _ = writeln!(text, "  0x{address:04X}: {cell}");
    }
    if is_empty {
        text.push_str("  (empty)\n");
    }
    text
}

/// Bytes in rows of sixteen: address, hexadecimal pairs, printable characters.
fn memory(address: u32, bytes: &[u8]) -> String {
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(16).enumerate() {
        let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let printable = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
        let view: String = bytes.iter().map(printable).collect();
        let _ = writeln!(text, "  0x{:04X}: {:<48}  {view}", address as usize + row * 16, pairs.join(" "));
    }
    text
}

/// What `mem [REGION] ADDRESS [LENGTH]` shows; `number` computes an expression.
///
/// # Errors
/// It is written in another way, or the region does not have these bytes.
pub(crate) fn look(
    machine: &Machine<'_>,
    words: &[&str],
    number: &dyn Fn(&str) -> Result<i64, String>,
) -> Result<String, String> {
    let is_region = |word: &str| machine.regions().iter().any(|region| region.name == word);
    let (region, rest) = match words {
        [first, rest @ ..] if is_region(first) => (*first, rest),
        _ => (STACK, words),
    };
    let (address, len) = match rest {
        [address] => (number(address)?, 16),
        [address, len] => (number(address)?, number(len)?),
        _ => return Err("expected `mem [REGION] ADDRESS [LENGTH]`".to_owned()),
    };
    if !(1..=MOST_BYTES).contains(&len) {
        return Err(format!("expected a length from 1 to {MOST_BYTES}, found {len}"));
    }
    let outside = || format!("{len} bytes at {address} are outside of the region `{region}`");
    let first = u32::try_from(address).map_err(|_| outside())?;
    // INVARIANT: the length was checked above.
    let bytes = machine.read_memory(region, first, len as u32).ok_or_else(outside)?;
    Ok(memory(first, &bytes))
}

/// A machine's state in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct StateV1 {
    pc: u32,
    cycles: u64,
    /// The R registers by their names.
    gp: BTreeMap<String, i64>,
    /// The F registers that are not zero; text for what JSON has no number for.
    fp: BTreeMap<String, NumberV1>,
    /// The V registers that are not zero, as hexadecimal digits.
    vec: BTreeMap<String, String>,
    flag_zero: bool,
    flag_sign: bool,
    flag_carry: bool,
    flag_overflow: bool,
}

/// A double: JSON has no infinities and nothing that is not a number.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum NumberV1 {
    /// A finite one.
    Finite(f64),
    /// `inf`, `-inf` or `NaN`.
    Other(String),
}

impl NumberV1 {
    pub(crate) fn of(number: f64) -> Self {
        if number.is_finite() { Self::Finite(number) } else { Self::Other(number.to_string()) }
    }
}

impl StateV1 {
    pub(crate) fn of(machine: &Machine<'_>) -> Self {
        let flags = machine.flags();
        let floats = (0..N_F as u8).filter(|number| machine.f(*number).to_bits() != 0);
        let vectors = (0..N_V as u8).filter(|number| machine.v(*number) != [0; 16]);
        let hex = |lanes: [u8; 16]| lanes.iter().map(|lane| format!("{lane:02x}")).collect();
        Self {
            pc: machine.pc(),
            cycles: machine.cycles(),
            gp: (0..N_R as u8).map(|number| (format!("R{number}"), machine.r(number))).collect(),
            fp: floats.map(|number| (format!("F{number}"), NumberV1::of(machine.f(number)))).collect(),
            vec: vectors.map(|number| (format!("V{number}"), hex(machine.v(number)))).collect(),
            flag_zero: flags.z,
            flag_sign: flags.s,
            flag_carry: flags.c,
            flag_overflow: flags.v,
        }
    }
}

//! `swap-operator`: another operator of the same type.
//!
//! The groups are ranges of opcode bytes whose operators take and give the same types. An operator swaps with any
//! other of its group, and now and then with one of the group beside it that has the same types: a comparison with
//! arithmetic. Loads and stores keep their address and offset, and an alignment that the new width allows.

use wasmparser::Operator;

use super::code::Code;
use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;
use crate::view::{FunctionView, Instr};

/// How many of the swaps of a comparison, or of arithmetic on the same types, cross over to the other: one in this many.
const CROSSING: u64 = 8;

/// Groups of the same types, by what is in them.
const BESIDE: [(u8, u8); 2] = [(0x46, 0x6a), (0x6a, 0x46)];

/// Operators without immediates by type; each list is a group.
const GROUPS: &[&[u8]] = &[
    // i32 i32 -> i32: comparisons.
    &[0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
    // i64 i64 -> i32.
    &[0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a],
    // f32 f32 -> i32.
    &[0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60],
    // f64 f64 -> i32.
    &[0x61, 0x62, 0x63, 0x64, 0x65, 0x66],
    // i32 -> i32.
    &[0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1],
    // i32 i32 -> i32: arithmetic.
    &[0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78],
    // i64 -> i64.
    &[0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4],
    // i64 i64 -> i64.
    &[0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a],
    // f32 -> f32.
    &[0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91],
    // f32 f32 -> f32.
    &[0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98],
    // f64 -> f64.
    &[0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f],
    // f64 f64 -> f64.
    &[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6],
    // i64 -> i32.
    &[0x50, 0xa7],
    // i32 -> i64.
    &[0xac, 0xad],
    // f32 -> i32.
    &[0xa8, 0xa9, 0xbc],
    // f64 -> i32.
    &[0xaa, 0xab],
    // f32 -> i64.
    &[0xae, 0xaf],
    // f64 -> i64.
    &[0xb0, 0xb1, 0xbd],
    // i32 -> f32.
    &[0xb2, 0xb3, 0xbe],
    // i64 -> f32.
    &[0xb4, 0xb5],
    // i32 -> f64.
    &[0xb7, 0xb8],
    // i64 -> f64.
    &[0xb9, 0xba, 0xbf],
];

/// Loads and stores by type, each with its natural alignment as a power of two.
const MEMORY_GROUPS: &[&[(u8, u8)]] = &[
    &[(0x28, 2), (0x2c, 0), (0x2d, 0), (0x2e, 1), (0x2f, 1)],
    &[(0x29, 3), (0x30, 0), (0x31, 0), (0x32, 1), (0x33, 1), (0x34, 2), (0x35, 2)],
    &[(0x36, 2), (0x3a, 0), (0x3b, 1)],
    &[(0x37, 3), (0x3c, 0), (0x3d, 1), (0x3e, 2)],
];

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let swaps = |instr: &Instr<'_>| {
            let opcode = view.bytes.get(instr.start as usize).copied().unwrap_or_default();
            instr.reachable && (SWAPS[usize::from(opcode)] || matches!(instr.op, Operator::Select))
        };
        let sites: Vec<usize> =
            view.instrs.iter().enumerate().filter(|(_, instr)| swaps(instr)).map(|(at, _)| at).collect();
        swap(view, *rng.pick(&sites)?, rng)
    })
    .ok_or(Inapplicable("no operator has another of its type"))
}

/// Which opcode bytes are in a group.
const SWAPS: [bool; 256] = {
    let mut table = [false; 256];
    let mut group = 0;
    while group < GROUPS.len() {
        let mut member = 0;
        while member < GROUPS[group].len() {
            table[GROUPS[group][member] as usize] = true;
            member += 1;
        }
        group += 1;
    }
    let mut group = 0;
    while group < MEMORY_GROUPS.len() {
        let mut member = 0;
        while member < MEMORY_GROUPS[group].len() {
            table[MEMORY_GROUPS[group][member].0 as usize] = true;
            member += 1;
        }
        group += 1;
    }
    table
};

/// The group that `opcode` is in.
pub(super) fn group(opcode: u8) -> Option<&'static [u8]> {
    GROUPS.iter().copied().find(|group| group.contains(&opcode))
}

fn memory_group(opcode: u8) -> Option<&'static [(u8, u8)]> {
    MEMORY_GROUPS.iter().copied().find(|group| group.iter().any(|&(op, _)| op == opcode))
}

fn swap(view: &FunctionView<'_>, at: usize, rng: &mut Rng) -> Option<Edit> {
    let bytes = &view.bytes[view.bytes_of(at..at + 1)];
    let opcode = *bytes.first()?;
    let mut code = Code::new();
    if let Some(group) = group(opcode) {
        let beside = BESIDE.iter().find(|(here, _)| group.contains(here));
        let group = match beside {
            Some(&(_, there)) if rng.one_in(CROSSING) => self::group(there)?,
            _ => group,
        };
        let others: Vec<u8> = group.iter().copied().filter(|&other| other != opcode).collect();
        code.change_bytes(at, &[*rng.pick(&others)?]);
    } else if let Some(group) = memory_group(opcode) {
        let others: Vec<(u8, u8)> = group.iter().copied().filter(|&(other, _)| other != opcode).collect();
        let &(other, natural) = rng.pick(&others)?;
        // The low six bits of the flags are the alignment; it stays one byte since the flags are below 128.
        let flags = *bytes.get(1)?;
        if flags & 0x80 != 0 {
            return None;
        }
        let mut changed = bytes.to_vec();
        changed[0] = other;
        changed[1] = (flags & 0x40) | (flags & 0x3f).min(natural);
        code.change_bytes(at, &changed);
    } else {
        // Turning the condition round swaps the values of a `select`.
        code.push(&wasm_encoder::Instruction::I32Eqz);
        code.change(at, &wasm_encoder::Instruction::Select);
    }
    let description = format!("another operator of its type at instruction {at}");
    Some(Edit::of(view, vec![Splice { range: at..at + 1, code }], description))
}

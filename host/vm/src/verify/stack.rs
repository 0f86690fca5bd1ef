//! How deep the stack gets, where that is known without running the program.
//!
//! Each procedure (the entry, and what calls go to) is followed by itself, with the number of cells that it has pushed.
//! A call is taken to leave the stack as it was; that each procedure called does so is checked when it is followed.
//! Whatever moves the stack pointer otherwise makes the depth unknown.

use std::collections::BTreeMap;

use super::{Finding, FindingKind, Verified};
use crate::instruction::{Fields, Instruction};
use crate::isa::{Access, Bank, FP, Flow, Kind, Opcode, PayloadForm, SP};
use crate::payload::Payload;

/// How many instructions are followed, for each one that there is: procedures may share code.
const STEPS_PER_INSTRUCTION: usize = 8;

/// What one procedure does.
struct Procedure {
    /// The most cells it has pushed itself.
    cells: u32,
    /// What it calls, with the cells pushed at that time, the return address included.
    calls: Vec<(usize, u32)>,
}

/// What is known of the stack before an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Depth {
    cells: u32,
    /// The depth that `LEAVE` goes back to.
    frame: Option<u32>,
}

/// Returns the most cells the program can need, and where it takes something from an empty stack.
pub(super) fn measure(verified: &Verified) -> (Option<u32>, Vec<Finding>) {
    let Some(entry) = verified.index_of(verified.program.entry) else { return (None, Vec::new()) };
    let mut underflows = Vec::new();
    let mut steps_left = verified.starts.len().saturating_mul(STEPS_PER_INSTRUCTION);
    let mut procedures = BTreeMap::new();
    let mut open = vec![entry];
    while let Some(root) = open.pop() {
        if procedures.contains_key(&root) {
            continue;
        }
        let found = if root == entry { Some(&mut underflows) } else { None };
        let Some(procedure) = follow(verified, root, &mut steps_left, found) else {
            return (None, Vec::new());
        };
        open.extend(procedure.calls.iter().map(|(callee, _)| *callee));
        procedures.insert(root, procedure);
    }
    (deepest(&procedures, entry), underflows)
}

/// Adds up along calls, callees first; none if a procedure comes to call itself.
fn deepest(procedures: &BTreeMap<usize, Procedure>, entry: usize) -> Option<u32> {
    let mut known: BTreeMap<usize, Option<u32>> = BTreeMap::new();
    let mut open = vec![entry];
    while let Some(&root) = open.last() {
        let procedure = procedures.get(&root)?;
        known.entry(root).or_insert(None);
        let mut cells = procedure.cells;
        let mut waits = false;
        for (callee, below) in &procedure.calls {
            match known.get(callee) {
                Some(Some(deep)) => cells = cells.max(below.checked_add(*deep)?),
                // Begun but not done: it is among the callers of this one.
                Some(None) => return None,
                None => {
                    open.push(*callee);
                    waits = true;
                }
            }
        }
        if !waits {
            known.insert(root, Some(cells));
            open.pop();
            // A procedure that was pushed by several callers is done when it is met again.
            while open.last().is_some_and(|next| matches!(known.get(next), Some(Some(_)))) {
                open.pop();
            }
        }
    }
    known.get(&entry).copied().flatten()
}

fn follow(
    verified: &Verified,
    root: usize,
    steps_left: &mut usize,
    mut underflows: Option<&mut Vec<Finding>>,
) -> Option<Procedure> {
    let mut procedure = Procedure { cells: 0, calls: Vec::new() };
    let mut seen: BTreeMap<usize, Depth> = BTreeMap::new();
    let mut open = vec![(root, Depth { cells: 0, frame: None })];
    while let Some((index, depth)) = open.pop() {
        if let Some(before) = seen.insert(index, depth) {
            if before == depth {
                continue;
            }
            return None;
        }
        *steps_left = steps_left.checked_sub(1)?;
        // Beyond the last instruction there is nothing.
        let Some(&offset) = verified.starts.get(index) else { continue };
        let instruction = verified.instruction_at(offset)?;
        if moves_stack_pointer(&instruction) {
            return None;
        }
        let needed = needed(instruction.opcode);
        if depth.cells < needed {
            // Only the entry begins with an empty stack; elsewhere the caller's cells lie above.
            let finding = Finding {
                offset: offset as usize,
                opcode: Some(instruction.opcode),
                kind: FindingKind::Underflow { needed, depth: depth.cells },
            };
            underflows.as_mut()?.push(finding);
            continue;
        }
        let Some(after) = effect(&instruction, depth)? else { continue };
        procedure.cells = procedure.cells.max(after.cells);
        let target = instruction.target(offset as usize);
        let target = target.and_then(|target| verified.index_of(u32::try_from(target).ok()?));
        match instruction.opcode.spec().flow {
            Flow::Next => open.push((index + 1, after)),
            Flow::Jump => open.push((target?, after)),
            Flow::Branch => open.extend([(target?, after), (index + 1, after)]),
            Flow::Call => {
                let below = after.cells.checked_add(1)?;
                procedure.cells = procedure.cells.max(below);
                procedure.calls.push((target?, below));
                open.push((index + 1, after));
            }
            Flow::IndirectCall => return None,
            Flow::Return | Flow::Halt => {}
        }
    }
    Some(procedure)
}

/// How many cells an instruction takes from the stack or looks at.
const fn needed(opcode: Opcode) -> u32 {
    match opcode {
        Opcode::Pop | Opcode::Dup => 1,
        Opcode::Swap => 2,
        Opcode::Rot => 3,
        _ => 0,
    }
}

/// Returns the depth after an instruction: `None` if it is not known, `Some(None)` if nothing comes after it.
fn effect(instruction: &Instruction<'_>, depth: Depth) -> Option<Option<Depth>> {
    let Depth { cells, frame } = depth;
    let after = match (instruction.opcode, instruction.fields) {
        (Opcode::Push | Opcode::Dup, _) => Depth { cells: cells.checked_add(1)?, frame },
        (Opcode::Pop, _) => Depth { cells: cells.checked_sub(1)?, frame },
        (Opcode::Enter, Fields::B(count)) => {
            let base = cells.checked_add(1)?;
            Depth { cells: base.checked_add(count.into())?, frame: Some(base) }
        }
        (Opcode::Leave, _) => Depth { cells: frame?.checked_sub(1)?, frame: None },
        // A return address or an end; with something above it, an address that was computed.
        (Opcode::Ret, _) => return (cells == 0).then_some(None),
        (Opcode::Halt | Opcode::EmergencyStop, _) => return Some(None),
        _ if writes(instruction, FP) => Depth { cells, frame: None },
        _ => depth,
    };
    Some(Some(after))
}

fn moves_stack_pointer(instruction: &Instruction<'_>) -> bool {
    instruction.opcode == Opcode::Alloca || writes(instruction, SP)
}

fn writes(instruction: &Instruction<'_>, register: u8) -> bool {
    let bytes = match instruction.fields {
        Fields::A => [None; 3],
        Fields::B(a) | Fields::D(a, _) | Fields::X(a, _, _) => [Some(a), None, None],
        Fields::C(a, b) => [Some(a), Some(b), None],
        Fields::E(a, b, c) => [Some(a), Some(b), Some(c)],
        Fields::G(payload) => {
            return match Payload::parse(PayloadForm::Message, payload) {
                Ok(Payload::Message { message, second, .. }) => {
                    message == register || second == Some(register)
                }
                _ => false,
            };
        }
    };
    let is_written = |kind: &Kind| match kind {
        Kind::Register(Bank::R, access) => *access != Access::Read,
        Kind::CompareF => true,
        _ => false,
    };
    instruction
        .opcode
        .spec()
        .operands
        .iter()
        .zip(bytes)
        .any(|(kind, byte)| is_written(kind) && byte == Some(register))
}

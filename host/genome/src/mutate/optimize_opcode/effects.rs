//! What an instruction may do besides computing a value.

use std::ops::{BitOr, Range};

use wasmparser::Operator;

use crate::view::FunctionView;

/// What instructions may do or depend on, locals left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Effects {
    pub(super) traps: bool,
    pub(super) reads_memory: bool,
    pub(super) writes_memory: bool,
    pub(super) reads_globals: bool,
    pub(super) writes_globals: bool,
    /// Control, calls, tables, and everything not known better.
    pub(super) other: bool,
}

impl BitOr for Effects {
    type Output = Effects;

    fn bitor(self, other: Effects) -> Effects {
        Effects {
            traps: self.traps | other.traps,
            reads_memory: self.reads_memory | other.reads_memory,
            writes_memory: self.writes_memory | other.writes_memory,
            reads_globals: self.reads_globals | other.reads_globals,
            writes_globals: self.writes_globals | other.writes_globals,
            other: self.other | other.other,
        }
    }
}

impl Effects {
    pub(super) fn is_pure(self) -> bool {
        self == Effects::default()
    }

    /// Returns whether leaving the instructions out, when nobody needs their value, changes nothing.
    pub(super) fn is_removable(self) -> bool {
        !self.traps && !self.writes_memory && !self.writes_globals && !self.other
    }

    /// Returns whether instructions with these effects and instructions with `other` may change places.
    pub(super) fn commutes_with(self, other: Effects) -> bool {
        let writes = |e: Effects| e.writes_memory || e.writes_globals;
        let conflict = self.other && !other.is_pure()
            || other.other && !self.is_pure()
            || self.traps && (other.traps || writes(other) || other.other)
            || other.traps && (writes(self) || self.other)
            || self.writes_memory && (other.reads_memory || other.writes_memory)
            || other.writes_memory && self.reads_memory
            || self.writes_globals && (other.reads_globals || other.writes_globals)
            || other.writes_globals && self.reads_globals;
        !conflict
    }
}

/// Returns what `op` may do.
pub(super) fn effects(view: &FunctionView<'_>, at: usize) -> Effects {
    use Operator as O;
    let Some(instr) = view.instrs.get(at) else {
        return Effects { other: true, ..Effects::default() };
    };
    match &instr.op {
        O::Nop | O::Drop | O::Select | O::LocalGet { .. } | O::LocalSet { .. } | O::LocalTee { .. } => {
            Effects::default()
        }
        O::I32Const { .. } | O::I64Const { .. } | O::F32Const { .. } | O::F64Const { .. } => {
            Effects::default()
        }
        O::GlobalGet { .. } => Effects { reads_globals: true, ..Effects::default() },
        O::GlobalSet { .. } => Effects { writes_globals: true, ..Effects::default() },
        _ => match view.bytes.get(instr.start as usize) {
            Some(0x6d..=0x70 | 0x7f..=0x82 | 0xa8..=0xab | 0xae..=0xb1) => {
                Effects { traps: true, ..Effects::default() }
            }
            Some(0x45..=0xc4) => Effects::default(),
            Some(0x28..=0x35) => Effects { traps: true, reads_memory: true, ..Effects::default() },
            Some(0x36..=0x3e) => Effects { traps: true, writes_memory: true, ..Effects::default() },
            _ => Effects { other: true, traps: true, ..Effects::default() },
        },
    }
}

/// Returns what the instructions `range` may do together.
pub(super) fn effects_of(view: &FunctionView<'_>, range: Range<usize>) -> Effects {
    range.fold(Effects::default(), |all, at| all | effects(view, at))
}

/// Returns the local an instruction reads.
pub(super) fn reads(op: &Operator<'_>) -> Option<u32> {
    match *op {
        Operator::LocalGet { local_index } => Some(local_index),
        _ => None,
    }
}

/// Returns the local an instruction writes.
pub(super) fn writes(op: &Operator<'_>) -> Option<u32> {
    match *op {
        Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => Some(local_index),
        _ => None,
    }
}

/// Returns whether any of the instructions `range` writes `local`.
pub(super) fn written(view: &FunctionView<'_>, range: Range<usize>, local: u32) -> bool {
    view.instrs[range].iter().any(|instr| writes(&instr.op) == Some(local))
}

/// Returns whether any of the instructions `range` reads `local`.
pub(super) fn read(view: &FunctionView<'_>, range: Range<usize>, local: u32) -> bool {
    view.instrs[range].iter().any(|instr| reads(&instr.op) == Some(local))
}

/// Returns whether `op` belongs to the structure of control: straight lines have none of these.
pub(super) fn is_control(op: &Operator<'_>) -> bool {
    matches!(
        op,
        Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Unreachable
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
    )
}

/// Returns where the straight-line expression begins that ends before `end`: code that takes nothing and leaves one
/// value.
pub(super) fn tree_start(view: &FunctionView<'_>, end: usize) -> Option<usize> {
    let height = view.instrs.get(end)?.height.checked_sub(1)?;
    let mut at = end;
    loop {
        at = at.checked_sub(1)?;
        let instr = &view.instrs[at];
        if !instr.reachable || is_control(&instr.op) || instr.height.checked_sub(instr.pops)? < height {
            return None;
        }
        if instr.height == height {
            return Some(at);
        }
    }
}

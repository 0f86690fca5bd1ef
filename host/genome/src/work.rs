//! An estimate of what compiling a function takes, from its shape alone.
//!
//! Bounds on single functions do not bound a component: twenty functions that are each within bounds held a compiler
//! for 44 seconds. So each function's work is estimated and the sum is bounded. The weights are fitted to Cranelift at
//! its default optimisation level; the unit is about a quarter of a microsecond on a machine of 2020.
//!
//! | what | units |
//! | --- | --- |
//! | a function | 300 |
//! | a byte of code | 1 |
//! | a loop | 240 |
//! | a pair of loops in one function | 1 |
//! | a local, for each loop of its function | 40 |
//! | a target of a jump table | 380 |
//! | an indirect call, a bulk operation | 40 |

use wasmparser::Operator;

/// The shape of one function, as far as its compile time depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    body_bytes: u64,
    locals: u64,
    loops: u64,
    jump_targets: u64,
    library_calls: u64,
}

impl Shape {
    /// The shape of a function before its operators.
    pub(crate) fn new(body_bytes: u64, locals: u64) -> Self {
        Self { body_bytes, locals, ..Self::default() }
    }

    /// Whether an operator whose first byte is `opcode` may be one that [`Shape::add`] takes note of.
    pub(crate) fn counts(opcode: u8) -> bool {
        // Loops, jump tables, indirect calls, growing a memory, and the group of bulk operations.
        matches!(opcode, 0x03 | 0x0e | 0x11 | 0x13 | 0x40 | 0xfc)
    }

    /// Takes an operator into account.
    pub(crate) fn add(&mut self, operator: &Operator<'_>) {
        match operator {
            Operator::Loop { .. } => self.loops += 1,
            Operator::BrTable { targets } => self.jump_targets += u64::from(targets.len()) + 1,
            Operator::CallIndirect { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryFill { .. }
            | Operator::MemoryInit { .. }
            | Operator::MemoryGrow { .. }
            | Operator::TableCopy { .. }
            | Operator::TableFill { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. } => self.library_calls += 1,
            _ => {}
        }
    }

    /// Targets of jump tables so far, defaults included.
    pub(crate) fn jump_targets(&self) -> u64 {
        self.jump_targets
    }

    /// The estimate, saturating.
    pub(crate) fn work(&self) -> u64 {
        let Self { body_bytes, locals, loops, jump_targets, library_calls } = *self;
        [
            300,
            body_bytes,
            loops.saturating_mul(240),
            loops.saturating_mul(loops) / 2,
            loops.saturating_mul(locals).saturating_mul(40),
            jump_targets.saturating_mul(380),
            library_calls.saturating_mul(40),
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

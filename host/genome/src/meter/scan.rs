//! Reads a function body once and notes what has to be inserted where.
//!
//! Costs add up along straight code and are charged where control may part or meet, where the counter is compared,
//! and where somebody else may look at it. Code that cannot be reached gets nothing.
//!
//! The counter lives in a global, and in a local of each function while that is cheaper. At any place of the code
//! one of the two is right ([`Holder`]); where control meets it is always the local.

use wasmparser::{BlockType, BrTable, FunctionBody, Operator};

use super::emit::SMALL_SIZED_COST;
use super::float::{Shape, gives_open_nan, takes_any_nan};
use super::layout::Layout;
use super::{Floats, MAX_BUDGET, MeterError};
use crate::cost::{CYCLES_1, CostTable};

/// What was found in a body.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Where the declared locals end and the operators begin, in bytes from the start of the module.
    pub(super) code_start: usize,
    /// Where the body's final `end` stands.
    pub(super) code_end: usize,
    /// Where the groups of declared locals begin, after their number.
    pub(super) locals_start: usize,
    /// How many groups of locals are declared.
    pub(super) n_local_groups: u32,
    /// How many locals that makes, parameters not counted.
    pub(super) n_locals: u64,
    /// What to insert, in the order of places.
    pub(super) insertions: Vec<Insertion>,
    /// Whether a branch leads to the end of the body, one that cannot be reached included.
    pub(super) is_branched_out_of: bool,
    /// How the body ends, where its end can be reached.
    pub(super) exit: Option<Charge>,
    /// Functions that are called, and those called in tail position.
    pub(super) calls: Vec<u32>,
    pub(super) tail_calls: Vec<u32>,
    /// Whether it calls what only the run knows.
    pub(super) calls_indirectly: bool,
}

/// Something to insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Insertion {
    /// Before which byte of the module.
    pub(super) at: usize,
    /// What.
    pub(super) what: What,
    /// How many blocks are open there, the body itself not counted.
    pub(super) height: u32,
}

/// A sum to be charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    /// Cycles.
    pub(super) cycles: u64,
    /// Which of the two counters is right before.
    pub(super) holder: Holder,
}

/// Which counter is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Global,
    Local,
}

/// What may be inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Charge and leave the counter in the local.
    Charge(Charge),
    /// Stop if the local counter is negative.
    Check,
    /// Charge and leave the counter in the global: before a call.
    Save(Charge),
    /// The same, stopping if it is negative: before the call of an import.
    CheckedSave(Charge),
    /// The same as `Save`, and give back the call depth: before the function is left.
    Leave(Charge),
    /// The same with a check: before a tail call of an import.
    CheckedLeave(Charge),
    /// Charge, and stop if the counter is negative; the counter ends in the local.
    ChargeAndCheck(Charge),
    /// Charge the sum and `per_unit` for each unit of the number on top of the stack, which stays there; then check.
    ChargeSized(Charge, u8),
    /// Make the NaN on top of the stack canonical.
    Canonical(Shape),
}

/// An open block.
#[derive(Debug)]
struct Frame {
    kind: Kind,
    /// Whether it was entered by code that can be reached.
    is_entered: bool,
    /// Whether a branch that can be taken leads to its end.
    is_branched_out_of: bool,
    /// Of an `if`: whether the end of its first arm can be reached.
    first_arm_ends: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
    Else,
}

/// Reads `body` and notes what has to be inserted.
pub(super) fn scan(
    layout: &Layout<'_>,
    body: &FunctionBody<'_>,
    floats: Floats,
) -> Result<Scanned, MeterError> {
    let mut locals = body.get_locals_reader().map_err(MeterError::Malformed)?;
    let locals_start = locals.original_position();
    let n_local_groups = locals.get_count();
    let mut n_locals = 0;
    for _ in 0..n_local_groups {
        let (count, _) = locals.read().map_err(MeterError::Malformed)?;
        n_locals += u64::from(count);
    }
    let mut operators = body.get_operators_reader().map_err(MeterError::Malformed)?;
    let code_start = operators.original_position();
    let mut scanner = Scanner {
        layout,
        out: Scanned {
            code_start,
            code_end: code_start,
            locals_start,
            n_local_groups,
            n_locals,
            insertions: Vec::new(),
            is_branched_out_of: false,
            exit: None,
            calls: Vec::new(),
            tail_calls: Vec::new(),
            calls_indirectly: false,
        },
        frames: Vec::new(),
        is_live: true,
        is_left_by_branch: false,
        pending: u64::from(CYCLES_1.function_entry),
        holder: Holder::Global,
        constant: None,
        condition_at: None,
    };
    let mut open_nan = None;
    let mut is_ended = false;
    while !operators.eof() {
        let at = operators.original_position();
        let operator = operators.read().map_err(MeterError::Malformed)?;
        if is_ended {
            return Err(MeterError::Dangling { what: "a block to end", offset: at });
        }
        let end = operators.original_position();
        if floats == Floats::Canonical && scanner.is_live {
            if let Some(shape) = open_nan
                && takes_any_nan(&operator) != Some(shape)
            {
                scanner.insert(at, What::Canonical(shape));
            }
            open_nan = gives_open_nan(&operator);
        }
        is_ended = scanner.operator(&operator, at, end)?;
        if !scanner.is_live {
            open_nan = None;
        }
    }
    if !is_ended {
        return Err(MeterError::Dangling { what: "an end of a function", offset: body.range().end });
    }
    Ok(scanner.out)
}

/// The price of an operator for each unit of the number on top of the stack.
fn price_by_size(operator: &Operator<'_>) -> Option<u8> {
    match operator {
        Operator::MemoryCopy { .. } => Some(CYCLES_1.memory_copy_per_byte),
        Operator::MemoryFill { .. } => Some(CYCLES_1.memory_fill_per_byte),
        Operator::MemoryInit { .. } => Some(CYCLES_1.memory_init_per_byte),
        Operator::MemoryGrow { .. } => Some(CYCLES_1.memory_grow_per_page),
        Operator::TableCopy { .. } => Some(CYCLES_1.table_copy_per_element),
        Operator::TableFill { .. } => Some(CYCLES_1.table_fill_per_element),
        Operator::TableInit { .. } => Some(CYCLES_1.table_init_per_element),
        Operator::TableGrow { .. } => Some(CYCLES_1.table_grow_per_element),
        _ => None,
    }
}

/// The feature that an operator belongs to, if it is one that is not metered.
fn unmetered_feature(operator: &Operator<'_>) -> Option<&'static str> {
    macro_rules! feature {
        (mvp) => {
            None
        };
        (sign_extension) => {
            None
        };
        (saturating_float_to_int) => {
            None
        };
        (bulk_memory) => {
            None
        };
        (reference_types) => {
            None
        };
        (tail_call) => {
            None
        };
        (simd) => {
            None
        };
        (gc) => {
            Some("garbage collection")
        };
        (function_references) => {
            Some("typed function references")
        };
        (exceptions) => {
            Some("exceptions")
        };
        (legacy_exceptions) => {
            Some("exceptions")
        };
        (threads) => {
            Some("threads")
        };
        (shared_everything_threads) => {
            Some("threads")
        };
        (relaxed_simd) => {
            Some("relaxed SIMD")
        };
        ($other:ident) => {
            Some("an operator of a later proposal")
        };
    }
    macro_rules! feature_of {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => feature!($proposal),)*
                _ => Some("an operator of a later proposal"),
            }
        };
    }
    wasmparser::for_each_operator!(feature_of)
}

/// The state while reading a body.
struct Scanner<'a> {
    layout: &'a Layout<'a>,
    out: Scanned,
    frames: Vec<Frame>,
    is_live: bool,
    /// Whether a branch that can be taken leads to the end of the body.
    is_left_by_branch: bool,
    /// Cycles of straight code that are not charged yet.
    pending: u64,
    holder: Holder,
    /// The constant that the operator before put on the stack.
    constant: Option<u32>,
    /// Where the operator before begins, if charging may as well be done before that one. Interpreters join a
    /// comparison and the branch after it into one instruction, if nothing stands between.
    condition_at: Option<usize>,
}

impl Scanner<'_> {
    /// Takes one operator; says whether it ended the body.
    fn operator(&mut self, operator: &Operator<'_>, at: usize, end: usize) -> Result<bool, MeterError> {
        use Operator as O;
        if let Some(feature) = unmetered_feature(operator) {
            return Err(MeterError::Unsupported { feature, offset: at });
        }
        let constant = self.constant.take();
        let condition_at = self.condition_at.take().unwrap_or(at);
        if !self.is_live {
            return self.dead_operator(operator, at);
        }
        self.pending += u64::from(CostTable::operator(operator));
        match operator {
            O::I32Const { value } => {
                self.constant = Some(value.cast_unsigned());
                self.condition_at = Some(at);
            }
            O::Block { blockty } => self.open(Kind::Block, *blockty, at)?,
            O::Loop { blockty } => {
                self.charge(at);
                self.open(Kind::Loop, *blockty, at)?;
                self.insert(end, What::Check);
            }
            O::If { blockty } => {
                self.charge(condition_at);
                self.open(Kind::If, *blockty, at)?;
            }
            O::Else => {
                self.charge(at);
                self.turn_to_else(at)?;
            }
            O::End => return Ok(self.end(at)),
            O::Br { relative_depth } => {
                self.charge(at);
                self.branch(*relative_depth, at)?;
                self.die();
            }
            O::BrIf { relative_depth } => {
                self.charge(condition_at);
                self.branch(*relative_depth, at)?;
            }
            O::BrTable { targets } => {
                self.charge(condition_at);
                self.jump_table(targets, at)?;
                self.die();
            }
            O::Return => {
                let charge = self.take();
                self.insert(at, What::Leave(charge));
                self.die();
            }
            O::Unreachable => self.die(),
            O::Call { function_index } => {
                let charge = self.take();
                let is_imported = self.callee(*function_index, at)?;
                self.out.calls.push(*function_index);
                self.insert(at, if is_imported { What::CheckedSave(charge) } else { What::Save(charge) });
                self.holder = Holder::Global;
            }
            O::CallIndirect { .. } => {
                let charge = self.take();
                self.out.calls_indirectly = true;
                self.insert(at, What::Save(charge));
                self.holder = Holder::Global;
            }
            O::ReturnCall { function_index } => {
                let charge = self.take();
                let is_imported = self.callee(*function_index, at)?;
                self.out.tail_calls.push(*function_index);
                self.insert(at, if is_imported { What::CheckedLeave(charge) } else { What::Leave(charge) });
                self.die();
            }
            O::ReturnCallIndirect { .. } => {
                let charge = self.take();
                self.out.calls_indirectly = true;
                self.insert(at, What::Leave(charge));
                self.die();
            }
            _ => match price_by_size(operator) {
                Some(per_unit) => self.sized(per_unit, constant, at),
                None => self.condition_at = Some(at),
            },
        }
        Ok(false)
    }

    /// Takes an operator that cannot be reached: only nesting matters.
    fn dead_operator(&mut self, operator: &Operator<'_>, at: usize) -> Result<bool, MeterError> {
        match operator {
            Operator::Block { blockty } => self.open(Kind::Block, *blockty, at)?,
            Operator::Loop { blockty } => self.open(Kind::Loop, *blockty, at)?,
            Operator::If { blockty } => self.open(Kind::If, *blockty, at)?,
            Operator::Else => self.turn_to_else(at)?,
            Operator::End => return Ok(self.end(at)),
            // The label of the body has to keep its type even for branches that are never taken.
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth, at)?;
            }
            Operator::BrTable { targets } => self.jump_table(targets, at)?,
            _ => {}
        }
        Ok(false)
    }

    fn open(&mut self, kind: Kind, ty: BlockType, at: usize) -> Result<(), MeterError> {
        if let BlockType::FuncType(index) = ty
            && self.layout.types.get(index as usize).is_none()
        {
            return Err(MeterError::Dangling { what: "a type", offset: at });
        }
        self.frames.push(Frame {
            kind,
            is_entered: self.is_live,
            is_branched_out_of: false,
            first_arm_ends: false,
        });
        Ok(())
    }

    fn turn_to_else(&mut self, at: usize) -> Result<(), MeterError> {
        let is_live = self.is_live;
        let frame = self.frames.last_mut().filter(|frame| frame.kind == Kind::If);
        let frame = frame.ok_or(MeterError::Dangling { what: "an `if` before `else`", offset: at })?;
        frame.kind = Kind::Else;
        frame.first_arm_ends = is_live;
        let is_entered = frame.is_entered;
        self.live_again(is_entered);
        Ok(())
    }

    /// Closes a block; says whether that was the body.
    fn end(&mut self, at: usize) -> bool {
        let Some(frame) = self.frames.last() else {
            self.end_body(at);
            return true;
        };
        // The places from which the code after the block can be reached, besides its end.
        let is_met = match frame.kind {
            Kind::Block => frame.is_branched_out_of,
            // A branch to a loop leads to its head.
            Kind::Loop => false,
            Kind::If => frame.is_entered,
            Kind::Else => frame.is_branched_out_of || frame.first_arm_ends,
        };
        if is_met && self.is_live {
            self.charge(at);
        }
        self.frames.pop();
        if is_met {
            self.live_again(true);
        }
        false
    }

    fn end_body(&mut self, at: usize) {
        self.out.code_end = at;
        if self.is_left_by_branch {
            if self.is_live {
                self.charge(at);
            }
            self.out.exit = Some(Charge { cycles: 0, holder: Holder::Local });
        } else if self.is_live {
            self.out.exit = Some(self.take());
        }
    }

    fn branch(&mut self, relative_depth: u32, at: usize) -> Result<(), MeterError> {
        let depth = relative_depth as usize;
        match self.frames.len().checked_sub(depth) {
            Some(0) => {
                self.out.is_branched_out_of = true;
                self.is_left_by_branch |= self.is_live;
            }
            // INVARIANT: `n` is at least 1 and at most the number of frames.
            Some(n) => self.frames[n - 1].is_branched_out_of |= self.is_live,
            None => return Err(MeterError::Dangling { what: "a label", offset: at }),
        }
        Ok(())
    }

    fn jump_table(&mut self, targets: &BrTable<'_>, at: usize) -> Result<(), MeterError> {
        for target in targets.targets() {
            self.branch(target.map_err(MeterError::Malformed)?, at)?;
        }
        self.branch(targets.default(), at)
    }

    /// Whether the function is imported.
    fn callee(&self, function: u32, at: usize) -> Result<bool, MeterError> {
        if self.layout.signature(function).is_none() {
            return Err(MeterError::Dangling { what: "a function", offset: at });
        }
        Ok(self.layout.is_imported(function))
    }

    fn sized(&mut self, per_unit: u8, constant: Option<u32>, at: usize) {
        let per_unit_cycles = u64::from(per_unit);
        match constant.map(|units| u64::from(units) * per_unit_cycles) {
            Some(cycles) => {
                self.pending = self.pending.saturating_add(cycles).min(MAX_BUDGET);
                if cycles > SMALL_SIZED_COST {
                    let charge = self.take();
                    self.insert(at, What::ChargeAndCheck(charge));
                    self.holder = Holder::Local;
                }
            }
            None => {
                let charge = self.take();
                self.insert(at, What::ChargeSized(charge, per_unit));
                self.holder = Holder::Local;
            }
        }
    }

    /// Brings the local counter up to date, where control may part or meet.
    fn charge(&mut self, at: usize) {
        let charge = self.take();
        if charge.cycles > 0 || charge.holder == Holder::Global {
            self.insert(at, What::Charge(charge));
        }
        self.holder = Holder::Local;
    }

    fn take(&mut self) -> Charge {
        Charge { cycles: std::mem::take(&mut self.pending), holder: self.holder }
    }

    fn die(&mut self) {
        self.is_live = false;
        self.pending = 0;
    }

    fn live_again(&mut self, is_live: bool) {
        self.is_live = is_live;
        self.pending = 0;
        self.holder = Holder::Local;
    }

    fn insert(&mut self, at: usize, what: What) {
        let height = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.out.insertions.push(Insertion { at, what, height });
    }
}

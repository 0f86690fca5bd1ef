//! Makes steps of a function body, in one pass.
//!
//! The body is valid, so that its stack is known at each place without looking at types. While reading, an entry of the
//! stack is a slot of its own, or stands for a local or a constant that was only named so far; where control parts or
//! meets, and before a local is written that an entry stands for, entries are put into their slots.

use flux_genome::cost::{CYCLES_1, CostTable};
use wasmparser::{BinaryReader, BlockType, FunctionBody, Operator, ValType};

use super::{Act, Direct, N_REGISTERS, Operation, Step};

/// What entering a function costs, and has to be there for it.
pub(super) const ENTRY_COST: i64 = CYCLES_1.function_entry as i64;

/// Bodies that are longer, in bytes, are left to the engine: they are not what this is for.
const MAX_BYTES: usize = 4096;

impl Direct {
    /// Translates a valid body of a function that takes `n_params` numbers and returns `n_results`, all `i64`, in a module
    /// that has no other functions to call, and at `offset` in its module.
    ///
    /// Nothing where there is something in it that is not for this machine.
    pub(in crate::interpreter) fn translate(
        body: &[u8],
        offset: usize,
        n_params: u32,
        n_results: u32,
    ) -> Option<Self> {
        if body.len() > MAX_BYTES {
            return None;
        }
        let body = FunctionBody::new(BinaryReader::new(body, offset));
        let mut n_locals = u64::from(n_params);
        for group in body.get_locals_reader().ok()? {
            let (count, ty) = group.ok()?;
            if !is_whole(ty) {
                return None;
            }
            n_locals += u64::from(count);
        }
        let n_locals = u8::try_from(n_locals).ok()?;
        let n_results = u8::try_from(n_results).ok()?;
        let mut translator = Translator {
            steps: Vec::with_capacity(body.as_bytes().len()),
            constants: Vec::new(),
            n_locals,
            n_results,
            highest: 0,
            stack: Vec::with_capacity(16),
            frames: Vec::with_capacity(8),
            pending: u64::from(CYCLES_1.function_entry),
            fresh: None,
            skipped: None,
        };
        translator.frames.push(Frame { kind: Kind::Block, base: 0, arity: n_results, leaving: Vec::new() });
        let mut n_operators = 0;
        let mut operators = body.get_operators_reader().ok()?;
        while !operators.eof() {
            let operator = operators.read().ok()?;
            translator.take(&operator)?;
            n_operators += 1;
        }
        let n_registers = usize::from(n_locals) + translator.highest + translator.constants.len();
        if !translator.frames.is_empty() || n_registers > N_REGISTERS {
            return None;
        }
        Some(Self {
            steps: translator.steps.into_boxed_slice(),
            constants: translator.constants.into_boxed_slice(),
            n_results,
            n_operators,
        })
    }
}

fn is_whole(ty: ValType) -> bool {
    matches!(ty, ValType::I32 | ValType::I64)
}

/// What an entry of the operand stack is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// In the slot of its height.
    Slot,
    /// What this local has now.
    Local(u8),
    /// A constant, by its register.
    Constant(u8),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    /// A loop whose head is this step.
    Loop(u16),
    /// An `if` before its `else`; the step that jumps there.
    If(usize),
}

/// An open block, or the body itself.
struct Frame {
    kind: Kind,
    /// The height of the stack below it.
    base: usize,
    /// How many values it leaves.
    arity: u8,
    /// The jumps to its end.
    leaving: Vec<usize>,
}

struct Translator {
    steps: Vec<Step>,
    constants: Vec<u64>,
    n_locals: u8,
    n_results: u8,
    /// The highest that the stack came.
    highest: usize,
    stack: Vec<Entry>,
    frames: Vec<Frame>,
    /// Cycles of straight code that are not charged yet.
    pending: u64,
    /// Whether the last step writes the slot of the topmost entry and does nothing else, and no jump leads behind it.
    fresh: Option<usize>,
    /// In code that cannot be reached: how many blocks were opened in it.
    skipped: Option<u32>,
}

impl Translator {
    fn take(&mut self, operator: &Operator<'_>) -> Option<()> {
        use Operator as O;
        if let Some(opened) = self.skipped {
            return self.skip(operator, opened);
        }
        self.pending += u64::from(CostTable::operator(operator));
        match operator {
            O::Nop => {}
            O::LocalGet { local_index } => {
                let local = self.local(*local_index)?;
                self.push(Entry::Local(local))?;
            }
            O::LocalSet { local_index } => {
                let local = self.local(*local_index)?;
                self.write(local)?;
            }
            O::LocalTee { local_index } => {
                let local = self.local(*local_index)?;
                self.write(local)?;
                self.push(Entry::Local(local))?;
            }
            O::I32Const { value } => self.constant(u64::from(value.cast_unsigned()))?,
            O::I64Const { value } => self.constant(value.cast_unsigned())?,
            O::Drop => {
                self.pop()?;
            }
            O::Select => self.select()?,
            O::TypedSelect { ty } if is_whole(*ty) => self.select()?,
            O::Block { blockty } => self.open(Kind::Block, *blockty)?,
            O::Loop { blockty } => {
                self.settle(0)?;
                self.charge()?;
                let head = u16::try_from(self.steps.len()).ok()?;
                self.emit(Act::Check, 0, 0, 0);
                self.open(Kind::Loop(head), *blockty)?;
            }
            O::If { blockty } => {
                let condition = self.pop()?;
                self.settle(0)?;
                let jump = self.jump(Act::JumpUnless, condition)?;
                self.open(Kind::If(jump), *blockty)?;
            }
            O::Else => self.turn(true)?,
            O::End => self.end(true)?,
            O::Br { relative_depth } => {
                self.leave(*relative_depth)?;
                self.skipped = Some(0);
            }
            O::BrIf { relative_depth } => self.leave_if(*relative_depth)?,
            O::Return => {
                self.give_back()?;
                self.skipped = Some(0);
            }
            O::Unreachable => {
                self.emit(Act::Unreachable, 0, 0, 0);
                self.skipped = Some(0);
            }
            other => {
                let (n_operands, operation) = operation(other)?;
                let b = if n_operands == 2 { self.pop()? } else { 0 };
                let a = self.pop()?;
                let to = self.slot(self.stack.len())?;
                self.emit(Act::Do(operation), to, a, b);
                self.push(Entry::Slot)?;
                self.fresh = Some(self.steps.len() - 1);
            }
        }
        Some(())
    }

    /// Takes an operator that cannot be reached.
    fn skip(&mut self, operator: &Operator<'_>, opened: u32) -> Option<()> {
        use Operator as O;
        match (operator, opened) {
            (O::Block { .. } | O::Loop { .. } | O::If { .. }, _) => self.skipped = Some(opened + 1),
            (O::End, 0) => self.end(false)?,
            (O::Else, 0) => self.turn(false)?,
            (O::End, _) => self.skipped = Some(opened - 1),
            // What opens or closes blocks in another way is not known here.
            (O::TryTable { .. } | O::Try { .. } | O::Catch { .. } | O::CatchAll | O::Delegate { .. }, _) => {
                return None;
            }
            _ => {}
        }
        Some(())
    }

    fn local(&self, index: u32) -> Option<u8> {
        u8::try_from(index).ok().filter(|local| *local < self.n_locals)
    }

    /// The register of the slot at `height`.
    fn slot(&self, height: usize) -> Option<u8> {
        u8::try_from(usize::from(self.n_locals) + height).ok()
    }

    /// The register in which the entry at `height` is.
    fn register(&self, height: usize) -> Option<u8> {
        match *self.stack.get(height)? {
            Entry::Slot => self.slot(height),
            Entry::Local(register) | Entry::Constant(register) => Some(register),
        }
    }

    fn push(&mut self, entry: Entry) -> Option<()> {
        self.fresh = None;
        self.stack.push(entry);
        self.highest = self.highest.max(self.stack.len());
        // Leaves room for the constants to be counted down to; the sum is compared at the end.
        (self.highest + usize::from(self.n_locals) <= N_REGISTERS).then_some(())
    }

    /// Takes the topmost entry off; its register.
    fn pop(&mut self) -> Option<u8> {
        let base = self.frames.last()?.base;
        let top = self.stack.len().checked_sub(1).filter(|top| *top >= base)?;
        let register = self.register(top);
        self.fresh = None;
        self.stack.pop();
        register
    }

    fn constant(&mut self, value: u64) -> Option<()> {
        let known = self.constants.iter().position(|known| *known == value);
        let at = known.unwrap_or_else(|| {
            self.constants.push(value);
            self.constants.len() - 1
        });
        let register = u8::try_from((N_REGISTERS - 1).checked_sub(at)?).ok()?;
        self.push(Entry::Constant(register))
    }

    fn emit(&mut self, act: Act, to: u8, a: u8, b: u8) {
        self.fresh = None;
        self.steps.push(Step { act, to, a, b, target: 0, more: 0 });
    }

    /// Writes the topmost entry to a local.
    fn write(&mut self, local: u8) -> Option<()> {
        let fresh = self.fresh;
        let is_slot = self.stack.last() == Some(&Entry::Slot);
        let value = self.pop()?;
        let mut is_named = false;
        for height in 0..self.stack.len() {
            if self.stack.get(height) == Some(&Entry::Local(local)) {
                self.put(height)?;
                is_named = true;
            }
        }
        match fresh {
            // The step may as well write the local at once.
            Some(last) if is_slot && !is_named => self.steps.get_mut(last)?.to = local,
            _ if value == local => {}
            _ => self.emit(Act::Copy, local, value, 0),
        }
        self.fresh = None;
        Some(())
    }

    /// Puts the entry at `height` into its slot.
    fn put(&mut self, height: usize) -> Option<()> {
        if *self.stack.get(height)? != Entry::Slot {
            let (to, from) = (self.slot(height)?, self.register(height)?);
            self.emit(Act::Copy, to, from, 0);
            *self.stack.get_mut(height)? = Entry::Slot;
        }
        Some(())
    }

    /// Puts all entries into their slots, but for the topmost `n`.
    fn settle(&mut self, n: usize) -> Option<()> {
        for height in 0..self.stack.len().checked_sub(n)? {
            self.put(height)?;
        }
        Some(())
    }

    /// Takes what is to be charged.
    fn due(&mut self) -> Option<u16> {
        u16::try_from(std::mem::take(&mut self.pending)).ok()
    }

    /// Charges what is to be charged, in a step of its own.
    fn charge(&mut self) -> Option<()> {
        let due = self.due()?;
        if due > 0 {
            self.emit(Act::Charge, 0, 0, 0);
            self.steps.last_mut()?.more = due;
        }
        Some(())
    }

    /// Appends a jump that charges; its target is not known yet.
    fn jump(&mut self, act: Act, condition: u8) -> Option<usize> {
        let due = self.due()?;
        self.emit(act, 0, condition, 0);
        self.steps.last_mut()?.more = due;
        Some(self.steps.len() - 1)
    }

    fn aim(&mut self, jump: usize) -> Option<()> {
        self.steps.get_mut(jump)?.target = u16::try_from(self.steps.len()).ok()?;
        self.fresh = None;
        Some(())
    }

    fn select(&mut self) -> Option<()> {
        let (condition, b, a) = (self.pop()?, self.pop()?, self.pop()?);
        let to = self.slot(self.stack.len())?;
        self.emit(Act::Select, to, a, b);
        self.steps.last_mut()?.more = u16::from(condition);
        self.push(Entry::Slot)?;
        self.fresh = Some(self.steps.len() - 1);
        Some(())
    }

    fn open(&mut self, kind: Kind, ty: BlockType) -> Option<()> {
        let arity = match ty {
            BlockType::Empty => 0,
            BlockType::Type(ty) if is_whole(ty) => 1,
            BlockType::Type(_) | BlockType::FuncType(_) => return None,
        };
        self.settle(0)?;
        self.frames.push(Frame { kind, base: self.stack.len(), arity, leaving: Vec::new() });
        Some(())
    }

    /// The block that a branch of `depth` leads to: its place among the frames.
    fn frame(&self, depth: u32) -> Option<usize> {
        self.frames.len().checked_sub(1)?.checked_sub(depth as usize)
    }

    /// Puts the topmost `n` entries, which stay, into the slots from `base` up.
    fn carry(&mut self, n: usize, base: usize) -> Option<()> {
        let first = self.stack.len().checked_sub(n)?;
        for i in 0..n {
            let (to, from) = (self.slot(base + i)?, self.register(first + i)?);
            if to != from {
                // What is moved later lies higher, so that nothing is written over before it was read.
                self.emit(Act::Copy, to, from, 0);
            }
        }
        Some(())
    }

    /// Branches to a block.
    fn leave(&mut self, depth: u32) -> Option<()> {
        let at = self.frame(depth)?;
        if at == 0 {
            return self.give_back();
        }
        let frame = self.frames.get(at)?;
        if let Kind::Loop(head) = frame.kind {
            let jump = self.jump(Act::Jump, 0)?;
            self.steps.get_mut(jump)?.target = head;
        } else {
            let (arity, base) = (usize::from(frame.arity), frame.base);
            self.carry(arity, base)?;
            let jump = self.jump(Act::Jump, 0)?;
            self.frames.get_mut(at)?.leaving.push(jump);
        }
        Some(())
    }

    /// Branches to a block if the topmost value is not zero.
    fn leave_if(&mut self, depth: u32) -> Option<()> {
        let condition = self.pop()?;
        let at = self.frame(depth)?;
        let frame = self.frames.get(at)?;
        let (kind, arity, base) = (frame.kind, usize::from(frame.arity), frame.base);
        if let Kind::Loop(head) = kind {
            let jump = self.jump(Act::JumpIf, condition)?;
            self.steps.get_mut(jump)?.target = head;
            return Some(());
        }
        if at > 0 && arity == 0 {
            let jump = self.jump(Act::JumpIf, condition)?;
            self.frames.get_mut(at)?.leaving.push(jump);
            return Some(());
        }
        // What is carried along is put into its place only where the branch is taken.
        let past = self.jump(Act::JumpUnless, condition)?;
        if at == 0 {
            self.give_back()?;
        } else {
            self.carry(arity, base)?;
            let jump = self.jump(Act::Jump, 0)?;
            self.frames.get_mut(at)?.leaving.push(jump);
        }
        self.aim(past)
    }

    /// Ends the run with the topmost values.
    fn give_back(&mut self) -> Option<()> {
        let n = usize::from(self.n_results);
        let first = match n {
            1 => self.register(self.stack.len().checked_sub(1)?)?,
            _ => {
                self.carry(n, 0)?;
                self.slot(0)?
            }
        };
        let jump = self.jump(Act::Return, first)?;
        debug_assert_eq!(jump + 1, self.steps.len());
        Some(())
    }

    /// Comes from the first arm of an `if` to the second.
    fn turn(&mut self, is_live: bool) -> Option<()> {
        let frame = self.frames.last()?;
        let Kind::If(jump) = frame.kind else { return None };
        let (arity, base) = (usize::from(frame.arity), frame.base);
        if is_live {
            self.carry(arity, base)?;
            let leaving = self.jump(Act::Jump, 0)?;
            self.frames.last_mut()?.leaving.push(leaving);
        }
        self.aim(jump)?;
        self.frames.last_mut()?.kind = Kind::Block;
        self.resume(base)
    }

    /// Goes on with code that can be reached, with the stack as it is below a block.
    fn resume(&mut self, base: usize) -> Option<()> {
        self.skipped = None;
        self.pending = 0;
        self.fresh = None;
        self.stack.truncate(base);
        (self.stack.len() == base).then_some(())
    }

    /// Closes a block, or the body.
    fn end(&mut self, is_live: bool) -> Option<()> {
        let is_body = self.frames.len() == 1;
        if is_body {
            if is_live {
                self.give_back()?;
            }
            self.frames.pop();
            return Some(());
        }
        let Frame { kind, base, arity, mut leaving } = self.frames.pop()?;
        let arity = usize::from(arity);
        if let Kind::If(jump) = kind {
            // Without a second arm, control goes on here.
            leaving.push(jump);
        }
        if leaving.is_empty() {
            // What the block leaves is on top of the stack, as it would be without the block.
            self.skipped = (!is_live).then_some(0);
            return Some(());
        }
        if is_live {
            self.carry(arity, base)?;
            self.charge()?;
        }
        self.resume(base)?;
        for jump in leaving {
            self.aim(jump)?;
        }
        self.refill(arity)
    }

    fn refill(&mut self, n: usize) -> Option<()> {
        for _ in 0..n {
            self.push(Entry::Slot)?;
        }
        Some(())
    }
}

/// How many operands an operator on numbers takes, and what it does; nothing for others.
fn operation(operator: &Operator<'_>) -> Option<(u8, Operation)> {
    macro_rules! find {
        ($($n:literal: $($name:ident)*;)*) => {
            match operator {
                $($(Operator::$name => Some(($n, Operation::$name)),)*)*
                _ => None,
            }
        };
    }
    find! {
        1: I32Eqz I64Eqz I32Clz I32Ctz I32Popcnt I64Clz I64Ctz I64Popcnt I32WrapI64 I64ExtendI32S I64ExtendI32U
            I32Extend8S I32Extend16S I64Extend8S I64Extend16S I64Extend32S;
        2: I32Eq I32Ne I32LtS I32LtU I32GtS I32GtU I32LeS I32LeU I32GeS I32GeU
            I64Eq I64Ne I64LtS I64LtU I64GtS I64GtU I64LeS I64LeU I64GeS I64GeU
            I32Add I32Sub I32Mul I32DivS I32DivU I32RemS I32RemU I32And I32Or I32Xor
            I32Shl I32ShrS I32ShrU I32Rotl I32Rotr
            I64Add I64Sub I64Mul I64DivS I64DivU I64RemS I64RemU I64And I64Or I64Xor
            I64Shl I64ShrS I64ShrU I64Rotl I64Rotr;
    }
}

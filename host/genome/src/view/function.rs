//! The typed view of one function.

use std::ops::Range;

use wasmparser::{
    BlockType, FuncToValidate, FuncType, FuncValidator, FuncValidatorAllocations, FunctionBody, HeapType,
    ModuleArity, Operator, ValType,
};

use super::plain::PlainTypes;
use super::resources::Resources;
use super::{ModuleView, NONE, ViewError};
use crate::mutate::optimize_opcode::alu::{Bin, Cmp};

/// One instruction with its place in the typed picture.
#[derive(Debug, Clone)]
pub struct Instr<'a> {
    /// The instruction itself.
    pub op: Operator<'a>,
    /// Byte offset of its first byte in the module.
    pub start: u32,
    /// How many values lie on the operand stack before it.
    pub height: u32,
    /// How many of them it takes.
    pub pops: u32,
    /// How many values it puts back.
    pub pushes: u32,
    /// The topmost value before it, or [`NONE`].
    pub top: u32,
    /// The block it lies in: index of the opening instruction, or [`NONE`] at function level. `else` and `end`
    /// lie in the block they belong to; an opening instruction lies in the block around its own.
    pub parent: u32,
    /// For an opening instruction its `end`; for `else` and `end` the opening instruction (the function's own
    /// `end` has none); else [`NONE`].
    pub partner: u32,
    /// For `if` its `else`, or [`NONE`].
    pub otherwise: u32,
    /// Whether control can come here, as far as types show. Nothing else of this record is meaningful where
    /// it cannot.
    pub reachable: bool,
}

/// One value that passes over the operand stack.
#[derive(Debug, Clone, Copy)]
pub struct Value {
    /// Its type.
    pub ty: ValType,
    /// The instruction that put it there.
    pub producer: u32,
    /// The value below it when it was put there, or [`NONE`].
    pub below: u32,
    /// The instruction that took it, or [`NONE`].
    pub consumer: u32,
}

/// What a constant is used for, as far as the instruction that takes it from the stack shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// One side of a comparison.
    Threshold,
    /// A factor, divisor or shift distance.
    Scale,
    /// The address of a load or store.
    Address,
    /// Anything else.
    Plain,
}

/// The typed view of one function.
///
/// `instrs[i]` is the function's instruction `i`, the closing `end` included; positions in genes and edits are
/// such indices.
#[derive(Debug, Clone)]
pub struct FunctionView<'a> {
    /// The module.
    pub bytes: &'a [u8],
    /// The function's index in the function index space.
    pub function: u32,
    /// Byte range of the body.
    pub range: Range<usize>,
    /// How many of the locals are parameters.
    pub params: u32,
    /// The types of the locals, parameters first.
    pub locals: Vec<ValType>,
    /// The result types.
    pub results: Vec<ValType>,
    /// The instructions.
    pub instrs: Vec<Instr<'a>>,
    /// The values, in the order in which they were put on the stack.
    pub values: Vec<Value>,
}

impl<'a> FunctionView<'a> {
    pub(super) fn build(module: &ModuleView<'a>, function: u32) -> Result<Self, ViewError> {
        let (body, type_index, ty) = Self::parts(module, function)?;
        if let Some(mut types) = PlainTypes::new(module, type_index, &body) {
            let mut view = Self::empty(module, function, &body, ty);
            view.locals.extend(types.locals());
            // Where code is not plain, or not valid, the validator has the last word.
            if view.walk(&body, &mut types).is_ok() && types.is_over() {
                return Ok(view);
            }
        }
        Self::validated(module, function)
    }

    /// The view as it is by the validator, for code of all sorts.
    fn validated(module: &ModuleView<'a>, function: u32) -> Result<Self, ViewError> {
        let (body, type_index, ty) = Self::parts(module, function)?;
        let to_validate = FuncToValidate {
            resources: Resources(module),
            index: function,
            ty: type_index,
            features: crate::features::FEATURES,
        };
        let mut validator = to_validate.into_validator(FuncValidatorAllocations::default());
        let mut locals_reader = body.get_binary_reader();
        validator.read_locals(&mut locals_reader)?;
        let mut view = Self::empty(module, function, &body, ty);
        for index in 0..validator.len_locals() {
            view.locals.extend(validator.get_local_type(index));
        }
        view.walk(&body, &mut Validated { module, validator })?;
        Ok(view)
    }

    fn parts<'m>(
        module: &'m ModuleView<'a>,
        function: u32,
    ) -> Result<(FunctionBody<'a>, u32, &'m FuncType), ViewError> {
        let body: FunctionBody<'a> = module.body(function).ok_or(ViewError::NoBody(function))?;
        let type_index = module.functions[function as usize].type_index;
        let Some(ty) = module.func_type(type_index) else {
            return Err(ViewError::Malformed {
                offset: body.range().start,
                what: "function of an unsupported type",
            });
        };
        Ok((body, type_index, ty))
    }

    fn empty(module: &ModuleView<'a>, function: u32, body: &FunctionBody<'a>, ty: &FuncType) -> Self {
        // Compilers' output comes to two bytes an instruction and what is bred to a little less; it spares most of the
        // growing.
        let expected = body.as_bytes().len() * 2 / 3 + 2;
        FunctionView {
            bytes: module.bytes,
            function,
            range: body.range(),
            params: ty.params().len() as u32,
            locals: Vec::new(),
            results: ty.results().to_vec(),
            instrs: Vec::with_capacity(expected),
            values: Vec::with_capacity(expected),
        }
    }

    /// Goes through the instructions of `body`, with `types` for what lies on the stack.
    fn walk(&mut self, body: &FunctionBody<'a>, types: &mut impl Types) -> Result<(), ViewError> {
        let view = self;
        let mut stack: Vec<u32> = Vec::with_capacity(32);
        let mut open: Vec<u32> = Vec::with_capacity(16);
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let start = reader.original_position();
            let op = reader.read()?;
            let index = view.instrs.len() as u32;
            let height = stack.len() as u32;
            let frame_live = types.is_left().is_some_and(|is_left| !is_left);
            // The validator takes every new block for live, in dead code too.
            let around = open.last().and_then(|&opener| view.instrs.get(opener as usize));
            let reachable = frame_live && around.is_none_or(|opener| opener.reachable);
            let opcode = view.bytes.get(start).copied().unwrap_or_default();
            let (pops, mut pushes) = types.take(start, opcode, &op)?;
            let mut instr = Instr {
                start: start as u32,
                height,
                pops,
                pushes,
                top: stack.last().copied().unwrap_or(NONE),
                parent: open.last().copied().unwrap_or(NONE),
                partner: NONE,
                otherwise: NONE,
                reachable,
                op,
            };
            match instr.op {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(index),
                Operator::Else => {
                    instr.partner = instr.parent;
                    if let Some(opener) = view.instrs.get_mut(instr.parent as usize) {
                        opener.otherwise = index;
                    }
                }
                Operator::End => {
                    instr.partner = instr.parent;
                    if let Some(opener) = view.instrs.get_mut(instr.parent as usize) {
                        opener.partner = index;
                    }
                    open.pop();
                }
                _ => {}
            }
            let kept = stack.len().saturating_sub(pops as usize);
            // Where control cannot come, an instruction takes values that were never put there, and none of what lies
            // around its block.
            if reachable {
                for &value in &stack[kept..] {
                    view.values[value as usize].consumer = index;
                }
            }
            let after = types.height();
            let ended = types.is_left() == Some(true) && !matches!(instr.op, Operator::Else | Operator::End);
            if ended && frame_live {
                pushes = 0;
                instr.pushes = 0;
            }
            let pushes = pushes.min(after);
            stack.truncate((after - pushes) as usize);
            // Where control cannot come, the validator may know of values that were never put there.
            while (stack.len() as u32) < after - pushes {
                view.put(&mut stack, ValType::I32, index);
            }
            for depth in (0..pushes as usize).rev() {
                let ty = types.operand(depth).unwrap_or(ValType::I32);
                view.put(&mut stack, ty, index);
            }
            view.instrs.push(instr);
        }
        reader.finish()?;
        if view.instrs.is_empty() || !open.is_empty() {
            return Err(ViewError::Malformed { offset: view.range.end, what: "body without an end" });
        }
        Ok(())
    }

    fn put(&mut self, stack: &mut Vec<u32>, ty: ValType, producer: u32) {
        let below = stack.last().copied().unwrap_or(NONE);
        stack.push(self.values.len() as u32);
        self.values.push(Value { ty, producer, below, consumer: NONE });
    }

    /// Returns how many instructions there are, the closing `end` included.
    pub fn len(&self) -> usize {
        self.instrs.len()
    }

    /// Returns whether there is no instruction; never so, since a body has its `end`.
    pub fn is_empty(&self) -> bool {
        self.instrs.is_empty()
    }

    /// Returns the operator at `at`; nothing past the end.
    pub fn op(&self, at: usize) -> Option<&Operator<'a>> {
        self.instrs.get(at).map(|instr| &instr.op)
    }

    /// Returns the byte range, in the module, of the instructions `range`.
    pub fn bytes_of(&self, range: Range<usize>) -> Range<usize> {
        self.offset(range.start)..self.offset(range.end)
    }

    /// Returns the byte offset, in the module, where instruction `at` begins; the body's end past the last.
    pub fn offset(&self, at: usize) -> usize {
        self.instrs.get(at).map_or(self.range.end, |instr| instr.start as usize)
    }

    /// Returns the byte range, in the module, of the local declarations.
    pub fn locals_bytes(&self) -> Range<usize> {
        self.range.start..self.offset(0)
    }

    /// Returns the position after the instruction at `at`, or after the whole block it opens.
    pub fn after(&self, at: usize) -> usize {
        match self.instrs.get(at) {
            Some(instr) if is_opener(&instr.op) => instr.partner as usize + 1,
            _ => at + 1,
        }
    }

    /// Returns whether a whole instruction or block begins at `at`: not an `else` or `end`.
    pub fn begins(&self, at: usize) -> bool {
        self.op(at).is_some_and(|op| !matches!(op, Operator::Else | Operator::End))
    }

    /// Returns the types of the `count` topmost values before `at`, the lowest first; fewer where there are
    /// fewer.
    pub fn operands(&self, at: usize, count: usize) -> Vec<ValType> {
        let mut types: Vec<ValType> = self.stack(at).take(count).map(|value| value.ty).collect();
        types.reverse();
        types
    }

    /// Returns whether `types`, the lowest first, are those of the topmost values before `at`.
    pub(crate) fn has_on_top(&self, at: usize, types: &[ValType]) -> bool {
        let mut stack = self.stack(at);
        types.iter().rev().all(|ty| stack.next().is_some_and(|value| value.ty == *ty))
    }

    /// Returns the values on the stack before `at`, the topmost first.
    pub fn stack(&self, at: usize) -> impl Iterator<Item = &Value> {
        let top = self.instrs.get(at).map_or(NONE, |instr| instr.top);
        std::iter::successors(self.values.get(top as usize), |value| self.values.get(value.below as usize))
    }

    /// Returns the instruction that made the operand `depth` of `at`; 0 is the topmost.
    pub fn operand(&self, at: usize, depth: usize) -> Option<usize> {
        self.stack(at).nth(depth).map(|value| value.producer as usize)
    }

    /// Returns the instruction that takes the single value made at `at`.
    pub fn consumer(&self, at: usize) -> Option<usize> {
        let next = self.instrs.get(at + 1)?;
        let value = self.values.get(next.top as usize)?;
        (value.producer as usize == at && value.consumer != NONE).then_some(value.consumer as usize)
    }

    /// Returns the block that label `depth` of an instruction lying in `parent` means: the opening instruction,
    /// or [`NONE`] for the function itself; nothing where there is no such label.
    pub fn label(&self, parent: u32, depth: u32) -> Option<u32> {
        let mut block = parent;
        for _ in 0..depth {
            block = self.instrs.get(block as usize)?.parent;
        }
        Some(block)
    }

    /// Returns the block type of the opening instruction `block`.
    pub fn block_type(&self, block: u32) -> Option<BlockType> {
        match self.instrs.get(block as usize)?.op {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                Some(blockty)
            }
            _ => None,
        }
    }

    /// Returns the types a branch to `block` takes along; [`NONE`] is the function itself.
    pub fn label_types<'m>(&'m self, module: &'m ModuleView<'_>, block: u32) -> &'m [ValType] {
        let Some(instr) = self.instrs.get(block as usize) else {
            return &self.results;
        };
        match instr.op {
            Operator::Loop { blockty } => module.block_types(blockty).0,
            Operator::Block { blockty } | Operator::If { blockty } => module.block_types(blockty).1,
            _ => &[],
        }
    }

    /// Returns the height of the operand stack that `block` cannot reach below; 0 for the function itself.
    pub fn base(&self, block: u32) -> u32 {
        let Some(opener) = self.instrs.get(block as usize) else { return 0 };
        // A block takes its parameters (and `if` its condition) and has the parameters again above its base.
        opener.height.saturating_sub(opener.pops)
    }

    /// Returns how deeply an instruction lying in `parent` is nested: the number of open blocks.
    pub fn depth(&self, parent: u32) -> u32 {
        let mut depth = 0;
        let mut block = parent;
        while let Some(instr) = self.instrs.get(block as usize) {
            depth += 1;
            block = instr.parent;
        }
        depth
    }

    /// Returns what the constant at `at` is used for, or nothing when no constant is there.
    pub fn role(&self, at: usize) -> Option<Role> {
        if !is_constant(self.op(at)?) {
            return None;
        }
        let Some(user) = self.consumer(at) else {
            return Some(Role::Plain);
        };
        let op = self.op(user)?;
        let topmost = self.operand(user, 0) == Some(at);
        Some(match classify(op) {
            // For a store the address is the lower of the two.
            Use::Load => Role::Address,
            Use::Store => {
                if topmost {
                    Role::Plain
                } else {
                    Role::Address
                }
            }
            Use::Compare => Role::Threshold,
            Use::Scale => Role::Scale,
            Use::Shift => {
                if topmost {
                    Role::Scale
                } else {
                    Role::Plain
                }
            }
            Use::Other => Role::Plain,
        })
    }
}

/// Whoever knows the types of what lies on the stack, and with that checks the code.
trait Types {
    /// Takes the instruction `op`, whose first byte `opcode` lies at `offset`, and returns how many operands it takes and
    /// how many results it leaves.
    fn take(&mut self, offset: usize, opcode: u8, op: &Operator<'_>) -> Result<(u32, u32), ViewError>;

    /// Whether control has left the innermost open block; nothing where none is open.
    fn is_left(&self) -> Option<bool>;

    /// How many values lie on the stack.
    fn height(&self) -> u32;

    /// The type of the value `depth` below the top, where it is known.
    fn operand(&self, depth: usize) -> Option<ValType>;
}

impl Types for PlainTypes<'_, '_> {
    fn take(&mut self, offset: usize, opcode: u8, op: &Operator<'_>) -> Result<(u32, u32), ViewError> {
        PlainTypes::take(self, opcode, op)
            .ok_or(ViewError::Malformed { offset, what: "instruction is not plain" })
    }

    fn is_left(&self) -> Option<bool> {
        PlainTypes::is_left(self)
    }

    fn height(&self) -> u32 {
        PlainTypes::height(self)
    }

    fn operand(&self, depth: usize) -> Option<ValType> {
        PlainTypes::operand(self, depth)
    }
}

/// The validator as the one who knows.
struct Validated<'m, 'a> {
    module: &'m ModuleView<'a>,
    validator: FuncValidator<Resources<'m, 'a>>,
}

impl Types for Validated<'_, '_> {
    fn take(&mut self, offset: usize, opcode: u8, op: &Operator<'_>) -> Result<(u32, u32), ViewError> {
        let arity = arity(opcode, op, &self.validator).ok_or(ViewError::Malformed {
            offset,
            what: "instruction refers to something that does not exist",
        })?;
        match *op {
            // With typed function references off, both put a plain `funcref` there as far as any other
            // instruction can tell.
            Operator::RefFunc { function_index } => {
                if function_index as usize >= self.module.functions.len() {
                    return Err(ViewError::Malformed { offset, what: "unknown function" });
                }
                self.validator.op(offset, &Operator::RefNull { hty: HeapType::FUNC })?;
            }
            _ => self.validator.op(offset, op)?,
        }
        Ok(arity)
    }

    fn is_left(&self) -> Option<bool> {
        self.validator.get_control_frame(0).map(|frame| frame.unreachable)
    }

    fn height(&self) -> u32 {
        self.validator.operand_stack_height()
    }

    fn operand(&self, depth: usize) -> Option<ValType> {
        self.validator.get_operand_type(depth).flatten()
    }
}

enum Use {
    Load,
    Store,
    Compare,
    Scale,
    Shift,
    Other,
}

fn classify(op: &Operator<'_>) -> Use {
    use Operator as O;
    if Cmp::of(op).is_some() {
        return Use::Compare;
    }
    if let Some((_, operation)) = Bin::of(op) {
        return match operation {
            Bin::Mul | Bin::DivS | Bin::DivU | Bin::RemS | Bin::RemU => Use::Scale,
            Bin::Shl | Bin::ShrS | Bin::ShrU | Bin::Rotl | Bin::Rotr => Use::Shift,
            Bin::Add | Bin::Sub | Bin::And | Bin::Or | Bin::Xor => Use::Other,
        };
    }
    match op {
        O::F32Eq
        | O::F32Ne
        | O::F32Lt
        | O::F32Gt
        | O::F32Le
        | O::F32Ge
        | O::F64Eq
        | O::F64Ne
        | O::F64Lt
        | O::F64Gt
        | O::F64Le
        | O::F64Ge
        | O::F32Min
        | O::F32Max
        | O::F64Min
        | O::F64Max => Use::Compare,
        O::F32Mul | O::F32Div | O::F64Mul | O::F64Div => Use::Scale,
        O::I32Load { .. }
        | O::I64Load { .. }
        | O::F32Load { .. }
        | O::F64Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. }
        | O::V128Load { .. } => Use::Load,
        O::I32Store { .. }
        | O::I64Store { .. }
        | O::F32Store { .. }
        | O::F64Store { .. }
        | O::I32Store8 { .. }
        | O::I32Store16 { .. }
        | O::I64Store8 { .. }
        | O::I64Store16 { .. }
        | O::I64Store32 { .. }
        | O::V128Store { .. } => Use::Store,
        _ => Use::Other,
    }
}

/// Returns whether `op` opens a block.
pub(crate) fn is_opener(op: &Operator<'_>) -> bool {
    matches!(op, Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. })
}

/// Returns whether `op` is a numeric constant.
pub(crate) fn is_constant(op: &Operator<'_>) -> bool {
    matches!(
        op,
        Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. }
    )
}

/// Returns whether flux knows the type: a number, a vector, or a nullable plain reference.
pub(crate) fn is_plain(ty: ValType) -> bool {
    match ty {
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::V128 => true,
        ValType::Ref(_) => ty == ValType::FUNCREF || ty == ValType::EXTERNREF,
    }
}

/// Operands and results by opcode byte, for the operators whose numbers of them never change; [`VARIES`] for others.
const ARITIES: [(u8, u8); 256] = {
    let mut table = [VARIES; 256];
    let mut set = 0;
    // Pairs of opcode ranges (both ends included) and arities.
    let known: [(u8, u8, (u8, u8)); 26] = [
        (0x01, 0x01, (0, 0)), // nop
        (0x1a, 0x1a, (1, 0)), // drop
        (0x1b, 0x1b, (3, 1)), // select
        (0x20, 0x20, (0, 1)), // local.get
        (0x21, 0x21, (1, 0)), // local.set
        (0x22, 0x22, (1, 1)), // local.tee
        (0x23, 0x23, (0, 1)), // global.get
        (0x24, 0x24, (1, 0)), // global.set
        (0x28, 0x35, (1, 1)), // loads
        (0x36, 0x3e, (2, 0)), // stores
        (0x3f, 0x3f, (0, 1)), // memory.size
        (0x40, 0x40, (1, 1)), // memory.grow
        (0x41, 0x44, (0, 1)), // constants
        (0x45, 0x45, (1, 1)), // i32.eqz
        (0x46, 0x4f, (2, 1)), // comparisons
        (0x50, 0x50, (1, 1)), // i64.eqz
        (0x51, 0x66, (2, 1)), // comparisons
        (0x67, 0x69, (1, 1)), // i32 bit counts
        (0x6a, 0x78, (2, 1)), // i32 arithmetic
        (0x79, 0x7b, (1, 1)), // i64 bit counts
        (0x7c, 0x8a, (2, 1)), // i64 arithmetic
        (0x8b, 0x91, (1, 1)), // f32 functions
        (0x92, 0x98, (2, 1)), // f32 arithmetic
        (0x99, 0x9f, (1, 1)), // f64 functions
        (0xa0, 0xa6, (2, 1)), // f64 arithmetic
        (0xa7, 0xc4, (1, 1)), // conversions and sign extensions
    ];
    while set < known.len() {
        let (first, last, arity) = known[set];
        let mut opcode = first as usize;
        while opcode <= last as usize {
            table[opcode] = arity;
            opcode += 1;
        }
        set += 1;
    }
    table
};

/// The arity of an operator whose numbers depend on more than its opcode byte.
const VARIES: (u8, u8) = (u8::MAX, u8::MAX);

/// Returns how many operands `op`, with the first byte `opcode`, takes and how many results it leaves.
fn arity(opcode: u8, op: &Operator<'_>, module: &impl ModuleArity) -> Option<(u32, u32)> {
    match ARITIES[usize::from(opcode)] {
        // The general answer clones the operator, which is too slow to ask every time.
        VARIES => op.operator_arity(module),
        (pops, pushes) => Some((u32::from(pops), u32::from(pushes))),
    }
}

#[cfg(test)]
mod tests;

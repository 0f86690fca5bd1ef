//! Types of plain code: what children mostly are, checked without the parser's validator.
//!
//! Plain code has numbers only, blocks without parameters, no jump tables, no indirect calls, and nothing between an
//! instruction that control does not come past and the end of its block. Each of its stacks is known exactly, so that
//! checking it is a look into a table for each instruction.
//!
//! The check says yes or nothing: whatever it does not say yes to is looked at by the validator, which alone refuses.
//! Debug builds hold every child that came about by a yes against the validator.

use wasmparser::{BlockType, FunctionBody, MemArg, Operator, ValType};

use super::ModuleView;

/// The most locals, parameters included, and the most values on the stack, that plain code has.
const MAX_VALUES: usize = 128;

/// The most blocks within each other, the function included, that plain code has.
const MAX_FRAMES: usize = 32;

/// A number type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    I32,
    I64,
    F32,
    F64,
}

use Number::{F32, F64, I32, I64};

impl Number {
    fn of(ty: ValType) -> Option<Self> {
        match ty {
            ValType::I32 => Some(I32),
            ValType::I64 => Some(I64),
            ValType::F32 => Some(F32),
            ValType::F64 => Some(F64),
            ValType::V128 | ValType::Ref(_) => None,
        }
    }

    fn ty(self) -> ValType {
        match self {
            I32 => ValType::I32,
            I64 => ValType::I64,
            F32 => ValType::F32,
            F64 => ValType::F64,
        }
    }
}

/// What an operator takes, the lower operand first, and what it leaves.
#[derive(Debug, Clone, Copy)]
struct Signature {
    lower: Option<Number>,
    upper: Option<Number>,
    result: Option<Number>,
}

/// The signatures of the operators whose types follow from the opcode byte alone.
const SIGNATURES: [Option<Signature>; 256] = {
    let mut table = [None; 256];
    const fn unary(operand: Number, result: Number) -> Signature {
        Signature { lower: None, upper: Some(operand), result: Some(result) }
    }
    const fn binary(operands: Number, result: Number) -> Signature {
        Signature { lower: Some(operands), upper: Some(operands), result: Some(result) }
    }
    const fn store(value: Number) -> Signature {
        Signature { lower: Some(I32), upper: Some(value), result: None }
    }
    const fn leaves(result: Number) -> Signature {
        Signature { lower: None, upper: None, result: Some(result) }
    }
    // Ranges of opcodes, both ends included.
    let known: [(u8, u8, Signature); 51] = [
        (0x28, 0x28, unary(I32, I32)),                                      // i32.load
        (0x29, 0x29, unary(I32, I64)),                                      // i64.load
        (0x2a, 0x2a, unary(I32, F32)),                                      // f32.load
        (0x2b, 0x2b, unary(I32, F64)),                                      // f64.load
        (0x2c, 0x2f, unary(I32, I32)),                                      // narrow loads
        (0x30, 0x35, unary(I32, I64)),                                      // narrow loads
        (0x36, 0x36, store(I32)),                                           // i32.store
        (0x37, 0x37, store(I64)),                                           // i64.store
        (0x38, 0x38, store(F32)),                                           // f32.store
        (0x39, 0x39, store(F64)),                                           // f64.store
        (0x3a, 0x3b, store(I32)),                                           // narrow stores
        (0x3c, 0x3e, store(I64)),                                           // narrow stores
        (0x3f, 0x3f, leaves(I32)),                                          // memory.size
        (0x40, 0x40, unary(I32, I32)),                                      // memory.grow
        (0x41, 0x41, leaves(I32)),                                          // i32.const
        (0x42, 0x42, leaves(I64)),                                          // i64.const
        (0x43, 0x43, leaves(F32)),                                          // f32.const
        (0x44, 0x44, leaves(F64)),                                          // f64.const
        (0x45, 0x45, unary(I32, I32)),                                      // i32.eqz
        (0x46, 0x4f, binary(I32, I32)),                                     // comparisons
        (0x50, 0x50, unary(I64, I32)),                                      // i64.eqz
        (0x51, 0x5a, binary(I64, I32)),                                     // comparisons
        (0x5b, 0x60, binary(F32, I32)),                                     // comparisons
        (0x61, 0x66, binary(F64, I32)),                                     // comparisons
        (0x67, 0x69, unary(I32, I32)),                                      // bit counts
        (0x6a, 0x78, binary(I32, I32)),                                     // arithmetic
        (0x79, 0x7b, unary(I64, I64)),                                      // bit counts
        (0x7c, 0x8a, binary(I64, I64)),                                     // arithmetic
        (0x8b, 0x91, unary(F32, F32)),                                      // functions
        (0x92, 0x98, binary(F32, F32)),                                     // arithmetic
        (0x99, 0x9f, unary(F64, F64)),                                      // functions
        (0xa0, 0xa6, binary(F64, F64)),                                     // arithmetic
        (0xa7, 0xa7, unary(I64, I32)),                                      // i32.wrap_i64
        (0xa8, 0xa9, unary(F32, I32)),                                      // i32.trunc_f32
        (0xaa, 0xab, unary(F64, I32)),                                      // i32.trunc_f64
        (0xac, 0xad, unary(I32, I64)),                                      // i64.extend_i32
        (0xae, 0xaf, unary(F32, I64)),                                      // i64.trunc_f32
        (0xb0, 0xb1, unary(F64, I64)),                                      // i64.trunc_f64
        (0xb2, 0xb3, unary(I32, F32)),                                      // f32.convert_i32
        (0xb4, 0xb5, unary(I64, F32)),                                      // f32.convert_i64
        (0xb6, 0xb6, unary(F64, F32)),                                      // f32.demote_f64
        (0xb7, 0xb8, unary(I32, F64)),                                      // f64.convert_i32
        (0xb9, 0xba, unary(I64, F64)),                                      // f64.convert_i64
        (0xbb, 0xbb, unary(F32, F64)),                                      // f64.promote_f32
        (0xbc, 0xbc, unary(F32, I32)),                                      // i32.reinterpret_f32
        (0xbd, 0xbd, unary(F64, I64)),                                      // i64.reinterpret_f64
        (0xbe, 0xbe, unary(I32, F32)),                                      // f32.reinterpret_i32
        (0xbf, 0xbf, unary(I64, F64)),                                      // f64.reinterpret_i64
        (0xc0, 0xc1, unary(I32, I32)),                                      // i32.extend_s
        (0xc2, 0xc4, unary(I64, I64)),                                      // i64.extend_s
        (0x01, 0x01, Signature { lower: None, upper: None, result: None }), // nop
    ];
    let mut at = 0;
    while at < known.len() {
        let (first, last, signature) = known[at];
        let mut opcode = first as usize;
        while opcode <= last as usize {
            table[opcode] = Some(signature);
            opcode += 1;
        }
        at += 1;
    }
    table
};

/// What a branch to a block takes along, and what the block leaves.
#[derive(Debug, Clone, Copy)]
enum Results {
    None,
    One(Number),
    /// Those of the function.
    Function,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Block,
    Loop,
    If,
}

/// An open block.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// The height of the stack that it cannot reach below.
    base: u16,
    kind: Kind,
    results: Results,
    /// Whether control has left it.
    is_left: bool,
}

/// The stacks of plain code, instruction by instruction.
pub(crate) struct PlainTypes<'m, 'a> {
    module: &'m ModuleView<'a>,
    results: &'m [ValType],
    locals: [Number; MAX_VALUES],
    n_locals: usize,
    stack: [Number; MAX_VALUES],
    height: usize,
    frames: [Frame; MAX_FRAMES],
    n_frames: usize,
}

impl<'m, 'a> PlainTypes<'m, 'a> {
    /// Begins with `body`, that of a function of type `type_index` of `module`; nothing where it is not plain.
    pub(crate) fn new(module: &'m ModuleView<'a>, type_index: u32, body: &FunctionBody<'_>) -> Option<Self> {
        let ty = module.func_type(type_index)?;
        let whole = Frame { base: 0, kind: Kind::Block, results: Results::Function, is_left: false };
        let mut types = Self {
            module,
            results: ty.results(),
            locals: [I32; MAX_VALUES],
            n_locals: 0,
            stack: [I32; MAX_VALUES],
            height: 0,
            frames: [whole; MAX_FRAMES],
            n_frames: 1,
        };
        types.results.iter().all(|ty| Number::of(*ty).is_some()).then_some(())?;
        for ty in ty.params() {
            types.declare(1, *ty)?;
        }
        let mut reader = body.get_binary_reader();
        for _ in 0..reader.read_var_u32().ok()? {
            let count = reader.read_var_u32().ok()?;
            types.declare(count as usize, reader.read().ok()?)?;
        }
        Some(types)
    }

    fn declare(&mut self, count: usize, ty: ValType) -> Option<()> {
        let end = self.n_locals.checked_add(count)?;
        self.locals.get_mut(self.n_locals..end)?.fill(Number::of(ty)?);
        self.n_locals = end;
        Some(())
    }

    /// The types of the locals, parameters first.
    pub(crate) fn locals(&self) -> impl ExactSizeIterator<Item = ValType> {
        self.locals[..self.n_locals].iter().map(|number| number.ty())
    }

    /// How many values lie on the stack.
    pub(crate) fn height(&self) -> u32 {
        self.height as u32
    }

    /// How many blocks are open, the function included.
    pub(crate) fn n_open(&self) -> u32 {
        self.n_frames as u32
    }

    /// The type of the value `depth` below the top of the stack.
    pub(crate) fn operand(&self, depth: usize) -> Option<ValType> {
        let at = self.height.checked_sub(depth + 1)?;
        self.stack.get(at).map(|number| number.ty())
    }

    /// Whether control has left the innermost open block, and whether there is one.
    pub(crate) fn is_left(&self) -> Option<bool> {
        self.n_frames.checked_sub(1).and_then(|at| self.frames.get(at)).map(|frame| frame.is_left)
    }

    /// Takes `op`, whose first byte is `opcode`, and returns how many operands it takes and how many results it leaves;
    /// nothing where that is not plain.
    pub(crate) fn take(&mut self, opcode: u8, op: &Operator<'_>) -> Option<(u32, u32)> {
        let frame = *self.frame(0)?;
        if frame.is_left && !matches!(op, Operator::Else | Operator::End) {
            return None;
        }
        if let Some(signature) = SIGNATURES[usize::from(opcode)] {
            if (0x28..=0x40).contains(&opcode) {
                self.check_memory(op)?;
            }
            let mut pops = 0;
            for ty in [signature.upper, signature.lower].into_iter().flatten() {
                self.pop(&frame, ty)?;
                pops += 1;
            }
            let Some(result) = signature.result else { return Some((pops, 0)) };
            self.push(result)?;
            return Some((pops, 1));
        }
        match *op {
            Operator::LocalGet { local_index } => {
                let ty = self.local(local_index)?;
                self.push(ty)?;
                Some((0, 1))
            }
            Operator::LocalSet { local_index } => {
                let ty = self.local(local_index)?;
                self.pop(&frame, ty)?;
                Some((1, 0))
            }
            Operator::LocalTee { local_index } => {
                let ty = self.local(local_index)?;
                self.pop(&frame, ty)?;
                self.push(ty)?;
                Some((1, 1))
            }
            Operator::GlobalGet { global_index } => {
                let ty = self.module.globals.get(global_index as usize)?.ty;
                self.push(Number::of(ty.content_type).filter(|_| !ty.shared)?)?;
                Some((0, 1))
            }
            Operator::GlobalSet { global_index } => {
                let ty = self.module.globals.get(global_index as usize)?.ty;
                self.pop(&frame, Number::of(ty.content_type).filter(|_| ty.mutable && !ty.shared)?)?;
                Some((1, 0))
            }
            Operator::Drop => {
                self.pop_any(&frame)?;
                Some((1, 0))
            }
            Operator::Select => {
                self.pop(&frame, I32)?;
                let ty = self.pop_any(&frame)?;
                self.pop(&frame, ty)?;
                self.push(ty)?;
                Some((3, 1))
            }
            Operator::Block { blockty } => {
                self.open(Kind::Block, blockty)?;
                Some((0, 0))
            }
            Operator::Loop { blockty } => {
                self.open(Kind::Loop, blockty)?;
                Some((0, 0))
            }
            Operator::If { blockty } => {
                self.pop(&frame, I32)?;
                self.open(Kind::If, blockty)?;
                Some((1, 0))
            }
            Operator::Else if frame.kind == Kind::If => {
                let n_results = self.leave(&frame)?;
                self.height = usize::from(frame.base);
                // An `if` whose other branch was there already leaves what both do.
                *self.frame_mut()? = Frame { kind: Kind::Block, is_left: false, ..frame };
                Some((n_results, 0))
            }
            Operator::End => {
                let n_results = self.leave(&frame)?;
                if frame.kind == Kind::If && n_results > 0 {
                    return None;
                }
                self.height = usize::from(frame.base);
                self.n_frames -= 1;
                self.push_results(frame.results)?;
                Some((n_results, n_results))
            }
            Operator::Br { relative_depth } => {
                let n_taken = self.pop_label(&frame, relative_depth)?;
                self.go(&frame)?;
                Some((n_taken, 0))
            }
            Operator::BrIf { relative_depth } => {
                self.pop(&frame, I32)?;
                let height = self.height;
                let n_taken = self.pop_label(&frame, relative_depth)?;
                // What a branch that is not taken would have taken along is still there, and of the same types.
                self.height = height;
                Some((n_taken + 1, n_taken))
            }
            Operator::Return => {
                let n_results = self.pop_results(&frame, Results::Function)?;
                self.go(&frame)?;
                Some((n_results, 0))
            }
            Operator::Unreachable => {
                self.go(&frame)?;
                Some((0, 0))
            }
            Operator::Call { function_index } => {
                let ty = self.module.type_of(function_index)?;
                for ty in ty.params().iter().rev() {
                    self.pop(&frame, Number::of(*ty)?)?;
                }
                for ty in ty.results() {
                    self.push(Number::of(*ty)?)?;
                }
                Some((ty.params().len() as u32, ty.results().len() as u32))
            }
            _ => None,
        }
    }

    /// Whether the body ends here as it has to.
    pub(crate) fn is_over(&self) -> bool {
        self.n_frames == 0
    }

    fn frame(&self, depth: u32) -> Option<&Frame> {
        self.frames.get(self.n_frames.checked_sub(1 + depth as usize)?)
    }

    fn frame_mut(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.n_frames.checked_sub(1)?)
    }

    fn local(&self, index: u32) -> Option<Number> {
        self.locals[..self.n_locals].get(index as usize).copied()
    }

    fn push(&mut self, ty: Number) -> Option<()> {
        *self.stack.get_mut(self.height)? = ty;
        self.height += 1;
        Some(())
    }

    fn pop_any(&mut self, frame: &Frame) -> Option<Number> {
        if self.height <= usize::from(frame.base) {
            return None;
        }
        self.height -= 1;
        self.stack.get(self.height).copied()
    }

    fn pop(&mut self, frame: &Frame, ty: Number) -> Option<()> {
        (self.pop_any(frame)? == ty).then_some(())
    }

    fn pop_results(&mut self, frame: &Frame, results: Results) -> Option<u32> {
        match results {
            Results::None => Some(0),
            Results::One(ty) => self.pop(frame, ty).map(|()| 1),
            Results::Function => {
                let results = self.results;
                for ty in results.iter().rev() {
                    self.pop(frame, Number::of(*ty)?)?;
                }
                Some(results.len() as u32)
            }
        }
    }

    fn push_results(&mut self, results: Results) -> Option<()> {
        match results {
            Results::None => Some(()),
            Results::One(ty) => self.push(ty),
            Results::Function => {
                let results = self.results;
                results.iter().try_for_each(|ty| self.push(Number::of(*ty)?))
            }
        }
    }

    /// Takes what a branch to the label `depth` takes along.
    fn pop_label(&mut self, frame: &Frame, depth: u32) -> Option<u32> {
        let target = self.frame(depth)?;
        let results = if target.kind == Kind::Loop { Results::None } else { target.results };
        self.pop_results(frame, results)
    }

    /// Control leaves `frame`, the innermost one, for good.
    fn go(&mut self, frame: &Frame) -> Option<()> {
        self.height = usize::from(frame.base);
        self.frame_mut()?.is_left = true;
        Some(())
    }

    /// Checks what lies on the stack where the code of `frame` ends, and returns how many results it has.
    fn leave(&mut self, frame: &Frame) -> Option<u32> {
        if frame.is_left {
            return Some(match frame.results {
                Results::None => 0,
                Results::One(_) => 1,
                Results::Function => self.results.len() as u32,
            });
        }
        let n_results = self.pop_results(frame, frame.results)?;
        (self.height == usize::from(frame.base)).then_some(n_results)
    }

    fn open(&mut self, kind: Kind, ty: BlockType) -> Option<()> {
        let results = match ty {
            BlockType::Empty => Results::None,
            BlockType::Type(ty) => Results::One(Number::of(ty)?),
            BlockType::FuncType(_) => return None,
        };
        let frame = Frame { base: u16::try_from(self.height).ok()?, kind, results, is_left: false };
        *self.frames.get_mut(self.n_frames)? = frame;
        self.n_frames += 1;
        Some(())
    }

    /// Whether an operator on a memory names one that there is, and no alignment beyond the natural one.
    fn check_memory(&self, op: &Operator<'_>) -> Option<()> {
        let memory = match *op {
            Operator::MemorySize { mem } | Operator::MemoryGrow { mem } => mem,
            _ => match access(op) {
                Some(access) if access.align <= access.max_align && u32::try_from(access.offset).is_ok() => {
                    access.memory
                }
                _ => return None,
            },
        };
        let memory = self.module.memories.get(memory as usize)?;
        (!memory.memory64 && !memory.shared).then_some(())
    }
}

/// What a load or store says about the memory.
fn access(op: &Operator<'_>) -> Option<MemArg> {
    use Operator as O;
    match *op {
        O::I32Load { memarg }
        | O::I64Load { memarg }
        | O::F32Load { memarg }
        | O::F64Load { memarg }
        | O::I32Load8S { memarg }
        | O::I32Load8U { memarg }
        | O::I32Load16S { memarg }
        | O::I32Load16U { memarg }
        | O::I64Load8S { memarg }
        | O::I64Load8U { memarg }
        | O::I64Load16S { memarg }
        | O::I64Load16U { memarg }
        | O::I64Load32S { memarg }
        | O::I64Load32U { memarg }
        | O::I32Store { memarg }
        | O::I64Store { memarg }
        | O::F32Store { memarg }
        | O::F64Store { memarg }
        | O::I32Store8 { memarg }
        | O::I32Store16 { memarg }
        | O::I64Store8 { memarg }
        | O::I64Store16 { memarg }
        | O::I64Store32 { memarg } => Some(memarg),
        _ => None,
    }
}

//! Exponentials and sines, which WebAssembly does not have: functions of the library that the interpreter uses too,
//! compiled once (`mathematics/README.md` says how). A program gets copies of those that it calls.
//!
//! Their constants and their stack lie at the beginning of the memory, at addresses that stand in their code.

use std::collections::BTreeMap;

use flux_vm::instruction::Instruction;
use flux_vm::isa::Opcode;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, ConstExpr, FunctionSection, TypeSection};
use wasmparser::{
    BinaryReaderError, DataKind, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload,
};

/// The module that the functions are taken from.
pub(super) const MODULE: &[u8] = include_bytes!("../../mathematics/mathematics.wasm");

/// A function that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Function {
    /// e to the power of a number.
    Exp,
    /// A number to the power of another one.
    Pow,
    /// The sine of radians.
    Sin,
    /// The radians of a sine.
    Asin,
}

impl Function {
    /// Returns the name that the module exports it by.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Pow => "pow",
            Self::Sin => "sin",
            Self::Asin => "asin",
        }
    }

    /// Returns what an instruction calls.
    const fn of(opcode: Opcode) -> &'static [Self] {
        match opcode {
            Opcode::PhyAbsorb | Opcode::PhyThermo | Opcode::PhySeabed => &[Self::Exp],
            Opcode::PhyScatter => &[Self::Pow],
            Opcode::PhyRefrac => &[Self::Sin, Self::Asin],
            _ => &[],
        }
    }
}

/// The functions that a program calls, with all that these call.
#[derive(Default)]
pub(super) struct Mathematics {
    library: Library,
    /// Functions of the library, ascending.
    copied: Vec<u32>,
}

/// What the module holds.
#[derive(Default)]
struct Library {
    types: Vec<FuncType>,
    /// The number of its type, the body, and what it calls.
    functions: Vec<(u32, FunctionBody<'static>, Vec<u32>)>,
    exports: BTreeMap<&'static str, u32>,
    /// Where the stack begins, downwards.
    stack: i32,
    /// The constants, and where they lie.
    data: (u32, &'static [u8]),
}

/// The module is not what the compiler expects of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl From<BinaryReaderError> for Unreadable {
    fn from(_: BinaryReaderError) -> Self {
        Self
    }
}

impl From<reencode::Error<Self>> for Unreadable {
    fn from(_: reencode::Error<Self>) -> Self {
        Self
    }
}

impl Mathematics {
    /// Returns what a program needs, which is nothing for most of them.
    pub(super) fn of(instructions: &[(u32, Instruction<'_>)]) -> Result<Self, Unreadable> {
        let mut called: Vec<Function> = instructions
            .iter()
            .flat_map(|(_, instruction)| Function::of(instruction.opcode))
            .copied()
            .collect();
        called.sort_unstable();
        called.dedup();
        if called.is_empty() {
            return Ok(Self::default());
        }
        let library = Library::read()?;
        let mut waiting = Vec::new();
        for function in called {
            waiting.push(*library.exports.get(function.name()).ok_or(Unreadable)?);
        }
        let mut copied = Vec::new();
        while let Some(function) = waiting.pop() {
            if !copied.contains(&function) {
                let (.., calls) = library.functions.get(function as usize).ok_or(Unreadable)?;
                copied.push(function);
                waiting.extend(calls);
            }
        }
        copied.sort_unstable();
        Ok(Self { library, copied })
    }

    /// Returns how many functions there are.
    pub(super) fn len(&self) -> u32 {
        self.copied.len() as u32
    }

    /// Says whether nothing is needed.
    pub(super) fn is_empty(&self) -> bool {
        self.copied.is_empty()
    }

    /// Returns the bytes at the beginning of the memory that are theirs.
    pub(super) fn bytes(&self) -> u64 {
        let (at, data) = self.library.data;
        u64::from(at) + data.len() as u64
    }

    /// Returns the place of a function among those that are copied.
    pub(super) fn position(&self, function: Function) -> Option<u32> {
        self.copied_position(*self.library.exports.get(function.name())?)
    }

    fn copied_position(&self, function: u32) -> Option<u32> {
        self.copied.iter().position(|copied| *copied == function).map(|at| at as u32)
    }

    /// Returns where the stack begins.
    pub(super) fn stack(&self) -> ConstExpr {
        ConstExpr::i32_const(self.library.stack)
    }

    /// Returns the constants, and where they lie.
    pub(super) fn data(&self) -> (ConstExpr, &'static [u8]) {
        let (at, data) = self.library.data;
        (ConstExpr::i32_const(at.cast_signed()), data)
    }

    /// Appends the functions; the first one gets the number `first`. The global `stack` holds the stack's end.
    pub(super) fn append(
        &self,
        (first, stack): (u32, u32),
        types: &mut TypeSection,
        functions: &mut FunctionSection,
        code: &mut CodeSection,
    ) -> Result<(), Unreadable> {
        let mut copier = Copier { mathematics: self, first, first_type: types.len(), stack };
        for ty in &self.library.types {
            types.ty().func_type(&copier.func_type(ty.clone())?);
        }
        for &function in &self.copied {
            let (ty, body, _) = self.library.functions.get(function as usize).ok_or(Unreadable)?;
            functions.function(copier.type_index(*ty)?);
            copier.parse_function_body(code, body.clone())?;
        }
        Ok(())
    }

    /// Returns the names of the functions, for people, by ascending places; those that only others call have none.
    pub(super) fn names(&self) -> impl Iterator<Item = (u32, &'static str)> {
        self.copied.iter().zip(0..).filter_map(|(function, at)| {
            let mut exports = self.library.exports.iter();
            exports.find(|(_, exported)| *exported == function).map(|(name, _)| (at, *name))
        })
    }
}

impl Library {
    fn read() -> Result<Self, Unreadable> {
        let mut library = Self::default();
        let mut types = Vec::new();
        for payload in Parser::new(0).parse_all(MODULE) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        library.types.push(ty?);
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        types.push(ty?);
                    }
                }
                Payload::GlobalSection(section) => {
                    // The first one is the stack pointer; the others say where things end.
                    let global = section.into_iter().next().ok_or(Unreadable)??;
                    library.stack = number(&global.init_expr)?;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            library.exports.insert(export.name, export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let ty = *types.get(library.functions.len()).ok_or(Unreadable)?;
                    let mut calls = Vec::new();
                    for operator in body.get_operators_reader()? {
                        if let Operator::Call { function_index } = operator? {
                            calls.push(function_index);
                        }
                    }
                    library.functions.push((ty, body, calls));
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        let DataKind::Active { offset_expr, .. } = &data.kind else {
                            return Err(Unreadable);
                        };
                        if !library.data.1.is_empty() {
                            return Err(Unreadable);
                        }
                        library.data = (number(offset_expr)?.cast_unsigned(), data.data);
                    }
                }
                Payload::ImportSection(_) => return Err(Unreadable),
                _ => {}
            }
        }
        Ok(library)
    }
}

/// The number that an expression is.
fn number(expression: &wasmparser::ConstExpr<'_>) -> Result<i32, Unreadable> {
    match expression.get_operators_reader().into_iter().next() {
        Some(Ok(Operator::I32Const { value })) => Ok(value),
        _ => Err(Unreadable),
    }
}

/// Gives functions, types and the stack pointer the numbers that they have in the program.
struct Copier<'a> {
    mathematics: &'a Mathematics,
    first: u32,
    first_type: u32,
    stack: u32,
}

impl Reencode for Copier<'_> {
    type Error = Unreadable;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Unreadable>> {
        let position = self.mathematics.copied_position(function);
        position.map(|at| self.first + at).ok_or(reencode::Error::UserError(Unreadable))
    }

    fn type_index(&mut self, ty: u32) -> Result<u32, reencode::Error<Unreadable>> {
        Ok(self.first_type + ty)
    }

    fn global_index(&mut self, _: u32) -> Result<u32, reencode::Error<Unreadable>> {
        // Code knows the stack pointer only.
        Ok(self.stack)
    }
}

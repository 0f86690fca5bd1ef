//! The module around the function: types, imports, memory, exports, genes and names.

use flux_genome::Bounds;
use flux_genome::gene::{self, Gene, GeneMap, Place};
use flux_vm::isa::Opcode;
use flux_vm::{Limits, Program, Verified};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, NameMap,
    NameSection, TypeSection, ValType,
};

use super::blocks::Blocks;
use super::code::{Code, Mark};
use super::emit;
use super::functions::{Source, Written};
use super::graph::Shape;
use super::imports::{self, Import};
use super::layout::{Layout, Needs, PAGE_BYTES, TooLarge};
use super::mathematics::{Mathematics, Unreadable};
use super::split::{self, Size};
use super::{CompileError, Compiled, Observe, Options, Start};

/// The longest function that a program becomes, in bytes; a longer program becomes several.
const BODY_BYTES: u64 = Bounds::DEFAULT.body_bytes;

/// The number of the stack pointer of mathematics; 0 is `__heap_base`.
const STACK_GLOBAL: u32 = 1;

/// The functions of the module beside the program's: imports come first, then the program, then what it calls.
pub(super) struct Callees {
    /// Imported functions, in the order of their numbers.
    pub imports: Vec<Import>,
    /// How many parts of the program are functions of their own.
    pub n_parts: u32,
    /// The number of the first global that parts use.
    pub first_global: u32,
    /// What WebAssembly has no instructions for.
    pub mathematics: Mathematics,
}

impl Callees {
    /// Returns the number of the program's function.
    pub(super) fn run(&self) -> u32 {
        self.imports.len() as u32
    }

    /// Returns the number of the first part.
    pub(super) fn first_part(&self) -> u32 {
        self.run() + 1
    }

    /// Returns the number of the first function of mathematics.
    pub(super) fn first_copied(&self) -> u32 {
        self.first_part() + self.n_parts
    }

    /// Returns the number of the first helper.
    pub(super) fn first_helper(&self) -> u32 {
        self.first_copied() + self.mathematics.len()
    }
}

impl From<Unreadable> for CompileError {
    fn from(_: Unreadable) -> Self {
        Self::Mathematics
    }
}

/// Writes the module of a program whose blocks are known.
///
/// It becomes several functions where it is too long for one, and where `size` says how large they are to be. Without
/// `size` each loop of `blocks` has one entry.
pub(super) fn build(
    verified: &Verified,
    blocks: &Blocks<'_>,
    options: &Options,
    start: &Start,
    size: Option<Size>,
) -> Result<Compiled, CompileError> {
    let program = verified.program();
    let shape = if size.is_some() { Shape::unknown(blocks.blocks.len()) } else { blocks.shape() };
    let mut callees = Callees {
        imports: imports::needed(&blocks.instructions, &options.surroundings),
        n_parts: 0,
        mathematics: Mathematics::of(&blocks.instructions)?,
        first_global: 0,
    };
    let needs = needs(blocks, &shape, &callees, options);
    let layout = Layout::of(blocks, program.code.len(), &needs, &limits(options))
        .map_err(|TooLarge { limit, actual }| CompileError::TooMuchMemory { limit, actual })?;
    let (shape, layout) = (&shape, &layout);
    let source = Source { program, blocks, shape, layout, callees: &callees, options, start };
    let is_short = |written: &Written| {
        let len = written.bodies.iter().map(|body| body.function().byte_len()).max();
        len.unwrap_or_default() as u64 <= BODY_BYTES
    };
    let whole = if size.is_none() { Some(source.write_whole()?).filter(is_short) } else { None };
    let parts = match whole {
        Some(_) => Vec::new(),
        None => split::split(verified, size.unwrap_or(Size::DEFAULT)),
    };
    callees.n_parts = parts.len() as u32;
    // `__heap_base`, and the stack pointer of mathematics.
    callees.first_global = u32::from(layout.end > 0) + u32::from(!callees.mathematics.is_empty());
    let source = Source { program, blocks, shape, layout, callees: &callees, options, start };
    let written = match whole {
        Some(written) => written,
        None => source.write_parts(&parts)?,
    };
    let genes = genes(program, &written.bodies, callees.run());
    let module = assemble(&source, &written, &genes)?;
    Ok(Compiled { module, genes })
}

/// The limits that a machine keeps.
fn limits(options: &Options) -> Limits {
    let limits = options.setting.limits;
    Limits { memory_size: limits.memory_size.min(1 << 31), ..limits }
}

fn needs(blocks: &Blocks<'_>, shape: &Shape, callees: &Callees, options: &Options) -> Needs {
    let state = options.observe == Observe::State;
    let has = |wanted: &[Opcode]| blocks.instructions.iter().any(|(_, found)| wanted.contains(&found.opcode));
    let is_memory = |opcode: Opcode| {
        use flux_vm::isa::{Category, Flow};
        let spec = opcode.spec();
        matches!(spec.category, Category::Memory | Category::Stack | Category::MemoryMgmt)
            || matches!(opcode, Opcode::Vload | Opcode::Vstore)
            || matches!(spec.flow, Flow::Call | Flow::IndirectCall | Flow::Return)
    };
    Needs {
        mathematics: callees.mathematics.bytes(),
        mail: callees.imports.iter().any(|import| import.module() == "mail"),
        vectors: state,
        pads: state && has(&[Opcode::CallInd]),
        boxes: has(&[Opcode::Box, Opcode::Unbox, Opcode::CheckType]),
        n_boxes: n_boxes(blocks, shape, options),
        stack: state || blocks.instructions.iter().any(|(_, found)| is_memory(found.opcode)),
        heap: state,
    }
}

/// The most boxes that a program can make.
fn n_boxes(blocks: &Blocks<'_>, shape: &Shape, options: &Options) -> u64 {
    let limit = options.setting.limits.n_boxes as u64;
    let mut n_boxes = 0;
    for (node, block) in blocks.blocks.iter().enumerate() {
        let instructions = blocks.instructions.get(block.first..block.first + block.len).unwrap_or_default();
        let made = instructions.iter().filter(|(_, found)| found.opcode == Opcode::Box).count() as u64;
        if made > 0 && !shape.heads[node].is_empty() {
            return limit;
        }
        n_boxes += made;
    }
    n_boxes.min(limit)
}

fn genes(program: &Program, bodies: &[Code], run: u32) -> GeneMap {
    let gene = |mark: &Mark, function: u32| {
        let owner = program.function_at(mark.offset);
        let (name, base) = owner.map_or(("", 0), |function| (function.name.as_str(), function.offset));
        Gene {
            name: format!("{name}+{} r{}", mark.offset - base, mark.register),
            kind: mark.kind,
            place: Place::Code { function, range: mark.at..mark.at + 1 },
            bounds: gene::Bounds::Integer { low: i16::MIN.into(), high: i16::MAX.into() },
        }
    };
    let marks =
        bodies.iter().zip(run..).flat_map(|(body, number)| body.marks.iter().zip(std::iter::repeat(number)));
    GeneMap { genes: marks.map(|(mark, function)| gene(mark, function)).collect() }
}

fn assemble(source: &Source<'_>, written: &Written, genes: &GeneMap) -> Result<Vec<u8>, Unreadable> {
    let Source { program, blocks, layout, callees, options, .. } = *source;
    let mathematics = &callees.mathematics;
    let n_results = match options.observe {
        Observe::Results => usize::from(program.outputs) + usize::from(options.count_flux),
        Observe::State => emit::N_WORDS,
    };
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    let mut names = NameMap::new();
    for import in &callees.imports {
        let (params, results) = import.signature();
        imports.import(import.module(), import.name(), EntityType::Function(types.len()));
        types.ty().function(params.iter().copied(), results.iter().copied());
    }
    let run = callees.run();
    functions.function(types.len());
    names.append(run, "run");
    types.ty().function(vec![ValType::I64; program.inputs.into()], vec![ValType::I64; n_results]);
    code.function(&written.bodies[0].function());
    for (part, number) in written.bodies.iter().skip(1).zip(callees.first_part()..) {
        if number == callees.first_part() {
            types.ty().function([ValType::I32], [ValType::I32]);
        }
        functions.function(types.len() - 1);
        names.append(number, &format!("part_{}", number - run));
        code.function(&part.function());
    }
    mathematics.append((callees.first_copied(), STACK_GLOBAL), &mut types, &mut functions, &mut code)?;
    for (at, name) in mathematics.names() {
        names.append(callees.first_copied() + at, name);
    }
    for (number, helper) in (callees.first_helper()..).zip(&written.shared.helpers) {
        let (params, results) = helper.signature();
        functions.function(types.len());
        names.append(number, helper.name());
        types.ty().function(params.iter().copied(), results.iter().copied());
        code.function(&helper.function());
    }

    let mut module = Module::new();
    module.section(&types);
    if !callees.imports.is_empty() {
        module.section(&imports);
    }
    module.section(&functions);
    let end = u64::from(layout.end) + written.text.len() as u64;
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, run);
    let mut globals = GlobalSection::new();
    if end > 0 {
        let mut memories = MemorySection::new();
        let minimum = end.div_ceil(PAGE_BYTES);
        memories.memory(MemoryType {
            minimum,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        module.section(&memories);
        let ty = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        globals.global(ty, &ConstExpr::i32_const(end as i32));
        if !mathematics.is_empty() {
            // Its number is `STACK_GLOBAL`.
            globals.global(GlobalType { mutable: true, ..ty }, &mathematics.stack());
        }
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("__heap_base", ExportKind::Global, 0);
    }
    for local in &written.shared.globals {
        let val_type = local.encoded();
        let zero = match val_type {
            ValType::I32 => ConstExpr::i32_const(0),
            ValType::F64 => ConstExpr::f64_const(0.0.into()),
            ValType::V128 => ConstExpr::v128_const(0),
            _ => ConstExpr::i64_const(0),
        };
        globals.global(GlobalType { val_type, mutable: true, shared: false }, &zero);
    }
    if !globals.is_empty() {
        module.section(&globals);
    }
    module.section(&exports);
    module.section(&code);
    let mut data = DataSection::new();
    if !mathematics.is_empty() {
        let (at, bytes) = mathematics.data();
        data.active(0, &at, bytes.iter().copied());
    }
    if !written.text.is_empty() {
        data.active(0, &ConstExpr::i32_const(layout.end.cast_signed()), written.text.iter().copied());
    }
    if blocks.instructions.iter().any(|(_, found)| found.opcode == Opcode::CallInd)
        && options.observe == Observe::State
    {
        let pads = (0..program.code.len() as u32).map(|offset| u8::from(blocks.is_pad(offset)));
        data.active(0, &ConstExpr::i32_const(layout.pads.cast_signed()), pads);
    }
    if !data.is_empty() {
        module.section(&data);
    }
    let mut section = NameSection::new();
    section.functions(&names);
    module.section(&section);
    let map = genes.encode();
    if !map.is_empty() {
        module.section(&CustomSection { name: gene::SECTION.into(), data: map.as_slice().into() });
    }
    Ok(module.finish())
}

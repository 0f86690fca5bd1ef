//! The module around the function: types, imports, memory, exports, genes and names.

use flux_genome::gene::{self, Bounds, Gene, GeneMap, Place};
use flux_vm::isa::Opcode;
use flux_vm::{Limits, Program};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, NameMap,
    NameSection, TypeSection, ValType,
};

use super::blocks::Blocks;
use super::code::Mark;
use super::effects::Liveness;
use super::emit::{self, Emitter};
use super::graph::Shape;
use super::imports::{self, Import};
use super::layout::{Layout, Needs, PAGE_BYTES, TooLarge};
use super::mathematics::{Mathematics, Unreadable};
use super::{CompileError, Compiled, Observe, Options, Start, structure};

/// The number of the stack pointer of mathematics; 0 is `__heap_base`.
const STACK_GLOBAL: u32 = 1;

/// The functions of the module beside the program's: imports come first, then the program, then what it calls.
pub(super) struct Callees {
    /// Imported functions, in the order of their numbers.
    pub imports: Vec<Import>,
    /// What WebAssembly has no instructions for.
    pub mathematics: Mathematics,
}

impl Callees {
    /// Returns the number of the program's function.
    pub(super) fn run(&self) -> u32 {
        self.imports.len() as u32
    }

    /// Returns the number of the first function of mathematics.
    pub(super) fn first_copied(&self) -> u32 {
        self.run() + 1
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
pub(super) fn build(
    program: &Program,
    blocks: &Blocks<'_>,
    options: &Options,
    start: &Start,
) -> Result<Compiled, CompileError> {
    let shape = blocks.shape();
    let callees = Callees {
        imports: imports::needed(&blocks.instructions, &options.surroundings),
        mathematics: Mathematics::of(&blocks.instructions)?,
    };
    let needs = needs(blocks, &shape, &callees, options);
    let layout = Layout::of(blocks, program.code.len(), &needs, &limits(options))
        .map_err(|TooLarge { limit, actual }| CompileError::TooMuchMemory { limit, actual })?;
    let (at_halt, at_failure) = (Emitter::at_halt(options, program.outputs), Emitter::at_failure(options));
    let live = Liveness::of(blocks, at_halt, at_failure);
    let mut emitter = Emitter::new(blocks, &shape, &live, &layout, &callees, options, program);
    emitter.prologue(start);
    if !structure::write(&blocks.graph, &shape, &mut emitter) {
        return Err(CompileError::Tangled);
    }
    emitter.epilogue();
    let genes = genes(program, &emitter.code.marks, callees.run());
    let module = assemble(program, &emitter, options, &genes, blocks)?;
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

fn genes(program: &Program, marks: &[Mark], function: u32) -> GeneMap {
    let gene = |mark: &Mark| {
        let owner = program.function_at(mark.offset);
        let (name, base) = owner.map_or(("", 0), |function| (function.name.as_str(), function.offset));
        Gene {
            name: format!("{name}+{} r{}", mark.offset - base, mark.register),
            kind: mark.kind,
            place: Place::Code { function, range: mark.at..mark.at + 1 },
            bounds: Bounds::Integer { low: i16::MIN.into(), high: i16::MAX.into() },
        }
    };
    GeneMap { genes: marks.iter().map(gene).collect() }
}

fn assemble(
    program: &Program,
    emitter: &Emitter<'_>,
    options: &Options,
    genes: &GeneMap,
    blocks: &Blocks<'_>,
) -> Result<Vec<u8>, Unreadable> {
    let (layout, callees) = (emitter.layout, emitter.callees);
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
    code.function(&emitter.code.function());
    mathematics.append((callees.first_copied(), STACK_GLOBAL), &mut types, &mut functions, &mut code)?;
    for (at, name) in mathematics.names() {
        names.append(callees.first_copied() + at, name);
    }
    for (number, helper) in (callees.first_helper()..).zip(&emitter.helpers) {
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
    let end = u64::from(layout.end) + emitter.text.len() as u64;
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, run);
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
        let mut globals = GlobalSection::new();
        let ty = GlobalType { val_type: ValType::I32, mutable: false, shared: false };
        globals.global(ty, &ConstExpr::i32_const(end as i32));
        if !mathematics.is_empty() {
            // Its number is `STACK_GLOBAL`.
            globals.global(GlobalType { mutable: true, ..ty }, &mathematics.stack());
        }
        module.section(&globals);
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("__heap_base", ExportKind::Global, 0);
    }
    module.section(&exports);
    module.section(&code);
    let mut data = DataSection::new();
    if !mathematics.is_empty() {
        let (at, bytes) = mathematics.data();
        data.active(0, &at, bytes.iter().copied());
    }
    if !emitter.text.is_empty() {
        data.active(0, &ConstExpr::i32_const(layout.end.cast_signed()), emitter.text.iter().copied());
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

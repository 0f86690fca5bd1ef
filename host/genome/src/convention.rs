//! The plain core convention: how a core module written by hand becomes a genome.
//!
//! A core module exports exactly one of `run` (world `program`) and `answer` (world `ecosystem`), in one of three
//! forms.
//!
//! | form | export | meaning |
//! | --- | --- | --- |
//! | scalar | `run: (i64)* -> (i64)+` | the input must have as many numbers as there are parameters, else it traps |
//! | list | `run: (i32 i32) -> (i32 i32)` | address and count of the input's numbers; returns those of the output's |
//! | list | `answer: (i32 i32) -> (i32 i32)` | the same with bytes of UTF-8; what is returned is an answer, never a fault |
//! | canonical | either, with `cabi_realloc` and `memory` | follows the component model's canonical ABI; taken as it is |
//!
//! To the first two forms this module adds, in the same core module: a memory of one page named `memory` where there
//! is none, an allocator `cabi_realloc` (for the scalar form without imports that return lists, one that always gives
//! the same place, else one that goes forward only), an area for results, and a wrapper in the export's place. The allocator
//! starts at the exported immutable `i32` global `__heap_base`, or at the end of the last data segment with a
//! constant place: what lies below is the module's own. Input numbers are 8-aligned and may be written over.
//!
//! Interfaces may be imported under their short names: `(import "senses" "sense" ...)` means
//! `flux:genome/senses@0.1.0`. Signatures are those of the canonical ABI.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, InstructionSink, MemArg, MemorySection, MemoryType, RawSection, TypeSection,
    ValType,
};
use wasmparser::{CompositeInnerType, ExternalKind, Operator, Parser, Payload, TypeRef};
use wit_component::{ComponentEncoder, StringEncoding};

use crate::capability::Capability;
use crate::genome::WASI_HINT;
use crate::world::{self, World};

/// The memory's page, in bytes.
const PAGE_BYTES: u64 = 65_536;

/// The area for what the canonical ABI returns by address, behind the module's own memory, in bytes: a list's address
/// and length, for `answer` with the tag of its `result` before them. The results of the scalar form follow it.
const AREA_BYTES: u64 = 16;

/// Wraps a core module into a component.
///
/// A module that carries component types from its toolchain (a custom section whose name begins with
/// `component-type`) is wrapped by those.
///
/// # Errors
/// * [`ConventionError`]: see its variants.
pub fn wrap(module: &[u8]) -> Result<Vec<u8>, ConventionError> {
    let draft = Draft::read(module)?;
    let core = if draft.has_component_type {
        module.to_vec()
    } else {
        let entry = draft.entry()?;
        let mut core = draft.complete(&entry)?;
        let (resolve, world) = entry.world.resolve();
        wit_component::embed_component_metadata(&mut core, resolve, world, StringEncoding::UTF8)
            .map_err(|error| ConventionError::Wrap { reason: format!("{error:#}") })?;
        core
    };
    ComponentEncoder::default()
        .module(&core)
        .and_then(|encoder| encoder.validate(false).encode())
        .map_err(|error| ConventionError::Wrap { reason: format!("{error:#}") })
}

/// A core module does not follow the convention.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConventionError {
    /// The module does not parse.
    #[error("the core module is not valid: {reason} (at byte {offset})")]
    Invalid {
        /// The parser's reason.
        reason: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// It exports neither world's function.
    #[error("expected the core module to export a function `run` or `answer`, found neither")]
    NoEntry,
    /// It exports both worlds' functions.
    #[error("expected the core module to export one of `run` and `answer`, found both")]
    TwoEntries,
    /// The exported function has none of the forms.
    #[error("`{export}` has type {found}, expected {expected}")]
    Signature {
        /// The export's name.
        export: &'static str,
        /// Its type.
        found: String,
        /// The types that it may have.
        expected: &'static str,
    },
    /// It imports a WASI interface.
    #[error("the core module imports `{module}.{name}`; genomes have no WASI")]
    Wasi {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// It imports something that is not in the contract.
    #[error("the core module imports `{module}.{name}`, which no host of genomes offers")]
    UnknownImport {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// It imports its memory.
    #[error("the core module imports its memory, expected it to define one")]
    ImportedMemory,
    /// `__heap_base` is not a constant.
    #[error("`__heap_base` is exported, but is not an immutable i32 global with a constant value")]
    HeapBase,
    /// Its own memory has no room for what is added.
    #[error("the memory may have {maximum_pages} pages at most, {needed_pages} are needed")]
    MemoryTooSmall {
        /// The declared maximum.
        maximum_pages: u64,
        /// What is needed.
        needed_pages: u64,
    },
    /// wit-component refuses it.
    #[error("the core module cannot be made a component: {reason}")]
    Wrap {
        /// Its reason.
        reason: String,
    },
}

impl ConventionError {
    /// A short stable name, used in JSON and in the hostile suite.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::NoEntry => "no-entry",
            Self::TwoEntries => "two-entries",
            Self::Signature { .. } | Self::HeapBase => "wrong-signature",
            Self::Wasi { .. } => "wasi",
            Self::UnknownImport { .. } | Self::ImportedMemory => "unknown-import",
            Self::MemoryTooSmall { .. } => "too-much-memory",
            Self::Wrap { .. } => "invalid",
        }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoEntry | Self::TwoEntries => Some(
                "export `run` for a program, `answer` for an ecosystem; `flux new` starts from a template",
            ),
            Self::Signature { .. } => Some("`flux info --convention` prints the forms"),
            Self::Wasi { .. } => Some(WASI_HINT),
            Self::UnknownImport { .. } => {
                Some("import only interfaces of `flux:genome`; `flux info --wit` prints them")
            }
            Self::ImportedMemory => Some("write `(memory 1)` in the module"),
            Self::HeapBase => Some("write `(global (export \"__heap_base\") i32 (i32.const N))`"),
            Self::MemoryTooSmall { .. } => Some("raise the memory's maximum"),
            Self::Invalid { .. } | Self::Wrap { .. } => None,
        }
    }
}

/// How the entry function is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Numbers as parameters and results.
    Scalar {
        /// How many of each.
        n_params: u32,
        /// At least one.
        n_results: u32,
    },
    /// Address and count.
    List,
    /// The canonical ABI.
    Canonical,
}

/// The function that a world asks for.
struct Entry {
    world: World,
    function: u32,
    form: Form,
}

/// The parts of a core module that completing it looks at or changes; the rest stays raw.
#[derive(Default)]
struct Draft<'a> {
    types: Vec<(Vec<wasmparser::ValType>, Vec<wasmparser::ValType>)>,
    type_section: Option<wasmparser::TypeSectionReader<'a>>,
    imports: Vec<wasmparser::Import<'a>>,
    /// The type of each function, imported ones first.
    function_types: Vec<u32>,
    n_imported_functions: u32,
    n_imported_globals: u32,
    imports_memory: bool,
    memories: Vec<wasmparser::MemoryType>,
    globals: Vec<wasmparser::Global<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    /// The end of the last active data segment with a constant place, in bytes.
    data_end: u64,
    bodies: Vec<&'a [u8]>,
    /// Sections that are copied: id and payload.
    raw: Vec<(u8, &'a [u8])>,
    customs: Vec<(&'a str, &'a [u8])>,
    has_component_type: bool,
}

impl<'a> Draft<'a> {
    fn read(module: &'a [u8]) -> Result<Self, ConventionError> {
        let mut draft = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            draft.add(payload?, module)?;
        }
        Ok(draft)
    }

    fn add(&mut self, payload: Payload<'a>, module: &'a [u8]) -> Result<(), ConventionError> {
        match payload {
            Payload::TypeSection(section) => {
                self.type_section = Some(section.clone());
                for group in section {
                    for sub_type in group?.into_types() {
                        self.types.push(match sub_type.composite_type.inner {
                            CompositeInnerType::Func(ty) => (ty.params().to_vec(), ty.results().to_vec()),
                            _ => Default::default(),
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.function_types.push(ty);
                            self.n_imported_functions += 1;
                        }
                        TypeRef::Memory(_) => self.imports_memory = true,
                        TypeRef::Global(_) => self.n_imported_globals += 1,
                        TypeRef::Table(_) | TypeRef::Tag(_) => {}
                    }
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.function_types.push(ty?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    self.globals.push(global?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.exports.push(export?);
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body.as_bytes()),
            Payload::CustomSection(section) => {
                self.has_component_type |= section.name().starts_with("component-type");
                self.customs.push((section.name(), section.data()));
            }
            other => {
                if let Payload::DataSection(section) = &other {
                    for data in section.clone() {
                        let data = data?;
                        if let wasmparser::DataKind::Active { memory_index: 0, offset_expr } = &data.kind
                            && let Some(offset) = constant(offset_expr)
                        {
                            self.data_end = self.data_end.max(u64::from(offset) + data.data.len() as u64);
                        }
                    }
                }
                if let Some((id, range)) = other.as_section()
                    && id != CODE_SECTION
                {
                    self.raw.push((id, module.get(range).unwrap_or_default()));
                }
            }
        }
        Ok(())
    }

    /// Finds the function that makes this module a genome.
    fn entry(&self) -> Result<Entry, ConventionError> {
        let mut entries =
            World::ALL.into_iter().filter_map(|world| Some((world, self.export(world.export())?)));
        let (world, function) = match (entries.next(), entries.next()) {
            (Some(entry), None) => entry,
            (None, _) => return Err(ConventionError::NoEntry),
            (Some(_), Some(_)) => return Err(ConventionError::TwoEntries),
        };
        let empty = Default::default();
        let (params, results) = self
            .function_types
            .get(function as usize)
            .and_then(|ty| self.types.get(*ty as usize))
            .unwrap_or(&empty);
        use wasmparser::ValType::{I32, I64};
        let canonical = self.export("cabi_realloc").is_some();
        let form = match (params.as_slice(), results.as_slice()) {
            ([I32, I32], [I32]) if canonical => Form::Canonical,
            ([I32, I32], [I32, I32]) if !canonical => Form::List,
            (params, results)
                if world == World::Program
                    && !canonical
                    && !results.is_empty()
                    && params.iter().chain(results).all(|ty| *ty == I64) =>
            {
                Form::Scalar { n_params: count(params.len()), n_results: count(results.len()) }
            }
            _ => {
                let list = |types: &[wasmparser::ValType]| {
                    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
                };
                return Err(ConventionError::Signature {
                    export: world.export(),
                    found: format!("({}) -> ({})", list(params), list(results)),
                    expected: match (canonical, world) {
                        (true, _) => "(i32 i32) -> (i32), since `cabi_realloc` is exported too",
                        (false, World::Program) => "(i64 ...) -> (i64 ...) or (i32 i32) -> (i32 i32)",
                        (false, World::Ecosystem) => "(i32 i32) -> (i32 i32)",
                    },
                });
            }
        };
        Ok(Entry { world, function, form })
    }

    /// Whether the host may put more into the memory than the input: some import returns text, a list or a fault.
    fn receives_lists(&self) -> bool {
        self.imports.iter().any(|import| {
            let interface = import.module.parse().ok().or_else(|| {
                Capability::ALL.into_iter().find(|capability| capability.import() == import.module)
            });
            !matches!(interface, Some(Capability::Senses | Capability::Random | Capability::Log))
        })
    }

    /// Holds the imports' modules against the contract, before an encoder words it worse.
    fn check_imports(&self) -> Result<(), ConventionError> {
        for import in &self.imports {
            let (module, name) = (import.module.to_owned(), import.name.to_owned());
            if module.starts_with("wasi_") || module.starts_with("wasi:") {
                return Err(ConventionError::Wasi { module, name });
            }
            let is_known = module.parse::<Capability>().is_ok()
                || module.strip_prefix(world::PACKAGE).is_some_and(|rest| rest.starts_with('/'));
            if !is_known {
                return Err(ConventionError::UnknownImport { module, name });
            }
        }
        Ok(())
    }

    /// The index of an exported function.
    fn export(&self, name: &str) -> Option<u32> {
        self.exports
            .iter()
            .find(|export| export.name == name && export.kind == ExternalKind::Func)
            .map(|export| export.index)
    }

    /// Where the allocator may begin, 16-aligned, in bytes.
    fn heap_base(&self) -> Result<u64, ConventionError> {
        let declared = self.exports.iter().find(|export| export.name == "__heap_base");
        let end = match declared {
            Some(export) => {
                let global = export
                    .index
                    .checked_sub(self.n_imported_globals)
                    .filter(|_| export.kind == ExternalKind::Global)
                    .and_then(|index| self.globals.get(index as usize))
                    .filter(|global| !global.ty.mutable)
                    .ok_or(ConventionError::HeapBase)?;
                u64::from(constant(&global.init_expr).ok_or(ConventionError::HeapBase)?)
            }
            None => self.data_end,
        };
        Ok(end.max(16).next_multiple_of(16))
    }

    /// Writes the module with what `entry`'s form leaves out.
    fn complete(&self, entry: &Entry) -> Result<Vec<u8>, ConventionError> {
        if self.imports_memory {
            return Err(ConventionError::ImportedMemory);
        }
        self.check_imports()?;
        let mut added = Added::default();
        if entry.form != Form::Canonical {
            added = self.addition(entry)?;
        }
        let mut module = wasm_encoder::Module::new();
        let mut reencoder = RoundtripReencoder;
        let raw = |module: &mut wasm_encoder::Module, wanted: u8| {
            for (id, data) in self.raw.iter().filter(|(id, _)| *id == wanted) {
                module.section(&RawSection { id: *id, data });
            }
        };

        let mut types = TypeSection::new();
        if let Some(section) = &self.type_section {
            reencoder.parse_type_section(&mut types, section.clone())?;
        }
        for (params, results) in &added.types {
            types.ty().function(params.iter().copied(), results.iter().copied());
        }
        module.section(&types);

        let mut imports = ImportSection::new();
        for import in &self.imports {
            let interface: Result<Capability, _> = import.module.parse();
            let name = interface.map_or_else(|_| import.module.to_owned(), Capability::import);
            imports.import(&name, import.name, reencoder.entity_type(import.ty)?);
        }
        module.section(&imports);

        let mut functions = FunctionSection::new();
        let n_types = count(self.types.len());
        for ty in self.function_types.iter().skip(self.n_imported_functions as usize) {
            functions.function(*ty);
        }
        for i in 0..count(added.types.len()) {
            functions.function(n_types + i);
        }
        module.section(&functions);
        raw(&mut module, TABLE_SECTION);

        let mut memories = MemorySection::new();
        for (i, memory) in self.memories.iter().enumerate() {
            let mut memory = reencoder.memory_type(*memory)?;
            if i == 0 && added.pages > memory.minimum {
                if let Some(maximum_pages) = memory.maximum.filter(|maximum| *maximum < added.pages) {
                    return Err(ConventionError::MemoryTooSmall { maximum_pages, needed_pages: added.pages });
                }
                memory.minimum = added.pages;
            }
            memories.memory(memory);
        }
        if self.memories.is_empty() && entry.form != Form::Canonical {
            memories.memory(MemoryType {
                minimum: added.pages,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
        module.section(&memories);
        raw(&mut module, TAG_SECTION);

        let mut globals = GlobalSection::new();
        for global in &self.globals {
            reencoder.parse_global(&mut globals, global.clone())?;
        }
        if let Some(heap) = added.heap {
            let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            globals.global(ty, &ConstExpr::i32_const(heap.cast_signed()));
        }
        module.section(&globals);

        let mut exports = ExportSection::new();
        for export in &self.exports {
            if entry.form != Form::Canonical && export.name == entry.world.export() {
                continue;
            }
            exports.export(export.name, reencoder.export_kind(export.kind)?, export.index);
        }
        if entry.form != Form::Canonical {
            if !self.exports.iter().any(|export| export.name == "memory") {
                exports.export("memory", ExportKind::Memory, 0);
            }
            let first_added = count(self.function_types.len());
            exports.export("cabi_realloc", ExportKind::Func, first_added);
            exports.export(entry.world.export(), ExportKind::Func, first_added + 1);
        }
        module.section(&exports);
        raw(&mut module, START_SECTION);
        raw(&mut module, ELEMENT_SECTION);
        raw(&mut module, DATA_COUNT_SECTION);

        let mut code = CodeSection::new();
        for body in &self.bodies {
            code.raw(body);
        }
        for function in &added.functions {
            code.function(function);
        }
        module.section(&code);
        raw(&mut module, DATA_SECTION);
        for (name, data) in &self.customs {
            module.section(&wasm_encoder::CustomSection { name: (*name).into(), data: (*data).into() });
        }
        Ok(module.finish())
    }

    /// What the scalar and list forms leave out: types and bodies of the allocator and the wrapper.
    fn addition(&self, entry: &Entry) -> Result<Added, ConventionError> {
        let area = self.heap_base()?;
        let values = area + AREA_BYTES;
        let n_results = match entry.form {
            Form::Scalar { n_results, .. } => u64::from(n_results),
            Form::List | Form::Canonical => 0,
        };
        let heap = (values + 8 * n_results).next_multiple_of(16);
        // The parameters of a scalar form lie where the heap begins.
        let n_params = match entry.form {
            Form::Scalar { n_params, .. } => u64::from(n_params),
            Form::List | Form::Canonical => 0,
        };
        let pages = (heap + 8 * n_params).div_ceil(PAGE_BYTES);
        let too_small = ConventionError::MemoryTooSmall { maximum_pages: PAGE_BYTES, needed_pages: pages };
        let (Ok(area), Ok(values), Ok(heap)) =
            (u32::try_from(area), u32::try_from(values), u32::try_from(heap))
        else {
            return Err(too_small);
        };
        let heap_global = self.n_imported_globals + count(self.globals.len());
        let wrapper = match entry.form {
            Form::Scalar { n_params, n_results } => {
                wrap_scalar(entry.function, n_params, n_results, area, values)
            }
            Form::List | Form::Canonical => wrap_list(entry.function, entry.world, area),
        };
        let allocator = match entry.form {
            // Nothing but the input is ever put into the memory, so there is nothing to allocate.
            Form::Scalar { n_params, .. } if !self.receives_lists() => fixed_allocator(heap, 8 * n_params),
            _ => bump_allocator(heap_global),
        };
        Ok(Added {
            types: vec![
                (vec![ValType::I32; 4], vec![ValType::I32]),
                (vec![ValType::I32; 2], vec![ValType::I32]),
            ],
            functions: vec![allocator, wrapper],
            heap: Some(heap),
            pages,
        })
    }
}

/// What completing a module adds to it.
#[derive(Default)]
struct Added {
    /// Types of the added functions, one each.
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    functions: Vec<Function>,
    /// Where the allocator begins.
    heap: Option<u32>,
    /// Pages that the memory must have at the start.
    pages: u64,
}

/// `cabi_realloc` for a module that is given one list, of at most `size` bytes: always at `address`.
fn fixed_allocator(address: u32, size: u32) -> Function {
    let new_size = 3;
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(new_size)
        .i32_const(size.cast_signed())
        .i32_gt_u()
        .if_(BlockType::Empty)
        .unreachable()
        .end();
    code.i32_const(address.cast_signed()).end();
    function
}

/// `cabi_realloc(old, old_size, align, new_size) -> address`: bumps, grows by what is missing, never frees.
fn bump_allocator(heap: u32) -> Function {
    let (old, old_size, align, new_size, address) = (0, 1, 2, 3, 4);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    // address = round up heap to align; heap = address + new_size
    code.global_get(heap).local_get(align).i32_add().i32_const(1).i32_sub();
    code.i32_const(0).local_get(align).i32_sub().i32_and().local_tee(address);
    code.local_get(new_size).i32_add().global_set(heap);
    // Past the end of the address space the sum has wrapped.
    code.global_get(heap).local_get(address).i32_lt_u().if_(BlockType::Empty).unreachable().end();
    let memory_end = |code: &mut InstructionSink<'_>| {
        code.memory_size(0).i32_const(16).i32_shl();
    };
    code.global_get(heap);
    memory_end(&mut code);
    code.i32_gt_u().if_(BlockType::Empty).global_get(heap);
    memory_end(&mut code);
    code.i32_sub().i32_const(0xffff).i32_add().i32_const(16).i32_shr_u().memory_grow(0);
    code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end();
    // Move what was there.
    code.local_get(old).if_(BlockType::Empty).local_get(address).local_get(old);
    code.local_get(old_size).local_get(new_size).local_get(old_size).local_get(new_size).i32_lt_u().select();
    code.memory_copy(0, 0).end().local_get(address).end();
    function
}

/// Wraps a function that returns address and count: puts them where the canonical ABI looks for them.
fn wrap_list(inner: u32, world: World, area: u32) -> Function {
    let (address, length) = (0, 1);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(address).local_get(length).call(inner).local_set(length).local_set(address);
    let pair = match world {
        World::Program => 0,
        World::Ecosystem => {
            // The tag of `ok`.
            code.i32_const(area.cast_signed()).i32_const(0).i32_store(word_at(0));
            4
        }
    };
    code.i32_const(area.cast_signed()).local_get(address).i32_store(word_at(pair));
    code.i32_const(area.cast_signed()).local_get(length).i32_store(word_at(pair + 4));
    code.i32_const(area.cast_signed()).end();
    function
}

/// Wraps a function of numbers: loads its parameters from the input list and stores its results as a list.
fn wrap_scalar(inner: u32, n_params: u32, n_results: u32, area: u32, values: u32) -> Function {
    let (address, length, result) = (0, 1, 2);
    let mut function = Function::new([(1, ValType::I64)]);
    let mut code = function.instructions();
    let number_at = |i: u32| MemArg { offset: 8 * u64::from(i), align: 3, memory_index: 0 };
    code.local_get(length)
        .i32_const(n_params.cast_signed())
        .i32_ne()
        .if_(BlockType::Empty)
        .unreachable()
        .end();
    for i in 0..n_params {
        code.local_get(address).i64_load(number_at(i));
    }
    code.call(inner);
    for i in (0..n_results).rev() {
        code.local_set(result).i32_const(values.cast_signed()).local_get(result).i64_store(number_at(i));
    }
    code.i32_const(area.cast_signed()).i32_const(values.cast_signed()).i32_store(word_at(0));
    code.i32_const(area.cast_signed()).i32_const(n_results.cast_signed()).i32_store(word_at(4));
    code.i32_const(area.cast_signed()).end();
    function
}

fn word_at(offset: u64) -> MemArg {
    MemArg { offset, align: 2, memory_index: 0 }
}

/// The value of an expression that is one `i32.const`.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (Operator::I32Const { value }, Operator::End) => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// Counts in WebAssembly are 32-bit; parsed ones fit by construction.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

const TABLE_SECTION: u8 = 4;
const START_SECTION: u8 = 8;
const ELEMENT_SECTION: u8 = 9;
const CODE_SECTION: u8 = 10;
const DATA_SECTION: u8 = 11;
const DATA_COUNT_SECTION: u8 = 12;
const TAG_SECTION: u8 = 13;

impl From<wasmparser::BinaryReaderError> for ConventionError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid { reason: error.message().to_owned(), offset: error.offset() as u64 }
    }
}

impl From<wasm_encoder::reencode::Error> for ConventionError {
    fn from(error: wasm_encoder::reencode::Error) -> Self {
        match error {
            wasm_encoder::reencode::Error::ParseError(error) => error.into(),
            other => Self::Wrap { reason: other.to_string() },
        }
    }
}

//! What a genome is made of: modules, functions, memories, tables, custom sections, and which module is the body.

use std::collections::BTreeMap;
use std::ops::Range;

use wasmparser::{
    BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentExternalKind, ExternalKind, FunctionBody,
    Instance, KnownCustom, Name, Parser, Payload, TypeRef,
};

use crate::capability::CapabilitySet;
use crate::genome::Genome;
use crate::world::World;

/// The anatomy of a genome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// The world that it is of.
    pub world: World,
    /// What it asks to be able to do.
    pub capabilities: CapabilitySet,
    /// The size of the component in bytes.
    pub size_bytes: usize,
    /// The core modules at the component's own level, in their order.
    pub modules: Vec<Module>,
    /// Which of `modules` carries the world's function: the one that mutation changes. None when it lies within a
    /// nested component.
    pub body: Option<usize>,
    /// How many components are nested in it.
    pub n_nested_components: usize,
    /// The custom sections at the component's own level.
    pub custom_sections: Vec<CustomSection>,
}

/// A core module of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Where its bytes lie within the component's.
    pub range: Range<usize>,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it exports.
    pub exports: Vec<Export>,
    /// The functions that it defines; `functions[i]` has index `n_imported_functions + i`.
    pub functions: Vec<Function>,
    /// How many of its imports are functions.
    pub n_imported_functions: u32,
    /// Its own memories.
    pub memories: Vec<Memory>,
    /// Its own tables.
    pub tables: Vec<Table>,
    /// How many globals it defines.
    pub n_globals: u32,
    /// Bytes of data segments.
    pub data_bytes: usize,
    /// The function that runs when it is instantiated.
    pub start: Option<u32>,
    /// Its custom sections.
    pub custom_sections: Vec<CustomSection>,
}

/// An import of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module part of its name.
    pub module: String,
    /// The field part of its name.
    pub name: String,
    /// `func`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
}

/// An export of a core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name.
    pub name: String,
    /// `func`, `memory`, `table`, `global` or `tag`.
    pub kind: &'static str,
    /// The index in the index space of its kind.
    pub index: u32,
}

/// A function that a core module defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its index in the module's function index space, imports first.
    pub index: u32,
    /// Its name from the `name` section or, failing that, an export.
    pub name: Option<String>,
    /// Its type as text, such as `(i64 i64) -> (i64)`.
    pub signature: String,
    /// Where its body lies within the component's bytes: declarations of locals, then instructions.
    pub range: Range<usize>,
    /// The size of its body in bytes.
    pub size_bytes: usize,
    /// Its operators, the final `end` included.
    pub n_operators: u32,
    /// Its locals, without parameters.
    pub n_locals: u64,
}

/// A memory that a core module defines; sizes in pages of 64 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Pages at the start.
    pub initial_pages: u64,
    /// Pages at most, where it says so.
    pub maximum_pages: Option<u64>,
}

/// A table that a core module defines; sizes in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Elements at the start.
    pub initial: u64,
    /// Elements at most, where it says so.
    pub maximum: Option<u64>,
}

/// A custom section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomSection {
    /// Its name.
    pub name: String,
    /// The size of its payload in bytes.
    pub size_bytes: usize,
}

impl Anatomy {
    /// The body module, where there is one.
    #[must_use]
    pub fn body(&self) -> Option<&Module> {
        self.body.and_then(|index| self.modules.get(index))
    }

    /// Every function of the component's own modules, in order.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.modules.iter().flat_map(|module| &module.functions)
    }

    /// INVARIANT: a `Genome` holds a component that has been validated, so that parsing it again cannot fail.
    #[expect(clippy::expect_used, reason = "the component was validated when it was admitted")]
    pub(crate) fn of_admitted(genome: &Genome) -> Self {
        read(genome).expect("an admitted genome parses")
    }
}

/// Counts locals of function bodies.
pub(crate) struct Locals;

impl Locals {
    /// How many locals `body` declares, parameters excluded, saturating.
    pub(crate) fn count(body: &FunctionBody<'_>) -> Result<u64, BinaryReaderError> {
        let mut count = 0u64;
        for group in body.get_locals_reader()? {
            count = count.saturating_add(u64::from(group?.0));
        }
        Ok(count)
    }
}

/// Where the body module lies: the offset of its section, and the range of its bytes.
///
/// None when it lies within a nested component. Reads the component's own level only.
pub(crate) fn locate_body(
    bytes: &[u8],
    world: World,
) -> Result<Option<(usize, Range<usize>)>, BinaryReaderError> {
    let mut modules = Vec::new();
    let mut trace = Trace::default();
    let mut parser = Parser::new(0);
    let mut offset = 0;
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        let wasmparser::Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else { break };
        let start = offset;
        offset += consumed;
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                offset = unchecked_range.end;
                modules.push((start, unchecked_range));
            }
            Payload::ComponentSection { unchecked_range, .. } => offset = unchecked_range.end,
            other => trace.follow(&other, world)?,
        }
    }
    Ok(trace.body().and_then(|index| modules.get(index).cloned()))
}

fn read(genome: &Genome) -> Result<Anatomy, BinaryReaderError> {
    let bytes = genome.bytes();
    let mut anatomy = Anatomy {
        world: genome.world(),
        capabilities: genome.capabilities(),
        size_bytes: bytes.len(),
        modules: Vec::new(),
        body: None,
        n_nested_components: 0,
        custom_sections: Vec::new(),
    };
    let mut trace = Trace::default();
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    let mut offset = 0;
    // Nested modules are read by themselves and nested components skipped, so only the outermost level is seen here.
    while !rest.is_empty() {
        let wasmparser::Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else { break };
        let mut skip = consumed;
        match payload {
            Payload::ModuleSection { unchecked_range, .. } => {
                anatomy.modules.push(read_module(bytes, unchecked_range.clone())?);
                skip += unchecked_range.len();
            }
            Payload::ComponentSection { unchecked_range, .. } => {
                anatomy.n_nested_components += 1;
                skip += unchecked_range.len();
            }
            Payload::CustomSection(section) => anatomy
                .custom_sections
                .push(CustomSection { name: section.name().to_owned(), size_bytes: section.data().len() }),
            other => trace.follow(&other, genome.world())?,
        }
        offset += skip;
        rest = bytes.get(offset..).unwrap_or_default();
    }
    anatomy.body = trace.body();
    Ok(anatomy)
}

/// Follows the world's export back to the core module that implements it.
#[derive(Default)]
struct Trace {
    /// For each core function: the core instance and export name that it is an alias of.
    core_functions: Vec<Option<(u32, String)>>,
    /// For each core instance: the module that it instantiates.
    core_instances: Vec<Option<u32>>,
    /// For each component function: the core function that it lifts.
    functions: Vec<Option<u32>>,
    /// The component function that is exported under the world's name.
    exported: Option<u32>,
    /// For core instances made of exports: where each comes from.
    bundles: BTreeMap<u32, BTreeMap<String, u32>>,
}

impl Trace {
    fn follow(&mut self, payload: &Payload<'_>, world: World) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    match instance? {
                        Instance::Instantiate { module_index, .. } => {
                            self.core_instances.push(Some(module_index));
                        }
                        Instance::FromExports(exports) => {
                            let bundle = exports
                                .iter()
                                .filter(|export| export.kind == ExternalKind::Func)
                                .map(|export| (export.name.to_owned(), export.index))
                                .collect();
                            self.bundles
                                .insert(u32::try_from(self.core_instances.len()).unwrap_or(u32::MAX), bundle);
                            self.core_instances.push(None);
                        }
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    match alias? {
                        ComponentAlias::CoreInstanceExport {
                            kind: ExternalKind::Func,
                            instance_index,
                            name,
                        } => {
                            self.core_functions.push(Some((instance_index, name.to_owned())));
                        }
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, .. } => {
                            self.functions.push(None);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    match function? {
                        CanonicalFunction::Lift { core_func_index, .. } => {
                            self.functions.push(Some(core_func_index));
                        }
                        // Everything else makes a core function of the host's.
                        _ => self.core_functions.push(None),
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    if matches!(import?.ty, wasmparser::ComponentTypeRef::Func(_)) {
                        self.functions.push(None);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Func {
                        if export.name.name == world.export() {
                            self.exported = Some(export.index);
                        }
                        let lifted = self.functions.get(export.index as usize).copied().flatten();
                        self.functions.push(lifted);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn body(&self) -> Option<usize> {
        let lifted = (*self.functions.get(self.exported? as usize)?)?;
        let mut function = lifted;
        // Bundles can chain; each step goes to an earlier index, so this ends.
        loop {
            let (instance, name) = self.core_functions.get(function as usize)?.as_ref()?;
            if let Some(module) = *self.core_instances.get(*instance as usize)? {
                return usize::try_from(module).ok();
            }
            let next = *self.bundles.get(instance)?.get(name)?;
            if next >= function {
                return None;
            }
            function = next;
        }
    }
}

fn read_module(component: &[u8], range: Range<usize>) -> Result<Module, BinaryReaderError> {
    let bytes = component.get(range.clone()).unwrap_or_default();
    let mut module = Module { range, ..Module::default() };
    let mut types = Vec::new();
    let mut function_types = Vec::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::TypeSection(section) => {
                for group in section {
                    for sub_type in group?.into_types() {
                        types.push(signature(&sub_type.composite_type.inner));
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let kind = match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                            module.n_imported_functions += 1;
                            "func"
                        }
                        TypeRef::Table(_) => "table",
                        TypeRef::Memory(_) => "memory",
                        TypeRef::Global(_) => "global",
                        TypeRef::Tag(_) => "tag",
                    };
                    module.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        kind,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                for function in section {
                    function_types.push(function?);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    module
                        .memories
                        .push(Memory { initial_pages: memory.initial, maximum_pages: memory.maximum });
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let table = table?.ty;
                    module.tables.push(Table { initial: table.initial, maximum: table.maximum });
                }
            }
            Payload::GlobalSection(section) => module.n_globals = section.count(),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let kind = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => {
                            names.entry(export.index).or_insert_with(|| export.name.to_owned());
                            "func"
                        }
                        ExternalKind::Table => "table",
                        ExternalKind::Memory => "memory",
                        ExternalKind::Global => "global",
                        ExternalKind::Tag => "tag",
                    };
                    module.exports.push(Export { name: export.name.to_owned(), kind, index: export.index });
                }
            }
            Payload::StartSection { func, .. } => module.start = Some(func),
            Payload::DataSection(section) => {
                for data in section {
                    module.data_bytes += data?.data.len();
                }
            }
            Payload::CodeSectionEntry(body) => {
                let position = module.functions.len();
                let mut n_operators = 0;
                let mut operators = body.get_operators_reader()?;
                while !operators.eof() {
                    operators.read()?;
                    n_operators += 1;
                }
                module.functions.push(Function {
                    index: module.n_imported_functions + u32::try_from(position).unwrap_or(u32::MAX),
                    name: None,
                    signature: function_types
                        .get(position)
                        .and_then(|index| types.get(*index as usize))
                        .cloned()
                        .unwrap_or_default(),
                    range: module.range.start + body.range().start..module.range.start + body.range().end,
                    size_bytes: body.range().len(),
                    n_operators,
                    n_locals: Locals::count(&body)?,
                });
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(reader) = section.as_known() {
                    // Names are for people: a broken name section names nothing and breaks nothing.
                    for name in reader.into_iter().flatten() {
                        if let Name::Function(map) = name {
                            for naming in map.into_iter().flatten() {
                                names.insert(naming.index, naming.name.to_owned());
                            }
                        }
                    }
                }
                module.custom_sections.push(CustomSection {
                    name: section.name().to_owned(),
                    size_bytes: section.data().len(),
                });
            }
            _ => {}
        }
    }
    for function in &mut module.functions {
        function.name = names.remove(&function.index);
    }
    Ok(module)
}

fn signature(ty: &wasmparser::CompositeInnerType) -> String {
    match ty {
        wasmparser::CompositeInnerType::Func(ty) => {
            let list = |types: &[wasmparser::ValType]| {
                types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            };
            format!("({}) -> ({})", list(ty.params()), list(ty.results()))
        }
        other => format!("{other:?}"),
    }
}

//! The module-level facts.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use wasmparser::{
    BinaryReader, CompositeInnerType, FuncType, FunctionBody, GlobalType, MemoryType, RefType,
    SectionLimited, SubType, TableType, TypeRef, ValType,
};

use super::ViewError;
use super::function::{FunctionView, is_plain};
use crate::gene::GeneMap;
use crate::mutate::Targets;

/// Where a section lies.
#[derive(Debug, Clone)]
pub struct Section {
    /// The section's id (0 is a custom section).
    pub id: u8,
    /// Byte offset of the id.
    pub start: usize,
    /// Byte range of the contents; ends where the section ends.
    pub payload: Range<usize>,
}

/// Where a function's code lies.
#[derive(Debug, Clone)]
pub struct Body {
    /// Byte offset of the size in front of the body.
    pub entry: usize,
    /// Byte range of the body: local declarations and instructions.
    pub range: Range<usize>,
}

/// A function of the function index space.
#[derive(Debug, Clone)]
pub struct FunctionFacts {
    /// Its type's index.
    pub type_index: u32,
    /// Its code; imported functions have none.
    pub body: Option<Body>,
}

/// A global of the global index space.
#[derive(Debug, Clone)]
pub struct GlobalFacts {
    /// Its type.
    pub ty: GlobalType,
    /// Byte range of its initialiser with the closing `end`; imported globals have none.
    pub init: Option<Range<usize>>,
}

/// An export.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// Its name.
    pub name: &'a str,
    /// What kind of thing it is.
    pub kind: wasmparser::ExternalKind,
    /// The thing's index in its index space.
    pub index: u32,
}

/// A data segment.
#[derive(Debug, Clone)]
pub struct DataFacts {
    /// Byte range, in the module, of the segment's contents.
    pub contents: Range<usize>,
    /// Where they go in the first memory, in bytes; none where that is no constant.
    pub address: Option<u32>,
}

/// The cheap facts of one core module.
///
/// Built in one pass over the sections; function bodies and data are skipped over, not read.
#[derive(Debug, Clone)]
pub struct ModuleView<'a> {
    /// The module.
    pub bytes: &'a [u8],
    /// All sections in their order, custom ones too.
    pub sections: Vec<Section>,
    /// The type index space.
    pub types: Arc<[SubType]>,
    /// `plain_types[i]` says whether type `i` is that of a function over types that flux rewrites.
    pub plain_types: Arc<[bool]>,
    /// The imports in their order.
    pub imports: Vec<wasmparser::Import<'a>>,
    /// The function index space; imported functions come first.
    pub functions: Vec<FunctionFacts>,
    /// How many functions are imported.
    pub imported_functions: u32,
    /// The global index space; imported globals come first.
    pub globals: Vec<GlobalFacts>,
    /// The memory index space.
    pub memories: Vec<MemoryType>,
    /// The table index space.
    pub tables: Vec<TableType>,
    /// The exports in their order.
    pub exports: Vec<Export<'a>>,
    /// The start function.
    pub start: Option<u32>,
    /// The types of the element segments.
    pub elements: Vec<RefType>,
    /// The data segments.
    pub data: Vec<DataFacts>,
    /// The number in the data count section, if there is one.
    pub data_count: Option<u32>,
    /// Byte range of the contents of the `flux.genes` section, after the name.
    pub genes: Option<Range<usize>>,
    /// What was found out already; only views that are asked many times keep it.
    kept: Option<Box<Kept<'a>>>,
}

/// What a view that is asked many times keeps.
#[derive(Debug, Clone, Default)]
struct Kept<'a> {
    /// The functions with code, each when it was first looked into; inside is none where it cannot be viewed.
    functions: Vec<OnceLock<Option<Box<FunctionView<'a>>>>>,
    targets: OnceLock<Targets>,
    genes: OnceLock<Option<GeneMap>>,
}

impl<'a> ModuleView<'a> {
    /// Returns the view of `bytes`, a core module in the binary format.
    ///
    /// # Errors
    /// * [`ViewError::Malformed`]: no module header, or a section is cut off.
    /// * [`ViewError::Invalid`]: a section does not parse.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ViewError> {
        Self::parse_like(bytes, None)
    }

    /// Returns the view of `bytes`, a child of the module of `like`, with whose view it shares what is the same.
    ///
    /// # Errors
    /// As [`ModuleView::parse`].
    pub(crate) fn child(bytes: &'a [u8], like: &ModuleView<'_>) -> Result<Self, ViewError> {
        let mut view = Self::parse_like(bytes, Some(like))?;
        let known = like.kept.as_ref().and_then(|kept| kept.targets.get());
        let targets = known.and_then(|known| known.of_child(like, &view));
        view = view.keeping();
        if let (Some(kept), Some(targets)) = (&mut view.kept, targets) {
            kept.targets = OnceLock::from(targets);
        }
        Ok(view)
    }

    fn parse_like(bytes: &'a [u8], like: Option<&ModuleView<'_>>) -> Result<Self, ViewError> {
        if bytes.get(..8) != Some(b"\0asm\x01\0\0\0") {
            return Err(ViewError::Malformed { offset: 0, what: "not a core module of version 1" });
        }
        let mut view = ModuleView {
            bytes,
            sections: Vec::with_capacity(like.map_or(16, |like| like.sections.len() + 1)),
            types: Arc::new([]),
            plain_types: Arc::new([]),
            imports: Vec::new(),
            functions: Vec::new(),
            imported_functions: 0,
            globals: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            exports: Vec::new(),
            start: None,
            elements: Vec::new(),
            data: Vec::new(),
            data_count: None,
            genes: None,
            kept: None,
        };
        let mut at = like.and_then(|like| view.begin_like(like)).unwrap_or(8);
        while at < bytes.len() {
            let start = at;
            let mut reader = BinaryReader::new(&bytes[at..], at);
            let id = reader.read_u8()?;
            let size = reader.read_var_u32()? as usize;
            let payload_start = reader.original_position();
            let end = payload_start.saturating_add(size);
            if end > bytes.len() {
                return Err(ViewError::Malformed { offset: start, what: "section is cut off" });
            }
            let section = Section { id, start, payload: payload_start..end };
            view.read_section(&section, like)?;
            view.sections.push(section);
            at = end;
        }
        let bodies = view.functions.iter().filter(|f| f.body.is_some()).count();
        if bodies + view.imported_functions as usize != view.functions.len() {
            return Err(ViewError::Malformed { offset: bytes.len(), what: "functions without code" });
        }
        Ok(view)
    }

    /// Returns the view with room for keeping what is found out about functions, for a module that many children
    /// are made of.
    #[must_use]
    pub fn keeping(mut self) -> Self {
        let functions = self.defined().map(|_| OnceLock::new()).collect();
        self.kept = Some(Box::new(Kept { functions, ..Kept::default() }));
        self
    }

    /// Returns the typed view of `function`, kept if this view keeps them; nothing where it cannot be viewed.
    pub(crate) fn look(&self, function: u32) -> Option<Cow<'_, FunctionView<'a>>> {
        let slot = self
            .kept
            .as_ref()
            .and_then(|kept| kept.functions.get(function.checked_sub(self.imported_functions)? as usize));
        match slot {
            Some(slot) => {
                let view = slot.get_or_init(|| self.function(function).ok().map(Box::new));
                view.as_deref().map(Cow::Borrowed)
            }
            None => self.function(function).ok().map(Cow::Owned),
        }
    }

    /// Returns the functions that operators may look into.
    pub(crate) fn targets(&self) -> Cow<'_, Targets> {
        match &self.kept {
            Some(kept) => Cow::Borrowed(kept.targets.get_or_init(|| Targets::of(self))),
            None => Cow::Owned(Targets::of(self)),
        }
    }

    /// Returns the gene map, if the module has one that can be read.
    pub(crate) fn gene_map(&self) -> Option<Cow<'_, GeneMap>> {
        let read = || GeneMap::decode(&self.bytes[self.genes.clone()?]).ok();
        match &self.kept {
            Some(kept) => kept.genes.get_or_init(read).as_ref().map(Cow::Borrowed),
            None => read().map(Cow::Owned),
        }
    }

    /// Takes the facts of the sections before the code over from `like`, and returns where the code section begins;
    /// nothing, and no facts, where these sections are not the same, byte for byte.
    fn begin_like(&mut self, like: &ModuleView<'_>) -> Option<usize> {
        let bytes = self.bytes;
        let n_before = like.sections.iter().position(|section| section.id == 10)?;
        let before = like.sections.get(..n_before)?;
        let end = like.sections.get(n_before)?.start;
        // Places in what is the same are the same; a gene map that comes before the code is read anew.
        let is_same = bytes.get(..end)? == like.bytes.get(..end)?;
        if !is_same || before.iter().any(|section| section.id == 0) {
            return None;
        }
        // The same characters in the other module.
        let name = |name: &str| {
            let start = (name.as_ptr() as usize).checked_sub(like.bytes.as_ptr() as usize)?;
            std::str::from_utf8(bytes.get(start..start + name.len())?).ok()
        };
        let imports = like.imports.iter().map(|import| {
            let (module, name) = (name(import.module)?, name(import.name)?);
            Some(wasmparser::Import { module, name, ty: import.ty })
        });
        let exports = like.exports.iter().map(|export| Some(Export { name: name(export.name)?, ..*export }));
        let (imports, exports) = (imports.collect::<Option<_>>()?, exports.collect::<Option<_>>()?);
        (self.imports, self.exports) = (imports, exports);
        self.sections.extend_from_slice(before);
        (self.types, self.plain_types) = (Arc::clone(&like.types), Arc::clone(&like.plain_types));
        self.functions.reserve_exact(like.functions.len());
        let functions = like.functions.iter();
        self.functions.extend(functions.map(|f| FunctionFacts { type_index: f.type_index, body: None }));
        self.imported_functions = like.imported_functions;
        self.globals.clone_from(&like.globals);
        self.memories.clone_from(&like.memories);
        self.tables.clone_from(&like.tables);
        self.elements.clone_from(&like.elements);
        (self.start, self.data_count) = (like.start, like.data_count);
        Some(end)
    }

    fn read_section(&mut self, section: &Section, like: Option<&ModuleView<'_>>) -> Result<(), ViewError> {
        let bytes = self.bytes;
        let reader = BinaryReader::new(&bytes[section.payload.clone()], section.payload.start);
        match section.id {
            0 => {
                let mut reader = reader;
                if reader.read_string()? == crate::gene::SECTION && self.genes.is_none() {
                    self.genes = Some(reader.original_position()..section.payload.end);
                }
            }
            1 => {
                let same = like.filter(|like| {
                    self.types.is_empty() && like.contents(1) == bytes.get(section.payload.clone())
                });
                if let Some(like) = same {
                    (self.types, self.plain_types) = (Arc::clone(&like.types), Arc::clone(&like.plain_types));
                    return Ok(());
                }
                let mut types = self.types.to_vec();
                for group in SectionLimited::<wasmparser::RecGroup>::new(reader)? {
                    types.extend(group?.into_types());
                }
                let plain = |ty: &SubType| match &ty.composite_type.inner {
                    CompositeInnerType::Func(ty) => {
                        ty.params().iter().chain(ty.results()).all(|&ty| is_plain(ty))
                    }
                    CompositeInnerType::Array(_)
                    | CompositeInnerType::Struct(_)
                    | CompositeInnerType::Cont(_) => false,
                };
                self.plain_types = types.iter().map(plain).collect();
                self.types = types.into();
            }
            2 => {
                for import in wasmparser::ImportSectionReader::new(reader)?.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(FunctionFacts { type_index: ty, body: None });
                        }
                        TypeRef::Table(ty) => self.tables.push(ty),
                        TypeRef::Memory(ty) => self.memories.push(ty),
                        TypeRef::Global(ty) => self.globals.push(GlobalFacts { ty, init: None }),
                        TypeRef::Tag(_) => {}
                    }
                    self.imports.push(import);
                }
                self.imported_functions = self.functions.len() as u32;
            }
            3 => {
                for ty in SectionLimited::<u32>::new(reader)? {
                    self.functions.push(FunctionFacts { type_index: ty?, body: None });
                }
            }
            4 => {
                for table in wasmparser::TableSectionReader::new(reader)? {
                    self.tables.push(table?.ty);
                }
            }
            5 => {
                for memory in SectionLimited::<MemoryType>::new(reader)? {
                    self.memories.push(memory?);
                }
            }
            6 => {
                for global in wasmparser::GlobalSectionReader::new(reader)? {
                    let global = global?;
                    let init = global.init_expr.get_binary_reader().range();
                    self.globals.push(GlobalFacts { ty: global.ty, init: Some(init) });
                }
            }
            7 => {
                for export in wasmparser::ExportSectionReader::new(reader)? {
                    let export = export?;
                    self.exports.push(Export { name: export.name, kind: export.kind, index: export.index });
                }
            }
            8 => {
                let mut reader = reader;
                self.start = Some(reader.read_var_u32()?);
            }
            9 => {
                for element in wasmparser::ElementSectionReader::new(reader)? {
                    self.elements.push(match element?.items {
                        wasmparser::ElementItems::Functions(_) => RefType::FUNCREF,
                        wasmparser::ElementItems::Expressions(ty, _) => ty,
                    });
                }
            }
            10 => {
                let mut reader = reader;
                let count = reader.read_var_u32()?;
                let first = self.imported_functions as usize;
                for index in 0..count as usize {
                    let entry = reader.original_position();
                    let size = reader.read_var_u32()? as usize;
                    let start = reader.original_position();
                    reader.read_bytes(size)?;
                    match self.functions.get_mut(first + index) {
                        Some(function) => function.body = Some(Body { entry, range: start..start + size }),
                        None => {
                            return Err(ViewError::Malformed {
                                offset: entry,
                                what: "more function bodies than functions",
                            });
                        }
                    }
                }
            }
            11 => {
                for data in wasmparser::DataSectionReader::new(reader)? {
                    let data = data?;
                    let end = data.range.end;
                    let address = match &data.kind {
                        wasmparser::DataKind::Active { memory_index: 0, offset_expr } => {
                            constant(offset_expr)
                        }
                        wasmparser::DataKind::Active { .. } | wasmparser::DataKind::Passive => None,
                    };
                    self.data.push(DataFacts { contents: end - data.data.len()..end, address });
                }
            }
            12 => {
                let mut reader = reader;
                self.data_count = Some(reader.read_var_u32()?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the function type with the index `index`, if it is one.
    ///
    /// Function types over types that flux does not rewrite count as none.
    pub fn func_type(&self, index: u32) -> Option<&FuncType> {
        if !*self.plain_types.get(index as usize)? {
            return None;
        }
        match &self.types.get(index as usize)?.composite_type.inner {
            CompositeInnerType::Func(ty) => Some(ty),
            CompositeInnerType::Array(_) | CompositeInnerType::Struct(_) | CompositeInnerType::Cont(_) => {
                None
            }
        }
    }

    /// Returns the type of the function with the index `function`.
    pub fn type_of(&self, function: u32) -> Option<&FuncType> {
        self.func_type(self.functions.get(function as usize)?.type_index)
    }

    /// Returns the index of a function type equal to `ty` that can stand in its place.
    pub fn find_type(&self, ty: &FuncType) -> Option<u32> {
        self.types
            .iter()
            .position(|sub| {
                sub.is_final
                    && sub.supertype_idx.is_none()
                    && !sub.composite_type.shared
                    && matches!(&sub.composite_type.inner, CompositeInnerType::Func(f) if f == ty)
            })
            .map(|index| index as u32)
    }

    /// Returns the parameters and results of a block of type `ty`.
    pub fn block_types(&self, ty: wasmparser::BlockType) -> (&[ValType], &[ValType]) {
        match ty {
            wasmparser::BlockType::Empty => (&[], &[]),
            wasmparser::BlockType::Type(ty) => (&[], single(ty)),
            wasmparser::BlockType::FuncType(index) => match self.func_type(index) {
                Some(ty) => (ty.params(), ty.results()),
                None => (&[], &[]),
            },
        }
    }

    /// Returns the index of the function import `module` `name`.
    pub fn import_function(&self, module: &str, name: &str) -> Option<u32> {
        self.imports
            .iter()
            .filter(|import| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)))
            .position(|import| import.module == module && import.name == name)
            .map(|index| index as u32)
    }

    /// Returns the import behind the imported function `function`.
    pub fn import_of(&self, function: u32) -> Option<&wasmparser::Import<'a>> {
        self.imports
            .iter()
            .filter(|import| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)))
            .nth(function as usize)
    }

    /// Returns the indices of the functions that have code.
    pub fn defined(&self) -> Range<u32> {
        self.imported_functions..self.functions.len() as u32
    }

    /// Returns the code of `function`.
    pub fn body(&self, function: u32) -> Option<FunctionBody<'a>> {
        let body = self.functions.get(function as usize)?.body.as_ref()?;
        let bytes: &'a [u8] = &self.bytes[body.range.clone()];
        Some(FunctionBody::new(BinaryReader::new(bytes, body.range.start)))
    }

    /// Returns the typed view of `function`.
    ///
    /// # Errors
    /// * [`ViewError::NoBody`]: the function is imported or does not exist.
    /// * [`ViewError::Invalid`]: the body does not validate, or uses a feature flux does not rewrite.
    pub fn function(&self, function: u32) -> Result<FunctionView<'a>, ViewError> {
        FunctionView::build(self, function)
    }

    /// Returns the contents of the section with the id `id`, if there is one.
    pub(crate) fn contents(&self, id: u8) -> Option<&'a [u8]> {
        self.bytes.get(self.section(id)?.payload.clone())
    }

    /// Returns the section with the id `id`.
    pub fn section(&self, id: u8) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }
}

/// The value of an expression that is one `i32.const`.
fn constant(expression: &wasmparser::ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (wasmparser::Operator::I32Const { value }, wasmparser::Operator::End) => Some(value.cast_unsigned()),
        _ => None,
    }
}

fn single(ty: ValType) -> &'static [ValType] {
    match ty {
        ValType::I32 => &[ValType::I32],
        ValType::I64 => &[ValType::I64],
        ValType::F32 => &[ValType::F32],
        ValType::F64 => &[ValType::F64],
        ValType::V128 => &[ValType::V128],
        ValType::Ref(ty) if ty == RefType::FUNCREF => &[ValType::FUNCREF],
        ValType::Ref(ty) if ty == RefType::EXTERNREF => &[ValType::EXTERNREF],
        // The validator refuses every other reference type before anybody can ask for it here.
        ValType::Ref(_) => &[],
    }
}

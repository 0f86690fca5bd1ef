//! What metering needs to know of a module before it looks at code: sections, signatures, index spaces.

use std::ops::Range;

use wasmparser::{CompositeInnerType, Encoding, FunctionBody, Parser, Payload, RefType, TypeRef, ValType};

use super::{CYCLES, DEPTH, MeterError, START, STOP};

/// A module cut into its sections.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// All sections in their order.
    pub(super) sections: Vec<Section<'a>>,
    /// Function types by index; other kinds of types are refused.
    pub(super) types: Vec<FuncType>,
    /// The type index of every function, imported ones first.
    pub(super) functions: Vec<u32>,
    /// How many functions are imported.
    pub(super) n_imported_functions: u32,
    /// How many globals there are, imported ones included.
    pub(super) n_globals: u32,
    /// The globals of its own that can change.
    pub(super) mutable_globals: Vec<u32>,
    /// The start function.
    pub(super) start: Option<u32>,
    /// The bodies of the functions that the module defines.
    pub(super) bodies: Vec<FunctionBody<'a>>,
}

/// A section of a module.
#[derive(Debug)]
pub(super) struct Section<'a> {
    /// Its id; 0 is a custom section.
    pub(super) id: u8,
    /// Its content, without id and size.
    pub(super) content: &'a [u8],
    /// Whether it describes instructions by their byte positions, which do not survive.
    pub(super) places_instructions: bool,
}

/// A function type.
#[derive(Debug)]
pub(super) struct FuncType {
    /// How many parameters it takes.
    pub(super) n_params: u32,
    /// What it returns.
    pub(super) results: Vec<ValType>,
}

/// Section ids of the core specification.
pub(super) mod id {
    pub(in crate::meter) const CUSTOM: u8 = 0;
    pub(in crate::meter) const TYPE: u8 = 1;
    pub(in crate::meter) const FUNCTION: u8 = 3;
    pub(in crate::meter) const GLOBAL: u8 = 6;
    pub(in crate::meter) const EXPORT: u8 = 7;
    pub(in crate::meter) const START: u8 = 8;
    pub(in crate::meter) const CODE: u8 = 10;
}

/// Cuts `module` into its sections and reads the signatures.
pub(super) fn read(module: &[u8]) -> Result<Layout<'_>, MeterError> {
    let mut layout = Layout {
        sections: Vec::new(),
        types: Vec::new(),
        functions: Vec::new(),
        n_imported_functions: 0,
        n_globals: 0,
        mutable_globals: Vec::new(),
        start: None,
        bodies: Vec::new(),
    };
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.map_err(MeterError::Malformed)?;
        if let Some((section_id, range)) = payload.as_section() {
            let places_instructions = matches!(&payload, Payload::CustomSection(custom) if custom.name().starts_with("metadata.code."));
            let content = slice(module, range)?;
            layout.sections.push(Section { id: section_id, content, places_instructions });
        }
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => return Err(MeterError::Component),
            Payload::TypeSection(section) => layout.read_types(section)?,
            Payload::ImportSection(section) => layout.read_imports(section)?,
            Payload::FunctionSection(section) => {
                for index in section {
                    layout.functions.push(index.map_err(MeterError::Malformed)?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.into_iter_with_offsets() {
                    let (offset, table) = table.map_err(MeterError::Malformed)?;
                    expect_plain_table(&table.ty, offset)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.into_iter_with_offsets() {
                    let (offset, memory) = memory.map_err(MeterError::Malformed)?;
                    expect_plain_memory(&memory, offset)?;
                }
            }
            Payload::TagSection(section) => {
                return Err(MeterError::Unsupported { feature: "exceptions", offset: section.range().start });
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    if global.map_err(MeterError::Malformed)?.ty.mutable {
                        layout.mutable_globals.push(layout.n_globals);
                    }
                    layout.n_globals = layout.n_globals.saturating_add(1);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(MeterError::Malformed)?;
                    if let Some(name) =
                        [CYCLES, DEPTH, STOP, START].into_iter().find(|name| *name == export.name)
                    {
                        return Err(MeterError::Reserved { name });
                    }
                }
            }
            Payload::StartSection { func, .. } => layout.start = Some(func),
            Payload::CodeSectionEntry(body) => layout.bodies.push(body),
            _ => {}
        }
    }
    let n_defined = layout.functions.len() - layout.n_imported_functions as usize;
    if n_defined != layout.bodies.len() {
        return Err(MeterError::Dangling { what: "a function body", offset: module.len() });
    }
    Ok(layout)
}

impl Layout<'_> {
    /// The signature of a function by its index.
    pub(super) fn signature(&self, function: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(function as usize)? as usize)
    }

    /// Whether a function is imported.
    pub(super) fn is_imported(&self, function: u32) -> bool {
        function < self.n_imported_functions
    }

    fn read_types(&mut self, section: wasmparser::TypeSectionReader<'_>) -> Result<(), MeterError> {
        for group in section.into_iter_with_offsets() {
            let (offset, group) = group.map_err(MeterError::Malformed)?;
            for ty in group.into_types() {
                let CompositeInnerType::Func(func) = &ty.composite_type.inner else {
                    return Err(MeterError::Unsupported { feature: "garbage collection", offset });
                };
                let n_params = u32::try_from(func.params().len()).unwrap_or(u32::MAX);
                self.types.push(FuncType { n_params, results: func.results().to_vec() });
            }
        }
        Ok(())
    }

    fn read_imports(&mut self, section: wasmparser::ImportSectionReader<'_>) -> Result<(), MeterError> {
        let offset = section.range().start;
        for import in section.into_imports() {
            match import.map_err(MeterError::Malformed)?.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                    self.functions.push(ty);
                    self.n_imported_functions += 1;
                }
                TypeRef::Table(table) => expect_plain_table(&table, offset)?,
                TypeRef::Memory(memory) => expect_plain_memory(&memory, offset)?,
                TypeRef::Global(_) => self.n_globals = self.n_globals.saturating_add(1),
                TypeRef::Tag(_) => return Err(MeterError::Unsupported { feature: "exceptions", offset }),
            }
        }
        Ok(())
    }
}

/// The bytes of `range`, which the parser made, so they are there.
fn slice(module: &[u8], range: Range<usize>) -> Result<&[u8], MeterError> {
    let offset = range.start;
    module.get(range).ok_or(MeterError::Dangling { what: "a section", offset })
}

fn expect_plain_table(table: &wasmparser::TableType, offset: usize) -> Result<(), MeterError> {
    let feature = if table.table64 {
        "64-bit tables"
    } else if table.shared {
        "threads"
    } else if !matches!(table.element_type, RefType::FUNCREF | RefType::EXTERNREF) {
        "typed references"
    } else {
        return Ok(());
    };
    Err(MeterError::Unsupported { feature, offset })
}

fn expect_plain_memory(memory: &wasmparser::MemoryType, offset: usize) -> Result<(), MeterError> {
    let feature = if memory.memory64 {
        "64-bit memories"
    } else if memory.shared {
        "threads"
    } else if memory.page_size_log2.is_some() {
        "custom page sizes"
    } else {
        return Ok(());
    };
    Err(MeterError::Unsupported { feature, offset })
}

//! Makes a module that somebody else wrote follow the plain core convention: joins it with *glue*.
//!
//! Glue is a core module that imports what the other exports, under the module name `module`, and exports `run` or
//! `answer` in one of the convention's forms:
//!
//! ```wat
//! (module
//!   (import "module" "memory" (memory 1))
//!   (import "module" "crc32" (func $crc32 (param i32 i32) (result i32)))
//!   (func (export "run") (param i64) (result i64)
//!     (i64.store (i32.const 1024) (local.get 0))
//!     (i64.extend_i32_u (call $crc32 (i32.const 1024) (i32.const 8)))))
//! ```
//!
//! In the joined module the other's functions keep their indices and the glue's follow them. Of the other's exports
//! only memories stay. A function of it that nothing left can reach keeps its place with a body that traps, so
//! that rewriting spends nothing on dead code.

use std::collections::BTreeMap;

use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, RawSection, SectionId,
    StartSection, TypeSection,
};
use wasmparser::{CompositeInnerType, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef};

/// The module name under which glue imports what it is joined with.
const IMPORT_MODULE: &str = "module";

/// Joins `module` with `glue` into one core module that follows the plain core convention.
///
/// Whether the result is valid, and what it asks for, is for [`convention::wrap`](crate::convention::wrap) and
/// [`Genome::admit`](crate::Genome::admit) to say.
///
/// # Errors
/// * [`AdoptError`]: see its variants.
pub fn join(module: &[u8], glue: &[u8]) -> Result<Vec<u8>, AdoptError> {
    let module = Parts::read(module).map_err(|error| AdoptError::module(&error))?;
    let glue = Parts::read(glue).map_err(|error| AdoptError::glue(&error))?;
    let indices = Indices::resolve(&module, &glue)?;
    Joined { module: &module, glue: &glue, indices }.write().map_err(|reason| AdoptError::Glue { reason })
}

/// Writes glue that exports one function of `module` as `run`, in the scalar form.
///
/// Integers of 32 bits are cut from, and zero-extended to, the program's 64-bit numbers; floating-point numbers
/// travel as their bits.
///
/// # Errors
/// * [`AdoptError::Missing`]: `module` exports no function `name`.
/// * [`AdoptError::NotNumeric`]: the function takes or returns something else than numbers, or returns nothing.
/// * [`AdoptError::Module`]: `module` does not parse.
pub fn scalar_glue(module: &[u8], name: &str) -> Result<Vec<u8>, AdoptError> {
    use wasm_encoder::{EntityType, ImportSection, Module, ValType};
    let parts = Parts::read(module).map_err(|error| AdoptError::module(&error))?;
    let missing = || AdoptError::Missing { kind: "function", name: name.to_owned() };
    let index = parts.export(name, ExternalKind::Func).ok_or_else(missing)?;
    let (params, results) = parts.function_type(index).ok_or_else(missing)?;
    let numeric = |ty: &wasmparser::ValType| {
        use wasmparser::ValType::{F32, F64, I32, I64};
        matches!(ty, I32 | I64 | F32 | F64)
    };
    if results.is_empty() || !params.iter().chain(results).all(numeric) {
        return Err(AdoptError::NotNumeric { name: name.to_owned() });
    }
    let encoded = |types: &[wasmparser::ValType]| -> Result<Vec<ValType>, AdoptError> {
        types
            .iter()
            .map(|ty| RoundtripReencoder.val_type(*ty).map_err(|error| AdoptError::module(&error)))
            .collect()
    };
    let (inner_params, inner_results) = (encoded(params)?, encoded(results)?);
    let numbers = |n: usize| vec![ValType::I64; n];

    let mut types = TypeSection::new();
    types.ty().function(inner_params.iter().copied(), inner_results.iter().copied());
    types.ty().function(numbers(params.len()), numbers(results.len()));
    let mut imports = ImportSection::new();
    imports.import(IMPORT_MODULE, name, EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 1);

    // The results are on the stack in order, so they are taken off in reverse.
    let mut function = Function::new_with_locals_types(inner_results.iter().copied());
    let mut code = function.instructions();
    for (i, ty) in (0..).zip(&inner_params) {
        code.local_get(i);
        match ty {
            ValType::I32 => code.i32_wrap_i64(),
            ValType::F32 => code.i32_wrap_i64().f32_reinterpret_i32(),
            ValType::F64 => code.f64_reinterpret_i64(),
            _ => &mut code,
        };
    }
    code.call(0);
    let first_result = u32::try_from(params.len()).unwrap_or(u32::MAX);
    let n_results = u32::try_from(results.len()).unwrap_or(u32::MAX);
    for i in (0..n_results).rev() {
        code.local_set(first_result + i);
    }
    for (i, ty) in (first_result..).zip(&inner_results) {
        code.local_get(i);
        match ty {
            ValType::I32 => code.i64_extend_i32_u(),
            ValType::F32 => code.i32_reinterpret_f32().i64_extend_i32_u(),
            ValType::F64 => code.i64_reinterpret_f64(),
            _ => &mut code,
        };
    }
    code.end();
    let mut bodies = CodeSection::new();
    bodies.function(&function);

    let mut glue = Module::new();
    glue.section(&types).section(&imports).section(&functions).section(&exports).section(&bodies);
    Ok(glue.finish())
}

/// A module cannot be adopted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AdoptError {
    /// The other module does not parse.
    #[error("the module is not valid: {reason}")]
    Module {
        /// The parser's reason.
        reason: String,
    },
    /// The glue does not parse, or holds what glue cannot bring.
    #[error("the glue cannot be used: {reason}")]
    Glue {
        /// Why.
        reason: String,
    },
    /// The glue imports something that the module does not export.
    #[error("the module exports no {kind} `{name}`")]
    Missing {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The glue imports a function with another type than it has.
    #[error("the glue imports `{name}` as {expected}, it is {found}")]
    Type {
        /// The function's name.
        name: String,
        /// The glue's idea of it.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Glue cannot be written for a function by itself.
    #[error("`{name}` does not take and return numbers")]
    NotNumeric {
        /// The function's name.
        name: String,
    },
}

impl AdoptError {
    fn module(error: &dyn std::fmt::Display) -> Self {
        Self::Module { reason: error.to_string() }
    }

    fn glue(error: &dyn std::fmt::Display) -> Self {
        Self::Glue { reason: error.to_string() }
    }

    /// What to do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotNumeric { .. } => Some(
                "write glue that puts the input where the function expects it, and pass it with `--glue`",
            ),
            Self::Missing { .. } | Self::Type { .. } => {
                Some("`wasm-tools print MODULE` lists a module's exports with their types")
            }
            Self::Glue { .. } => {
                Some("glue has types, imports from `module`, functions, globals and exports only")
            }
            Self::Module { .. } => None,
        }
    }
}

/// The parts of a module that joining looks at.
#[derive(Default)]
struct Parts<'a> {
    type_section: Option<wasmparser::TypeSectionReader<'a>>,
    types: Vec<(Vec<wasmparser::ValType>, Vec<wasmparser::ValType>)>,
    imports: Vec<wasmparser::Import<'a>>,
    /// The type of each function, imported ones first.
    function_types: Vec<u32>,
    n_imported_functions: u32,
    n_imported_globals: u32,
    globals: Vec<wasmparser::Global<'a>>,
    exports: Vec<wasmparser::Export<'a>>,
    start: Option<u32>,
    bodies: Vec<FunctionBody<'a>>,
    /// Functions that tables or other constants refer to.
    referred: Vec<u32>,
    /// Sections that are copied: id and payload.
    raw: Vec<(u8, &'a [u8])>,
    names: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn read(module: &'a [u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            parts.add(payload?, module)?;
        }
        Ok(parts)
    }

    fn add(&mut self, payload: Payload<'a>, module: &'a [u8]) -> Result<(), wasmparser::BinaryReaderError> {
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
                if let Some(range) = module.get(section.range()) {
                    self.raw.push((SectionId::Import.into(), range));
                }
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.function_types.push(ty);
                            self.n_imported_functions += 1;
                        }
                        TypeRef::Global(_) => self.n_imported_globals += 1,
                        TypeRef::Memory(_) | TypeRef::Table(_) | TypeRef::Tag(_) => {}
                    }
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.function_types.push(ty?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    self.refer(&global.init_expr)?;
                    self.globals.push(global);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    self.exports.push(export?);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) => {
                if section.name() == "name" {
                    self.names = Some(section.data());
                }
            }
            other => {
                if let Payload::ElementSection(section) = &other {
                    for element in section.clone() {
                        match element?.items {
                            wasmparser::ElementItems::Functions(functions) => {
                                for function in functions {
                                    self.referred.push(function?);
                                }
                            }
                            wasmparser::ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    self.refer(&expression?)?;
                                }
                            }
                        }
                    }
                }
                if let Some((id, range)) = other.as_section()
                    && id != u8::from(SectionId::Code)
                {
                    self.raw.push((id, module.get(range).unwrap_or_default()));
                }
            }
        }
        Ok(())
    }

    /// Notes the functions that a constant expression takes references of.
    fn refer(&mut self, expression: &wasmparser::ConstExpr<'_>) -> Result<(), wasmparser::BinaryReaderError> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.referred.push(function_index);
            }
        }
        Ok(())
    }

    fn n_functions(&self) -> u32 {
        count(self.function_types.len())
    }

    fn n_globals(&self) -> u32 {
        self.n_imported_globals + count(self.globals.len())
    }

    fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        self.exports
            .iter()
            .find(|export| export.name == name && export.kind == kind)
            .map(|export| export.index)
    }

    fn function_type(&self, index: u32) -> Option<(&[wasmparser::ValType], &[wasmparser::ValType])> {
        let ty = self.function_types.get(index as usize)?;
        self.types.get(*ty as usize).map(|(params, results)| (params.as_slice(), results.as_slice()))
    }

    /// For each function, whether it can be reached from `roots`, the start function and the tables.
    fn reachable(
        &self,
        roots: impl Iterator<Item = u32>,
    ) -> Result<Vec<bool>, wasmparser::BinaryReaderError> {
        let mut is_reached = vec![false; self.function_types.len()];
        let mut open: Vec<u32> = roots.chain(self.start).chain(self.referred.iter().copied()).collect();
        while let Some(function) = open.pop() {
            match is_reached.get_mut(function as usize) {
                Some(reached) if !*reached => *reached = true,
                _ => continue,
            }
            let body = function.checked_sub(self.n_imported_functions).map(|i| i as usize);
            let Some(body) = body.and_then(|i| self.bodies.get(i)) else { continue };
            for operator in body.get_operators_reader()? {
                match operator? {
                    Operator::Call { function_index }
                    | Operator::ReturnCall { function_index }
                    | Operator::RefFunc { function_index } => open.push(function_index),
                    _ => {}
                }
            }
        }
        Ok(is_reached)
    }
}

/// Where what the glue names lies in the joined module.
struct Indices {
    functions: Vec<u32>,
    globals: Vec<u32>,
    memories: Vec<u32>,
    n_types: u32,
}

impl Indices {
    fn resolve(module: &Parts<'_>, glue: &Parts<'_>) -> Result<Self, AdoptError> {
        let mut indices = Self {
            functions: Vec::new(),
            globals: Vec::new(),
            memories: Vec::new(),
            n_types: count(module.types.len()),
        };
        for import in &glue.imports {
            if import.module != IMPORT_MODULE {
                let reason = format!("it imports `{}.{}`", import.module, import.name);
                return Err(AdoptError::Glue { reason });
            }
            let find = |kind, word| {
                let missing = || AdoptError::Missing { kind: word, name: import.name.to_owned() };
                module.export(import.name, kind).ok_or_else(missing)
            };
            match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                    let index = find(ExternalKind::Func, "function")?;
                    let expected = glue.types.get(ty as usize).cloned().unwrap_or_default();
                    let (params, results) = module.function_type(index).unwrap_or_default();
                    if (params, results) != (expected.0.as_slice(), expected.1.as_slice()) {
                        return Err(AdoptError::Type {
                            name: import.name.to_owned(),
                            expected: signature(&expected.0, &expected.1),
                            found: signature(params, results),
                        });
                    }
                    indices.functions.push(index);
                }
                TypeRef::Global(_) => indices.globals.push(find(ExternalKind::Global, "global")?),
                TypeRef::Memory(_) => indices.memories.push(find(ExternalKind::Memory, "memory")?),
                TypeRef::Table(_) | TypeRef::Tag(_) => {
                    let reason = format!("it imports `{}`, which is a table or a tag", import.name);
                    return Err(AdoptError::Glue { reason });
                }
            }
        }
        if glue.start.is_some() || glue.raw.iter().any(|(id, _)| *id != u8::from(SectionId::Import)) {
            let reason = "it has a start function, a memory, a table or data of its own".to_owned();
            return Err(AdoptError::Glue { reason });
        }
        let defined = |n: usize, first: u32| (0..count(n)).map(move |i| first + i);
        indices.functions.extend(defined(glue.bodies.len(), module.n_functions()));
        indices.globals.extend(defined(glue.globals.len(), module.n_globals()));
        Ok(indices)
    }
}

/// Moves the glue's indices behind the other module's.
impl Reencode for Indices {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32, reencode::Error> {
        Ok(self.n_types + ty)
    }

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error> {
        Ok(self.functions.get(function as usize).copied().unwrap_or(u32::MAX))
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error> {
        Ok(self.globals.get(global as usize).copied().unwrap_or(u32::MAX))
    }

    fn memory_index(&mut self, memory: u32) -> Result<u32, reencode::Error> {
        Ok(self.memories.get(memory as usize).copied().unwrap_or(u32::MAX))
    }
}

/// The two modules on their way into one.
struct Joined<'a> {
    module: &'a Parts<'a>,
    glue: &'a Parts<'a>,
    indices: Indices,
}

impl Joined<'_> {
    fn write(mut self) -> Result<Vec<u8>, String> {
        let mut joined = wasm_encoder::Module::new();
        let mut keep = RoundtripReencoder;
        let glue_reason = |error: reencode::Error| error.to_string();

        let mut types = TypeSection::new();
        if let Some(section) = &self.module.type_section {
            keep.parse_type_section(&mut types, section.clone()).map_err(glue_reason)?;
        }
        if let Some(section) = &self.glue.type_section {
            self.indices.parse_type_section(&mut types, section.clone()).map_err(glue_reason)?;
        }
        joined.section(&types);
        self.copy(&mut joined, SectionId::Import);

        let mut functions = FunctionSection::new();
        for ty in self.module.function_types.iter().skip(self.module.n_imported_functions as usize) {
            functions.function(*ty);
        }
        for ty in self.glue.function_types.iter().skip(self.glue.n_imported_functions as usize) {
            functions.function(self.indices.n_types + ty);
        }
        joined.section(&functions);
        self.copy(&mut joined, SectionId::Table);
        self.copy(&mut joined, SectionId::Memory);
        self.copy(&mut joined, SectionId::Tag);

        let mut globals = GlobalSection::new();
        for global in &self.module.globals {
            keep.parse_global(&mut globals, global.clone()).map_err(glue_reason)?;
        }
        for global in &self.glue.globals {
            self.indices.parse_global(&mut globals, global.clone()).map_err(glue_reason)?;
        }
        joined.section(&globals);

        let mut exports = BTreeMap::new();
        for export in &self.module.exports {
            if export.kind == ExternalKind::Memory {
                exports.insert(export.name, (ExportKind::Memory, export.index));
            }
        }
        for export in &self.glue.exports {
            let kind = self.indices.export_kind(export.kind).map_err(glue_reason)?;
            let index = self.indices.external_index(export.kind, export.index).map_err(glue_reason)?;
            exports.insert(export.name, (kind, index));
        }
        let mut section = ExportSection::new();
        for (name, (kind, index)) in exports {
            section.export(name, kind, index);
        }
        joined.section(&section);
        if let Some(function_index) = self.module.start {
            joined.section(&StartSection { function_index });
        }
        self.copy(&mut joined, SectionId::Element);
        self.copy(&mut joined, SectionId::DataCount);

        let n_imported = self.glue.n_imported_functions as usize;
        let roots = self.indices.functions.iter().take(n_imported).copied();
        let is_reached = self.module.reachable(roots).map_err(|error| error.to_string())?;
        let mut code = CodeSection::new();
        for (function, body) in (self.module.n_imported_functions as usize..).zip(&self.module.bodies) {
            if is_reached.get(function).copied().unwrap_or(true) {
                code.raw(body.as_bytes());
            } else {
                let mut trap = Function::new([]);
                trap.instructions().unreachable().end();
                code.function(&trap);
            }
        }
        for body in &self.glue.bodies {
            self.indices.parse_function_body(&mut code, body.clone()).map_err(glue_reason)?;
        }
        joined.section(&code);
        self.copy(&mut joined, SectionId::Data);
        if let Some(data) = self.module.names {
            joined.section(&wasm_encoder::CustomSection { name: "name".into(), data: data.into() });
        }
        Ok(joined.finish())
    }

    /// Copies sections of the other module.
    fn copy(&self, joined: &mut wasm_encoder::Module, wanted: SectionId) {
        for (id, data) in self.module.raw.iter().filter(|(id, _)| *id == u8::from(wanted)) {
            joined.section(&RawSection { id: *id, data });
        }
    }
}

fn signature(params: &[wasmparser::ValType], results: &[wasmparser::ValType]) -> String {
    let list =
        |types: &[wasmparser::ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    format!("({}) -> ({})", list(params), list(results))
}

/// A count as an index. Modules past four thousand million entries do not parse.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

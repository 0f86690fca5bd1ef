//! Finds out whether a component is one core module behind the plain glue of world `program`, and how it is joined.
//!
//! Toolchains write such components in a few forms only: import instances, lower their functions, bundle those,
//! instantiate the module with the bundles, lift its function, export that. Whatever else a component does makes it
//! one for the compiled tier; nothing here is a judgement.

use std::collections::BTreeMap;
use std::ops::Range;

use flux_genome::{Capability, Genome, World};
use wasmparser::{
    BinaryReaderError, CanonicalFunction, CanonicalOption, Chunk, ComponentAlias, ComponentExternalKind,
    ComponentTypeRef, ExternalKind, Instance, Parser, Payload,
};

/// A function that the interpreter offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostFunction {
    /// `senses.sense`.
    Sense,
    /// `senses.act`.
    Act,
    /// `random.next`.
    Next,
}

impl HostFunction {
    fn find(interface: &str, name: &str) -> Option<Self> {
        let is = |capability: Capability| interface == capability.import();
        match name {
            "sense" if is(Capability::Senses) => Some(Self::Sense),
            "act" if is(Capability::Senses) => Some(Self::Act),
            "next" if is(Capability::Random) => Some(Self::Next),
            _ => None,
        }
    }
}

/// How the module of a component is joined to the world.
#[derive(Debug)]
pub(super) struct Glue<'a> {
    /// Where the module lies in the component's bytes.
    pub(super) module: Range<usize>,
    /// The exports of the module that the world's function is lifted from.
    pub(super) entry: &'a str,
    pub(super) memory: &'a str,
    pub(super) realloc: &'a str,
    pub(super) post_return: Option<&'a str>,
    /// For each name of a module that the module imports from: the functions behind its names.
    imports: BTreeMap<&'a str, BTreeMap<&'a str, HostFunction>>,
}

impl Glue<'_> {
    /// The function behind an import of the module.
    pub(super) fn import(&self, module: &str, name: &str) -> Option<HostFunction> {
        self.imports.get(module)?.get(name).copied()
    }
}

/// Reads the glue of a genome; nothing where it is not of the plain kind.
pub(super) fn read(genome: &Genome) -> Option<Glue<'_>> {
    if genome.world() != World::Program {
        return None;
    }
    // INVARIANT: an admitted component parses; were one not to, the compiled tier would say so.
    let spaces = Spaces::read(genome.bytes()).ok().flatten()?;
    spaces.glue()
}

/// The index spaces of a component, as far as they matter.
#[derive(Default)]
struct Spaces<'a> {
    module: Option<Range<usize>>,
    /// Names of the imported component instances.
    instances: Vec<&'a str>,
    functions: Vec<Function<'a>>,
    core_functions: Vec<CoreFunction<'a>>,
    core_memories: Vec<(u32, &'a str)>,
    core_instances: Vec<CoreInstance<'a>>,
    /// The function that is exported under the world's name.
    exported: Option<u32>,
}

#[derive(Clone)]
enum Function<'a> {
    Imported { interface: &'a str, name: &'a str },
    Lifted { function: u32, options: Box<[CanonicalOption]> },
}

#[derive(Clone, Copy)]
enum CoreFunction<'a> {
    Export { instance: u32, name: &'a str },
    Host(HostFunction),
}

enum CoreInstance<'a> {
    Module(Vec<(&'a str, u32)>),
    Bundle(Vec<(&'a str, u32)>),
}

impl<'a> Spaces<'a> {
    /// Reads the outermost level of a component; nothing where something is not of the plain kind.
    fn read(bytes: &'a [u8]) -> Result<Option<Self>, BinaryReaderError> {
        let mut spaces = Self::default();
        let mut parser = Parser::new(0);
        let mut offset = 0;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let Chunk::Parsed { mut consumed, payload } = parser.parse(rest, true)? else { return Ok(None) };
            if let Payload::ModuleSection { unchecked_range, .. } = &payload {
                consumed += unchecked_range.len();
                if spaces.module.replace(unchecked_range.clone()).is_some() {
                    return Ok(None);
                }
            } else if spaces.follow(payload)?.is_none() {
                return Ok(None);
            }
            offset += consumed;
        }
        Ok(Some(spaces))
    }

    fn follow(&mut self, payload: Payload<'a>) -> Result<Option<()>, BinaryReaderError> {
        match payload {
            Payload::Version { .. }
            | Payload::ComponentTypeSection(_)
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    match import.ty {
                        ComponentTypeRef::Instance(_) => self.instances.push(import.name.name),
                        ComponentTypeRef::Type(_) => {}
                        _ => return Ok(None),
                    }
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    let instance = match instance? {
                        Instance::Instantiate { args, .. } => {
                            CoreInstance::Module(args.iter().map(|arg| (arg.name, arg.index)).collect())
                        }
                        Instance::FromExports(exports)
                            if exports.iter().all(|export| export.kind == ExternalKind::Func) =>
                        {
                            CoreInstance::Bundle(
                                exports.iter().map(|export| (export.name, export.index)).collect(),
                            )
                        }
                        Instance::FromExports(_) => return Ok(None),
                    };
                    self.core_instances.push(instance);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    if self.alias(&alias?).is_none() {
                        return Ok(None);
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    if self.canonical(function?).is_none() {
                        return Ok(None);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    match export.kind {
                        ComponentExternalKind::Func => {
                            if export.name.name == World::Program.export() {
                                self.exported = Some(export.index);
                            }
                            let Some(function) = self.functions.get(export.index as usize) else {
                                return Ok(None);
                            };
                            self.functions.push(function.clone());
                        }
                        ComponentExternalKind::Type => {}
                        _ => return Ok(None),
                    }
                }
            }
            _ => return Ok(None),
        }
        Ok(Some(()))
    }

    fn alias(&mut self, alias: &ComponentAlias<'a>) -> Option<()> {
        match *alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Func, instance_index, name } => {
                let interface = self.instances.get(instance_index as usize)?;
                self.functions.push(Function::Imported { interface, name });
            }
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, instance_index, name } => {
                self.core_functions.push(CoreFunction::Export { instance: instance_index, name });
            }
            ComponentAlias::CoreInstanceExport { kind: ExternalKind::Memory, instance_index, name } => {
                self.core_memories.push((instance_index, name));
            }
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. } => {}
            _ => return None,
        }
        Some(())
    }

    fn canonical(&mut self, function: CanonicalFunction) -> Option<()> {
        match function {
            CanonicalFunction::Lift { core_func_index, options, .. } => {
                self.functions.push(Function::Lifted { function: core_func_index, options });
            }
            CanonicalFunction::Lower { func_index, .. } => {
                let Function::Imported { interface, name } = self.functions.get(func_index as usize)? else {
                    return None;
                };
                self.core_functions.push(CoreFunction::Host(HostFunction::find(interface, name)?));
            }
            _ => return None,
        }
        Some(())
    }

    fn glue(self) -> Option<Glue<'a>> {
        let Function::Lifted { function, options } = self.functions.get(self.exported? as usize)? else {
            return None;
        };
        let (home, entry) = self.export(*function)?;
        let CoreInstance::Module(arguments) = self.core_instances.get(home as usize)? else { return None };
        let n_modules = self.core_instances.iter().filter(|it| matches!(it, CoreInstance::Module(_))).count();
        if n_modules != 1 {
            return None;
        }
        let (mut memory, mut realloc, mut post_return) = (None, None, None);
        for option in options {
            match option {
                CanonicalOption::UTF8 | CanonicalOption::UTF16 | CanonicalOption::CompactUTF16 => {}
                CanonicalOption::Memory(index) => {
                    let (_, name) = self.core_memories.get(*index as usize)?;
                    memory = Some(*name);
                }
                CanonicalOption::Realloc(index) => realloc = Some(self.export(*index)?.1),
                CanonicalOption::PostReturn(index) => post_return = Some(self.export(*index)?.1),
                _ => return None,
            }
        }
        let mut imports = BTreeMap::new();
        for (name, instance) in arguments {
            let CoreInstance::Bundle(exports) = self.core_instances.get(*instance as usize)? else {
                return None;
            };
            let mut functions = BTreeMap::new();
            for (name, function) in exports {
                match self.core_functions.get(*function as usize)? {
                    CoreFunction::Host(function) => functions.insert(*name, *function),
                    CoreFunction::Export { .. } => return None,
                };
            }
            imports.insert(*name, functions);
        }
        Some(Glue { module: self.module?, entry, memory: memory?, realloc: realloc?, post_return, imports })
    }

    /// The instance and name that a core function is an export of.
    fn export(&self, function: u32) -> Option<(u32, &'a str)> {
        match self.core_functions.get(function as usize)? {
            CoreFunction::Export { instance, name } => Some((*instance, name)),
            CoreFunction::Host(_) => None,
        }
    }
}

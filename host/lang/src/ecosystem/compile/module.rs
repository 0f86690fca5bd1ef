//! The module: which functions there are, and everything around them.

use std::collections::{BTreeMap, BTreeSet};

use flux_genome::gene::{self, Bounds, Gene, GeneKind, GeneMap, Place};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection, Function,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module, NameMap,
    NameSection, TypeSection, ValType,
};

use super::data::{BASE, Data};
use super::entity;
use super::library::Routine;
use super::plan::{Answerer, Plan};
use super::{CompileError, Compiled, library, pipeline, section};

/// A function that is written once somebody calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// What the world asks for, as the canonical ABI has it.
    Answer,
    /// The allocator that hosts use.
    Realloc,
    /// Chooses an attractor.
    Route,
    /// By file and position.
    Attractor(usize, usize),
    /// By file, attractor and position.
    Stage(usize, usize, usize),
    /// By file and position.
    Entity(usize, usize),
    /// A part of the library.
    Library(Routine),
}

/// What a function is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ecosystem) enum Piece {
    /// An attractor, by file and position.
    Attractor(usize, usize),
    /// A stage, by file, attractor and position.
    Stage(usize, usize, usize),
    /// An entity, by file and position.
    Entity(usize, usize),
    /// What no description says anything of.
    Other,
}

/// What the module imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Import {
    Generate,
    Score,
    Approve,
    AskPerson,
}

use ValType::{F32, F64, I32};

impl Import {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Generate => ("model", "generate"),
            Self::Score => ("judge", "score"),
            Self::Approve => ("human", "approve"),
            Self::AskPerson => ("human", "ask"),
        }
    }

    /// The parameters, those of the canonical ABI.
    fn params(self) -> Vec<ValType> {
        match self {
            Self::Generate => vec![I32, I32, I32, I32, F32, I32, I32, I32, I32, I32, I32, I32],
            Self::Score => vec![I32; 10],
            Self::Approve | Self::AskPerson => vec![I32; 3],
        }
    }
}

/// Parameters and results.
fn signature(key: Key) -> (Vec<ValType>, Vec<ValType>) {
    let text = || vec![I32, I32];
    match key {
        Key::Answer => (text(), vec![I32]),
        Key::Realloc => (vec![I32; 4], vec![I32]),
        Key::Route | Key::Attractor(..) | Key::Stage(..) => (text(), text()),
        Key::Entity(..) => (vec![I32, I32, F32, I32, I32], text()),
        Key::Library(routine) => match routine {
            Routine::Allocate => (vec![I32], vec![I32]),
            Routine::Fill => (vec![I32; 3], text()),
            Routine::Fail => (vec![I32; 3], vec![]),
            Routine::Recover => (vec![], vec![I32]),
            Routine::Ask => (vec![I32, I32, I32, F32, I32, I32], text()),
            Routine::Trim => (text(), text()),
            Routine::Equal | Routine::Begins => (vec![I32; 4], vec![I32]),
            Routine::Concat | Routine::First | Routine::Vote | Routine::Average => (text(), text()),
            Routine::BestOf => (vec![I32; 5], text()),
            Routine::Number => (text(), vec![I32, F64]),
            Routine::Decimal => (vec![F64], text()),
            Routine::Approve => (text(), vec![I32]),
            Routine::AskPerson => (text(), text()),
        },
    }
}

/// The module while it is written.
pub(super) struct Writer<'p, 'a> {
    pub(super) plan: &'p Plan<'a>,
    pub(super) data: Data,
    imports: Vec<Import>,
    /// Numbers of functions, by what they are.
    keys: BTreeMap<Key, u32>,
    /// The same in the order of their numbers.
    queue: Vec<Key>,
    /// Where the models' names lie, by file and entity.
    models: BTreeMap<(usize, usize), u32>,
    /// Genes in code, by what they belong to: file, attractor, stage, field.
    genes: BTreeMap<(usize, usize, usize, usize), Gene>,
}

impl Writer<'_, '_> {
    /// The number of a function, which is written if it is not yet.
    pub(super) fn function(&mut self, key: Key) -> u32 {
        let next = (self.imports.len() + self.queue.len()) as u32;
        let number = *self.keys.entry(key).or_insert(next);
        if number == next {
            self.queue.push(key);
        }
        number
    }

    pub(super) fn library(&mut self, routine: Routine) -> u32 {
        self.function(Key::Library(routine))
    }

    /// The number of an imported function. The plan knows of all that are used.
    pub(super) fn import(&self, import: Import) -> u32 {
        self.imports.iter().position(|found| *found == import).unwrap_or_default() as u32
    }

    /// Where the name of an entity's model lies.
    pub(super) fn model(&mut self, file: usize, entity: usize) -> u32 {
        if let Some(address) = self.models.get(&(file, entity)) {
            return *address;
        }
        let asked = self.plan.entity(file, entity);
        let is_judge = self.plan.judge(file) == Some(entity);
        let kind = if is_judge { GeneKind::Judge } else { GeneKind::Model };
        let name = format!("{}{}/model", self.plan.prefix(file), asked.name);
        let text = asked.model_key.as_ref().unwrap_or(&asked.name);
        let address = self.data.slot(name, kind, text);
        // A model would make something else of who answers without one, a person as well as an ensemble.
        let by_model = matches!(self.plan.answerer(file, entity), Ok(Answerer::Model));
        if asked.model_key.is_none() && !by_model {
            self.data.keep_last();
        }
        self.models.insert((file, entity), address);
        address
    }

    /// Notes a gene of one instruction.
    pub(super) fn gene(&mut self, at: (usize, usize, usize, usize), gene: Gene) {
        self.genes.insert(at, gene);
    }

    fn body(&mut self, key: Key) -> Function {
        match key {
            Key::Answer => pipeline::answer(self).finish(),
            Key::Route => pipeline::route(self).finish(),
            Key::Attractor(file, attractor) => pipeline::attractor(self, file, attractor).finish(),
            Key::Stage(file, attractor, stage) => pipeline::stage(self, file, attractor, stage).finish(),
            Key::Entity(file, asked) => entity::entity(self, file, asked).finish(),
            Key::Realloc => library::realloc(self),
            Key::Library(routine) => library::routine(self, routine),
        }
    }

    /// What people call a function.
    fn name(&self, key: Key) -> String {
        match key {
            Key::Answer => "answer".to_owned(),
            Key::Realloc => "cabi_realloc".to_owned(),
            Key::Route => "route".to_owned(),
            Key::Attractor(file, attractor) => {
                format!("{}{}", self.plan.prefix(file), self.plan.attractor(file, attractor).name)
            }
            Key::Stage(file, attractor, stage) => self.stage_name(file, attractor, stage),
            Key::Entity(file, entity) => {
                format!("{}{} answers", self.plan.prefix(file), self.plan.entity(file, entity).name)
            }
            Key::Library(routine) => routine.name().to_owned(),
        }
    }

    /// The name of a stage's gene.
    pub(super) fn stage_name(&self, file: usize, attractor: usize, stage: usize) -> String {
        let pipeline = self.plan.attractor(file, attractor);
        format!("{}{}/{}", self.plan.prefix(file), pipeline.name, pipeline.stages[stage].name)
    }
}

/// Writes the module of a plan.
pub(super) fn build(plan: &Plan<'_>) -> Result<Compiled, CompileError> {
    let wanted = [
        (plan.asks_models, Import::Generate),
        (plan.asks_judges, Import::Score),
        (plan.asks_people, Import::Approve),
        (plan.asks_people, Import::AskPerson),
    ];
    let imports = wanted.into_iter().filter(|(is_wanted, _)| *is_wanted).map(|(_, import)| import).collect();
    let mut writer = Writer {
        plan,
        data: Data::default(),
        imports,
        keys: BTreeMap::new(),
        queue: Vec::new(),
        models: BTreeMap::new(),
        genes: BTreeMap::new(),
    };
    writer.function(Key::Realloc);
    writer.function(Key::Answer);
    let mut bodies = Vec::new();
    while let Some(key) = writer.queue.get(bodies.len()).copied() {
        let body = writer.body(key);
        bodies.push(body);
    }
    // Those whom nobody asks: a judge may be replaced all the same, the models of others are there to be chosen.
    let asked: BTreeSet<(usize, usize)> = writer.models.keys().copied().collect();
    let (mut offered, entities) = (BTreeSet::new(), &plan.files[0].tree.entities);
    for (idx, _) in entities.iter().enumerate().filter(|(_, entity)| entity.model_key.is_some()) {
        if !asked.contains(&(0, idx)) {
            let address = writer.model(0, idx);
            if plan.judge(0) != Some(idx) {
                offered.insert(address);
            }
        }
    }
    assemble(writer, &bodies, &offered)
}

fn assemble(
    mut writer: Writer<'_, '_>,
    bodies: &[Function],
    offered: &BTreeSet<u32>,
) -> Result<Compiled, CompileError> {
    let mut types = Types::default();
    let mut imports = ImportSection::new();
    for import in &writer.imports {
        let (module, name) = import.names();
        imports.import(module, name, EntityType::Function(types.index(import.params(), vec![])));
    }
    let (mut functions, mut code, mut names) = (FunctionSection::new(), CodeSection::new(), NameMap::new());
    let first = writer.imports.len() as u32;
    let mut pieces = Vec::new();
    for (number, (key, body)) in (first..).zip(writer.queue.iter().zip(bodies)) {
        let (params, results) = signature(*key);
        functions.function(types.index(params, results));
        code.function(body);
        names.append(number, &writer.name(*key));
        let piece = match *key {
            Key::Attractor(file, attractor) => Piece::Attractor(file, attractor),
            Key::Stage(file, attractor, stage) => Piece::Stage(file, attractor, stage),
            Key::Entity(file, entity) => Piece::Entity(file, entity),
            Key::Answer | Key::Realloc | Key::Route | Key::Library(_) => Piece::Other,
        };
        pieces.push((number, piece));
    }
    let genes = genes(&mut writer, offered);
    let (contents, pages) = std::mem::take(&mut writer.data).finish()?;

    let mut module = Module::new();
    module.section(&types.section);
    if !writer.imports.is_empty() {
        module.section(&imports);
    }
    module.section(&functions);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    let mut globals = GlobalSection::new();
    for _ in 0..pipeline::N_GLOBALS {
        globals.global(GlobalType { val_type: I32, mutable: true, shared: false }, &ConstExpr::i32_const(0));
    }
    module.section(&globals);
    let mut exports = ExportSection::new();
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, first);
    exports.export("answer", ExportKind::Func, first + 1);
    module.section(&exports);
    module.section(&code);
    let mut data = DataSection::new();
    data.active(0, &ConstExpr::i32_const(BASE.cast_signed()), contents);
    module.section(&data);
    let mut section = NameSection::new();
    section.functions(&names);
    module.section(&section);
    let texts = section::encode(writer.plan.whole);
    module.section(&CustomSection { name: section::SECTION.into(), data: texts.into() });
    module.section(&CustomSection { name: gene::SECTION.into(), data: genes.encode().into() });
    Ok(Compiled { module: module.finish(), genes, pieces, models: writer.models })
}

/// All genes: those of stages in the order of the text, then the models; those at the addresses `offered` stay what they
/// are.
fn genes(writer: &mut Writer<'_, '_>, offered: &BTreeSet<u32>) -> GeneMap {
    let in_code = std::mem::take(&mut writer.genes).into_values();
    let (names, prompts): (Vec<_>, Vec<_>) = writer
        .data
        .slots
        .iter()
        .filter(|slot| !slot.stays)
        .map(|slot| Gene {
            name: slot.name.clone(),
            kind: slot.kind,
            place: Place::Data { segment: 0, range: slot.range() },
            bounds: if offered.contains(&slot.address) { Bounds::FIXED } else { Bounds::None },
        })
        .partition(|gene| matches!(gene.kind, GeneKind::Model | GeneKind::Judge));
    GeneMap { genes: in_code.chain(prompts).chain(names).collect() }
}

/// Function types, each once.
#[derive(Default)]
struct Types {
    section: TypeSection,
    known: Vec<(Vec<ValType>, Vec<ValType>)>,
}

impl Types {
    fn index(&mut self, params: Vec<ValType>, results: Vec<ValType>) -> u32 {
        let wanted = (params, results);
        if let Some(index) = self.known.iter().position(|known| *known == wanted) {
            return index as u32;
        }
        self.section.ty().function(wanted.0.iter().copied(), wanted.1.iter().copied());
        self.known.push(wanted);
        self.known.len() as u32 - 1
    }
}

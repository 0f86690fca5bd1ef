//! What of an instance a run can change, so that the next run can have the instance as new.
//!
//! Making an instance costs more than a short run. What a module can do to itself stands in its code: where every
//! change can be undone exactly, the instance is used again.

use std::ops::Range;

use flux_genome::cost::{CYCLES_1, CostTable};
use wasmparser::{
    BinaryReaderError, BlockType, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody,
    Operator, Parser, Payload, TableInit, TypeRef,
};

use super::glue::{Glue, HostFunction};
use super::scalar::{self, Scalar};
use crate::limits::{Limits, MEMORIES_PER_MODULE};

/// Functions and globals of a module that is interpreted, at most; a compiler has limits of its own beyond, and is to
/// refuse at once what it refuses.
const MAX_ITEMS: u32 = 4096;

/// What a module is made of, as far as running it goes.
#[derive(Debug)]
pub(super) struct Inventory {
    /// The functions that it imports, in order.
    pub(super) imports: Vec<HostFunction>,
    /// Bytes that each of its memories has at the start.
    pub(super) memories: Vec<usize>,
    /// Elements that each of its tables has at the start.
    pub(super) tables: Vec<usize>,
    /// Whether its memory is not all zero at the start.
    pub(super) has_data: bool,
    /// Its allocator, where that is the one of the plain convention that always gives the same place.
    pub(super) allocator: Option<Allocator>,
    /// How it is entered, where its memory, allocator and wrapper need not be there.
    pub(super) scalar: Option<Scalar>,
    /// Whether a run's changes can be undone.
    pub(super) changes: Changes,
}

/// An allocator whose calls need not be made to know what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allocator {
    /// What it returns.
    pub(super) address: u32,
    /// The most bytes that it allocates.
    pub(super) bytes: u32,
    /// What a call that allocates costs, in cycles.
    pub(super) cycles: i64,
}

impl Allocator {
    /// Recognises the body that `flux_genome::convention` writes.
    fn of(body: &FunctionBody<'_>) -> Result<Option<Self>, BinaryReaderError> {
        use Operator as O;
        if body.range().len() > MAX_ALLOCATOR_BYTES || body.get_locals_reader()?.get_count() > 0 {
            return Ok(None);
        }
        let operators = body.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let [
            O::LocalGet { local_index: 3 },
            O::I32Const { value: bytes },
            O::I32GtU,
            O::If { blockty: BlockType::Empty },
            O::Unreachable,
            O::End,
            O::I32Const { value: address },
            O::End,
        ] = operators.as_slice()
        else {
            return Ok(None);
        };
        let cycles = operators.iter().map(|operator| i64::from(CostTable::operator(operator))).sum::<i64>();
        Ok(Some(Self {
            address: address.cast_unsigned(),
            bytes: bytes.cast_unsigned(),
            cycles: i64::from(CYCLES_1.function_entry) + cycles,
        }))
    }
}

/// What a run can change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Changes {
    /// Something that cannot be undone from outside.
    Lasting,
    /// These only.
    Undoable {
        /// Globals, by their index.
        globals: Vec<u32>,
        /// Where in its first memory it writes.
        writes: Writes,
    },
}

/// Where a module writes into its first memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// At these places only.
    At(Vec<Range<usize>>),
    /// Anywhere.
    Anywhere,
}

/// Reads what `module` is made of; nothing where it is not for the interpreter.
pub(super) fn read(module: &[u8], glue: &Glue<'_>) -> Option<Inventory> {
    let mut reader = Reader {
        inventory: Inventory {
            imports: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            has_data: false,
            allocator: None,
            scalar: None,
            changes: Changes::Lasting,
        },
        realloc: None,
        entry: None,
        n_functions: 0,
        n_bodies: 0,
        is_rooted: glue.post_return.is_some(),
        globals: Vec::new(),
        writes: Vec::new(),
        writes_anywhere: false,
        lasts: false,
        has_start: false,
        grows: false,
        stores_far: false,
        allocator_grows: false,
        allocator_is_called: false,
        is_set_up_by_code: false,
    };
    for payload in Parser::new(0).parse_all(module) {
        reader.follow(payload.ok()?, glue).ok().flatten()?;
    }
    if reader.has_start && reader.is_set_up_by_code
        || reader.grows
        || reader.stores_far
        || (reader.allocator_grows && reader.allocator_is_called)
    {
        return None;
    }
    // Places of other memories are not looked after.
    if !reader.lasts && reader.inventory.memories.len() <= 1 {
        let writes = if reader.writes_anywhere { Writes::Anywhere } else { Writes::At(reader.writes) };
        reader.inventory.changes = Changes::Undoable { globals: reader.globals, writes };
    }
    Some(reader.inventory)
}

struct Reader {
    inventory: Inventory,
    /// The function that allocates, by its index.
    realloc: Option<u32>,
    /// The world's function, by its index.
    entry: Option<u32>,
    /// Functions that it defines, and those whose bodies were seen.
    n_functions: u32,
    n_bodies: u32,
    /// Whether anything but its last two functions has to do with the memory or with those.
    is_rooted: bool,
    globals: Vec<u32>,
    writes: Vec<Range<usize>>,
    writes_anywhere: bool,
    lasts: bool,
    has_start: bool,
    /// Whether it may grow memories or tables again and again: wasmi's handlers of these do not end in a tail call, so
    /// that each takes native stack until the run ends. The allocator may, as the host calls it once a run.
    grows: bool,
    /// Whether it has a store that wasmi's translator may panic on: of an integer, past what it has short codes for,
    /// where address and value may be one and the same register.
    stores_far: bool,
    allocator_grows: bool,
    /// Whether anybody but the host may call the allocator.
    allocator_is_called: bool,
    /// Whether compiled code fills its memory or tables, for which the compiled tier charges; together with a start
    /// function that cannot be told from what the function costs.
    is_set_up_by_code: bool,
}

impl Reader {
    fn follow(&mut self, payload: Payload<'_>, glue: &Glue<'_>) -> Result<Option<()>, BinaryReaderError> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let (TypeRef::Func(_), Some(function)) =
                        (import.ty, glue.import(import.module, import.name))
                    else {
                        return Ok(None);
                    };
                    self.inventory.imports.push(function);
                }
            }
            Payload::FunctionSection(section) if section.count() > MAX_ITEMS => return Ok(None),
            Payload::FunctionSection(section) => self.n_functions = section.count(),
            Payload::GlobalSection(section) if section.count() > MAX_ITEMS => return Ok(None),
            Payload::GlobalSection(section) => {
                for global in section {
                    self.is_rooted |= global?.ty.content_type.is_reference_type();
                }
            }
            Payload::MemorySection(section) => {
                if section.count() > MEMORIES_PER_MODULE {
                    return Ok(None);
                }
                for memory in section {
                    let bytes = memory?.initial.saturating_mul(1 << 16);
                    let Some(bytes) =
                        usize::try_from(bytes).ok().filter(|it| *it <= Limits::MAX_MEMORY_BYTES)
                    else {
                        return Ok(None);
                    };
                    self.inventory.memories.push(bytes);
                }
            }
            Payload::TableSection(section) => {
                if section.count() > MEMORIES_PER_MODULE {
                    return Ok(None);
                }
                for table in section {
                    let table = table?;
                    self.is_set_up_by_code |= !matches!(table.init, TableInit::RefNull);
                    let ty = table.ty;
                    // What the compiled tier has room for; past it a table's own maximum and the room cannot be told
                    // from each other there.
                    let most = Limits::DEFAULT.table_elements;
                    let fits = |size: u64| usize::try_from(size).ok().filter(|size| *size <= most);
                    let (Some(initial), true) =
                        (fits(ty.initial), ty.maximum.is_none_or(|maximum| fits(maximum).is_some()))
                    else {
                        return Ok(None);
                    };
                    self.inventory.tables.push(initial);
                }
            }
            Payload::StartSection { .. } => self.has_start = true,
            Payload::ElementSection(section) => {
                self.allocator_is_called |= section.count() > 0 && !self.inventory.memories.is_empty();
                for element in section {
                    let element = element?;
                    if let ElementKind::Active { offset_expr, .. } = &element.kind {
                        self.is_set_up_by_code |= constant(offset_expr).is_none()
                            || !matches!(element.items, ElementItems::Functions(_));
                    }
                }
            }
            Payload::DataSection(section) => {
                self.inventory.has_data = section.count() > 0;
                for data in section {
                    let data = data?;
                    if let DataKind::Active { offset_expr, .. } = &data.kind {
                        let end = constant(offset_expr).map(|start| start as usize + data.data.len());
                        self.is_set_up_by_code |= end.is_none_or(|end| end > MAX_IMAGE_BYTES);
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func && export.name == glue.realloc {
                        self.realloc = Some(export.index);
                    }
                    if export.kind == ExternalKind::Func && export.name == glue.entry {
                        self.entry = Some(export.index);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let n_imports = u32::try_from(self.inventory.imports.len()).unwrap_or(u32::MAX);
                let function = n_imports.saturating_add(self.n_bodies);
                let after = self.n_functions.saturating_sub(self.n_bodies);
                if self.realloc == Some(function) {
                    self.inventory.allocator = Allocator::of(&body)?;
                    self.is_rooted |= after != 2;
                }
                if self.entry == Some(function)
                    && let ([memory_bytes], Some(allocator), 1, false) =
                        (&*self.inventory.memories, self.inventory.allocator, after, self.is_rooted)
                {
                    let scalar = Scalar::of(&body, allocator, *memory_bytes)?;
                    self.inventory.scalar = scalar.filter(|scalar| scalar.inner >= n_imports);
                }
                self.n_bodies = self.n_bodies.saturating_add(1);
                self.unfit(&body, self.realloc == Some(function))?;
                if !self.lasts {
                    self.body(&body, after > 2)?;
                }
            }
            _ => {}
        }
        Ok(Some(()))
    }

    /// Notes what wasmi cannot be given: what may grow memories or tables more than once a run, and stores that it may
    /// not be able to translate.
    fn unfit(&mut self, body: &FunctionBody<'_>, is_allocator: bool) -> Result<(), BinaryReaderError> {
        use Operator as O;
        let (mut grows, mut loops) = (false, false);
        // Of a store's operands: whether the value is a constant, and whether the address is.
        let (mut value_is_constant, mut address_is_constant) = (false, false);
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if let O::I32Store { memarg }
            | O::I32Store8 { memarg }
            | O::I32Store16 { memarg }
            | O::I64Store { memarg }
            | O::I64Store8 { memarg }
            | O::I64Store16 { memarg }
            | O::I64Store32 { memarg } = &operator
            {
                let is_far = memarg.offset > u64::from(u16::MAX) || memarg.memory != 0;
                self.stores_far |= is_far && !value_is_constant && !address_is_constant;
            }
            // A constant stays the address while a value that takes one operator is put above it.
            let takes_one = matches!(operator, O::LocalGet { .. } | O::GlobalGet { .. });
            address_is_constant = value_is_constant && takes_one;
            value_is_constant = matches!(operator, O::I32Const { .. } | O::I64Const { .. });
            match operator {
                O::MemoryGrow { .. } | O::TableGrow { .. } => grows = true,
                O::Loop { .. } => loops = true,
                O::Call { function_index }
                | O::ReturnCall { function_index }
                | O::RefFunc { function_index } => {
                    self.allocator_is_called |= self.realloc == Some(function_index);
                }
                _ => {}
            }
        }
        self.grows |= grows && (loops || !is_allocator);
        self.allocator_grows |= grows && is_allocator;
        Ok(())
    }

    /// Looks through a body; `is_own` says that it is not one of the last two.
    fn body(&mut self, body: &FunctionBody<'_>, is_own: bool) -> Result<(), BinaryReaderError> {
        let mut operators = body.get_operators_reader()?;
        let n_imports = u32::try_from(self.inventory.imports.len()).unwrap_or(u32::MAX);
        let first_added = n_imports.saturating_add(self.n_functions.saturating_sub(2));
        // The address, where the operator before the last one put a constant there.
        let mut address = None;
        let mut constant = None;
        while !operators.eof() {
            use Operator as O;
            let operator = operators.read()?;
            if is_own && !self.is_rooted {
                self.is_rooted = match operator {
                    O::Call { function_index } | O::ReturnCall { function_index } => {
                        function_index >= first_added
                    }
                    O::RefFunc { .. } => true,
                    _ => scalar::is_rooted(&operator),
                };
            }
            let place = address.take();
            match &operator {
                // These leave what is below them on the stack where it is.
                O::LocalGet { .. } | O::GlobalGet { .. } | O::I64Const { .. } | O::I32Const { .. } => {
                    address = constant;
                }
                O::GlobalSet { global_index } if !self.globals.contains(global_index) => {
                    self.globals.push(*global_index);
                }
                O::I32Store { memarg } | O::F32Store { memarg } | O::I64Store32 { memarg } => {
                    self.write(place, memarg, 4);
                }
                O::I64Store { memarg } | O::F64Store { memarg } => self.write(place, memarg, 8),
                O::I32Store8 { memarg } | O::I64Store8 { memarg } => self.write(place, memarg, 1),
                O::I32Store16 { memarg } | O::I64Store16 { memarg } => self.write(place, memarg, 2),
                O::V128Store { memarg } => self.write(place, memarg, 16),
                O::V128Store8Lane { .. }
                | O::V128Store16Lane { .. }
                | O::V128Store32Lane { .. }
                | O::V128Store64Lane { .. }
                | O::MemoryCopy { .. }
                | O::MemoryFill { .. }
                | O::MemoryInit { .. } => self.writes_anywhere = true,
                O::TableSet { .. }
                | O::TableGrow { .. }
                | O::TableFill { .. }
                | O::TableCopy { .. }
                | O::TableInit { .. }
                | O::DataDrop { .. }
                | O::ElemDrop { .. } => self.lasts = true,
                _ => {}
            }
            constant = match operator {
                O::I32Const { value } => Some(value.cast_unsigned()),
                _ => None,
            };
        }
        Ok(())
    }

    fn write(&mut self, address: Option<u32>, memarg: &wasmparser::MemArg, size: usize) {
        let start = address
            .map(|address| u64::from(address).saturating_add(memarg.offset))
            .and_then(|start| usize::try_from(start).ok());
        match start.and_then(|start| Some(start..start.checked_add(size)?)) {
            Some(place) if self.writes.len() < MAX_PLACES => self.writes.push(place),
            _ => self.writes_anywhere = true,
        }
    }
}

/// Memory up to here is filled from an image by the compiled tier, however sparse it is.
const MAX_IMAGE_BYTES: usize = 1 << 20;

/// The value of an expression that is one `i32.const`.
fn constant(expression: &ConstExpr<'_>) -> Option<u32> {
    let mut operators = expression.get_operators_reader();
    match (operators.read().ok()?, operators.read().ok()?) {
        (Operator::I32Const { value }, Operator::End) => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// The plain allocator is shorter than this; longer bodies are not looked at as one.
const MAX_ALLOCATOR_BYTES: usize = 32;

/// More places than this are not cleared one by one.
const MAX_PLACES: usize = 64;

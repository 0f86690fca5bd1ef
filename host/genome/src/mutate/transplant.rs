//! Carries code from one function into another, of the same module or of another one.
//!
//! Everything the code names is found again in the receiver: locals by type, function types by structure, imports
//! by module, name and type, memories and tables by index and type, globals and functions by common ancestry
//! (equal in both modules), by export name, or else brought along. Code that names something that cannot be had is
//! refused; the receiver's imports never grow.

use std::collections::BTreeMap;
use std::ops::Range;

use wasm_encoder::Instruction;
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasmparser::{ExternalKind, FuncType, Operator, ValType};

use super::assemble::{NewFunction, NewGlobal, Patch};
use super::code::{Code, Splice, rewrite};
use super::{Edit, Inapplicable};
use crate::rng::Rng;
use crate::view::{FunctionView, ModuleView};

/// The most functions brought along in one operation.
const MAX_FUNCTIONS: usize = 4;

/// The most bytes of function bodies brought along in one operation.
const MAX_BYTES: usize = 8 * 1024;

/// The most locals a function may have before code that would add another is refused.
const MAX_LOCALS: usize = 4096;

/// How a local of the donor finds its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locals {
    /// The receiver's local of the same index if it has the same type, else a new one.
    Aligned,
    /// Any local of the same type, else a new one.
    Any,
}

/// What is known of how the donor's index spaces map into the receiver's.
#[derive(Debug, Clone)]
pub struct Transplant<'x, 'd, 'r> {
    donor: &'x ModuleView<'d>,
    receiver: &'x ModuleView<'r>,
    same_module: bool,
    /// What the receiver gets: types, functions and globals.
    pub patch: Patch,
    types: BTreeMap<u32, u32>,
    functions: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
    brought_bytes: usize,
}

/// Code of one function that is to stand in another.
pub(super) struct Cutting<'x, 'd, 'v> {
    pub donor: &'x ModuleView<'d>,
    pub from: &'x FunctionView<'v>,
    pub range: Range<usize>,
}

impl Cutting<'_, '_, '_> {
    /// Returns the edit that puts the cutting in place of the instructions `to` of `view`, a function of `module`; an
    /// empty range inserts. Nothing where it cannot be carried over, or stands there already.
    pub(super) fn planted(
        self,
        module: &ModuleView<'_>,
        view: &FunctionView<'_>,
        to: Range<usize>,
        rng: &mut Rng,
        description: String,
    ) -> Option<Edit> {
        let mut transplant = Transplant::new(self.donor, module);
        let mut locals = LocalMap::default();
        let code = transplant.code(self.from, self.range, view, &mut locals, Locals::Any, rng).ok()?;
        if code.bytes() == &view.bytes[view.bytes_of(to.clone())] {
            return None;
        }
        let mut patch = transplant.patch;
        patch.bodies.push(rewrite(view, vec![Splice { range: to, code }], &locals.added));
        Some(Edit { patch, function: Some(view.function), description })
    }
}

/// The locals of one receiving function.
#[derive(Debug, Clone, Default)]
pub struct LocalMap {
    map: BTreeMap<u32, u32>,
    /// The locals to append to the receiving function.
    pub added: Vec<ValType>,
}

/// Why an instruction was refused; carried through the re-encoder.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0}")]
struct Refused(&'static str);

type Reencoded<T> = Result<T, Error<Refused>>;

fn refuse<T>(why: &'static str) -> Reencoded<T> {
    Err(Error::UserError(Refused(why)))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn inapplicable(error: Error<Refused>) -> Inapplicable {
    match error {
        Error::UserError(Refused(why)) => Inapplicable(why),
        _ => Inapplicable("the code uses something that is not rewritten"),
    }
}

impl<'x, 'd, 'r> Transplant<'x, 'd, 'r> {
    /// Returns the transplant from `donor` into `receiver`; `same_module` says that they are one module.
    pub fn new(donor: &'x ModuleView<'d>, receiver: &'x ModuleView<'r>) -> Self {
        let same_module = std::ptr::eq(donor.bytes, receiver.bytes);
        Transplant {
            donor,
            receiver,
            same_module,
            patch: Patch::default(),
            types: BTreeMap::new(),
            functions: BTreeMap::new(),
            globals: BTreeMap::new(),
            brought_bytes: 0,
        }
    }

    /// Returns the instructions `range` of `from` as code for `to`.
    ///
    /// # Errors
    /// [`Inapplicable`] when the code names something that the receiver cannot have. What was appended to the
    /// patch until then stays there; drop the transplant.
    pub fn code(
        &mut self,
        from: &FunctionView<'_>,
        range: Range<usize>,
        to: &FunctionView<'_>,
        locals: &mut LocalMap,
        policy: Locals,
        rng: &mut Rng,
    ) -> Result<Code, Inapplicable> {
        let mut code = Code::new();
        for instr in &from.instrs[range] {
            let instruction = match instr.op {
                Operator::LocalGet { local_index } => {
                    Instruction::LocalGet(place_local(from, local_index, to, locals, policy, rng)?)
                }
                Operator::LocalSet { local_index } => {
                    Instruction::LocalSet(place_local(from, local_index, to, locals, policy, rng)?)
                }
                Operator::LocalTee { local_index } => {
                    Instruction::LocalTee(place_local(from, local_index, to, locals, policy, rng)?)
                }
                _ => self.translate(instr.op.clone())?,
            };
            code.push(&instruction);
        }
        Ok(code)
    }

    /// Returns the body of the donor's function `function` for use in the receiver: its own locals, everything else
    /// found again.
    ///
    /// # Errors
    /// [`Inapplicable`] when the body names something that the receiver cannot have.
    pub fn body(&mut self, function: u32) -> Result<Vec<u8>, Inapplicable> {
        self.whole_body(function).map_err(inapplicable)
    }

    fn translate<'o>(&mut self, op: Operator<'o>) -> Result<Instruction<'o>, Inapplicable> {
        if !self.same_module && matches!(op, Operator::RefFunc { .. }) {
            return Err(Inapplicable("a function reference of the other module is not declared here"));
        }
        utils::instruction(&mut Remap(self), op).map_err(inapplicable)
    }

    fn type_index(&mut self, ty: u32) -> Reencoded<u32> {
        if self.same_module {
            return Ok(ty);
        }
        if let Some(&known) = self.types.get(&ty) {
            return Ok(known);
        }
        let Some(wanted) = self.donor.func_type(ty).cloned() else {
            return refuse("the code uses a type that is not a function's");
        };
        let index = self.add_type(&wanted);
        self.types.insert(ty, index);
        Ok(index)
    }

    /// Returns the index of the function type `ty` in the receiver, appending it where it is missing.
    pub fn add_type(&mut self, ty: &FuncType) -> u32 {
        if let Some(index) = self.receiver.find_type(ty) {
            return index;
        }
        let first = self.receiver.types.len();
        let index = self.patch.types.iter().position(|known| known == ty).unwrap_or_else(|| {
            self.patch.types.push(ty.clone());
            self.patch.types.len() - 1
        });
        (first + index) as u32
    }

    fn function_index(&mut self, function: u32) -> Reencoded<u32> {
        if self.same_module {
            return Ok(function);
        }
        if let Some(&known) = self.functions.get(&function) {
            return Ok(known);
        }
        let (donor, receiver) = (self.donor, self.receiver);
        let Some(ty) = donor.type_of(function) else {
            return refuse("the code calls a function of a type that is not rewritten");
        };
        if let Some(import) = donor.import_of(function).filter(|_| function < donor.imported_functions) {
            return match receiver.import_function(import.module, import.name) {
                Some(index) if receiver.type_of(index) == Some(ty) => {
                    self.functions.insert(function, index);
                    Ok(index)
                }
                _ => refuse("the code calls an import that the receiver does not have"),
            };
        }
        let body = |module: &ModuleView<'_>, function: u32| -> Option<Range<usize>> {
            Some(module.functions.get(function as usize)?.body.as_ref()?.range.clone())
        };
        let Some(donor_body) = body(donor, function) else {
            return refuse("the code calls a function that does not exist");
        };
        let alike = body(receiver, function)
            .is_some_and(|range| receiver.bytes[range] == donor.bytes[donor_body.clone()]);
        if alike && receiver.type_of(function) == Some(ty) {
            self.functions.insert(function, function);
            return Ok(function);
        }
        let named = exported(donor, ExternalKind::Func, function)
            .and_then(|name| export(receiver, ExternalKind::Func, name))
            .filter(|&index| receiver.type_of(index) == Some(ty));
        if let Some(index) = named {
            self.functions.insert(function, index);
            return Ok(index);
        }
        let fits =
            self.patch.functions.len() < MAX_FUNCTIONS && self.brought_bytes + donor_body.len() <= MAX_BYTES;
        if !fits {
            return match receiver.defined().find(|&index| receiver.type_of(index) == Some(ty)) {
                Some(index) => Ok(index),
                None => refuse("the code calls more functions than are brought along"),
            };
        }
        self.brought_bytes += donor_body.len();
        let ty = ty.clone();
        let index = (receiver.functions.len() + self.patch.functions.len()) as u32;
        // Known before its body is, so that recursion finds it.
        self.functions.insert(function, index);
        let slot = self.patch.functions.len();
        let type_index = self.add_type(&ty);
        self.patch.functions.push(NewFunction { type_index, body: Vec::new() });
        self.patch.functions[slot].body = self.whole_body(function)?;
        Ok(index)
    }

    fn whole_body(&mut self, function: u32) -> Reencoded<Vec<u8>> {
        let Some(view) = self.donor.look(function) else {
            return refuse("the code calls a function that is not rewritten");
        };
        let mut code = Code::new();
        for instr in &view.instrs {
            if matches!(instr.op, Operator::RefFunc { .. }) {
                return refuse("a function reference of the other module is not declared here");
            }
            code.push(&utils::instruction(&mut Remap(self), instr.op.clone())?);
        }
        let mut body = view.bytes[view.locals_bytes()].to_vec();
        body.extend_from_slice(code.bytes());
        Ok(body)
    }

    fn global_index(&mut self, global: u32) -> Reencoded<u32> {
        if self.same_module {
            return Ok(global);
        }
        if let Some(&known) = self.globals.get(&global) {
            return Ok(known);
        }
        let (donor, receiver) = (self.donor, self.receiver);
        let Some(facts) = donor.globals.get(global as usize) else {
            return refuse("the code uses a global that does not exist");
        };
        let init = facts.init.as_ref().map(|range| &donor.bytes[range.clone()]);
        let Some(init) = init else {
            return refuse("the code uses an imported global");
        };
        // Constants, null references and vectors; anything else refers to the donor.
        if !matches!(init.first(), Some(0x41..=0x44 | 0xd0 | 0xfd)) || facts.ty.shared {
            return refuse("the code uses a global whose start value cannot be brought along");
        }
        let same = |index: u32, with_init: bool| {
            receiver.globals.get(index as usize).is_some_and(|other| {
                other.ty == facts.ty
                    && (!with_init || other.init.as_ref().is_some_and(|r| &receiver.bytes[r.clone()] == init))
            })
        };
        let named = exported(donor, ExternalKind::Global, global)
            .and_then(|name| export(receiver, ExternalKind::Global, name))
            .filter(|&index| same(index, false));
        let index = if same(global, true) {
            global
        } else if let Some(index) = named {
            index
        } else {
            self.patch.globals.push(NewGlobal {
                ty: facts.ty.content_type,
                mutable: facts.ty.mutable,
                init: init.to_vec(),
            });
            (receiver.globals.len() + self.patch.globals.len() - 1) as u32
        };
        self.globals.insert(global, index);
        Ok(index)
    }
}

fn exported<'a>(module: &ModuleView<'a>, kind: ExternalKind, index: u32) -> Option<&'a str> {
    module
        .exports
        .iter()
        .find(|export| export.kind == kind && export.index == index)
        .map(|export| export.name)
}

fn export(module: &ModuleView<'_>, kind: ExternalKind, name: &str) -> Option<u32> {
    module.exports.iter().find(|export| export.kind == kind && export.name == name).map(|export| export.index)
}

fn place_local(
    from: &FunctionView<'_>,
    local: u32,
    to: &FunctionView<'_>,
    locals: &mut LocalMap,
    policy: Locals,
    rng: &mut Rng,
) -> Result<u32, Inapplicable> {
    if let Some(&known) = locals.map.get(&local) {
        return Ok(known);
    }
    let Some(&ty) = from.locals.get(local as usize) else {
        return Err(Inapplicable("the code uses a local that does not exist"));
    };
    let found = match policy {
        Locals::Aligned => (to.locals.get(local as usize) == Some(&ty)).then_some(local),
        Locals::Any => {
            let same: Vec<u32> = to
                .locals
                .iter()
                .enumerate()
                .filter(|&(_, &other)| other == ty)
                .map(|(i, _)| i as u32)
                .collect();
            rng.pick(&same).copied()
        }
    };
    let index = match found {
        Some(index) => index,
        None => {
            let index = to.locals.len() + locals.added.len();
            if index >= MAX_LOCALS {
                return Err(Inapplicable("the function has too many locals already"));
            }
            locals.added.push(ty);
            index as u32
        }
    };
    locals.map.insert(local, index);
    Ok(index)
}

struct Remap<'t, 'x, 'd, 'r>(&'t mut Transplant<'x, 'd, 'r>);

impl Reencode for Remap<'_, '_, '_, '_> {
    type Error = Refused;

    fn type_index(&mut self, ty: u32) -> Reencoded<u32> {
        self.0.type_index(ty)
    }

    fn function_index(&mut self, func: u32) -> Reencoded<u32> {
        self.0.function_index(func)
    }

    fn global_index(&mut self, global: u32) -> Reencoded<u32> {
        self.0.global_index(global)
    }

    fn memory_index(&mut self, memory: u32) -> Reencoded<u32> {
        let t = &self.0;
        let kind = |module: &ModuleView<'_>| {
            module.memories.get(memory as usize).map(|m| (m.memory64, m.shared, m.page_size_log2))
        };
        match (kind(t.donor), kind(t.receiver)) {
            (Some(donor), Some(receiver)) if donor == receiver => Ok(memory),
            _ => refuse("the code uses a memory that the receiver does not have"),
        }
    }

    fn table_index(&mut self, table: u32) -> Reencoded<u32> {
        let t = &self.0;
        let kind = |module: &ModuleView<'_>| {
            module.tables.get(table as usize).map(|t| (t.element_type, t.table64, t.shared))
        };
        match (kind(t.donor), kind(t.receiver)) {
            (Some(donor), Some(receiver)) if donor == receiver => Ok(table),
            _ => refuse("the code uses a table that the receiver does not have"),
        }
    }

    fn data_index(&mut self, data: u32) -> Reencoded<u32> {
        if self.0.same_module { Ok(data) } else { refuse("the code uses a data segment of the other module") }
    }

    fn element_index(&mut self, element: u32) -> Reencoded<u32> {
        if self.0.same_module {
            Ok(element)
        } else {
            refuse("the code uses an element segment of the other module")
        }
    }

    fn tag_index(&mut self, tag: u32) -> Reencoded<u32> {
        if self.0.same_module { Ok(tag) } else { refuse("the code uses a tag of the other module") }
    }
}

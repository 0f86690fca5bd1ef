//! Writes the metered module: the old bytes with what was planned between them.
//!
//! Indices do not move, because everything new comes last, so code between insertions is copied as bytes.
//!
//! A body becomes (the block `$body` only where a branch leads to its end):
//!
//! ```wat
//! ;; give up if too many calls are under way, count this one
//! block $stop
//!   ;; br_if $stop if the budget is used up
//!   block $body (result ...)
//!     ;; the old body
//!   end
//!   ;; charge what is left, give the call back
//!   return
//! end
//! ;; set the reason
//! unreachable
//! ```

use std::borrow::Cow;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, Encode, ExportKind, ExportSection, Function, GlobalSection,
    GlobalType, Ieee32, Ieee64, InstructionSink, Module, RawSection, ValType,
};
use wasmparser::BinaryReader;

use super::depth::Depth;
use super::float::Shape;
use super::layout::{Layout, id};
use super::scan::{Charge, Holder, Scanned, What};
use super::{CYCLES, DEPTH, MeterError, Options, START, STOP, Stop, global_name};

/// The most that a sized operator of constant size may cost without being a checkpoint, in cycles.
pub const SMALL_SIZED_COST: u64 = 128;

/// The most locals that a function may have, by the limits that engines share.
const MAX_LOCALS: u64 = 50_000;

/// What calling the start function costs besides.
const START_COST: i64 = 2;

const F32_NAN: u32 = 0x7fc0_0000;
const F64_NAN: u64 = 0x7ff8_0000_0000_0000;

/// Where metering keeps its state.
#[derive(Clone, Copy)]
struct Globals {
    cycles: u32,
    depth: u32,
    stop: u32,
}

/// Writes the metered form of `module`.
pub(super) fn emit(
    module: &[u8],
    layout: &Layout<'_>,
    bodies: &[Scanned],
    depths: &[Depth],
    options: &Options,
) -> Result<Vec<u8>, MeterError> {
    let globals =
        Globals { cycles: layout.n_globals, depth: layout.n_globals + 1, stop: layout.n_globals + 2 };
    let mut types = Types { layout, added: Vec::new() };
    let mut code = CodeSection::new();
    for (i, (body, depth)) in bodies.iter().zip(depths).enumerate() {
        let function = layout.n_imported_functions + u32::try_from(i).unwrap_or(u32::MAX);
        code.raw(&emit_body(module, function, body, *depth, globals, options, &mut types)?);
    }
    let mut added = Added::default();
    if let Some(start) = layout.start {
        added.functions.push(types.block_type_index(&[])?);
        code.function(&start_function(start, globals));
    }
    added.globals = added_globals()?;
    added.exports = added_exports(layout, globals, options)?;
    added.types = types.encode()?;
    Ok(assemble(layout, &added, &code)?.finish())
}

/// What comes last in each section, encoded.
#[derive(Default)]
struct Added {
    types: (u32, Vec<u8>),
    functions: Vec<u32>,
    globals: (u32, Vec<u8>),
    exports: (u32, Vec<u8>),
}

/// Puts the sections together: old ones that change are extended, missing ones are made where they belong.
fn assemble(layout: &Layout<'_>, added: &Added, code: &CodeSection) -> Result<Module, MeterError> {
    let mut functions = Vec::new();
    for ty in &added.functions {
        ty.encode(&mut functions);
    }
    let n_functions = u32::try_from(added.functions.len()).unwrap_or(u32::MAX);
    let mut extended = vec![
        (id::TYPE, added.types.0, added.types.1.as_slice()),
        (id::FUNCTION, n_functions, functions.as_slice()),
        (id::GLOBAL, added.globals.0, added.globals.1.as_slice()),
        (id::EXPORT, added.exports.0, added.exports.1.as_slice()),
    ];
    let mut code = (!layout.bodies.is_empty() || n_functions > 0).then_some(code);
    let mut module = Module::new();
    for section in &layout.sections {
        if section.id != id::CUSTOM {
            while let Some((missing, n, entries)) = extended.first().copied()
                && rank(missing) < rank(section.id)
            {
                extended.remove(0);
                if n > 0 {
                    module.section(&RawSection { id: missing, data: &extend(&[0], n, entries)? });
                }
            }
            if rank(section.id) > rank(id::CODE)
                && let Some(code) = code.take()
            {
                module.section(code);
            }
        }
        match section.id {
            id::START => {}
            id::CUSTOM if section.places_instructions => {}
            id::CODE => {
                if let Some(code) = code.take() {
                    module.section(code);
                }
            }
            other => {
                let data = match extended.first().copied() {
                    Some((changed, n, entries)) if changed == other => {
                        extended.remove(0);
                        Cow::Owned(extend(section.content, n, entries)?)
                    }
                    _ => Cow::Borrowed(section.content),
                };
                module.section(&RawSection { id: other, data: &data });
            }
        }
    }
    for (missing, n, entries) in extended {
        if n > 0 {
            module.section(&RawSection { id: missing, data: &extend(&[0], n, entries)? });
        }
    }
    if let Some(code) = code {
        module.section(code);
    }
    Ok(module)
}

/// The place of a section in the order that the specification asks for, which is not that of the ids.
fn rank(section_id: u8) -> u8 {
    match section_id {
        1..=5 => section_id,
        13 => 6,
        6..=9 => section_id + 1,
        12 => 11,
        10 => 12,
        _ => 13,
    }
}

/// A section's content with `n` more entries at its end.
fn extend(content: &[u8], n: u32, entries: &[u8]) -> Result<Vec<u8>, MeterError> {
    let mut reader = BinaryReader::new(content, 0);
    let count = reader.read_var_u32().map_err(MeterError::Malformed)?;
    let old = content.get(reader.current_position()..).unwrap_or_default();
    let mut extended = Vec::with_capacity(content.len() + entries.len() + 4);
    count.saturating_add(n).encode(&mut extended);
    extended.extend_from_slice(old);
    extended.extend_from_slice(entries);
    Ok(extended)
}

/// The entries of an encoded section: its number of entries, and its bytes without size and number.
fn entries(section: &impl Encode) -> Result<(u32, Vec<u8>), MeterError> {
    let mut bytes = Vec::new();
    section.encode(&mut bytes);
    let mut reader = BinaryReader::new(&bytes, 0);
    reader.read_var_u32().map_err(MeterError::Malformed)?;
    let n = reader.read_var_u32().map_err(MeterError::Malformed)?;
    let at = reader.current_position();
    Ok((n, bytes.split_off(at)))
}

fn added_globals() -> Result<(u32, Vec<u8>), MeterError> {
    let mut section = GlobalSection::new();
    for (val_type, zero) in [
        (ValType::I64, ConstExpr::i64_const(0)),
        (ValType::I32, ConstExpr::i32_const(0)),
        (ValType::I32, ConstExpr::i32_const(0)),
    ] {
        section.global(GlobalType { val_type, mutable: true, shared: false }, &zero);
    }
    entries(&section)
}

fn added_exports(
    layout: &Layout<'_>,
    globals: Globals,
    options: &Options,
) -> Result<(u32, Vec<u8>), MeterError> {
    let mut section = ExportSection::new();
    section.export(CYCLES, ExportKind::Global, globals.cycles);
    section.export(DEPTH, ExportKind::Global, globals.depth);
    section.export(STOP, ExportKind::Global, globals.stop);
    if layout.start.is_some() {
        let n_functions = u32::try_from(layout.functions.len()).unwrap_or(u32::MAX);
        section.export(START, ExportKind::Func, n_functions);
    }
    if options.globals == super::Globals::Exported {
        for index in &layout.mutable_globals {
            section.export(&global_name(*index), ExportKind::Global, *index);
        }
    }
    entries(&section)
}

/// The types that are there, and those that are added for blocks of several results.
struct Types<'a> {
    layout: &'a Layout<'a>,
    added: Vec<Vec<wasmparser::ValType>>,
}

impl Types<'_> {
    fn block_type(&mut self, results: &[wasmparser::ValType]) -> Result<BlockType, MeterError> {
        Ok(match results {
            [] => BlockType::Empty,
            [result] => BlockType::Result(val_type(*result)?),
            _ => BlockType::FunctionType(self.block_type_index(results)?),
        })
    }

    /// The index of the type of functions without parameters that return `results`.
    fn block_type_index(&mut self, results: &[wasmparser::ValType]) -> Result<u32, MeterError> {
        let old = self.layout.types.iter().position(|ty| ty.n_params == 0 && ty.results == results);
        let index = old.unwrap_or_else(|| {
            let new = self.added.iter().position(|added| added == results).unwrap_or_else(|| {
                self.added.push(results.to_vec());
                self.added.len() - 1
            });
            self.layout.types.len() + new
        });
        Ok(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn encode(&self) -> Result<(u32, Vec<u8>), MeterError> {
        let mut section = wasm_encoder::TypeSection::new();
        for results in &self.added {
            let results = results.iter().map(|ty| val_type(*ty)).collect::<Result<Vec<_>, _>>()?;
            section.ty().function([], results);
        }
        entries(&section)
    }
}

fn val_type(ty: wasmparser::ValType) -> Result<ValType, MeterError> {
    RoundtripReencoder
        .val_type(ty)
        .map_err(|_| MeterError::Unsupported { feature: "typed references", offset: 0 })
}

/// The exported start function: calls the old one under the budget.
fn start_function(start: u32, globals: Globals) -> Function {
    let mut function = Function::new([(1, ValType::I64)]);
    function
        .instructions()
        .global_get(globals.cycles)
        .i64_const(START_COST)
        .i64_sub()
        .local_tee(0)
        .global_set(globals.cycles)
        .local_get(0)
        .i64_const(0)
        .i64_lt_s()
        .if_(BlockType::Empty)
        .i32_const(Stop::OutOfCycles.code())
        .global_set(globals.stop)
        .unreachable()
        .end()
        .call(start)
        .end();
    function
}

/// Writes the body of a function, without its size.
fn emit_body(
    module: &[u8],
    function: u32,
    body: &Scanned,
    depth: Depth,
    globals: Globals,
    options: &Options,
    types: &mut Types<'_>,
) -> Result<Vec<u8>, MeterError> {
    let layout = types.layout;
    let ty =
        layout.signature(function).ok_or(MeterError::Dangling { what: "a type", offset: body.code_start })?;
    let n_locals = body.n_locals + u64::from(ty.n_params);
    let mut emitter = Emitter {
        out: Vec::with_capacity((body.code_end - body.code_start) * 2 + 64),
        globals,
        locals: Locals { first: u32::try_from(n_locals).unwrap_or(u32::MAX), added: Vec::new() },
        depth,
        n_outer_blocks: u32::from(body.is_branched_out_of),
    };
    emitter.count_call(options.call_depth);
    emitter.sink().block(BlockType::Empty);
    emitter.check_on_entry();
    if body.is_branched_out_of {
        let results = types.block_type(&ty.results)?;
        emitter.sink().block(results);
    }
    let mut copied = body.code_start;
    for insertion in &body.insertions {
        emitter.copy(module, copied, insertion.at)?;
        copied = insertion.at;
        emitter.insert(insertion.what, insertion.height);
    }
    emitter.copy(module, copied, body.code_end)?;
    if body.is_branched_out_of {
        emitter.sink().end();
    }
    if let Some(charge) = body.exit {
        emitter.save(charge);
        emitter.uncount_call();
    }
    emitter
        .sink()
        .return_()
        .end()
        .i32_const(Stop::OutOfCycles.code())
        .global_set(globals.stop)
        .unreachable()
        .end();

    let n_locals = n_locals + emitter.locals.added.len() as u64;
    if n_locals > MAX_LOCALS {
        return Err(MeterError::TooManyLocals { function, actual: n_locals, limit: MAX_LOCALS });
    }
    let groups = module.get(body.locals_start..body.code_start).unwrap_or_default();
    let mut bytes = Vec::with_capacity(emitter.out.len() + groups.len() + 16);
    let n_added = u32::try_from(emitter.locals.added.len()).unwrap_or(u32::MAX);
    body.n_local_groups.saturating_add(n_added).encode(&mut bytes);
    bytes.extend_from_slice(groups);
    for (_, ty) in &emitter.locals.added {
        1u32.encode(&mut bytes);
        ty.encode(&mut bytes);
    }
    bytes.extend_from_slice(&emitter.out);
    Ok(bytes)
}

/// What an added local is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// The counter.
    Cycles,
    /// The calls under way when the function was entered.
    Depth,
    /// The size of a sized operator.
    Size,
    /// A float that may be NaN.
    Float(Shape),
}

/// The locals that metering adds to a function, made when they are first needed.
struct Locals {
    first: u32,
    added: Vec<(Use, ValType)>,
}

impl Locals {
    fn get(&mut self, wanted: Use) -> u32 {
        let position = self.added.iter().position(|(found, _)| *found == wanted).unwrap_or_else(|| {
            let ty = match wanted {
                Use::Cycles => ValType::I64,
                Use::Depth | Use::Size => ValType::I32,
                Use::Float(Shape::F32) => ValType::F32,
                Use::Float(Shape::F64) => ValType::F64,
                Use::Float(Shape::F32x4 | Shape::F64x2) => ValType::V128,
            };
            self.added.push((wanted, ty));
            self.added.len() - 1
        });
        self.first.saturating_add(u32::try_from(position).unwrap_or(u32::MAX))
    }
}

/// A body being written.
struct Emitter {
    out: Vec<u8>,
    globals: Globals,
    locals: Locals,
    depth: Depth,
    /// How many blocks lie between `$stop` and the old body.
    n_outer_blocks: u32,
}

impl Emitter {
    fn sink(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.out)
    }

    fn copy(&mut self, module: &[u8], from: usize, to: usize) -> Result<(), MeterError> {
        let code =
            module.get(from..to).ok_or(MeterError::Dangling { what: "an instruction", offset: from })?;
        self.out.extend_from_slice(code);
        Ok(())
    }

    /// Stops if too many calls are under way; counts this one where that is needed.
    fn count_call(&mut self, limit: u32) {
        if self.depth == Depth::Unlimited {
            return;
        }
        let global = self.globals.depth;
        self.sink().global_get(global);
        let local = (self.depth == Depth::Counted).then(|| self.locals.get(Use::Depth));
        if let Some(local) = local {
            self.sink().local_tee(local);
        }
        let stop = self.globals.stop;
        self.sink()
            .i32_const(limit.cast_signed())
            .i32_ge_u()
            .if_(BlockType::Empty)
            .i32_const(Stop::CallDepth.code())
            .global_set(stop)
            .unreachable()
            .end();
        if let Some(local) = local {
            self.sink().local_get(local).i32_const(1).i32_add().global_set(global);
        }
    }

    /// Gives back the call that was counted.
    fn uncount_call(&mut self) {
        if self.depth == Depth::Counted {
            let (local, global) = (self.locals.get(Use::Depth), self.globals.depth);
            self.sink().local_get(local).global_set(global);
        }
    }

    /// Stops if entering the function is past the budget. The cost of entering is charged with the first block.
    fn check_on_entry(&mut self) {
        let global = self.globals.cycles;
        let cost = i64::from(crate::cost::CYCLES_1.function_entry);
        self.sink().global_get(global).i64_const(cost).i64_lt_s().br_if(0);
    }

    fn insert(&mut self, what: What, height: u32) {
        match what {
            What::Charge(charge) => {
                self.charged(charge);
                let local = self.locals.get(Use::Cycles);
                self.sink().local_set(local);
            }
            What::Check => self.check(height),
            What::Save(charge) => self.save(charge),
            What::CheckedSave(charge) => self.checked_save(charge, height),
            What::Leave(charge) => {
                self.save(charge);
                self.uncount_call();
            }
            What::CheckedLeave(charge) => {
                self.checked_save(charge, height);
                self.uncount_call();
            }
            What::ChargeAndCheck(charge) => {
                self.charged(charge);
                self.tee_and_check(height);
            }
            What::ChargeSized(charge, per_unit) => {
                let size = self.locals.get(Use::Size);
                self.sink().local_tee(size);
                self.charged(charge);
                self.sink().local_get(size).i64_extend_i32_u();
                if per_unit != 1 {
                    self.sink().i64_const(i64::from(per_unit)).i64_mul();
                }
                self.sink().i64_sub();
                self.tee_and_check(height);
            }
            What::Canonical(shape) => self.canonical(shape),
        }
    }

    /// Puts the counter on the stack, with the sum taken off.
    fn charged(&mut self, charge: Charge) {
        match charge.holder {
            Holder::Global => {
                let global = self.globals.cycles;
                self.sink().global_get(global);
            }
            Holder::Local => {
                let local = self.locals.get(Use::Cycles);
                self.sink().local_get(local);
            }
        }
        if charge.cycles > 0 {
            // INVARIANT: sums stay under `MAX_BUDGET`.
            self.sink().i64_const(charge.cycles.cast_signed()).i64_sub();
        }
    }

    fn save(&mut self, charge: Charge) {
        if charge == (Charge { cycles: 0, holder: Holder::Global }) {
            return;
        }
        self.charged(charge);
        let global = self.globals.cycles;
        self.sink().global_set(global);
    }

    fn checked_save(&mut self, charge: Charge, height: u32) {
        self.charged(charge);
        self.tee_and_check(height);
        let (local, global) = (self.locals.get(Use::Cycles), self.globals.cycles);
        self.sink().local_get(local).global_set(global);
    }

    fn check(&mut self, height: u32) {
        let local = self.locals.get(Use::Cycles);
        let label = height + self.n_outer_blocks;
        self.sink().local_get(local).i64_const(0).i64_lt_s().br_if(label);
    }

    fn tee_and_check(&mut self, height: u32) {
        let local = self.locals.get(Use::Cycles);
        let label = height + self.n_outer_blocks;
        self.sink().local_tee(local).i64_const(0).i64_lt_s().br_if(label);
    }

    fn canonical(&mut self, shape: Shape) {
        let local = self.locals.get(Use::Float(shape));
        let mut sink = self.sink();
        sink.local_tee(local);
        match shape {
            Shape::F32 => {
                sink.f32_const(Ieee32::new(F32_NAN)).local_get(local).local_get(local).f32_eq().select();
            }
            Shape::F64 => {
                sink.f64_const(Ieee64::new(F64_NAN)).local_get(local).local_get(local).f64_eq().select();
            }
            Shape::F32x4 => {
                let f32_nans = (0..4).fold(0, |lanes, _| lanes << 32 | u128::from(F32_NAN));
                sink.v128_const(f32_nans.cast_signed());
                sink.local_get(local).local_get(local).f32x4_eq().v128_bitselect();
            }
            Shape::F64x2 => {
                let f64_nans = u128::from(F64_NAN) << 64 | u128::from(F64_NAN);
                sink.v128_const(f64_nans.cast_signed());
                sink.local_get(local).local_get(local).f64x2_eq().v128_bitselect();
            }
        }
    }
}

//! What admission measures of a genome, so that its children need not be measured all over again.

use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader, ValidatorResources,
};

use super::{AdmitError, invalid};
use crate::anatomy::Locals;
use crate::features::FEATURES;
use crate::limits::{self, Bound, Bounds};
use crate::splice::BodyPlace;
use crate::view::{FunctionView, ModuleView, PlainTypes};
use crate::work::Shape;

/// The measures of a genome: each is held against the field of [`Bounds`] of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measures {
    pub(crate) modules: u64,
    pub(crate) component_depth: u64,
    pub(crate) functions: u64,
    pub(crate) types: u64,
    pub(crate) body_bytes: u64,
    pub(crate) locals: u64,
    pub(crate) nesting: u64,
    pub(crate) operand_stack: u64,
    pub(crate) jump_targets: u64,
    pub(crate) globals: u64,
    pub(crate) compile_work: u64,
    pub(crate) memory_pages: u64,
    pub(crate) table_elements: u64,
}

impl Measures {
    /// Takes a function into account.
    pub(crate) fn add(&mut self, function: &Function) {
        self.body_bytes = self.body_bytes.max(function.body_bytes);
        self.locals = self.locals.max(function.locals);
        self.nesting = self.nesting.max(function.nesting);
        self.operand_stack = self.operand_stack.max(function.operand_stack);
        self.jump_targets = self.jump_targets.max(function.jump_targets);
        self.compile_work = self.compile_work.saturating_add(function.work);
    }

    /// Whether no bound is passed; the size of the whole component is not measured here.
    pub(crate) fn within(&self, bounds: &Bounds) -> bool {
        // Taken apart, so that a new measure cannot be forgotten.
        let Self {
            modules,
            component_depth,
            functions,
            types,
            body_bytes,
            locals,
            nesting,
            operand_stack,
            jump_targets,
            globals,
            compile_work,
            memory_pages,
            table_elements,
        } = *self;
        modules <= bounds.modules
            && component_depth <= bounds.component_depth
            && functions <= bounds.functions
            && types <= bounds.types
            && body_bytes <= bounds.body_bytes
            && locals <= bounds.locals
            && nesting <= bounds.nesting
            && operand_stack <= bounds.operand_stack
            && jump_targets <= bounds.jump_targets
            && globals <= bounds.globals
            && compile_work <= bounds.compile_work
            && memory_pages <= bounds.memory_pages
            && table_elements <= bounds.table_elements
    }
}

/// The measures of one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) body_bytes: u64,
    pub(crate) locals: u64,
    pub(crate) nesting: u64,
    pub(crate) operand_stack: u64,
    pub(crate) jump_targets: u64,
    pub(crate) work: u64,
}

/// The measures of an admitted genome, its body module's functions one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Everything but the functions of the body module. What is counted rather than compared (`functions`,
    /// `globals`) includes the body module's.
    pub(crate) rest: Measures,
    /// The functions of the body module that have code, in order.
    pub(crate) functions: Vec<Function>,
    /// Where the body module lies; none when it is in a nested component.
    pub(crate) body: Option<BodyPlace>,
}

impl Extent {
    /// The extent of a component: measures without functions, functions by the offset of their bodies, and the
    /// offsets of the body module.
    pub(crate) fn new(
        mut rest: Measures,
        all: Vec<(usize, Function)>,
        body: Option<(usize, std::ops::Range<usize>)>,
    ) -> Self {
        let body = body.map(|(section, range)| BodyPlace { section, range });
        let mut functions = Vec::with_capacity(all.len());
        for (offset, function) in all {
            match &body {
                Some(body) if body.range.contains(&offset) => functions.push(function),
                _ => rest.add(&function),
            }
        }
        Self { rest, functions, body }
    }
}

/// Validates one function operator by operator, holding its locals, nesting, stack and jump tables against `bounds`.
pub(crate) fn measure_function(
    function: FuncToValidate<ValidatorResources>,
    allocations: &mut FuncValidatorAllocations,
    body: &FunctionBody<'_>,
    bounds: &Bounds,
) -> Result<Function, AdmitError> {
    let index = function.index;
    let locals = Locals::count(body).map_err(|error| invalid(&error))?;
    limits::check(Bound::Locals, bounds.locals, locals, Some(index))?;
    let mut function = function.into_validator(std::mem::take(allocations));
    let mut reader = body.get_binary_reader();
    function.read_locals(&mut reader).map_err(|error| invalid(&error))?;
    reader.set_features(FEATURES);
    let body_bytes = body.range().len() as u64;
    let mut shape = Shape::new(body_bytes, u64::from(function.len_locals()));
    let (mut deepest, mut highest) = (0, 0);
    while !reader.eof() {
        let mut visitor = function.visitor(reader.original_position());
        // Reading an operator and validating it are one step; the few that count are read for themselves before.
        if reader.clone().read_u8().is_ok_and(Shape::counts) {
            let operator = OperatorsReader::new(reader.clone()).read();
            shape.add(&operator.map_err(|error| invalid(&error))?);
            limits::check(Bound::JumpTargets, bounds.jump_targets, shape.jump_targets(), Some(index))?;
        }
        reader.visit_operator(&mut visitor).and_then(|valid| valid).map_err(|error| invalid(&error))?;
        drop(visitor);
        let height = u64::from(function.operand_stack_height());
        limits::check(Bound::OperandStack, bounds.operand_stack, height, Some(index))?;
        let nesting = u64::from(function.control_stack_height()).saturating_sub(1);
        limits::check(Bound::Nesting, bounds.nesting, nesting, Some(index))?;
        (deepest, highest) = (nesting.max(deepest), height.max(highest));
    }
    let end = function.visitor(reader.original_position());
    reader.finish_expression(&end).map_err(|error| invalid(&error))?;
    drop(end);
    *allocations = function.into_allocations();
    Ok(Function {
        body_bytes,
        locals,
        nesting: deepest,
        operand_stack: highest,
        jump_targets: shape.jump_targets(),
        work: shape.work(),
    })
}

/// Validates and measures a function of type `type_index` of `module` that has `body`, as [`measure_function`] does;
/// nothing where the body is not plain, or not valid. Bounds are left to the caller.
pub(crate) fn measure_plain(
    module: &ModuleView<'_>,
    type_index: u32,
    body: &FunctionBody<'_>,
) -> Option<Function> {
    let mut types = PlainTypes::new(module, type_index, body)?;
    let n_params = module.func_type(type_index)?.params().len();
    let mut reader = body.get_operators_reader().ok()?;
    let body_bytes = body.range().len() as u64;
    let mut shape = Shape::new(body_bytes, types.locals().len() as u64);
    let code = body.as_bytes();
    let (mut deepest, mut highest) = (0, 0);
    while !reader.eof() {
        let opcode = *code.get(reader.original_position() - body.range().start)?;
        let op = reader.read().ok()?;
        types.take(opcode, &op)?;
        if Shape::counts(opcode) {
            shape.add(&op);
        }
        (deepest, highest) = (types.n_open().max(deepest), types.height().max(highest));
    }
    reader.finish().ok()?;
    types.is_over().then(|| Function {
        body_bytes,
        locals: (types.locals().len() - n_params) as u64,
        nesting: u64::from(deepest.saturating_sub(1)),
        operand_stack: u64::from(highest),
        jump_targets: shape.jump_targets(),
        work: shape.work(),
    })
}

/// The measures of a function that was viewed, and with that validated: what [`measure_function`] finds, but that bounds
/// are left to the caller.
pub(crate) fn measure_view(view: &FunctionView<'_>) -> Function {
    let body_bytes = view.range.len() as u64;
    let mut shape = Shape::new(body_bytes, view.locals.len() as u64);
    // The body leaves its results behind; every other height is that before an instruction.
    let (mut nesting, mut deepest, mut highest) = (0u64, 0, view.results.len() as u64);
    for instr in &view.instrs {
        match instr.op {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => nesting += 1,
            Operator::End => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        (deepest, highest) = (nesting.max(deepest), u64::from(instr.height).max(highest));
        shape.add(&instr.op);
    }
    Function {
        body_bytes,
        locals: view.locals.len() as u64 - u64::from(view.params),
        nesting: deepest,
        operand_stack: highest,
        jump_targets: shape.jump_targets(),
        work: shape.work(),
    }
}

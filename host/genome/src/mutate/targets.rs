//! Which functions operators look into.

use wasmparser::{ExternalKind, Operator, ValType};

use crate::view::ModuleView;
use crate::world::World;

/// The functions of a module that operators may look into.
#[derive(Debug, Clone)]
pub(crate) struct Targets {
    /// The functions with code that do more than carry values over the canonical ABI, with the sizes of their bodies
    /// in bytes.
    pub(crate) bodies: Vec<(u32, usize)>,
    /// The sum of the sizes.
    pub(crate) total: usize,
}

impl Targets {
    /// Returns those of `module`.
    pub(crate) fn of(module: &ModuleView<'_>) -> Self {
        let glue = glue(module);
        let bodies: Vec<(u32, usize)> = module
            .defined()
            .filter(|function| !glue.contains(function))
            .filter_map(|f| Some((f, module.functions.get(f as usize)?.body.as_ref()?.range.len())))
            .collect();
        let total = bodies.iter().map(|(_, size)| size).sum();
        Targets { bodies, total }
    }
}

/// The functions that only carry values over the canonical ABI, of which nothing but breakage comes when they change:
/// those exported as `cabi_...`, and beside `cabi_realloc` an exported `run` or `answer` of the ABI's type that calls
/// another function of the module and has no loop of its own.
fn glue(module: &ModuleView<'_>) -> Vec<u32> {
    let functions = || module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
    let has_allocator = functions().any(|export| export.name == "cabi_realloc");
    functions()
        .filter(|export| {
            export.name.starts_with("cabi_")
                || (has_allocator
                    && World::ALL.iter().any(|world| world.export() == export.name)
                    && is_wrapper(module, export.index))
        })
        .map(|export| export.index)
        .collect()
}

/// Whether `function` has the type of a lifted export, calls another function of the module and has no loop.
fn is_wrapper(module: &ModuleView<'_>, function: u32) -> bool {
    let pair = [ValType::I32, ValType::I32];
    let typed =
        module.type_of(function).is_some_and(|ty| ty.params() == pair && ty.results() == [ValType::I32]);
    if !typed {
        return false;
    }
    let Some(operators) = module.body(function).and_then(|body| body.get_operators_reader().ok()) else {
        return false;
    };
    let mut calls = false;
    for operator in operators.into_iter().map_while(Result::ok) {
        match operator {
            Operator::Call { function_index } => calls |= module.defined().contains(&function_index),
            Operator::Loop { .. } => return false,
            _ => {}
        }
    }
    calls
}

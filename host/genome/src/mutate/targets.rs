//! Which functions operators look into.

use wasmparser::{ExternalKind, Operator, ValType};

use crate::view::ModuleView;
use crate::world::World;

/// The functions of a module that operators may look into.
#[derive(Debug, Clone, PartialEq, Eq)]
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

    /// Returns those that are among `functions`.
    pub(crate) fn among(&self, functions: &[u32]) -> Self {
        let bodies: Vec<(u32, usize)> =
            self.bodies.iter().filter(|(function, _)| functions.contains(function)).copied().collect();
        let total = bodies.iter().map(|(_, size)| size).sum();
        Targets { bodies, total }
    }

    /// Returns those of `child`, a child of `parent`, whose targets these are; nothing where that takes a closer look.
    pub(crate) fn of_child(&self, parent: &ModuleView<'_>, child: &ModuleView<'_>) -> Option<Self> {
        // Types, imports, functions and exports.
        if [1, 2, 3, 7].iter().any(|&id| parent.contents(id) != child.contents(id)) {
            return None;
        }
        // What is glue depends on the code of these.
        let is_glue_by_code = |name: &str| World::ALL.iter().any(|world| world.export() == name);
        let functions = parent.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        for export in functions.filter(|export| is_glue_by_code(export.name)) {
            let code =
                |body: wasmparser::FunctionBody<'_>| body.as_bytes() == child_code(child, export.index);
            if !parent.body(export.index).is_some_and(code) {
                return None;
            }
        }
        let size = |function: u32| Some(child.functions.get(function as usize)?.body.as_ref()?.range.len());
        let bodies = self.bodies.iter().map(|&(function, _)| Some((function, size(function)?)));
        let bodies = bodies.collect::<Option<Vec<_>>>()?;
        let total = bodies.iter().map(|(_, size)| size).sum();
        let targets = Targets { bodies, total };
        debug_assert_eq!(targets, Targets::of(child), "targets of a child");
        Some(targets)
    }
}

fn child_code<'a>(child: &ModuleView<'a>, function: u32) -> &'a [u8] {
    child.body(function).map(|body| body.as_bytes()).unwrap_or_default()
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

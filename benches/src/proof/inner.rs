//! The 32-bit functions by themselves, without what stands around them: four times as fast as going through `run`.

use flux_genome::view::ModuleView;
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, ImportSection, Module, RawSection, TypeSection, ValType,
};
use wasmparser::Operator;
use wasmtime::{Engine, Extern, Instance, Store, TypedFunc, Val};

use super::{MOST_TRAPS, Verdict};

/// A module that exports its 32-bit function.
pub(super) struct Opened {
    pub(super) module: Vec<u8>,
    /// The code that stands around the function, from `run` on.
    pub(super) around: String,
}

/// The function at the heart of a module in which `run` calls one function, and this one calls one; and the code around
/// it, from `run` on.
pub(super) fn heart(view: &ModuleView<'_>) -> Option<(u32, String)> {
    let mut function = view.exports.iter().find(|export| export.name == "run")?.index;
    let mut around = String::new();
    for _ in 0..2 {
        let body = view.function(function).ok()?;
        let mut callee = None;
        for instr in &body.instrs {
            match &instr.op {
                Operator::Call { function_index } => {
                    around.push_str("Call ");
                    if callee.replace(*function_index).is_some() {
                        return None;
                    }
                }
                op => around.push_str(&format!("{op:?} ")),
            }
        }
        function = callee?;
    }
    Some((function, around))
}

/// Opens a module that has a function of one `i32` that returns one at its heart.
pub(super) fn opened(module: &[u8]) -> Option<Opened> {
    let view = ModuleView::parse(module).ok()?;
    let (function, around) = heart(&view)?;
    let word = [wasmparser::ValType::I32];
    let is_word = view.type_of(function).is_some_and(|ty| ty.params() == word && ty.results() == word);
    if !is_word {
        return None;
    }
    let mut exports = ExportSection::new();
    exports.export("inner", ExportKind::Func, function);
    let mut opened = Module::new();
    for section in view.sections.iter().filter(|section| section.id != 0) {
        if section.id == wasm_encoder::SectionId::Export as u8 {
            opened.section(&exports);
        } else {
            opened.section(&RawSection { id: section.id, data: module.get(section.payload.clone())? });
        }
    }
    Some(Opened { module: opened.finish(), around })
}

/// A module that compares two functions: `compare(from, to)` returns 1 at the first number on which they differ, which
/// is then in `at`, else 0; both ends belong to the range.
pub(super) fn driver() -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], [ValType::I32]);
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    let mut imports = ImportSection::new();
    imports.import("left", "inner", EntityType::Function(0)).import(
        "right",
        "inner",
        EntityType::Function(0),
    );
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType { val_type: ValType::I32, mutable: true, shared: false },
        &wasm_encoder::ConstExpr::i32_const(0),
    );
    let mut exports = ExportSection::new();
    exports.export("at", ExportKind::Global, 0).export("compare", ExportKind::Func, 2);
    let (from, to) = (0, 1);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.loop_(BlockType::Empty);
    code.local_get(from).global_set(0);
    code.local_get(from).call(0).local_get(from).call(1).i32_ne();
    code.if_(BlockType::Empty).i32_const(1).return_().end();
    code.local_get(from).local_get(to).i32_eq().if_(BlockType::Empty).i32_const(0).return_().end();
    code.local_get(from).i32_const(1).i32_add().local_set(from).br(0);
    code.end().unreachable().end();
    let mut bodies = CodeSection::new();
    bodies.function(&function);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&globals)
        .section(&exports)
        .section(&bodies);
    module.finish()
}

/// Compares the functions of `modules[0]` and `modules[1]` by the driver, `modules[2]`, on all of a range of 32-bit
/// numbers.
pub(super) fn all(
    engine: &Engine,
    modules: &[wasmtime::Module; 3],
    from: i64,
    to: i64,
) -> wasmtime::Result<Verdict> {
    let [left, right, driver] = modules;
    let mut store = Store::new(engine, ());
    let mut side = |module| -> wasmtime::Result<TypedFunc<u32, u32>> {
        Instance::new(&mut store, module, &[])?.get_typed_func(&mut store, "inner")
    };
    let sides = [side(left)?, side(right)?];
    let functions = sides.each_ref().map(|side| Extern::Func(*side.func()));
    let instance = Instance::new(&mut store, driver, &functions)?;
    let compare = instance.get_typed_func::<(u32, u32), u32>(&mut store, "compare")?;
    let at = instance.get_global(&mut store, "at");
    let at = at.ok_or_else(|| wasmtime::Error::msg("the driver exports where it is"))?;
    let (mut next, mut n_traps) = (from, 0);
    while next <= to {
        match compare.call(&mut store, (next as u32, to as u32)) {
            Ok(0) => break,
            Ok(_) => {
                let Val::I32(at) = at.get(&mut store) else { break };
                return Ok(Verdict::Differs(vec![i64::from(at as u32)]));
            }
            Err(error) if error.downcast_ref::<wasmtime::Trap>().is_some() => {
                let Val::I32(at) = at.get(&mut store) else { return Err(error) };
                // One of them traps here; the other has to, as well.
                let at = at as u32;
                for side in &sides {
                    if side.call(&mut store, at).is_ok() {
                        return Ok(Verdict::Differs(vec![i64::from(at)]));
                    }
                }
                n_traps += 1;
                if n_traps > MOST_TRAPS {
                    return Ok(Verdict::Unknown("both trap on too many inputs"));
                }
                next = i64::from(at) + 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Verdict::Tested((to - from + 1) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(left: &str, right: &str) -> Verdict {
        let engine = Engine::default();
        let module = |function: &str| {
            let text = format!(r#"(module (func (export "inner") (param i32) (result i32) {function}))"#);
            wasmtime::Module::new(&engine, wat::parse_str(text).unwrap()).unwrap()
        };
        let modules = [module(left), module(right), wasmtime::Module::new(&engine, driver()).unwrap()];
        all(&engine, &modules, i64::from(u32::MAX) - 999, i64::from(u32::MAX)).unwrap()
    }

    #[test]
    fn the_last_number_of_a_range_counts_and_traps_count_as_answers() {
        let double = "local.get 0 i32.const 1 i32.shl";
        let sum = "local.get 0 local.get 0 i32.add";
        assert_eq!(verdict(double, sum), Verdict::Tested(1000));
        let wrong_at_the_end = "local.get 0 local.get 0 i32.add local.get 0 i32.const -1 i32.eq i32.add";
        assert_eq!(verdict(double, wrong_at_the_end), Verdict::Differs(vec![0xffff_ffff]));
        let traps = "i32.const 1 local.get 0 i32.const -5 i32.sub i32.div_u";
        assert_eq!(verdict(traps, traps), Verdict::Tested(1000));
        let quiet = "local.get 0 i32.const -5 i32.sub i32.const 1 i32.eq";
        assert_eq!(verdict(traps, quiet), Verdict::Differs(vec![0xffff_fffb]));
    }
}

use wasm_encoder::Instruction;
use wasmi::{Engine, Linker, Module, Store, Val};
use wasmparser::{ValType, Validator};

use super::rules::Gain;
use super::*;
use crate::cost::CostTable;
use crate::mutate::{Code, rewrite};

/// What a run leaves behind.
#[derive(Debug, PartialEq)]
struct Outcome {
    results: Result<Vec<u64>, String>,
    memory: Vec<u8>,
}

fn module_of(function: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1)
            (data (i32.const 0) "\80\ff\7f\00\01\fe\03\90\aa\bb\cc\dd\ee\ff\11\22\33")
            (global (export "cycles") (mut i64) (i64.const 0))
            (func (export "f") {function}))"#
    );
    wat::parse_str(text).unwrap()
}

/// Has the function count its own cycles: before every instruction its price is added to the global.
fn counted(module: &[u8]) -> Vec<u8> {
    let view = ModuleView::parse(module).unwrap();
    let function = view.function(0).unwrap();
    let mut splices = Vec::new();
    for (at, instr) in function.instrs.iter().enumerate() {
        let mut code = Code::new();
        code.push(&Instruction::GlobalGet(0))
            .push(&Instruction::I64Const(i64::from(CostTable::operator(&instr.op))))
            .push(&Instruction::I64Add)
            .push(&Instruction::GlobalSet(0));
        splices.push(Splice { range: at..at, code });
    }
    let body = rewrite(&function, splices, &[]);
    assemble(&view, &crate::mutate::Patch { bodies: vec![body], ..Default::default() })
}

fn run(module: &[u8], arguments: &[Val], n_results: usize) -> (Outcome, i64) {
    run_compiled(&Module::new(&Engine::default(), module).unwrap(), arguments, n_results)
}

fn run_compiled(module: &Module, arguments: &[Val], n_results: usize) -> (Outcome, i64) {
    let mut store = Store::new(module.engine(), ());
    let instance = Linker::new(module.engine()).instantiate_and_start(&mut store, module).unwrap();
    let mut results = vec![Val::I32(0); n_results];
    let function = instance.get_func(&store, "f").unwrap();
    let ended = function.call(&mut store, arguments, &mut results);
    let memory = instance.get_memory(&store, "memory").unwrap().data(&store)[..256].to_vec();
    let Val::I64(cycles) = instance.get_global(&store, "cycles").unwrap().get(&store) else { panic!() };
    let results = ended.map(|()| results.iter().map(bits).collect()).map_err(|error| error.to_string());
    (Outcome { results, memory }, cycles)
}

fn bits(value: &Val) -> u64 {
    match value {
        Val::I32(v) => u64::from(*v as u32),
        Val::I64(v) => *v as u64,
        Val::F32(v) => u64::from(v.to_bits()),
        Val::F64(v) => v.to_bits(),
        other => panic!("{other:?}"),
    }
}

fn argument(ty: ValType, rng: &mut Rng) -> Val {
    const EDGES: [u64; 14] = [
        0,
        1,
        2,
        7,
        0x7f,
        0x80,
        0xff,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        0x7ff0_0000_0000_0001,
        u64::MAX,
    ];
    let value = match rng.below(3) {
        0 => *rng.pick(&EDGES).unwrap(),
        1 => rng.below(64),
        _ => rng.bits(),
    };
    match ty {
        ValType::I32 => Val::I32(value as i32),
        ValType::I64 => Val::I64(value as i64),
        ValType::F32 => Val::F32(f32::from_bits(value as u32).into()),
        ValType::F64 => Val::F64(f64::from_bits(value).into()),
        other => panic!("{other}"),
    }
}

fn check(rule: &'static Rule, example: &str) {
    let before = module_of(example);
    let view = ModuleView::parse(&before).unwrap();
    let function = view.function(0).unwrap();
    let facts = Facts::new(&function);
    let sites: Vec<Vec<Splice>> = (0..function.len())
        .filter_map(|at| (rule.find)(&Site { module: &view, view: &function, facts: &facts, at }))
        .collect();
    assert!(!sites.is_empty(), "`{}` does not apply to {example}", rule.name);
    for splices in sites {
        let body = rewrite(&function, splices, &[]);
        let after = assemble(&view, &crate::mutate::Patch { bodies: vec![body], ..Default::default() });
        let text = wasmprinter::print_bytes(&after).unwrap();
        Validator::new_with_features(crate::features::FEATURES)
            .validate_all(&after)
            .unwrap_or_else(|error| panic!("`{}`: {error}\n{text}", rule.name));
        let engine = Engine::default();
        let old = Module::new(&engine, &counted(&before)[..]).unwrap();
        let new = Module::new(&engine, &counted(&after)[..]).unwrap();
        let mut rng = Rng::new(5, rule.name);
        let mut cheaper = false;
        for _ in 0..100 {
            let arguments: Vec<Val> = function.locals[..function.params as usize]
                .iter()
                .map(|&ty| argument(ty, &mut rng))
                .collect();
            let (a, cost_a) = run_compiled(&old, &arguments, function.results.len());
            let (b, cost_b) = run_compiled(&new, &arguments, function.results.len());
            assert_eq!(a, b, "`{}` on {arguments:?}\n{text}", rule.name);
            // A run that traps has no result and no price worth comparing.
            if a.results.is_err() {
                continue;
            }
            assert!(cost_b <= cost_a, "`{}` costs {cost_b} for {cost_a} on {arguments:?}\n{text}", rule.name);
            cheaper |= cost_b < cost_a;
        }
        assert_eq!(cheaper, rule.gain == Gain::Cheaper, "`{}`\n{text}", rule.name);
    }
}

#[test]
fn every_rule_keeps_the_meaning_of_its_examples_and_costs_no_more() {
    for rule in RULES {
        assert!(!rule.examples.is_empty(), "`{}` has no example", rule.name);
        for example in rule.examples {
            check(rule, example);
        }
    }
}

#[test]
fn unreachable_code_is_removed() {
    for example in rules::UNREACHABLE.examples {
        let before = module_of(example);
        let after = simplify(&before, 1).unwrap();
        assert_eq!(after.applied, ["remove unreachable code"]);
        assert_eq!(run(&before, &[Val::I32(3)], 1), run(&after.module, &[Val::I32(3)], 1));
    }
}

#[test]
fn names_of_rules_are_unique() {
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn code_of_an_unoptimising_compiler_becomes_short() {
    // max(a, b) * 3 - 1, the way it comes with every value in a local of its own.
    let before = module_of(
        "(param i32 i32) (result i32) (local i32 i32 i32 i32 i32 i32 i32)
         local.get 0 local.set 2
         local.get 1 local.set 3
         local.get 2 local.get 3 i32.gt_s local.set 4
         i32.const 1 local.set 5
         local.get 4 local.get 5 i32.and local.set 6
         block
           local.get 6 i32.eqz br_if 0
           local.get 2 local.set 3
         end
         local.get 3 local.set 7
         i32.const 3 local.set 8
         local.get 7 local.get 8 i32.mul local.set 7
         local.get 7 i32.const 1 i32.sub local.set 8
         local.get 8 return",
    );
    let after = simplify(&before, 1000).unwrap();
    let view = ModuleView::parse(&after.module).unwrap();
    let ops: Vec<String> = view
        .function(0)
        .unwrap()
        .instrs
        .iter()
        .map(|instr| format!("{:?}", instr.op).to_lowercase())
        .collect();
    assert!(ops.len() <= 16, "{ops:#?}\n{:?}", after.applied);
    let mut rng = Rng::new(2, "max");
    for _ in 0..200 {
        let arguments = [argument(ValType::I32, &mut rng), argument(ValType::I32, &mut rng)];
        assert_eq!(run(&before, &arguments, 1), run(&after.module, &arguments, 1));
    }
}

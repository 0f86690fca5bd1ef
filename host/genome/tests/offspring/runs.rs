//! Runs two modules side by side, both metered: so every NaN that can be seen is the canonical one, whatever the engine
//! makes of a constant that it folds.

use flux_genome::meter::{self, Options};
use flux_genome::rng::Rng;
use wasmi::{Engine, ExternType, Linker, Module, Store, Val, ValType};

/// The budget of one run in cycles; runs that need more are not compared.
const BUDGET: i64 = 100_000;

/// Memory that is looked at, in bytes from the start.
const LOOK: usize = 1 << 18;

/// Calls every exported function of both modules with random arguments and tells `differ` of the first difference in
/// results, endings or memory. Returns how many runs were compared.
pub fn compare(a: &[u8], b: &[u8], rng: &mut Rng, differ: impl Fn(String)) -> u64 {
    let engine = Engine::default();
    let metered = |module| Module::new(&engine, meter::meter(module, &Options::DEFAULT).ok()?).ok();
    let (Some(a), Some(b)) = (metered(a), metered(b)) else { return 0 };
    let mut compared = 0;
    let functions: Vec<(String, Vec<ValType>, usize)> = a
        .exports()
        .filter(|export| export.name() != meter::START)
        .filter_map(|export| match export.ty() {
            ExternType::Func(ty) => {
                Some((export.name().to_owned(), ty.params().to_vec(), ty.results().len()))
            }
            _ => None,
        })
        .collect();
    for (name, params, n_results) in functions {
        for _ in 0..3 {
            let Some(arguments) = params.iter().map(|&ty| argument(ty, rng)).collect::<Option<Vec<Val>>>()
            else {
                break;
            };
            let (Some(first), Some(second)) = (
                run(&engine, &a, &name, &arguments, n_results),
                run(&engine, &b, &name, &arguments, n_results),
            ) else {
                continue;
            };
            compared += 1;
            if first != second {
                differ(format!("`{name}` on {arguments:?} gives {first:?} and {second:?}"));
            }
        }
    }
    compared
}

/// Results (references left out) or the trap, and a digest of what is exported; nothing where the module stopped itself.
fn run(
    engine: &Engine,
    module: &Module,
    name: &str,
    arguments: &[Val],
    n_results: usize,
) -> Option<(String, u64)> {
    let mut store = Store::new(engine, ());
    let instance = Linker::new(engine).instantiate_and_start(&mut store, module).ok()?;
    instance.get_global(&store, meter::CYCLES)?.set(&mut store, Val::I64(BUDGET)).ok()?;
    if let Some(start) = instance.get_func(&store, meter::START) {
        start.call(&mut store, &[], &mut []).ok()?;
    }
    let function = instance.get_func(&store, name)?;
    let mut results = vec![Val::I32(0); n_results];
    let ended = function.call(&mut store, arguments, &mut results);
    let stopped =
        matches!(instance.get_global(&store, meter::STOP)?.get(&store), Val::I32(code) if code != 0);
    let left = matches!(instance.get_global(&store, meter::CYCLES)?.get(&store), Val::I64(left) if left >= 0);
    if stopped || !left {
        return None;
    }
    let ended = match ended {
        Ok(()) => results.iter().map(show).collect::<Vec<_>>().join(" "),
        Err(error) => format!("trap: {error}"),
    };
    let mut digest = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |byte: u8| digest = (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let is_own = |name: &&str| ![meter::CYCLES, meter::DEPTH, meter::STOP].contains(name);
    let exports: Vec<String> =
        instance.exports(&store).map(|export| export.name()).filter(is_own).map(str::to_owned).collect();
    for name in exports {
        if let Some(memory) = instance.get_memory(&store, &name) {
            // All-zero words are passed over quickly; most memory is.
            for (at, word) in memory.data(&store)[..memory.data(&store).len().min(LOOK)].chunks(8).enumerate()
            {
                if word.iter().all(|&byte| byte == 0) {
                    continue;
                }
                (at as u64).to_le_bytes().iter().chain(word).for_each(|&byte| add(byte));
            }
        }
        if let Some(global) = instance.get_global(&store, &name) {
            show(&global.get(&store)).bytes().for_each(&mut add);
        }
    }
    Some((ended, digest))
}

fn show(value: &Val) -> String {
    match value {
        Val::I32(v) => format!("{v}"),
        Val::I64(v) => format!("{v}"),
        Val::F32(v) => format!("{:x}", v.to_bits()),
        Val::F64(v) => format!("{:x}", v.to_bits()),
        _ => "ref".to_owned(),
    }
}

fn argument(ty: ValType, rng: &mut Rng) -> Option<Val> {
    let value = if rng.one_in(2) { rng.bits() } else { rng.between(-3, 70) as u64 };
    Some(match ty {
        ValType::I32 => Val::I32(value as i32),
        ValType::I64 => Val::I64(value as i64),
        ValType::F32 => Val::F32(f32::from_bits(value as u32).into()),
        ValType::F64 => Val::F64(f64::from_bits(value).into()),
        _ => return None,
    })
}

//! Random modules and inputs.

use flux_genome::codec;
use flux_genome::meter::{self, Options};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, ValType};

use super::{Bench, Ending, From, Value, with_stack};

/// A small generator of our own, so that the same number of runs is always the same runs.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A number that is small half of the time.
    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => self.below(8),
            1 => self.below(300),
            2 => self.next() >> self.below(64),
            _ => self.below(8).wrapping_neg(),
        }
    }

    fn value(&mut self, ty: ValType) -> Value {
        match ty {
            ValType::I32 => Value::I32(self.number() as i32),
            ValType::I64 => Value::I64(self.number() as i64),
            ValType::F32 => Value::F32((self.number() as i32 as f32).to_bits()),
            ValType::F64 => Value::F64((self.number() as i64 as f64 / 3.0).to_bits()),
            ValType::V128 => Value::V128(u128::from(self.next()) << 64 | u128::from(self.next())),
            ValType::Ref(_) => Value::Null,
        }
    }
}

/// An exported function and what it takes.
pub struct Export {
    pub name: String,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
}

/// How often a function of a random module is run: compiling costs more than running.
const RUNS_PER_FUNCTION: usize = 8;

/// What the random modules may import.
const IMPORTS: &str = r#"(module
    (import "host" "sense" (func (param i32) (result i64)))
    (import "host" "act" (func (param i32 i64)))
    (import "host" "next" (func (result i64))))"#;

/// A random module that every engine takes, with at most `max_memories` memories.
pub fn module(random: &mut Random, max_memories: usize) -> Vec<u8> {
    loop {
        let length = 200 + random.below(6000) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        let config = wasm_smith::Config {
            allow_start_export: false,
            available_imports: Some(wat::parse_str(IMPORTS).unwrap()),
            max_imports: 3,
            bulk_memory_enabled: true,
            custom_page_sizes_enabled: false,
            exceptions_enabled: false,
            export_everything: true,
            gc_enabled: false,
            max_funcs: 8,
            max_instructions: 40 + random.below(200) as usize,
            max_memories,
            max_memory32_bytes: 4 << 16,
            max_table_elements: 200,
            max_tables: 2,
            memory64_enabled: false,
            memory_max_size_required: true,
            min_funcs: 3,
            multi_value_enabled: true,
            reference_types_enabled: true,
            relaxed_simd_enabled: false,
            shared_everything_threads_enabled: false,
            simd_enabled: random.below(3) == 0,
            table_max_size_required: true,
            tail_call_enabled: true,
            threads_enabled: false,
            wide_arithmetic_enabled: false,
            ..wasm_smith::Config::default()
        };
        let mut unstructured = arbitrary::Unstructured::new(&bytes);
        if let Ok(module) = wasm_smith::Module::new(config, &mut unstructured) {
            let module = module.to_bytes();
            // wasmtime has `externref` only with its garbage collector, which is not built in.
            let features = flux_genome::features::FEATURES.difference(wasmparser::WasmFeatures::GC_TYPES);
            if wasmparser::Validator::new_with_features(features).validate_all(&module).is_ok() {
                return module;
            }
        }
    }
}

/// The functions that a module exports and defines.
pub fn exports(module: &[u8]) -> Vec<Export> {
    let (mut types, mut functions, mut exports) = (Vec::new(), Vec::new(), Vec::new());
    let mut n_imported = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::TypeSection(section) => {
                types.extend(section.into_iter_err_on_gc_types().map(Result::unwrap));
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(ty) = import.unwrap().ty {
                        functions.push(ty);
                        n_imported += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => functions.extend(section.into_iter().map(Result::unwrap)),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.unwrap();
                    if export.kind == ExternalKind::Func && export.index >= n_imported {
                        let ty = &types[functions[export.index as usize] as usize];
                        exports.push(Export {
                            name: export.name.to_owned(),
                            params: ty.params().to_vec(),
                            results: ty.results().to_vec(),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    exports
}

/// Arguments for a function.
pub fn args(random: &mut Random, export: &Export) -> Vec<Value> {
    export.params.iter().map(|ty| random.value(*ty)).collect()
}

/// A budget; small ones are as likely as large ones.
pub fn budget(random: &mut Random) -> u64 {
    let bits = 1 + random.below(15);
    random.below(1 << bits)
}

#[derive(Debug, Default)]
struct Tally {
    modules: u64,
    runs: u64,
    completed: u64,
    trapped: u64,
    exhausted: u64,
    too_deep: u64,
    not_instantiated: u64,
    in_the_corner: u64,
}

/// How many random runs to make.
pub fn n_runs() -> u64 {
    std::env::var("FLUX_DIFFERENTIAL").map_or(500, |n| n.parse().expect("FLUX_DIFFERENTIAL is a number"))
}

/// Where the random modules begin, so that long campaigns can be split: `FLUX_DIFFERENTIAL_SEED`, default 7.
fn seed() -> u64 {
    std::env::var("FLUX_DIFFERENTIAL_SEED")
        .map_or(7, |n| n.parse().expect("FLUX_DIFFERENTIAL_SEED is a number"))
}

#[test]
fn random_modules_cost_the_same_everywhere() {
    with_stack(|| {
        let mut bench = Bench::new();
        let mut random = Random::new(seed());
        let mut tally = Tally::default();
        while tally.runs < n_runs() {
            // wasmi never frees the code of a module that is dropped.
            if tally.modules % 256 == 255 {
                bench.wasmi = super::Wasmi::new();
            }
            let module = module(&mut random, 2);
            let subject = bench.prepare(&module);
            let exports = exports(&module);
            tally.modules += 1;
            for _ in 0..exports.len() * RUNS_PER_FUNCTION {
                let export = &exports[random.below(exports.len() as u64) as usize];
                let args = args(&mut random, export);
                let budget = budget(&mut random);
                tally.runs += 1;
                let ending = bench.agree_at_the_edge(&subject, &export.name, &args, budget, From::Call);
                match ending {
                    Ending::Completed(_) => tally.completed += 1,
                    Ending::Trapped(_) => tally.trapped += 1,
                    Ending::Exhausted => tally.exhausted += 1,
                    Ending::TooDeep => tally.too_deep += 1,
                    Ending::NotInstantiated => tally.not_instantiated += 1,
                }
            }
        }
        tally.in_the_corner = bench.n_in_the_corner.get();
        assert!(tally.in_the_corner <= 1 + tally.runs / 500, "{tally:?}");
        println!("{tally:?}");
    });
}

#[test]
fn what_is_encoded_and_decoded_behaves_the_same_and_costs_the_same() {
    with_stack(|| {
        let mut bench = Bench::new();
        let mut random = Random::new(seed() + 1);
        let (mut n, mut n_modules) = (0, 0);
        while n < n_runs() / 10 {
            n_modules += 1;
            if n_modules % 256 == 0 {
                bench.wasmi = super::Wasmi::new();
            }
            let module = module(&mut random, 2);
            let compact = codec::encode(&module).unwrap();
            let decoded = codec::decode(&compact, &codec::Limits::DEFAULT).unwrap();
            wasmparser::Validator::new_with_features(flux_genome::features::FEATURES)
                .validate_all(&decoded)
                .unwrap();
            assert_eq!(codec::encode(&decoded).unwrap(), compact, "encoding again");
            let metered =
                |module: &[u8]| bench.wasmi.compile(&meter::meter(module, &Options::DEFAULT).unwrap());
            let (plain, decoded) = (metered(&module), metered(&decoded));
            for export in exports(&module) {
                for _ in 0..4 {
                    n += 1;
                    let args = args(&mut random, &export);
                    let budget = budget(&mut random);
                    let run = |module| bench.wasmi.run(module, &export.name, &args, budget);
                    assert_eq!(run(&plain), run(&decoded), "`{}` {args:?}, budget {budget}", export.name);
                }
            }
        }
    });
}

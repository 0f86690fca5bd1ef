//! Parents for the offspring tests: written by hand, and random ones.

use arbitrary::Unstructured;
use flux_genome::rng::Rng;
use flux_genome::view::ModuleView;
use wasm_smith::Config;

/// Modules in text that between them have something for every operator.
const TEXTS: &[&str] = &[
    r#"(module
        (func $gcd (export "run") (param i64 i64) (result i64)
            (local i64)
            block
                loop
                    local.get 1 i64.eqz br_if 1
                    local.get 1 local.set 2
                    local.get 0 local.get 1 i64.rem_u local.set 1
                    local.get 2 local.set 0
                    br 0
                end
            end
            local.get 0))"#,
    r#"(module
        (import "flux:genome/senses@0.1.0" "sense" (func $sense (param i32) (result i64)))
        (import "flux:genome/senses@0.1.0" "act" (func $act (param i32 i64)))
        (memory (export "memory") 1)
        (global $state (mut i64) (i64.const 40))
        (func $step (param $x i64) (result i64)
            local.get $x i64.const 7 i64.mul i64.const 3 i64.shr_s
            local.get $x i64.const 100 i64.gt_s
            select_or
        )
        (func (export "run") (param i64) (result i64)
            i32.const 0 call $sense
            global.get $state i64.add i64.const 2 i64.div_s
            global.set $state
            global.get $state i64.const 200 i64.gt_s
            if i32.const 1 i64.const 1 call $act
            else i32.const 1 i64.const 0 call $act end
            local.get 0 call $step call $step))"#,
    r#"(module
        (memory 1)
        (data (i32.const 8) "\01\02\03\04\05")
        (table 3 funcref)
        (type $op (func (param i32 i32) (result i32)))
        (elem (i32.const 0) $add $sub $mul)
        (func $add (type $op) local.get 0 local.get 1 i32.add)
        (func $sub (type $op) local.get 0 local.get 1 i32.sub)
        (func $mul (type $op) local.get 0 local.get 1 i32.mul)
        (func (export "run") (param i32 i32) (result i32 i32)
            (local i32 i32)
            block $out
                block $two
                    block $one
                        block $zero
                            local.get 0 i32.load8_u
                            br_table $zero $one $two $out
                        end
                        i32.const 5 local.set 2
                        br $out
                    end
                    i32.const 6 local.set 2
                end
                i32.const 7 local.set 3
            end
            local.get 2 local.get 3 local.get 0 i32.const 3 i32.rem_u call_indirect (type $op)
            local.set 2
            local.get 0 local.get 2 i32.store offset=4
            local.get 0 i32.const 4 i32.add
            i32.const 1))"#,
    r#"(module
        (func $f (param f64 f32) (result f64)
            (local f64)
            local.get 0 f64.const 0.5 f64.mul
            local.get 1 f64.promote_f32 f64.add
            local.tee 2 f64.const 10 f64.gt
            if (result f64) local.get 2 f64.const 2 f64.div
            else local.get 2 f64.const 1 f64.sub end)
        (func (export "run") (param f64) (result f64)
            local.get 0 f32.const 1.5 call $f
            f32.const 2 return_call $f))"#,
];

/// Returns the modules written by hand.
pub fn handwritten() -> Vec<Vec<u8>> {
    TEXTS
        .iter()
        .map(|text| {
            let text = text.replace("select_or", "if (param i64) (result i64) i64.const 9 i64.add end");
            wat::parse_str(text).unwrap()
        })
        .collect()
}

/// Returns a module that senses and acts, in the form that flux compiles.
pub fn sensing() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "senses" "sense" (func $sense (param i32) (result i64)))
            (import "senses" "act" (func $act (param i32 i64)))
            (func $follow (export "run") (param i64) (param i64) (result i64)
                (call $act (i32.const 1) (i64.shr_s (call $sense (i32.const 0)) (i64.const 1)))
                (i64.add (local.get 0) (i64.mul (local.get 1) (i64.const 3)))))"#,
    )
    .unwrap()
}

/// Puts `fresh` among the parents, in place of a random one once there are many; those written by hand stay.
pub fn renew(pool: &mut Vec<Vec<u8>>, fresh: Vec<u8>, rng: &mut Rng) {
    if pool.len() > 64 {
        let at = TEXTS.len() + rng.index(pool.len() - TEXTS.len());
        pool[at] = fresh;
    } else {
        pool.push(fresh);
    }
}

/// A source of random valid modules.
pub struct Random {
    rng: Rng,
}

impl Random {
    /// Returns the source of `seed`.
    pub fn new(seed: u64) -> Self {
        Random { rng: Rng::new(seed, "parents") }
    }

    /// Returns the next module that runs by itself: no imports, everything exported.
    pub fn runnable(&mut self) -> Vec<u8> {
        let config = Config {
            max_imports: 0,
            export_everything: true,
            allow_start_export: false,
            exceptions_enabled: false,
            gc_enabled: false,
            simd_enabled: false,
            // Every run makes them anew.
            max_memory32_bytes: 1 << 18,
            max_table_elements: 1000,
            ..self.config()
        };
        self.generate(&config)
    }

    /// Returns the next module.
    pub fn module(&mut self) -> Vec<u8> {
        let config = self.config();
        self.generate(&config)
    }

    /// Returns the next module of one number in and one number out: a program when compiled, if it is within bounds.
    pub fn program(&mut self) -> Vec<u8> {
        let run = r#"(module (func (export "run") (param i64) (result i64) unreachable))"#;
        let config = Config {
            exports: Some(wat::parse_str(run).unwrap()),
            max_imports: 0,
            min_memories: 0,
            max_memories: 1,
            max_memory32_bytes: 1 << 20,
            max_table_elements: 1000,
            exceptions_enabled: false,
            gc_enabled: false,
            ..self.config()
        };
        self.generate(&config)
    }

    fn config(&mut self) -> Config {
        Config {
            min_funcs: 1,
            max_funcs: 8,
            max_instructions: 40 << self.rng.below(5),
            max_imports: 4,
            max_tables: 2,
            max_memories: 2,
            max_types: 12,
            allow_start_export: true,
            exceptions_enabled: self.rng.one_in(8),
            gc_enabled: self.rng.one_in(8),
            memory64_enabled: false,
            threads_enabled: false,
            relaxed_simd_enabled: false,
            simd_enabled: self.rng.one_in(2),
            ..Config::default()
        }
    }

    fn generate(&mut self, config: &Config) -> Vec<u8> {
        loop {
            let bytes: Vec<u8> = (0..4096).map(|_| self.rng.bits() as u8).collect();
            if let Ok(module) = wasm_smith::Module::new(config.clone(), &mut Unstructured::new(&bytes)) {
                let module = module.to_bytes();
                // Most modules without code have nothing to rewrite; a few keep the refusals honest.
                let empty = ModuleView::parse(&module).is_ok_and(|view| view.defined().is_empty());
                if !empty || self.rng.one_in(16) {
                    return module;
                }
            }
        }
    }
}

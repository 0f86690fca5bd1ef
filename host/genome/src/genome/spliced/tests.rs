use super::*;
use crate::mutate::OperatorKind;
use crate::mutate::mutate;
use crate::rng::Rng;
use crate::text;

const TEXTS: [&str; 3] = [
    r#"(module (func (export "run") (param i64 i64) (result i64)
        (local i64)
        (block (loop
            (br_if 1 (i64.eqz (local.get 1)))
            (local.set 2 (local.get 1))
            (local.set 1 (i64.rem_u (local.get 0) (local.get 1)))
            (local.set 0 (local.get 2))
            (br 0)))
        (local.get 0)))"#,
    r#"(module
        (import "senses" "sense" (func $sense (param i32) (result i64)))
        (global $state (mut i64) (i64.const 40))
        (func $step (param i64) (result i64) (i64.mul (local.get 0) (i64.const 7)))
        (func (export "run") (param i64) (result i64)
            (global.set $state (i64.add (global.get $state) (call $sense (i32.const 0))))
            (i64.add (call $step (local.get 0)) (global.get $state))))"#,
    r#"(module
        (memory (export "memory") 1)
        (data (i32.const 8) "\01\02\03\04\05")
        (table 3 funcref)
        (elem (i32.const 0) $one $two $one)
        (func $one (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
        (func $two (param i64) (result i64) (i64.shl (local.get 0) (i64.const 1)))
        (func (export "run") (param i64) (result i64)
            (drop (ref.func $two))
            (i64.add
                (i64.load8_u (i32.and (i32.wrap_i64 (local.get 0)) (i32.const 15)))
                (call_indirect (param i64) (result i64) (local.get 0)
                    (i32.rem_u (i32.wrap_i64 (local.get 0)) (i32.const 3))))))"#,
];

/// Holds the shortcut against the long way: the same genome of the same measures, or the same refusal.
fn same(parent: &Genome, module: &[u8], bounds: &Bounds) -> Result<Genome, AdmitError> {
    let socket = Socket::new(parent).unwrap();
    let view = ModuleView::parse(parent.body_module().unwrap()).unwrap();
    let short = socket.admit(&view, module, bounds);
    let (bytes, _) = splice::replaced(&parent.bytes, socket.place, module);
    let long = Genome::admit(bytes, bounds);
    assert_eq!(short, long);
    if let (Ok(short), Ok(long)) = (&short, &long) {
        assert_eq!(short.extent, long.extent);
        assert_eq!((short.world, short.capabilities), (long.world, long.capabilities));
        assert_eq!(short.body_module(), Some(module));
    }
    short
}

#[test]
fn spoilt_bodies_are_admitted_or_refused_as_strangers_are() {
    let mut rng = Rng::new(1, "spoilt");
    let (mut admitted, mut refused) = (0, 0);
    for round in 0..3000 {
        let parent = text::compile(TEXTS[round % TEXTS.len()], &Bounds::DEFAULT).unwrap();
        let mut module = parent.body_module().unwrap().to_vec();
        for _ in 0..rng.between(1, 2) {
            let at = rng.index(module.len());
            match rng.below(4) {
                0 => module[at] = rng.bits() as u8,
                1 => module[at] = module[at].wrapping_add(1),
                2 => module[at] ^= 1 << rng.below(7),
                _ => {
                    module.truncate(at.max(8));
                }
            }
        }
        match same(&parent, &module, &Bounds::DEFAULT) {
            Ok(_) => admitted += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(admitted > 300 && refused > 300, "{admitted} admitted, {refused} refused");
}

#[test]
fn generations_keep_the_measures() {
    let mut rng = Rng::new(2, "generations");
    for text in TEXTS {
        let mut genome = text::compile(text, &Bounds::DEFAULT).unwrap();
        for _ in 0..300 {
            let operator = *rng.pick(&OperatorKind::GENERAL).unwrap();
            let donor = text::compile(TEXTS[rng.index(3)], &Bounds::DEFAULT).unwrap();
            let body = genome.body_module().unwrap();
            if let Ok(child) = mutate(body, operator, donor.body_module(), rng.bits())
                && let Ok(child) = same(&genome, &child.module, &Bounds::DEFAULT)
            {
                genome = child;
            }
        }
    }
}

#[test]
fn a_tight_bound_is_noticed_whichever_it_is() {
    let parent = text::compile(TEXTS[2], &Bounds::DEFAULT).unwrap();
    let module = parent.body_module().unwrap();
    let all = Bounds::DEFAULT;
    for limit in 0..4 {
        for bounds in [
            Bounds { modules: limit, ..all },
            Bounds { component_depth: limit, ..all },
            Bounds { functions: limit, ..all },
            Bounds { types: limit, ..all },
            Bounds { body_bytes: limit, ..all },
            Bounds { locals: limit, ..all },
            Bounds { nesting: limit, ..all },
            Bounds { operand_stack: limit, ..all },
            Bounds { jump_targets: limit, ..all },
            Bounds { globals: limit, ..all },
            Bounds { compile_work: limit, ..all },
            Bounds { memory_pages: limit, ..all },
            Bounds { table_elements: limit, ..all },
            Bounds { component_bytes: limit, ..all },
        ] {
            let _ = same(&parent, module, &bounds);
        }
    }
}

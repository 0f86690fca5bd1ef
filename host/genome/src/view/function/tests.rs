use wasmparser::ValType;

use super::*;
use crate::rng::Rng;

/// Code of all sorts, most of it plain.
const SORTS: &str = r#"(module
    (import "senses" "sense" (func $sense (param i32) (result i64)))
    (memory 1)
    (global $set (mut i64) (i64.const 1))
    (global $fixed f64 (f64.const 1))
    (func $loops (param $n i64) (result i64) (local $x i64) (local $y i32)
        (block $out
            (loop $next
                (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 3)) (local.get $n)))
                (br_if $out (i64.eqz (local.tee $n (i64.sub (local.get $n) (i64.const 1)))))
                (br $next)))
        (global.set $set (local.get $x))
        (local.set $y (i32.wrap_i64 (local.get $x)))
        (i64.store offset=8 (i32.and (local.get $y) (i32.const 255)) (local.get $n))
        (i64.add (global.get $set) (i64.load8_u (local.get $y))))
    (func $chooses (param i64 f64) (result i64)
        (drop (select (local.get 1) (global.get $fixed) (i32.const 1)))
        (if (result i64) (i64.lt_s (local.get 0) (i64.const 2))
            (then (if (i64.eqz (local.get 0)) (then (return (i64.const 7)))) (local.get 0))
            (else (call $loops (i64.trunc_sat_f64_s (local.get 1)))
                (br_if 0 (call $sense (i32.const 3)) (memory.grow (memory.size))) (i64.xor))))
    (func $pair (param i32) (result i32 i64)
        (block (result i32)
            (br_if 1 (i32.const 1) (i64.const 2) (local.get 0))
            (unreachable))
        (i64.const 4))
    (func $dead (result i64)
        (block (br 0) (drop (i64.add (i64.const 1))))
        (i64.const 1) (return) (i64.add))
    (func $table (param i32) (result f32)
        (block (block (br_table 0 1 (local.get 0)))) (f32.demote_f64 (f64.promote_f32 (f32.const 1))))
)"#;

/// Whether both views of every function are one: the view that was asked for, and the one by the validator.
fn check(module: &ModuleView<'_>) {
    for function in module.defined() {
        let (asked, validated) = (module.function(function), FunctionView::validated(module, function));
        match (&asked, &validated) {
            (Ok(asked), Ok(validated)) => {
                assert_eq!(format!("{asked:?}"), format!("{validated:?}"), "function {function}");
            }
            (Err(_), Err(_)) => {}
            _ => panic!("function {function}: {asked:?}, by the validator {validated:?}"),
        }
    }
}

fn is_plain(module: &ModuleView<'_>, function: u32) -> bool {
    let (body, type_index, ty) = FunctionView::parts(module, function).unwrap();
    let Some(mut types) = PlainTypes::new(module, type_index, &body) else { return false };
    let mut view = FunctionView::empty(module, function, &body, ty);
    view.walk(&body, &mut types).is_ok() && types.is_over()
}

#[test]
fn plain_code_is_viewed_as_by_the_validator() {
    let bytes = wat::parse_str(SORTS).unwrap();
    let module = ModuleView::parse(&bytes).unwrap();
    check(&module);
    let plain: Vec<bool> = module.defined().map(|function| is_plain(&module, function)).collect();
    // Saturating conversions, dead code and jump tables are not plain.
    assert_eq!(plain, [true, false, true, false, false]);
}

#[test]
fn broken_code_is_refused_as_by_the_validator() {
    let bytes = wat::parse_str(SORTS).unwrap();
    let code = ModuleView::parse(&bytes).unwrap().section(10).unwrap().payload.clone();
    let mut rng = Rng::new(1, "broken");
    for _ in 0..20_000 {
        let mut broken = bytes.clone();
        for _ in 0..=rng.index(2) {
            broken[code.start + rng.index(code.len())] = rng.index(256) as u8;
        }
        if let Ok(module) = ModuleView::parse(&broken) {
            check(&module);
        }
    }
}

#[test]
fn every_opcode_has_the_types_that_the_validator_knows() {
    let header = wat::parse_str("(module (memory 1) (func))").unwrap();
    let header = &header[..header.len() - 6];
    let constants: [&[u8]; 4] =
        [&[0x41, 1], &[0x42, 1], &[0x43, 0, 0, 0, 0], &[0x44, 0, 0, 0, 0, 0, 0, 0, 0]];
    for opcode in 0x1a..=0xc4_u8 {
        let immediates: &[u8] = match opcode {
            0x28..=0x3e => &[0, 0],
            0x3f | 0x40 => &[0],
            0x45.. | 0x1a | 0x1b => &[],
            _ => continue,
        };
        let mut n_valid = 0;
        for (lower, upper) in (0..16).map(|at| (constants[at / 4], constants[at % 4])) {
            let body = [&[0], lower, upper, &[opcode], immediates, &[0x00, 0x0b]].concat();
            let mut bytes = header.to_vec();
            bytes.extend([10, body.len() as u8 + 2, 1, body.len() as u8]);
            bytes.extend(body);
            let module = ModuleView::parse(&bytes).unwrap();
            check(&module);
            let is_valid = module.function(0).is_ok();
            assert_eq!(is_valid, is_plain(&module, 0), "opcode {opcode:#x}");
            n_valid += u32::from(is_valid);
        }
        // `select` lacks an operand here.
        assert_eq!(n_valid == 0, opcode == 0x1b, "opcode {opcode:#x}");
    }
}

#[test]
fn what_is_past_the_room_for_plain_code_is_left_to_the_validator() {
    for (n_locals, n_blocks) in [(128, 31), (129, 31), (128, 32)] {
        let text = format!(
            "(module (func (local {}) {} {}))",
            "i64 ".repeat(n_locals),
            "(block ".repeat(n_blocks),
            ")".repeat(n_blocks),
        );
        let bytes = wat::parse_str(text).unwrap();
        let module = ModuleView::parse(&bytes).unwrap();
        check(&module);
        assert_eq!(is_plain(&module, 0), n_locals == 128 && n_blocks == 31);
        assert_eq!(module.function(0).unwrap().locals, vec![ValType::I64; n_locals]);
    }
}

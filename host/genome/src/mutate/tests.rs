//! One small module and one seed for every operator: what the child looks like.

use std::fmt::Write;

use super::*;

mod ecosystem;

/// Returns the description and the changed function's instructions, one line each.
fn shown(text: &str, operator: OperatorKind, donor: Option<&str>, seed: u64) -> String {
    let module = wat::parse_str(text).unwrap();
    let donor = donor.map(|text| wat::parse_str(text).unwrap());
    let child = match mutate(&module, operator, donor.as_deref(), seed) {
        Ok(child) => child,
        Err(error) => return error.to_string(),
    };
    wasmparser::Validator::new_with_features(crate::features::FEATURES).validate_all(&child.module).unwrap();
    let mut out = child.description + "\n";
    let text = wasmprinter::print_bytes(&child.module).unwrap();
    let mut functions = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("(type") && *line != ")") {
        functions += usize::from(line.starts_with("(func (;"));
        if functions > 0
            && !line.starts_with("(export")
            && !line.starts_with("(table")
            && !line.starts_with("(memory")
        {
            writeln!(out, "  {line}").unwrap();
        }
    }
    out
}

/// Where grafts come from.
const DONOR: &str = "(module (global $g (mut i64) (i64.const 7))
    (func (param f32 i64) (result i64) local.get 1 global.get $g i64.xor i64.const 1 i64.rotl))";

fn check(text: &str, operator: OperatorKind, donor: Option<&str>, seed: u64, expect: &str) {
    let got = shown(text, operator, donor, seed);
    assert_eq!(got.trim(), expect.trim(), "\n{operator} with seed {seed} gives:\n{got}");
}

#[test]
fn a_rule_of_the_table_is_applied() {
    check(
        r#"(module (func (param i32) (result i32) local.get 0 i32.const 0 i32.eq i32.eqz))"#,
        OperatorKind::OptimizeOpcode,
        None,
        1,
        r#"
`compare with zero` at instruction 1
  (func (;0;) (type 0) (param i32) (result i32)
  local.get 0
  i32.eqz
  i32.eqz
"#,
    );
}

#[test]
fn nops_are_inserted() {
    check(
        r#"(module (func (param i32) (result i32) local.get 0))"#,
        OperatorKind::InsertNop,
        None,
        1,
        r#"
2 `nop` before instruction 0
  (func (;0;) (type 0) (param i32) (result i32)
  nop
  nop
  local.get 0
"#,
    );
}

#[test]
fn an_entry_of_a_jump_table_is_patched() {
    check(
        r#"(module (func (param i32) block block local.get 0 br_table 0 1 0 end end))"#,
        OperatorKind::PatchJump,
        None,
        3,
        r#"
`br_table` at instruction 3: label 0 of entry 0 becomes 1
  (func (;0;) (type 0) (param i32)
  block ;; label = @1
  block ;; label = @2
  local.get 0
  br_table 1 (;@1;) 1 (;@1;) 0 (;@2;)
  end
  end
"#,
    );
}

#[test]
fn a_window_is_replaced_by_one_of_the_same_effect() {
    check(
        r#"(module (func (param i32) (result i32) local.get 0 i32.const 7 i32.mul local.get 0 i32.const 3 i32.and i32.add))"#,
        OperatorKind::ReplaceSequence,
        None,
        2,
        r#"
instructions 4..6 become a copy of 3..7
  (func (;0;) (type 0) (param i32) (result i32)
  local.get 0
  i32.const 7
  i32.mul
  local.get 0
  local.get 0
  i32.const 3
  i32.and
  i32.add
  i32.add
"#,
    );
}

#[test]
fn an_instinct_senses_and_then_acts() {
    check(
        r#"(module (import "senses" "sense" (func (param i32) (result i64))) (import "senses" "act" (func (param i32 i64))) (func (param i64) (result i64) local.get 0 i64.const 40 i64.add))"#,
        OperatorKind::AddInstinct,
        None,
        2,
        r#"
before instruction 2: act on channel 0 with what channel 1 senses, halved 4 times
  (func (;2;) (type 2) (param i64) (result i64)
  local.get 0
  i64.const 40
  i32.const 0
  i32.const 1
  call 0
  i64.const 4
  i64.shr_s
  call 1
  i64.add
"#,
    );
}

#[test]
fn a_scaling_constant_is_scaled() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 900 i64.mul i64.const 1000 i64.div_s))"#,
        OperatorKind::AdjustDecay,
        None,
        2,
        r#"
constant 900 at instruction 1 becomes 843
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 843
  i64.mul
  i64.const 1000
  i64.div_s
"#,
    );
}

#[test]
fn a_compared_constant_is_moved() {
    check(
        r#"(module (func (param i64) (result i32) local.get 0 i64.const 100 i64.gt_s))"#,
        OperatorKind::TuneThreshold,
        None,
        2,
        r#"
constant 100 at instruction 1 becomes 101
  (func (;0;) (type 0) (param i64) (result i32)
  local.get 0
  i64.const 101
  i64.gt_s
"#,
    );
}

#[test]
fn a_gene_gets_the_content_of_another() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 9 i64.mul))"#,
        OperatorKind::Substitute,
        None,
        4,
        r#"
decay 5 at instruction 1 becomes 9, as at instruction 3
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 9
  i64.mul
  i64.const 9
  i64.mul
"#,
    );
}

#[test]
fn a_gene_counts_twice() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.add))"#,
        OperatorKind::Amplify,
        None,
        2,
        r#"
constant 5 at instruction 1 becomes 10
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 10
  i64.add
"#,
    );
}

#[test]
fn a_gene_is_pruned() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 2 i64.sub))"#,
        OperatorKind::Prune,
        None,
        3,
        r#"
window 0..4 is taken away
  (func (;0;) (type 0) (param i64) (result i64)
  i64.const 0
  i64.const 0
  i64.sub
"#,
    );
}

#[test]
fn an_operator_is_swapped_for_one_of_its_type() {
    check(
        r#"(module (func (param i64 i64) (result i64) local.get 0 local.get 1 i64.sub))"#,
        OperatorKind::SwapOperator,
        None,
        1,
        r#"
another operator of its type at instruction 2
  (func (;0;) (type 0) (param i64 i64) (result i64)
  local.get 0
  local.get 1
  i64.div_s
"#,
    );
}

#[test]
fn a_local_is_retargeted_to_one_of_its_type() {
    check(
        r#"(module (func (param i64 i32 i64) (result i64) local.get 0))"#,
        OperatorKind::RetargetLocal,
        None,
        1,
        r#"
`local.get` at instruction 0: local 0 becomes 2
  (func (;0;) (type 0) (param i64 i32 i64) (result i64)
  local.get 2
"#,
    );
}

#[test]
fn a_constant_is_perturbed() {
    check(
        r#"(module (func (result f64) f64.const 1.5))"#,
        OperatorKind::PerturbConstant,
        None,
        1,
        r#"
constant 1.5 at instruction 0 becomes -1.5
  (func (;0;) (type 0) (result f64)
  f64.const -0x1.8p+0 (;=-1.5;)
"#,
    );
}

#[test]
fn a_window_is_deleted() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 2 i64.sub))"#,
        OperatorKind::DeleteWindow,
        None,
        2,
        r#"
instructions 0..4 are deleted, 2 neutral instructions stay
  (func (;0;) (type 0) (param i64) (result i64)
  i64.const 0
  i64.const 0
  i64.sub
"#,
    );
}

#[test]
fn a_window_moves() {
    check(
        r#"(module (func (param i64) (result i64) i64.const 3 local.set 0 local.get 0 i64.const 5 i64.mul))"#,
        OperatorKind::MoveWindow,
        None,
        1,
        r#"
instructions 1..3 move before 5
  (func (;0;) (type 0) (param i64) (result i64)
  i64.const 3
  i64.const 5
  i64.mul
  local.set 0
  local.get 0
"#,
    );
}

#[test]
fn a_function_is_copied_for_one_caller() {
    check(
        r#"(module (func $f (param i64) (result i64) local.get 0) (func (result i64) i64.const 3 call $f))"#,
        OperatorKind::DuplicateFunction,
        None,
        1,
        r#"
function 0 is copied as 2, which instruction 1 calls instead
  (func (;1;) (type 1) (result i64)
  i64.const 3
  call 2
  (func (;2;) (type 0) (param i64) (result i64)
  local.get 0
"#,
    );
}

#[test]
fn a_window_of_the_donor_is_grafted() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul))"#,
        OperatorKind::Graft,
        Some(DONOR),
        6,
        r#"
instead of instructions 2..3: instructions 2..5 of the donor's function 0
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 5
  i64.xor
  i64.const 1
  i64.rotl
"#,
    );
}

#[test]
fn constants_change_places() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 9 i64.mul))"#,
        OperatorKind::Exchange,
        None,
        1,
        r#"
decay 9 at instruction 3 and 5 at instruction 1 change places
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 9
  i64.mul
  i64.const 5
  i64.mul
"#,
    );
}

#[test]
fn statements_change_places() {
    check(
        r#"(module (global $g (mut i64) (i64.const 0)) (func (param i64) i64.const 3 global.set $g local.get 0 local.set 0))"#,
        OperatorKind::Exchange,
        None,
        4,
        r#"
windows 0..2 and 2..4 change places
  (func (;0;) (type 0) (param i64)
  local.get 0
  local.set 0
  i64.const 3
  global.set $g
"#,
    );
}

#[test]
fn a_window_is_copied_to_another_place() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul i64.const 2 i64.sub))"#,
        OperatorKind::CopyWindow,
        None,
        1,
        r#"
before instruction 1: a copy of 3..5
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.const 2
  i64.sub
  i64.const 5
  i64.mul
  i64.const 2
  i64.sub
"#,
    );
}

#[test]
fn only_functions_that_the_map_names_change_and_give_code() {
    // Functions 0 and 1 are named, 1 with the bounds `0 to 0`.
    let text = r#"(module
        (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul)
        (func (param i64) (result i64) local.get 0 i64.const 6 i64.xor)
        (func (param i64) (result i64) local.get 0 i64.const 77777 i64.rotl local.get 0 i64.const 88888 i64.div_s i64.add)
        (@custom "flux.genes" "\01\02\04\01a\02\00\00\04\01b\02\01\01\00\00"))"#;
    let parent = wat::parse_str(text).unwrap();
    let body = |module: &[u8], function| {
        let view = ModuleView::parse(module).unwrap();
        let view = view.function(function).unwrap();
        format!("{:?}", view.instrs.iter().map(|instr| instr.op.clone()).collect::<Vec<_>>())
    };
    let mut n_children = 0;
    for (at, operator) in OperatorKind::GENERAL.into_iter().enumerate() {
        for seed in 0..40 {
            let Ok(child) = mutate(&parent, operator, Some(&parent), 40 * at as u64 + seed) else { continue };
            n_children += 1;
            for fixed in [1, 2] {
                assert_eq!(
                    body(&child.module, fixed),
                    body(&parent, fixed),
                    "{operator}: {}",
                    child.description
                );
            }
            if !operator.needs_donor() {
                let foreign = ["77777", "88888"].map(|name| body(&child.module, 0).contains(name));
                assert_eq!(foreign, [false; 2], "{operator}: {}", child.description);
            }
        }
    }
    assert!(n_children > 300, "{n_children}");
}

#[test]
fn a_number_goes_through_one_operator_more() {
    check(
        r#"(module (func (param i64) (result i64) local.get 0 i64.const 5 i64.mul))"#,
        OperatorKind::InsertOperator,
        None,
        1,
        r#"
before instruction 1: an operator on the value of type i64 there
  (func (;0;) (type 0) (param i64) (result i64)
  local.get 0
  i64.extend16_s
  i64.const 5
  i64.mul
"#,
    );
}

#[test]
fn genes_that_change_places_stay_within_their_bounds() {
    // Two constants, 3 and 40; the second may be 10 to 50.
    let text = r#"(module
        (func (param i64) (result i64) local.get 0 i64.const 3 i64.add i64.const 40 i64.add)
        (@custom "flux.genes"
            "\01\02\02\01a\00\00\01\01\00\02\01b\00\00\03\01\01\0a\32"))"#;
    let parent = wat::parse_str(text).unwrap();
    let mut n_children = 0;
    for operator in [OperatorKind::Exchange, OperatorKind::Substitute] {
        for seed in 0..100 {
            let Ok(child) = mutate(&parent, operator, None, seed) else { continue };
            n_children += 1;
            let view = ModuleView::parse(&child.module).unwrap();
            let genes = view.gene_map().unwrap();
            let contents = genes.genes.iter().map(|gene| (gene.name.as_str(), gene::content(gene, &view)));
            assert!(
                !contents
                    .into_iter()
                    .any(|(name, content)| name == "b" && content.as_deref() == Some("i64.const 3")),
                "{}",
                child.description
            );
        }
    }
    assert!(n_children > 20, "{n_children}");
}

use super::*;
use crate::{Bounds, text};

fn genome(text: &str) -> Genome {
    text::compile(text, &Bounds::DEFAULT).unwrap()
}

/// The differences between two core modules: a line for each function, then its lines with a mark.
fn show(before: &str, after: &str) -> String {
    let diff = diff(&genome(before), &genome(after)).unwrap();
    let mut out = String::new();
    let name = |function: &Option<FunctionName>| {
        function
            .as_ref()
            .map_or("-".to_owned(), |f| format!("{}:{}", f.index, f.name.as_deref().unwrap_or_default()))
    };
    for function in &diff.functions {
        out.push_str(&format!(
            "{} {} {}\n",
            function.change().name(),
            name(&function.before),
            name(&function.after)
        ));
        for line in &function.lines {
            let mark = match line.side {
                Side::Both => ' ',
                Side::Before => '-',
                Side::After => '+',
            };
            let number = |n: Option<u32>| n.map_or(".".to_owned(), |n| n.to_string());
            out.push_str(&format!("{mark} {} {} {}\n", number(line.before), number(line.after), line.text));
        }
    }
    for line in diff.rest.iter().filter(|line| line.side != Side::Both) {
        out.push_str(&format!(
            "{} {}\n",
            if line.side == Side::Before { '-' } else { '+' },
            line.text.trim()
        ));
    }
    out
}

#[test]
fn equal_genomes_do_not_differ() {
    let one = genome(r#"(module (func $f (export "run") (param i64) (result i64) (local.get 0)))"#);
    let found = diff(&one, &one).unwrap();
    assert!(found.is_empty());
    assert_eq!(found.n_unchanged, 3);
    assert!(found.rest.iter().any(|line| line.text.contains("(export \"run\"")));
}

#[test]
fn instructions_are_numbered_on_both_sides() {
    let found = show(
        r#"(module (func $f (export "run") (param i64) (result i64) (local i64)
            (i64.add (local.get 0) (i64.const 2))))"#,
        r#"(module (func $f (export "run") (param i64) (result i64) (local i64)
            (nop) (i64.mul (local.get 0) (i64.const 2))))"#,
    );
    let expected = "\
changed 0:f 0:f
  . . (local i64)
+ . 0 nop
  0 1 local.get 0
  1 2 i64.const 2
- 2 . i64.add
+ . 3 i64.mul
";
    assert_eq!(found, expected);
}

#[test]
fn a_block_around_code_is_two_lines() {
    let found = show(
        r#"(module (func $f (export "run") (param i64) (result i64)
            (block (br_if 0 (i32.wrap_i64 (local.get 0)))) (local.get 0)))"#,
        r#"(module (func $f (export "run") (param i64) (result i64)
            (block (block (br_if 0 (i32.wrap_i64 (local.get 0))))) (local.get 0)))"#,
    );
    assert_eq!(found.lines().filter(|line| line.starts_with(['+', '-'])).count(), 2, "{found}");
}

#[test]
fn functions_are_paired_by_name_then_code_then_likeness() {
    let before = r#"(module
        (func $gone (param f32) (result f32) (f32.neg (local.get 0)))
        (func $a (result i64) (i64.add (i64.const 1) (i64.const 2)))
        (func $old (param i64) (result i64) (i64.mul (local.get 0) (i64.const 7)))
        (func (param i64) (result i64) (i64.sub (i64.rem_s (local.get 0) (i64.const 5)) (i64.const 6)))
        (func $f (export "run") (param i64) (result i64) (local.get 0)))"#;
    let after = r#"(module
        (func $new (param i64) (result i64) (i64.mul (local.get 0) (i64.const 7)))
        (func (param i64) (result i64) (i64.sub (i64.rem_s (local.get 0) (i64.const 8)) (i64.const 6)))
        (func $f (export "run") (param i64) (result i64) (local.get 0))
        (func $a (result i64) (i64.const 3))
        (func $come (param f64) (f64.store (i32.const 0) (local.get 0)))
        (memory 1))"#;
    let found = show(before, after);
    let heads: Vec<&str> = found.lines().filter(|line| line.contains("ed ")).collect();
    assert_eq!(
        heads,
        ["removed 0:gone -", "renamed 2:old 0:new", "changed 3: 1:", "changed 1:a 3:a", "added - 4:come"]
    );
}

#[test]
fn a_function_without_a_name_that_loses_its_code_is_changed() {
    let before = r#"(module (func (param i64) (result i64)
            (i64.mul (i64.sub (i64.rem_s (local.get 0) (i64.const 5)) (i64.const 6)) (i64.const 7)))
        (func $f (export "run") (param i64) (result i64) (call 0 (local.get 0))))"#;
    let after = r#"(module (func (param i64) (result i64) (unreachable))
        (func $f (export "run") (param i64) (result i64) (call 0 (local.get 0))))"#;
    assert!(show(before, after).starts_with("changed 0: 0:\n"), "{}", show(before, after));
}

#[test]
fn what_is_around_the_functions_is_compared_too() {
    let found = show(
        r#"(module (memory 1) (data (i32.const 0) "one") (func $f (export "run") (result i64) (i64.const 1)))"#,
        r#"(module (memory 2) (data (i32.const 0) "two") (func $f (export "run") (result i64) (i64.const 1)))"#,
    );
    for line in ["- (memory (;0;) 1)", "+ (memory (;0;) 2)"] {
        assert!(found.lines().any(|found| found == line), "{found}");
    }
    assert!(found.contains("\"two\""), "{found}");
}

#[test]
fn hunks_keep_their_context_and_run_together() {
    let line = |side| Line { side, text: String::new(), before: None, after: None };
    let mut lines: Vec<Line> = (0..20).map(|_| line(Side::Both)).collect();
    assert!(hunks(&lines, 3).is_empty());
    for at in [0, 7, 19] {
        lines[at] = line(Side::After);
    }
    assert_eq!(hunks(&lines, 3), [0..11, 16..20]);
    assert_eq!(hunks(&lines, 0), [0..1, 7..8, 19..20]);
}

#[test]
fn pieces_past_the_limit_are_replaced_as_a_whole() {
    let lines = |n: u32, what: &str| -> Vec<PrintedLine> {
        (0..n).map(|i| PrintedLine::new(&format!("{what} {i}"), None)).collect()
    };
    let side = 1 << 13;
    let at_the_limit = compare(&lines(side, "a"), &lines(side, "a"));
    assert!(at_the_limit.iter().all(|line| line.side == Side::Both));
    let (mut old, mut new) = (lines(side + 1, "a"), lines(side + 1, "b"));
    old.push(PrintedLine::new("same", None));
    new.push(PrintedLine::new("same", None));
    let past = compare(&old, &new);
    assert_eq!(past.len(), 2 * (side as usize + 1) + 1);
    assert_eq!(past.last().map(|line| line.side), Some(Side::Both));
}

//! Every limit, at its edge and one past it.

use super::super::{Diagnostic, Includes, Limits, NoIncludes, assemble};

const TIGHT: Limits = Limits {
    source_bytes: 400,
    word_len: 7,
    files: 3,
    include_depth: 2,
    conditional_depth: 2,
    expansion_depth: 3,
    expansion_tokens: 8,
    expression_depth: 3,
    code_bytes: 16,
    errors: 3,
    warnings: 2,
};

/// The codes of the diagnostics of `text` within tight limits.
fn codes(text: &str, includes: &dyn Includes) -> Vec<&'static str> {
    let assembly = assemble("test.flx", text, includes, &TIGHT);
    assembly.diagnostics.iter().map(Diagnostic::code).collect()
}

fn check(at_the_edge: &str, past_it: &str, code: &str) {
    assert_eq!(codes(at_the_edge, &NoIncludes), [""; 0], "{at_the_edge}");
    assert_eq!(codes(past_it, &NoIncludes), [code], "{past_it}");
}

#[test]
fn the_text_has_a_size() {
    let text = |len: usize| format!("HALT{}", " ".repeat(len - 4));
    check(&text(400), &text(401), "asm::source-too-large");
}

#[test]
fn words_have_a_length() {
    check("a234567: HALT", "a2345678: HALT", "asm::word-too-long");
    check(".dword 0x00001", ".dword 0x000001", "asm::word-too-long");
}

#[test]
fn files_are_counted_and_nested() {
    let files = |name: &str, _: &str| {
        let text = if name == "a" { "" } else { "#include \"a\"" };
        Ok(super::super::Included { name: name.to_owned(), text: text.to_owned() })
    };
    assert_eq!(codes("#include \"a\"\n#include \"a\"\nHALT", &files), [""; 0]);
    let three = "#include \"a\"\n#include \"a\"\n#include \"a\"\nHALT";
    assert_eq!(codes(three, &files), ["asm::too-many-files"]);
    assert_eq!(codes("#include \"b\"\nHALT", &files), ["asm::includes-too-deep"]);
    let large =
        |name: &str, _: &str| Ok(super::super::Included { name: name.to_owned(), text: " ".repeat(385) });
    assert_eq!(codes("#include \"a\"\nHALT", &large), ["asm::source-too-large"]);
}

#[test]
fn conditionals_are_nested_so_deep() {
    let text = |depth: usize| format!("{}{}HALT", "#ifdef A\n".repeat(depth), "#endif\n".repeat(depth));
    check(&text(2), &text(3), "asm::conditionals-too-deep");
}

#[test]
fn macros_are_nested_so_deep() {
    let text = |depth: usize| {
        let chain: String = (1..depth).map(|i| format!("#define m{i} m{}\n", i + 1)).collect();
        format!("{chain}#define m{depth} 1\nMOVI R0, m1")
    };
    check(&text(3), &text(4), "asm::expansion-too-deep");
}

#[test]
fn macros_expand_to_so_many_tokens() {
    check("#define m 1+2+3\nMOVI R0, m", "#define m 1+2+3\nMOVI R0, m + m", "asm::expansion-too-large");
    let calls = |n: usize| format!("#define f(x) x\n.byte {}", vec!["f(1)"; n].join("+"));
    check(&calls(2), &calls(3), "asm::expansion-too-large");
}

#[test]
fn expressions_are_nested_so_deep() {
    check("MOVI R0, (((1)))", "MOVI R0, (((-1)))", "asm::expression-too-deep");
}

#[test]
fn the_code_has_a_size() {
    check(".fill 16", "HALT\n.fill 16", "asm::code-too-large");
    check(".org 16", ".org 17", "asm::code-too-large");
    check("NOP\n.align 16", ".fill 16\nNOP", "asm::code-too-large");
}

#[test]
fn mistakes_are_counted() {
    assert_eq!(codes("a\nb", &NoIncludes), ["asm::unknown-opcode"; 2]);
    let expected =
        ["asm::unknown-opcode", "asm::unknown-opcode", "asm::unknown-opcode", "asm::too-many-errors"];
    assert_eq!(codes("a\nb\nc\nd\ne", &NoIncludes), expected);
    let warned = "JMP 100\n".repeat(3);
    let expected = ["asm::jump-outside", "asm::jump-outside", "asm::too-many-warnings"];
    assert_eq!(codes(&warned, &NoIncludes), expected);
}

//! What can be wrong with a text, and how it is said: every message is made here.
//!
//! Constructors have the name of what is wrong and take the place first.

use std::collections::BTreeMap;

use super::limits::Limits;
use super::source::Span;
use crate::diagnostic::plural;
pub use crate::diagnostic::{Diagnostic, Label, Severity};

/// The diagnostics of an assembly so far.
pub(crate) struct Reporter {
    diagnostics: Vec<Diagnostic>,
    /// Where macros are used, and where those that are used there are defined.
    uses: BTreeMap<Span, Span>,
    n_errors: usize,
    n_warnings: usize,
    max_errors: usize,
    max_warnings: usize,
}

impl Reporter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (max_errors, max_warnings) = (limits.errors.max(1), limits.warnings);
        let uses = BTreeMap::new();
        Self { diagnostics: Vec::new(), uses, n_errors: 0, n_warnings: 0, max_errors, max_warnings }
    }

    /// From here on, what is wrong with what a macro stands for names its definition as well.
    pub(crate) fn know_macros(&mut self, uses: impl IntoIterator<Item = (Span, Span)>) {
        for (place, definition) in uses {
            self.uses.entry(place).or_insert(definition);
        }
    }

    /// Adds a diagnostic, unless there are too many of its kind.
    ///
    /// What was said of a place is not said twice: an argument of a macro is read as often as it is used.
    pub(crate) fn add(&mut self, mut diagnostic: Diagnostic) {
        if let Some(definition) = self.uses.get(&diagnostic.span()) {
            diagnostic = diagnostic.label(*definition, "in the macro that is defined here");
        }
        // Past the limit only the number of warnings still matters.
        let (n, max) = match diagnostic.severity() {
            Severity::Error => (&mut self.n_errors, self.max_errors),
            Severity::Warning => (&mut self.n_warnings, self.max_warnings),
        };
        if *n >= max {
            *n += 1;
        } else if !self.diagnostics.contains(&diagnostic) {
            *n += 1;
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether there is any use in making a warning.
    pub(crate) fn takes_warnings(&self) -> bool {
        self.n_warnings < self.max_warnings
    }

    /// Whether there is no point in looking further.
    pub(crate) fn is_full(&self) -> bool {
        self.n_errors >= self.max_errors
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.n_errors > 0
    }

    /// The diagnostics in the order of the text, files in the order in which they were read.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        let last = self.diagnostics.last().map(Diagnostic::span);
        if let Some(span) = last.filter(|_| self.n_warnings > self.max_warnings) {
            self.diagnostics.push(too_many_warnings(span, self.max_warnings, self.n_warnings));
        }
        if let Some(span) = last.filter(|_| self.is_full()) {
            self.diagnostics.push(too_many_errors(span, self.max_errors));
        }
        self.diagnostics
    }
}

/// What the verifier says of an assembled program.
pub(crate) fn found_by_verifier(span: Span, severity: Severity, message: &str) -> Diagnostic {
    Diagnostic::new("asm::verify", severity, span, message)
}

// Limits: one error each.

fn too_many_errors(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::error("asm::too-many-errors", span, format!("gave up after {}", plural(limit, "error")))
}

fn too_many_warnings(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("{}, of which {limit} are shown", plural(actual, "warning"));
    Diagnostic::warning("asm::too-many-warnings", span, message)
}

pub(crate) fn word_too_long(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("this word has {actual} characters, the limit is {limit}");
    Diagnostic::error("asm::word-too-long", span, message)
}

pub(crate) fn source_too_large(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("the text with all it includes has {actual} bytes, the limit is {limit}");
    Diagnostic::error("asm::source-too-large", span, message)
}

pub(crate) fn too_many_files(span: Span, limit: usize) -> Diagnostic {
    let message = format!("this is file {}, the limit is {limit}", limit + 1);
    Diagnostic::error("asm::too-many-files", span, message)
}

pub(crate) fn includes_too_deep(span: Span, limit: usize) -> Diagnostic {
    let message = format!("{} would be open at once, the limit is {limit}", plural(limit + 1, "file"));
    Diagnostic::error("asm::includes-too-deep", span, message)
}

pub(crate) fn conditionals_too_deep(span: Span, limit: usize) -> Diagnostic {
    let message =
        format!("{} inside each other, the limit is {limit}", plural(limit + 1, "conditional block"));
    Diagnostic::error("asm::conditionals-too-deep", span, message)
}

pub(crate) fn expansion_too_deep(span: Span, limit: usize) -> Diagnostic {
    let message =
        format!("{} are expanded inside each other, the limit is {limit}", plural(limit + 1, "macro"));
    Diagnostic::error("asm::expansion-too-deep", span, message)
}

pub(crate) fn expansion_too_large(span: Span, limit: usize) -> Diagnostic {
    let message = format!("macros go through more than {}", plural(limit, "token"));
    Diagnostic::error("asm::expansion-too-large", span, message)
}

pub(crate) fn expression_too_deep(span: Span, limit: usize) -> Diagnostic {
    let message = format!("{} inside each other, the limit is {limit}", plural(limit + 1, "bracket or sign"));
    let message = message.replace("bracket or signs", "brackets or signs");
    Diagnostic::error("asm::expression-too-deep", span, message)
}

pub(crate) fn code_too_large(span: Span, limit: usize, actual: u64) -> Diagnostic {
    let message = format!("the code has {actual} bytes up to here, the limit is {limit}");
    Diagnostic::error("asm::code-too-large", span, message)
}

// Words.

pub(crate) fn unexpected_character(span: Span, character: char) -> Diagnostic {
    let message = format!("unexpected character `{}`", character.escape_default());
    let diagnostic = Diagnostic::error("asm::syntax", span, message);
    match character {
        '#' => diagnostic.hint("a comment after an instruction begins with `;` or `//`"),
        '\'' => diagnostic.hint("a character is written `'a'` or `'\\n'`"),
        '$' => diagnostic.hint("hexadecimal numbers begin with `0x`"),
        _ => diagnostic,
    }
}

pub(crate) fn unterminated_text(span: Span) -> Diagnostic {
    Diagnostic::error("asm::syntax", span, "this text has no closing `\"` on its line")
}

pub(crate) fn bad_character_literal(span: Span) -> Diagnostic {
    Diagnostic::error("asm::syntax", span, "expected one character between `'` and `'`")
        .hint("a character is written `'a'` or `'\\n'`, a text `\"abc\"`")
}

pub(crate) fn unknown_escape(span: Span, escape: &str) -> Diagnostic {
    let escape: String = escape.chars().skip(1).flat_map(char::escape_default).collect();
    Diagnostic::error("asm::syntax", span, format!("unknown escape `\\{escape}`"))
        .hint("there are `\\n`, `\\t`, `\\r`, `\\0`, `\\\\`, `\\\"`, `\\'` and `\\x41` for a byte")
}

pub(crate) fn bad_number(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("asm::syntax", span, format!("`{text}` is not a number"))
        .hint("numbers are written `42`, `0x2A`, `0o52` or `0b10_1010`")
}

pub(crate) fn number_too_large(span: Span) -> Diagnostic {
    let message = format!("a number is at most {}", i64::MAX);
    Diagnostic::error("asm::integer-overflow", span, message)
}

// Preprocessor.

pub(crate) fn maybe_directive(span: Span, word: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::warning("asm::comment", span, format!("this line is a comment: `#{word}` is no directive"))
        .did_you_mean(nearest)
        .hint("write a space after `#` where a comment is meant")
}

pub(crate) fn expected_name(span: Span, directive: &str) -> Diagnostic {
    Diagnostic::error("asm::syntax", span, format!("expected a name after `{directive}`"))
}

pub(crate) fn unexpected_after(span: Span, directive: &str) -> Diagnostic {
    Diagnostic::error("asm::syntax", span, format!("unexpected text after `{directive}`"))
}

pub(crate) fn bad_parameters(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("asm::macro", span, format!("expected names between commas as parameters of `{name}`"))
        .hint(format!("write `#define {name}(a, b) ...`, or a space before `(` if it belongs to the value"))
}

pub(crate) fn repeated_parameter(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("asm::macro", span, format!("two parameters have the name `{name}`"))
}

pub(crate) fn redefined_macro(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::warning("asm::macro", span, format!("`{name}` is defined again, with another value"))
        .label(first, "first defined here")
        .hint(format!("write `#undef {name}` before it"))
}

pub(crate) fn undefined_macro(span: Span, name: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::warning("asm::undefined-macro", span, format!("`{name}` is not defined"))
        .did_you_mean(nearest)
}

pub(crate) fn wrong_argument_count(
    span: Span,
    name: &str,
    expected: usize,
    actual: usize,
    at: Span,
) -> Diagnostic {
    let message = format!("expected {} of `{name}`, found {actual}", plural(expected, "argument"));
    Diagnostic::error("asm::macro", span, message).label(at, "defined here")
}

pub(crate) fn unclosed_arguments(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("asm::macro", span, format!("expected `)` after the arguments of `{name}`"))
}

pub(crate) fn unterminated_conditional(span: Span, directive: &str) -> Diagnostic {
    Diagnostic::error("asm::macro", span, format!("`{directive}` has no `#endif` in this file"))
}

pub(crate) fn stray_conditional(span: Span, directive: &str) -> Diagnostic {
    Diagnostic::error("asm::macro", span, format!("`{directive}` without `#ifdef` or `#ifndef` before it"))
}

pub(crate) fn second_else(span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("asm::macro", span, "a second `#else` in one block").label(first, "the first is here")
}

pub(crate) fn expected_file(span: Span) -> Diagnostic {
    Diagnostic::error("asm::include", span, "expected a file name in `\"` after `.include`")
}

pub(crate) fn include_not_found(span: Span, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("asm::include", span, format!("failed to include `{name}`: {why}"))
}

pub(crate) fn include_cycle(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("asm::include", span, format!("`{name}` includes itself"))
        .hint("a file may be included twice, but not by itself or by what it includes")
}

// Statements.

pub(crate) fn unexpected(span: Span, expected: &str, found: Option<&str>) -> Diagnostic {
    let message = match found {
        Some(found) => format!("expected {expected}, found {found}"),
        None => format!("expected {expected}"),
    };
    Diagnostic::error("asm::syntax", span, message)
}

pub(crate) fn unknown_opcode(span: Span, name: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::error("asm::unknown-opcode", span, format!("unknown opcode `{name}`")).did_you_mean(nearest)
}

pub(crate) fn unknown_directive(span: Span, name: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::error("asm::unknown-directive", span, format!("unknown directive `.{name}`"))
        .did_you_mean(nearest)
}

pub(crate) fn reserved_name(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error(
        "asm::reserved-name",
        span,
        format!("`{name}` is a register and cannot name anything else"),
    )
}

pub(crate) fn duplicate_label(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::error("asm::duplicate-label", span, format!("`{name}` is defined twice"))
        .label(first, "first defined here")
}

pub(crate) fn undefined_label(span: Span, name: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::error("asm::undefined-label", span, format!("`{name}` is not defined")).did_you_mean(nearest)
}

pub(crate) fn used_before_set(span: Span, name: &str, set: Span) -> Diagnostic {
    Diagnostic::error("asm::undefined-label", span, format!("`{name}` has no value yet"))
        .label(set, "it is given one here")
        .hint("move the `.set` before its use")
}

pub(crate) fn missing_operand(span: Span, mnemonic: &str, what: &str, form: &str) -> Diagnostic {
    Diagnostic::error("asm::missing-operand", span, format!("`{mnemonic}` lacks {what}"))
        .hint(format!("write `{form}`"))
}

pub(crate) fn too_many_operands(span: Span, mnemonic: &str, form: &str) -> Diagnostic {
    Diagnostic::error("asm::too-many-operands", span, format!("`{mnemonic}` takes fewer operands"))
        .hint(format!("write `{form}`"))
}

pub(crate) fn invalid_operand(span: Span, expected: &str, found: &str) -> Diagnostic {
    Diagnostic::error("asm::invalid-operand", span, format!("expected {expected}, found {found}"))
}

pub(crate) fn unknown_register(span: Span, name: &str, first: &str, last: &str) -> Diagnostic {
    let message = format!("there is no register `{name}`");
    Diagnostic::error("asm::unknown-register", span, message).hint(format!("there are `{first}` to `{last}`"))
}

pub(crate) fn other_bank(span: Span, name: &str, read_as: &str) -> Diagnostic {
    Diagnostic::warning(
        "asm::other-bank",
        span,
        format!("expected `{read_as}`, found `{name}`; the number counts"),
    )
    .hint(format!("write `{read_as}`"))
}

pub(crate) fn out_of_range(span: Span, what: &str, min: i64, max: i64, actual: i64) -> Diagnostic {
    let message = format!("{what} must be within {min} and {max}, found {actual}");
    Diagnostic::error("asm::out-of-range", span, message)
}

pub(crate) fn immediate_out_of_range(span: Span, actual: i64) -> Diagnostic {
    let diagnostic = out_of_range(span, "a 16-bit operand", i16::MIN.into(), i16::MAX.into(), actual);
    match i16::from_ne_bytes(u16::try_from(actual).unwrap_or(0).to_ne_bytes()) {
        negative if negative < 0 => diagnostic.hint(format!("the same 16 bits with a sign are {negative}")),
        _ => diagnostic.hint("build larger numbers of several, with `ISHL` and `IOR`"),
    }
}

pub(crate) fn jump_too_far(span: Span, distance: i64) -> Diagnostic {
    let message = format!("the target is {distance} bytes away, a jump reaches -32768 to 32767");
    Diagnostic::error("asm::jump-too-far", span, message)
        .hint("jump to a `JMP` on the way, or take the address in a register and use `CALL_IND`")
}

pub(crate) fn jump_outside(span: Span, target: i64, code_bytes: usize) -> Diagnostic {
    let message = format!("the target {target} is outside of the code, which has {code_bytes} bytes");
    Diagnostic::warning("asm::jump-outside", span, message)
}

pub(crate) fn neither_address_nor_number(span: Span) -> Diagnostic {
    Diagnostic::error("asm::type-mismatch", span, "expected an address or a distance, found neither")
        .hint("an address plus or minus a number is an address, the difference of two is a number")
}

pub(crate) fn division_by_zero(span: Span) -> Diagnostic {
    Diagnostic::error("asm::division-by-zero", span, "this divides by zero")
}

pub(crate) fn overflow(span: Span) -> Diagnostic {
    Diagnostic::error("asm::integer-overflow", span, "the value of this does not fit 64 bits")
}

pub(crate) fn shift_out_of_range(span: Span, actual: i64) -> Diagnostic {
    out_of_range(span, "a shift", 0, 63, actual)
}

pub(crate) fn not_known_here(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("asm::not-known-here", span, format!("the address of `{name}` is not known here"))
        .hint("what moves the following code may only depend on labels before it")
}

pub(crate) fn origin_behind(span: Span, target: i64, at: u64) -> Diagnostic {
    let message = format!("`.org {target}` goes back: the code has {at} bytes already");
    Diagnostic::error("asm::out-of-range", span, message)
}

pub(crate) fn repeated_directive(span: Span, name: &str, first: Span) -> Diagnostic {
    Diagnostic::error("asm::repeated-directive", span, format!("a second `.{name}`"))
        .label(first, "the first is here")
}

pub(crate) fn text_too_long(span: Span, what: &str, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("{what} has {actual} bytes, the limit is {limit}");
    Diagnostic::error("asm::text-too-long", span, message)
}

pub(crate) fn text_not_utf8(span: Span) -> Diagnostic {
    Diagnostic::error("asm::invalid-operand", span, "a name must be UTF-8")
        .hint("write the bytes of the payload between `[` and `]`")
}

pub(crate) fn no_code(span: Span) -> Diagnostic {
    Diagnostic::error("asm::no-code", span, "there is nothing to assemble")
        .hint("the shortest program is `HALT`")
}

pub(crate) fn compared_past_r(span: Span, name: &str) -> Diagnostic {
    let message = format!("the result of comparing `{name}` has no R register to go to");
    Diagnostic::error("asm::unknown-register", span, message)
        .hint("the result goes to the R register of the same number: there are `F0` to `F15` for it")
}

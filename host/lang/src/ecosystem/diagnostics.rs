//! What can be wrong with an ecosystem, and how it is said: every message is made here.
//!
//! Constructors have the name of what is wrong and take the place first.

use super::keys::{Block, Kind};
use super::limits::{FALLBACK_DEPTH, Limits};
use crate::diagnostic::plural;
pub use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Span;

/// The diagnostics of a reading so far.
pub(crate) struct Reporter {
    diagnostics: Vec<Diagnostic>,
    n_errors: usize,
    n_warnings: usize,
    max_errors: usize,
    max_warnings: usize,
    /// Whether something could not be read, so that what seems to be missing may stand there.
    has_mistakes: bool,
}

impl Reporter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (max_errors, max_warnings) = (limits.errors.max(1), limits.warnings);
        Self {
            diagnostics: Vec::new(),
            n_errors: 0,
            n_warnings: 0,
            max_errors,
            max_warnings,
            has_mistakes: false,
        }
    }

    /// Adds a diagnostic, unless there are too many of its kind.
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) {
        let (n, max) = match diagnostic.severity() {
            Severity::Error => (&mut self.n_errors, self.max_errors),
            Severity::Warning => (&mut self.n_warnings, self.max_warnings),
        };
        *n += 1;
        if *n <= max {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Adds that something is missing, unless it may be among what could not be read.
    pub(crate) fn add_missing(&mut self, diagnostic: Diagnostic) {
        if !self.has_mistakes {
            self.add(diagnostic);
        }
    }

    pub(crate) fn set_mistakes(&mut self, has_mistakes: bool) {
        self.has_mistakes = has_mistakes;
    }

    pub(crate) fn n_errors(&self) -> usize {
        self.n_errors
    }

    /// The diagnostics in the order of the text, files in the order in which they were read.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.span().file, diagnostic.span().start));
        if let Some(span) = self.diagnostics.last().map(Diagnostic::span) {
            if self.n_warnings > self.max_warnings {
                let shown = self.max_warnings;
                let message = format!("{}, of which {shown} are shown", plural(self.n_warnings, "warning"));
                self.diagnostics.push(Diagnostic::warning("eco::too-many-warnings", span, message));
            }
            if self.n_errors > self.max_errors {
                let shown = self.max_errors;
                let message = format!("{}, of which {shown} are shown", plural(self.n_errors, "error"));
                self.diagnostics.push(Diagnostic::error("eco::too-many-errors", span, message));
            }
        }
        self.diagnostics
    }
}

// Limits: one error each.

pub(crate) fn source_too_large(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("the text with all it uses has {actual} bytes, the limit is {limit}");
    Diagnostic::error("eco::source-too-large", span, message)
}

pub(crate) fn too_many_items(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("the file has {actual} blocks, fields and entries, the limit is {limit}");
    Diagnostic::error("eco::too-many-items", span, message)
}

pub(crate) fn name_too_long(span: Span, limit: usize, actual: usize) -> Diagnostic {
    let message = format!("this name has {actual} bytes, the limit is {limit}");
    Diagnostic::error("eco::name-too-long", span, message)
}

pub(crate) fn too_many_files(span: Span, limit: usize) -> Diagnostic {
    let message = format!("this is file {}, the limit is {limit}", limit + 1);
    Diagnostic::error("eco::too-many-files", span, message)
}

pub(crate) fn uses_too_deep(span: Span, limit: usize) -> Diagnostic {
    let message = format!("{} use each other in a row, the limit is {limit}", plural(limit + 1, "file"));
    Diagnostic::error("eco::uses-too-deep", span, message)
}

// Syntax.

/// A text as it is shown in a message: on one line, and not too much of it.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim_end();
    let mut part: String = line.chars().take(40).flat_map(char::escape_debug).collect();
    if part.contains("\\\"") || part.contains("\\'") {
        part = part.replace("\\\"", "\"").replace("\\'", "'");
    }
    if line.chars().nth(40).is_some() { part + "..." } else { part }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" }
}

fn of_block(block: Block) -> String {
    format!("{} {}", article(block.word()), block.word())
}

pub(crate) fn no_ecosystem(span: Span) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, "expected `ECOSYSTEM \"name\" { ... }`")
}

pub(crate) fn second_ecosystem(span: Span, first: Span) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, "a second ECOSYSTEM in one file")
        .label(first, "the first is here")
        .hint("write it into a file of its own, and an ENTITY with `USES: \"that.flux\"`")
}

pub(crate) fn unexpected(span: Span, block: Block, found: &str) -> Diagnostic {
    let expected = match block {
        Block::File => "`ECOSYSTEM`".to_owned(),
        block => format!("an item of the {} or `}}`", block.word()),
    };
    let message = format!("expected {expected}, found `{}`", shown(found));
    let diagnostic = Diagnostic::error("eco::syntax", span, message);
    if found.starts_with([',', ';']) { diagnostic.hint("nothing stands between items") } else { diagnostic }
}

pub(crate) fn unclosed_block(span: Span, block: Block) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, format!("this {} has no closing `}}`", block.word()))
}

pub(crate) fn stray_brace(span: Span) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, "this `}` closes nothing")
}

pub(crate) fn unclosed_text(span: Span) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, "this text has no closing `\"` on its line")
        .hint("a line end in a text is written `\\n`, a quote `\\\"`")
}

pub(crate) fn unknown_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::error(
        "eco::syntax",
        span,
        format!("unknown escape `{}`", shown(escape).replace("\\\\", "\\")),
    )
    .hint("there are `\\n`, `\\r`, `\\t`, `\\0`, `\\\\`, `\\\"`, `\\'`, `\\/` and `\\u{e9}` for a character")
}

pub(crate) fn missing_name(span: Span, block: Block) -> Diagnostic {
    let word = block.word();
    Diagnostic::error("eco::missing-name", span, format!("this {word} lacks a name"))
        .hint(format!("write `{word} \"name\" {{`"))
}

pub(crate) fn empty_name(span: Span) -> Diagnostic {
    Diagnostic::error("eco::missing-name", span, "a name has at least one character")
}

pub(crate) fn unneeded_name(span: Span, block: Block) -> Diagnostic {
    let word = block.word();
    Diagnostic::error("eco::syntax", span, format!("{} has no name", of_block(block)))
        .hint(format!("write `{word} {{`"))
}

pub(crate) fn unknown_key(span: Span, block: Block, key: &str, nearest: &[&str]) -> Diagnostic {
    let place = if block == Block::File {
        "outside of an ECOSYSTEM".to_owned()
    } else {
        format!("in {}", of_block(block))
    };
    Diagnostic::error("eco::unknown-key", span, format!("unknown key `{}` {place}", shown(key)))
        .did_you_mean(nearest)
}

pub(crate) fn unknown_block(span: Span, word: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::error("eco::unknown-block", span, format!("unknown block `{}`", shown(word)))
        .did_you_mean(nearest)
}

pub(crate) fn misplaced(span: Span, block: Block, word: &str, belongs: &[Block]) -> Diagnostic {
    let place = if block == Block::File { "here".to_owned() } else { format!("into {}", of_block(block)) };
    let belongs: Vec<String> = belongs
        .iter()
        .map(|block| if *block == Block::File { "a file of its own".to_owned() } else { of_block(*block) })
        .collect();
    Diagnostic::error("eco::misplaced", span, format!("`{word}` does not belong {place}"))
        .hint(format!("it belongs into {}", belongs.join(" or ")))
}

pub(crate) fn field_as_block(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error("eco::syntax", span, format!("expected `:` after `{word}`"))
}

pub(crate) fn block_as_field(span: Span, block: Block) -> Diagnostic {
    let word = block.word();
    let form =
        if block.has_name() { format!("{word} \"name\" {{ ... }}") } else { format!("{word} {{ ... }}") };
    Diagnostic::error("eco::syntax", span, format!("unexpected `:` after `{word}`"))
        .hint(format!("write `{form}`"))
}

pub(crate) fn wrong_value(
    span: Span,
    key: &str,
    kind: Kind,
    found: Option<&str>,
    nearest: &[&str],
) -> Diagnostic {
    let expected = match kind {
        Kind::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
        kind => kind.description().to_owned(),
    };
    let found = found.map_or_else(|| "nothing".to_owned(), |found| format!("`{}`", shown(found)));
    Diagnostic::error("eco::wrong-value", span, format!("`{key}` takes {expected}, found {found}"))
        .did_you_mean(nearest)
}

// The form of JSON.

pub(crate) fn no_json(span: Span, why: &str) -> Diagnostic {
    Diagnostic::error("eco::json", span, format!("expected one JSON value: {why}"))
        .hint("answer with the value alone, without words round it")
}

pub(crate) fn wrong_json(span: Span, expected: &str, found: &str) -> Diagnostic {
    Diagnostic::error("eco::json", span, format!("expected {expected}, found {found}"))
}

pub(crate) fn unknown_json_key(span: Span, key: &str, nearest: &[String]) -> Diagnostic {
    let nearest: Vec<&str> = nearest.iter().map(String::as_str).collect();
    Diagnostic::error("eco::json", span, format!("unknown key `{}`", shown(key))).did_you_mean(&nearest)
}

pub(crate) fn missing_json_key(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error("eco::json", span, format!("the key `{key}` is missing"))
}

// Numbers.

pub(crate) fn out_of_range(span: Span, key: &str, range: &str, found: &str) -> Diagnostic {
    let message = format!("`{key}` is {range}, found `{}`", shown(found));
    Diagnostic::error("eco::out-of-range", span, message)
}

// Meaning.

pub(crate) fn duplicate(span: Span, block: Block, name: &str, first: Span) -> Diagnostic {
    let kind = block.word();
    Diagnostic::error("eco::duplicate-name", span, format!("a second {kind} named `{}`", shown(name)))
        .label(first, "the first is here")
}

pub(crate) fn repeated_key(span: Span, key: &str, counts: Span) -> Diagnostic {
    Diagnostic::warning(
        "eco::repeated-key",
        span,
        format!("`{key}` stands here more than once, the last counts"),
    )
    .label(counts, "this one counts")
}

pub(crate) fn repeated_block(span: Span, block: Block, counts: Span) -> Diagnostic {
    let message = format!("{} stands here more than once, the last counts", block.word());
    Diagnostic::warning("eco::repeated-key", span, message).label(counts, "this one counts")
}

pub(crate) fn missing_field(span: Span, block: Block, name: &str, form: &str) -> Diagnostic {
    let key = form.split(':').next().unwrap_or(form);
    let message = format!("{} `{}` lacks `{key}`", block.word(), shown(name));
    Diagnostic::error("eco::missing-field", span, message).hint(format!("write `{form}`"))
}

pub(crate) fn no_stage(span: Span, name: &str) -> Diagnostic {
    Diagnostic::error("eco::missing-field", span, format!("ATTRACTOR `{}` has no STAGE", shown(name)))
        .hint("write `STAGE \"name\" { EXECUTE: \"entity\" }`")
}

pub(crate) fn unknown_entity(span: Span, name: &str, nearest: &[&str]) -> Diagnostic {
    Diagnostic::error("eco::unknown-entity", span, format!("there is no ENTITY `{}`", shown(name)))
        .did_you_mean(nearest)
}

pub(crate) fn unknown_stage(span: Span, name: &str, attractor: &str, nearest: &[&str]) -> Diagnostic {
    let message = format!("ATTRACTOR `{}` has no STAGE `{}`", shown(attractor), shown(name));
    Diagnostic::error("eco::unknown-stage", span, message).did_you_mean(nearest)
}

pub(crate) fn missing_judge(span: Span) -> Diagnostic {
    Diagnostic::error("eco::missing-judge", span, "a judge is required, and there is none")
        .hint("name one with `JUDGE_ENTITY: \"entity\"` in the POLICY, or write `REQUIRE_JUDGE: false`")
}

pub(crate) fn judge_needed(span: Span) -> Diagnostic {
    Diagnostic::error("eco::missing-judge", span, "`best-of` needs a judge, and there is none")
        .hint("name one with `JUDGE_ENTITY: \"entity\"` in the POLICY")
}

pub(crate) fn judges_itself(span: Span, name: &str, stage: Span) -> Diagnostic {
    Diagnostic::warning("eco::judges-itself", span, format!("`{}` would judge its own answers", shown(name)))
        .label(stage, "it answers here")
        .hint("no model rates itself: what it answers stays without a score")
}

/// `names` are in the order in which they lead to each other; the first comes again after the last.
pub(crate) fn cycle(span: Span, code: &'static str, what: &str, names: &[&str]) -> Diagnostic {
    let mut path: Vec<String> = names.iter().take(8).map(|name| format!("`{}`", shown(name))).collect();
    if names.len() > path.len() {
        path.push("...".to_owned());
    }
    path.extend(names.first().map(|name| format!("`{}`", shown(name))));
    Diagnostic::error(code, span, format!("{what} in a circle: {}", path.join(" -> ")))
}

pub(crate) fn fallback_too_deep(span: Span, name: &str, actual: usize) -> Diagnostic {
    let message = format!(
        "the chain of fallbacks from `{}` on has {}, the limit is {FALLBACK_DEPTH}",
        shown(name),
        if actual == 1 { "1 entity".to_owned() } else { format!("{actual} entities") }
    );
    Diagnostic::error("eco::fallback-too-deep", span, message)
}

pub(crate) fn unreachable_intent(span: Span, intent: &str, by: Span) -> Diagnostic {
    let message = format!("the intent `{}` can never be reached here", shown(intent));
    Diagnostic::warning("eco::unreachable-intent", span, message)
        .label(by, "this takes it")
        .hint("intents are tried in the order of the text: `*` belongs last")
}

pub(crate) fn no_intent(span: Span, name: &str) -> Diagnostic {
    let message = format!("ATTRACTOR `{}` has no intent and can never be reached", shown(name));
    Diagnostic::warning("eco::unreachable-intent", span, message)
}

pub(crate) fn unused_entity(span: Span, name: &str) -> Diagnostic {
    Diagnostic::warning("eco::unused-entity", span, format!("nothing asks ENTITY `{}`", shown(name)))
}

pub(crate) fn unused_output(span: Span, name: &str) -> Diagnostic {
    let message = format!("nothing takes the output of STAGE `{}`", shown(name));
    Diagnostic::warning("eco::unused-output", span, message)
        .hint("the answer is that of the last STAGE in the text")
}

pub(crate) fn nothing_to_merge(span: Span) -> Diagnostic {
    Diagnostic::warning(
        "eco::nothing-to-merge",
        span,
        "this STAGE takes one input at most: nothing is merged",
    )
    .hint("name several stages with `AFTER: [\"a\", \"b\"]`")
}

pub(crate) fn not_for_type(span: Span, key: &str, needs: &str, actual: &str) -> Diagnostic {
    Diagnostic::error("eco::wrong-type", span, format!("`{key}` needs the type `{needs}`, found `{actual}`"))
        .hint(format!("write `TYPE: {needs}`"))
}

pub(crate) fn config_without_use(span: Span, key: &str, needs: &str, actual: &str) -> Diagnostic {
    let message = format!("`{key}` means something with the type `{needs}`, found `{actual}`");
    Diagnostic::warning("eco::wrong-type", span, message)
}

pub(crate) fn uses_not_found(span: Span, name: &str, why: &str) -> Diagnostic {
    Diagnostic::error("eco::uses", span, format!("failed to use `{}`: {why}", shown(name)))
}

//! Diagnostics as text, for places without a terminal of their own.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};

/// The longest part of a line that is shown, in characters.
const LONGEST_LINE: usize = 160;

/// Returns `file:line:column: severity[code]: message`, the line with carets below it, then other places and hints.
///
/// Every line ends with a newline; there is no colour. Tabs of the line stay tabs, so that the carets stand right; of a
/// line of more than 160 characters a part is shown.
#[must_use]
pub fn render(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let place = sources.place(diagnostic.span());
    let mut text = format!(
        "{}:{}:{}: {}[{}]: {}\n",
        place.file,
        place.line,
        place.column,
        diagnostic.severity().name(),
        diagnostic.code(),
        diagnostic.message(),
    );
    excerpt(&mut text, sources, diagnostic.span());
    for label in diagnostic.labels() {
        let place = sources.place(label.span);
        // INVARIANT: writing to a string does not fail.
        let _ = writeln!(text, "{}:{}:{}: {}", place.file, place.line, place.column, label.text);
        excerpt(&mut text, sources, label.span);
    }
    for hint in diagnostic.hints() {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

fn excerpt(text: &mut String, sources: &Sources, span: Span) {
    let place = sources.place(span);
    let line = sources.line_text(span);
    let number = place.line.to_string();
    let blank = " ".repeat(number.len());
    let column = place.column - 1;
    // Of a long line only what stands around the place is shown.
    let is_long = line.chars().nth(LONGEST_LINE).is_some();
    let skipped = if is_long { column.saturating_sub(LONGEST_LINE / 4) } else { 0 };
    let shown: String = line.chars().skip(skipped).take(LONGEST_LINE).collect();
    let dots = if skipped > 0 { "..." } else { "" };
    let before = shown.chars().take(column - skipped);
    let indent: String = before.map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
    let indent = " ".repeat(dots.len()) + &indent;
    let length = place.length.min(LONGEST_LINE - (column - skipped).min(LONGEST_LINE - 1));
    let _ = writeln!(text, " {number} | {dots}{shown}");
    let _ = writeln!(text, " {blank} | {indent}{}", "^".repeat(length));
}

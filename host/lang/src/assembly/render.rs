//! Diagnostics as text, for places without a terminal of their own.

use std::fmt::Write as _;

use super::diagnostics::Diagnostic;
use super::source::{Sources, Span};

/// Returns `file:line:column: severity[code]: message`, the line with carets below it, then other places and hints.
///
/// Every line ends with a newline; there is no colour. Tabs of the line stay tabs, so that the carets stand right.
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
    let before = line.chars().take(place.column - 1);
    let indent: String = before.map(|character| if character == '\t' { '\t' } else { ' ' }).collect();
    let _ = writeln!(text, " {number} | {line}");
    let _ = writeln!(text, " {blank} | {indent}{}", "^".repeat(place.length));
}

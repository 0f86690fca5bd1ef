//! What is said of a text, whatever its language: what, where, and what to do.

use crate::source::{Place, Sources, Span};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text means something all the same.
    Warning,
    /// The text means nothing.
    Error,
}

impl Severity {
    /// `warning` or `error`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Another place that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, such as `first defined here`.
    pub text: String,
}

/// One thing wrong with a text: what, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    code: &'static str,
    severity: Severity,
    message: String,
    span: Span,
    labels: Vec<Label>,
    hints: Vec<String>,
}

impl Diagnostic {
    /// A short stable name of the kind of mistake, such as `asm::unknown-opcode`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What it is about.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Other places that it is about.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// What to do about it: two at most.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Where it is, as people count.
    #[must_use]
    pub fn place(&self, sources: &Sources) -> Place {
        sources.place(self.span)
    }

    pub(crate) fn new(
        code: &'static str,
        severity: Severity,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        Self { code, severity, message: message.into(), span, labels: Vec::new(), hints: Vec::new() }
    }

    pub(crate) fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    pub(crate) fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    pub(crate) fn label(mut self, span: Span, text: &str) -> Self {
        self.labels.push(Label { span, text: text.to_owned() });
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds how the instruction is written, unless there is better advice.
    pub(crate) fn or_form(self, form: &str) -> Self {
        if self.hints.is_empty() { self.hint(format!("write `{form}`")) } else { self }
    }

    pub(crate) fn did_you_mean(self, names: &[&str]) -> Self {
        match names {
            [] => self,
            [name] => self.hint(format!("did you mean `{name}`?")),
            [first, second, ..] => self.hint(format!("did you mean `{first}` or `{second}`?")),
        }
    }
}

pub(crate) fn plural(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

/// A diagnostic whose places are resolved, for editors and other programs: every field is a number, a text or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// The kind of mistake.
    pub code: &'static str,
    /// `warning` or `error`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What it is about.
    pub range: PlainRange,
    /// Other places that it is about, and what is there.
    pub labels: Vec<(PlainRange, String)>,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// Some text of a file. Lines and columns count from 1, columns in characters; the end is the first one that does not
/// belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainRange {
    /// The file, as its reader was told to name it.
    pub file: String,
    /// The first byte, from 0.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line of the end.
    pub end_line: usize,
    /// The column of the end.
    pub end_column: usize,
}

impl PlainRange {
    /// Resolves a span.
    #[must_use]
    pub fn new(span: Span, sources: &Sources) -> Self {
        let (start, end) = (sources.place(span), sources.place(span.after()));
        Self {
            file: start.file,
            start: span.start,
            end: span.end,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl Diagnostic {
    /// Resolves its places.
    #[must_use]
    pub fn plain(&self, sources: &Sources) -> Plain {
        let label = |label: &Label| (PlainRange::new(label.span, sources), label.text.clone());
        Plain {
            code: self.code,
            severity: self.severity.name(),
            message: self.message.clone(),
            range: PlainRange::new(self.span, sources),
            labels: self.labels.iter().map(label).collect(),
            hints: self.hints.clone(),
        }
    }
}

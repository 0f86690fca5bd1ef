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

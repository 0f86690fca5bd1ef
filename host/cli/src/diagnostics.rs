//! What is wrong with a program, as reports with the text that they point into, and as records.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use flux_lang::aot::{self, CompileError};
use flux_lang::assembly::{Assembly, Diagnostic, Severity, Sources, Span};
use flux_vm::verify::{self, Finding, VerifyError};
use miette::{LabeledSpan, NamedSource, Report, SourceCode};
use serde::Serialize;

use crate::bytecode::file::Loaded;
use crate::io::Io;

/// One thing wrong with a program: what, where, and what to do.
#[derive(Debug)]
struct Pointed {
    code: Option<&'static str>,
    severity: miette::Severity,
    message: String,
    hints: Vec<String>,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Pointed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Pointed {}

impl miette::Diagnostic for Pointed {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.hints.is_empty()).then(|| Box::new(self.hints.join("; ")) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }
}

/// Several things wrong with a program.
#[derive(Debug)]
struct Several {
    message: String,
    parts: Vec<Pointed>,
}

impl fmt::Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Several {}

impl miette::Diagnostic for Several {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.parts.iter().map(|part| part as &dyn miette::Diagnostic)))
    }
}

fn several(message: String, mut parts: Vec<Pointed>) -> Report {
    match parts.pop() {
        Some(part) if parts.is_empty() => Report::new(part),
        last => {
            parts.extend(last);
            Report::new(Several { message, parts })
        }
    }
}

/// A number of things: `1 mistake`, `2 mistakes`.
fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A text to point into, and the place in it.
fn place(sources: &Sources, span: Span) -> (NamedSource<Arc<str>>, LabeledSpan) {
    let source = NamedSource::new(sources.name(span.file), Arc::from(sources.text(span.file)));
    (source, LabeledSpan::new_primary_with_span(None, span.start..span.end))
}

fn pointed(sources: &Sources, diagnostic: &Diagnostic) -> Pointed {
    let (source, primary) = place(sources, diagnostic.span());
    let mut labels = vec![primary];
    let mut hints = diagnostic.hints().to_vec();
    for label in diagnostic.labels() {
        if label.span.file == diagnostic.span().file {
            labels
                .push(LabeledSpan::new_with_span(Some(label.text.clone()), label.span.start..label.span.end));
        } else {
            let place = sources.place(label.span);
            hints.push(format!("{} at {}:{}:{}", label.text, place.file, place.line, place.column));
        }
    }
    let severity = match diagnostic.severity() {
        Severity::Warning => miette::Severity::Warning,
        Severity::Error => miette::Severity::Error,
    };
    Pointed {
        code: Some(diagnostic.code()),
        severity,
        message: diagnostic.message().to_owned(),
        hints,
        source: Some(source),
        labels,
    }
}

/// The report of a text that does not assemble: all its diagnostics.
pub(crate) fn assembly(assembly: &Assembly) -> Report {
    mistakes("assemble", &assembly.sources, &assembly.diagnostics)
}

/// The report of a text that is not in order: all its diagnostics. `action` is what was tried, such as `assemble`.
pub(crate) fn mistakes(action: &str, sources: &Sources, diagnostics: &[Diagnostic]) -> Report {
    let parts: Vec<Pointed> = diagnostics.iter().map(|it| pointed(sources, it)).collect();
    let is_error = |part: &&Pointed| part.severity == miette::Severity::Error;
    let n_errors = parts.iter().filter(is_error).count();
    let name = diagnostics.first().map_or("", |first| sources.name(first.span().file));
    several(format!("failed to {action} `{name}`: {}", counted(n_errors, "mistake")), parts)
}

/// Prints the warnings of a text that assembles.
pub(crate) fn warn(io: &mut Io, assembly: &Assembly) {
    each(io, &assembly.sources, &assembly.diagnostics);
}

/// Prints diagnostics one by one.
pub(crate) fn each(io: &mut Io, sources: &Sources, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        io.report(&Report::new(pointed(sources, diagnostic)));
    }
}

/// A report that points at the line that the byte at `offset` came from, where that is known.
pub(crate) fn at_offset(loaded: &Loaded, offset: u32, message: String, hints: Vec<String>) -> Report {
    Report::new(part_at(loaded, offset, None, miette::Severity::Error, message, hints))
}

fn part_at(
    loaded: &Loaded,
    offset: u32,
    code: Option<&'static str>,
    severity: miette::Severity,
    message: String,
    hints: Vec<String>,
) -> Pointed {
    let found = loaded.assembly.as_ref().and_then(|assembly| {
        let entry = assembly.source_map.find(offset as usize)?;
        Some(place(&assembly.sources, entry.span))
    });
    let (source, labels) = found.map_or((None, Vec::new()), |(source, label)| (Some(source), vec![label]));
    Pointed { code, severity, message, hints, source, labels }
}

fn finding_part(loaded: &Loaded, finding: &Finding) -> Pointed {
    let (code, severity) = match finding.severity() {
        verify::Severity::Warning => ("verify::doubtful", miette::Severity::Warning),
        verify::Severity::Refusal => ("verify::refused", miette::Severity::Error),
    };
    // INVARIANT: code has at most 1 MiB.
    let offset = u32::try_from(finding.offset).unwrap_or(u32::MAX);
    let opcode =
        finding.opcode.map_or_else(String::new, |opcode| format!(" | opcode=0x{:02X}", opcode.byte()));
    let message = format!("{}{opcode} | pc={offset}", finding.kind);
    part_at(loaded, offset, Some(code), severity, message, Vec::new())
}

/// The report of a program that verification refuses.
pub(crate) fn refused(loaded: &Loaded, error: &VerifyError) -> Report {
    let parts: Vec<Pointed> = error.findings.iter().map(|finding| finding_part(loaded, finding)).collect();
    several(format!("`{}` is refused: {}", loaded.name, counted(parts.len(), "finding")), parts)
}

/// Prints what verification warns of.
pub(crate) fn doubtful(io: &mut Io, loaded: &Loaded, warnings: &[Finding]) {
    for finding in warnings {
        io.report(&Report::new(finding_part(loaded, finding)));
    }
}

/// The report of a program that cannot be compiled: every place that stands in the way.
pub(crate) fn not_compiled(loaded: &Loaded, error: &CompileError) -> Report {
    let doing = format!("compile `{}`", loaded.name);
    match error {
        CompileError::Unsupported(findings) => {
            let part = |finding: &aot::Unsupported| {
                let code = Some("compile::unsupported");
                let hints = vec![finding.hint.clone()];
                part_at(loaded, finding.offset, code, miette::Severity::Error, finding.to_string(), hints)
            };
            let parts: Vec<Pointed> = findings.iter().map(part).collect();
            let n = counted(parts.len(), "instruction");
            several(format!("failed to {doing}: {n} cannot be compiled"), parts)
        }
        error => crate::mistakes::failed_for(doing, error, Some("`flux run` interprets it as it is")),
    }
}

/// A diagnostic of the assembler in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct DiagnosticV1 {
    severity: &'static str,
    code: Option<String>,
    message: String,
    file: String,
    /// From 1; none of what has no place.
    line: Option<usize>,
    /// In characters, from 1.
    column: Option<usize>,
    /// In characters.
    length: Option<usize>,
    hints: Vec<String>,
}

impl DiagnosticV1 {
    /// An error that is about a whole file.
    pub(crate) fn of_file(path: &Path, message: String, hint: Option<&str>) -> Self {
        Self {
            severity: "error",
            code: None,
            message,
            file: path.display().to_string(),
            line: None,
            column: None,
            length: None,
            hints: hint.map(ToOwned::to_owned).into_iter().collect(),
        }
    }

    /// What a report says, part by part.
    pub(crate) fn of_report(path: &Path, report: &Report) -> Vec<Self> {
        let parts: Vec<&dyn miette::Diagnostic> = match report.related() {
            Some(parts) => parts.collect(),
            None => vec![report.as_ref()],
        };
        parts.into_iter().map(|part| Self::of_part(path, part)).collect()
    }

    fn of_part(path: &Path, part: &dyn miette::Diagnostic) -> Self {
        let severity = match part.severity() {
            Some(miette::Severity::Warning) => "warning",
            Some(miette::Severity::Advice | miette::Severity::Error) | None => "error",
        };
        let mut message = part.to_string();
        let mut source = std::error::Error::source(part);
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        let hint = part.help().map(|help| help.to_string());
        let mut record = Self::of_file(path, message, hint.as_deref());
        record.severity = severity;
        record.code = part.code().map(|code| code.to_string());
        let label = part.labels().and_then(|mut labels| labels.next());
        let span = label.map(|label| *label.inner());
        let found =
            span.zip(part.source_code()).and_then(|(span, source)| source.read_span(&span, 0, 0).ok());
        if let Some(found) = found {
            record.file = found.name().map_or(record.file, ToOwned::to_owned);
            record.line = Some(found.line() + 1);
            record.column = Some(found.column() + 1);
        }
        record.length = span.map(|span| span.len());
        record
    }
}

/// The diagnostics of an assembly in JSON, in the order of the text.
pub(crate) fn records(assembly: &Assembly) -> Vec<DiagnosticV1> {
    records_of(&assembly.sources, &assembly.diagnostics)
}

/// Diagnostics as records.
pub(crate) fn records_of(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<DiagnosticV1> {
    let record = |diagnostic: &Diagnostic| {
        let place = diagnostic.place(sources);
        DiagnosticV1 {
            severity: diagnostic.severity().name(),
            code: Some(diagnostic.code().to_owned()),
            message: diagnostic.message().to_owned(),
            file: place.file,
            line: Some(place.line),
            column: Some(place.column),
            length: Some(place.length),
            hints: diagnostic.hints().to_vec(),
        }
    };
    diagnostics.iter().map(record).collect()
}

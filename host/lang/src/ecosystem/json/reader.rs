//! From JSON to the tree: into the same blocks and fields as a text, so that the same checks hold.

use std::fmt;

use serde_json::{Map, Value as Json};

use super::super::build::build;
use super::super::check::check;
use super::super::diagnostics::{self, Reporter, Severity};
use super::super::keys::{Block, Key, Kind, fields_of};
use super::super::limits::Limits;
use super::super::syntax::{Field, Node, Text, Value};
use super::super::tree::{Ecosystem, Merge};
use super::writer::NAME;
use crate::nearest::nearest;
use crate::source::{FileId, Sources, Span};

/// What comes of a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The ecosystem; nothing if a diagnostic is an error.
    pub ecosystem: Option<Ecosystem>,
    /// What is wrong, in the order of the value.
    pub diagnostics: Vec<JsonDiagnostic>,
}

impl Reading {
    /// What is wrong that has to be mended.
    pub fn errors(&self) -> impl Iterator<Item = &JsonDiagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// One thing wrong with a JSON value: what, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonDiagnostic {
    /// A short stable name of the kind of mistake: `eco::json` for the form, else that of the same mistake in a text.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where, as `$.attractors[0].stages[1].execute`; `$` is the whole value.
    pub path: String,
    /// What is wrong, without the place.
    pub message: String,
    /// Other places that it is about, and what is there.
    pub labels: Vec<(String, String)>,
    /// What to do about it: two at most.
    pub hints: Vec<String>,
}

impl fmt::Display for JsonDiagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at `{}`: {}", self.severity.name(), self.path, self.message)?;
        for (path, text) in &self.labels {
            write!(f, "; {text}: `{path}`")?;
        }
        self.hints.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// Reads an ecosystem out of a JSON text, which is that value and nothing else.
///
/// A number with more than fifteen digits and a point may be read as its neighbour.
#[must_use]
pub fn read_text(text: &str, limits: &Limits) -> Reading {
    let mut reader = Reader::new(limits);
    let span = reader.span("$");
    if text.len() > limits.source_bytes {
        let diagnostic = diagnostics::source_too_large(span, limits.source_bytes, text.len());
        reader.reporter.add(diagnostic);
        return reader.finish(None);
    }
    match serde_json::from_str(text) {
        Ok(value) => read(&value, limits),
        Err(error) => {
            reader.reporter.add(diagnostics::no_json(span, &error.to_string()));
            reader.finish(None)
        }
    }
}

/// Reads an ecosystem out of a JSON value.
///
/// All mistakes are found at once, and nothing is guessed: an unknown key or a number in quotes is an error.
#[must_use]
pub fn read(value: &Json, limits: &Limits) -> Reading {
    let mut reader = Reader::new(limits);
    let node = reader.node(value, Block::Ecosystem, "$");
    let whole = reader.span("$");
    if reader.n_items > limits.items {
        reader.reporter.add(diagnostics::too_many_items(whole, limits.items, reader.n_items));
        return reader.finish(None);
    }
    if reader.n_bytes > limits.source_bytes {
        reader.reporter.add(diagnostics::source_too_large(whole, limits.source_bytes, reader.n_bytes));
        return reader.finish(None);
    }
    let has_mistakes = reader.reporter.n_errors() > 0;
    reader.reporter.set_mistakes(has_mistakes);
    let ecosystem = node.map(|node| {
        let ecosystem = build(&node, &mut reader.reporter);
        check(&node, &mut reader.reporter);
        ecosystem
    });
    reader.finish(ecosystem)
}

struct Reader<'a> {
    limits: &'a Limits,
    reporter: Reporter,
    /// Stands for the value, which has no text: a span of it is the position of a path.
    file: FileId,
    paths: Vec<String>,
    n_items: usize,
    n_bytes: usize,
}

impl<'a> Reader<'a> {
    fn new(limits: &'a Limits) -> Self {
        let file = Sources::default().add(String::new(), String::new());
        let reporter = Reporter::new(limits);
        Self { limits, reporter, file, paths: Vec::new(), n_items: 0, n_bytes: 0 }
    }

    /// A place with this path; places are in the order of the value.
    fn span(&mut self, path: &str) -> Span {
        let start = self.paths.len();
        self.paths.push(path.to_owned());
        Span { file: self.file, start, end: start + 1 }
    }

    fn finish(self, ecosystem: Option<Ecosystem>) -> Reading {
        let is_right = self.reporter.n_errors() == 0;
        let path = |span: Span| self.paths.get(span.start).cloned().unwrap_or_else(|| "$".to_owned());
        let plain = |diagnostic: diagnostics::Diagnostic| JsonDiagnostic {
            code: diagnostic.code(),
            severity: diagnostic.severity(),
            path: path(diagnostic.span()),
            message: diagnostic.message().to_owned(),
            labels: diagnostic.labels().iter().map(|label| (path(label.span), label.text.clone())).collect(),
            hints: diagnostic.hints().to_vec(),
        };
        let diagnostics = self.reporter.finish().into_iter().map(plain).collect();
        Reading { ecosystem: ecosystem.filter(|_| is_right), diagnostics }
    }

    /// Calls itself as deep as blocks stand in each other.
    fn node(&mut self, value: &Json, block: Block, path: &str) -> Option<Node> {
        self.n_items += 1;
        let word = self.span(path);
        let Json::Object(object) = value else {
            self.reporter.add(diagnostics::wrong_json(word, "an object", found(value)));
            return None;
        };
        let name = if block.has_name() { self.name(object, word, path) } else { None };
        let mut node = Node { block, word, name, fields: Vec::new(), nodes: Vec::new() };
        for (key, value) in object {
            let at = format!("{path}.{key}");
            let inner =
                Block::WRITTEN.into_iter().find(|inner| inner.parent() == block && inner.json() == key);
            if value.is_null() || (block.has_name() && key == NAME) {
                continue;
            }
            if let Some((key, kind)) = fields_of(block).find(|(known, _)| known.json() == *key) {
                node.fields.extend(self.field(key, kind, value, &at));
            } else if let Some(inner) = inner {
                node.nodes.extend(self.nodes(value, inner, &at));
            } else {
                let span = self.span(&at);
                self.reporter.add(diagnostics::unknown_json_key(span, key, &near(block, key)));
            }
        }
        Some(node)
    }

    fn nodes(&mut self, value: &Json, block: Block, path: &str) -> Vec<Node> {
        if !block.is_many() {
            return self.node(value, block, path).into_iter().collect();
        }
        let span = self.span(path);
        let Json::Array(values) = value else {
            self.reporter.add(diagnostics::wrong_json(span, "a list", found(value)));
            return Vec::new();
        };
        let nodes = values.iter().enumerate();
        nodes.filter_map(|(idx, value)| self.node(value, block, &format!("{path}[{idx}]"))).collect()
    }

    fn name(&mut self, object: &Map<String, Json>, word: Span, path: &str) -> Option<Text> {
        let value = match object.get(NAME) {
            None | Some(Json::Null) => {
                self.reporter.add(diagnostics::missing_json_key(word, NAME));
                return None;
            }
            Some(value) => value,
        };
        let text = self.text(value, &format!("{path}.{NAME}"))?;
        if text.value.is_empty() {
            self.reporter.add(diagnostics::empty_name(text.span));
        }
        if text.value.len() > self.limits.name_bytes {
            let (limit, actual) = (self.limits.name_bytes, text.value.len());
            self.reporter.add(diagnostics::name_too_long(text.span, limit, actual));
        }
        Some(text)
    }

    fn text(&mut self, value: &Json, path: &str) -> Option<Text> {
        let span = self.span(path);
        let Json::String(text) = value else {
            self.reporter.add(diagnostics::wrong_json(span, "a text", found(value)));
            return None;
        };
        self.n_bytes += text.len();
        Some(Text { value: text.clone(), span })
    }

    fn field(&mut self, key: Key, kind: Kind, value: &Json, path: &str) -> Option<Field> {
        self.n_items += 1;
        let span = self.span(path);
        let wrong = |reader: &mut Self, expected: &str| {
            reader.reporter.add(diagnostics::wrong_json(span, expected, found(value)));
            None
        };
        let value = match (kind, value) {
            (Kind::Text, value) => Value::Text(self.text(value, path)?.value),
            (Kind::Number(_), Json::Number(number)) => Value::Number(number.to_string()),
            (Kind::Number(_), _) => return wrong(self, "a number"),
            // None is no member, whatever the type; a text would not say it either.
            (Kind::Texts, Json::Array(entries)) if key == Key::Members && entries.is_empty() => return None,
            (Kind::Texts, Json::Array(entries)) => {
                self.n_items += entries.len();
                let entries = entries.iter().enumerate();
                Value::Texts(
                    entries.filter_map(|(idx, entry)| self.text(entry, &format!("{path}[{idx}]"))).collect(),
                )
            }
            (Kind::Texts, _) => return wrong(self, "a list of texts"),
            (Kind::Truth, Json::Bool(truth)) => Value::Word(truth.to_string()),
            (Kind::Truth, _) => return wrong(self, "`true` or `false`"),
            // The default is no reason to say that nothing is merged.
            (Kind::OneOf(_), Json::String(word)) if key == Key::Merge && word == Merge::default().name() => {
                return None;
            }
            (Kind::OneOf(words), Json::String(word)) if words.contains(&word.as_str()) => {
                Value::Word(word.clone())
            }
            (Kind::OneOf(words), Json::String(word)) => {
                let near = nearest(word, words.iter().copied());
                self.reporter.add(diagnostics::wrong_value(span, &key.json(), kind, Some(word), &near));
                return None;
            }
            (Kind::OneOf(_), _) => return wrong(self, "a text"),
        };
        Some(Field { key, key_span: span, value, span })
    }
}

/// What a value is, for people.
fn found(value: &Json) -> &'static str {
    match value {
        Json::Null => "`null`",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// The keys of a block that a misspelt one may stand for.
fn near(block: Block, key: &str) -> Vec<String> {
    let inner = Block::WRITTEN.into_iter().filter(|inner| inner.parent() == block);
    let mut known: Vec<String> = fields_of(block).map(|(key, _)| key.json()).collect();
    known.extend(inner.map(|inner| inner.json().to_owned()));
    if block.has_name() {
        known.push(NAME.to_owned());
    }
    nearest(key, known.iter().map(String::as_str)).into_iter().map(str::to_owned).collect()
}

//! From text to blocks and fields, by way of the grammar.

use pest::Parser as _;
use pest::iterators::Pair;

use super::diagnostics::{self, Reporter};
use super::keys::{Block, Key, Kind, blocks_of, keys_of};
use super::limits::Limits;
use super::syntax::{Field, Node, Text, Value};
use super::text::unescape;
use crate::nearest::nearest;
use crate::source::{FileId, Span};

/// What the grammar generates.
pub(crate) mod grammar {
    #![allow(missing_docs, reason = "the rules are described in the grammar")]

    #[derive(pest_derive::Parser)]
    #[grammar = "ecosystem/grammar.pest"]
    pub(crate) struct Grammar;
}

pub(crate) use grammar::{Grammar, Rule};

/// Reads the ecosystem of a file; nothing if there is none.
///
/// Mistakes are left out of the result and reported.
pub(crate) fn read(file: FileId, source: &str, limits: &Limits, reporter: &mut Reporter) -> Option<Node> {
    let all = Span { file, start: 0, end: 0 };
    if source.len() > limits.source_bytes {
        reporter.add(diagnostics::source_too_large(all, limits.source_bytes, source.len()));
        return None;
    }
    // INVARIANT: every text matches the grammar's first rule; should one not, there is no ecosystem in it.
    let Some(root) = Grammar::parse(Rule::file, source).ok().and_then(|mut pairs| pairs.next()) else {
        reporter.add(diagnostics::no_ecosystem(all));
        return None;
    };
    let mut reader = Reader { file, source, limits, reporter, n_items: 0 };
    let before = reader.reporter.n_errors();
    let mut found: Option<Node> = None;
    for pair in root.into_inner() {
        match pair.as_rule() {
            Rule::ecosystem => {
                let node = reader.node(pair, Block::Ecosystem);
                match &found {
                    Some(first) => reader.reporter.add(diagnostics::second_ecosystem(node.word, first.word)),
                    None => found = Some(node),
                }
            }
            Rule::stray_close => {
                let span = reader.span(&pair);
                reader.reporter.add(diagnostics::stray_brace(span));
            }
            _ => reader.mistake(pair, Block::File),
        }
    }
    if found.is_none() && reader.reporter.n_errors() == before {
        reporter.add(diagnostics::no_ecosystem(Span { file, start: source.len(), end: source.len() }));
        return None;
    }
    let n_items = reader.n_items;
    if n_items > limits.items {
        reporter.add(diagnostics::too_many_items(all, limits.items, n_items));
        return None;
    }
    found
}

struct Reader<'a> {
    file: FileId,
    source: &'a str,
    limits: &'a Limits,
    reporter: &'a mut Reporter,
    n_items: usize,
}

impl Reader<'_> {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        Span { file: self.file, start: span.start(), end: span.end() }
    }

    fn node(&mut self, pair: Pair<'_, Rule>, block: Block) -> Node {
        let start = self.span(&pair);
        self.n_items += 1;
        let word = Span { end: start.start + block.word().len(), ..start };
        let mut node = Node { block, word, name: None, fields: Vec::new(), nodes: Vec::new() };
        for pair in pair.into_inner() {
            let inner = match pair.as_rule() {
                Rule::entity => Block::Entity,
                Rule::attractor => Block::Attractor,
                Rule::stage => Block::Stage,
                Rule::policy => Block::Policy,
                Rule::recursive_config => Block::RecursiveConfig,
                Rule::human_config => Block::HumanConfig,
                Rule::text => {
                    node.name = Some(self.name(&pair));
                    continue;
                }
                Rule::unclosed => {
                    self.reporter.add(diagnostics::unclosed_block(node.word, block));
                    continue;
                }
                Rule::mistake => {
                    self.mistake(pair, block);
                    continue;
                }
                Rule::ecosystem_field
                | Rule::entity_field
                | Rule::recursive_field
                | Rule::human_field
                | Rule::attractor_field
                | Rule::stage_field
                | Rule::policy_field => {
                    node.fields.extend(self.field(pair, block));
                    continue;
                }
                // Comments, and the word that the block begins with.
                _ => continue,
            };
            let inner = self.node(pair, inner);
            node.nodes.push(inner);
        }
        if block.has_name() && node.name.is_none() {
            self.reporter.add(diagnostics::missing_name(node.word, block));
        }
        node
    }

    fn name(&mut self, pair: &Pair<'_, Rule>) -> Text {
        let text = self.text(pair);
        if text.value.is_empty() {
            self.reporter.add(diagnostics::empty_name(text.span));
        }
        if text.value.len() > self.limits.name_bytes {
            let (limit, actual) = (self.limits.name_bytes, text.value.len());
            self.reporter.add(diagnostics::name_too_long(text.span, limit, actual));
        }
        text
    }

    fn text(&mut self, pair: &Pair<'_, Rule>) -> Text {
        let span = self.span(pair);
        let (value, bad) = unescape(pair.as_str());
        for escape in bad {
            let place = Span { start: span.start + escape.start, end: span.start + escape.end, ..span };
            let written = pair.as_str().get(escape.start..escape.end).unwrap_or_default();
            self.reporter.add(diagnostics::unknown_escape(place, written));
        }
        Text { value, span }
    }

    fn field(&mut self, pair: Pair<'_, Rule>, block: Block) -> Option<Field> {
        self.n_items += 1;
        let mut pairs = pair.into_inner().filter(|pair| pair.as_rule() != Rule::COMMENT);
        let (key, value) = (pairs.next()?, pairs.next()?);
        let key_span = self.span(&key);
        // INVARIANT: the grammar and the table know the same keys; a test holds them together.
        let (key, _) = Key::find(block, key.as_str())?;
        let span = self.span(&value);
        let value = match value.as_rule() {
            Rule::text => Value::Text(self.text(&value).value),
            Rule::number => Value::Number(value.as_str().to_owned()),
            Rule::texts => {
                let texts = value.into_inner().filter(|pair| pair.as_rule() == Rule::text);
                let texts: Vec<Text> = texts.map(|pair| self.text(&pair)).collect();
                self.n_items += texts.len();
                Value::Texts(texts)
            }
            _ => Value::Word(value.as_str().to_owned()),
        };
        Some(Field { key, key_span, value, span })
    }

    /// Says what is wrong with something that is not in the language.
    fn mistake(&mut self, pair: Pair<'_, Rule>, block: Block) {
        let Some(pair) = pair.into_inner().find(|pair| pair.as_rule() != Rule::COMMENT) else { return };
        self.n_items += 1;
        let rule = pair.as_rule();
        let whole = self.span(&pair);
        let parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
        if let Some(unclosed) = first_unclosed(&parts) {
            let start = self.span(&unclosed).start;
            let line = self.source.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
            let span = Span { start, end: start + line.trim_end().len(), ..whole };
            self.reporter.add(diagnostics::unclosed_text(span));
            return;
        }
        let word = parts
            .iter()
            .find(|part| part.as_rule() == Rule::word)
            .map(|part| (self.span(part), part.as_str()));
        let diagnostic = match (rule, word) {
            (Rule::odd_field, Some((span, word))) => {
                let value = parts.iter().find(|part| part.as_rule() == Rule::odd_value);
                let value = value.map(|value| {
                    let (span, text) = (self.span(value), value.as_str().trim_end());
                    (Span { end: span.start + text.len(), ..span }, text)
                });
                odd_field(span, word, value, block)
            }
            (Rule::odd_block, Some((span, word))) => odd_block(span, word, block),
            _ => {
                let text = self.source.get(whole.start..whole.end).unwrap_or_default();
                let line = text.lines().next().unwrap_or_default().trim_end();
                let span = Span { end: whole.start + line.len(), ..whole };
                diagnostics::unexpected(span, block, line)
            }
        };
        self.reporter.add(diagnostic);
    }
}

/// The first text without an end among what was read.
fn first_unclosed<'i>(parts: &[Pair<'i, Rule>]) -> Option<Pair<'i, Rule>> {
    let mut all =
        parts.iter().flat_map(|part| std::iter::once(part.clone()).chain(part.clone().into_inner()));
    all.find(|part| part.as_rule() == Rule::unclosed_text)
}

fn odd_field(span: Span, word: &str, value: Option<(Span, &str)>, block: Block) -> diagnostics::Diagnostic {
    if let Some((_, kind)) = Key::find(block, word) {
        let place = value.map_or(span.after(), |(span, _)| span);
        let near = match (kind, value) {
            (Kind::OneOf(words), Some((_, found))) => nearest(found.trim_matches('"'), words.iter().copied()),
            _ => Vec::new(),
        };
        return diagnostics::wrong_value(place, word, kind, value.map(|(_, text)| text), &near);
    }
    if let Some(written) = Block::from_word(word) {
        return diagnostics::block_as_field(span, written);
    }
    let belongs: Vec<Block> = blocks_of(word).collect();
    if belongs.is_empty() {
        diagnostics::unknown_key(span, block, word, &nearest(word, keys_of(block)))
    } else {
        diagnostics::misplaced(span, block, word, &belongs)
    }
}

fn odd_block(span: Span, word: &str, block: Block) -> diagnostics::Diagnostic {
    if let Some(written) = Block::from_word(word) {
        // A block with a place of its own is odd only for a name that it does not take.
        return if written.parent() == block {
            diagnostics::unneeded_name(span, written)
        } else {
            diagnostics::misplaced(span, block, word, &[written.parent()])
        };
    }
    if Key::find(block, word).is_some() {
        return diagnostics::field_as_block(span, word);
    }
    let known = Block::WRITTEN.into_iter().filter(|known| known.parent() == block);
    diagnostics::unknown_block(span, word, &nearest(word, known.map(Block::word)))
}

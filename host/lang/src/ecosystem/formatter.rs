//! A text laid out anew, with all of its comments.
//!
//! A comment that has a line of its own stays before what it stands before; one behind something stays behind it.
//! Those in the middle of an item move before it. Values are left as they are written.

use pest::Parser as _;
use pest::iterators::Pair;

use super::diagnostics::{Diagnostic, Reporter};
use super::layout::Writer;
use super::limits::Limits;
use super::read::{Grammar, Rule, read};
use crate::render::render;
use crate::source::Sources;

/// Why a text was not formatted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not in the language", .sources.name(.sources.root()))]
pub struct NotFormatted {
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The text, which all places are in.
    pub sources: Sources,
}

impl NotFormatted {
    /// All diagnostics as text, in their order.
    #[must_use]
    pub fn render(&self) -> String {
        self.diagnostics.iter().map(|diagnostic| render(&self.sources, diagnostic)).collect()
    }
}

/// Lays a text out anew: one item a line, four blanks a level, an empty line round blocks, and at most one anywhere.
///
/// Formatting what was formatted changes nothing, the text means the same as before, and no comment is lost. Whether
/// the ecosystem makes sense is not asked.
///
/// # Errors
/// * [`NotFormatted`]: the text is not in the language; it says where.
pub fn format(name: &str, text: &str, limits: &Limits) -> Result<String, NotFormatted> {
    let mut sources = Sources::default();
    let file = sources.add(name.to_owned(), text.to_owned());
    let mut reporter = Reporter::new(limits);
    let node = read(file, text, limits, &mut reporter);
    let root = Grammar::parse(Rule::file, text).ok().and_then(|mut pairs| pairs.next());
    let Some(root) = root.filter(|_| node.is_some() && reporter.n_errors() == 0) else {
        return Err(NotFormatted { diagnostics: reporter.finish(), sources });
    };
    let mut out = Writer::default();
    let body = body(text, 0, root.into_inner());
    write_body(&body, &mut out);
    Ok(out.finish())
}

struct Comment {
    text: String,
    /// Whether an empty line stands before it.
    has_gap: bool,
}

struct Body {
    /// A comment on the line on which it begins.
    behind_open: Option<String>,
    items: Vec<Item>,
    /// Comments after the last item.
    rest: Vec<Comment>,
}

struct Item {
    before: Vec<Comment>,
    has_gap: bool,
    what: What,
    behind: Option<String>,
}

enum What {
    Field { key: String, value: String },
    List { key: String, entries: Vec<String> },
    Block { header: String, body: Body },
}

/// What stands in a block, or in a file. `end` is where what was before it ends.
fn body<'i>(text: &str, mut end: usize, pairs: impl Iterator<Item = Pair<'i, Rule>>) -> Body {
    let mut found = Body { behind_open: None, items: Vec::new(), rest: Vec::new() };
    let mut is_first = true;
    let n_lines = |from: usize, to: usize| text.get(from..to).unwrap_or_default().matches('\n').count();
    for pair in pairs {
        let span = pair.as_span();
        let lines = n_lines(end, span.start());
        match pair.as_rule() {
            Rule::COMMENT => {
                let comment = pair.as_str().trim_end().to_owned();
                let is_behind = lines == 0 && found.rest.is_empty() && !(is_first && end == 0);
                match found.items.last_mut() {
                    Some(item) if is_behind && item.behind.is_none() => item.behind = Some(comment),
                    None if is_behind && found.behind_open.is_none() => found.behind_open = Some(comment),
                    _ => found.rest.push(Comment { text: comment, has_gap: lines > 1 }),
                }
            }
            Rule::EOI | Rule::unclosed => continue,
            _ => {
                let before = std::mem::take(&mut found.rest);
                found.items.push(item(text, pair, before, lines > 1));
            }
        }
        is_first = false;
        end = span.end();
    }
    found
}

fn item(text: &str, pair: Pair<'_, Rule>, mut before: Vec<Comment>, mut has_gap: bool) -> Item {
    let mut hoist = |comment: &Pair<'_, Rule>| {
        let text = comment.as_str().trim_end().to_owned();
        before.push(Comment { text, has_gap: std::mem::take(&mut has_gap) });
    };
    let parts: Vec<Pair<'_, Rule>> = pair.into_inner().collect();
    let what = if let Some(open) = parts.iter().position(|part| part.as_rule() == Rule::open) {
        let mut header: Vec<&str> = Vec::new();
        for part in &parts[..open] {
            if part.as_rule() == Rule::COMMENT { hoist(part) } else { header.push(part.as_str()) }
        }
        let end = parts[open].as_span().end();
        What::Block { header: header.join(" "), body: body(text, end, parts[open + 1..].iter().cloned()) }
    } else {
        let mut written: Vec<&Pair<'_, Rule>> = Vec::new();
        for part in &parts {
            if part.as_rule() == Rule::COMMENT { hoist(part) } else { written.push(part) }
        }
        let key = written.first().map(|key| key.as_str().to_owned()).unwrap_or_default();
        match written.get(1) {
            Some(list) if list.as_rule() == Rule::texts => {
                let mut entries = Vec::new();
                for part in (*list).clone().into_inner() {
                    if part.as_rule() == Rule::COMMENT {
                        hoist(&part);
                    } else {
                        entries.push(part.as_str().to_owned());
                    }
                }
                What::List { key, entries }
            }
            value => {
                What::Field { key, value: value.map(|value| value.as_str().to_owned()).unwrap_or_default() }
            }
        }
    };
    Item { before, has_gap, what, behind: None }
}

/// Calls itself once for each level of blocks, of which the grammar knows three.
fn write_body(body: &Body, out: &mut Writer) {
    if let Some(comment) = &body.behind_open {
        out.behind(comment);
    }
    for item in &body.items {
        if out.is_after_block() || matches!(item.what, What::Block { .. }) {
            out.gap();
        }
        write_comments(&item.before, out);
        if item.has_gap {
            out.gap();
        }
        match &item.what {
            What::Field { key, value } => out.line(&format!("{key}: {value}")),
            What::List { key, entries } => {
                let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
                out.list(key, &entries);
            }
            What::Block { header, body } => {
                out.open_here(header);
                write_body(body, out);
                out.close();
            }
        }
        if let Some(comment) = &item.behind {
            out.behind(comment);
        }
    }
    write_comments(&body.rest, out);
}

fn write_comments(comments: &[Comment], out: &mut Writer) {
    for comment in comments {
        if comment.has_gap {
            out.gap();
        }
        out.line(&comment.text);
    }
}

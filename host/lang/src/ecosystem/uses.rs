//! Ecosystems made of several files: which there are, and that none uses itself.

use std::collections::{BTreeMap, BTreeSet};

use super::build::{build, entity_type};
use super::check::check;
use super::diagnostics::{self, Reporter};
use super::keys::{Block, Key};
use super::limits::Limits;
use super::read::read;
use super::syntax::Node;
use super::tree::{Ecosystem, EntityType};
use crate::includes::Includes;
use crate::source::{Sources, Span};

/// A file that was read.
pub(crate) struct File {
    pub(crate) node: Node,
    pub(crate) ecosystem: Ecosystem,
    pub(crate) uses: Vec<Use>,
}

/// That an entity is described by another file.
pub(crate) struct Use {
    pub(crate) entity: String,
    /// The full name of the file.
    pub(crate) file: String,
    span: Span,
}

/// Reads a file and all that it uses, each once, by their full names; one without an ecosystem is left out.
pub(crate) fn load(
    name: &str,
    text: &str,
    includes: &dyn Includes,
    limits: &Limits,
    sources: &mut Sources,
    reporter: &mut Reporter,
) -> BTreeMap<String, File> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let mut waiting = vec![(name.to_owned(), text.to_owned())];
    let mut n_bytes = text.len();
    let mut known = BTreeSet::from([name.to_owned()]);
    while let Some((name, text)) = waiting.pop() {
        let file = sources.add(name.clone(), text);
        let before = reporter.n_errors();
        let Some(node) = read(file, &sources.shared_text(file), limits, reporter) else { continue };
        reporter.set_mistakes(reporter.n_errors() > before);
        let ecosystem = build(&node, reporter);
        check(&node, reporter);
        let mut uses = Vec::new();
        for entity in node.blocks(Block::Entity).filter(|node| entity_type(node) == EntityType::Ecosystem) {
            let Some(written) = entity.text(Key::Uses) else { continue };
            let found = match includes.find(&written.value, &name) {
                Ok(found) => found,
                Err(why) => {
                    reporter.add(diagnostics::uses_not_found(written.span, &written.value, &why));
                    continue;
                }
            };
            if !known.contains(&found.name) {
                n_bytes = n_bytes.saturating_add(found.text.len());
                if known.len() >= limits.files {
                    reporter.add(diagnostics::too_many_files(written.span, limits.files));
                    continue;
                }
                if n_bytes > limits.source_bytes {
                    let limit = limits.source_bytes;
                    reporter.add(diagnostics::source_too_large(written.span, limit, n_bytes));
                    continue;
                }
                known.insert(found.name.clone());
                waiting.push((found.name.clone(), found.text));
            }
            uses.push(Use { entity: entity.name().to_owned(), file: found.name, span: written.span });
        }
        files.insert(name, File { node, ecosystem, uses });
    }
    let mut walk = Walk { files: &files, limits, reporter, open: Vec::new(), deepest: BTreeMap::new() };
    walk.visit(name);
    files
}

/// The way through files that use each other.
struct Walk<'a> {
    files: &'a BTreeMap<String, File>,
    limits: &'a Limits,
    reporter: &'a mut Reporter,
    open: Vec<&'a str>,
    /// How deep each file was visited: once more is needed only from deeper.
    deepest: BTreeMap<&'a str, usize>,
}

impl<'a> Walk<'a> {
    /// Calls itself as often as files use each other in a row, which is limited.
    fn visit(&mut self, name: &str) {
        let files = self.files;
        let Some((name, file)) = files.get_key_value(name) else { return };
        self.open.push(name);
        let depth = self.open.len();
        self.deepest.insert(name, depth);
        for link in &file.uses {
            if let Some(first) = self.open.iter().position(|open| *open == link.file) {
                let names = &self.open[first..];
                let what = "these files use each other";
                self.reporter.add(diagnostics::cycle(link.span, "eco::uses-cycle", what, names));
            } else if depth >= self.limits.uses_depth {
                self.reporter.add(diagnostics::uses_too_deep(link.span, self.limits.uses_depth));
            } else if self.deepest.get(link.file.as_str()).is_none_or(|visited| *visited <= depth) {
                self.visit(&link.file);
            }
        }
        self.open.pop();
    }
}

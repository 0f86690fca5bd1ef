//! What is done before instructions are read: macros, conditionals and included files.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::diagnostics::{self, Reporter};
use super::includes::Includes;
use super::lexer;
use super::limits::Limits;
use super::macros::{Macro, Macros};
use super::nearest::nearest;
use super::registers;
use super::source::{FileId, Sources, Span};
use super::token::{Kind, Sign, Token};

/// The directives that begin with `#`.
const DIRECTIVES: [&str; 7] = ["define", "undef", "ifdef", "ifndef", "else", "endif", "include"];

/// Words that other preprocessors know: a line that begins with one of them is hardly meant as a comment.
const FOREIGN: [(&str, &str); 4] =
    [("if", "#ifdef"), ("elif", "#else"), ("elifdef", "#else"), ("def", "#define")];

/// Reads a file and what it includes, and hands every line that is left to `parse`: not empty, every macro in it
/// replaced.
pub(crate) fn run(
    root: FileId,
    sources: &mut Sources,
    includes: &dyn Includes,
    limits: &Limits,
    reporter: &mut Reporter,
    parse: &mut dyn FnMut(&[Token], &mut Reporter),
) {
    let name = sources.name(root).to_owned();
    let n_bytes = sources.text(root).len();
    let mut preprocessor = Preprocessor {
        sources,
        includes,
        limits,
        reporter,
        macros: Macros::default(),
        constants: BTreeSet::new(),
        open: vec![name],
        n_bytes,
        parse,
    };
    if n_bytes > limits.source_bytes {
        let span = Span { file: root, start: 0, end: 0 };
        preprocessor.reporter.add(diagnostics::source_too_large(span, limits.source_bytes, n_bytes));
        return;
    }
    preprocessor.file(root);
}

struct Preprocessor<'a> {
    sources: &'a mut Sources,
    includes: &'a dyn Includes,
    limits: &'a Limits,
    reporter: &'a mut Reporter,
    macros: Macros,
    /// Names that `.set` gave a value.
    constants: BTreeSet<Rc<str>>,
    /// The names of the files that are being read, the root first.
    open: Vec<String>,
    n_bytes: usize,
    parse: &'a mut dyn FnMut(&[Token], &mut Reporter),
}

/// An `#ifdef` or `#ifndef` without its `#endif` so far.
struct Block {
    directive: String,
    span: Span,
    /// Whether the lines of this branch count.
    is_on: bool,
    /// Whether the lines around the block count.
    is_on_outside: bool,
    otherwise: Option<Span>,
}

impl Preprocessor<'_> {
    fn file(&mut self, file: FileId) {
        let text = self.sources.shared_text(file);
        let mut blocks: Vec<Block> = Vec::new();
        let mut line_idx = 0;
        while let Some(bytes) = self.sources.line(file, line_idx) {
            if self.reporter.is_full() {
                return;
            }
            line_idx += 1;
            let line = &text[bytes.clone()];
            let is_on = blocks.last().is_none_or(|block| block.is_on);
            let trimmed = line.trim_start_matches(lexer::is_blank);
            let indent = line.len() - trimmed.len();
            match trimmed.strip_prefix('#') {
                Some(rest) => self.hash(file, bytes.start + indent, rest, is_on, &mut blocks),
                None if is_on => self.line(file, bytes.start, line),
                None => {}
            }
        }
        for block in blocks {
            self.reporter.add(diagnostics::unterminated_conditional(block.span, &block.directive));
        }
    }

    /// Reads a line that begins with `#`, which stands at `start`; `rest` follows it.
    fn hash(&mut self, file: FileId, start: usize, rest: &str, is_on: bool, blocks: &mut Vec<Block>) {
        let word = rest.find(|c| !lexer::continues_name(c)).map_or(rest, |end| &rest[..end]);
        let span = Span { file, start, end: start + 1 + word.len() };
        if !DIRECTIVES.contains(&word) {
            if is_on && rest.starts_with(lexer::begins_name) {
                self.comment(span, word);
            }
            return;
        }
        let is_conditional = matches!(word, "ifdef" | "ifndef" | "else" | "endif");
        if !is_on && !is_conditional {
            return;
        }
        let (tokens, is_whole) = lexer::line(file, span.end, &rest[word.len()..], self.limits, self.reporter);
        if !is_whole {
            return;
        }
        match word {
            "define" => self.define(span, &tokens),
            "include" => self.include(span, &tokens),
            "undef" => {
                if let Some((name, at)) = self.only_name(span, "#undef", &tokens)
                    && !self.macros.forget(&name)
                {
                    let is_told = self.reporter.takes_warnings();
                    let near = if is_told { nearest(&name, self.macros.names()) } else { Vec::new() };
                    self.reporter.add(diagnostics::undefined_macro(at, &name, &near));
                }
            }
            _ => self.conditional(word, span, &tokens, is_on, blocks),
        }
    }

    /// A comment that looks like a directive.
    fn comment(&mut self, span: Span, word: &str) {
        let mut near = nearest(word, DIRECTIVES);
        if let Some((_, meant)) = FOREIGN.iter().find(|(foreign, _)| *foreign == word) {
            near = vec![&meant[1..]];
        }
        if !near.is_empty() {
            let near: Vec<String> = near.iter().map(|name| format!("#{name}")).collect();
            let near: Vec<&str> = near.iter().map(String::as_str).collect();
            self.reporter.add(diagnostics::maybe_directive(span, word, &near));
        }
    }

    /// The name that is all that stands after a directive.
    fn only_name(&mut self, span: Span, directive: &str, tokens: &[Token]) -> Option<(Rc<str>, Span)> {
        let Some(Token { kind: Kind::Word(name), span: at, .. }) = tokens.first() else {
            self.reporter.add(diagnostics::expected_name(span, directive));
            return None;
        };
        if let Some(extra) = tokens.get(1) {
            self.reporter.add(diagnostics::unexpected_after(extra.span, directive));
        }
        Some((Rc::clone(name), *at))
    }

    fn conditional(
        &mut self,
        word: &str,
        span: Span,
        tokens: &[Token],
        is_on: bool,
        blocks: &mut Vec<Block>,
    ) {
        let directive = format!("#{word}");
        if word == "ifdef" || word == "ifndef" {
            if blocks.len() >= self.limits.conditional_depth {
                let limit = self.limits.conditional_depth;
                self.reporter.add(diagnostics::conditionals_too_deep(span, limit));
            }
            let name = self.only_name(span, &directive, tokens);
            let is_defined =
                name.is_some_and(|(name, _)| self.macros.contains(&name) || self.constants.contains(&name));
            let is_taken = is_on && (is_defined == (word == "ifdef"));
            blocks.push(Block { directive, span, is_on: is_taken, is_on_outside: is_on, otherwise: None });
            return;
        }
        if let Some(extra) = tokens.first() {
            self.reporter.add(diagnostics::unexpected_after(extra.span, &directive));
        }
        let Some(block) = blocks.last_mut() else {
            self.reporter.add(diagnostics::stray_conditional(span, &directive));
            return;
        };
        if word == "endif" {
            blocks.pop();
        } else if let Some(first) = block.otherwise {
            self.reporter.add(diagnostics::second_else(span, first));
        } else {
            block.otherwise = Some(span);
            block.is_on = block.is_on_outside && !block.is_on;
        }
    }

    fn define(&mut self, span: Span, tokens: &[Token]) {
        let Some((Token { kind: Kind::Word(name), span: at, .. }, mut body)) = tokens.split_first() else {
            self.reporter.add(diagnostics::expected_name(span, "#define"));
            return;
        };
        let mut parameters = None;
        if let Some((open, rest)) = body.split_first()
            && open.kind.is(Sign::Open)
            && open.span.start == at.end
        {
            let Some((names, after)) = self.parameters(name, *at, rest) else { return };
            parameters = Some(names);
            body = after;
        }
        let definition = Macro { span: *at, parameters, body: body.to_vec() };
        let copy = definition.clone();
        if let Some(before) = self.macros.define(name, definition).filter(|before| !before.is_like(&copy)) {
            self.reporter.add(diagnostics::redefined_macro(*at, name, before.span));
        }
    }

    /// The names up to `)` and what follows it.
    fn parameters<'t>(
        &mut self,
        name: &str,
        at: Span,
        tokens: &'t [Token],
    ) -> Option<(Vec<Rc<str>>, &'t [Token])> {
        let Some(end) = tokens.iter().position(|token| token.kind.is(Sign::Close)) else {
            self.reporter.add(diagnostics::bad_parameters(at, name));
            return None;
        };
        let mut names: Vec<Rc<str>> = Vec::new();
        for (idx, token) in tokens[..end].iter().enumerate() {
            match &token.kind {
                Kind::Word(parameter) if idx % 2 == 0 => {
                    if names.contains(parameter) {
                        self.reporter.add(diagnostics::repeated_parameter(token.span, parameter));
                        return None;
                    }
                    names.push(Rc::clone(parameter));
                }
                Kind::Sign(Sign::Comma) if idx % 2 == 1 && idx + 1 < end => {}
                _ => {
                    self.reporter.add(diagnostics::bad_parameters(token.span, name));
                    return None;
                }
            }
        }
        Some((names, &tokens[end + 1..]))
    }

    fn include(&mut self, span: Span, tokens: &[Token]) {
        let (at, name) = match tokens {
            [Token { kind: Kind::Text(name), span, .. }] => (*span, String::from_utf8_lossy(name)),
            [Token { kind: Kind::Text(_), .. }, extra, ..] => {
                self.reporter.add(diagnostics::unexpected_after(extra.span, ".include"));
                return;
            }
            [first, ..] => {
                self.reporter.add(diagnostics::expected_file(first.span));
                return;
            }
            [] => {
                self.reporter.add(diagnostics::expected_file(span));
                return;
            }
        };
        if self.open.len() >= self.limits.include_depth {
            self.reporter.add(diagnostics::includes_too_deep(at, self.limits.include_depth));
            return;
        }
        if self.sources.len() >= self.limits.files {
            self.reporter.add(diagnostics::too_many_files(at, self.limits.files));
            return;
        }
        let from = self.open.last().map_or("", String::as_str);
        let found = match self.includes.find(&name, from) {
            Ok(found) => found,
            Err(why) => {
                self.reporter.add(diagnostics::include_not_found(at, &name, &why));
                return;
            }
        };
        if self.open.contains(&found.name) {
            self.reporter.add(diagnostics::include_cycle(at, &found.name));
            return;
        }
        self.n_bytes = self.n_bytes.saturating_add(found.text.len());
        if self.n_bytes > self.limits.source_bytes {
            let limit = self.limits.source_bytes;
            self.reporter.add(diagnostics::source_too_large(at, limit, self.n_bytes));
            return;
        }
        self.open.push(found.name.clone());
        let file = self.sources.add(found.name, found.text);
        self.file(file);
        self.open.pop();
    }

    /// Reads a line that does not begin with `#`.
    fn line(&mut self, file: FileId, start: usize, text: &str) {
        let (tokens, is_whole) = lexer::line(file, start, text, self.limits, self.reporter);
        let Some(first) = tokens.first().filter(|_| is_whole) else { return };
        match &first.kind {
            Kind::Directive(name) if name.eq_ignore_ascii_case("include") => {
                self.include(first.span, &tokens[1..]);
            }
            Kind::Directive(name) if name.eq_ignore_ascii_case("set") => self.set(&tokens),
            _ => {
                if let Some(tokens) = self.expand(&tokens) {
                    (self.parse)(&tokens, self.reporter);
                }
            }
        }
    }

    /// Reads `.set NAME value`: a register is another name for it, anything else is left for the parser.
    fn set(&mut self, tokens: &[Token]) {
        let directive = &tokens[0];
        let Some(Token { kind: Kind::Word(name), span: at, .. }) = tokens.get(1) else {
            self.reporter.add(diagnostics::expected_name(directive.span, ".set"));
            return;
        };
        let value = match &tokens[2..] {
            [comma, value @ ..] if comma.kind.is(Sign::Comma) => value,
            value => value,
        };
        let Some(value) = self.expand(value) else { return };
        if let [Token { kind: Kind::Word(word), .. }] = value.as_slice()
            && registers::parse(word).is_some()
        {
            self.macros.define(name, Macro { span: *at, parameters: None, body: value });
            return;
        }
        // The name has a value from here on, which a macro of the same name would hide.
        self.macros.forget(name);
        self.constants.insert(Rc::clone(name));
        let mut line = tokens[..2].to_vec();
        line.extend(value);
        (self.parse)(&line, self.reporter);
    }

    fn expand(&mut self, tokens: &[Token]) -> Option<Vec<Token>> {
        let expanded = self.macros.expand(tokens, self.limits);
        self.reporter.know_macros(self.macros.uses.drain(..));
        match expanded {
            Ok(expanded) => Some(expanded),
            Err(diagnostic) => {
                self.reporter.add(*diagnostic);
                None
            }
        }
    }
}

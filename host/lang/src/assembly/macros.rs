//! Macros: names that stand for tokens.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::diagnostics::{self, Diagnostic};
use super::limits::Limits;
use super::source::Span;
use super::token::{Kind, Sign, Token};

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) struct Macro {
    /// Where it was defined.
    pub(crate) span: Span,
    /// The names of its parameters, if it takes arguments.
    pub(crate) parameters: Option<Vec<Rc<str>>>,
    pub(crate) body: Vec<Token>,
}

impl Macro {
    /// Whether both stand for the same, wherever they were defined.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let kinds = |tokens: &[Token]| tokens.iter().map(|token| token.kind.clone()).collect::<Vec<_>>();
        self.parameters == other.parameters && kinds(&self.body) == kinds(&other.body)
    }
}

/// The macros that are defined at a place of the text.
#[derive(Default)]
pub(crate) struct Macros {
    defined: BTreeMap<Rc<str>, Rc<Macro>>,
    /// Tokens that macros were given and expanded to so far.
    n_tokens: usize,
    /// Where macros were used, and where the outermost of those used there is defined.
    pub(crate) uses: Vec<(Span, Span)>,
}

type Expanded<T> = Result<T, Box<Diagnostic>>;

impl Macros {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.defined.keys().map(|name| &**name)
    }

    /// Defines a name and returns what it stood for before.
    pub(crate) fn define(&mut self, name: &Rc<str>, definition: Macro) -> Option<Rc<Macro>> {
        self.defined.insert(Rc::clone(name), Rc::new(definition))
    }

    /// Forgets a name and returns whether it was defined.
    pub(crate) fn forget(&mut self, name: &str) -> bool {
        self.defined.remove(name).is_some()
    }

    /// Replaces every macro in a line, also in what macros stand for; a macro is not replaced inside itself.
    ///
    /// # Errors
    /// Arguments that do not fit, or a limit that is passed; then the line means nothing.
    ///
    /// # Source
    /// The replacement of ISO C, section 6.10.3, without `#` and `##`: arguments are replaced before they are put in.
    pub(crate) fn expand(&mut self, tokens: &[Token], limits: &Limits) -> Expanded<Vec<Token>> {
        let mut expansion = Expansion { macros: self, limits, active: Vec::new(), depth: 0 };
        expansion.expand(tokens)
    }
}

struct Expansion<'a> {
    macros: &'a mut Macros,
    limits: &'a Limits,
    /// Macros that are being replaced.
    active: Vec<Rc<str>>,
    depth: usize,
}

impl Expansion<'_> {
    fn expand(&mut self, tokens: &[Token]) -> Expanded<Vec<Token>> {
        if let Some(first) = tokens.first().filter(|_| self.depth > self.limits.expansion_depth) {
            return Err(Box::new(diagnostics::expansion_too_deep(first.span, self.limits.expansion_depth)));
        }
        if self.depth > 0 {
            self.count(tokens.len(), tokens)?;
        }
        let mut out = Vec::with_capacity(tokens.len());
        let mut rest = tokens.to_vec();
        let mut at = 0;
        while let Some(token) = rest.get(at) {
            let Some((name, definition)) = self.definition(token) else {
                let is_final = token.is_final || self.is_active(token);
                out.push(Token { is_final, ..token.clone() });
                at += 1;
                continue;
            };
            let start = token.span;
            let replaced = match &definition.parameters {
                None => {
                    at += 1;
                    definition.body.iter().map(|part| Token { span: token.span, ..part.clone() }).collect()
                }
                Some(_) if !rest.get(at + 1).is_some_and(|next| next.kind.is(Sign::Open)) => {
                    out.push(token.clone());
                    at += 1;
                    continue;
                }
                Some(parameters) => {
                    let (arguments, end) = arguments(&rest, at, &name)?;
                    let span = token.span.to(rest[end].span);
                    at = end + 1;
                    self.call(&name, &definition, parameters, &arguments, span)?
                }
            };
            // INVARIANT: what was taken ends before `at`.
            let used = start.to(rest[at - 1].span);
            self.macros.uses.push((used, definition.span));
            self.active.push(name);
            self.depth += 1;
            let expanded = self.expand(&replaced)?;
            self.depth -= 1;
            self.active.pop();
            out.extend(expanded);
            // The name of a macro that takes arguments may be the last thing that another one stands for.
            let calls =
                |last: &Token| self.definition(last).is_some_and(|(_, found)| found.parameters.is_some());
            if rest.get(at).is_some_and(|next| next.kind.is(Sign::Open))
                && let Some(last) = out.pop_if(|last| calls(last))
            {
                self.count(rest.len() - at, &rest)?;
                rest.drain(..at);
                rest.insert(0, last);
                at = 0;
            }
        }
        Ok(out)
    }

    /// What a token stands for, if it is to be replaced.
    fn definition(&self, token: &Token) -> Option<(Rc<str>, Rc<Macro>)> {
        let Kind::Word(name) = &token.kind else { return None };
        if token.is_final || self.is_active(token) {
            return None;
        }
        self.macros.defined.get(name).map(|definition| (Rc::clone(name), Rc::clone(definition)))
    }

    fn is_active(&self, token: &Token) -> bool {
        matches!(&token.kind, Kind::Word(name) if self.active.contains(name))
    }

    /// Puts arguments in the place of parameters; `span` is the whole call.
    fn call(
        &mut self,
        name: &str,
        definition: &Macro,
        parameters: &[Rc<str>],
        arguments: &[&[Token]],
        span: Span,
    ) -> Expanded<Vec<Token>> {
        if arguments.len() != parameters.len() {
            let (expected, actual) = (parameters.len(), arguments.len());
            let at = definition.span;
            return Err(Box::new(diagnostics::wrong_argument_count(span, name, expected, actual, at)));
        }
        self.depth += 1;
        let mut expanded = Vec::with_capacity(arguments.len());
        for argument in arguments {
            expanded.push(self.expand(argument)?);
        }
        self.depth -= 1;
        let mut replaced = Vec::new();
        for part in &definition.body {
            let parameter = match &part.kind {
                Kind::Word(word) => parameters.iter().position(|parameter| parameter == word),
                _ => None,
            };
            match parameter.and_then(|idx| expanded.get(idx)) {
                Some(argument) => {
                    // Before it is copied: a body may name a long argument often.
                    self.count(argument.len(), argument)?;
                    replaced.extend_from_slice(argument);
                }
                None => replaced.push(Token { span, ..part.clone() }),
            }
        }
        Ok(replaced)
    }

    fn count(&mut self, n: usize, tokens: &[Token]) -> Expanded<()> {
        self.macros.n_tokens = self.macros.n_tokens.saturating_add(n);
        match tokens.first().filter(|_| self.macros.n_tokens > self.limits.expansion_tokens) {
            Some(first) => {
                Err(Box::new(diagnostics::expansion_too_large(first.span, self.limits.expansion_tokens)))
            }
            None => Ok(()),
        }
    }
}

/// The arguments of a call whose name stands at `at`, and where its closing bracket is.
fn arguments<'a>(tokens: &'a [Token], at: usize, name: &str) -> Expanded<(Vec<&'a [Token]>, usize)> {
    let mut arguments = Vec::new();
    let mut depth = 0_usize;
    let mut start = at + 2;
    for (idx, token) in tokens.iter().enumerate().skip(at + 2) {
        match token.kind {
            Kind::Sign(Sign::Open | Sign::OpenList) => depth += 1,
            Kind::Sign(Sign::Close) if depth == 0 => {
                if start < idx || !arguments.is_empty() {
                    arguments.push(&tokens[start..idx]);
                }
                return Ok((arguments, idx));
            }
            Kind::Sign(Sign::Close | Sign::CloseList) => depth = depth.saturating_sub(1),
            Kind::Sign(Sign::Comma) if depth == 0 => {
                arguments.push(&tokens[start..idx]);
                start = idx + 1;
            }
            _ => {}
        }
    }
    Err(Box::new(diagnostics::unclosed_arguments(tokens[at].span, name)))
}

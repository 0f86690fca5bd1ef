//! Lines of tokens as statements.

use std::rc::Rc;

use super::diagnostics::{self, Diagnostic, Reporter};
use super::expression::{self, Expression, Tokens};
use super::limits::Limits;
use super::mnemonics::{self, Mnemonic};
use super::nearest::nearest;
use super::registers;
use super::source::Span;
use super::statement::{Item, Part, Statement, Width};
use super::token::{Kind, Sign, Token};

mod operand;
mod payload;

/// The directives that begin with a dot.
const DIRECTIVES: [&str; 15] = [
    "byte", "word", "dword", "ascii", "asciz", "fill", "align", "org", "set", "include", "entry", "inputs",
    "outputs", "landing", "function",
];

type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Adds the statements of a line; of one with a mistake those before the mistake.
pub(crate) fn parse(
    line: &[Token],
    limits: &Limits,
    statements: &mut Vec<Statement>,
    reporter: &mut Reporter,
) {
    let Some(first) = line.first() else { return };
    let mut parser = Parser { tokens: Tokens::new(line, first.span), limits, reporter };
    if let Err(diagnostic) = parser.line(statements) {
        reporter.add(*diagnostic);
    }
}

struct Parser<'a, 'b> {
    tokens: Tokens<'a>,
    limits: &'b Limits,
    reporter: &'b mut Reporter,
}

impl Parser<'_, '_> {
    fn line(&mut self, statements: &mut Vec<Statement>) -> Parsed<()> {
        while let Some((name, span)) = self.label()? {
            if registers::parse(&name).is_some() {
                return Err(Box::new(diagnostics::reserved_name(span, &name)));
            }
            statements.push(Statement { span, item: Item::Label(name) });
        }
        let Some(token) = self.tokens.next() else { return Ok(()) };
        let item = match &token.kind {
            Kind::Word(name) => {
                let Some(mnemonic) = mnemonics::find(name) else {
                    let near = nearest(name, mnemonics::names());
                    return Err(Box::new(diagnostics::unknown_opcode(token.span, name, &near)));
                };
                self.instruction(name, mnemonic)?
            }
            Kind::Directive(name) => self.directive(token.span, name)?,
            other => {
                let found = other.to_string();
                let expected = "an instruction, a label or a directive";
                return Err(Box::new(diagnostics::unexpected(token.span, expected, Some(&found))));
            }
        };
        if let Some(found) = self.tokens.found() {
            let here = self.tokens.here();
            return Err(Box::new(diagnostics::unexpected(here, "the end of the line", Some(&found))));
        }
        let span = token.span.to(self.tokens.last_span());
        statements.push(Statement { span, item });
        Ok(())
    }

    /// Reads `name:` or `@name`, if one of them stands here.
    fn label(&mut self) -> Parsed<Option<(Rc<str>, Span)>> {
        match (self.tokens.peek().map(|token| &token.kind), self.tokens.peek_second()) {
            (Some(Kind::Sign(Sign::At)), Some(Token { kind: Kind::Word(name), span, .. })) => {
                self.tokens.next();
                self.tokens.next();
                self.tokens.skip(Sign::Colon);
                Ok(Some((Rc::clone(name), *span)))
            }
            (Some(Kind::Word(name)), Some(second)) if second.kind.is(Sign::Colon) => {
                let span = self.tokens.here();
                let name = Rc::clone(name);
                self.tokens.next();
                self.tokens.next();
                Ok(Some((name, span)))
            }
            (Some(Kind::Sign(Sign::At)), _) => {
                self.tokens.next();
                let found = self.tokens.found();
                Err(Box::new(diagnostics::unexpected(self.tokens.here(), "a label", found.as_deref())))
            }
            _ => Ok(None),
        }
    }

    fn directive(&mut self, span: Span, written: &str) -> Parsed<Item> {
        let name = written.to_ascii_lowercase();
        Ok(match name.as_str() {
            "byte" => Item::Data(self.numbers(Width::Byte)?),
            "word" => Item::Data(self.numbers(Width::Half)?),
            "dword" => Item::Data(self.numbers(Width::Word)?),
            "ascii" => Item::Data(self.texts(false)?),
            "asciz" => Item::Data(self.texts(true)?),
            "fill" => {
                let (count, value) = self.one_or_two()?;
                Item::Fill { count, value }
            }
            "align" => {
                let (multiple, value) = self.one_or_two()?;
                Item::Align { multiple, value }
            }
            "org" => Item::Origin(self.expression()?),
            "entry" => Item::Entry(self.expression()?),
            "inputs" => Item::Inputs(self.expression()?),
            "outputs" => Item::Outputs(self.expression()?),
            "landing" if self.tokens.skip(Sign::Times) => Item::Landing(Vec::new()),
            "landing" => {
                let mut addresses = vec![self.expression()?];
                while self.tokens.skip(Sign::Comma) {
                    addresses.push(self.expression()?);
                }
                Item::Landing(addresses)
            }
            "function" => {
                let (name, span) = self.text()?;
                if std::str::from_utf8(&name).is_err() || name.contains(&0) {
                    return Err(Box::new(diagnostics::text_not_utf8(span)));
                }
                self.tokens.skip(Sign::Comma);
                let address = self.expression()?;
                self.tokens.skip(Sign::Comma);
                Item::Function(name, address, self.expression()?)
            }
            // The preprocessor leaves the directive, the name and what the name stands for.
            "set" => match self.tokens.next() {
                Some(Token { kind: Kind::Word(name), span, .. }) => {
                    if registers::parse(name).is_some() {
                        return Err(Box::new(diagnostics::reserved_name(*span, name)));
                    }
                    Item::Set(Rc::clone(name), self.expression()?)
                }
                _ => return Err(Box::new(diagnostics::expected_name(span, ".set"))),
            },
            _ => {
                let near: Vec<String> =
                    nearest(&name, DIRECTIVES).iter().map(|name| format!(".{name}")).collect();
                let near: Vec<&str> = near.iter().map(String::as_str).collect();
                return Err(Box::new(diagnostics::unknown_directive(span, written, &near)));
            }
        })
    }

    /// Numbers with or without commas between them, at least one.
    fn numbers(&mut self, width: Width) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        loop {
            Part::push_number(&mut parts, self.expression()?, width);
            if !self.tokens.skip(Sign::Comma) && self.tokens.peek().is_none() {
                return Ok(parts);
            }
        }
    }

    /// Texts with or without commas between them, at least one, each with a zero byte after it if so asked.
    fn texts(&mut self, ends_with_zero: bool) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        loop {
            let (text, _) = self.text()?;
            let mut bytes = text.to_vec();
            bytes.extend(ends_with_zero.then_some(0));
            parts.push(Part::Bytes(bytes));
            if !self.tokens.skip(Sign::Comma) && self.tokens.peek().is_none() {
                return Ok(parts);
            }
        }
    }

    fn one_or_two(&mut self) -> Parsed<(Expression, Option<Expression>)> {
        let first = self.expression()?;
        self.tokens.skip(Sign::Comma);
        let second = if self.tokens.peek().is_some() { Some(self.expression()?) } else { None };
        Ok((first, second))
    }

    fn expression(&mut self) -> Parsed<Expression> {
        expression::parse(&mut self.tokens, self.limits.expression_depth)
    }

    fn text(&mut self) -> Parsed<(Rc<[u8]>, Span)> {
        let span = self.tokens.here();
        match self.tokens.peek() {
            Some(Token { kind: Kind::Text(text), .. }) => {
                self.tokens.next();
                Ok((Rc::clone(text), span))
            }
            _ => {
                let found = self.tokens.found();
                Err(Box::new(diagnostics::unexpected(span, "a text in `\"`", found.as_deref())))
            }
        }
    }

    fn instruction(&mut self, name: &str, mnemonic: Mnemonic) -> Parsed<Item> {
        let operands = self.operands(name, mnemonic)?;
        Ok(Item::Instruction(mnemonic.opcode, operands))
    }
}

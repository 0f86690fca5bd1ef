//! The operands of instructions that carry a payload, by its form.

use std::rc::Rc;

use flux_vm::instruction::MAX_PAYLOAD_BYTES;
use flux_vm::isa::{Bank, PayloadForm};
use flux_vm::payload::{MAX_NAME_BYTES, NO_REGISTER};

use super::super::diagnostics;
use super::super::registers;
use super::super::source::Span;
use super::super::statement::{Part, Width};
use super::super::token::{Kind, Sign, Token};
use super::{Parsed, Parser};

impl Parser<'_, '_> {
    /// Reads a payload: by its form, or byte by byte between `[` and `]`.
    pub(super) fn payload(&mut self, form: PayloadForm) -> Parsed<Vec<Part>> {
        let first = self.tokens.here();
        let mut parts = Vec::new();
        if self.tokens.skip(Sign::OpenList) {
            self.bytes(&mut parts)?;
        } else {
            match form {
                PayloadForm::Message => self.message(&mut parts)?,
                PayloadForm::Capability => {
                    self.number(&mut parts, Width::Unsigned)?;
                    if self.tokens.skip(Sign::Comma) || self.tokens.peek().is_some() {
                        parts.push(Part::Bytes(self.agent()?.to_vec()));
                    }
                }
                PayloadForm::Resource => self.number(&mut parts, Width::Unsigned)?,
                PayloadForm::Region => parts.push(Part::Bytes(self.name()?.0.to_vec())),
                PayloadForm::RegionCreate => {
                    self.short_name(&mut parts)?;
                    self.after_comma(&mut parts, Width::Unsigned)?;
                    self.tokens.skip(Sign::Comma);
                    self.short_name(&mut parts)?;
                }
                PayloadForm::RegionTransfer => {
                    self.short_name(&mut parts)?;
                    self.tokens.skip(Sign::Comma);
                    self.short_name(&mut parts)?;
                }
                PayloadForm::MemorySet => {
                    self.short_name(&mut parts)?;
                    self.after_comma(&mut parts, Width::Unsigned)?;
                    self.after_comma(&mut parts, Width::Byte)?;
                    self.after_comma(&mut parts, Width::Unsigned)?;
                }
                PayloadForm::MemoryCopy | PayloadForm::MemoryCompare => {
                    self.short_name(&mut parts)?;
                    for _ in 0..3 {
                        self.after_comma(&mut parts, Width::Unsigned)?;
                    }
                }
            }
        }
        let len = parts.iter().map(Part::len).sum();
        if len > MAX_PAYLOAD_BYTES {
            let span = first.to(self.tokens.last_span());
            return Err(Box::new(diagnostics::text_too_long(span, "the payload", MAX_PAYLOAD_BYTES, len)));
        }
        Ok(parts)
    }

    /// Numbers and texts up to `]`.
    fn bytes(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        while !self.tokens.skip(Sign::CloseList) {
            match self.tokens.peek() {
                Some(Token { kind: Kind::Text(text), .. }) => {
                    self.tokens.next();
                    parts.push(Part::Bytes(text.to_vec()));
                }
                Some(_) => self.number(parts, Width::Byte)?,
                None => {
                    let here = self.tokens.here();
                    return Err(Box::new(diagnostics::unexpected(here, "`]` after the bytes", None)));
                }
            }
            self.tokens.skip(Sign::Comma);
        }
        Ok(())
    }

    /// Up to two registers, then a name or the number of an agent; each may be left out.
    fn message(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        let mut head = [0, NO_REGISTER];
        let mut goes_on = self.tokens.peek().is_some();
        for byte in &mut head {
            match self.tokens.peek() {
                Some(Token { kind: Kind::Word(name), .. }) if registers::parse(name).is_some() => {
                    *byte = self.register(Bank::R)?;
                    goes_on = self.tokens.skip(Sign::Comma) || self.tokens.peek().is_some();
                }
                _ => break,
            }
        }
        parts.push(Part::Bytes(head.to_vec()));
        if goes_on {
            parts.push(Part::Bytes(self.agent()?.to_vec()));
        }
        Ok(())
    }

    /// The name of an agent, or its number in decimal digits.
    fn agent(&mut self) -> Parsed<Rc<[u8]>> {
        match self.tokens.peek() {
            Some(Token { kind: Kind::Number(number), .. }) => {
                self.tokens.next();
                Ok(number.to_string().as_bytes().into())
            }
            _ => Ok(self.name()?.0),
        }
    }

    fn name(&mut self) -> Parsed<(Rc<[u8]>, Span)> {
        let (name, span) = self.text()?;
        if std::str::from_utf8(&name).is_err() {
            return Err(Box::new(diagnostics::text_not_utf8(span)));
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(Box::new(diagnostics::text_too_long(span, "the name", MAX_NAME_BYTES, name.len())));
        }
        Ok((name, span))
    }

    /// A name after its length.
    fn short_name(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        let (name, span) = self.name()?;
        let Ok(len) = u8::try_from(name.len()) else {
            let diagnostic = diagnostics::text_too_long(span, "the name", MAX_NAME_BYTES, name.len());
            return Err(Box::new(diagnostic));
        };
        parts.push(Part::Bytes([&[len], &*name].concat()));
        Ok(())
    }

    fn after_comma(&mut self, parts: &mut Vec<Part>, width: Width) -> Parsed<()> {
        self.tokens.skip(Sign::Comma);
        self.number(parts, width)
    }

    fn number(&mut self, parts: &mut Vec<Part>, width: Width) -> Parsed<()> {
        Part::push_number(parts, self.expression()?, width);
        Ok(())
    }
}

//! The operands of an instruction, by the kinds that the table names.

use flux_vm::isa::{Bank, Condition, FlagTest, Kind as Expected, Layout};

use super::super::diagnostics;
use super::super::expression::Expression;
use super::super::mnemonics::{self, Mnemonic};
use super::super::registers;
use super::super::statement::Operand;
use super::super::token::{Kind, Sign, Token};
use super::{Parsed, Parser};

impl Parser<'_, '_> {
    /// Reads the operands of an instruction that was called `name`.
    pub(super) fn operands(&mut self, name: &str, mnemonic: Mnemonic) -> Parsed<Vec<Operand>> {
        let spec = mnemonic.opcode.spec();
        let mut operands = Vec::with_capacity(spec.operands.len());
        let mut is_first = true;
        for (idx, kind) in spec.operands.iter().enumerate() {
            if let (Expected::Condition, Some(condition)) = (kind, mnemonic.condition) {
                let number = Expression::of_number(condition as i64, self.tokens.last_span());
                operands.push(Operand::Value(number));
                continue;
            }
            if *kind == Expected::Unused {
                operands.push(Operand::Unused(self.unused(spec.operands.len() - idx - 1)?));
                continue;
            }
            if !is_first {
                self.tokens.skip(Sign::Comma);
            }
            is_first = false;
            if self.tokens.peek().is_none() && spec.layout != Layout::G {
                let (what, form) = (mnemonics::what(spec, idx), mnemonics::form(name, mnemonic));
                let here = self.tokens.last_span().after();
                return Err(Box::new(diagnostics::missing_operand(here, name, what, &form)));
            }
            let is_raw = self.tokens.is_at(Sign::OpenList);
            match self.operand(*kind) {
                Ok(operand) => operands.push(operand),
                Err(diagnostic)
                    if spec.layout == Layout::G
                        && !is_raw
                        && diagnostic.span() == self.tokens.last_span().after() =>
                {
                    let here = diagnostic.span();
                    let form = mnemonics::form(name, mnemonic);
                    return Err(Box::new(diagnostics::missing_operand(here, name, "an operand", &form)));
                }
                Err(diagnostic) => {
                    return Err(Box::new(diagnostic.or_form(&mnemonics::form(name, mnemonic))));
                }
            }
        }
        if self.tokens.peek().is_some() {
            let form = mnemonics::form(name, mnemonic);
            return Err(Box::new(diagnostics::too_many_operands(self.tokens.here(), name, &form)));
        }
        Ok(operands)
    }

    fn operand(&mut self, kind: Expected) -> Parsed<Operand> {
        Ok(match kind {
            Expected::Register(bank, _) => Operand::Register(self.register(bank)?),
            Expected::CompareF => Operand::Register(self.compared()?),
            Expected::Condition => {
                Operand::Value(self.named(|name| position(name, Condition::ALL.map(Condition::name)))?)
            }
            Expected::FlagTest => {
                Operand::Value(self.named(|name| position(name, FlagTest::ALL.map(FlagTest::name)))?)
            }
            Expected::Payload(form) => Operand::Payload(self.payload(form)?),
            // An unused byte is read before it comes here.
            Expected::Unused
            | Expected::Immediate
            | Expected::Jump
            | Expected::Tag
            | Expected::Count
            | Expected::Word => Operand::Value(self.expression()?),
        })
    }

    /// Reads a register byte without effect, which may be left out: then it is 0.
    ///
    /// It is there when one more operand is there than the `n_after` that follow it.
    fn unused(&mut self, n_after: usize) -> Parsed<u8> {
        let is_there = match (self.tokens.peek().map(|token| &token.kind), self.tokens.peek_second()) {
            (None, _) => false,
            (Some(_), _) if n_after == 0 => true,
            (Some(_), None) => false,
            (Some(Kind::Word(name)), _) if registers::parse(name).is_some() => true,
            (Some(Kind::Number(_)), Some(second)) => {
                matches!(
                    second.kind,
                    Kind::Sign(Sign::Comma | Sign::At) | Kind::Word(_) | Kind::Number(_) | Kind::Text(_)
                )
            }
            _ => false,
        };
        if !is_there {
            return Ok(0);
        }
        let token = self.tokens.next();
        let span = self.tokens.last_span();
        let number = match token.map(|token| &token.kind) {
            Some(Kind::Number(number)) => Some(*number),
            Some(Kind::Word(name)) => registers::parse(name).map(|written| i64::from(written.number)),
            _ => None,
        };
        let Some(number) = number else {
            let found = token.map_or_else(String::new, |token| token.kind.to_string());
            return Err(Box::new(diagnostics::invalid_operand(span, "a register", &found)));
        };
        if n_after > 0 {
            self.tokens.skip(Sign::Comma);
        }
        u8::try_from(number)
            .map_err(|_| Box::new(diagnostics::out_of_range(span, "a register number", 0, 255, number)))
    }

    /// Reads a register of the bank: by its name, by its bare number, or, for F and V, by the name of the R register
    /// with the same number.
    pub(super) fn register(&mut self, bank: Bank) -> Parsed<u8> {
        let span = self.tokens.here();
        let expected = format!("a register `{0}0` to `{0}{1}`", bank.letter(), bank.size() - 1);
        let token = self.tokens.next();
        let (number, name) = match token.map(|token| &token.kind) {
            Some(Kind::Number(number)) => (u32::try_from(*number).unwrap_or(u32::MAX), number.to_string()),
            Some(Kind::Word(name)) => match registers::parse(name) {
                Some(written) if written.bank == bank.letter() => (written.number, name.to_string()),
                Some(written) if written.bank == 'R' && (written.number as usize) < bank.size() => {
                    let read_as = format!("{}{}", bank.letter(), written.number);
                    self.reporter.add(diagnostics::other_bank(span, name, &read_as));
                    (written.number, name.to_string())
                }
                _ => {
                    return Err(Box::new(diagnostics::invalid_operand(
                        span,
                        &expected,
                        &format!("`{name}`"),
                    )));
                }
            },
            Some(other) => {
                return Err(Box::new(diagnostics::invalid_operand(span, &expected, &other.to_string())));
            }
            None => return Err(Box::new(diagnostics::unexpected(span, &expected, None))),
        };
        match u8::try_from(number) {
            Ok(number) if usize::from(number) < bank.size() => Ok(number),
            _ => {
                let name = if name.starts_with(|c: char| c.is_ascii_digit()) {
                    format!("{}{name}", bank.letter())
                } else {
                    name
                };
                let (first, last) =
                    (format!("{}0", bank.letter()), format!("{}{}", bank.letter(), bank.size() - 1));
                Err(Box::new(diagnostics::unknown_register(span, &name, &first, &last)))
            }
        }
    }

    /// Reads the operand of a float comparison, which is an F register and the R register of the same number.
    fn compared(&mut self) -> Parsed<u8> {
        if let Some(Token { kind: Kind::Word(name), span, .. }) = self.tokens.peek()
            && let Some(written) = registers::parse(name)
            && written.bank == 'F'
        {
            self.tokens.next();
            return match u8::try_from(written.number) {
                Ok(number) if usize::from(number) < Bank::R.size() => Ok(number),
                _ => Err(Box::new(diagnostics::compared_past_r(*span, name))),
            };
        }
        self.register(Bank::R)
    }

    /// Reads a name that stands for a number, or an expression.
    fn named(&mut self, number_of: impl Fn(&str) -> Option<i64>) -> Parsed<Expression> {
        if let Some(Token { kind: Kind::Word(name), span, .. }) = self.tokens.peek()
            && let Some(number) = number_of(name)
        {
            self.tokens.next();
            return Ok(Expression::of_number(number, *span));
        }
        // One number, not an expression: a bare register number may follow without a comma.
        if let Some(Token { kind: Kind::Number(number), span, .. }) = self.tokens.peek() {
            self.tokens.next();
            return Ok(Expression::of_number(*number, *span));
        }
        self.expression()
    }
}

fn position<const N: usize>(name: &str, names: [&str; N]) -> Option<i64> {
    let idx = names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
    i64::try_from(idx).ok()
}

//! Expressions: numbers, labels and constants joined by operators.
//!
//! Precedence, from what binds most: signs and `~`; `*` `/` `%`; `+` `-`; `<<` `>>`; `&`; `^`; `|`. Operators of one
//! level bind from the left.

use std::rc::Rc;

use super::diagnostics::{self, Diagnostic};
use super::source::Span;
use super::token::{Kind, Sign, Token};

/// An expression, as the steps of a machine with a stack: nothing that walks it can nest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    steps: Vec<Step>,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Number(i64),
    Name(Rc<str>, Span),
    Unary(Sign),
    Binary(Sign, Span),
}

/// Whether a value moves when the code moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It does not.
    Number,
    /// It does: a label, or a label and a distance.
    Address,
    /// It makes no sense, such as twice an address.
    Neither,
}

/// What an expression stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) number: i64,
    pub(crate) nature: Nature,
}

impl Value {
    pub(crate) fn number(number: i64) -> Self {
        Self { number, nature: Nature::Number }
    }

    pub(crate) fn address(number: i64) -> Self {
        Self { number, nature: Nature::Address }
    }
}

/// A cursor over the tokens of a line.
pub(crate) struct Tokens<'a> {
    tokens: &'a [Token],
    at: usize,
    /// What stands before the first token.
    before: Span,
}

impl<'a> Tokens<'a> {
    /// `before` is where a diagnostic points when there is no token at all.
    pub(crate) fn new(tokens: &'a [Token], before: Span) -> Self {
        Self { tokens, at: 0, before }
    }

    pub(crate) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(crate) fn peek_second(&self) -> Option<&'a Token> {
        self.tokens.get(self.at + 1)
    }

    pub(crate) fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(crate) fn is_at(&self, sign: Sign) -> bool {
        self.peek().is_some_and(|token| token.kind.is(sign))
    }

    pub(crate) fn skip(&mut self, sign: Sign) -> bool {
        let found = self.is_at(sign);
        self.at += usize::from(found);
        found
    }

    /// The last token that was taken.
    pub(crate) fn last_span(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(self.before, |token| token.span)
    }

    /// The next token, or the place after the last one.
    pub(crate) fn here(&self) -> Span {
        self.peek().map_or_else(|| self.last_span().after(), |token| token.span)
    }

    /// How the next token is named, if there is one.
    pub(crate) fn found(&self) -> Option<String> {
        self.peek().map(|token| token.kind.to_string())
    }
}

/// Parses the expression at the cursor and leaves the cursor behind it.
///
/// # Errors
/// What was expected at the place where it ends too early, or that it nests deeper than `max_depth`.
pub(crate) fn parse(tokens: &mut Tokens<'_>, max_depth: usize) -> Result<Expression, Box<Diagnostic>> {
    let first = tokens.here();
    let mut parser = Parser { tokens, steps: Vec::new(), depth: 0, max_depth };
    parser.binary(0)?;
    let steps = parser.steps;
    Ok(Expression { steps, span: first.to(tokens.last_span()) })
}

struct Parser<'a, 'b> {
    tokens: &'a mut Tokens<'b>,
    steps: Vec<Step>,
    depth: usize,
    max_depth: usize,
}

/// How much an operator binds; the most binds first.
fn precedence(sign: Sign) -> Option<u8> {
    Some(match sign {
        Sign::Or => 1,
        Sign::Xor => 2,
        Sign::And => 3,
        Sign::ShiftLeft | Sign::ShiftRight => 4,
        Sign::Plus | Sign::Minus => 5,
        Sign::Times | Sign::Divide | Sign::Remainder => 6,
        _ => return None,
    })
}

impl Parser<'_, '_> {
    fn binary(&mut self, above: u8) -> Result<(), Box<Diagnostic>> {
        self.unary()?;
        while let Some(Token { kind: Kind::Sign(sign), span, .. }) = self.tokens.peek() {
            let Some(level) = precedence(*sign).filter(|level| *level > above) else { break };
            self.tokens.next();
            self.binary(level)?;
            self.steps.push(Step::Binary(*sign, *span));
        }
        Ok(())
    }

    fn unary(&mut self) -> Result<(), Box<Diagnostic>> {
        let span = self.tokens.here();
        let Some(token) = self.tokens.peek() else {
            return Err(Box::new(diagnostics::unexpected(span, "a number or a label", None)));
        };
        match &token.kind {
            Kind::Number(number) => {
                self.tokens.next();
                self.steps.push(Step::Number(*number));
            }
            Kind::Word(name) => {
                self.tokens.next();
                self.steps.push(Step::Name(Rc::clone(name), span));
            }
            Kind::Sign(Sign::At) => {
                self.tokens.next();
                match self.tokens.peek() {
                    Some(Token { kind: Kind::Word(name), span, .. }) => {
                        self.tokens.next();
                        self.steps.push(Step::Name(Rc::clone(name), *span));
                    }
                    _ => {
                        let found = self.tokens.found();
                        let span = self.tokens.here();
                        return Err(Box::new(diagnostics::unexpected(span, "a label", found.as_deref())));
                    }
                }
            }
            Kind::Sign(sign @ (Sign::Plus | Sign::Minus | Sign::Not)) => {
                self.deeper(span)?;
                self.tokens.next();
                self.unary()?;
                self.depth -= 1;
                self.steps.push(Step::Unary(*sign));
            }
            Kind::Sign(Sign::Open) => {
                self.deeper(span)?;
                self.tokens.next();
                self.binary(0)?;
                self.depth -= 1;
                if !self.tokens.skip(Sign::Close) {
                    let found = self.tokens.found();
                    return Err(Box::new(diagnostics::unexpected(
                        self.tokens.here(),
                        "`)`",
                        found.as_deref(),
                    )));
                }
            }
            other => {
                let found = other.to_string();
                return Err(Box::new(diagnostics::unexpected(span, "a number or a label", Some(&found))));
            }
        }
        Ok(())
    }

    fn deeper(&mut self, span: Span) -> Result<(), Box<Diagnostic>> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(Box::new(diagnostics::expression_too_deep(span, self.max_depth)));
        }
        Ok(())
    }
}

impl Expression {
    /// The expression that is a number.
    pub(crate) fn of_number(number: i64, span: Span) -> Self {
        Self { steps: vec![Step::Number(number)], span }
    }

    /// The number, if it is nothing but one, with or without a sign.
    pub(crate) fn as_number(&self) -> Option<i64> {
        match self.steps.as_slice() {
            [Step::Number(number)] => Some(*number),
            [Step::Number(number), Step::Unary(Sign::Minus)] => number.checked_neg(),
            _ => None,
        }
    }

    /// Computes it; `resolve` says what a name stands for.
    ///
    /// # Errors
    /// What `resolve` says, a division by zero, a shift by less than 0 or more than 63, or a value past 64 bits.
    pub(crate) fn evaluate(
        &self,
        resolve: impl Fn(&str, Span) -> Result<Value, Box<Diagnostic>>,
    ) -> Result<Value, Box<Diagnostic>> {
        let mut stack: Vec<Value> = Vec::new();
        // INVARIANT: the parser pushes the operands of an operator before it, so the stack has them.
        for step in &self.steps {
            let value = match step {
                Step::Number(number) => Value::number(*number),
                Step::Name(name, span) => resolve(name, *span)?,
                Step::Unary(sign) => self.unary(*sign, stack.pop().unwrap_or(Value::number(0)))?,
                Step::Binary(sign, span) => {
                    let right = stack.pop().unwrap_or(Value::number(0));
                    let left = stack.pop().unwrap_or(Value::number(0));
                    self.binary(*sign, *span, left, right)?
                }
            };
            stack.push(value);
        }
        Ok(stack.pop().unwrap_or(Value::number(0)))
    }

    fn unary(&self, sign: Sign, value: Value) -> Result<Value, Box<Diagnostic>> {
        if sign == Sign::Plus {
            return Ok(value);
        }
        let number = if sign == Sign::Not { Some(!value.number) } else { value.number.checked_neg() };
        let number = number.ok_or_else(|| Box::new(diagnostics::overflow(self.span)))?;
        let nature = if value.nature == Nature::Number { Nature::Number } else { Nature::Neither };
        Ok(Value { number, nature })
    }

    fn binary(&self, sign: Sign, span: Span, left: Value, right: Value) -> Result<Value, Box<Diagnostic>> {
        let (a, b) = (left.number, right.number);
        let number = match sign {
            Sign::Plus => a.checked_add(b),
            Sign::Minus => a.checked_sub(b),
            Sign::Times => a.checked_mul(b),
            Sign::Divide | Sign::Remainder if b == 0 => {
                return Err(Box::new(diagnostics::division_by_zero(span)));
            }
            Sign::Divide => a.checked_div(b),
            Sign::Remainder => a.checked_rem(b),
            Sign::ShiftLeft | Sign::ShiftRight => {
                let Some(by) = u32::try_from(b).ok().filter(|by| *by < 64) else {
                    return Err(Box::new(diagnostics::shift_out_of_range(span, b)));
                };
                let moved = if sign == Sign::ShiftLeft { a << by } else { a >> by };
                // What is moved out of the top is lost, which a sum would not do silently either.
                Some(moved).filter(|moved| sign == Sign::ShiftRight || moved >> by == a)
            }
            Sign::And => Some(a & b),
            Sign::Or => Some(a | b),
            _ => Some(a ^ b),
        };
        let number = number.ok_or_else(|| Box::new(diagnostics::overflow(self.span)))?;
        let nature = match (sign, left.nature, right.nature) {
            (_, Nature::Number, Nature::Number) | (Sign::Minus, Nature::Address, Nature::Address) => {
                Nature::Number
            }
            (Sign::Plus | Sign::Minus, Nature::Address, Nature::Number)
            | (Sign::Plus, Nature::Number, Nature::Address) => Nature::Address,
            _ => Nature::Neither,
        };
        Ok(Value { number, nature })
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnostics::Reporter;
    use super::super::lexer;
    use super::super::limits::Limits;
    use super::super::source::{Sources, Span};
    use super::{Nature, Tokens, Value, parse};

    fn evaluate(text: &str) -> Result<Value, String> {
        let mut reporter = Reporter::new(&Limits::DEFAULT);
        let file = Sources::default().add("test".to_owned(), text.to_owned());
        let (tokens, _) = lexer::line(file, 0, text, &Limits::DEFAULT, &mut reporter);
        let mut tokens = Tokens::new(&tokens, Span { file, start: 0, end: 0 });
        let expression = parse(&mut tokens, 64).map_err(|diagnostic| diagnostic.message().to_owned())?;
        assert!(tokens.peek().is_none(), "`{text}` is read to its end");
        expression
            .evaluate(|name, _| Ok(Value::address(if name == "start" { 16 } else { 100 })))
            .map_err(|diagnostic| diagnostic.message().to_owned())
    }

    fn check(text: &str, expected: i64) {
        assert_eq!(evaluate(text), Ok(Value::number(expected)), "{text}");
    }

    #[test]
    fn operators_bind_as_in_c() {
        check("2 + 3 * 4", 14);
        check("(2 + 3) * 4", 20);
        check("1 << 2 + 1", 8);
        check("1 | 2 ^ 3 & 6", 1);
        check("10 - 3 - 2", 5);
        check("-7 / 2", -3);
        check("-7 % 2", -1);
        check("~0 & 0xFF", 255);
        check("- -1", 1);
        check("2*-3", -6);
        check("-1 >> 1", -1);
    }

    #[test]
    fn addresses_and_numbers_are_kept_apart() {
        assert_eq!(evaluate("start + 4"), Ok(Value::address(20)));
        assert_eq!(evaluate("4 + @start"), Ok(Value::address(20)));
        assert_eq!(evaluate("end - start"), Ok(Value::number(84)));
        assert_eq!(evaluate("(end - start) / 4"), Ok(Value::number(21)));
        assert_eq!(evaluate("start * 2").map(|value| value.nature), Ok(Nature::Neither));
        assert_eq!(evaluate("-start").map(|value| value.nature), Ok(Nature::Neither));
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| evaluate(text).unwrap_err();
        assert_eq!(message("1 / 0"), "this divides by zero");
        assert_eq!(message("1 << 64"), "a shift must be within 0 and 63, found 64");
        assert_eq!(message("1 << 63"), "the value of this does not fit 64 bits");
        assert_eq!(message("9223372036854775807 + 1"), "the value of this does not fit 64 bits");
        assert_eq!(message("(1 + 2"), "expected `)`");
        assert_eq!(message("1 +"), "expected a number or a label");
        assert_eq!(message("1 + ,"), "expected a number or a label, found `,`");
        assert_eq!(message("@1"), "expected a label, found `1`");
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        check(&nested(64), 1);
        let message = "65 brackets or signs inside each other, the limit is 64";
        assert_eq!(evaluate(&nested(65)), Err(message.to_owned()));
        assert_eq!(evaluate(&"-".repeat(100_000)), Err(message.to_owned()));
    }
}

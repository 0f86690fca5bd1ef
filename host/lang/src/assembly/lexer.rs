//! A line of text as tokens.

use std::rc::Rc;

use super::diagnostics::{self, Reporter};
use super::limits::Limits;
use super::source::{FileId, Span};
use super::token::{Kind, Sign, Token};

/// Reads the tokens of one line; `start` is where it begins in its file.
///
/// A comment ends the line. Of a line with a mistake in it, what stands before the mistake is returned and the
/// second value is false: it should not be read any further.
pub(crate) fn line(
    file: FileId,
    start: usize,
    text: &str,
    limits: &Limits,
    reporter: &mut Reporter,
) -> (Vec<Token>, bool) {
    let mut lexer = Lexer { file, start, text, at: 0, max_len: limits.word_len };
    let mut tokens = Vec::new();
    loop {
        match lexer.token() {
            Ok(Some(token)) => tokens.push(token),
            Ok(None) => return (tokens, true),
            Err(diagnostic) => {
                reporter.add(*diagnostic);
                return (tokens, false);
            }
        }
    }
}

/// Whether it is nothing but space between words; a mark of the byte order counts as that.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

/// Whether a name may begin with this character.
pub(crate) fn begins_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

/// Whether a name may go on with this character.
pub(crate) fn continues_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

type Lexed<T> = Result<T, Box<diagnostics::Diagnostic>>;

struct Lexer<'a> {
    file: FileId,
    start: usize,
    text: &'a str,
    at: usize,
    /// The longest name or number, in characters.
    max_len: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn span(&self, from: usize, to: usize) -> Span {
        Span { file: self.file, start: self.start + from, end: self.start + to }
    }

    fn take(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let part = rest.find(|character| !is_part(character)).map_or(rest, |end| &rest[..end]);
        self.at += part.len();
        part
    }

    fn token(&mut self) -> Lexed<Option<Token>> {
        self.take(is_blank);
        let from = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let kind = if first == ';' || rest.starts_with("//") {
            return Ok(None);
        } else if begins_name(first) {
            Kind::Word(self.word()?.into())
        } else if first.is_ascii_digit() {
            let text = self.word()?;
            Kind::Number(self.number(from, text)?)
        } else if first == '.' && rest[1..].starts_with(begins_name) {
            self.at += 1;
            Kind::Directive(self.word()?.into())
        } else if first == '"' {
            Kind::Text(self.quoted()?)
        } else if first == '\'' {
            Kind::Number(self.character()?)
        } else if let Some((text, sign)) = Sign::ALL.iter().find(|(text, _)| rest.starts_with(text)) {
            self.at += text.len();
            Kind::Sign(*sign)
        } else {
            let span = self.span(from, from + first.len_utf8());
            return Err(Box::new(diagnostics::unexpected_character(span, first)));
        };
        Ok(Some(Token { kind, span: self.span(from, self.at), is_final: false }))
    }

    fn word(&mut self) -> Lexed<&'a str> {
        let from = self.at;
        let word = self.take(continues_name);
        if word.len() > self.max_len {
            let span = self.span(from, self.at);
            return Err(Box::new(diagnostics::word_too_long(span, self.max_len, word.len())));
        }
        Ok(word)
    }

    fn number(&self, from: usize, text: &str) -> Lexed<i64> {
        let span = self.span(from, self.at);
        let lower = text.to_ascii_lowercase();
        let (digits, radix) = match lower.as_bytes() {
            [b'0', b'x', ..] => (&lower[2..], 16),
            [b'0', b'o', ..] => (&lower[2..], 8),
            [b'0', b'b', ..] => (&lower[2..], 2),
            _ => (lower.as_str(), 10),
        };
        let digits: String = digits.chars().filter(|character| *character != '_').collect();
        if digits.is_empty() || !digits.chars().all(|character| character.is_digit(radix)) {
            return Err(Box::new(diagnostics::bad_number(span, text)));
        }
        i64::from_str_radix(&digits, radix).map_err(|_| Box::new(diagnostics::number_too_large(span)))
    }

    fn quoted(&mut self) -> Lexed<Rc<[u8]>> {
        let from = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                return Err(Box::new(diagnostics::unterminated_text(self.span(from, self.text.len()))));
            };
            match next {
                '"' => {
                    self.at += 1;
                    return Ok(bytes.into());
                }
                '\\' => bytes.push(self.escape()?),
                _ => {
                    self.at += next.len_utf8();
                    bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    fn character(&mut self) -> Lexed<i64> {
        let from = self.at;
        self.at += 1;
        let value = match self.rest().chars().next() {
            Some('\\') => i64::from(self.escape()?),
            Some(character) if character != '\'' => {
                self.at += character.len_utf8();
                i64::from(u32::from(character))
            }
            _ => return Err(Box::new(diagnostics::bad_character_literal(self.span(from, self.at)))),
        };
        if self.rest().starts_with('\'') {
            self.at += 1;
            return Ok(value);
        }
        Err(Box::new(diagnostics::bad_character_literal(self.span(from, self.at))))
    }

    /// Reads an escape, at its backslash.
    fn escape(&mut self) -> Lexed<u8> {
        let from = self.at;
        let rest = self.rest();
        let next = rest.chars().nth(1);
        self.at += 1 + next.map_or(0, char::len_utf8);
        let byte = match next {
            Some('n') => b'\n',
            Some('t') => b'\t',
            Some('r') => b'\r',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('"') => b'"',
            Some('\'') => b'\'',
            Some('x') => {
                let digits = rest.get(2..4).filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
                let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
                    let escape = &rest[..2];
                    return Err(Box::new(diagnostics::unknown_escape(self.span(from, self.at), escape)));
                };
                self.at += 2;
                byte
            }
            _ => {
                let escape = &self.text[from..self.at];
                return Err(Box::new(diagnostics::unknown_escape(self.span(from, self.at), escape)));
            }
        };
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnostics::Reporter;
    use super::super::source::Sources;
    use super::{Limits, line};

    /// The tokens of `text` between spaces, or the message of what is wrong with it.
    fn check(text: &str, expected: &str) {
        let mut reporter = Reporter::new(&Limits::DEFAULT);
        let file = Sources::default().add("test".to_owned(), text.to_owned());
        let (tokens, _) = line(file, 0, text, &Limits::DEFAULT, &mut reporter);
        let found = match reporter.finish().first() {
            Some(diagnostic) => diagnostic.message().to_owned(),
            None => {
                let tokens: Vec<String> = tokens.iter().map(|token| token.kind.to_string()).collect();
                tokens.join(" ").replace('`', "")
            }
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn numbers_have_four_bases_and_characters_are_numbers() {
        check("42 0x2A 0b10_1010 0o52 'A' '\\n' '\\x7f' ' '", "42 42 42 42 65 10 127 32");
        check("0xZZ", "`0xZZ` is not a number");
        check("0x", "`0x` is not a number");
        check("9223372036854775808", "a number is at most 9223372036854775807");
        check("'ab'", "expected one character between `'` and `'`");
        check("''", "expected one character between `'` and `'`");
    }

    #[test]
    fn comments_end_a_line_but_not_inside_a_text() {
        check("HALT ; the end", "HALT");
        check("HALT // the end", "HALT");
        check(".ascii \"a;b//c\" ; d", ".ascii a text");
        check("MOVI R0, ';'", "MOVI R0 , 59");
    }

    #[test]
    fn texts_have_escapes() {
        check("\"a\\q\"", "unknown escape `\\q`");
        check("\"a\\xg0\"", "unknown escape `\\x`");
        check("\"abc", "this text has no closing `\"` on its line");
    }

    #[test]
    fn signs_need_no_spaces() {
        check("a:b@c<<(1)>>-2", "a : b @ c << ( 1 ) >> - 2");
        check("a ? b", "unexpected character `?`");
    }
}

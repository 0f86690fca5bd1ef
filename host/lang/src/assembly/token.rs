//! The words of the language.

use std::fmt;
use std::rc::Rc;

use super::source::Span;

/// One word, number, text or sign, with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Where it stands. What a macro expands to stands where the macro is used.
    pub(crate) span: Span,
    /// The name of a macro that came out of its own expansion: it is not expanded again.
    pub(crate) is_final: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name: mnemonic, register, label, constant or macro.
    Word(Rc<str>),
    /// A directive, without its dot.
    Directive(Rc<str>),
    /// A number or a character.
    Number(i64),
    /// A quoted text, its escapes replaced.
    Text(Rc<[u8]>),
    /// Anything else.
    Sign(Sign),
}

/// A sign between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Comma,
    Colon,
    At,
    Open,
    Close,
    OpenList,
    CloseList,
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
    And,
    Or,
    Xor,
    Not,
    ShiftLeft,
    ShiftRight,
}

impl Sign {
    /// The signs as they are written, longer ones before those that they begin with.
    pub(crate) const ALL: [(&str, Self); 18] = [
        ("<<", Self::ShiftLeft),
        (">>", Self::ShiftRight),
        (",", Self::Comma),
        (":", Self::Colon),
        ("@", Self::At),
        ("(", Self::Open),
        (")", Self::Close),
        ("[", Self::OpenList),
        ("]", Self::CloseList),
        ("+", Self::Plus),
        ("-", Self::Minus),
        ("*", Self::Times),
        ("/", Self::Divide),
        ("%", Self::Remainder),
        ("&", Self::And),
        ("|", Self::Or),
        ("^", Self::Xor),
        ("~", Self::Not),
    ];

    /// How it is written.
    pub(crate) fn text(self) -> &'static str {
        Self::ALL.iter().find(|(_, sign)| *sign == self).map_or("", |(text, _)| text)
    }
}

impl Kind {
    /// Whether it is this sign.
    pub(crate) fn is(&self, sign: Sign) -> bool {
        matches!(self, Self::Sign(found) if *found == sign)
    }
}

impl fmt::Display for Kind {
    /// As a diagnostic names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Directive(name) => write!(f, "`.{name}`"),
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Text(_) => f.write_str("a text"),
            Self::Sign(sign) => write!(f, "`{}`", sign.text()),
        }
    }
}

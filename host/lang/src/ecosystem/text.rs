//! Texts between quotes: what is written, and what it means.

use std::fmt::Write as _;

/// An escape that there is not: which bytes of the text it is, and how it is written.
pub(crate) struct BadEscape {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a text with its quotes means; escapes that there are not are left as they are written, and named.
pub(crate) fn unescape(written: &str) -> (String, Vec<BadEscape>) {
    let inner = written.strip_prefix('"').unwrap_or(written);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut value = String::with_capacity(inner.len());
    let mut bad = Vec::new();
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let first = escape.chars().next();
        let (character, length) = match first {
            Some('n') => (Some('\n'), 1),
            Some('r') => (Some('\r'), 1),
            Some('t') => (Some('\t'), 1),
            Some('0') => (Some('\0'), 1),
            Some(same @ ('"' | '\\' | '\'' | '/')) => (Some(same), 1),
            Some('u') => unicode(escape),
            first => (None, first.map_or(0, char::len_utf8)),
        };
        match character {
            Some(character) => value.push(character),
            None => {
                let start = 1 + inner.len() - rest.len() + at;
                bad.push(BadEscape { start, end: start + 1 + length });
                value.push_str(&rest[at..at + 1 + length]);
            }
        }
        rest = &escape[length..];
    }
    value.push_str(rest);
    (value, bad)
}

/// The character of `u{...}`, and how many bytes that is.
fn unicode(escape: &str) -> (Option<char>, usize) {
    let digits = escape.strip_prefix("u{").and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
    match digits.filter(|digits| digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some(digits) => {
            let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            (character, digits.len() + "u{}".len())
        }
        None => (None, 1),
    }
}

/// A text with quotes that means `value`: on one line, with every control character as an escape.
pub(crate) fn quote(value: &str) -> String {
    let mut written = String::with_capacity(value.len() + 2);
    written.push('"');
    for character in value.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            // Line and paragraph separators are line ends to some editors, and the last is a mark at the start of files.
            control if control.is_control() || matches!(control, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // INVARIANT: writing to a string does not fail.
                let _ = write!(written, "\\u{{{:x}}}", u32::from(control));
            }
            other => written.push(other),
        }
    }
    written.push('"');
    written
}

#[cfg(test)]
mod tests {
    use super::{quote, unescape};

    #[test]
    fn escapes_mean_characters() {
        let (value, bad) = unescape(r#""a\n\"\\\u{e9}\'\/\0""#);
        assert_eq!(value, "a\n\"\\\u{e9}'/\0");
        assert!(bad.is_empty());
        let (value, bad) = unescape(r#""\q \u{110000} \u12""#);
        assert_eq!(value, r"\q \u{110000} \u12");
        let places: Vec<_> = bad.iter().map(|bad| (bad.start, bad.end)).collect();
        assert_eq!(places, [(1, 3), (4, 14), (15, 17)]);
    }

    #[test]
    fn a_quoted_text_means_itself() {
        for value in ["", "\"", "\\", "\\n", "a\nb\r\t\0", "\u{1b}[31m \u{2028}\u{feff} \u{1f600}"] {
            let (again, bad) = unescape(&quote(value));
            assert_eq!(again, value);
            assert!(bad.is_empty() && !quote(value).contains('\n'));
        }
    }
}

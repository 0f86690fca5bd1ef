//! Directives: `NAME: value` in the comments that a case begins with.

/// The directives of a case, in order: every line from the start that is a comment and has the form `NAME: value`
/// with a name in capitals. Comments begin with `;;`, `#` or `//`.
#[must_use]
pub fn read(text: &str) -> Vec<(String, String)> {
    text.lines()
        .map_while(|line| {
            let line = line.trim();
            if line.is_empty() {
                return Some("");
            }
            [";;", "#", "//"].iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim)
        })
        .filter_map(|comment| {
            let (name, value) = comment.split_once(':')?;
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_uppercase() || c == '-' || c == '_' || c.is_ascii_digit());
            is_name.then(|| (name.to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// The first value of a directive.
#[must_use]
pub fn value<'a>(directives: &'a [(String, String)], name: &str) -> Option<&'a str> {
    directives.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// Splits a command line at blanks; double quotes keep blanks together.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut begun) = (false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            c if c.is_whitespace() && !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_end_with_the_comments() {
        let directives = read(";; RUN: run %\n;; A word: not one.\n\n;; INPUT: 1 2\n(module)\n;; LATE: no\n");
        assert_eq!(value(&directives, "RUN"), Some("run %"));
        assert_eq!(value(&directives, "INPUT"), Some("1 2"));
        assert_eq!(directives.len(), 2);
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words(r#"run  x "a b" """#), ["run", "x", "a b", ""]);
    }
}

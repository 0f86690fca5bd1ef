//! How a text is laid out, whether it is printed or formatted: one item a line, four blanks a level, an empty line
//! round blocks.

use super::keys::Key;
use super::text::quote;

const INDENT: &str = "    ";

/// A list that would make its line longer, in characters, has its entries on lines of their own.
const LONGEST_LINE: usize = 100;

/// A text that is being written, line by line.
#[derive(Default)]
pub(crate) struct Writer {
    text: String,
    depth: usize,
    after: After,
}

/// What was written last.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum After {
    #[default]
    Start,
    Open,
    Line,
    Close,
}

impl Writer {
    /// Leaves an empty line, but not at the beginning of anything.
    pub(crate) fn gap(&mut self) {
        if matches!(self.after, After::Line | After::Close) && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Whether a block was closed last.
    pub(crate) fn is_after_block(&self) -> bool {
        self.after == After::Close
    }

    pub(crate) fn line(&mut self, line: &str) {
        for _ in 0..self.depth {
            self.text.push_str(INDENT);
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.after = After::Line;
    }

    /// Adds a comment to the line that was written last.
    pub(crate) fn behind(&mut self, comment: &str) {
        if self.text.ends_with('\n') {
            self.text.pop();
        }
        self.text.push(' ');
        self.text.push_str(comment);
        self.text.push('\n');
    }

    /// Begins a block, with an empty line before it.
    pub(crate) fn open(&mut self, header: &str) {
        self.gap();
        self.open_here(header);
    }

    /// Begins a block; comments that belong to it stand before it already.
    pub(crate) fn open_here(&mut self, header: &str) {
        self.line(&format!("{header} {{"));
        self.depth += 1;
        self.after = After::Open;
    }

    /// Ends a block; one without anything in it is on one line.
    pub(crate) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.after == After::Open && self.text.ends_with("{\n") {
            self.text.pop();
            self.text.push_str("}\n");
        } else {
            self.line("}");
        }
        self.after = After::Close;
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// A field whose value is a list of texts as they are written.
    pub(crate) fn list(&mut self, key: &str, entries: &[&str]) {
        let line = format!("{key}: [{}]", entries.join(", "));
        if line.chars().count() + self.depth * INDENT.len() <= LONGEST_LINE || entries.len() < 2 {
            self.line(&line);
            return;
        }
        self.line(&format!("{key}: ["));
        self.depth += 1;
        for (idx, entry) in entries.iter().enumerate() {
            let comma = if idx + 1 < entries.len() { "," } else { "" };
            self.line(&format!("{entry}{comma}"));
        }
        self.depth -= 1;
        self.line("]");
    }

    pub(crate) fn word(&mut self, key: Key, value: Option<&str>) {
        if let Some(value) = value {
            self.line(&format!("{}: {value}", key.word()));
        }
    }

    pub(crate) fn text(&mut self, key: Key, value: Option<&str>) {
        self.word(key, value.map(quote).as_deref());
    }

    pub(crate) fn texts(&mut self, key: Key, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| quote(value)).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.list(key.word(), &values);
    }

    pub(crate) fn whole(&mut self, key: Key, value: Option<u64>) {
        self.word(key, value.map(|value| value.to_string()).as_deref());
    }

    /// The shortest number that is read as the same one.
    pub(crate) fn real(&mut self, key: Key, value: Option<f64>) {
        let Some(value) = value else { return };
        let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
        let written = if is_plain { format!("{value}") } else { format!("{value:e}") };
        self.word(key, Some(&written));
    }
}

//! The files that were read, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// One of the files that were read, by its number in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// Some bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte, from 0.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// Everything from the start of `self` to the end of `last`, if both are in one file; otherwise `self`.
    pub(crate) fn to(self, last: Self) -> Self {
        if self.file == last.file && last.end >= self.start { Self { end: last.end, ..self } } else { self }
    }

    /// The place after the last byte.
    pub(crate) fn after(self) -> Self {
        Self { start: self.end, ..self }
    }
}

/// Where something is, as people count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as its reader was told to name it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The length in characters, within its first line; at least 1.
    pub length: usize,
}

/// The files that were read, in the order in which they were read: the root first.
///
/// A file that is included twice is there twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    name: String,
    text: Arc<str>,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
}

impl Sources {
    /// Adds a file and returns its number.
    pub(crate) fn add(&mut self, name: String, text: String) -> FileId {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        self.files.push(File { name, text: text.into(), starts });
        FileId(self.files.len() - 1)
    }

    /// The name of a file; empty for a number of other sources.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| file.name.as_str())
    }

    /// The text of a file; empty for a number of other sources.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |file| &*file.text)
    }

    /// The text of a file, to keep while others are added.
    pub(crate) fn shared_text(&self, file: FileId) -> Arc<str> {
        self.files.get(file.0).map_or_else(|| "".into(), |file| Arc::clone(&file.text))
    }

    /// The file that was read first.
    pub(crate) fn root(&self) -> FileId {
        FileId(0)
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The bytes of a line, from 0, without its end.
    pub(crate) fn line(&self, file: FileId, line_idx: usize) -> Option<Range<usize>> {
        let file = self.files.get(file.0)?;
        let start = *file.starts.get(line_idx)?;
        let end = file.starts.get(line_idx + 1).map_or(file.text.len(), |next| next - 1);
        let end = if file.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// Where a span is, as people count.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let line_idx = self.line_idx(span);
        let text = self.text(span.file);
        let bytes = self.line(span.file, line_idx).unwrap_or(0..0);
        let count =
            |from: usize, to: usize| text.get(from..to.max(from)).map_or(0, |part| part.chars().count());
        Place {
            file: self.name(span.file).to_owned(),
            line: line_idx + 1,
            column: count(bytes.start, span.start) + 1,
            length: count(span.start, span.end.min(bytes.end)).max(1),
        }
    }

    /// The text of the line in which a span begins.
    #[must_use]
    pub fn line_text(&self, span: Span) -> &str {
        let bytes = self.line(span.file, self.line_idx(span)).unwrap_or(0..0);
        self.text(span.file).get(bytes).unwrap_or("")
    }

    fn line_idx(&self, span: Span) -> usize {
        let Some(file) = self.files.get(span.file.0) else { return 0 };
        file.starts.partition_point(|start| *start <= span.start).saturating_sub(1)
    }
}

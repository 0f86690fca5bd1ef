//! Which bytes came from which line, and what names stand for.

use super::source::Span;

/// Where some bytes of the code came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapEntry {
    /// Where in the code they begin.
    pub offset: usize,
    /// How many there are; at least 1.
    pub len: usize,
    /// The statement that they came from; for one that a macro made, where the macro is used.
    pub span: Span,
    /// The line of its file, from 1.
    pub line: usize,
}

/// Which bytes came from which line: the entries ascend and do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    entries: Vec<MapEntry>,
}

impl SourceMap {
    pub(crate) fn new(entries: Vec<MapEntry>) -> Self {
        Self { entries }
    }

    /// All entries, in the order of the code.
    #[must_use]
    pub fn entries(&self) -> &[MapEntry] {
        &self.entries
    }

    /// Where the byte at `offset` came from; nothing for one past the end.
    #[must_use]
    pub fn find(&self, offset: usize) -> Option<&MapEntry> {
        let after = self.entries.partition_point(|entry| entry.offset <= offset);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        (offset < entry.offset + entry.len).then_some(entry)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The address of a label, the last value of a constant.
    pub value: i64,
    /// Which of them it is.
    pub kind: SymbolKind,
    /// Where it is defined.
    pub span: Span,
}

/// What kind of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymbolKind {
    /// A place in the code.
    Label,
    /// A value of `.set`.
    Constant,
}

impl SymbolKind {
    /// `label` or `constant`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Constant => "constant",
        }
    }
}

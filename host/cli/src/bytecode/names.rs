//! What places in code are called: labels, functions and lines of text.

use std::collections::BTreeMap;

use flux_lang::assembly::SymbolKind;

use super::file::Loaded;

/// The names of a program.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Names by their offsets; the first of several that share one.
    by_offset: BTreeMap<u32, String>,
    by_name: BTreeMap<String, u32>,
    lines: Vec<Line>,
}

/// A line of text that bytes came from.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The first of the bytes.
    pub(crate) offset: u32,
    /// How many there are.
    pub(crate) len: u32,
    /// The file.
    pub(crate) file: String,
    /// From 1.
    pub(crate) number: usize,
    /// The text, without blanks around it.
    pub(crate) text: String,
}

impl Names {
    /// The names of `loaded`: its labels, then the functions of its container.
    pub(crate) fn of(loaded: &Loaded) -> Self {
        let mut names = Self::default();
        if let Some(assembly) = &loaded.assembly {
            for (name, symbol) in &assembly.symbols {
                if let (SymbolKind::Label, Ok(offset)) = (symbol.kind, u32::try_from(symbol.value)) {
                    names.add(name, offset);
                }
            }
            names.lines.extend(assembly.source_map.entries().iter().map(|entry| Line {
                // INVARIANT: code has at most 1 MiB.
                offset: entry.offset as u32,
                len: entry.len as u32,
                file: assembly.sources.name(entry.span.file).to_owned(),
                number: entry.line,
                text: assembly.sources.line_text(entry.span).trim().to_owned(),
            }));
        }
        for function in &loaded.program.functions {
            names.add(&function.name, function.offset);
        }
        names
    }

    fn add(&mut self, name: &str, offset: u32) {
        self.by_offset.entry(offset).or_insert_with(|| name.to_owned());
        self.by_name.entry(name.to_owned()).or_insert(offset);
    }

    /// The offset of a name.
    pub(crate) fn offset(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The offset of the first byte that came from a line, of the first file that has one there.
    pub(crate) fn offset_of_line(&self, number: usize) -> Option<u32> {
        self.lines.iter().find(|line| line.number == number).map(|line| line.offset)
    }

    /// The name that stands exactly at `offset`.
    pub(crate) fn exactly(&self, offset: u32) -> Option<&str> {
        self.by_offset.get(&offset).map(String::as_str)
    }

    /// What `offset` is called: a name, or a name and a distance.
    pub(crate) fn near(&self, offset: u32) -> Option<String> {
        let (at, name) = self.by_offset.range(..=offset).next_back()?;
        Some(if *at == offset { name.clone() } else { format!("{name}+{}", offset - at) })
    }

    /// The line that the byte at `offset` came from.
    pub(crate) fn line(&self, offset: u32) -> Option<&Line> {
        let after = self.lines.partition_point(|line| line.offset <= offset);
        let line = self.lines.get(after.checked_sub(1)?)?;
        (offset - line.offset < line.len).then_some(line)
    }
}

//! What differs between two genomes: functions added, removed, renamed and changed, and everything around them.
//!
//! Both genomes are printed as text. Functions are paired, and the lines of each pair compared, one instruction a
//! line. Lines that belong to no function (types, memories, data, the component around the modules) are compared as
//! one piece, [`Diff::rest`].
//!
//! Functions are paired within a module by their names where both have one that is unique, else by equal code, else
//! by how many instructions they have in common, the nearer index first, else by index and type. Body modules are held against each other,
//! and other modules in their order.

mod pair;

use std::ops::Range;

use similar::{Algorithm, DiffOp};

use self::pair::pair;
use crate::genome::Genome;
use crate::text::PrintError;

/// Pieces of text with more pairs of differing lines than this are not compared line by line: all lines of the one are
/// gone and all of the other are new. It bounds the time to about a second.
pub const MAX_PAIRS_OF_LINES: u64 = 1 << 26;

/// What differs between two genomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The functions that differ, in the order of their modules and indices; functions that are gone come where they
    /// were.
    pub functions: Vec<FunctionDiff>,
    /// How many functions are the same in both.
    pub n_unchanged: usize,
    /// All lines that belong to no function.
    pub rest: Vec<Line>,
}

impl Diff {
    /// Whether the text shows any difference. The bytes of genomes whose texts are equal may still differ, in how
    /// numbers are written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty() && self.rest.iter().all(|line| line.side == Side::Both)
    }
}

/// How a function differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only the second genome has it.
    Added,
    /// Only the first genome has it.
    Removed,
    /// It has another name and the same code.
    Renamed,
    /// Its code differs.
    Changed,
}

impl Change {
    /// The change in one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }
}

/// A function that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionDiff {
    /// The position of its module among the modules of the genome that has the function; of the second, where both
    /// have.
    pub module: usize,
    /// The function in the first genome.
    pub before: Option<FunctionName>,
    /// The function in the second genome.
    pub after: Option<FunctionName>,
    /// Its lines: declarations of locals, then one instruction a line, without the closing `end`.
    pub lines: Vec<Line>,
}

impl FunctionDiff {
    /// How it differs.
    #[must_use]
    pub fn change(&self) -> Change {
        match (&self.before, &self.after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(before), Some(after)) => {
                let same = before.signature == after.signature
                    && self.lines.iter().all(|line| line.side == Side::Both);
                if same { Change::Renamed } else { Change::Changed }
            }
        }
    }
}

/// What identifies a function to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    /// Its index in its module's function index space.
    pub index: u32,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its type as text.
    pub signature: String,
}

/// Which genome a line is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Both.
    Both,
    /// Only the first.
    Before,
    /// Only the second.
    After,
}

/// One line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which genome has it.
    pub side: Side,
    /// The line, indented as in its function.
    pub text: String,
    /// The number of the instruction in the first genome, where the line is one and is there.
    pub before: Option<u32>,
    /// The number of the instruction in the second genome, where the line is one and is there.
    pub after: Option<u32>,
}

/// Returns what differs from `before` to `after`.
///
/// # Determinism
/// A function of the two genomes alone, on every platform.
///
/// # Errors
/// * [`PrintError`]: the printer refuses a genome.
pub fn diff(before: &Genome, after: &Genome) -> Result<Diff, PrintError> {
    let (before, after) = (print(before)?, print(after)?);
    let mut functions = Vec::new();
    let mut n_unchanged = 0;
    for (old, new) in pair(&before.functions, &after.functions) {
        let lines = compare(old.map_or(&[], |old| &old.lines), new.map_or(&[], |new| &new.lines));
        let diff = FunctionDiff {
            module: new.or(old).map_or(0, |function| function.module),
            before: old.map(|function| function.name.clone()),
            after: new.map(|function| function.name.clone()),
            lines,
        };
        let same_name = old.map(|old| &old.name.name) == new.map(|new| &new.name.name);
        if diff.change() == Change::Renamed && same_name { n_unchanged += 1 } else { functions.push(diff) }
    }
    Ok(Diff { functions, n_unchanged, rest: compare(&before.rest, &after.rest) })
}

/// Returns the ranges of `lines` that show every difference with up to `context` equal lines before and after it.
#[must_use]
pub fn hunks(lines: &[Line], context: usize) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.side != Side::Both) {
        let end = (at + 1 + context).min(lines.len());
        match hunks.last_mut() {
            Some(last) if last.end + context >= at => last.end = end,
            _ => hunks.push(at.saturating_sub(context)..end),
        }
    }
    hunks
}

/// A genome as text.
struct Printed {
    functions: Vec<PrintedFunction>,
    rest: Vec<PrintedLine>,
}

/// A function as text.
struct PrintedFunction {
    /// The position of its module in the component.
    module: usize,
    /// Which modules are held against each other: those of equal rank. The body's is 0.
    rank: usize,
    name: FunctionName,
    lines: Vec<PrintedLine>,
}

struct PrintedLine {
    text: String,
    /// What makes two lines equal: the text without its place in the nesting, which an inserted block changes for
    /// everything inside.
    key: String,
    /// Which instruction it is.
    number: Option<u32>,
}

impl PrintedLine {
    fn new(text: &str, number: Option<u32>) -> Self {
        Self { text: text.to_owned(), key: without_label_notes(text.trim()), number }
    }
}

/// Removes the printer's notes on which label is meant: ` ;; label = @1` after a block and ` (;@1;)` after a depth.
fn without_label_notes(line: &str) -> String {
    let mut rest = line.split(" ;; label = @").next().unwrap_or(line);
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once(" (;@") {
        out.push_str(before);
        rest = after.split_once(";)").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

fn print(genome: &Genome) -> Result<Printed, PrintError> {
    let anatomy = genome.anatomy();
    let mut places = Vec::new();
    for (module, contents) in anatomy.modules.iter().enumerate() {
        // The body's module first, the others in their order.
        let rank = match anatomy.body {
            Some(body) if body == module => 0,
            Some(body) if body > module => module + 1,
            _ => module,
        };
        for function in &contents.functions {
            let name = FunctionName {
                index: function.index,
                name: function.name.clone(),
                signature: function.signature.clone(),
            };
            places.push((function.range.clone(), PrintedFunction { module, rank, name, lines: Vec::new() }));
        }
    }
    let mut storage = String::new();
    let mut printed = Printed { functions: Vec::new(), rest: Vec::new() };
    let mut places = places.into_iter().peekable();
    let mut open: Option<(Range<usize>, PrintedFunction)> = None;
    // INVARIANT: lines come with rising offsets, and a function's from its head to its closing parenthesis are those
    // within its body's range; functions come in the order of their bodies.
    let lines = wasmprinter::Config::new().offsets_and_lines(genome.bytes(), &mut storage);
    for (offset, line) in lines.map_err(|error| PrintError::new(&error))? {
        let line = line.trim_end();
        if let Some((_, done)) =
            open.take_if(|(range, _)| offset.is_none_or(|offset| !range.contains(&offset)))
        {
            printed.functions.push(done);
        }
        match (&mut open, offset) {
            (Some((range, _)), Some(offset)) if offset + 1 == range.end && line.trim() == ")" => {}
            (Some((_, function)), _) => function.push(line),
            (None, Some(offset)) => {
                // The head is left out: the name and the type stand in `FunctionName`.
                match places.next_if(|(range, _)| range.start == offset) {
                    Some(place) => open = Some(place),
                    None => printed.rest.push(PrintedLine::new(line, None)),
                }
            }
            (None, None) => printed.rest.push(PrintedLine::new(line, None)),
        }
    }
    printed.functions.extend(open.map(|(_, function)| function));
    Ok(printed)
}

impl PrintedFunction {
    fn push(&mut self, line: &str) {
        let bare = line.trim_start();
        // Instructions of the flat format never begin with a parenthesis; locals and annotations do.
        let number = (!bare.starts_with('(')).then(|| {
            let so_far = self.lines.iter().rev().find_map(|line| line.number);
            so_far.map_or(0, |number| number + 1)
        });
        self.lines.push(PrintedLine::new(line, number));
    }
}

/// Compares two pieces of text line by line.
fn compare(before: &[PrintedLine], after: &[PrintedLine]) -> Vec<Line> {
    let shift = indentation(before).min(indentation(after));
    let show = |line: &PrintedLine| line.text.get(shift..).unwrap_or_default().to_owned();
    let old =
        |line: &PrintedLine| Line { side: Side::Before, text: show(line), before: line.number, after: None };
    let new =
        |line: &PrintedLine| Line { side: Side::After, text: show(line), before: None, after: line.number };
    let mut lines = Vec::with_capacity(before.len().max(after.len()));
    for op in differences(before, after) {
        let (gone, come) = (&before[op.old_range()], &after[op.new_range()]);
        if matches!(op, DiffOp::Equal { .. }) {
            lines.extend(gone.iter().zip(come).map(|(old, new)| Line {
                side: Side::Both,
                text: show(new),
                before: old.number,
                after: new.number,
            }));
        } else {
            lines.extend(gone.iter().map(old));
            lines.extend(come.iter().map(new));
        }
    }
    lines
}

fn differences(before: &[PrintedLine], after: &[PrintedLine]) -> Vec<DiffOp> {
    let keys = |lines: &[PrintedLine]| lines.iter().map(|line| line.key.clone()).collect::<Vec<_>>();
    let (old, new) = (keys(before), keys(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (n_old, n_new) = (old.len() - head - tail, new.len() - head - tail);
    if (n_old as u64).saturating_mul(n_new as u64) <= MAX_PAIRS_OF_LINES {
        return similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    }
    vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: head },
        DiffOp::Replace { old_index: head, old_len: n_old, new_index: head, new_len: n_new },
        DiffOp::Equal { old_index: head + n_old, new_index: head + n_new, len: tail },
    ]
}

/// How many blanks all lines of a function begin with.
fn indentation(lines: &[PrintedLine]) -> usize {
    lines.iter().map(|line| line.text.len() - line.text.trim_start().len()).min().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;

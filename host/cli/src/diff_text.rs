//! Differences between genomes, as text for people and as records for programs.

use flux_genome::diff::{Change, Diff, FunctionDiff, FunctionName, Line, Side, hunks};
use serde::Serialize;

use crate::io::Io;

/// Lines longer than this are cut where people read them: a data segment is one line.
const LONGEST_LINE: usize = 160;

/// Colours, as terminals number them.
const RED: u8 = 31;
const GREEN: u8 = 32;
const CYAN: u8 = 36;
const BOLD: u8 = 1;

/// The functions that differ, each with its differing instructions and `context` equal ones around them.
pub(crate) fn functions(io: &Io, diff: &Diff, context: usize) -> String {
    let mut text = String::new();
    for function in &diff.functions {
        text.push_str(&paint(io, BOLD, &heading(function)));
        text.push('\n');
        push_hunks(io, &mut text, &function.lines, context);
    }
    text
}

/// What differs outside the functions; empty where nothing does.
pub(crate) fn rest(io: &Io, diff: &Diff, context: usize) -> String {
    if diff.rest.iter().all(|line| line.side == Side::Both) {
        return String::new();
    }
    let mut text = paint(io, BOLD, "outside the functions");
    text.push('\n');
    push_hunks(io, &mut text, &diff.rest, context);
    text
}

/// A function that differs, in one line.
pub(crate) fn heading(function: &FunctionDiff) -> String {
    let change = function.change();
    let mut text = match (&function.before, &function.after) {
        (Some(before), Some(after)) if before == after => named(after),
        (Some(before), Some(after)) => {
            let shown = if before.signature == after.signature { named_only(before) } else { named(before) };
            format!("{shown} -> {}", named(after))
        }
        (one, other) => other.as_ref().or(one.as_ref()).map(named).unwrap_or_default(),
    };
    if change == Change::Changed {
        let count = |side| function.lines.iter().filter(|line| line.side == side).count();
        let (gone, come) = (count(Side::Before), count(Side::After));
        text.push_str(&format!(", -{gone} +{come}"));
    }
    format!("{} function {text}", change.name())
}

fn named(function: &FunctionName) -> String {
    format!("{} {}", named_only(function), function.signature)
}

fn named_only(function: &FunctionName) -> String {
    match &function.name {
        Some(name) => format!("{} `{name}`", function.index),
        None => function.index.to_string(),
    }
}

fn push_hunks(io: &Io, text: &mut String, lines: &[Line], context: usize) {
    for hunk in hunks(lines, context) {
        let lines = &lines[hunk];
        let numbers = |number: fn(&Line) -> Option<u32>| {
            let mut all = lines.iter().filter_map(number);
            let first = all.next()?;
            Some((first, all.next_back().unwrap_or(first)))
        };
        // Of the genome that people have at hand: the second, or the first where nothing of the second is in sight.
        let place = numbers(|line| line.after).or_else(|| numbers(|line| line.before));
        if let Some((first, last)) = place {
            let place = if first == last {
                format!("@@ instruction {first} @@")
            } else {
                format!("@@ instructions {first}..{} @@", last + 1)
            };
            text.push_str(&paint(io, CYAN, &place));
            text.push('\n');
        }
        for line in lines {
            let (mark, color) = match line.side {
                Side::Both => (' ', None),
                Side::Before => ('-', Some(RED)),
                Side::After => ('+', Some(GREEN)),
            };
            let shown = format!("{mark} {}", cut(&line.text));
            text.push_str(&color.map_or_else(|| shown.clone(), |color| paint(io, color, &shown)));
            text.push('\n');
        }
    }
}

fn cut(line: &str) -> String {
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    let kept: String = line.chars().take(LONGEST_LINE).collect();
    format!("{kept} ... ({} characters)", line.chars().count())
}

fn paint(io: &Io, color: u8, text: &str) -> String {
    if io.has_color() { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A function that differs, for programs.
#[derive(Serialize)]
pub(crate) struct FunctionDiffV1 {
    change: &'static str,
    module: usize,
    before: Option<FunctionNameV1>,
    after: Option<FunctionNameV1>,
    /// The lines that differ; instructions have numbers.
    lines: Vec<LineV1>,
}

#[derive(Serialize)]
struct FunctionNameV1 {
    index: u32,
    name: Option<String>,
    signature: String,
}

/// A line that only one genome has.
#[derive(Serialize)]
pub(crate) struct LineV1 {
    side: &'static str,
    instruction: Option<u32>,
    text: String,
}

/// The functions that differ, for programs.
pub(crate) fn function_records(diff: &Diff) -> Vec<FunctionDiffV1> {
    let name = |function: &FunctionName| FunctionNameV1 {
        index: function.index,
        name: function.name.clone(),
        signature: function.signature.clone(),
    };
    diff.functions
        .iter()
        .map(|function| FunctionDiffV1 {
            change: function.change().name(),
            module: function.module,
            before: function.before.as_ref().map(name),
            after: function.after.as_ref().map(name),
            lines: line_records(&function.lines),
        })
        .collect()
}

/// The lines that differ, for programs.
pub(crate) fn line_records(lines: &[Line]) -> Vec<LineV1> {
    lines
        .iter()
        .filter_map(|line| {
            let side = match line.side {
                Side::Both => return None,
                Side::Before => "before",
                Side::After => "after",
            };
            Some(LineV1 { side, instruction: line.before.or(line.after), text: line.text.trim().to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_and_say_so() {
        assert_eq!(cut("short"), "short");
        let long = "x".repeat(LONGEST_LINE + 1);
        assert_eq!(cut(&long), format!("{} ... (161 characters)", "x".repeat(LONGEST_LINE)));
    }
}

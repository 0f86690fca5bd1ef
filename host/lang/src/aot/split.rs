//! Long programs as several functions.
//!
//! A genome's function may have so many bytes and no more. A program that passes that is cut into parts, rows of blocks
//! in the order of the code, and each part is a function. It is called for one of its entries and returns the number of
//! the entry that comes next; what registers and the machine hold is kept in globals between calls. The program's own
//! function does nothing but call one part after the other.

use std::collections::BTreeMap;
use std::ops::Range;

use flux_vm::Verified;

use super::blocks::{Block, Blocks, End};
use super::code::Local;
use super::graph::Node;

/// How large the parts of a program may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// How many blocks a part has at most.
    pub n_blocks: usize,
    /// How many instructions a part has at most.
    pub n_instructions: usize,
}

impl Size {
    /// Such parts are functions of a few kilobytes, whose blocks do not nest deeper than a genome's may.
    pub(super) const DEFAULT: Self = Self { n_blocks: 40, n_instructions: 200 };
}

/// A part of a program.
pub(super) struct Part<'a> {
    /// Its blocks; node 0 leads to the entry that the part is called for.
    pub blocks: Blocks<'a>,
    /// The number of its last entry. The first one's follows the last one's of the part before; all begin at 1.
    pub last_entry: i32,
}

/// Cuts a program into parts; the first entry is the program's.
pub(super) fn split(verified: &Verified, size: Size) -> Vec<Part<'_>> {
    let whole = Blocks::found(verified, size.n_instructions.max(1));
    let rows = rows(&whole, size);
    let mut row_of = vec![0; whole.blocks.len()];
    for (number, row) in rows.iter().enumerate() {
        row_of[row.clone()].fill(number);
    }
    let mut is_entry = vec![false; whole.blocks.len()];
    is_entry[0] = true;
    for (from, successors) in whole.graph.successors.iter().enumerate() {
        for &to in successors {
            is_entry[to] |= row_of[from] != row_of[to];
        }
    }
    // Node 0 is the first entry, so its number is 1.
    let mut last = 0;
    let numbers: Vec<i32> = is_entry
        .iter()
        .map(|is_entry| {
            last += i32::from(*is_entry);
            last
        })
        .collect();
    rows.into_iter()
        .map(|row| {
            let entries: Vec<Node> = row.clone().filter(|node| is_entry[*node]).collect();
            let last_entry = numbers[row.end - 1];
            Part { blocks: part(&whole, row, &entries, &numbers), last_entry }
        })
        .collect()
}

/// Rows of nodes of about the same size.
fn rows(whole: &Blocks<'_>, size: Size) -> Vec<Range<Node>> {
    let mut rows = Vec::new();
    let (mut first, mut n_instructions) = (0, 0);
    for (node, block) in whole.blocks.iter().enumerate() {
        let is_full =
            n_instructions + block.len > size.n_instructions || node - first >= size.n_blocks.max(1);
        if is_full && node > first {
            rows.push(first..node);
            (first, n_instructions) = (node, 0);
        }
        n_instructions += block.len;
    }
    rows.push(first..whole.blocks.len());
    rows
}

/// The blocks of a row, by themselves: a way out of it leads to a node that names an entry.
fn part<'a>(whole: &Blocks<'a>, row: Range<Node>, entries: &[Node], numbers: &[i32]) -> Blocks<'a> {
    let mut part = whole.without_blocks();
    // The first node takes the place of the one before the row.
    let inside = |node: Node| node - row.start + 1;
    let end = match entries {
        [] | [_] => End::Goto,
        [first, ..] => End::Switch(Local::Entry, numbers[*first].cast_unsigned()),
    };
    let entries = if entries.is_empty() { vec![row.start] } else { entries.to_vec() };
    part.add(Block::empty(end), entries.into_iter().map(inside).collect());
    for node in row.clone() {
        part.add(whole.blocks[node].clone(), whole.graph.successors[node].clone());
    }
    let mut exits: BTreeMap<Node, Node> = BTreeMap::new();
    for node in row.clone() {
        for at in 0..whole.graph.successors[node].len() {
            let to = whole.graph.successors[node][at];
            let to = if row.contains(&to) {
                inside(to)
            } else {
                *exits
                    .entry(to)
                    .or_insert_with(|| part.add(Block::empty(End::Leave(numbers[to])), Vec::new()))
            };
            part.graph.successors[inside(node)][at] = to;
        }
    }
    part.make_structured();
    part
}

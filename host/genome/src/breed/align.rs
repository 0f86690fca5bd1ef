//! Aligns two bodies and finds the slices in which they differ.

use std::ops::Range;

use crate::view::{FunctionView, NONE};
use crate::window;

/// The most instructions in a body that is aligned, and the most differences between two: longer ones are too dear.
const MAX_LEN: usize = 8192;
const MAX_EDITS: usize = 512;

/// Returns pairs of slices, of `to` and of `from`, that lie between the same aligned instructions, differ, and can
/// take each other's place: both are empty or whole items of one level, with the same effect on the stack and with
/// no branch out but to labels that mean the same.
pub(super) fn differences(
    to: &FunctionView<'_>,
    from: &FunctionView<'_>,
) -> Vec<(Range<usize>, Range<usize>)> {
    if to.len() > MAX_LEN || from.len() > MAX_LEN {
        return Vec::new();
    }
    let (old, new) = (instructions(to), instructions(from));
    // Too little in common, less than a third of the shorter one, is no common ancestry.
    let few = 2 * old.len().min(new.len()).div_ceil(3);
    let limit = MAX_EDITS.min(old.len() + new.len() - few);
    let Some(matches) = common(&old, &new, limit) else { return Vec::new() };
    let mut pairs = Vec::new();
    let mut last = (0, 0);
    for &(i, j) in matches.iter().chain(std::iter::once(&(old.len(), new.len()))) {
        if (i, j) != last {
            pairs.extend(widen(to, last.0..i, from, last.1..j));
        }
        last = (i + 1, j + 1);
    }
    pairs
}

/// Returns the bytes of each instruction.
fn instructions<'a>(view: &FunctionView<'a>) -> Vec<&'a [u8]> {
    (0..view.len()).map(|at| &view.bytes[view.bytes_of(at..at + 1)]).collect()
}

/// Returns the smallest slices around a difference that can be exchanged, grown over up to eight aligned
/// instructions to either side.
fn widen(
    to: &FunctionView<'_>,
    old: Range<usize>,
    from: &FunctionView<'_>,
    new: Range<usize>,
) -> Option<(Range<usize>, Range<usize>)> {
    for grow in 0..9usize {
        for left in 0..=grow {
            let right = grow - left;
            let x = old.start.checked_sub(left)?..old.end + right;
            let y = new.start.checked_sub(left)?..new.end + right;
            if x.end >= to.len() || y.end >= from.len() {
                continue;
            }
            if exchangeable(to, &x, from, &y) {
                return Some((x, y));
            }
        }
    }
    None
}

fn exchangeable(to: &FunctionView<'_>, x: &Range<usize>, from: &FunctionView<'_>, y: &Range<usize>) -> bool {
    window::same_effect(to, x, from, y)
        .is_some_and(|branches_out| !branches_out || same_labels(to, x.start, from, y.start))
}

/// Returns whether the two places are nested in the same way: the same kinds of blocks with the same types, as they
/// stand in the code, all the way out.
fn same_labels(to: &FunctionView<'_>, x: usize, from: &FunctionView<'_>, y: usize) -> bool {
    let (mut p, mut q) = (to.instrs[x].parent, from.instrs[y].parent);
    while p != NONE && q != NONE {
        let (i, j) = (p as usize, q as usize);
        // Block types that name a type are compared by name, which is the same thing only in one module.
        let plain = |view: &FunctionView<'_>, block: u32| {
            !matches!(view.block_type(block), Some(wasmparser::BlockType::FuncType(_)))
        };
        let same = to.bytes[to.bytes_of(i..i + 1)] == from.bytes[from.bytes_of(j..j + 1)];
        if !same || !plain(to, p) {
            return false;
        }
        (p, q) = (to.instrs[i].parent, from.instrs[j].parent);
    }
    p == q
}

/// Returns the pairs of positions of a longest common subsequence, or nothing where it takes more than `limit`
/// instructions less or more to make one of the other.
///
/// # Source
/// E. W. Myers, "An O(ND) difference algorithm and its variations", Algorithmica 1 (1986).
fn common(old: &[&[u8]], new: &[&[u8]], limit: usize) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (old.len() as i32, new.len() as i32);
    let limit = limit as i32;
    let mut reach = vec![0i32; 2 * limit as usize + 3];
    let slot = |k: i32| (k + limit + 1) as usize;
    // Of each round what it started from: the diagonals that it can read.
    let mut trace: Vec<Vec<i32>> = Vec::new();
    let mut found = false;
    'search: for d in 0..=limit {
        trace.push(reach[slot(-d - 1)..=slot(d + 1)].to_vec());
        for k in (-d..=d).step_by(2) {
            let down = k == -d || (k != d && reach[slot(k - 1)] < reach[slot(k + 1)]);
            let mut x = if down { reach[slot(k + 1)] } else { reach[slot(k - 1)] + 1 };
            while x < n && x - k < m && x - k >= 0 && old[x as usize] == new[(x - k) as usize] {
                x += 1;
            }
            reach[slot(k)] = x;
            if x >= n && x - k >= m {
                found = true;
                break 'search;
            }
        }
    }
    if !found {
        return None;
    }
    let mut pairs = Vec::new();
    let (mut x, mut y) = (n, m);
    for (d, reach) in trace.iter().enumerate().rev() {
        let d = d as i32;
        let slot = |k: i32| (k + d + 1) as usize;
        let k = x - y;
        let down = k == -d || (k != d && reach[slot(k - 1)] < reach[slot(k + 1)]);
        let previous_k = if down { k + 1 } else { k - 1 };
        let previous_x = if d == 0 { 0 } else { reach[slot(previous_k)] };
        let previous_y = if d == 0 { 0 } else { previous_x - previous_k };
        while x > previous_x && y > previous_y {
            (x, y) = (x - 1, y - 1);
            pairs.push((x as usize, y as usize));
        }
        (x, y) = (previous_x, previous_y);
    }
    pairs.reverse();
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_subsequence_is_common_and_longest() {
        fn letters(text: &str) -> Vec<&[u8]> {
            text.as_bytes().chunks(1).collect()
        }
        let (old, new) = (letters("abcabba"), letters("cbabac"));
        let pairs = common(&old, &new, 99).unwrap();
        assert_eq!(pairs.len(), 4);
        assert!(pairs.iter().all(|&(i, j)| old[i] == new[j]));
        assert!(pairs.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
        assert_eq!(common(&old, &old, 99).unwrap().len(), old.len());
        assert_eq!(common(&letters("ab"), &letters("cd"), 4).unwrap().len(), 0);
        assert_eq!(common(&letters("ab"), &letters("cd"), 3), None);
    }
}

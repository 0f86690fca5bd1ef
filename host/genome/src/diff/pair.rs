//! Which function of the one genome is which of the other.

use std::collections::BTreeMap;

use super::PrintedFunction;

/// Functions left over in a module are held against all others only up to this many pairs; past it, only against the
/// function of the same index.
const MAX_PAIRS: usize = 20_000;

/// The least share of lines that two functions have in common to be the same function changed, in percent.
const LEAST_IN_COMMON: u64 = 50;

type Paired<'p> = (Option<&'p PrintedFunction>, Option<&'p PrintedFunction>);

/// Pairs the functions of two genomes; each is in exactly one pair. In the order of modules and indices.
pub(super) fn pair<'p>(before: &'p [PrintedFunction], after: &'p [PrintedFunction]) -> Vec<Paired<'p>> {
    let mut partner_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken = vec![false; after.len()];
    let mut join = |partner_of: &mut BTreeMap<usize, usize>, old: usize, new: usize| {
        if !partner_of.contains_key(&old) && !taken[new] {
            partner_of.insert(old, new);
            taken[new] = true;
        }
    };

    let names = by_unique_name(after);
    for ((rank, name), old) in by_unique_name(before) {
        if let Some(&new) = names.get(&(rank, name)) {
            join(&mut partner_of, old, new);
        }
    }

    let mut equals: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (new, function) in after.iter().enumerate() {
        equals.entry(content(function)).or_default().push(new);
    }
    for (old, function) in before.iter().enumerate() {
        let mut candidates = equals.get(&content(function)).cloned().unwrap_or_default();
        candidates.sort_by_key(|&new| after[new].name.index.abs_diff(function.name.index));
        for new in candidates {
            join(&mut partner_of, old, new);
        }
    }

    for (old, new) in alike(before, after, &partner_of) {
        join(&mut partner_of, old, new);
    }

    // A function that lost most of its code is still that function, unless names say otherwise.
    let places: BTreeMap<_, usize> =
        after.iter().enumerate().map(|(new, function)| (place(function), new)).collect();
    for (old, function) in before.iter().enumerate() {
        if let Some(&new) = places.get(&place(function))
            && (function.name.name.is_none() || after[new].name.name.is_none())
        {
            join(&mut partner_of, old, new);
        }
    }

    let mut pairs: Vec<Paired<'p>> = before
        .iter()
        .enumerate()
        .map(|(old, function)| (Some(function), partner_of.get(&old).map(|&new| &after[new])))
        .collect();
    pairs.extend(
        after.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(function, _)| (None, Some(function))),
    );
    pairs.sort_by_key(|(old, new)| {
        new.or(*old).map(|function| (function.rank, function.name.index, old.is_none()))
    });
    pairs
}

/// Functions by module and name, names that several functions of a module have left out.
fn by_unique_name(functions: &[PrintedFunction]) -> BTreeMap<(usize, &str), usize> {
    let mut found: BTreeMap<(usize, &str), Option<usize>> = BTreeMap::new();
    for (position, function) in functions.iter().enumerate() {
        if let Some(name) = &function.name.name {
            found.entry((function.rank, name)).and_modify(|one| *one = None).or_insert(Some(position));
        }
    }
    found.into_iter().filter_map(|(key, one)| Some((key, one?))).collect()
}

/// Where a function of its type stands.
fn place(function: &PrintedFunction) -> (usize, u32, &str) {
    (function.rank, function.name.index, &function.name.signature)
}

/// What makes two functions the same.
fn content(function: &PrintedFunction) -> (usize, &str, Vec<&str>) {
    let keys = function.lines.iter().map(|line| line.key.as_str()).collect();
    (function.rank, &function.name.signature, keys)
}

/// Pairs of functions of one type that have much in common, the most alike first, then the nearest.
fn alike(
    before: &[PrintedFunction],
    after: &[PrintedFunction],
    partner_of: &BTreeMap<usize, usize>,
) -> Vec<(usize, usize)> {
    let taken: Vec<usize> = partner_of.values().copied().collect();
    let old: Vec<usize> = (0..before.len()).filter(|old| !partner_of.contains_key(old)).collect();
    let new: Vec<usize> = (0..after.len()).filter(|new| !taken.contains(new)).collect();
    let few = old.len().saturating_mul(new.len()) <= MAX_PAIRS;
    let counts: Vec<BTreeMap<&str, u64>> = new.iter().map(|&new| count(&after[new])).collect();
    let mut found = Vec::new();
    for &old in &old {
        let function = &before[old];
        let lines = count(function);
        for (&new, counts) in new.iter().zip(&counts) {
            let other = &after[new];
            let distance = function.name.index.abs_diff(other.name.index);
            let fits = function.rank == other.rank
                && function.name.signature == other.name.signature
                && (few || distance == 0);
            if !fits {
                continue;
            }
            let common: u64 = lines.iter().map(|(line, n)| counts.get(line).map_or(0, |m| *n.min(m))).sum();
            let all = (function.lines.len() + other.lines.len()) as u64;
            let share = (200 * common).checked_div(all).unwrap_or(100);
            if share >= LEAST_IN_COMMON {
                found.push((std::cmp::Reverse(share), distance, old, new));
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, _, old, new)| (old, new)).collect()
}

fn count(function: &PrintedFunction) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for line in &function.lines {
        *counts.entry(line.key.as_str()).or_insert(0) += 1;
    }
    counts
}

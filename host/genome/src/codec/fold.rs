//! Folding code: frequent windows of instructions become symbols, runs of a symbol become a count.
//!
//! In each round the most frequent pairs of neighbouring symbols become symbols themselves, so that windows of 2, 3,
//! 4, ... instructions grow over the rounds. This is Re-Pair (Larsson and Moffat, 1999), with many pairs a
//! round rather than one.

use std::collections::BTreeMap;

use wasmparser::{BinaryReader, BinaryReaderError, OperatorsReader};

use super::canonical::Canonical;
use super::{DecodeError, write};

/// Ends a body; no window holds it.
const END: u32 = 0;
/// Rounds of folding: windows of up to 2^12 instructions.
const ROUNDS: usize = 12;
/// New windows a round.
const WINDOWS_PER_ROUND: usize = 1024;
/// How often a pair must occur to become a window. Below that its entry costs about what it saves: 4, 8, 16 and 32 give
/// compact forms within a few percent of each other.
const MIN_OCCURRENCES: usize = 8;

/// Folds a genome.
pub(super) fn fold(canonical: &Canonical) -> Result<Vec<u8>, BinaryReaderError> {
    let mut skeleton = Vec::new();
    let mut gaps = Vec::new();
    let mut alphabet: Vec<&[u8]> = Vec::new();
    let mut symbols = BTreeMap::new();
    let mut code = Vec::new();
    let mut copied = 0;
    for body in &canonical.bodies {
        let gap = canonical.bytes.get(copied..body.start).unwrap_or_default();
        skeleton.extend_from_slice(gap);
        gaps.push(gap.len());
        copied = body.end;
        let bytes = canonical.bytes.get(body.clone()).unwrap_or_default();
        let mut operators = OperatorsReader::new(BinaryReader::new(bytes, 0));
        while !operators.eof() {
            let at = operators.original_position();
            operators.read()?;
            let instruction = bytes.get(at..operators.original_position()).unwrap_or_default();
            let symbol = *symbols.entry(instruction).or_insert_with(|| {
                alphabet.push(instruction);
                number(alphabet.len())
            });
            code.push(symbol);
        }
        code.push(END);
    }
    skeleton.extend_from_slice(canonical.bytes.get(copied..).unwrap_or_default());

    let mut windows = Vec::new();
    for _ in 0..ROUNDS {
        let next = number(alphabet.len() + windows.len() + 1);
        let chosen = frequent_pairs(&code, next);
        if chosen.is_empty() {
            break;
        }
        windows.extend(chosen.keys_by_symbol());
        code = chosen.replace(&code);
    }

    let mut out = Vec::new();
    write(&mut out, skeleton.len());
    out.extend_from_slice(&skeleton);
    write(&mut out, gaps.len());
    gaps.iter().for_each(|gap| write(&mut out, *gap));
    write(&mut out, alphabet.len());
    for instruction in &alphabet {
        write(&mut out, instruction.len());
        out.extend_from_slice(instruction);
    }
    write(&mut out, windows.len());
    for (i, (left, right)) in windows.iter().enumerate() {
        let before = windows.get(i.wrapping_sub(1)).map_or(0, |(left, _)| *left);
        // A step back, from the last window of a round to the first of the next, wraps round.
        write(&mut out, left.wrapping_sub(before) as usize);
        write(&mut out, *right as usize);
    }
    let runs: Vec<&[u32]> = code.chunk_by(|a, b| a == b && *a != END).collect();
    write(&mut out, runs.len());
    for run in runs {
        let symbol = run.first().copied().unwrap_or(END) as usize;
        match run.len() {
            1 => write(&mut out, symbol * 2),
            n => {
                write(&mut out, symbol * 2 + 1);
                write(&mut out, n - 2);
            }
        }
    }
    Ok(out)
}

/// Pairs that become symbols.
struct Pairs(BTreeMap<(u32, u32), u32>);

/// The most frequent pairs of neighbours in `code`, to be named from `next` on.
fn frequent_pairs(code: &[u32], next: u32) -> Pairs {
    let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for pair in code.windows(2) {
        // Equal neighbours are runs, which are counted rather than paired.
        if let [left, right] = *pair
            && left != END
            && right != END
            && left != right
        {
            *counts.entry((left, right)).or_insert(0) += 1;
        }
    }
    let mut frequent: Vec<_> = counts.into_iter().filter(|(_, count)| *count >= MIN_OCCURRENCES).collect();
    // Ties are broken by the symbols: the same input, the same bytes.
    frequent.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    frequent.truncate(WINDOWS_PER_ROUND);
    // In the order of the symbols, left ones differ little from one to the next, which packs well.
    frequent.sort();
    Pairs((next..).zip(frequent).map(|(symbol, (pair, _))| (pair, symbol)).collect())
}

impl Pairs {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in the order of their symbols.
    fn keys_by_symbol(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort_by_key(|(_, symbol)| **symbol);
        pairs.into_iter().map(|(pair, _)| *pair).collect()
    }

    /// `code` with the pairs replaced, from left to right.
    fn replace(&self, code: &[u32]) -> Vec<u32> {
        let mut out = Vec::with_capacity(code.len());
        let mut rest = code;
        while let [left, tail @ ..] = rest {
            rest = tail;
            let symbol =
                tail.split_first().and_then(|(right, tail)| Some((*self.0.get(&(*left, *right))?, tail)));
            match symbol {
                Some((symbol, tail)) => {
                    out.push(symbol);
                    rest = tail;
                }
                None => out.push(*left),
            }
        }
        out
    }
}

/// Unfolds what [`fold`] made into exactly `canonical_len` bytes, which the caller has checked against its limit.
pub(super) fn unfold(folded: &[u8], canonical_len: u64) -> Result<Vec<u8>, DecodeError> {
    let mut reader = Reader(BinaryReader::new(folded, 0));
    let n = reader.count()?;
    let mut skeleton = reader.bytes(n)?;
    let n_bodies = reader.count()?;
    let gaps = (0..n_bodies).map(|_| reader.count()).collect::<Result<Vec<_>, _>>()?;
    // Symbol 0 stands for nothing.
    let mut symbols = vec![Symbol::Instruction(&[])];
    let mut lens = vec![0_u64];
    for _ in 0..reader.count()? {
        let n = reader.count()?;
        let instruction = reader.bytes(n)?;
        symbols.push(Symbol::Instruction(instruction));
        lens.push(instruction.len() as u64);
    }
    let mut left = 0_u32;
    for _ in 0..reader.count()? {
        left = left.wrapping_add(number(reader.count()?));
        let (left, right) = (left as usize, reader.count()?);
        let len = |symbol: usize| lens.get(symbol).filter(|_| symbol != END as usize).copied();
        let (Some(left_len), Some(right_len)) = (len(left), len(right)) else {
            return Err(damaged("a window stands for a symbol that is not there"));
        };
        symbols.push(Symbol::Window(left, right));
        lens.push(left_len.saturating_add(right_len));
    }

    let mut out = Vec::with_capacity(usize::try_from(canonical_len).unwrap_or_default());
    let mut gaps = gaps.into_iter();
    let mut is_open = false;
    for _ in 0..reader.count()? {
        let token = reader.count()?;
        let repetitions = if token % 2 == 1 { reader.count()?.saturating_add(2) } else { 1 };
        let symbol = token / 2;
        let Some(len) = lens.get(symbol) else {
            return Err(damaged("code names a symbol that is not there"));
        };
        let total = len.saturating_mul(repetitions as u64).saturating_add(out.len() as u64);
        if total > canonical_len {
            return Err(damaged("it is longer than announced"));
        }
        if !is_open {
            let gap = gaps.next().ok_or(damaged("there are more bodies than announced"))?;
            let (before, after) =
                skeleton.split_at_checked(gap).ok_or(damaged("the skeleton is too short"))?;
            out.extend_from_slice(before);
            skeleton = after;
        }
        is_open = symbol != END as usize;
        // A run of nothing would take time without taking space.
        let repetitions = if *len == 0 { 0 } else { repetitions };
        for _ in 0..repetitions {
            expand(&symbols, symbol, &mut out);
        }
    }
    if is_open || gaps.next().is_some() {
        return Err(damaged("a body is missing"));
    }
    out.extend_from_slice(skeleton);
    if !reader.0.eof() || out.len() as u64 != canonical_len {
        return Err(damaged("it is not as long as announced"));
    }
    Ok(out)
}

#[derive(Clone, Copy)]
enum Symbol<'a> {
    Instruction(&'a [u8]),
    Window(usize, usize),
}

/// Appends the instructions of a symbol.
fn expand(symbols: &[Symbol<'_>], symbol: usize, out: &mut Vec<u8>) {
    let mut open = vec![symbol];
    while let Some(symbol) = open.pop() {
        match symbols.get(symbol) {
            Some(Symbol::Instruction(bytes)) => out.extend_from_slice(bytes),
            Some(Symbol::Window(left, right)) => open.extend([*right, *left]),
            // INVARIANT: windows are made of earlier symbols only.
            None => {}
        }
    }
}

struct Reader<'a>(BinaryReader<'a>);

impl<'a> Reader<'a> {
    fn count(&mut self) -> Result<usize, DecodeError> {
        self.0.read_var_u32().map(|n| n as usize).map_err(|_| damaged("it ends short"))
    }

    fn bytes(&mut self, n: usize) -> Result<&'a [u8], DecodeError> {
        self.0.read_bytes(n).map_err(|_| damaged("it ends short"))
    }
}

fn damaged(what: &'static str) -> DecodeError {
    DecodeError::Damaged { what }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

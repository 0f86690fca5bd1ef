//! New code for a function: instructions with where they came from, and the splices that put them in.

use std::ops::Range;

use wasm_encoder::{Encode, Instruction};
use wasmparser::ValType;

use crate::view::{FunctionView, NONE};

/// Instructions in encoded form, each with the instruction of the old body it continues, if any.
///
/// "Continues" is what gene places follow: an instruction moved or changed in place is still the same thing, a
/// copy of it is another, with genes of its own.
#[derive(Debug, Clone, Default)]
pub struct Code {
    bytes: Vec<u8>,
    origins: Vec<u32>,
    stands_for: Option<Range<usize>>,
    /// The old instructions that were copied, each with where the copy begins.
    copies: Vec<(usize, Range<usize>)>,
}

impl Code {
    /// Returns no code.
    pub fn new() -> Self {
        Code::default()
    }

    /// Appends a new instruction.
    pub fn push(&mut self, instruction: &Instruction<'_>) -> &mut Self {
        instruction.encode(&mut self.bytes);
        self.origins.push(NONE);
        self
    }

    /// Appends an instruction that continues the old instruction `old`.
    pub fn change(&mut self, old: usize, instruction: &Instruction<'_>) -> &mut Self {
        instruction.encode(&mut self.bytes);
        self.origins.push(old as u32);
        self
    }

    /// Appends one new instruction given by its bytes.
    pub fn push_bytes(&mut self, instruction: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(instruction);
        self.origins.push(NONE);
        self
    }

    /// Appends one instruction given by its bytes that continues the old instruction `old`.
    pub fn change_bytes(&mut self, old: usize, instruction: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(instruction);
        self.origins.push(old as u32);
        self
    }

    /// Appends the instructions `range` of `view` and lets them continue.
    pub fn carry(&mut self, view: &FunctionView<'_>, range: Range<usize>) -> &mut Self {
        self.bytes.extend_from_slice(&view.bytes[view.bytes_of(range.clone())]);
        self.origins.extend(range.map(|index| index as u32));
        self
    }

    /// Appends a copy of the instructions `range` of `view`, the function that is rewritten.
    pub fn copy(&mut self, view: &FunctionView<'_>, range: Range<usize>) -> &mut Self {
        self.bytes.extend_from_slice(&view.bytes[view.bytes_of(range.clone())]);
        self.copies.push((self.origins.len(), range.clone()));
        self.origins.extend(range.map(|_| NONE));
        self
    }

    /// Lets the first and last new instructions continue the first and last of the old instructions `old`, so
    /// that a window gene over these, or over more, is carried over to the new code; genes inside are gone, and those
    /// of what was copied are there in their place.
    pub fn stand_for(&mut self, old: Range<usize>) -> &mut Self {
        self.stands_for = Some(old.clone());
        if let Some(last) = self.origins.last_mut() {
            *last = (old.end - 1) as u32;
        }
        if let Some(first) = self.origins.first_mut() {
            *first = old.start as u32;
        }
        self
    }

    /// Returns how many instructions there are.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Returns whether there is no instruction.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Returns the encoded instructions.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Old instructions and the code that takes their place; an empty range inserts.
#[derive(Debug, Clone)]
pub struct Splice {
    /// The old instructions.
    pub range: Range<usize>,
    /// What takes their place.
    pub code: Code,
}

impl Splice {
    /// Returns the splice that removes `range`.
    pub fn remove(range: Range<usize>) -> Self {
        Splice { range, code: Code::new() }
    }

    /// Returns the splice that puts `instructions` in place of `range`.
    pub fn replace(range: Range<usize>, instructions: &[Instruction<'_>]) -> Self {
        let mut code = Code::new();
        for instruction in instructions {
            code.push(instruction);
        }
        Splice { range, code }
    }

    /// Returns the splice that changes the instruction at `at` into `instruction`.
    pub fn change(at: usize, instruction: &Instruction<'_>) -> Self {
        let mut code = Code::new();
        code.change(at, instruction);
        Splice { range: at..at + 1, code }
    }
}

/// Where the instructions of an old body are in the new one.
#[derive(Debug, Clone, Default)]
pub struct Moves {
    splices: Vec<(Range<usize>, Vec<u32>)>,
    /// Old instructions in whose place other ones stand.
    replaced: Vec<Range<usize>>,
    copies: Vec<Copied>,
}

/// Old instructions of which there is a copy.
#[derive(Debug, Clone)]
struct Copied {
    /// Where the copy begins in the new body.
    start: usize,
    old: Range<usize>,
    /// Whether the copy continues other instructions as a whole.
    stands_for_others: bool,
}

impl Moves {
    /// Returns the moves of a body of which the instructions `range` are gone.
    pub fn replaced(range: Range<usize>) -> Self {
        Moves { splices: vec![(range, Vec::new())], ..Moves::default() }
    }

    /// Returns where in the new body copies of the old instructions `old` begin.
    ///
    /// A copy that stands for other instructions as a whole is these, and no copy of its source as a whole.
    pub fn copies_of(&self, old: &Range<usize>) -> impl Iterator<Item = usize> {
        self.copies.iter().filter_map(move |copied| {
            let is_inside = copied.old.start <= old.start && old.end <= copied.old.end;
            let is_it = is_inside && !(copied.stands_for_others && copied.old == *old);
            is_it.then(|| copied.start + (old.start - copied.old.start))
        })
    }

    /// Returns where instructions of the old range `within` are now, in their old order, each with its old place: those
    /// that were changed or moved, and of every stretch that stayed together its first and last.
    ///
    /// Time linear in the size of the splices, however long the range.
    pub fn landmarks(&self, within: &Range<usize>) -> Vec<(usize, usize)> {
        let mut marks = Vec::new();
        let mut shift = 0isize;
        let stay = |marks: &mut Vec<(usize, usize)>, stretch: Range<usize>, shift: isize| {
            let stretch = stretch.start.max(within.start)..stretch.end.min(within.end);
            if !stretch.is_empty() {
                marks.extend(
                    [stretch.start, stretch.end - 1].map(|old| (old, old.saturating_add_signed(shift))),
                );
            }
        };
        let mut begin = 0;
        for (range, origins) in &self.splices {
            stay(&mut marks, begin..range.start, shift);
            begin = range.end;
            let start = range.start.saturating_add_signed(shift);
            let continued = origins.iter().enumerate().map(|(at, &old)| (old as usize, start + at));
            marks.extend(continued.filter(|(old, _)| within.contains(old)));
            shift += origins.len() as isize - range.len() as isize;
        }
        stay(&mut marks, begin..usize::MAX, shift);
        marks.sort_unstable();
        marks
    }
}

impl Moves {
    /// Returns whether the old instructions `old` lie in a stretch in whose place another one stands as a whole,
    /// other than being that stretch.
    pub fn swallowed(&self, old: &Range<usize>) -> bool {
        self.replaced.iter().any(|r| r.start <= old.start && old.end <= r.end && r != old)
    }

    /// Returns whether other instructions stand in place of exactly the old instructions `old`.
    pub fn exchanged(&self, old: &Range<usize>) -> bool {
        self.replaced.contains(old)
    }

    /// Returns whether the new instructions `new` hold one that continues an old instruction outside `old`.
    pub fn foreign(&self, new: Range<usize>, old: &Range<usize>) -> bool {
        let mut shift = 0isize;
        for (range, origins) in &self.splices {
            let start = (range.start as isize + shift) as usize;
            let moved_in = origins.iter().enumerate().any(|(k, &origin)| {
                origin != NONE && new.contains(&(start + k)) && !old.contains(&(origin as usize))
            });
            if moved_in {
                return true;
            }
            shift += origins.len() as isize - range.len() as isize;
        }
        // Instructions that stayed keep their order, so none of them gets between two others.
        false
    }
}

/// A changed body.
#[derive(Debug, Clone)]
pub struct Body {
    /// The function it is for, in the function index space.
    pub function: u32,
    /// The encoded body, without its size.
    pub bytes: Vec<u8>,
    /// Where the old instructions are now.
    pub moves: Moves,
}

/// Returns the body of `view` with `splices` put in and `locals` appended to its locals.
///
/// Splices are put in order first; they must not overlap. An insertion goes before a replacement that starts at
/// the same place.
pub fn rewrite(view: &FunctionView<'_>, mut splices: Vec<Splice>, locals: &[ValType]) -> Body {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let grown: usize = splices.iter().map(|splice| splice.code.bytes.len()).sum();
    let mut bytes = Vec::with_capacity(view.range.len() + grown + 8 + 2 * locals.len());
    let declared = view.locals_bytes();
    if locals.is_empty() {
        bytes.extend_from_slice(&view.bytes[declared.clone()]);
    } else {
        append_locals(&mut bytes, &view.bytes[declared.clone()], locals);
    }
    let mut at = declared.end;
    let mut moves = Moves { splices: Vec::with_capacity(splices.len()), ..Moves::default() };
    let mut shift = 0isize;
    for splice in splices {
        let start = (splice.range.start as isize + shift) as usize;
        let stands_for_others = splice.code.stands_for.is_some();
        moves.copies.extend(splice.code.copies.into_iter().map(|(at, old)| Copied {
            start: start + at,
            old,
            stands_for_others,
        }));
        shift += splice.code.origins.len() as isize - splice.range.len() as isize;
        let old = view.bytes_of(splice.range.clone());
        bytes.extend_from_slice(&view.bytes[at..old.start.max(at)]);
        bytes.extend_from_slice(&splice.code.bytes);
        at = old.end;
        moves.replaced.extend(splice.code.stands_for);
        moves.splices.push((splice.range, splice.code.origins));
    }
    bytes.extend_from_slice(&view.bytes[at..view.range.end]);
    Body { function: view.function, bytes, moves }
}

/// Writes the local declarations `declared` with `locals` appended.
fn append_locals(out: &mut Vec<u8>, declared: &[u8], locals: &[ValType]) {
    let mut groups: Vec<(u32, ValType)> = Vec::new();
    for &ty in locals {
        match groups.last_mut() {
            Some((count, last)) if *last == ty => *count += 1,
            _ => groups.push((1, ty)),
        }
    }
    let (count, rest) = read_leb(declared);
    (count + groups.len() as u32).encode(out);
    out.extend_from_slice(rest);
    for (count, ty) in groups {
        count.encode(out);
        encode_type(ty, out);
    }
}

/// Reads an unsigned LEB128 number off the front of bytes that were validated before.
pub(crate) fn read_leb(bytes: &[u8]) -> (u32, &[u8]) {
    let mut value = 0u32;
    for (index, &byte) in bytes.iter().enumerate().take(5) {
        value |= u32::from(byte & 0x7f) << (7 * index as u32);
        if byte & 0x80 == 0 {
            return (value, &bytes[index + 1..]);
        }
    }
    (value, &[])
}

/// Writes a value type; only types that pass [`crate::view`] occur.
pub(crate) fn encode_type(ty: ValType, out: &mut Vec<u8>) {
    out.push(match ty {
        ValType::I32 => 0x7f,
        ValType::I64 => 0x7e,
        ValType::F32 => 0x7d,
        ValType::F64 => 0x7c,
        ValType::V128 => 0x7b,
        ValType::Ref(ty) if ty == wasmparser::RefType::EXTERNREF => 0x6f,
        ValType::Ref(_) => 0x70,
    });
}

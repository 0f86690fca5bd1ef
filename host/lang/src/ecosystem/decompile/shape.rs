//! The shape of a compiled module: what has to be the same as when it was compiled.

use std::ops::Range;

use flux_genome::gene::slot::Slot;
use flux_genome::gene::{GeneKind, GeneMap, Place};
use flux_genome::view::ModuleView;
use wasmparser::{Operator, ValType};

use super::{DecompileError, Piece};

/// An instruction and its position, `nop`s counted.
pub(super) type Placed<'a> = (u32, Operator<'a>);

/// A module beside the one that its description is compiled to.
pub(super) struct Shape<'s, 'n, 'b> {
    pub(super) now: &'s ModuleView<'n>,
    pub(super) before: &'s ModuleView<'b>,
    /// What the functions of the latter are.
    pub(super) pieces: &'s [(u32, Piece)],
    /// The genes of the latter.
    pub(super) genes: &'s GeneMap,
}

impl<'n, 'b> Shape<'_, 'n, 'b> {
    /// Looks at everything but attractors and stages.
    pub(super) fn hold(&self) -> Result<(), DecompileError> {
        let (now, before) = (self.now, self.before);
        if now.imported_functions != before.imported_functions
            || now.functions.len() < before.functions.len()
            || now.start.is_some()
        {
            return Err(DecompileError::torn("the module", "other functions are imported or started"));
        }
        let exports = |module: &ModuleView<'_>| -> Vec<(String, u32)> {
            module.exports.iter().map(|export| (export.name.to_owned(), export.index)).collect()
        };
        if exports(now) != exports(before) {
            return Err(DecompileError::torn("the module", "other functions are exported"));
        }
        for (number, piece) in self.pieces {
            if matches!(piece, Piece::Entity(..) | Piece::Other) {
                self.expect_same(*number)?;
            }
        }
        self.hold_data()
    }

    /// What is what, by the number of its function.
    pub(super) fn piece(&self, function: u32) -> Option<&Piece> {
        self.pieces.iter().find(|(number, _)| *number == function).map(|(_, piece)| piece)
    }

    /// Whether a function was added, with the type of a stage.
    pub(super) fn is_added_stage(&self, function: u32) -> bool {
        let pair = [ValType::I32, ValType::I32];
        let is_text = |ty: &wasmparser::FuncType| ty.params() == pair && ty.results() == pair;
        function as usize >= self.before.functions.len() && self.now.type_of(function).is_some_and(is_text)
    }

    /// The instructions of a function as it is now, without `nop`s.
    pub(super) fn code(&self, function: u32) -> Result<Vec<Placed<'n>>, DecompileError> {
        code(self.now, function)
    }

    /// The instructions of a function as it was compiled.
    pub(super) fn compiled(&self, function: u32) -> Result<Vec<Placed<'b>>, DecompileError> {
        code(self.before, function)
    }

    /// That a function has the locals that it was compiled with.
    pub(super) fn expect_locals(&self, function: u32) -> Result<(), DecompileError> {
        if locals(self.now, function) == locals(self.before, function) {
            return Ok(());
        }
        Err(DecompileError::torn(format!("function {function}"), "its local variables are others"))
    }

    fn expect_same(&self, function: u32) -> Result<(), DecompileError> {
        let bytes = |module: &ModuleView<'_>| {
            let body = module.functions.get(function as usize)?.body.clone()?;
            module.bytes.get(body.range).map(<[u8]>::to_vec)
        };
        if bytes(self.now) == bytes(self.before) {
            return Ok(());
        }
        self.expect_locals(function)?;
        let (now, before) = (self.code(function)?, self.compiled(function)?);
        let differ = |at: u32| {
            DecompileError::torn(
                format!("function {function}, instruction {at}"),
                "it is another instruction",
            )
        };
        for (idx, (at, operator)) in now.iter().enumerate() {
            if before.get(idx).is_none_or(|(_, other)| other != operator) {
                return Err(differ(*at));
            }
        }
        if now.len() == before.len() { Ok(()) } else { Err(differ(now.len() as u32)) }
    }

    /// Everything between slots stays, and slots hold texts.
    fn hold_data(&self) -> Result<(), DecompileError> {
        let (Some(now), Some(before)) = (contents(self.now), contents(self.before)) else {
            return Err(DecompileError::torn("the data", "its segment is gone"));
        };
        // The word of the heap grows with the data.
        let mut may_differ: Vec<Range<usize>> = Vec::new();
        may_differ.push(0..HEAP_WORD);
        for gene in &self.genes.genes {
            let Place::Data { range, .. } = &gene.place else { continue };
            if Slot::of(gene, self.now).is_none() {
                return Err(DecompileError::torn(format!("gene `{}`", gene.name), "its slot holds no text"));
            }
            debug_assert!(matches!(gene.kind, GeneKind::Prompt | GeneKind::Model | GeneKind::Judge));
            may_differ.push(range.start as usize..range.end as usize);
        }
        may_differ.sort_by_key(|range| range.start);
        let mut at = 0;
        for range in may_differ.into_iter().chain(std::iter::once(before.len()..before.len())) {
            let (same, other) = (before.get(at..range.start), now.get(at..range.start));
            if same != other {
                return Err(DecompileError::torn(format!("the data from byte {at} on"), "it is not a slot"));
            }
            at = range.end;
        }
        Ok(())
    }
}

/// The word that says where the data ends, in bytes.
const HEAP_WORD: usize = 4;

fn contents<'a>(module: &ModuleView<'a>) -> Option<&'a [u8]> {
    module.bytes.get(module.data.first()?.contents.clone())
}

/// The text of the slot at an address, wherever its gene is.
pub(super) fn slot_at<'a>(module: &ModuleView<'a>, address: u32) -> Result<&'a str, DecompileError> {
    let read = || {
        let data = module.data.first()?;
        let bytes = contents(module)?.get(address.checked_sub(data.address?)? as usize..)?;
        let (len, text) = bytes.split_first_chunk()?;
        std::str::from_utf8(text.get(..u32::from_le_bytes(*len) as usize)?).ok()
    };
    let torn = || DecompileError::torn(format!("address {address}"), "there is no text");
    read().ok_or_else(torn)
}

fn code<'a>(module: &ModuleView<'a>, function: u32) -> Result<Vec<Placed<'a>>, DecompileError> {
    let torn = || DecompileError::torn(format!("function {function}"), "it has no code");
    let reader = module.body(function).ok_or_else(torn)?.get_operators_reader().map_err(|_| torn())?;
    let operators = reader.into_iter().collect::<Result<Vec<_>, _>>().map_err(|_| torn())?;
    Ok((0..).zip(operators).filter(|(_, operator)| *operator != Operator::Nop).collect())
}

fn locals(module: &ModuleView<'_>, function: u32) -> Option<Vec<(u32, ValType)>> {
    module.body(function)?.get_locals_reader().ok()?.into_iter().collect::<Result<_, _>>().ok()
}

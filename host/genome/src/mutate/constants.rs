//! What the operators on constants share: reading, choosing and writing one.

use wasm_encoder::Instruction;
use wasmparser::Operator;

use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::gene::{Bounds, Gene, GeneKind, GeneMap, Place, constants_of};
use crate::rng::Rng;
use crate::view::FunctionView;

/// The largest distance of bounds that are narrow.
const FEW: i64 = 1024;

/// A numeric constant; floating-point ones by their bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
}

impl Number {
    pub(super) fn of(op: &Operator<'_>) -> Option<Number> {
        match *op {
            Operator::I32Const { value } => Some(Number::I32(value)),
            Operator::I64Const { value } => Some(Number::I64(value)),
            Operator::F32Const { value } => Some(Number::F32(value.bits())),
            Operator::F64Const { value } => Some(Number::F64(value.bits())),
            _ => None,
        }
    }

    pub(super) fn instruction(self) -> Instruction<'static> {
        match self {
            Number::I32(value) => Instruction::I32Const(value),
            Number::I64(value) => Instruction::I64Const(value),
            Number::F32(bits) => Instruction::F32Const(wasm_encoder::Ieee32::new(bits)),
            Number::F64(bits) => Instruction::F64Const(wasm_encoder::Ieee64::new(bits)),
        }
    }

    /// Returns the number with a whole-number or floating-point change made to its value.
    pub(super) fn map(self, integer: impl FnOnce(i64) -> i64, float: impl FnOnce(f64) -> f64) -> Number {
        match self {
            Number::I32(value) => Number::I32(integer(i64::from(value)) as i32),
            Number::I64(value) => Number::I64(integer(value)),
            // Which NaN arithmetic gives depends on the machine; ours is always the canonical one.
            Number::F32(bits) => {
                let value = float(f64::from(f32::from_bits(bits))) as f32;
                Number::F32(if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() })
            }
            Number::F64(bits) => {
                let value = float(f64::from_bits(bits));
                Number::F64(if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() })
            }
        }
    }

    /// Returns the value of a whole number, 0 for others.
    pub(super) fn integer(self) -> i64 {
        match self {
            Number::I32(value) => i64::from(value),
            Number::I64(value) => value,
            Number::F32(_) | Number::F64(_) => 0,
        }
    }

    /// Returns whether `other` has the same type.
    pub(super) fn same_type(self, other: Number) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Returns the number if it is within `bounds`; else a uniform one where there are few, or the nearest one.
    ///
    /// Steps that lead out of narrow bounds are common, so that the ends would be likelier than all between.
    fn within(self, bounds: Bounds, rng: &mut Rng) -> Number {
        match bounds {
            Bounds::Integer { low, high }
                if self.clamp(bounds) != self && (0..=FEW).contains(&high.saturating_sub(low)) =>
            {
                let drawn = rng.between(low, high);
                self.map(|_| drawn, |_| drawn as f64)
            }
            _ => self.clamp(bounds),
        }
    }

    pub(super) fn clamp(self, bounds: Bounds) -> Number {
        match bounds {
            Bounds::None => self,
            // `max` then `min` rather than `clamp`, which would panic on a map that has them the wrong way round.
            Bounds::Integer { low, high } => {
                self.map(|v| v.max(low).min(high), |v| v.max(low as f64).min(high as f64))
            }
            Bounds::Float { low, high } => {
                self.map(|v| v.max(low as i64).min(high as i64), |v| v.max(low).min(high))
            }
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Number::I32(value) => write!(f, "{value}"),
            Number::I64(value) => write!(f, "{value}"),
            Number::F32(bits) => write!(f, "{}", f32::from_bits(bits)),
            Number::F64(bits) => write!(f, "{}", f64::from_bits(bits)),
        }
    }
}

/// Returns an edit that changes a constant that is a gene of one of `kinds`: one that the gene map names, where it
/// names any, else one found by analysis. `change` may say no by returning nothing or the number it was given.
pub(super) fn change_gene(
    ctx: &MutateContext<'_, '_, '_>,
    rng: &mut Rng,
    kinds: &[GeneKind],
    reason: &'static str,
    mut change: impl FnMut(&FunctionView<'_>, usize, Number, &mut Rng) -> Option<Number>,
) -> Result<Edit, Inapplicable> {
    let mapped: Vec<(u32, usize, Bounds, &str)> = ctx
        .genes
        .iter()
        .flat_map(|map| &map.genes)
        .filter(|gene| kinds.contains(&gene.kind))
        .filter_map(|gene| match &gene.place {
            Place::Code { function, range } if range.len() == 1 => {
                Some((*function, range.start as usize, gene.bounds, gene.name.as_str()))
            }
            _ => None,
        })
        .collect();
    if let Some(&(function, at, bounds, name)) = rng.pick(&mapped)
        && let Some(view) = ctx.module.look(function)
        && let Some(edit) = change_at(&view, at, bounds, name, rng, &mut change)
    {
        return Ok(edit);
    }
    ctx.try_functions(rng, |view, rng| {
        let sites: Vec<usize> =
            constants_of(view).filter(|(_, kind)| kinds.contains(kind)).map(|(at, _)| at).collect();
        let &at = rng.pick(&sites)?;
        change_at(view, at, Bounds::None, "", rng, &mut change)
    })
    .ok_or(Inapplicable(reason))
}

/// Whether the gene map, if it names the constant at instruction `at` of `function`, lets it be `number`.
pub(super) fn allows(genes: Option<&GeneMap>, function: u32, at: usize, number: Number) -> bool {
    let here = |gene: &&Gene| match &gene.place {
        Place::Code { function: there, range } => {
            *there == function && range.start as usize == at && range.len() == 1
        }
        Place::Data { .. } | Place::Function { .. } => false,
    };
    genes.iter().flat_map(|map| &map.genes).filter(here).all(|gene| number.clamp(gene.bounds) == number)
}

fn change_at(
    view: &FunctionView<'_>,
    at: usize,
    bounds: Bounds,
    name: &str,
    rng: &mut Rng,
    change: &mut impl FnMut(&FunctionView<'_>, usize, Number, &mut Rng) -> Option<Number>,
) -> Option<Edit> {
    let old = Number::of(view.op(at)?)?;
    let new = change(view, at, old, rng)?.within(bounds, rng);
    if new == old {
        return None;
    }
    let gene = if name.is_empty() { String::new() } else { format!(" (gene `{name}`)") };
    let description = format!("constant {old} at instruction {at} becomes {new}{gene}");
    Some(Edit::of(view, vec![Splice::change(at, &new.instruction())], description))
}

/// Returns a step of a size that suits `value`: mostly 1, sometimes an eighth of it, with a random sign.
pub(super) fn step(value: i64, rng: &mut Rng) -> i64 {
    let size = match rng.below(4) {
        0 | 1 => 1,
        2 => rng.between(1, 8),
        _ => (value.unsigned_abs() / 8).clamp(1, i64::MAX as u64) as i64,
    };
    if rng.one_in(2) { size } else { -size }
}

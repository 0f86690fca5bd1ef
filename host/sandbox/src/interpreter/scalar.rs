//! The short way into programs of the scalar form.
//!
//! Most small programs take and return plain numbers and never look at their memory; the convention gives them one, an
//! allocator and a wrapper so that they are components. What these three do is known, so that such a module is run
//! without them: the function behind the wrapper is called with the numbers themselves, and what the others would have
//! cost is charged around the call. The rules of `host/genome/CYCLES.md` hold as if they were there.

use flux_genome::cost::{CYCLES_1, CostTable};
use wasmparser::{BinaryReaderError, BlockType, FunctionBody, Operator, Parser, Payload};

use super::state::Allocator;

/// The name under which the function is exported.
pub(super) const ENTRY: &str = "run";

/// How a program of the scalar form is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) n_params: u32,
    pub(super) n_results: u32,
    pub(super) allocator: Allocator,
    /// What the wrapper costs up to the call and after it, in cycles.
    pub(super) before: i64,
    pub(super) after: i64,
    /// The function that it calls, by its index.
    pub(super) inner: u32,
}

impl Scalar {
    /// Recognises the wrapper that `flux_genome::convention` writes, in a module with `memory_bytes` at the start.
    pub(super) fn of(
        wrapper: &FunctionBody<'_>,
        allocator: Allocator,
        memory_bytes: usize,
    ) -> Result<Option<Self>, BinaryReaderError> {
        if wrapper.range().len() > MAX_WRAPPER_BYTES {
            return Ok(None);
        }
        let operators = wrapper.get_operators_reader()?.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(read_wrapper(&operators, allocator, memory_bytes))
    }
}

/// Why a run does not come to the function behind the wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entering {
    /// The budget is used up before.
    OutOfCycles,
    /// It is called with another number of numbers.
    Unreachable,
}

impl Scalar {
    /// What is left of a budget where the function behind the wrapper is called: allocator and wrapper compare the
    /// budget when they are entered, then the number of numbers.
    pub(super) fn enter(&self, input: &[i64], budget: i64) -> Result<i64, Entering> {
        let entry = i64::from(CYCLES_1.function_entry);
        if budget < entry {
            return Err(Entering::OutOfCycles);
        }
        // More numbers do not fit into what the allocator gives.
        if input.len() > self.n_params as usize {
            return Err(Entering::Unreachable);
        }
        let left = budget - self.allocator.cycles;
        if left < entry {
            return Err(Entering::OutOfCycles);
        }
        if input.len() < self.n_params as usize {
            return Err(Entering::Unreachable);
        }
        Ok(left - self.before)
    }
}

/// Wrappers of more numbers than fit into this go the long way.
const MAX_WRAPPER_BYTES: usize = 400;

fn read_wrapper(operators: &[Operator<'_>], allocator: Allocator, memory_bytes: usize) -> Option<Scalar> {
    use Operator as O;
    let cost =
        |operators: &[O<'_>]| operators.iter().map(|it| i64::from(CostTable::operator(it))).sum::<i64>();
    let [
        O::LocalGet { local_index: 1 },
        O::I32Const { value: n_params },
        O::I32Ne,
        O::If { blockty: BlockType::Empty },
        O::Unreachable,
        O::End,
        rest @ ..,
    ] = operators
    else {
        return None;
    };
    let n_params = n_params.cast_unsigned();
    let mut rest = rest;
    for i in 0..n_params {
        let [O::LocalGet { local_index: 0 }, O::I64Load { memarg }, others @ ..] = rest else { return None };
        if memarg.offset != 8 * u64::from(i) || memarg.memory != 0 {
            return None;
        }
        rest = others;
    }
    let [O::Call { function_index: inner }, others @ ..] = rest else { return None };
    let before = operators.get(..operators.len() - others.len())?;
    let after = others;
    rest = others;
    let (mut n_results, mut values) = (0u32, None);
    while let [
        O::LocalSet { local_index: 2 },
        O::I32Const { value },
        O::LocalGet { local_index: 2 },
        O::I64Store { memarg },
        others @ ..,
    ] = rest
    {
        let first = u64::from(n_results) == 0;
        let expected = values.map_or(memarg.offset, |(_, offset): (i32, u64)| offset.wrapping_sub(8));
        if memarg.memory != 0
            || memarg.offset != expected
            || (!first && values.map(|it| it.0) != Some(*value))
        {
            return None;
        }
        values = Some((*value, memarg.offset));
        n_results += 1;
        rest = others;
    }
    let (values, 0) = values? else { return None };
    let [
        O::I32Const { value: area },
        O::I32Const { value: list },
        O::I32Store { memarg: address },
        O::I32Const { value: area_again },
        O::I32Const { value: length },
        O::I32Store { memarg: size },
        O::I32Const { value: result },
        O::End,
    ] = rest
    else {
        return None;
    };
    let is_known = (*list, *area_again, *result) == (values, *area, *area)
        && length.cast_unsigned() == n_results
        && (address.offset, size.offset, address.memory, size.memory) == (0, 4, 0, 0);
    // Everything that the canonical ABI would look at holds whatever the numbers are.
    let fits = |address: u32, bytes: u64, alignment: u32| {
        address.is_multiple_of(alignment) && u64::from(address) + bytes <= memory_bytes as u64
    };
    let fits = fits(area.cast_unsigned(), 8, 4)
        && fits(values.cast_unsigned(), 8 * u64::from(n_results), 8)
        && fits(allocator.address, 8 * u64::from(n_params), 8)
        && u64::from(allocator.bytes) == 8 * u64::from(n_params);
    (is_known && fits).then(|| Scalar {
        n_params,
        n_results,
        allocator,
        before: i64::from(CYCLES_1.function_entry) + cost(before),
        after: cost(after),
        inner: *inner,
    })
}

/// Whether an operator has to do with memory.
pub(super) fn is_rooted(operator: &Operator<'_>) -> bool {
    macro_rules! is_memory {
        () => { false };
        (memarg $($rest:ident)*) => { true };
        (mem $($rest:ident)*) => { true };
        (dst_mem $($rest:ident)*) => { true };
        (data_index $($rest:ident)*) => { true };
        ($first:ident $($rest:ident)*) => { is_memory!($($rest)*) };
    }
    macro_rules! find {
        ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $(Operator::$op { .. } => is_memory!($($($arg)*)?),)*
                _ => true,
            }
        };
    }
    wasmparser::for_each_operator!(find)
}

/// Returns `module` without its memory, allocator and wrapper, which are its last two functions, and with the function
/// behind the wrapper as its one export.
///
/// Nothing where there is something in it that may need them. Names and other custom sections are left out.
pub(super) fn strip(module: &[u8], scalar: &Scalar) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(module.len());
    out.extend_from_slice(b"\0asm\x01\0\0\0");
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.ok()?;
        match &payload {
            Payload::TypeSection(_) | Payload::ImportSection(_) | Payload::GlobalSection(_) => {
                let (id, range) = payload.as_section()?;
                section(&mut out, id, module.get(range)?);
            }
            Payload::FunctionSection(functions) => {
                let kept = functions.count().checked_sub(2)?;
                let mut content = Vec::new();
                leb(&mut content, kept);
                for ty in functions.clone().into_iter().take(kept as usize) {
                    leb(&mut content, ty.ok()?);
                }
                section(&mut out, FUNCTION_SECTION, &content);
            }
            Payload::ExportSection(_) => {
                let mut content = vec![1];
                leb(&mut content, u32::try_from(ENTRY.len()).ok()?);
                content.extend_from_slice(ENTRY.as_bytes());
                content.push(0);
                leb(&mut content, scalar.inner);
                section(&mut out, EXPORT_SECTION, &content);
            }
            Payload::CodeSectionStart { count, range, .. } => {
                let kept = count.checked_sub(2)?;
                let mut content = Vec::with_capacity(range.len());
                leb(&mut content, kept);
                let code = wasmparser::BinaryReader::new(module.get(range.clone())?, range.start);
                let bodies = wasmparser::CodeSectionReader::new(code).ok()?;
                for body in bodies.into_iter().take(kept as usize) {
                    let body = module.get(body.ok()?.range())?;
                    leb(&mut content, u32::try_from(body.len()).ok()?);
                    content.extend_from_slice(body);
                }
                section(&mut out, CODE_SECTION, &content);
            }
            Payload::Version { .. }
            | Payload::MemorySection(_)
            | Payload::CustomSection(_)
            | Payload::CodeSectionEntry(_)
            | Payload::End(_) => {}
            // Tables, segments and start functions may hold on to what is left out.
            _ => return None,
        }
    }
    Some(out)
}

const FUNCTION_SECTION: u8 = 3;
const EXPORT_SECTION: u8 = 7;
const CODE_SECTION: u8 = 10;

fn section(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    leb(out, u32::try_from(content.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(content);
}

/// Writes a number in LEB128.
fn leb(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

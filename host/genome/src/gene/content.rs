//! What a gene holds now, as text for people.

use wasmparser::Operator;

use super::slot::Slot;
use super::{Gene, Place};
use crate::view::ModuleView;

/// Bytes of data shown at most.
const SHOWN_BYTES: usize = 40;

/// Returns what `gene` holds in `module`: a constant as an instruction, data as text, else how much there is.
///
/// Nothing where its place is not there, or lies in a function that cannot be viewed.
pub fn content(gene: &Gene, module: &ModuleView<'_>) -> Option<String> {
    match &gene.place {
        Place::Function { function } => {
            let body = module.functions.get(*function as usize)?.body.as_ref()?;
            Some(format!("{} bytes", body.range.len()))
        }
        Place::Code { function, range } => {
            let view = module.function(*function).ok()?;
            let instrs = view.instrs.get(range.start as usize..range.end as usize)?;
            match instrs {
                [one] => Some(match one.op {
                    Operator::I32Const { value } => format!("i32.const {value}"),
                    Operator::I64Const { value } => format!("i64.const {value}"),
                    Operator::F32Const { value } => format!("f32.const {}", f32::from_bits(value.bits())),
                    Operator::F64Const { value } => format!("f64.const {}", f64::from_bits(value.bits())),
                    _ => "1 instruction".to_owned(),
                }),
                instrs => Some(format!("{} instructions", instrs.len())),
            }
        }
        Place::Data { segment, range } => {
            if let Some(slot) = Slot::of(gene, module) {
                let shown: String = slot.text.chars().take(SHOWN_BYTES).collect();
                let more = if shown.len() < slot.text.len() { " ..." } else { "" };
                return Some(format!("{shown:?}{more}"));
            }
            let contents = &module.data.get(*segment as usize)?.contents;
            let bytes = module.bytes.get(contents.clone())?.get(range.start as usize..range.end as usize)?;
            let shown = bytes.get(..SHOWN_BYTES).unwrap_or(bytes).escape_ascii();
            let more = if bytes.len() > SHOWN_BYTES { " ..." } else { "" };
            Some(format!("\"{shown}\"{more}"))
        }
    }
}

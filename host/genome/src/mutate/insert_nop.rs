//! `insert-nop`: neutral padding, which gives later cuts and windows room.

use wasm_encoder::Instruction;

use super::code::Code;
use super::{Edit, Inapplicable, MutateContext, Splice};
use crate::rng::Rng;

pub(super) fn apply(ctx: &MutateContext<'_, '_, '_>, rng: &mut Rng) -> Result<Edit, Inapplicable> {
    ctx.try_functions(rng, |view, rng| {
        let at = rng.index(view.len());
        let count = rng.between(1, 3);
        let mut code = Code::new();
        for _ in 0..count {
            code.push(&Instruction::Nop);
        }
        let description = format!("{count} `nop` before instruction {at}");
        Some(Edit::of(view, vec![Splice { range: at..at, code }], description))
    })
    .ok_or(Inapplicable("there is no function to rewrite"))
}

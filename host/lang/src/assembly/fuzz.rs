//! What a fuzzer runs.

use super::{Limits, NoIncludes, assemble, print};

/// Assembles any bytes as text, and what comes of it once more by way of its listing, which has to be the same
/// program.
///
/// # Panics
/// When it is not; an input never makes the assembler itself panic.
pub fn fuzz_assemble(input: &[u8]) {
    // Small limits, so that a short input does not take long.
    let limits = Limits { expansion_tokens: 1 << 12, code_bytes: 1 << 14, ..Limits::DEFAULT };
    let text = String::from_utf8_lossy(input);
    let assembly = assemble("input.flx", &text, &NoIncludes, &limits);
    let _ = assembly.render();
    let Some(program) = assembly.program else {
        assert!(!assembly.diagnostics.is_empty(), "no program, and no reason given");
        return;
    };
    let listing = print(&program);
    let again = assemble("listing.flx", &listing, &NoIncludes, &Limits::DEFAULT);
    assert_eq!(again.program, Some(program), "{listing}\n{}", again.render());
}

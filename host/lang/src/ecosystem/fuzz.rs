//! What a fuzzer runs.

use super::{Limits, format, json, parse, print};
use crate::includes::NoIncludes;

/// Reads any bytes as a `.flux` text, formats it if it is in the language, and prints what it means.
///
/// # Panics
/// When formatting twice is not formatting once, when the formatted text means something else, or when the
/// ecosystem is read as another one from what is printed or from its JSON; an input never makes the reader itself panic.
pub fn fuzz_ecosystem(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = parse("input.flux", &text, &NoIncludes, &Limits::DEFAULT);
    let _ = parsed.render();
    match format("input.flux", &text, &Limits::DEFAULT) {
        Ok(formatted) => {
            let twice = format("formatted.flux", &formatted, &Limits::DEFAULT);
            assert_eq!(twice.as_ref(), Ok(&formatted), "formatting twice is not formatting once");
            let again = parse("formatted.flux", &formatted, &NoIncludes, &Limits::DEFAULT);
            assert_eq!(again.ecosystem, parsed.ecosystem, "{formatted}");
        }
        Err(refused) => assert!(!refused.diagnostics.is_empty() && parsed.ecosystem.is_none()),
    }
    let Some(ecosystem) = parsed.ecosystem else {
        assert!(!parsed.diagnostics.is_empty(), "no ecosystem, and no reason given");
        return;
    };
    let in_json = json::read(&json::to_json(&ecosystem), &Limits::DEFAULT);
    assert_eq!(in_json.ecosystem.as_ref(), Some(&ecosystem), "{:?}", in_json.diagnostics);
    let printed = print(&ecosystem);
    let again = parse("printed.flux", &printed, &NoIncludes, &Limits::DEFAULT);
    assert_eq!(again.ecosystem, Some(ecosystem), "{printed}\n{}", again.render());
}

//! What the verifier finds, said of the lines that it is about.

use flux_vm::Verified;
use flux_vm::verify::{Finding, Severity as Found, VerifyError};

use super::diagnostics::{self, Diagnostic};
use super::source::Span;
use super::{Assembly, Severity};

/// Verifies the program of an assembly: the program, if it can run, and what was found, in the order of the code.
///
/// Without a program nothing is found.
#[must_use]
pub fn verify(assembly: &Assembly) -> (Option<Verified>, Vec<Diagnostic>) {
    let Some(program) = &assembly.program else { return (None, Vec::new()) };
    match Verified::new(program.clone()) {
        Ok(verified) => {
            let findings = diagnose(assembly, verified.warnings());
            (Some(verified), findings)
        }
        Err(VerifyError { findings }) => (None, diagnose(assembly, &findings)),
    }
}

fn diagnose(assembly: &Assembly, findings: &[Finding]) -> Vec<Diagnostic> {
    findings
        .iter()
        .map(|finding| {
            let severity = match finding.severity() {
                Found::Warning => Severity::Warning,
                Found::Refusal => Severity::Error,
            };
            diagnostics::found_by_verifier(
                span(assembly, finding.offset),
                severity,
                &finding.kind.to_string(),
            )
        })
        .collect()
}

/// The statement at an offset of the code; past its end the last one.
fn span(assembly: &Assembly, offset: usize) -> Span {
    let map = &assembly.source_map;
    let entry = map.find(offset).or(map.entries().last());
    // INVARIANT: a program has code, and all code comes from a statement.
    entry.map_or(Span { file: assembly.sources.root(), start: 0, end: 0 }, |entry| entry.span)
}

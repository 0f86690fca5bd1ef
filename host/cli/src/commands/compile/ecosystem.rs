//! `flux compile` of a description of an ecosystem.

use super::Args;
use crate::diagnostics::{self, DiagnosticV1};
use crate::ecosystem::genome as ecosystem_genome;
use crate::exit::ExitStatus;
use crate::io::Io;

/// Compiles what a file describes.
pub(super) fn run(args: &Args, io: &mut Io, bytes: Vec<u8>) -> miette::Result<ExitStatus> {
    let parsed = ecosystem_genome::parse(&args.file, bytes)?;
    let mut records = diagnostics::records_of(&parsed.sources, &parsed.diagnostics);
    match ecosystem_genome::compile(&args.file, &parsed, &args.bounds.bounds()) {
        Ok(genome) => {
            if !args.json {
                ecosystem_genome::warn(io, &parsed);
            }
            args.write_genome(io, &genome, records)
        }
        Err(report) => {
            if args.json {
                // Mistakes of the text stand in the records already.
                if parsed.ecosystem.is_some() {
                    records.extend(DiagnosticV1::of_report(&args.file, &report));
                }
                args.print(io, None, None, None, records)?;
            } else {
                io.report(&report);
            }
            Ok(ExitStatus::No)
        }
    }
}

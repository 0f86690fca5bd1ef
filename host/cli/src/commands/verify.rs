//! `flux verify`.

use std::path::PathBuf;

use flux_genome::Genome;
use flux_genome::verify::{self, Note};
use flux_sandbox::Sandbox;
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::genome_file::{self, Reading};
use crate::groups::{BoundArgs, GrantArgs};
use crate::io::Io;
use crate::{json, mistakes};

/// Arguments of `flux verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Notes name loops without exit and jump tables that do not choose; they are no reason to refuse a genome.\n\n\
        Examples:\n  flux verify gcd.wasm\n  flux verify thermostat.wat --grant senses\n  flux verify child.wasm --parent a.wasm --parent b.wasm\n  flux verify stranger.wasm --json\n\n\
        Exit status: 0 it is a genome and would be allowed; 1 it is not, or would not; 2 a file cannot be read."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    /// A genome that this one comes from: it may ask for nothing that no parent asks for. Repeat for several.
    #[arg(long = "parent", value_name = "FILE")]
    parents: Vec<PathBuf>,
    #[command(flatten)]
    grants: GrantArgs,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.verify/1).
    #[arg(long)]
    json: bool,
}

#[derive(Default, Serialize)]
struct VerdictV1 {
    allowed: bool,
    /// The genome's identity, where it is one.
    genome: Option<String>,
    world: Option<&'static str>,
    capabilities: Vec<&'static str>,
    /// Why not: a short stable name, and a sentence for people.
    reason: Option<String>,
    message: Option<String>,
    /// What is odd about its control flow.
    notes: Vec<NoteV1>,
}

#[derive(Serialize)]
struct NoteV1 {
    kind: &'static str,
    module: usize,
    function: u32,
    instruction: u32,
    message: String,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let name = self.genome.display().to_string();
        let bounds = self.bounds.bounds();
        let (verdict, hint) = match genome_file::read(io, &self.genome, &bounds)? {
            Reading::NotOne(error) => {
                let verdict = VerdictV1 {
                    reason: Some(error.code().to_owned()),
                    message: Some(error.to_string()),
                    ..VerdictV1::default()
                };
                (verdict, error.hint())
            }
            Reading::NotCompiled(report) => {
                if !self.json {
                    io.report(&report);
                    return Ok(ExitStatus::No);
                }
                let verdict = VerdictV1 {
                    reason: Some("not-compiled".to_owned()),
                    message: Some(report.to_string()),
                    ..VerdictV1::default()
                };
                (verdict, None)
            }
            Reading::Genome(genome) => {
                let parents = self
                    .parents
                    .iter()
                    .map(|parent| genome_file::expect(io, parent, &bounds))
                    .collect::<miette::Result<Vec<_>>>()?;
                self.judge(&genome, &parents)?
            }
        };
        if self.json {
            json::print(io, "flux.verify/1", &verdict)?;
        } else if let Some(message) = &verdict.message {
            let report = mistakes::mistake(format!("`{name}` is not allowed: {message}"), hint);
            io.report(&report);
        } else {
            let grants = if verdict.capabilities.is_empty() {
                "nothing".to_owned()
            } else {
                verdict.capabilities.join(", ")
            };
            io.line(format!(
                "`{name}` is allowed: genome {}, world {}, asks for {grants}",
                verdict.genome.as_deref().map_or("", |id| &id[..12]),
                verdict.world.unwrap_or_default(),
            ))?;
        }
        if !self.json {
            for note in &verdict.notes {
                io.line(format!("note: {}", note.message))?;
            }
        }
        Ok(if verdict.allowed { ExitStatus::Yes } else { ExitStatus::No })
    }

    /// Holds a genome against its parents and what is granted.
    fn judge(
        &self,
        genome: &Genome,
        parents: &[Genome],
    ) -> miette::Result<(VerdictV1, Option<&'static str>)> {
        let found = verify::verify(genome, parents);
        let mut verdict = VerdictV1 {
            allowed: true,
            genome: Some(genome.id().to_string()),
            world: Some(genome.world().name()),
            capabilities: genome.capabilities().iter().map(flux_genome::Capability::name).collect(),
            reason: None,
            message: None,
            notes: found.notes.iter().map(note_record).collect(),
        };
        let mut refuse = |code: &str, message: String| {
            verdict.allowed = false;
            verdict.reason = Some(code.to_owned());
            verdict.message = Some(message);
        };
        if let Some(fault) = found.faults.first() {
            refuse(fault.code(), fault.to_string());
            return Ok((verdict, fault.hint()));
        }
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        let refusal = sandbox.load(genome, self.grants.set()).err();
        if let Some(refusal) = &refusal {
            refuse(refusal.code(), refusal.to_string());
        }
        Ok((verdict, refusal.as_ref().and_then(flux_sandbox::Refusal::hint)))
    }
}

fn note_record(note: &Note) -> NoteV1 {
    NoteV1 {
        kind: note.oddity.code(),
        module: note.module,
        function: note.function,
        instruction: note.instruction,
        message: note.to_string(),
    }
}

//! `flux verify`.

use std::path::PathBuf;

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
    after_help = "Examples:\n  flux verify gcd.wasm\n  flux verify thermostat.wat --grant senses\n  flux verify stranger.wasm --json\n\n\
        Exit status: 0 it is a genome and would be allowed; 1 it is not, or would not; 2 the file cannot be read."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary; `-` reads standard input.
    genome: PathBuf,
    #[command(flatten)]
    grants: GrantArgs,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.verify/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct VerdictV1 {
    allowed: bool,
    /// The genome's identity, where it is one.
    genome: Option<String>,
    world: Option<&'static str>,
    capabilities: Vec<&'static str>,
    /// Why not: a short stable name, and a sentence for people.
    reason: Option<String>,
    message: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let name = self.genome.display().to_string();
        let (verdict, hint) = match genome_file::read(io, &self.genome, &self.bounds.bounds())? {
            Reading::NotOne(error) => {
                let verdict = VerdictV1 {
                    allowed: false,
                    genome: None,
                    world: None,
                    capabilities: Vec::new(),
                    reason: Some(error.code().to_owned()),
                    message: Some(error.to_string()),
                };
                (verdict, error.hint())
            }
            Reading::Genome(genome) => {
                let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
                let refusal = sandbox.load(&genome, self.grants.set()).err();
                let verdict = VerdictV1 {
                    allowed: refusal.is_none(),
                    genome: Some(genome.id().to_string()),
                    world: Some(genome.world().name()),
                    capabilities: genome.capabilities().iter().map(flux_genome::Capability::name).collect(),
                    reason: refusal.as_ref().map(|refusal| refusal.code().to_owned()),
                    message: refusal.as_ref().map(ToString::to_string),
                };
                (verdict, refusal.as_ref().and_then(flux_sandbox::Refusal::hint))
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
        Ok(if verdict.allowed { ExitStatus::Yes } else { ExitStatus::No })
    }
}

//! `flux version`.

use flux_genome::cost::CYCLES_1;
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::io::Io;
use crate::json;

/// Arguments of `flux version`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flux version\n  flux version --json\n\nExit status: 0.")]
pub(crate) struct Args {
    /// Print one JSON object (schema flux.version/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct VersionV1 {
    version: &'static str,
    contract: String,
    cost_table: &'static str,
    engine: String,
}

/// The engine that runs genomes, by name and release line.
pub(crate) fn engine() -> String {
    format!("wasmtime {}", flux_sandbox::WASMTIME_VERSION)
}

/// The contract, by name and version.
pub(crate) fn contract() -> String {
    format!("{}@{}", flux_genome::world::PACKAGE, flux_genome::world::PACKAGE_VERSION)
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let version = VersionV1 {
            version: env!("CARGO_PKG_VERSION"),
            contract: contract(),
            cost_table: CYCLES_1.name,
            engine: engine(),
        };
        if self.json {
            json::print(io, "flux.version/1", &version)?;
        } else {
            io.line(format!("flux {}", version.version))?;
            io.line(format!(
                "contract {}, cost table {}, {}",
                version.contract, version.cost_table, version.engine
            ))?;
        }
        Ok(ExitStatus::Yes)
    }
}

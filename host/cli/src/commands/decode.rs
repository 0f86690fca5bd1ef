//! `flux decode`.

use std::path::PathBuf;

use flux_genome::Genome;
use flux_genome::codec::{self, Limits};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::{genome_file, json, mistakes, table};

/// Arguments of `flux decode`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  flux decode gcd.fxgz -o gcd.wasm\n  flux decode gcd.fxgz --json\n\n\
        Exit status: 0; 1 where the file holds no genome in compact form; 2 where a file cannot be read or written.")]
pub(crate) struct Args {
    /// The compact form of a genome, from `flux encode`; `-` reads standard input.
    file: PathBuf,
    /// Where to write the genome; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.decode/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct DecodeV1 {
    genome: String,
    world: &'static str,
    compact_bytes: usize,
    genome_bytes: usize,
    file: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let inputs = [self.file.as_path()];
        let output = Destination::of(io, self.output.as_deref(), &inputs, Report::of(self.json))?;
        let compact = genome_file::read_bytes(io, &self.file)?;
        let doing = || format!("decode `{}`", self.file.display());
        let decoded = match codec::decode(&compact, &Limits { decoded_bytes: bounds.component_bytes }) {
            Ok(decoded) => decoded,
            Err(error) => {
                let report = mistakes::failed_for(doing(), &error, None);
                io.report(&report);
                return Ok(ExitStatus::No);
            }
        };
        let genome = match Genome::admit(decoded, &bounds) {
            Ok(genome) => genome,
            Err(error) => {
                let report = mistakes::failed_for(doing(), &error, error.hint());
                io.report(&report);
                return Ok(ExitStatus::No);
            }
        };
        output.write(io, genome.bytes())?;
        if self.json {
            let record = DecodeV1 {
                genome: genome.id().to_string(),
                world: genome.world().name(),
                compact_bytes: compact.len(),
                genome_bytes: genome.bytes().len(),
                file: output.file(),
            };
            json::print(io, "flux.decode/1", &record)?;
        } else {
            let summary = format!(
                "compact {}\ngenome  {}, world {}, {}\n",
                table::bytes(compact.len() as u64),
                genome.id().short(),
                genome.world(),
                table::bytes(genome.bytes().len() as u64),
            );
            output.summarise(io, &summary)?;
        }
        Ok(ExitStatus::Yes)
    }
}

//! `flux encode`.

use std::path::PathBuf;

use flux_genome::Genome;
use flux_genome::codec::{self, Limits};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::{genome_file, json, mistakes, table};

/// Arguments of `flux encode`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The compact form leaves out `nop`s, folds windows of instructions that occur often, and is compressed with\n\
        Zstandard. What `flux decode` gives back behaves the same and costs the same cycles.\n\n\
        Examples:\n  flux encode genomes/gcd/euclid.wat\n  flux encode gcd.wasm -o gcd.fxgz\n\n\
        Exit status: 0; 2 where a file cannot be read or written, or is not a genome."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    /// Where to write the compact form; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.encode/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct EncodeV1 {
    /// The identity of what was encoded, and of what decoding gives.
    genome: String,
    canonical: String,
    genome_bytes: usize,
    canonical_bytes: usize,
    compact_bytes: usize,
    /// How many times larger the genome is than its compact form.
    ratio: f64,
    file: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let genome = genome_file::expect(io, &self.genome, &bounds)?;
        let inputs = [self.genome.as_path()];
        let output = Destination::of(io, self.output.as_deref(), &inputs, Report::of(self.json))?;
        let doing = || format!("encode `{}`", self.genome.display());
        let compact =
            codec::encode(genome.bytes()).map_err(|error| mistakes::failed_for(doing(), &error, None))?;
        // Nothing is handed out that does not come back as a genome.
        let decoded = codec::decode(&compact, &Limits { decoded_bytes: bounds.component_bytes })
            .map_err(|error| mistakes::failed_for(doing(), &error, None))?;
        let canonical = Genome::admit(decoded, &bounds)
            .map_err(|error| mistakes::failed_for(doing(), &error, error.hint()))?;
        output.write(io, &compact)?;
        let ratio = codec::ratio(genome.bytes(), &compact);
        if self.json {
            let record = EncodeV1 {
                genome: genome.id().to_string(),
                canonical: canonical.id().to_string(),
                genome_bytes: genome.bytes().len(),
                canonical_bytes: canonical.bytes().len(),
                compact_bytes: compact.len(),
                ratio,
                file: output.file(),
            };
            json::print(io, "flux.encode/1", &record)?;
        } else {
            let size = |bytes: usize| table::bytes(bytes as u64);
            let summary = format!(
                "genome    {}, {}\ncanonical {}, {}\ncompact   {}, ratio {ratio:.2}\n",
                genome.id().short(),
                size(genome.bytes().len()),
                canonical.id().short(),
                size(canonical.bytes().len()),
                size(compact.len()),
            );
            output.summarise(io, &summary)?;
        }
        Ok(ExitStatus::Yes)
    }
}

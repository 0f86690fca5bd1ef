//! `flux compile`.

use std::path::PathBuf;

use crate::exit::ExitStatus;
use crate::genome_file;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::output;

/// Arguments of `flux compile`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A core module becomes a component by the plain core convention (`flux info --convention`), or by the\n\
        component types that its toolchain embedded; a component is taken as it is.\n\n\
        Examples:\n  flux compile gcd.wat\n  flux compile gcd.wat -o - | wasm-tools print\n  flux compile target/wasm32-unknown-unknown/release/guest.wasm -o guest.genome.wasm\n\n\
        Exit status: 0; 1 where the file is not a genome; 2 where a file cannot be read or written."
)]
pub(crate) struct Args {
    /// WebAssembly text or a binary core module; `-` reads standard input.
    file: PathBuf,
    /// Where to write the genome; `-` is standard output. By default the input's name with `.wasm`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let genome = match genome_file::read(io, &self.file, &self.bounds.bounds())? {
            genome_file::Reading::Genome(genome) => genome,
            genome_file::Reading::NotOne(error) => {
                let report = genome_file::not_a_genome(&self.file, &error);
                io.report(&report);
                return Ok(ExitStatus::No);
            }
        };
        output::write_genome(io, &genome, &self.file, self.output.as_deref(), "wasm")?;
        Ok(ExitStatus::Yes)
    }
}

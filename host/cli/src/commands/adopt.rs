//! `flux adopt`.

use std::path::{Path, PathBuf};

use flux_genome::{adopt, text};

use crate::exit::ExitStatus;
use crate::genome_file;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{mistakes, output};

/// Arguments of `flux adopt`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The module must be able to live without its host: what it imports besides interfaces of flux is refused.\n\
        Glue is a core module that imports what the module exports, under the module name `module`, and exports `run`\n\
        or `answer` by the plain core convention (`flux info --convention`). With `--function` it is written for you:\n\
        32-bit integers are zero-extended, floating-point numbers travel as their bits.\n\n\
        Examples:\n  flux adopt long.wasm --function mul -o mul.wasm\n  flux adopt crc32.wasm --glue crc32.glue.wat\n\n\
        Exit status: 0; 1 where the module cannot be made a genome; 2 where a file cannot be read or written."
)]
pub(crate) struct Args {
    /// The module: WebAssembly text or binary; `-` reads standard input.
    module: PathBuf,
    /// The exported function that becomes the program; it takes and returns numbers.
    #[arg(long, value_name = "NAME", required_unless_present = "glue", conflicts_with = "glue")]
    function: Option<String>,
    /// A core module that joins the module with the convention.
    #[arg(long, value_name = "FILE")]
    glue: Option<PathBuf>,
    /// Where to write the genome; `-` is standard output. By default the module's name with `.genome.wasm`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let module = read_module(io, &self.module)?;
        let glue = match (&self.glue, &self.function) {
            (Some(glue), _) => Ok(read_module(io, glue)?),
            (None, function) => adopt::scalar_glue(&module, function.as_deref().unwrap_or_default()),
        };
        let core = match glue.and_then(|glue| adopt::join(&module, &glue)) {
            Ok(core) => core,
            Err(error) => {
                let action = format!("adopt `{}`", self.module.display());
                io.report(&mistakes::failed(action, &error, error.hint()));
                return Ok(ExitStatus::No);
            }
        };
        match text::from_binary(core, &self.bounds.bounds()) {
            Ok(genome) => {
                output::write_genome(io, &genome, &self.module, self.output.as_deref(), "genome.wasm")?;
                Ok(ExitStatus::Yes)
            }
            Err(error) => {
                io.report(&genome_file::not_a_genome(&self.module, &error));
                Ok(ExitStatus::No)
            }
        }
    }
}

/// Reads a core module, in text or binary.
fn read_module(io: &mut Io, path: &Path) -> miette::Result<Vec<u8>> {
    let bytes = genome_file::read_bytes(io, path)?;
    text::to_binary(&path.display().to_string(), bytes)
        .map_err(|error| genome_file::not_a_genome(path, &error))
}

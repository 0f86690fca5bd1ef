//! `flux breed`.

use std::path::PathBuf;

use flux_genome::offspring;

use crate::children::{ChildArgs, Parents};
use crate::exit::ExitStatus;
use crate::genome_file;
use crate::groups::BoundArgs;
use crate::io::Io;

/// Arguments of `flux breed`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The child is the first genome with code of the second in it: whole functions, or slices that are cut where\n\
        both stacks have the same types. It asks for nothing that the first does not ask for.\n\n\
        Examples:\n  flux breed genomes/gcd/euclid.wat genomes/gcd/subtract.wat\n  flux breed a.wasm b.wasm --seed 7 -o child.wasm\n  flux breed a.wasm b.wasm --count 20 -o children\n\n\
        Exit status: 0 there is a child; 1 there is none with this seed; 2 a file cannot be read or written."
)]
pub(crate) struct Args {
    /// The first genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    first: PathBuf,
    /// The second genome, which gives code.
    second: PathBuf,
    #[command(flatten)]
    children: ChildArgs,
    #[command(flatten)]
    bounds: BoundArgs,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let first = genome_file::expect(io, &self.first, &bounds)?;
        let second = genome_file::expect(io, &self.second, &bounds)?;
        let parents = Parents {
            files: vec![&self.first, &self.second],
            genomes: vec![&first, &second],
            verb: "breed",
            schema: "flux.breed/1",
        };
        self.children.run(io, &parents, |seed| offspring::breed(&first, &second, seed, &bounds))
    }
}

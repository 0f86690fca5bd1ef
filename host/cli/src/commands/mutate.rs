//! `flux mutate`.

use std::path::PathBuf;

use flux_genome::mutate::OperatorKind;
use flux_genome::offspring::{self, Choice};

use crate::children::{ChildArgs, Parents};
use crate::exit::ExitStatus;
use crate::genome_file;
use crate::groups::BoundArgs;
use crate::io::Io;

/// Arguments of `flux mutate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A child is valid, within the bounds, and asks for nothing that its parent does not ask for.\n\n\
        Examples:\n  flux mutate genomes/gcd/euclid.wat\n  flux mutate genomes/gcd/euclid.wat --operator swap-operator --seed 7 -o child.wasm\n  \
        flux mutate genomes/gcd/euclid.wat --operator graft --donor genomes/gcd/subtract.wat\n  flux mutate genomes/gcd/euclid.wat --count 20 -o children\n\n\
        Exit status: 0 there is a child; 1 there is none with this seed; 2 a file cannot be read or written."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    /// The operator; by default the seed chooses among those that apply.
    #[arg(long, value_name = "NAME", value_parser = operator_parser())]
    operator: Option<OperatorKind>,
    /// The genome that `graft` takes code from.
    #[arg(long, value_name = "FILE")]
    donor: Option<PathBuf>,
    #[command(flatten)]
    children: ChildArgs,
    #[command(flatten)]
    bounds: BoundArgs,
}

fn operator_parser() -> impl clap::builder::TypedValueParser<Value = OperatorKind> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(OperatorKind::ALL.map(OperatorKind::name))
        .try_map(|name| name.parse::<OperatorKind>())
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let genome = genome_file::expect(io, &self.genome, &bounds)?;
        let donor = match &self.donor {
            Some(donor) => Some(genome_file::expect(io, donor, &bounds)?),
            None => None,
        };
        let choice = self.operator.map_or(Choice::Any, Choice::Operator);
        let parents = Parents {
            files: vec![&self.genome],
            genomes: vec![&genome],
            verb: "mutate",
            schema: "flux.mutate/1",
        };
        self.children
            .run(io, &parents, |seed| offspring::mutate(&genome, choice, donor.as_ref(), seed, &bounds))
    }
}

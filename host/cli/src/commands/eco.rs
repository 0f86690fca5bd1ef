//! `flux eco`.

mod grow;
mod run;
mod versions;

use clap::Subcommand;

use crate::exit::ExitStatus;
use crate::io::Io;

/// Arguments of `flux eco`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An ecosystem is described in a `.flux` file. Once it has grown, the bank has all its versions, one of which is live;\n\
        its name then stands for that one.\n\n\
        Examples:\n  flux eco run genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml\n  \
        flux eco grow genomes/ecosystems/demo.flux genomes/ecosystems/questions.toml\n  \
        flux eco versions demo\n  flux eco rollback demo\n\n\
        Exit status: 0 yes; 1 no; 2 it could not run; 130 interrupted. What is a no stands with each command."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with an ecosystem.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Ask an ecosystem questions whose answers are known, and show how it does.
    Run(Box<run::Args>),
    /// Have an ecosystem change itself, its judge included, where that is really better.
    Grow(Box<grow::Args>),
    /// List the versions of an ecosystem that the bank has.
    Versions(versions::ListArgs),
    /// Make an earlier version of an ecosystem the live one again; none is lost.
    Rollback(versions::RollbackArgs),
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        match self.verb {
            Verb::Run(args) => args.run(io),
            Verb::Grow(args) => args.run(io),
            Verb::Versions(args) => args.run(io),
            Verb::Rollback(args) => args.run(io),
        }
    }
}

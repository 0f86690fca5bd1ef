//! `flux bank`.

mod list;
mod show;
mod transfer;
mod upkeep;

use clap::Subcommand;
use flux_bank::{Bank, Found, Hash, RunRow};
use miette::Report;

use crate::exit::ExitStatus;
use crate::groups::BankArgs;
use crate::io::Io;
use crate::{bank_file, mistakes};

/// Arguments of `flux bank`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A bank is one file with genomes, their lineage, runs and scores, versions of ecosystems, recorded calls of models and\n\
        calibrations of judges. Commands that only read may be used while a run writes to it. Genomes are named by the\n\
        beginning of their hash, runs by the beginning of their name.\n\n\
        Examples:\n  flux bank list\n  flux bank show gcd-1\n  flux bank show 133a55 -o genome.wasm\n  flux bank export gcd-1 -o gcd-1.fxbk\n  \
        flux bank import gcd-1.fxbk --bank other.bank\n  flux bank check\n  flux bank gc --dry-run && flux bank compact\n\n\
        Exit status: 0; 1 where `check` finds damage; 2 where a file cannot be read or written, or nothing has that name."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

/// What to do with a bank.
#[derive(Debug, Subcommand)]
enum Verb {
    /// List runs, or genomes.
    List(list::Args),
    /// Show a run or a genome.
    Show(show::Args),
    /// Write runs and genomes with their lineage to one file, for another bank.
    Export(transfer::ExportArgs),
    /// Take in what another bank exported.
    Import(transfer::ImportArgs),
    /// Read everything and compare it with its hash.
    Check(upkeep::CheckArgs),
    /// Write the file anew without unused room.
    Compact(upkeep::CompactArgs),
    /// Throw genomes away that no run reaches.
    Gc(upkeep::GcArgs),
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        match self.verb {
            Verb::List(args) => args.run(io),
            Verb::Show(args) => args.run(io),
            Verb::Export(args) => args.run(io),
            Verb::Import(args) => args.run(io),
            Verb::Check(args) => args.run(io),
            Verb::Compact(args) => args.run(io),
            Verb::Gc(args) => args.run(io),
        }
    }
}

/// What a name on the command line stands for.
enum Named {
    Genome(Hash),
    Run(RunRow),
}

fn named(bank: &Bank, args: &BankArgs, name: &str) -> miette::Result<Named> {
    match bank_file::asked(bank.find(name))? {
        Found::Genome(hash) => Ok(Named::Genome(hash)),
        Found::Run(run) => Ok(Named::Run(run)),
        Found::Several(names) => Err(several(name, &names)),
        Found::Nothing => Err(mistakes::mistake(
            format!("bank `{}` has no run or genome `{name}`", args.path().display()),
            Some("`flux bank list` and `flux bank list --genomes` show what there is"),
        )),
    }
}

fn several(name: &str, names: &[String]) -> Report {
    let short: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    mistakes::mistake(
        format!("`{name}` is the beginning of several names: {}", short.join(", ")),
        Some("write more of the name"),
    )
}

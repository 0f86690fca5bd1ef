//! The commands, one file each.

pub(crate) mod adopt;
pub(crate) mod ask;
pub(crate) mod bank;
pub(crate) mod breed;
pub(crate) mod champion;
pub(crate) mod check;
pub(crate) mod compile;
pub(crate) mod completions;
pub(crate) mod debug;
pub(crate) mod decode;
pub(crate) mod decompile;
pub(crate) mod diff;
pub(crate) mod disasm;
pub(crate) mod eco;
pub(crate) mod encode;
pub(crate) mod evolve;
pub(crate) mod fmt;
pub(crate) mod genes;
pub(crate) mod hello;
pub(crate) mod info;
pub(crate) mod inspect;
pub(crate) mod judge;
pub(crate) mod lineage;
pub(crate) mod man;
pub(crate) mod meter;
pub(crate) mod models;
pub(crate) mod mutate;
pub(crate) mod new;
pub(crate) mod repl;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod start;
pub(crate) mod test;
pub(crate) mod tournament;
pub(crate) mod trace;
pub(crate) mod trend;
pub(crate) mod verify;
pub(crate) mod version;

use clap::Subcommand;

use crate::exit::ExitStatus;
use crate::io::Io;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Rank rival genomes in an arena.
    #[command(visible_alias = "compete")]
    Tournament(tournament::Args),
    /// Have genomes improve in an arena, generation by generation.
    Evolve(Box<evolve::Args>),
    /// Show or write the champion of a run.
    Champion(champion::Args),
    /// Show the way from a founder to the champion of a run.
    Lineage(lineage::Args),
    /// Show whether a run is getting anywhere.
    Trend(trend::Args),
    /// Write a page about a run: charts, lineage, and the champion's code beside its founder's.
    Report(report::Args),
    /// Compute a run again, and compare every record.
    Replay(replay::Args),
    /// Look into the bank that runs are kept in, and look after it.
    Bank(bank::Args),
    /// Run a genome or FLUX bytecode and print what it returns.
    Run(Box<run::Args>),
    /// Show every instruction that a FLUX program executes.
    Trace(trace::Args),
    /// Step through a FLUX program, with breakpoints and watchpoints.
    Debug(debug::Args),
    /// Run conformance vectors on both engines of FLUX bytecode.
    Test(test::Args),
    /// Type FLUX assembly, and see what it does.
    Repl(repl::Args),
    /// List the instructions of FLUX bytecode.
    Disasm(disasm::Args),
    /// Show what a genome is made of and what it asks for.
    Inspect(inspect::Args),
    /// Say whether a file is a genome that would be allowed to run.
    Verify(verify::Args),
    /// Make children of a genome by rewriting it.
    Mutate(mutate::Args),
    /// Make children of two genomes by crossing them.
    Breed(breed::Args),
    /// Show what differs between two genomes, instruction by instruction.
    Diff(diff::Args),
    /// List a genome's genes.
    Genes(genes::Args),
    /// Write a genome's body in the form that counts its own cycles.
    Meter(meter::Args),
    /// Write the compact form of a genome.
    Encode(encode::Args),
    /// Read a genome back from its compact form.
    Decode(decode::Args),
    /// Make a genome of WebAssembly text, of a core module, of FLUX assembly or of an ecosystem.
    Compile(compile::Args),
    /// Write the description of the ecosystem that a genome is.
    Decompile(decompile::Args),
    /// Say whether descriptions of ecosystems are in order.
    Check(check::Args),
    /// Format descriptions of ecosystems.
    Fmt(fmt::Args),
    /// Ask an ecosystem a question.
    Ask(Box<ask::Args>),
    /// Run an ecosystem over questions, have it grow, and go back to earlier versions.
    Eco(eco::Args),
    /// Say which models there are, and which are loaded.
    Models(models::Args),
    /// Have a model judge an answer, or measure how well it judges.
    Judge(judge::Args),
    /// Make a genome of a function of a module that somebody else wrote.
    Adopt(adopt::Args),
    /// Start a folder with an arena and two genomes from a template.
    New(new::Args),
    /// Take a one-minute tour that runs something real.
    Hello(hello::Args),
    /// Show limits, prices, features and the contract.
    Info(info::Args),
    /// Print versions.
    Version(version::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Print the manual page.
    Man(man::Args),
}

impl Command {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        match self {
            Self::Tournament(args) => args.run(io),
            Self::Evolve(args) => args.run(io),
            Self::Champion(args) => args.run(io),
            Self::Lineage(args) => args.run(io),
            Self::Trend(args) => args.run(io),
            Self::Report(args) => args.run(io),
            Self::Replay(args) => args.run(io),
            Self::Bank(args) => args.run(io),
            Self::Run(args) => args.run(io),
            Self::Trace(args) => args.run(io),
            Self::Debug(args) => args.run(io),
            Self::Test(args) => args.run(io),
            Self::Repl(args) => args.run(io),
            Self::Disasm(args) => args.run(io),
            Self::Inspect(args) => args.run(io),
            Self::Verify(args) => args.run(io),
            Self::Mutate(args) => args.run(io),
            Self::Breed(args) => args.run(io),
            Self::Diff(args) => args.run(io),
            Self::Genes(args) => args.run(io),
            Self::Meter(args) => args.run(io),
            Self::Encode(args) => args.run(io),
            Self::Decode(args) => args.run(io),
            Self::Compile(args) => args.run(io),
            Self::Decompile(args) => args.run(io),
            Self::Check(args) => args.run(io),
            Self::Fmt(args) => args.run(io),
            Self::Ask(args) => args.run(io),
            Self::Eco(args) => args.run(io),
            Self::Models(args) => args.run(io),
            Self::Judge(args) => args.run(io),
            Self::Adopt(args) => args.run(io),
            Self::New(args) => args.run(io),
            Self::Hello(args) => args.run(io),
            Self::Info(args) => args.run(io),
            Self::Version(args) => args.run(io),
            Self::Completions(args) => args.run(io),
            Self::Man(args) => args.run(io),
        }
    }
}

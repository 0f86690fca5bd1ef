//! `flux report`.

use std::path::{Path, PathBuf};

use crate::archived_run::RunArgs;
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{json, mistakes};

mod chart;
mod code;
mod facts;
mod page;

/// Arguments of `flux report`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The page is one file that needs no network. A run that is under way can be reported on too, from another terminal.\n\n\
        Examples:\n  flux report gcd-1\n  flux report gcd-1 -o best.html\n  flux report gcd-1 -o - | less\n  flux report gcd-1 --json\n\n\
        Exit status: 0; 2 there is no such run, or it cannot be read."
)]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// Write the page to this file; `-` is standard output. By default `RUN.html` in this folder.
    #[arg(short, long, value_name = "FILE", conflicts_with = "json")]
    output: Option<PathBuf>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print what the page is drawn from as one JSON object (schema flux.report/1), and write no page.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let run = self.run.open()?;
        // One state of the bank, whatever a run under way adds meanwhile.
        let facts = run.bank.snapshot(|_| facts::gather(&run, &bounds).map_err(Gather::Told));
        let facts = facts.map_err(Gather::into_report)?;
        if self.json {
            json::print(io, "flux.report/1", &facts.record)?;
            return Ok(ExitStatus::Yes);
        }
        let html = page::render(&facts);
        // A name may hold what a file's name may not.
        let name = run.name().replace(['/', '\\', ':'], "-");
        let path = self.output.unwrap_or_else(|| PathBuf::from(format!("{name}.html")));
        if path == Path::new("-") {
            io.print(html)?;
        } else {
            std::fs::write(&path, html).map_err(|error| mistakes::unwritable(&path, &error))?;
            io.note(format!("wrote `{}`", path.display()));
        }
        Ok(ExitStatus::Yes)
    }
}

/// Why a run could not be gathered.
enum Gather {
    Bank(flux_bank::BankError),
    Told(miette::Report),
}

impl From<flux_bank::BankError> for Gather {
    fn from(error: flux_bank::BankError) -> Self {
        Self::Bank(error)
    }
}

impl Gather {
    fn into_report(self) -> miette::Report {
        match self {
            Self::Bank(error) => mistakes::failed_for("read the bank", &error, error.hint()),
            Self::Told(report) => report,
        }
    }
}

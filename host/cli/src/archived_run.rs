//! A run in the bank, as the commands read it that look back on one.

use flux_bank::Bank;
use flux_genome::{Bounds, Genome};
use flux_run::evolution::archive::{self, Archived};
use flux_run::evolution::record::{GenerationRecordV1, VariantRecordV1};

use crate::groups::BankArgs;
use crate::{bank_file, mistakes};

/// Which run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The run's name, as `flux bank list` shows it.
    #[arg(value_name = "RUN")]
    name: String,
    #[command(flatten)]
    bank: BankArgs,
}

impl RunArgs {
    /// Opens the bank for reading and finds the run, which may be under way.
    pub(crate) fn open(&self) -> miette::Result<ArchivedRun> {
        let bank = bank_file::open_read_only(self.bank.path())?;
        let archived = archive::find(&bank, &self.name)?;
        Ok(ArchivedRun { bank, archived })
    }
}

/// A run and the bank that it is in.
pub(crate) struct ArchivedRun {
    pub(crate) bank: Bank,
    pub(crate) archived: Archived,
}

impl ArchivedRun {
    /// The run's name.
    pub(crate) fn name(&self) -> &str {
        &self.archived.row.name
    }

    /// Reads every generation that is kept, in order.
    pub(crate) fn each_generation(
        &self,
        mut see: impl FnMut(GenerationRecordV1) -> miette::Result<()>,
    ) -> miette::Result<()> {
        for generation in self.bank.generations(self.archived.row.id, 0) {
            let generation = bank_file::asked(generation)?;
            let record = serde_json::from_slice(&generation.record).map_err(|error| {
                let what = format!("read generation {} of run `{}`", generation.index, self.name());
                mistakes::failed(what, &error, Some("`flux bank check` says what is damaged"))
            })?;
            see(record)?;
        }
        Ok(())
    }

    /// The variant that was crowned last, as it was when it became a member.
    pub(crate) fn champion(&self) -> miette::Result<VariantRecordV1> {
        let mut known = std::collections::BTreeMap::new();
        let mut champion = None;
        self.each_generation(|record| {
            for variant in record.accepted {
                known.insert(variant.variant, variant);
            }
            for event in record.events {
                if event.event == "crowned" {
                    champion = known.get(&event.variant).cloned();
                }
            }
            Ok(())
        })?;
        champion.ok_or_else(|| {
            let what = format!("run `{}` has no champion yet", self.name());
            mistakes::mistake(what, Some("let it go on for a few generations with `flux evolve --resume`"))
        })
    }

    /// A genome of the run by the identity that a record gives.
    pub(crate) fn genome(&self, id: &str, bounds: &Bounds) -> miette::Result<Genome> {
        let id = id.parse().map_err(|error| mistakes::failed("read a record", &error, None))?;
        Ok(self.archived.genome(&self.bank, id, bounds)?)
    }
}

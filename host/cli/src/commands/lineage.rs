//! `flux lineage`.

use std::collections::BTreeMap;

use flux_run::evolution::record::VariantRecordV1;
use serde::Serialize;

use crate::archived_run::{ArchivedRun, RunArgs};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::table::{self, Column};
use crate::{json, mistakes};

/// Arguments of `flux lineage`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The way goes from the founder over first parents; what a second parent or a donor gave is named beside it.\n\n\
        Examples:\n  flux lineage gcd-1\n  flux lineage gcd-1 --variant 5120\n  flux lineage gcd-1 --json\n\n\
        Exit status: 0; 2 there is no such run or variant."
)]
pub(crate) struct Args {
    #[command(flatten)]
    run: RunArgs,
    /// The variant whose way is shown. By default the champion.
    #[arg(long, value_name = "N")]
    variant: Option<u64>,
    /// Print one JSON object (schema flux.lineage/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct LineageV1 {
    run: String,
    /// From the founder to the variant.
    way: Vec<LinkV1>,
}

#[derive(Serialize)]
struct LinkV1 {
    generation: u64,
    #[serde(flatten)]
    variant: VariantRecordV1,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let run = self.run.open()?;
        let last = match self.variant {
            Some(variant) => variant,
            None => run.champion()?.variant,
        };
        let way = way_to(&run, last)?;
        if self.json {
            json::print(io, "flux.lineage/1", &LineageV1 { run: run.name().to_owned(), way })?;
            return Ok(ExitStatus::Yes);
        }
        let rows: Vec<Vec<String>> = way.iter().map(row).collect();
        let columns = [
            Column::Right("generation"),
            Column::Right("variant"),
            Column::Left("genome"),
            Column::Right("confidence"),
            Column::Right("cycles/result"),
            Column::Right("bytes"),
            Column::Left("made by"),
        ];
        let text = table::render(io, &columns, &rows);
        io.print(text)?;
        Ok(ExitStatus::Yes)
    }
}

/// The way from a founder to `last`, over first parents.
fn way_to(run: &ArchivedRun, last: u64) -> miette::Result<Vec<LinkV1>> {
    let mut known: BTreeMap<u64, LinkV1> = BTreeMap::new();
    run.each_generation(|record| {
        for variant in record.accepted {
            known.insert(variant.variant, LinkV1 { generation: record.generation, variant });
        }
        Ok(())
    })?;
    let mut way = Vec::new();
    let mut next = Some(last);
    while let Some(number) = next {
        let link = known.remove(&number).ok_or_else(|| {
            let what = format!("variant {number} of run `{}` never became a member", run.name());
            mistakes::mistake(what, Some("`flux lineage RUN --json` names the members on the champion's way"))
        })?;
        next = link.variant.parents.first().copied();
        way.push(link);
    }
    way.reverse();
    Ok(way)
}

fn row(link: &LinkV1) -> Vec<String> {
    let LinkV1 { generation, variant } = link;
    let mut how: Vec<String> = Vec::new();
    if let Some(founder) = variant.founder.filter(|_| variant.operators.is_empty()) {
        how.push(format!("founder {}", founder + 1));
    }
    if let [_, second] = variant.parents[..] {
        how.push(format!("breed with {second}"));
    }
    how.extend(variant.operators.iter().map(|operator| match variant.donor {
        Some(donor) if operator == "graft" => format!("graft of {donor}"),
        _ => operator.clone(),
    }));
    vec![
        generation.to_string(),
        variant.variant.to_string(),
        variant.genome.chars().take(12).collect(),
        format!("{:.1} %", 100.0 * variant.score.confidence),
        variant.score.cycles_per_result.map_or_else(|| "-".to_owned(), |cycles| format!("{cycles:.1}")),
        table::count(variant.len_bytes),
        how.join(", "),
    ]
}

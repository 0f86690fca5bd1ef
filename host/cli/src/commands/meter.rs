//! `flux meter`.

use std::path::PathBuf;

use clap::ValueEnum;
use flux_genome::cost::CYCLES_1;
use flux_genome::meter::{self, Floats, Options};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::output::{Destination, Report};
use crate::{genome_file, json, mistakes, table};

/// Arguments of `flux meter`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The metered form is a core module: the genome's body, which charges the cost table by itself and stops at\n\
        its budget, in every engine alike. A host sets the exported global `flux.cycles` to the budget, calls, and reads\n\
        there what is left.\n\n\
        Examples:\n  flux meter genomes/gcd/euclid.wat\n  flux meter gcd.wasm -o gcd.metered.wasm\n\n\
        Exit status: 0; 1 where the body cannot be metered; 2 where a file cannot be read or written."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    genome: PathBuf,
    /// Where to write the metered module; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Most calls that may be under way at once.
    #[arg(long, default_value_t = Options::DEFAULT.call_depth, value_name = "N")]
    call_depth: u32,
    /// What to do about NaNs, which engines make differently.
    #[arg(long, value_enum, default_value_t = FloatChoice::Canonical, value_name = "HOW")]
    floats: FloatChoice,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.meter/1).
    #[arg(long)]
    json: bool,
}

/// What to do about NaNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FloatChoice {
    /// Make every NaN that can be seen the canonical one.
    Canonical,
    /// Leave them to the engine: for one that makes them canonical by itself.
    AsTheyAre,
}

#[derive(Serialize)]
struct MeterV1 {
    genome: String,
    cost_table: &'static str,
    /// The body's size before and after.
    body_bytes: usize,
    metered_bytes: usize,
    file: Option<String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let genome = genome_file::expect(io, &self.genome, &self.bounds.bounds())?;
        let inputs = [self.genome.as_path()];
        let output = Destination::of(io, self.output.as_deref(), &inputs, Report::of(self.json))?;
        let doing = format!("meter `{}`", self.genome.display());
        let Some(body) = genome.body_module() else {
            let report = mistakes::failed(doing, &"its body lies within a nested component", None);
            io.report(&report);
            return Ok(ExitStatus::No);
        };
        let floats = match self.floats {
            FloatChoice::Canonical => Floats::Canonical,
            FloatChoice::AsTheyAre => Floats::AsTheyAre,
        };
        let metered =
            match meter::meter(body, &Options { call_depth: self.call_depth, floats, ..Options::DEFAULT }) {
                Ok(metered) => metered,
                Err(error) => {
                    let report = mistakes::failed_for(doing, &error, None);
                    io.report(&report);
                    return Ok(ExitStatus::No);
                }
            };
        output.write(io, &metered)?;
        let summary = format!(
            "body    {}\nmetered {} ({:.2}x), cost table {}\n",
            table::bytes(body.len() as u64),
            table::bytes(metered.len() as u64),
            metered.len() as f64 / body.len() as f64,
            CYCLES_1.name,
        );
        if self.json {
            let record = MeterV1 {
                genome: genome.id().to_string(),
                cost_table: CYCLES_1.name,
                body_bytes: body.len(),
                metered_bytes: metered.len(),
                file: output.file(),
            };
            json::print(io, "flux.meter/1", &record)?;
        } else {
            output.summarise(io, &summary)?;
        }
        Ok(ExitStatus::Yes)
    }
}

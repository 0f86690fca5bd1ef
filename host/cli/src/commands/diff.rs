//! `flux diff`.

use std::path::PathBuf;

use flux_genome::diff::{self, Diff};
use serde::Serialize;

use crate::diff_text::{self, FunctionDiffV1, LineV1};
use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{genome_file, json, mistakes};

/// Arguments of `flux diff`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Functions are paired by name, else by equal code, else by what they have in common.\n\n\
        Examples:\n  flux diff parent.wasm child.wasm\n  flux diff genomes/gcd/euclid.wat genomes/gcd/subtract.wat --brief\n  flux diff a.wasm b.wasm --json\n\n\
        Exit status: 0 the genomes are the same; 1 they differ; 2 a file cannot be read or is not a genome."
)]
pub(crate) struct Args {
    /// The first genome, as WebAssembly text or binary, or what compiles to one (.flx, .bin, .flux); `-` is standard input.
    first: PathBuf,
    /// The second genome.
    second: PathBuf,
    /// Show this many equal instructions around each difference.
    #[arg(short = 'U', long, default_value_t = 3, value_name = "N")]
    context: usize,
    /// Name the functions that differ, without their instructions.
    #[arg(long, conflicts_with = "json")]
    brief: bool,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object (schema flux.diff/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct DiffV1 {
    /// The identities of the genomes.
    before: String,
    after: String,
    same: bool,
    functions: Vec<FunctionDiffV1>,
    unchanged_functions: usize,
    /// Lines of text that differ outside the functions.
    rest: Vec<LineV1>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bounds = self.bounds.bounds();
        let before = genome_file::expect(io, &self.first, &bounds)?;
        let after = genome_file::expect(io, &self.second, &bounds)?;
        let found =
            diff::diff(&before, &after).map_err(|error| mistakes::failed("print a genome", &error, None))?;
        let same = before == after;
        if self.json {
            let record = DiffV1 {
                before: before.id().to_string(),
                after: after.id().to_string(),
                same,
                functions: diff_text::function_records(&found),
                unchanged_functions: found.n_unchanged,
                rest: diff_text::line_records(&found.rest),
            };
            json::print(io, "flux.diff/1", &record)?;
        } else if !same {
            let text = self.describe(io, &found);
            io.print(text)?;
        }
        Ok(if same { ExitStatus::Yes } else { ExitStatus::No })
    }

    fn describe(&self, io: &Io, found: &Diff) -> String {
        if found.is_empty() {
            return "the texts are the same; the bytes differ in how numbers are written\n".to_owned();
        }
        if self.brief {
            let mut text = String::new();
            for function in &found.functions {
                text.push_str(&diff_text::heading(function));
                text.push('\n');
            }
            if !diff_text::rest(io, found, 0).is_empty() {
                text.push_str("changed outside the functions\n");
            }
            return text;
        }
        diff_text::functions(io, found, self.context) + &diff_text::rest(io, found, self.context)
    }
}

//! `flux decompile`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flux_lang::ecosystem;
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::groups::BoundArgs;
use crate::io::Io;
use crate::{genome_file, json, mistakes};

/// Arguments of `flux decompile`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A genome that was compiled from a description of an ecosystem is one again, after mutation too: what evolution has\n\
        turned stands in the text. Comments are not kept.\n\n\
        Examples:\n  flux decompile answers.wasm\n  flux decompile champion.wasm -o champion.flux\n  flux decompile library.wasm --used shelf.flux\n\n\
        Exit status: 0; 1 where the genome is no description, or not one any more; 2 where a file cannot be read or written."
)]
pub(crate) struct Args {
    /// The genome; `-` reads standard input.
    genome: PathBuf,
    /// Where to write; `-`, the default, is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the description of this file, which the ecosystem uses, instead of its own.
    #[arg(long, value_name = "NAME")]
    used: Option<String>,
    #[command(flatten)]
    bounds: BoundArgs,
    /// Print one JSON object with all texts (schema flux.decompile/1).
    #[arg(long, conflicts_with_all = ["output", "used"])]
    json: bool,
}

#[derive(Serialize)]
struct DecompileV1 {
    genome: String,
    text: String,
    /// The texts of the files that it uses, by their names.
    used: BTreeMap<String, String>,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let genome = genome_file::expect(io, &self.genome, &self.bounds.bounds())?;
        let doing = || format!("decompile `{}`", self.genome.display());
        let whole = match ecosystem::decompile(&genome) {
            Ok(whole) => whole,
            Err(error) => {
                io.report(&mistakes::failed_for(doing(), &error, None));
                return Ok(ExitStatus::No);
            }
        };
        let texts = whole.used.iter().map(|(name, used)| (name.clone(), ecosystem::print(&used.ecosystem)));
        let used: BTreeMap<String, String> = texts.collect();
        if self.json {
            let text = ecosystem::print(&whole.ecosystem);
            let record = DecompileV1 { genome: genome.id().to_string(), text, used };
            json::print(io, "flux.decompile/1", &record)?;
            return Ok(ExitStatus::Yes);
        }
        let text = match &self.used {
            None => ecosystem::print(&whole.ecosystem),
            Some(name) => match used.get(name) {
                Some(text) => text.clone(),
                None => {
                    let names: Vec<String> = used.keys().map(|name| format!("`{name}`")).collect();
                    let hint = format!("it uses {}", names.join(", "));
                    let hint = if names.is_empty() { "it uses no other files" } else { &hint };
                    let cause = format!("the ecosystem uses no file `{name}`");
                    io.report(&mistakes::failed(doing(), &cause, Some(hint)));
                    return Ok(ExitStatus::No);
                }
            },
        };
        match self.output.as_deref().filter(|path| *path != Path::new("-")) {
            None => io.print(text)?,
            Some(path) if path == self.genome => return Err(mistakes::over_itself(path)),
            Some(path) => {
                fs::write(path, text).map_err(|error| mistakes::unwritable(path, &error))?;
                io.note(format!("wrote `{}`", path.display()));
            }
        }
        if self.used.is_none() {
            for name in used.keys() {
                io.note(format!("note: it uses `{name}`, which `--used {name}` writes"));
            }
        }
        Ok(ExitStatus::Yes)
    }
}

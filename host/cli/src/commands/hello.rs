//! `flux hello`: a tour that compiles, runs, stops and ranks real genomes.

use std::fs;

use flux_genome::{Bounds, CapabilitySet, Genome, text};
use flux_run::arena::Arena;
use flux_run::entrant::Entrant;
use flux_run::tournament::{self, Options};
use flux_sandbox::{Input, Limits, Sandbox, Setting};

use crate::commands::{new, tournament as tournament_command};
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::{mistakes, table};

/// Arguments of `flux hello`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flux hello\n\nExit status: 0.")]
pub(crate) struct Args {}

/// A program that never ends.
const ENDLESS: &str = r#"(module
  (func $spin (export "run") (result i64)
    (loop $again (br $again))
    (i64.const 0)))"#;

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let files = new::template(new::WorldChoice::Program);
        let quick = files.iter().find(|(name, _)| *name == "quick.wat").map_or("", |(_, text)| text);
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;

        io.line("1. A genome is one WebAssembly component. This one adds the numbers from 1 to n:\n")?;
        io.print(indent(quick))?;
        let genome = compile(quick)?;
        io.line(format!(
            "\n   compiled: genome {}, {}, world {}, asks for {}",
            genome.id().short(),
            table::bytes(genome.bytes().len() as u64),
            genome.world(),
            genome.capabilities()
        ))?;

        let outcome = run(&sandbox, &genome, &[1000], &Setting::default())?;
        io.line(format!(
            "\n2. It runs in a sandbox that counts every instruction:\n\n   run 1000  ->  {} in {} cycles",
            outcome.ending,
            table::count(outcome.cycles)
        ))?;

        let budget = 1_000_000;
        let setting = Setting { limits: Limits { cycles: budget, ..Limits::DEFAULT }, ..Setting::default() };
        let outcome = run(&sandbox, &compile(ENDLESS)?, &[], &setting)?;
        io.line(format!(
            "\n3. What never ends is stopped when its budget is spent, at the same instruction everywhere:\n\n   run  ->  {} after {} cycles",
            outcome.ending,
            table::count(outcome.cycles)
        ))?;

        io.line("\n4. Rivals meet in an arena; the better one wins:\n")?;
        let folder = tempfile::tempdir().map_err(|error| mistakes::failed("make a folder", &error, None))?;
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::write(&path, text).map_err(|error| mistakes::unwritable(&path, &error))?;
        }
        let arena = Arena::load(folder.path())?;
        let entrants = Entrant::read_rivals(&arena, &Bounds::DEFAULT)?;
        let held = tournament::hold(&sandbox, &arena, &entrants, &Options::default(), &|_| {})?;
        tournament_command::print(io, &held)?;

        io.line("\nNext: `flux new colony` writes these files for you to change; `flux tournament colony` ranks them.")?;
        Ok(ExitStatus::Yes)
    }
}

fn compile(source: &str) -> miette::Result<Genome> {
    text::compile(source, &Bounds::DEFAULT).map_err(|error| mistakes::failed("compile", &error, error.hint()))
}

fn run(
    sandbox: &Sandbox,
    genome: &Genome,
    input: &[i64],
    setting: &Setting,
) -> miette::Result<flux_sandbox::Outcome> {
    let loaded = sandbox
        .load(genome, CapabilitySet::EMPTY)
        .map_err(|refusal| mistakes::failed("load", &refusal, refusal.hint()))?;
    Ok(sandbox.run(&loaded, &Input::Numbers(input.to_vec()), setting))
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}

//! `flux run`.

mod bytecode;

use std::fs;
use std::path::{Path, PathBuf};

use flux_genome::World;
use flux_genome::cost::CYCLES_1;
use flux_sandbox::{Ending, Input, Outcome, Sandbox};
use serde::Serialize;

use crate::bytecode::file;
use crate::bytecode::machine::CapabilityArgs;
use crate::exit::ExitStatus;
use crate::groups::{BoundArgs, GrantArgs, LimitArgs};
use crate::io::Io;
use crate::{genome_file, json, mistakes, table};

/// Arguments of `flux run`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "FLUX assembly (.flx) and bytecode (.bin, or a container) run in the interpreter. Files of bytecode that are named after\n\
        the first are further agents, which the numbers after them go to; their names are those of their files. What is\n\
        granted is granted to each of them; readings are for each, or for the one that `--sense` names.\n\n\
        Examples:\n  flux run genomes/gcd/euclid.wat 48 36\n  flux run factorial.flx --registers\n  flux run ask.flx 7 answer.flx --json\n  flux run watch.flx warm.flx --grant senses --sense watch:0=190,220\n  flux run sort.wasm --input numbers.txt\n  flux run echo.wasm \"hello there\" --grant log\n  \
        flux run thermostat.wat 3 190 210 --grant senses --sense 0=180,200,215 --json\n\n\
        Exit status: 0 it returned; 1 it trapped, ran out of fuel, memory or time, returned a fault, or was refused; 2 it could not be run."
)]
pub(crate) struct Args {
    /// The genome, as WebAssembly text or binary, or FLUX assembly or bytecode; `-` reads standard input.
    genome: PathBuf,
    /// The input: numbers for a program, a prompt for an ecosystem.
    #[arg(allow_negative_numbers = true)]
    input: Vec<String>,
    /// Read the input from a file instead; `-` is standard input. Numbers are separated by blanks.
    #[arg(long = "input", value_name = "FILE", conflicts_with = "input")]
    input_file: Option<PathBuf>,
    #[command(flatten)]
    grants: GrantArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    bounds: BoundArgs,
    #[command(flatten)]
    capabilities: CapabilityArgs,
    /// Print all registers of bytecode.
    #[arg(long, conflicts_with = "json")]
    registers: bool,
    /// Print one JSON object (schema flux.run/1; of bytecode flux.run-bytecode/1, of several agents flux.run-colony/1).
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RunV1 {
    genome: String,
    world: &'static str,
    cost_table: &'static str,
    seed: u64,
    ending: String,
    /// For people: what came out or what went wrong.
    message: String,
    numbers: Option<Vec<i64>>,
    answer: Option<String>,
    cycles: u64,
    memory_peak_bytes: usize,
    acts: Vec<ActV1>,
    log: Vec<LineV1>,
    log_dropped: u64,
}

#[derive(Serialize)]
struct ActV1 {
    channel: u32,
    value: i64,
}

#[derive(Serialize)]
struct LineV1 {
    level: &'static str,
    text: String,
}

impl Args {
    pub(crate) fn run(self, io: &mut Io) -> miette::Result<ExitStatus> {
        let bytes = genome_file::read_bytes(io, &self.genome)?;
        if file::is_bytecode(&self.genome, &bytes) {
            return bytecode::run(&self, io, bytes);
        }
        let genome = match genome_file::of_bytes(&self.genome, bytes, &self.bounds.bounds()) {
            Ok(genome) => genome,
            Err(error) => {
                return Err(genome_file::not_a_genome(&self.genome, &error));
            }
        };
        self.check_agents(&[])?;
        let input = self.input(io, genome.world())?;
        let setting = self.limits.setting();
        let sandbox = Sandbox::new().map_err(|error| mistakes::failed("start", &error, None))?;
        let outcome = match sandbox.load(&genome, self.grants.set()) {
            Ok(loaded) => sandbox.run(&loaded, &input, &setting),
            Err(refusal) => Outcome::refused(refusal),
        };
        let returned = matches!(outcome.ending, Ending::Numbers(_) | Ending::Answer(Ok(_)));
        if self.json {
            json::print(io, "flux.run/1", &record(&genome, setting.seed, &outcome))?;
        } else {
            print(io, &outcome)?;
        }
        Ok(if returned { ExitStatus::Yes } else { ExitStatus::No })
    }

    fn input(&self, io: &mut Io, world: World) -> miette::Result<Input> {
        let from_file = self.text_of_file(io)?;
        match world {
            World::Ecosystem => Ok(Input::Prompt(from_file.unwrap_or_else(|| self.input.join(" ")))),
            World::Program => {
                let words: Vec<&str> = match &from_file {
                    Some(text) => text.split_whitespace().collect(),
                    None => self.input.iter().map(String::as_str).collect(),
                };
                let numbers = words.iter().enumerate().map(|(i, word)| {
                    word.replace('_', "").parse().map_err(|_| {
                        mistakes::mistake(
                            format!("input {} is `{word}`, expected a whole number of 64 bits", i + 1),
                            Some("a program takes numbers; only an ecosystem takes text"),
                        )
                    })
                });
                numbers.collect::<Result<_, _>>().map(Input::Numbers)
            }
        }
    }

    /// Checks that options that are for an agent are for one of these; a genome has no names.
    fn check_agents(&self, names: &[String]) -> miette::Result<()> {
        let is_there = |agent: &str| {
            names.iter().enumerate().any(|(number, name)| bytecode::is_agent(agent, number, name))
        };
        let mut wanted = self.limits.readings().iter().filter_map(|readings| readings.agent.as_deref());
        let Some(missing) = wanted.find(|agent| !is_there(agent)) else { return Ok(()) };
        let hint = match names {
            [] => "a genome runs alone: leave the agent out".to_owned(),
            names => format!("agents are {}, or their numbers from 0", listed(names)),
        };
        Err(mistakes::mistake(format!("`--sense` is for agent `{missing}`, who is not there"), Some(&hint)))
    }

    /// What `--input` names, if it names anything.
    fn text_of_file(&self, io: &mut Io) -> miette::Result<Option<String>> {
        let bytes = match &self.input_file {
            None => return Ok(None),
            Some(path) if path == Path::new("-") => {
                io.read_stdin().map_err(|error| mistakes::unreadable(Path::new("standard input"), &error))?
            }
            Some(path) => fs::read(path).map_err(|error| mistakes::unreadable(path, &error))?,
        };
        let text = String::from_utf8(bytes)
            .map_err(|error| mistakes::failed("read the input as text", &error, None))?;
        Ok(Some(text))
    }

    /// The words of what `--input` names.
    fn words_of_file(&self, io: &mut Io) -> miette::Result<Option<Vec<String>>> {
        let text = self.text_of_file(io)?;
        Ok(text.map(|text| text.split_whitespace().map(ToOwned::to_owned).collect()))
    }
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A whole number of 64 bits, as people write it.
fn number(word: &str, hint: &str) -> miette::Result<i64> {
    word.replace('_', "").parse().map_err(|_| {
        mistakes::mistake(format!("expected a whole number of 64 bits, found `{word}`"), Some(hint))
    })
}

fn print(io: &mut Io, outcome: &Outcome) -> miette::Result<()> {
    for line in &outcome.log {
        io.note(format!("{}: {}", line.level.name(), line.text));
    }
    if outcome.log_dropped > 0 {
        io.note(format!("{} more lines were not kept", table::count(outcome.log_dropped)));
    }
    for act in &outcome.acts {
        io.note(format!("act: channel {} value {}", act.channel, act.value));
    }
    if let Ending::Numbers(_) | Ending::Answer(Ok(_)) = outcome.ending {
        io.line(outcome.ending.to_string())?;
        io.note(format!("{} cycles", table::count(outcome.cycles)));
        return Ok(());
    }
    let hint = match &outcome.ending {
        Ending::OutOfFuel => Some("raise the budget with `--cycles N`"),
        Ending::OverMemory => Some("raise the limit with `--memory BYTES`"),
        Ending::OverDeadline => Some("raise the limit with `--deadline SECONDS`"),
        Ending::Refused(refusal) => refusal.hint(),
        _ => None,
    };
    let message = match &outcome.ending {
        Ending::Refused(_) => outcome.ending.to_string(),
        Ending::Trap(_) | Ending::OverMemory | Ending::OverDeadline => {
            format!(
                "{}, which costs the whole budget of {} cycles",
                outcome.ending,
                table::count(outcome.cycles)
            )
        }
        ending => format!("{ending} after {} cycles", table::count(outcome.cycles)),
    };
    let report = mistakes::mistake(message, hint);
    io.report(&report);
    Ok(())
}

fn record(genome: &flux_genome::Genome, seed: u64, outcome: &Outcome) -> RunV1 {
    RunV1 {
        genome: genome.id().to_string(),
        world: genome.world().name(),
        cost_table: CYCLES_1.name,
        seed,
        ending: outcome.ending.code(),
        message: outcome.ending.to_string(),
        numbers: match &outcome.ending {
            Ending::Numbers(numbers) => Some(numbers.clone()),
            _ => None,
        },
        answer: match &outcome.ending {
            Ending::Answer(Ok(answer)) => Some(answer.clone()),
            _ => None,
        },
        cycles: outcome.cycles,
        memory_peak_bytes: outcome.memory_peak_bytes,
        acts: outcome.acts.iter().map(|act| ActV1 { channel: act.channel, value: act.value }).collect(),
        log: outcome
            .log
            .iter()
            .map(|line| LineV1 { level: line.level.name(), text: line.text.clone() })
            .collect(),
        log_dropped: outcome.log_dropped,
    }
}

//! `flux run` of bytecode: one program alone, or several as the agents of a colony.

use std::path::Path;

use flux_vm::colony::{Colony, Member};
use flux_vm::machine::{Setting, Stop};
use flux_vm::{Machine, Verified};
use serde::Serialize;

use super::{ActV1, Args};
use crate::bytecode::ending::{self, ErrorV1};
use crate::bytecode::file::{self, Loaded};
use crate::bytecode::machine::{self, Outside};
use crate::bytecode::names::Names;
use crate::bytecode::state::{self, StateV1};
use crate::diagnostics;
use crate::exit::ExitStatus;
use crate::io::Io;
use crate::{json, mistakes};

#[derive(Serialize)]
struct RunV1 {
    file: String,
    /// How many cycles it might have taken.
    budget: u64,
    ending: &'static str,
    error: Option<ErrorV1>,
    cycles: u64,
    outputs: Vec<i64>,
    state: StateV1,
    acts: Vec<ActV1>,
}

#[derive(Serialize)]
struct ColonyV1 {
    /// How many cycles each agent might have taken.
    budget: u64,
    /// Cycles of all agents.
    ticks: u64,
    agents: Vec<AgentV1>,
    events: Vec<EventV1>,
    events_dropped: u64,
}

#[derive(Serialize)]
struct AgentV1 {
    name: String,
    file: String,
    ending: &'static str,
    error: Option<ErrorV1>,
    cycles: u64,
    outputs: Vec<i64>,
    state: StateV1,
}

#[derive(Serialize)]
struct EventV1 {
    tick: u64,
    agent: usize,
    instruction: String,
    value: i64,
    name: String,
    status: Option<i64>,
}

/// A program and what goes into it.
struct Agent {
    loaded: Loaded,
    input: Vec<i64>,
}

/// Runs the program that the file named first holds, and those that are named after it.
pub(super) fn run(args: &Args, io: &mut Io, bytes: Vec<u8>) -> miette::Result<ExitStatus> {
    let first = file::of_bytes(&args.genome, bytes)?;
    first.warn(io);
    let mut agents = vec![Agent { loaded: first, input: Vec::new() }];
    let from_file = args.words_of_file(io)?;
    for word in from_file.as_ref().unwrap_or(&args.input) {
        let path = Path::new(word);
        if file::is_bytecode_name(path) {
            agents.push(Agent { loaded: file::read(io, path)?, input: Vec::new() });
            continue;
        }
        let number =
            super::number(word, "programs of bytecode take numbers, and the files of further agents")?;
        if let Some(agent) = agents.last_mut() {
            agent.input.push(number);
        }
    }
    let mut programs = Vec::new();
    for agent in &agents {
        machine::check_inputs(&agent.loaded.name, &agent.loaded.program, &agent.input)?;
        match agent.loaded.verify() {
            Ok(verified) => {
                diagnostics::doubtful(io, &agent.loaded, verified.warnings());
                programs.push(verified);
            }
            Err(report) => {
                io.report(&report);
                return Ok(ExitStatus::No);
            }
        }
    }
    let setting = Setting { capabilities: args.capabilities.set(), ..Setting::DEFAULT };
    match (agents.as_slice(), programs.as_slice()) {
        ([agent], [verified]) => alone(args, io, agent, verified, &setting),
        _ => together(args, io, &agents, &programs, &setting),
    }
}

fn alone(
    args: &Args,
    io: &mut Io,
    agent: &Agent,
    verified: &Verified,
    setting: &Setting,
) -> miette::Result<ExitStatus> {
    let budget = args.limits.bytecode_cycles();
    let may_sense = args.grants.set().contains(flux_genome::Capability::Senses);
    let mut outside = Outside::new(may_sense.then(|| args.limits.senses()));
    let mut machine = Machine::with(verified, setting);
    machine.give(&agent.input);
    let stop = machine.run(budget, &mut outside);
    let names = Names::of(&agent.loaded);
    if args.json {
        let record = RunV1 {
            file: agent.loaded.name.clone(),
            budget,
            ending: ending::name(&stop),
            error: ErrorV1::of_stop(&stop, &names),
            cycles: machine.cycles(),
            outputs: machine.outputs().to_vec(),
            state: StateV1::of(&machine),
            acts: outside.acts.iter().map(|&(channel, value)| ActV1 { channel, value }).collect(),
        };
        json::print(io, "flux.run-bytecode/1", &record)?;
    } else {
        for (channel, value) in &outside.acts {
            io.note(format!("act: channel {channel} value {value}"));
        }
        if !matches!(stop, Stop::Failed(_)) {
            io.line(executed(&machine))?;
        }
        if args.registers {
            io.print(state::registers(&machine))?;
        }
        if let Some(report) = ending::report(&agent.loaded, &stop, budget) {
            io.report(&report);
        }
    }
    Ok(ending::status(&stop))
}

fn executed(machine: &Machine<'_>) -> String {
    format!("Executed in {} cycles. {}", machine.cycles(), state::outputs(machine))
}

/// The names of agents: those of their files without folder and extension, with a number where they are not apart.
fn names_of(agents: &[Agent]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for agent in agents {
        let stem = Path::new(&agent.loaded.name)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        // A number would stand for another agent.
        let base =
            if stem.is_empty() || stem.parse::<usize>().is_ok() { format!("agent-{stem}") } else { stem };
        let mut name = base.clone();
        let mut n = 2;
        while names.contains(&name) {
            name = format!("{base}-{n}");
            n += 1;
        }
        names.push(name);
    }
    names
}

fn together(
    args: &Args,
    io: &mut Io,
    agents: &[Agent],
    programs: &[Verified],
    setting: &Setting,
) -> miette::Result<ExitStatus> {
    let budget = args.limits.bytecode_cycles();
    let names = names_of(agents);
    let members =
        names.iter().zip(programs).map(|(name, program)| Member::new(name, program).with_setting(setting));
    let mut colony =
        Colony::new(members).map_err(|error| mistakes::failed("bring the agents together", &error, None))?;
    for (number, agent) in agents.iter().enumerate() {
        if let Some(machine) = colony.machine_mut(number) {
            machine.give(&agent.input);
        }
    }
    let stops = colony.run(budget);
    let mut records = Vec::new();
    let mut status = ExitStatus::Yes;
    let rows = agents.iter().zip(&names).zip(&stops).enumerate();
    for (number, ((agent, name), stop)) in rows {
        let Some(machine) = colony.machine(number) else { continue };
        if ending::status(stop) != ExitStatus::Yes {
            status = ExitStatus::No;
        }
        if args.json {
            records.push(AgentV1 {
                name: name.clone(),
                file: agent.loaded.name.clone(),
                ending: ending::name(stop),
                error: ErrorV1::of_stop(stop, &Names::of(&agent.loaded)),
                cycles: machine.cycles(),
                outputs: machine.outputs().to_vec(),
                state: StateV1::of(machine),
            });
        } else {
            if !matches!(stop, Stop::Failed(_)) {
                io.line(format!("{name}: {}", executed(machine)))?;
            }
            if args.registers {
                io.print(state::registers(machine))?;
            }
            if let Some(report) = ending::report(&agent.loaded, stop, budget) {
                io.report(&report);
            }
        }
    }
    if args.json {
        let events = colony.events().iter().map(|event| EventV1 {
            tick: event.tick,
            agent: event.agent,
            instruction: event.opcode.to_string(),
            value: event.value,
            name: event.name.clone(),
            status: event.status,
        });
        let record = ColonyV1 {
            budget,
            ticks: colony.tick(),
            agents: records,
            events: events.collect(),
            events_dropped: colony.n_events_dropped(),
        };
        json::print(io, "flux.run-colony/1", &record)?;
    }
    Ok(status)
}

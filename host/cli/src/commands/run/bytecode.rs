//! `flux run` of bytecode: one program alone, or several as the agents of a colony.

use std::path::Path;

use flux_vm::colony::{Colony, Environment, Member};
use flux_vm::host::Host as _;
use flux_vm::machine::{Setting, Stop};
use flux_vm::trust::AgentIndex;
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
    acts: Vec<ActV1>,
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
    let names = names_of(&agents);
    args.check_agents(&names)?;
    let mut lab = Lab::new(args, &names);
    match (agents.as_slice(), programs.as_slice(), lab.0.as_mut_slice()) {
        ([agent], [verified], [outside]) => alone(args, io, agent, verified, &setting, outside),
        _ => together(args, io, &agents, &names, &programs, &setting, lab),
    }
}

/// Where the channels of each agent lead to.
struct Lab(Vec<Outside>);

impl Lab {
    fn new(args: &Args, names: &[String]) -> Self {
        let may_sense = args.grants.set().contains(flux_genome::Capability::Senses);
        let outside = |(number, name): (usize, &String)| {
            let senses = || args.limits.senses(|agent| is_agent(agent, number, name));
            Outside::new(may_sense.then(senses))
        };
        Self(names.iter().enumerate().map(outside).collect())
    }
}

impl Environment for Lab {
    fn sense(&mut self, agent: AgentIndex, channel: u32) -> Option<i64> {
        self.0.get_mut(agent)?.sense(channel)
    }

    fn act(&mut self, agent: AgentIndex, channel: u32, value: i64) -> bool {
        self.0.get_mut(agent).is_some_and(|outside| outside.act(channel, value))
    }
}

/// Whether an option that names an agent means the one with this number and name.
pub(super) fn is_agent(named: &str, number: usize, name: &str) -> bool {
    named == name || named.parse() == Ok(number)
}

fn alone(
    args: &Args,
    io: &mut Io,
    agent: &Agent,
    verified: &Verified,
    setting: &Setting,
    outside: &mut Outside,
) -> miette::Result<ExitStatus> {
    let budget = args.limits.bytecode_cycles();
    let mut machine = Machine::with(verified, setting);
    machine.give(&agent.input);
    let stop = machine.run(budget, outside);
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
            acts: acts(outside),
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

fn acts(outside: &Outside) -> Vec<ActV1> {
    outside.acts.iter().map(|&(channel, value)| ActV1 { channel, value }).collect()
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
    names: &[String],
    programs: &[Verified],
    setting: &Setting,
    mut lab: Lab,
) -> miette::Result<ExitStatus> {
    let budget = args.limits.bytecode_cycles();
    let members =
        names.iter().zip(programs).map(|(name, program)| Member::new(name, program).with_setting(setting));
    let mut colony =
        Colony::new(members).map_err(|error| mistakes::failed("bring the agents together", &error, None))?;
    for (number, agent) in agents.iter().enumerate() {
        if let Some(machine) = colony.machine_mut(number) {
            machine.give(&agent.input);
        }
    }
    let stops = colony.run_in(budget, &mut lab);
    let mut records = Vec::new();
    let mut status = ExitStatus::Yes;
    let rows = agents.iter().zip(names).zip(&stops).zip(&lab.0).enumerate();
    for (number, (((agent, name), stop), outside)) in rows {
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
                acts: acts(outside),
            });
        } else {
            for (channel, value) in &outside.acts {
                io.note(format!("{name}: act: channel {channel} value {value}"));
            }
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

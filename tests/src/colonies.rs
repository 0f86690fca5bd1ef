//! Colonies of FLUX bytecode as genomes: the sandbox's mail has to carry what the colony's does.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;

use flux_genome::{Bounds, Capability};
use flux_lang::aot::{self, Observe, Options, Start, Surroundings};
use flux_lang::assembly::{self, Included};
use flux_sandbox::{Agent, Ending, Input, Loaded, Outcome, Setting};
use flux_vm::Verified;
use flux_vm::colony::{Colony, Environment, Member};
use flux_vm::trust::AgentIndex;
use toml::{Table, Value};

use crate::{Verdict, sandbox};

/// The budget of an agent, in instructions; none needs nearly as many.
const BUDGET: u64 = 1_000_000;

/// A name that no agent has.
const NOBODY: &str = "nobody";

/// One of the agents that a `colony.toml` lists.
struct Listed {
    name: String,
    program: Verified,
    given: Given,
}

/// What an agent is given.
#[derive(Default)]
struct Given {
    /// What registers hold at first.
    registers: BTreeMap<u8, i64>,
    /// Readings by channel.
    senses: BTreeMap<u32, Vec<i64>>,
}

/// All that can be seen of an agent.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Its state at the end, see [`flux_vm::machine::Observation::to_words`].
    state: Vec<i64>,
    /// Channels and values, in order.
    acts: Vec<(u32, i64)>,
}

/// The channels of each agent, as those of a trial are: the last reading stays, and who has none reads 0.
struct Lab(Vec<Channels>);

/// Readings by channel that are still to come, and acts.
#[derive(Default)]
struct Channels {
    senses: BTreeMap<u32, VecDeque<i64>>,
    acts: Vec<(u32, i64)>,
}

impl Environment for Lab {
    fn sense(&mut self, agent: AgentIndex, channel: u32) -> Option<i64> {
        let Some(readings) = self.0.get_mut(agent)?.senses.get_mut(&channel) else { return Some(0) };
        if readings.len() > 1 { readings.pop_front() } else { readings.front().copied() }
    }

    fn act(&mut self, agent: AgentIndex, channel: u32, value: i64) -> bool {
        self.0.get_mut(agent).map(|channels| channels.acts.push((channel, value))).is_some()
    }
}

/// Says whether a `colony.toml` says that its programs are genomes too.
///
/// # Errors
/// It cannot be read.
pub fn are_genomes(path: &Path) -> Result<bool, String> {
    Ok(read(path)?.get("genomes").and_then(Value::as_bool).unwrap_or_default())
}

/// Runs the agents that a `colony.toml` lists as a colony, and compiled in the sandbox, and compares all that can be
/// observed of each.
///
/// # Errors
/// They differ.
pub fn check(path: &Path) -> Verdict {
    let listed = listed(path)?;
    let interpreted = interpret(&listed)?;
    let compiled = run_compiled(&listed)?;
    for ((agent, interpreted), compiled) in listed.iter().zip(interpreted).zip(compiled) {
        if interpreted != compiled {
            let name = &agent.name;
            return Err(format!("agent `{name}`\n  interpreted {interpreted:?}\n  compiled    {compiled:?}"));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}

fn listed(path: &Path) -> Result<Vec<Listed>, String> {
    let table = read(path)?;
    let agents = table.get("agent").and_then(Value::as_array).ok_or("there are no agents")?;
    agents.iter().map(|agent| list(path, agent)).collect()
}

fn list(path: &Path, agent: &Value) -> Result<Listed, String> {
    let field =
        |key: &str| agent.get(key).and_then(Value::as_str).ok_or_else(|| format!("an agent has no `{key}`"));
    let file = path.with_file_name(field("program")?);
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let none = |name: &str, _: &str| -> Result<Included, String> { Err(format!("there is no `{name}`")) };
    let assembled = assembly::assemble(&file.display().to_string(), &text, &none, &assembly::Limits::DEFAULT);
    let rendered = assembled.render();
    let program = Verified::new(assembled.program.ok_or(rendered)?).map_err(|error| error.to_string())?;
    let given = agent.get("given").and_then(Value::as_str).unwrap_or_default();
    let mut items = Given::default();
    for item in given.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        items.add(item).ok_or_else(|| format!("`{item}` is nothing that a genome can be given"))?;
    }
    Ok(Listed { name: field("name")?.to_owned(), program, given: items })
}

impl Given {
    /// Adds `R5 = 12` or `sense 0 = 190 210`.
    fn add(&mut self, item: &str) -> Option<()> {
        let (what, value) = item.split_once('=')?;
        if let Some(channel) = what.trim().strip_prefix("sense ") {
            let readings = value.split_whitespace().map(|reading| reading.parse().ok());
            self.senses.insert(channel.trim().parse().ok()?, readings.collect::<Option<_>>()?);
        } else {
            let register = what.trim().strip_prefix('R')?;
            self.registers.insert(register.parse().ok()?, value.trim().parse().ok()?);
        }
        Some(())
    }
}

fn interpret(listed: &[Listed]) -> Result<Vec<Seen>, String> {
    let members = listed.iter().map(|agent| Member::new(&agent.name, &agent.program));
    let mut colony = Colony::new(members).map_err(|error| error.to_string())?;
    for (number, agent) in listed.iter().enumerate() {
        let machine = colony.machine_mut(number).ok_or("an agent is missing")?;
        for (register, value) in &agent.given.registers {
            machine.set_r(*register, *value);
        }
    }
    let channels = |agent: &Listed| {
        let senses = agent.given.senses.iter();
        let senses = senses.map(|(channel, readings)| (*channel, readings.iter().copied().collect()));
        Channels { senses: senses.collect(), ..Channels::default() }
    };
    let mut lab = Lab(listed.iter().map(channels).collect());
    colony.run_in(BUDGET, &mut lab);
    let seen = |(number, channels): (AgentIndex, Channels)| {
        let state = colony.machine(number)?.observe().to_words();
        Some(Seen { state, acts: channels.acts })
    };
    lab.0
        .into_iter()
        .enumerate()
        .map(seen)
        .collect::<Option<_>>()
        .ok_or_else(|| "an agent is missing".to_owned())
}

fn run_compiled(listed: &[Listed]) -> Result<Vec<Seen>, String> {
    let mut numbers: BTreeMap<String, u32> = listed.iter().map(|agent| agent.name.clone()).zip(0..).collect();
    // What a program in a colony may name, one in a trial has to have a number for.
    numbers.insert(NOBODY.to_owned(), u32::MAX);
    let load = |agent: &Listed| -> Result<Loaded, String> {
        let surroundings = Surroundings::Trial { agents: numbers.clone() };
        let options = Options { observe: Observe::State, surroundings, ..Options::default() };
        let start = Start { r: agent.given.registers.clone(), ..Start::default() };
        let compiled =
            aot::compile_from(&agent.program, &options, &start).map_err(|error| error.to_string())?;
        let genome = compiled.genome(&Bounds::DEFAULT).map_err(|error| error.to_string())?;
        let grants = [Capability::Mail, Capability::Senses].into_iter().collect();
        sandbox().load(&genome, grants).map_err(|refusal| refusal.to_string())
    };
    let loaded = listed.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let inputs: Vec<Input> =
        listed.iter().map(|agent| Input::Numbers(vec![0; agent.program.program().inputs.into()])).collect();
    let setting = |agent: &Listed| Setting { senses: agent.given.senses.clone(), ..Setting::default() };
    let settings: Vec<Setting> = listed.iter().map(setting).collect();
    let together = loaded.iter().zip(&inputs).zip(&settings);
    let agents: Vec<Agent<'_>> =
        together.map(|((loaded, input), setting)| Agent { loaded, input, setting }).collect();
    let outcomes = sandbox().run_together(&agents);
    let seen = |(agent, outcome): (&Listed, Outcome)| match outcome.ending {
        Ending::Numbers(state) => {
            Ok(Seen { state, acts: outcome.acts.iter().map(|act| (act.channel, act.value)).collect() })
        }
        ending => Err(format!("agent `{}`, compiled: {ending}", agent.name)),
    };
    listed.iter().zip(outcomes).map(seen).collect()
}

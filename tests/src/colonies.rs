//! Colonies of FLUX bytecode as genomes: the sandbox's mail has to carry what the colony's does.

use std::collections::BTreeMap;
use std::path::Path;

use flux_genome::{Bounds, Capability};
use flux_lang::aot::{self, Observe, Options, Start, Surroundings};
use flux_lang::assembly::{self, Included};
use flux_sandbox::{Agent, Ending, Input, Loaded, Setting};
use flux_vm::Verified;
use flux_vm::colony::{Colony, Member};
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
    /// What registers hold at first.
    given: BTreeMap<u8, i64>,
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
    let given = given.split(',').map(str::trim).filter(|item| !item.is_empty()).map(register);
    Ok(Listed { name: field("name")?.to_owned(), program, given: given.collect::<Result<_, _>>()? })
}

/// A register and what it holds, from `R5 = 12`.
fn register(item: &str) -> Result<(u8, i64), String> {
    let read = || {
        let (register, value) = item.split_once('=')?;
        let number = register.trim().strip_prefix('R')?.parse().ok()?;
        Some((number, value.trim().parse().ok()?))
    };
    read().ok_or_else(|| format!("expected a register such as `R5 = 12`, found `{item}`"))
}

fn interpret(listed: &[Listed]) -> Result<Vec<Vec<i64>>, String> {
    let members = listed.iter().map(|agent| Member::new(&agent.name, &agent.program));
    let mut colony = Colony::new(members).map_err(|error| error.to_string())?;
    for (number, agent) in listed.iter().enumerate() {
        let machine = colony.machine_mut(number).ok_or("an agent is missing")?;
        for (register, value) in &agent.given {
            machine.set_r(*register, *value);
        }
    }
    colony.run(BUDGET);
    let states = (0..listed.len()).map(|number| Some(colony.machine(number)?.observe().to_words()));
    states.collect::<Option<_>>().ok_or_else(|| "an agent is missing".to_owned())
}

fn run_compiled(listed: &[Listed]) -> Result<Vec<Vec<i64>>, String> {
    let mut numbers: BTreeMap<String, u32> = listed.iter().map(|agent| agent.name.clone()).zip(0..).collect();
    // What a program in a colony may name, one in a trial has to have a number for.
    numbers.insert(NOBODY.to_owned(), u32::MAX);
    let load = |agent: &Listed| -> Result<Loaded, String> {
        let surroundings = Surroundings::Trial { agents: numbers.clone() };
        let options = Options { observe: Observe::State, surroundings, ..Options::default() };
        let start = Start { r: agent.given.clone(), ..Start::default() };
        let compiled =
            aot::compile_from(&agent.program, &options, &start).map_err(|error| error.to_string())?;
        let genome = compiled.genome(&Bounds::DEFAULT).map_err(|error| error.to_string())?;
        let grants = [Capability::Mail].into_iter().collect();
        sandbox().load(&genome, grants).map_err(|refusal| refusal.to_string())
    };
    let loaded = listed.iter().map(load).collect::<Result<Vec<_>, _>>()?;
    let inputs: Vec<Input> =
        listed.iter().map(|agent| Input::Numbers(vec![0; agent.program.program().inputs.into()])).collect();
    let setting = Setting::default();
    let agents: Vec<Agent<'_>> = loaded
        .iter()
        .zip(&inputs)
        .map(|(loaded, input)| Agent { loaded, input, setting: &setting })
        .collect();
    let outcomes = sandbox().run_together(&agents);
    let state = |(agent, ending): (&Listed, Ending)| match ending {
        Ending::Numbers(words) => Ok(words),
        ending => Err(format!("agent `{}`, compiled: {ending}", agent.name)),
    };
    listed.iter().zip(outcomes.into_iter().map(|outcome| outcome.ending)).map(state).collect()
}

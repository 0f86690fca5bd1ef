//! Programs of several agents: a folder with `colony.toml`.

use flux_vm::colony::{Colony, Environment, Member};
use flux_vm::host::Host as _;
use flux_vm::trust::AgentIndex;
use toml::{Table, Value};

use crate::case::{self, BUDGET, Case, Observed};
use crate::interpreter::Channels;
use crate::{assemble, interpreter, read};

/// The channels of each agent.
struct Lab(Vec<Channels>);

impl Environment for Lab {
    fn sense(&mut self, agent: AgentIndex, channel: u32) -> Option<i64> {
        self.0.get_mut(agent)?.sense(channel)
    }

    fn act(&mut self, agent: AgentIndex, channel: u32, value: i64) -> bool {
        self.0.get_mut(agent).is_some_and(|channels| channels.act(channel, value))
    }
}

/// Runs the agents that `colony.toml` lists and compares what it says of each.
pub fn check(folder: &str) -> Result<(), String> {
    let name = format!("{folder}colony.toml");
    let table: Table = read(&name)?.parse().map_err(|error| format!("{name}: {error}"))?;
    let agents = table.get("agent").and_then(Value::as_array).ok_or("there are no agents")?;
    let mut members = Vec::new();
    for agent in agents {
        let field = |key: &str| {
            agent.get(key).and_then(Value::as_str).ok_or_else(|| format!("an agent has no `{key}`"))
        };
        let given = agent.get("given").and_then(Value::as_str);
        let case = Case {
            name: field("name")?.to_owned(),
            given: given.map_or(Ok(Vec::new()), case::items)?,
            expected: case::items(field("expect")?)?,
        };
        let setting = interpreter::setting(&case.given);
        members.push((assemble(&format!("{folder}{}", field("program")?))?, setting, case));
    }
    let listed =
        members.iter().map(|(program, setting, case)| Member::new(&case.name, program).with_setting(setting));
    let mut colony = Colony::new(listed).map_err(|error| error.to_string())?;
    let mut lab = Lab(Vec::new());
    for (number, (_, _, case)) in members.iter().enumerate() {
        let machine = colony.machine_mut(number).ok_or("an agent is missing")?;
        for item in &case.given {
            interpreter::give(machine, item)?;
        }
        lab.0.push(Channels::of(&case.given));
    }
    let stops = colony.run_in(BUDGET, &mut lab);
    for (number, (((_, _, case), stop), channels)) in members.iter().zip(&stops).zip(lab.0).enumerate() {
        let machine = colony.machine(number).ok_or("an agent is missing")?;
        let observed = Observed { acts: channels.acts, ..interpreter::observe(machine, stop) };
        case::compare(case, &observed).map_err(|error| format!("agent `{}`: {error}", case.name))?;
    }
    Ok(())
}

//! The interpreter as an engine.

use std::collections::{BTreeMap, VecDeque};

use flux_vm::capability::Passing;
use flux_vm::host::{Alone, Answer, Host, Request};
use flux_vm::isa::{N_F, N_R};
use flux_vm::machine::{Machine, Setting, Stop};
use flux_vm::verify::Verified;

use crate::case::{Case, Item, Observed};

/// Runs a case.
pub fn run_interpreted(program: &Verified, case: &Case) -> Result<Observed, String> {
    run(program, case, observe).map(|(observed, host)| Observed { acts: host.acts, ..observed })
}

/// Runs a case and returns all that can be observed, in numbers.
pub fn words(program: &Verified, case: &Case) -> Result<Vec<i64>, String> {
    run(program, case, |machine, _| machine.observe().to_words()).map(|(words, _)| words)
}

fn run<T>(
    program: &Verified,
    case: &Case,
    look: impl Fn(&Machine<'_>, &Stop) -> T,
) -> Result<(T, Channels), String> {
    let setting = setting(&case.given);
    let mut machine = Machine::with(program, &setting);
    let mut host = Channels::of(&case.given);
    for item in &case.given {
        give(&mut machine, item)?;
    }
    let stop = if case.is_alone() {
        machine.run(case.budget(), &mut Alone)
    } else {
        machine.run(case.budget(), &mut host)
    };
    Ok((look(&machine, &stop), host))
}

/// Returns the setting with the capabilities that are given.
pub fn setting(given: &[Item]) -> Setting {
    let mut setting = Setting::DEFAULT;
    for item in given {
        if let Item::Capability(id, passing) = item {
            setting.capabilities.grant(*id, *passing);
        }
    }
    setting
}

/// Puts what is given into a machine.
pub fn give(machine: &mut Machine<'_>, item: &Item) -> Result<(), String> {
    match item {
        Item::R(number, value) => machine.set_r(*number, *value),
        Item::F(number, value) => machine.set_f(*number, *value),
        Item::Memory { region, address, bytes } => {
            if !machine.write_memory(region, *address, bytes) {
                return Err(format!("`{region}` has no bytes at {address}"));
            }
        }
        // A part of the setting, of the host, or of the run.
        Item::Capability(..) | Item::Sense(..) | Item::Budget(_) => {}
        Item::Act(..) | Item::Cycles(_) | Item::Error(_) => {
            return Err("this cannot be given".to_owned());
        }
    }
    Ok(())
}

/// Looks at a machine that stopped.
pub fn observe(machine: &Machine<'_>, stop: &Stop) -> Observed {
    let ending = match stop {
        Stop::Halted => None,
        Stop::Failed(error) => Some(error.class().to_owned()),
        other => Some(format!("{other:?}")),
    };
    let regions = machine.regions();
    let memory = regions.iter().filter_map(|region| {
        Some((region.name.to_owned(), machine.read_memory(region.name, 0, region.size)?))
    });
    Observed {
        ending,
        cycles: machine.cycles(),
        r: (0..N_R).map(|number| machine.r(number as u8)).collect(),
        f: (0..N_F).map(|number| machine.f(number as u8)).collect(),
        memory: memory.collect(),
        acts: BTreeMap::new(),
    }
}

/// A host with channels and without other agents. A channel that was read to its end is refused.
#[derive(Default)]
pub struct Channels {
    readings: BTreeMap<u32, VecDeque<i64>>,
    pub acts: BTreeMap<u32, Vec<i64>>,
}

impl Channels {
    /// Returns a host with the readings that are given.
    pub fn of(given: &[Item]) -> Self {
        let readings = given.iter().filter_map(|item| match item {
            Item::Sense(channel, readings) => Some((*channel, readings.iter().copied().collect())),
            _ => None,
        });
        Self { readings: readings.collect(), acts: BTreeMap::new() }
    }
}

impl Host for Channels {
    fn message(&mut self, request: &Request<'_>) -> Answer {
        Alone.message(request)
    }

    fn request_capability(&mut self, _id: u32) -> Option<Passing> {
        None
    }

    fn pass_capability(&mut self, _id: u32, _agent: &str) -> bool {
        false
    }

    fn sense(&mut self, channel: u32) -> Option<i64> {
        self.readings.get_mut(&channel)?.pop_front()
    }

    fn act(&mut self, channel: u32, value: i64) -> bool {
        self.acts.entry(channel).or_default().push(value);
        true
    }

    fn stopped(&mut self, _cycles: u64) {}

    fn takes_turns(&self) -> bool {
        false
    }
}

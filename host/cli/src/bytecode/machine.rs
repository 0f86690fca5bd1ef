//! What a machine is given on the command line: numbers, readings, capabilities, memory.

use std::collections::BTreeMap;

use flux_vm::capability::{Capabilities, Passing};
use flux_vm::container::MAX_INPUTS;
use flux_vm::host::{Alone, Answer, Host, Request};
use flux_vm::machine::Setting;
use flux_vm::{Limits, Program};

use crate::groups;
use crate::mistakes;

/// The most acts that a run keeps.
const MAX_ACTS: usize = 1 << 16;

/// What a program of bytecode holds.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CapabilityArgs {
    /// Grant bytecode a capability by its number; `7=delegable` may be passed on. Repeat, or separate by commas.
    #[arg(long = "cap", value_name = "ID", value_delimiter = ',', value_parser = parse_capability)]
    capabilities: Vec<(u32, Passing)>,
}

fn parse_capability(text: &str) -> Result<(u32, Passing), String> {
    let (id, passing) = match text.split_once('=') {
        None => (text, Passing::Kept),
        Some((id, "kept")) => (id, Passing::Kept),
        Some((id, "delegable")) => (id, Passing::Delegable),
        Some((_, other)) => return Err(format!("expected `kept` or `delegable`, found `{other}`")),
    };
    let id = id.parse().map_err(|_| format!("expected the number of a capability, found `{id}`"))?;
    Ok((id, passing))
}

impl CapabilityArgs {
    pub(crate) fn set(&self) -> Capabilities {
        self.capabilities.iter().copied().collect()
    }
}

/// What a machine is given beside its program.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct MachineArgs {
    /// Readings of a channel, such as 0=180,190,205; one of them allows `SENSE` and `ACT`.
    #[arg(long = "sense", value_name = "CHANNEL=READINGS", value_parser = groups::parse_sense, allow_hyphen_values = true)]
    senses: Vec<(u32, Vec<i64>)>,
    #[command(flatten)]
    capabilities: CapabilityArgs,
    /// Size of each of the regions `stack` and `heap`, such as 64KiB.
    #[arg(long, default_value = "64KiB", value_name = "BYTES", value_parser = groups::parse_bytes)]
    region: usize,
}

impl MachineArgs {
    pub(crate) fn setting(&self) -> Setting {
        let memory_size = u32::try_from(self.region).unwrap_or(u32::MAX);
        let limits = Limits { memory_size, ..Limits::DEFAULT };
        let region_bytes = limits.region_bytes.max(2 * u64::from(memory_size));
        Setting {
            limits: Limits { region_bytes, ..limits },
            capabilities: self.capabilities.set(),
            ..Setting::DEFAULT
        }
    }

    pub(crate) fn outside(&self) -> Outside {
        Outside::new((!self.senses.is_empty()).then(|| self.senses.iter().cloned().collect()))
    }
}

/// The host of a program that is run from the command line: nobody hears it, but channels may answer.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    /// Readings by channel and the next one; none where `SENSE` and `ACT` are refused.
    channels: Option<BTreeMap<u32, (Vec<i64>, usize)>>,
    /// What the program did, in order: channel and value.
    pub(crate) acts: Vec<(u32, i64)>,
}

impl Outside {
    /// A host with `senses`: readings come in order and the last one stays; a channel without any reads 0.
    pub(crate) fn new(senses: Option<BTreeMap<u32, Vec<i64>>>) -> Self {
        let channels =
            senses.map(|senses| senses.into_iter().map(|(channel, values)| (channel, (values, 0))).collect());
        Self { channels, acts: Vec::new() }
    }
}

impl Host for Outside {
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
        let Some((values, next)) = self.channels.as_mut()?.get_mut(&channel) else { return Some(0) };
        let value = values.get(*next).or(values.last()).copied().unwrap_or(0);
        *next = (*next + 1).min(values.len());
        Some(value)
    }

    fn act(&mut self, channel: u32, value: i64) -> bool {
        let takes = self.channels.is_some() && self.acts.len() < MAX_ACTS;
        if takes {
            self.acts.push((channel, value));
        }
        takes
    }

    fn stopped(&mut self, _cycles: u64) {}

    fn takes_turns(&self) -> bool {
        false
    }
}

/// Checks that a program takes as many numbers: what it declares, or up to eleven where it declares none.
///
/// # Errors
/// A report of a wrong number of them.
pub(crate) fn check_inputs(name: &str, program: &Program, numbers: &[i64]) -> miette::Result<()> {
    let declared = usize::from(program.inputs);
    let most = usize::from(MAX_INPUTS);
    let (fits, expected) = match declared {
        0 => (numbers.len() <= most, format!("at most {most} numbers")),
        1 => (numbers.len() == 1, "1 number".to_owned()),
        _ => (numbers.len() == declared, format!("{declared} numbers")),
    };
    if fits {
        return Ok(());
    }
    let hint = "numbers go into R0, R1, ...; `.inputs N` in the assembly declares how many there are";
    Err(mistakes::mistake(format!("`{name}` takes {expected}, found {}", numbers.len()), Some(hint)))
}
